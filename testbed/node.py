"""One real node: a containerd and a kubelet in namespaces of their own.

Both write to fixed paths of the machine, and set values of its kernel. Here, each node has its own
/run, /var/log and an overlay over /var/lib, and the kernel's values are hidden by files that
already have the values that the kubelet wants."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testbed import machine
from testbed.client import Client, Object, StatusError
from testbed.control_plane import kubeconfig
from testbed.processes import Failure, Process, start, wait_until, write_whole

BRIDGE = "kip0"
GATEWAY = "10.231.0.1"
"""The address of the bridge. API server and registry listen on it."""
SERVICE_ADDRESS = "10.0.0.1"
"""The address of the service `kubernetes`, from the range that the API server is given."""
KERNEL_VALUES = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}
READY_SECONDS = 180.0


def run(*command: Any) -> str:
    made = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if made.returncode:
        raise Failure(f"{shlex.join(map(str, command))}: {made.stderr.strip() or made.stdout.strip()}")
    return made.stdout


def make_bridge() -> None:
    """In the network namespace of the test bed; it goes with it."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "addr", "add", f"{GATEWAY}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")


@dataclass(frozen=True)
class Surroundings:
    """What all nodes of a run have in common."""

    run_name: str
    binaries: Path
    ca: Path
    api_port: int
    registry: str
    """Host and port, as in the names of images."""
    pause: str
    """The image that holds a pod's namespaces."""

    @property
    def tools(self) -> Path:
        return self.binaries / "tools"


