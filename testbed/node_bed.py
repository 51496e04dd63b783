"""A cluster with real nodes: a control plane with a scheduler, a registry, and one or two nodes.

    node up [--nodes N]
    node run COMMAND...

`up` starts them in namespaces of their own, and stays until it gets SIGTERM or SIGINT (Ctrl-C). Everything
that it has changed on this machine is put back then; if it is killed, the next start does that. `run` runs a
command in the namespaces of the running cluster, with KUBECONFIG set, such as `node run kubectl get pods -A`.

Needs root and control groups of version 1. The binaries come from scripts/api-server-binaries --node, which
builds them if needed (a few minutes, once).

Exit code 3: there can be no node on this machine; the reason is printed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Callable, Optional, Sequence

from testbed import images, machine
from testbed.certificates import Certificates
from testbed.client import Client
from testbed.control_plane import Plane, RealNodes, start_planes
from testbed.node import GATEWAY, SERVICE_ADDRESS, Node, Surroundings, make_bridge
from testbed.processes import SCRIPTS, Ended, Failure, binaries, end_on_signals
from testbed.registry import Registry

REGISTRY_PORT = 5000
GRACE_SECONDS = 16
"""A node is not ready when its kubelet has been silent for this long. On a busy machine, a kubelet
that lives may need some seconds."""


class NodeBed:
    """Everything, for a process that machine.run_apart has started."""

    def __init__(
        self,
        folder: Path,
        node_count: int,
        server_binaries: Path,
        node_binaries: Path,
        admission_plugins: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        names = tuple(f"node-{number}" for number in range(1, node_count + 1))
        self.tools = node_binaries / "tools"
        self.registry = Registry(
            self.tools / "usr/bin/docker-registry", folder / "registry", GATEWAY, REGISTRY_PORT
        )
        addresses = (f"IP:{GATEWAY}", f"IP:{SERVICE_ADDRESS}")
        certificates = Certificates(folder / "certificates", *addresses)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.plane = Plane(
            "plane", folder / "plane", self.logs, server_binaries, certificates, True,
            RealNodes(names, GATEWAY, node_binaries, GRACE_SECONDS), admission_plugins,
        )  # fmt: skip
        self.names = names
        self.node_binaries = node_binaries
        self.nodes: list[Node] = []
        self.busybox = images.busybox_layer(self.tools / "bin/busybox")

    def start(self) -> None:
        make_bridge()
        self.registry.start()
        pause = images.image([self.busybox], Entrypoint=["/bin/sleep", "infinity"])
        start_planes([self.plane])
        around = Surroundings(
            self.folder.name, self.node_binaries, self.plane.certificates.authority.certificate,
            self.plane.port, self.registry.host, self.registry.push("pause", pause),
        )  # fmt: skip
        self.nodes = [
            Node(name, number, self.folder / name, self.plane.tokens[name], around)
            for number, name in enumerate(self.names, 1)
        ]
        for node in self.nodes:
            node.start()
        admin = self.admin()
        for node in self.nodes:
            node.wait_ready(admin)

    def admin(self) -> Client:
        return self.plane.client()

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def check_alive(self) -> None:
        self.plane.check_alive()
        for node in self.nodes:
            node.check_alive()

    def push_content(self, repository: str, size: int = 1000) -> str:
        """Pushes an image with a shell, which is called by its full name."""
        parts = [self.busybox, images.unique_layer(repository, size)]
        return self.registry.push(repository, images.image(parts))


# MARK: The outer process


def run_apart(
    command: Sequence[object], prepare: Optional[Callable[[Path], None]] = None
) -> int:
    """Finds what a node needs, and runs the command in namespaces of its own. It is passed three
    folders: of the run, of the API server's binaries, and of the nodes'. `prepare` may put
    something into the first, which is removed at the end. Failure has exit code 3 if there can be
    no node."""
    reason = machine.why_not()
    if reason:
        raise Failure(reason, exit_code=3)
    for name in machine.clean_up_after_killed_runs():
        print(f"removed what a killed run has left: {name}", file=sys.stderr, flush=True)
    # Of the same version as the nodes, and not any that KUBEBUILDER_ASSETS may name.
    os.environ.pop("KUBEBUILDER_ASSETS", None)
    node_binaries = binaries("--node")
    server_binaries = binaries()
    with machine.own_state() as folder:
        if prepare:
            prepare(folder)
        return machine.run_apart([*command, folder, server_binaries, node_binaries], folder)


def serve(folder: Path, server_binaries: Path, node_binaries: Path, count: int) -> None:
    began = time.monotonic()
    bed = NodeBed(folder, count, server_binaries, node_binaries)
    bed.start()
    print(f"ready after {time.monotonic() - began:.1f} s")
    print(f"registry (for the nodes): {bed.registry.host}")
    print(f"logs: {bed.logs}, {bed.folder}/node-*.log")
    print("to use it: scripts/node run kubectl get pods -A", flush=True)
    while True:
        bed.check_alive()
        time.sleep(0.5)


def run_in_it(command: Sequence[str]) -> None:
    found = machine.running()
    if len(found) != 1:
        raise Failure(f"there are {len(found)} running clusters with nodes, and there must be one")
    root = int((found[0] / machine.ROOT).read_text())
    os.environ["KUBECONFIG"] = str(found[0] / "plane" / "admin.kubeconfig")
    whole = [*machine.entry(root), *command]
    os.execvp(whole[0], whole)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    command = commands.add_parser("up", help="start and stay")
    command.add_argument("--nodes", type=int, choices=[1, 2], default=2)
    commands.add_parser("run", help="a command in its namespaces").add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND"
    )
    inner = commands.add_parser("inside")
    inner.add_argument("count", type=int)
    for name in ("folder", "server", "node"):
        inner.add_argument(name, type=Path)
    given = parser.parse_args()
    try:
        if given.command == "inside":
            serve(given.folder, given.server, given.node, given.count)
        if given.command == "run":
            run_in_it(given.words)
        end_on_signals()
        own = [sys.executable, SCRIPTS / "node", "inside", given.nodes]
        sys.exit(run_apart(own))
    except Ended as reason:
        print(f"node: {reason}", file=sys.stderr)
        sys.exit(128 + reason.number)
    except (Failure, TimeoutError) as error:
        print(f"node: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
