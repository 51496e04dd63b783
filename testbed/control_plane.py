"""Runs real Kubernetes control planes for tests, on loopback only.

    control-plane up --dir DIR [--planes alpha,beta] [--watch-cache=false]
                     [--admission-plugins PLANE=PLUGIN]... [--until-stdin-closes]

For each plane, starts etcd, kube-apiserver, kube-controller-manager and the node stand-in
(scripts/node-stand-in), and in front of all planes one impersonating proxy
(scripts/impersonating-proxy). Writes DIR/state.json, prints "ready: DIR/state.json", and
keeps running. On SIGTERM or SIGINT, when its parent or one of its processes dies, or (with
--until-stdin-closes) when stdin is closed, it ends everything that it started, and removes
DIR. If it is killed, its processes die with it, and the next `up` with the same DIR removes
the rest.

DIR/state.json contains everything that a test needs (tokens are bearer tokens; `ca` signs
every listener except the untrusted ones):

    directory, pid, ca, foreignCA, controlURL (see `Control`)
    serving: {certificate, key}     (for a test's own listener on 127.0.0.1)
    proxy:   url, oidcProvider, clientID, clientSecret, controlURL, pid,
             untrusted: {foreignCA, expired, renewable, wrongHost} (see scripts/impersonating-proxy)
    planes:  {NAME: {url, etcdURL, version, kubeconfig, adminToken, directToken,
             impersonatorToken, impersonatedUser, pids}}     (nodes: scripts/node-stand-in)

`impersonatorToken` may only impersonate users; `impersonatedUser` and `directToken` have
get, create, delete and watch on DaemonSets in all namespaces. A test creates its own
Namespace, ServiceAccount `che`, Role, RoleBinding and Nodes with the admin token, and
waits until the namespace's account `default` has a secret: until then, pods are refused.

The binaries come from scripts/api-server-binaries, whose exit code 3 (they are not
available on this system) is passed on. Planes can be stopped and started, see `Control`
below.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import os
import queue
import random
import re
import secrets
import select
import shutil
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from testbed.certificates import Certificates
from testbed.client import Client, StatusError, bearer
from testbed.processes import (
    SCRIPTS, Ended, Failure, Process, binaries, end_on_signals, own_folder, start, stop,
    wait_until, write_whole,
)  # fmt: skip

MARKER = ".control-plane"
START_SECONDS = 180.0
START_ATTEMPTS = 3
CONTROLLERS = (
    "daemonset,garbagecollector,serviceaccount,serviceaccount-token,"
    "root-ca-cert-publisher,namespace"
)
CONTROLLERS_WITH_NODES = f"{CONTROLLERS},deployment,replicaset,nodelifecycle,podgc"
ISSUER = "https://kubernetes.default.svc"
CLIENT_ID = "rh-che"
IMPERSONATED_USER = "puller"


class PortTaken(Exception):
    pass


def say(message: str) -> None:
    print(f"control-plane: {message}", file=sys.stderr, flush=True)


# MARK: Ports

given_ports: set[int] = set()


def free_port() -> int:
    """A port below the range that the kernel uses for outgoing connections, because the
    port stays unused for a moment."""
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        if port in given_ports:
            continue
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        given_ports.add(port)
        return port
    raise Failure("no free port")


# MARK: Planes


def kubeconfig(url: str, ca: Path, token: str) -> str:
    """A kubeconfig as JSON, which is also YAML."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "plane", "cluster": {"server": url, "certificate-authority": str(ca)}}
            ],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "admin", "context": {"cluster": "plane", "user": "admin"}}],
            "current-context": "admin",
        },
        indent=1,
    )


@dataclass(frozen=True)
class RealNodes:
    """A plane with real kubelets has a scheduler and further controllers, and no stand-in."""

    names: tuple[str, ...]
    address: str
    """An address of the API server that the nodes can reach."""
    binaries: Path
    grace_seconds: int
    """A node that was silent for this long is not ready."""

    @property
    def options(self) -> list[str]:
        return [
            f"--node-monitor-grace-period={self.grace_seconds}s", "--node-monitor-period=2s",
            # Otherwise the controllers act as administrators, whom a PodSecurityPolicy does not hold.
            "--use-service-account-credentials=true",
        ]  # fmt: skip