class Node:
    def __init__(self, name: str, number: int, folder: Path, token: str, around: Surroundings) -> None:
        self.name = name
        self.number = number
        self.folder = folder
        self.token = token
        self.around = around
        self.cgroup = f"{around.run_name}/{name}"
        self.address = f"10.231.0.{10 + number}"
        self.pods = f"10.231.{100 + number}.0/24"
        self.processes: dict[str, Process] = {}
        self.root = 0

    @property
    def environment(self) -> dict[str, str]:
        tools = self.around.tools
        folders = [tools / "usr/bin", tools / "usr/sbin", tools / "bin"]
        return {
            "PATH": ":".join([*map(str, folders), "/usr/sbin:/usr/bin:/sbin:/bin"]),
            # Otherwise the kubelet asks for six seconds whether this is a machine of AWS.
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> None:
        self.folder.mkdir()
        for name in ("log", "lib-upper", "lib-work", "kernel", "certs.d", "cni", "kubelet", "plugins"):
            (self.folder / name).mkdir()
        machine.make_cgroups(self.cgroup)
        self.make_namespaces()
        self.connect()
        self.start_containerd()
        self.start_kubelet()

    # MARK: Namespaces

    def make_namespaces(self) -> None:
        lines = [
            "set -e",
            f"echo {self.name} >/proc/sys/kernel/hostname",
            "mount --make-rprivate /",
            "mount -t tmpfs tmpfs /run",
            f"mount --bind {self.folder}/log /var/log",
            "mount -t overlay overlay -o"
            f" lowerdir=/var/lib,upperdir={self.folder}/lib-upper,workdir={self.folder}/lib-work /var/lib",
        ]
        for name, value in KERNEL_VALUES.items():
            file = self.folder / "kernel" / name.replace("/", "-")
            file.write_text(f"{value}\n")
            lines.append(f"mount --bind {file} /proc/sys/{name}")
        # As process 1 it takes over the processes whose parents end, which bash does by itself.
        lines += [f"touch {self.folder}/made", "while :; do sleep 3600 & wait; done"]
        script = self.folder / "init"
        script.write_text("\n".join(lines) + "\n")
        process = self.launch("namespaces", *machine.OWN_NAMESPACES, "bash", script)

        def made() -> bool:
            self.check_alive()
            return (self.folder / "made").exists()

        wait_until(f"{self.name}: namespaces", 60, made)
        root = machine.only_child(process.pid)
        if root is None:
            raise Failure(f"{self.name}: the namespaces have no process")
        self.root = root

    def inside(self, *command: Any) -> list[str]:
        """The command, run in the namespaces of the node."""
        return [str(part) for part in [*machine.entry(self.root), *command]]

    def connect(self) -> None:
        outer = f"kip-node{self.number}"
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", self.root)
        run("ip", "link", "set", outer, "master", BRIDGE, "up")
        to_api = ["-d", f"{SERVICE_ADDRESS}/32", "-p", "tcp", "--dport", "443", "-j", "DNAT"]
        to_api += ["--to-destination", f"{GATEWAY}:{self.around.api_port}"]
        for command in (
            ["ip", "link", "set", "lo", "up"],
            ["ip", "addr", "add", f"{self.address}/24", "dev", "eth0"],
            ["ip", "link", "set", "eth0", "up"],
            ["ip", "route", "add", "default", "via", GATEWAY],
            ["iptables", "-w", "-t", "nat", "-A", "PREROUTING", *to_api],
            ["iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-s", self.pods,
             "!", "-d", self.pods, "-j", "MASQUERADE"],
        ):  # fmt: skip
            run(*self.inside(*command))

    # MARK: containerd

    def start_containerd(self) -> None:
        folder, around = self.folder, self.around
        hosts = folder / "certs.d" / around.registry
        hosts.mkdir()
        (hosts / "hosts.toml").write_text(
            f'server = "http://{around.registry}"\n[host."http://{around.registry}"]\n'
            '  capabilities = ["pull", "resolve"]\n'
        )
        network = {
            "cniVersion": "0.4.0",
            "name": "pods",
            "plugins": [
                {
                    "type": "ptp",
                    "ipam": {
                        "type": "host-local",
                        "ranges": [[{"subnet": self.pods}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                        "dataDir": f"{folder}/addresses",
                    },
                }
            ],
        }
        (folder / "cni" / "10-pods.conflist").write_text(json.dumps(network))
        cri = 'plugins."io.containerd.grpc.v1.cri"'
        config = folder / "containerd.toml"
        config.write_text(
            f"""version = 2
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[{cri}]
  sandbox_image = "{around.pause}"
  restrict_oom_score_adj = true
  [{cri}.cni]
    bin_dir = "{around.tools}/usr/lib/cni"
    conf_dir = "{folder}/cni"
  [{cri}.containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [{cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [{cri}.containerd.runtimes.runc.options]
        SystemdCgroup = false
  [{cri}.registry]
    config_path = "{folder}/certs.d"
"""
        )
        self.launch("containerd", *self.inside("containerd", "--config", config))

        def answers() -> bool:
            self.check_alive()
            try:
                self.ctr("version")
            except Failure as error:
                raise OSError(str(error)) from error
            return True

        wait_until(f"{self.name}: containerd", 60, answers, interval=0.3)

    def ctr(self, *arguments: str, may_fail: bool = False) -> str:
        """containerd's own command."""
        command = self.inside("ctr", "--namespace", "k8s.io", *arguments)
        made = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=self.environment
        )
        if made.returncode and not may_fail:
            raise Failure(f"{self.name}: ctr {shlex.join(arguments)}: {made.stderr.strip()}")
        return made.stdout

    def images(self) -> set[str]:
        """The names of the images that containerd has completely."""
        names = set()
        # It fails if one of them is removed at this moment, and lists the others.
        listed = self.ctr("images", "check", may_fail=True)
        if not listed.startswith("REF"):
            raise Failure(f"{self.name}: ctr lists no images: {listed}")
        for line in listed.splitlines():
            fields = line.split()
            if "complete" in fields and fields[-1] == "true":
                names.add(fields[0])
        return names

    # MARK: kubelet

    def start_kubelet(self) -> None:
        folder = self.folder
        own = folder / "kubeconfig"
        server = f"https://{GATEWAY}:{self.around.api_port}"
        write_whole(own, kubeconfig(server, self.around.ca, self.token))
        config = folder / "kubelet.json"
        config.write_text(json.dumps(self.kubelet_configuration(), indent=1))
        self.launch(
            "kubelet",
            *self.inside(
                self.around.binaries / "kubelet", f"--config={config}", f"--kubeconfig={own}",
                f"--root-dir={folder}/kubelet", f"--cert-dir={folder}/kubelet/pki",
                "--container-runtime=remote",
                "--container-runtime-endpoint=unix:///run/containerd/containerd.sock",
                f"--node-ip={self.address}", f"--hostname-override={self.name}",
                f"--pod-infra-container-image={self.around.pause}",
            ),
        )  # fmt: skip

    def kubelet_configuration(self) -> Object:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "readOnlyPort": 0,
            "healthzPort": 0,
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.cgroup}",
            "failSwapOn": False,
            "makeIPTablesUtilChains": False,
            "featureGates": {"DevicePlugins": False},
            "volumePluginDir": f"{self.folder}/plugins",
            "nodeStatusUpdateFrequency": "1s",
            "nodeLeaseDurationSeconds": 8,
            "syncFrequency": "10s",
            # Every round of image garbage collection removes each image that no container uses.
            "imageGCHighThresholdPercent": 1,
            "imageGCLowThresholdPercent": 0,
            "imageMinimumGCAge": "15s",
            "evictionHard": {
                "memory.available": "20Mi",
                "nodefs.available": "1%",
                "nodefs.inodesFree": "1%",
                "imagefs.available": "1%",
            },
        }

    def stop_kubelet(self) -> None:
        """Kills it, as the loss of the node would. Its containers go on."""
        process = self.processes.pop("kubelet")
        kubelet = machine.only_child(process.pid)
        if kubelet:
            os.kill(kubelet, signal.SIGKILL)
        process.wait()

    # MARK: Processes

    def launch(self, name: str, *command: Any) -> Process:
        process = start(command, self.log(name), {**os.environ, **self.environment})
        self.processes[name] = process
        return process

    def log(self, name: str) -> Path:
        return self.folder.with_name(f"{self.name}-{name}.log")

    def check_alive(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                tail = self.log(name).read_text(errors="replace").strip().splitlines()[-8:]
                lines = "\n  ".join(tail)
                raise Failure(f"{self.name}: {name} ended with {process.returncode}:\n  {lines}")

    def wait_ready(self, admin: Client, wanted: bool = True) -> None:
        def is_ready() -> bool:
            if wanted:
                self.check_alive()
            try:
                found = admin.call("GET", f"/api/v1/nodes/{self.name}")
            except StatusError:
                return False
            conditions = found["status"].get("conditions", [])
            states = [each["status"] for each in conditions if each["type"] == "Ready"]
            return (states == ["True"]) == wanted

        state = "ready" if wanted else "not ready"
        wait_until(f"{self.name} {state}", READY_SECONDS, is_ready, interval=0.3)
