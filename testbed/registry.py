"""A real registry (docker-registry), and in front of it a gate through which nodes pull.

Faults are made at the gate: it can be closed, hold a repository back, and demand a password for
one. It also knows who has asked for what."""

from __future__ import annotations

import base64
import http.client
import http.server
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from testbed import images
from testbed.client import Client
from testbed.processes import Failure, Process, start, stop, wait_until

HOLD_SECONDS = 600.0
"""The longest time that a request is held."""
CHUNK = 1 << 20


@dataclass(frozen=True)
class Pull:
    """One request that came through the gate."""

    client: str
    method: str
    repository: str
    kind: str
    """manifests or blobs"""
    status: int


class Registry:
    def __init__(self, program: Path, folder: Path, address: str, port: int) -> None:
        self.program = program
        self.folder = folder
        self.address = address
        self.port = port
        self.inner_port = port + 1
        self.process: Optional[Process] = None
        self.gate: Optional[http.server.ThreadingHTTPServer] = None
        self.lock = threading.Lock()
        self.pulls: list[Pull] = []
        self.passwords: dict[str, str] = {}
        self.held: dict[str, threading.Event] = {}

    @property
    def host(self) -> str:
        """How images of this registry begin."""
        return f"{self.address}:{self.port}"

    @property
    def inner_url(self) -> str:
        return f"http://127.0.0.1:{self.inner_port}"

    def start(self) -> None:
        self.folder.mkdir()
        config = self.folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.inner_port}'}}\n"
        )
        log = self.folder / "log"
        self.process = process = start([self.program, "serve", config], log)

        def answers() -> bool:
            if process.poll() is not None:
                raise Failure(f"the registry ended: {log.read_text(errors='replace')[-500:]}")
            client = Client(self.inner_url, None)
            try:
                return client.exchange("GET", "/v2/")[0] == 200
            finally:
                client.close()

        wait_until("registry", 60, answers)
        self.open()

    def stop(self) -> None:
        self.close()
        if self.process:
            stop([self.process])

    def push(self, repository: str, image: images.Image, tag: str = "1") -> str:
        """Pushes an image past the gate, and returns its full name."""
        images.push(self.inner_url, repository, tag, image)
        return self.name(repository, tag)

    def name(self, repository: str, tag: str = "1") -> str:
        return f"{self.host}/{repository}:{tag}"

    # MARK: The gate

    def open(self) -> None:
        self.gate = Gate((self.address, self.port), self)
        threading.Thread(target=self.gate.serve_forever, daemon=True).start()

    def close(self) -> None:
        """From now on, connections are refused."""
        if self.gate:
            self.gate.shutdown()
            self.gate.server_close()
            self.gate = None

    def hold(self, repository: str) -> None:
        """From now on, requests for the content of this repository wait; manifests are given out."""
        self.held[repository] = threading.Event()

    def release(self, repository: str) -> None:
        self.held.pop(repository).set()

    def protect(self, repository: str, user: str, password: str) -> None:
        """From now on, the repository is private."""
        self.passwords[repository] = base64.b64encode(f"{user}:{password}".encode()).decode()

    def pulls_of(self, repository: str, kind: str = "blobs") -> list[Pull]:
        """What was answered with success."""
        with self.lock:
            return [
                pull
                for pull in self.pulls
                if (pull.repository, pull.kind) == (repository, kind) and pull.status < 300
            ]

    def note(self, pull: Pull) -> None:
        with self.lock:
            self.pulls.append(pull)

    def may_pass(self, repository: str, authorization: str) -> bool:
        password = self.passwords.get(repository)
        return password is None or authorization == f"Basic {password}"

    def wait_at_gate(self, repository: str) -> None:
        held = self.held.get(repository)
        if held:
            held.wait(HOLD_SECONDS)


class Gate(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # A closed gate does not wait for the requests that are still held.
    block_on_close = False

    def __init__(self, address: tuple[str, int], registry: Registry) -> None:
        super().__init__(address, Passage)
        self.registry = registry


class Passage(http.server.BaseHTTPRequestHandler):
    """One connection per request, so that a closed gate is closed at once."""

    server: Gate
    protocol_version = "HTTP/1.0"
    timeout = 60

    def do_GET(self) -> None:
        self.forward()

    def do_HEAD(self) -> None:
        self.forward()

    def forward(self) -> None:
        registry = self.server.registry
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/[^/?]+(?:\?.*)?", self.path)
        repository, kind = (found.group(1), found.group(2)) if found else ("", "")
        status = 401
        if registry.may_pass(repository, self.headers.get("Authorization", "")):
            if kind == "blobs":
                registry.wait_at_gate(repository)
            status = self.fetch()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        registry.note(Pull(self.client_address[0], self.command, repository, kind, status))

    def fetch(self) -> int:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.registry.inner_port, timeout=60
        )
        try:
            names = ("Accept", "Range")
            headers = {name: self.headers[name] for name in names if name in self.headers}
            connection.request(self.command, self.path, headers=headers)
            answer = connection.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "date", "server", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            while self.command == "GET":
                data = answer.read(CHUNK)
                if not data:
                    break
                self.wfile.write(data)
            return answer.status
        finally:
            connection.close()

    def log_message(self, *_: Any) -> None:
        pass