@dataclass
class Plane:
    name: str
    folder: Path
    logs: Path
    binaries: Path
    certificates: Certificates
    watch_cache: bool
    real_nodes: Optional[RealNodes] = None
    admission_plugins: tuple[str, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    version: str = ""
    port: int = 0
    etcd_port: int = 0
    peer_port: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        users = [
            ("admin", "admin", '"system:masters"'),
            ("impersonator", "impersonator", ""),
            ("direct", "direct", ""),
        ]
        for node in self.real_nodes.names if self.real_nodes else ():
            users.append((node, f"system:node:{node}", '"system:nodes"'))
        lines = []
        for key, user, groups in users:
            self.tokens[key] = f"{self.name}-{key}-{secrets.token_hex(16)}"
            lines.append(f"{self.tokens[key]},{user},{user},{groups}".rstrip(","))
        write_whole(self.folder / "tokens.csv", "\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def etcd_url(self) -> str:
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"

    def log(self, process: str) -> Path:
        return self.logs / f"{self.name}-{process}.log"

    def take_ports(self) -> None:
        self.port, self.etcd_port, self.peer_port = free_port(), free_port(), free_port()
        ca = self.certificates.authority.certificate
        token = self.tokens["admin"]
        write_whole(self.kubeconfig, kubeconfig(self.url, ca, token))
        config = {"url": self.url, "ca": str(ca), "token": token}
        write_whole(self.folder / "node-stand-in.json", json.dumps(config))

    def launch(self, process: str, *command: Any) -> None:
        self.processes[process] = start(command, self.log(process))

    def launch_etcd(self) -> None:
        peer = f"http://127.0.0.1:{self.peer_port}"
        self.launch(
            "etcd", self.binaries / "etcd", "--name=plane", f"--data-dir={self.folder}/etcd",
            f"--listen-client-urls={self.etcd_url}", f"--advertise-client-urls={self.etcd_url}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=plane={peer}", "--log-level=warn", "--logger=zap",
        )  # fmt: skip

    def launch_api_server(self) -> None:
        own, nodes = self.certificates, self.real_nodes
        # The only addresses besides loopback are those of the test bed's own network namespace.
        bound, advertised = ("0.0.0.0", nodes.address) if nodes else ("127.0.0.1", "127.0.0.1")
        plugins = [*self.admission_plugins, *(["NodeRestriction"] if nodes else [])]
        self.launch(
            "kube-apiserver", self.binaries / "kube-apiserver",
            f"--etcd-servers={self.etcd_url}", "--storage-backend=etcd3",
            f"--bind-address={bound}", f"--advertise-address={advertised}",
            f"--secure-port={self.port}", "--insecure-port=0",
            "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24",
            f"--tls-cert-file={own.serving.certificate}",
            f"--tls-private-key-file={own.serving.key}",
            f"--authorization-mode={'Node,RBAC' if nodes else 'RBAC'}", f"--token-auth-file={self.folder}/tokens.csv",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={own.accounts_public}",
            f"--service-account-signing-key-file={own.accounts_key}",
            f"--api-audiences={ISSUER}", f"--cert-dir={self.folder}",
            "--allow-privileged=true", f"--watch-cache={str(self.watch_cache).lower()}",
            *([f"--enable-admission-plugins={','.join(plugins)}"] if plugins else []),
            *(["--kubelet-preferred-address-types=InternalIP"] if nodes else []),
        )  # fmt: skip

    def obey(self, order: str, name: str) -> None:
        """Carries out an order, see `Control`. A stopped process is not expected to be alive."""
        process = self.processes.get(name)
        if order == "stop":
            if process:
                del self.processes[name]
                process.kill()
                process.wait()
        elif order == "pause":
            if not process:
                raise Failure(f"{self.name}: {name} is not running")
            process.send_signal(signal.SIGSTOP)
        else:
            if process:
                process.send_signal(signal.SIGCONT)
            elif name == "etcd":
                self.launch_etcd()
            else:
                self.launch_api_server()
            self.wait_for_api()

    def launch_followers(self) -> None:
        """Starts the controllers and the node stand-in. The controllers' default request
        rates would throttle a test with hundreds of nodes."""
        own, nodes = self.certificates, self.real_nodes
        controllers = CONTROLLERS_WITH_NODES if nodes else CONTROLLERS
        self.launch(
            "kube-controller-manager", self.binaries / "kube-controller-manager",
            f"--kubeconfig={self.kubeconfig}", f"--controllers={controllers}",
            "--leader-elect=false", "--port=0", "--secure-port=0",
            f"--service-account-private-key-file={own.accounts_key}",
            f"--root-ca-file={own.authority.certificate}",
            "--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-gc-syncs=10",
            *(nodes.options if nodes else []),
        )  # fmt: skip
        if nodes:
            self.launch(
                "kube-scheduler", nodes.binaries / "kube-scheduler",
                f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--port=0",
                "--secure-port=0",
            )  # fmt: skip
            return
        self.launch(
            "node-stand-in", sys.executable, SCRIPTS / "node-stand-in",
            self.folder / "node-stand-in.json",
        )  # fmt: skip

    def client(self) -> Client:
        ca = self.certificates.authority.certificate
        return Client(self.url, ca, bearer(self.tokens["admin"]))

    def check_alive(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is None:
                continue
            tail = self.log(name).read_text(errors="replace")[-2000:]
            if "address already in use" in tail:
                raise PortTaken(f"{self.name}: a port of {name} was taken")
            last = "\n  ".join(tail.strip().splitlines()[-6:])
            raise Failure(f"{self.name}: {name} ended with {process.returncode}:\n  {last}")

    def answers(self, path: str) -> bool:
        self.check_alive()
        client = self.client()
        try:
            return client.exchange("GET", path)[0] == 200
        finally:
            client.close()

    def wait_for_api(self) -> None:
        wait_until(f"{self.name}: API server", START_SECONDS, lambda: self.answers("/readyz"))
        self.version = self.client().call("GET", "/version")["gitVersion"]

    def controllers_work(self) -> bool:
        """Whether two controllers have processed a service account: it has a secret."""
        self.check_alive()
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        return bool(self.client().call("GET", path).get("secrets"))

    def wait_for_controllers(self) -> None:
        wait_until(f"{self.name}: controllers", START_SECONDS, self.controllers_work)

    def prepare_access(self) -> None:
        client = self.client()
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        for role, rules, users in (
            (
                "stand-in:daemonset-puller",
                [
                    {
                        "apiGroups": ["apps"],
                        "resources": ["daemonsets"],
                        "verbs": ["get", "create", "delete", "watch"],
                    }
                ],
                ["direct", IMPERSONATED_USER],
            ),
            (
                "stand-in:impersonator",
                [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}],
                ["impersonator"],
            ),
        ):
            metadata = {"name": role}
            api = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}
            group = "rbac.authorization.k8s.io"
            create(client, f"{rbac}/clusterroles", {**api, "kind": "ClusterRole", "rules": rules})
            binding = {
                **api,
                "kind": "ClusterRoleBinding",
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": group, "kind": "User", "name": u} for u in users],
            }
            create(client, f"{rbac}/clusterrolebindings", binding)

    def state(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "etcdURL": self.etcd_url,
            "version": self.version,
            "kubeconfig": str(self.kubeconfig),
            "adminToken": self.tokens["admin"],
            "impersonatorToken": self.tokens["impersonator"],
            "impersonatedUser": IMPERSONATED_USER,
            "directToken": self.tokens["direct"],
            "pids": {name: process.pid for name, process in self.processes.items()},
        }


def create(client: Client, path: str, value: Any) -> None:
    try:
        client.call("POST", path, value)
    except StatusError as error:
        if error.code != 409:
            raise


# MARK: Control


class Control:
    """Orders by plain HTTP on a loopback port:

        POST /planes/NAME/stop      kills the plane's API server (its data are kept)
        POST /planes/NAME/start     starts it again; answers when the API is ready
        POST /planes/NAME/pause     SIGSTOP: connections are accepted, but not answered
        POST /planes/NAME/resume    SIGCONT; answers when the API is ready

    With `/etcd` after the order, it applies to the plane's etcd. Only the main thread may
    start processes (see `die_with_parent`), so orders are passed to it.
    """

    def __init__(self, planes: dict[str, Plane]) -> None:
        self.orders: queue.Queue[tuple[Plane, str, str, queue.Queue[str]]] = queue.Queue()
        orders = self.orders

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                found = re.fullmatch(
                    r"/planes/([^/]+)/(stop|start|pause|resume)(?:/(kube-apiserver|etcd))?", self.path
                )
                if not found or found.group(1) not in planes:
                    self.reply(404, "no such order")
                    return
                outcome: queue.Queue[str] = queue.Queue()
                process = found.group(3) or "kube-apiserver"
                orders.put((planes[found.group(1)], found.group(2), process, outcome))
                try:
                    problem = outcome.get(timeout=START_SECONDS + 10)
                except queue.Empty:
                    problem = "no outcome"
                self.reply(500 if problem else 200, problem or "done")

            def reply(self, status: int, message: str) -> None:
                body = (message + "\n").encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def obey(self) -> None:
        while True:
            try:
                plane, order, process, outcome = self.orders.get_nowait()
            except queue.Empty:
                return
            try:
                plane.obey(order, process)
                outcome.put("")
            except (TimeoutError, PortTaken, Failure) as error:
                outcome.put(str(error))


# MARK: The whole


def start_planes(planes: list[Plane]) -> None:
    """Starts all planes at once, because they spend most of that time waiting."""
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            for plane in planes:
                plane.take_ports()
                plane.launch_etcd()
                plane.launch_api_server()
            for plane in planes:
                plane.wait_for_api()
                plane.launch_followers()
            for plane in planes:
                plane.prepare_access()
                plane.wait_for_controllers()
            return
        except PortTaken as error:
            if attempt == START_ATTEMPTS:
                raise Failure(str(error)) from error
            say(f"{error}; trying others")
            stop_planes(planes)
            for plane in planes:
                plane.processes.clear()
                for log in plane.logs.glob(f"{plane.name}-*"):
                    log.unlink()
                shutil.rmtree(plane.folder / "etcd", ignore_errors=True)


def stop_planes(planes: list[Plane]) -> None:
    """Stops all planes. They need not save anything, because the folder is removed."""
    stop([p for plane in planes for p in plane.processes.values()], grace=0.2)


class Fleet:
    def __init__(self, folder: Path, names: list[str], watch_cache: bool, binaries: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.certificates = Certificates(folder / "certificates")
        self.planes = {
            name: Plane(name, folder / name, self.logs, binaries, self.certificates, watch_cache)
            for name in names
        }
        self.client_secret = secrets.token_hex(16)
        self.proxy: Optional[Process] = None
        self.proxy_ports: dict[str, int] = {}
        self.control = Control(self.planes)

    def start_planes(self) -> None:
        start_planes(list(self.planes.values()))

    def start_proxy(self) -> None:
        own = self.certificates
        pairs = {"proxy": own.proxy, **own.bad}
        for attempt in range(1, START_ATTEMPTS + 1):
            self.proxy_ports = {name: free_port() for name in [*pairs, "control"]}
            config = {
                "ca": str(own.authority.certificate),
                "clientID": CLIENT_ID,
                "clientSecret": self.client_secret,
                "controlPort": self.proxy_ports["control"],
                "listeners": [
                    {
                        "name": name,
                        "port": self.proxy_ports[name],
                        "certificate": str(pair.certificate),
                        "key": str(pair.key),
                    }
                    for name, pair in pairs.items()
                ],
                "planes": {name: plane.state() for name, plane in self.planes.items()},
            }
            write_whole(self.folder / "proxy.json", json.dumps(config, indent=1))
            log = self.logs / "impersonating-proxy.log"
            command = [sys.executable, SCRIPTS / "impersonating-proxy", self.folder / "proxy.json"]
            self.proxy = start(command, log)
            try:
                wait_until("proxy", 15, self.proxy_answers)
                return
            except PortTaken:
                if attempt == START_ATTEMPTS:
                    raise Failure("no free port for the proxy") from None

    def proxy_answers(self) -> bool:
        if self.proxy and self.proxy.poll() is not None:
            tail = (self.logs / "impersonating-proxy.log").read_text(errors="replace")[-2000:]
            if "address already in use" in tail:
                raise PortTaken
            raise Failure(f"the proxy ended:\n{tail}")
        client = Client(self.proxy_control, None)
        try:
            return client.exchange("GET", "/connections")[0] == 200
        finally:
            client.close()

    @property
    def proxy_control(self) -> str:
        return f"http://127.0.0.1:{self.proxy_ports['control']}"

    def state(self) -> dict[str, Any]:
        own = self.certificates
        names = {name: f"https://127.0.0.1:{port}" for name, port in self.proxy_ports.items()}
        return {
            "directory": str(self.folder),
            "pid": os.getpid(),
            "ca": str(own.authority.certificate),
            "foreignCA": str(own.foreign.certificate),
            "controlURL": self.control.url,
            "serving": {"certificate": str(own.serving.certificate), "key": str(own.serving.key)},
            "proxy": {
                "url": names["proxy"],
                "oidcProvider": names["proxy"] + "/api",
                "clientID": CLIENT_ID,
                "clientSecret": self.client_secret,
                "controlURL": self.proxy_control,
                "untrusted": {name: names[name] for name in own.bad},
                "pid": self.proxy.pid if self.proxy else None,
            },
            "planes": {name: plane.state() for name, plane in self.planes.items()},
        }

    def check_alive(self) -> None:
        for plane in self.planes.values():
            plane.check_alive()
        if self.proxy and self.proxy.poll() is not None:
            raise Failure(f"the proxy ended with {self.proxy.returncode}")

    def stop(self) -> None:
        self.control.server.shutdown()
        if self.proxy:
            stop([self.proxy], grace=0.5)
        stop_planes(list(self.planes.values()))


def watch_stdin() -> bool:
    """Whether stdin has been closed."""
    readable, _, _ = select.select([0], [], [], 0)
    return bool(readable) and os.read(0, 4096) == b""


def up(arguments: argparse.Namespace) -> None:
    names = [name for name in arguments.planes.split(",") if name]
    if not names or len(set(names)) != len(names):
        raise Failure("--planes needs at least one name, and no name twice")
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9]{0,20}", name) or name in ("logs", "certificates"):
            raise Failure(f"{name!r} is not a valid name for a plane")
    parent = os.getppid()
    end_on_signals()

    def watch_parent() -> None:
        # In a thread, because the main thread may be busy starting something. The kernel's
        # signal for this depends on the parent's *thread*, which may end before the parent.
        while os.getppid() == parent and not (arguments.until_stdin_closes and watch_stdin()):
            time.sleep(0.25)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch_parent, daemon=True).start()
    began = time.monotonic()
    try:
        found = binaries()
        with own_folder(arguments.dir.resolve(), MARKER) as folder:
            fleet = Fleet(folder, names, arguments.watch_cache == "true", found)
            for item in arguments.admission_plugins:
                name, _, plugins = item.partition("=")
                if name not in names or not plugins:
                    raise Failure(f"--admission-plugins {item}: must be PLANE=PLUGIN[,PLUGIN]...")
                fleet.planes[name].admission_plugins = tuple(plugins.split(","))
            serve(fleet, began)
    except Ended as reason:
        say(str(reason))


def serve(fleet: Fleet, began: float) -> None:
    try:
        say(f"starting {', '.join(fleet.planes)}")
        fleet.start_planes()
        fleet.start_proxy()
        state = fleet.folder / "state.json"
        write_whole(state, json.dumps(fleet.state(), indent=2) + "\n")
        say(f"up after {time.monotonic() - began:.1f} s")
        print(f"ready: {state}", flush=True)
        while True:
            fleet.check_alive()
            fleet.control.obey()
            time.sleep(0.1)
    finally:
        fleet.stop()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("up", help="start control planes and stay")
    command.add_argument("--dir", type=Path, required=True)
    command.add_argument("--planes", default="alpha,beta")
    command.add_argument("--watch-cache", choices=["true", "false"], default="true")
    command.add_argument(
        "--admission-plugins", action="append", default=[], metavar="PLANE=PLUGIN[,PLUGIN]..."
    )
    command.add_argument("--until-stdin-closes", action="store_true")
    command.set_defaults(run=up)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except (Failure, TimeoutError, PortTaken) as error:
        say(str(error))
        sys.exit(getattr(error, "exit_code", 1))
