"""The real puller with its console, and a simulated fleet behind it, for the tests of the status page."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Iterator

from testbed.client import Client, Object
from testbed.processes import Failure, debug_build, die_with_parent, start, stop, wait_until


class Pulled:
    """A running puller, and the fleet that it serves."""

    def __init__(self, console: str, control: str) -> None:
        self.url = console + "/"
        self.console = Client(console, None)
        self.control = Client(control, None)

    def break_cluster(self, user: str) -> None:
        self.control.call("POST", f"/control/users/{user}/faults", {"kind": "status", "status": 503, "body": "html"})

    def mend_cluster(self, user: str) -> None:
        self.control.call("DELETE", f"/control/users/{user}/faults")

    def clusters(self) -> list[Object]:
        return list(self.console.call("GET", "/api/v1/clusters?limit=10000")["clusters"])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def puller(folder: Path, users: int) -> Iterator[Pulled]:
    mock_fleet, program = debug_build("mock-fleet"), debug_build("kubernetes-image-puller")
    mock = subprocess.Popen(
        [mock_fleet, "--users", str(users), "--pull-ms", "50", "--pull-spread-ms", "50"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent,
    )  # fmt: skip
    processes = [mock]
    try:
        assert mock.stdout
        found = json.loads(mock.stdout.readline())
        port = free_port()
        log = folder / "puller.log"
        process = start([program], log, {
            "PATH": os.environ.get("PATH", ""),
            "IMAGES": "jdk=eclipse-temurin:21;node=node:22",
            "IMPERSONATE_USERS": ",".join(f"user-{number}" for number in range(1, users + 1)),
            "OPENSHIFT_PROXY_URL": found["proxyURL"], "OIDC_PROVIDER": found["providerURL"],
            "SERVICE_ACCOUNT_ID": "rh-che", "SERVICE_ACCOUNT_SECRET": "mock-secret",
            "CACHING_INTERVAL_HOURS": "0.002", "BACKOFF_MAX_SECONDS": "2", "START_SPREAD_SECONDS": "1",
            "STATUS_PORT": "0", "CONSOLE_PORT": str(port),
        })  # fmt: skip
        processes.append(process)
        pulled = Pulled(f"http://127.0.0.1:{port}", found["controlURL"])

        def is_up() -> bool:
            if process.poll() is not None:
                raise Failure(f"the puller has ended:\n{log.read_text()[-2000:]}")
            return len(pulled.clusters()) == users

        wait_until("the puller serves its console", 30, is_up)
        with contextlib.closing(pulled.console), contextlib.closing(pulled.control):
            yield pulled
    finally:
        stop(processes[::-1])
        if mock.stdout:
            mock.stdout.close()
