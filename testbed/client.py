"""A small REST client for a Kubernetes API server."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.parse
from pathlib import Path
from typing import Any, Generator, Optional

Object = dict[str, Any]
"""A JSON object, such as one of Kubernetes."""


class StatusError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, code: int, body: bytes) -> None:
        self.code = code
        self.body = body
        try:
            status = json.loads(body)
            self.reason = status.get("reason", "")
            self.message = status.get("message", "")
        except (ValueError, AttributeError):
            self.reason = ""
            self.message = body[:200].decode("utf-8", "replace")
        super().__init__(f"{code} {self.reason}: {self.message}")


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def trust(ca: Path) -> ssl.SSLContext:
    """A context that trusts only this CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca)
    return context


class Client:
    """A client with one persistent connection to one API server. It is not thread-safe."""

    def __init__(
        self,
        url: str,
        ca: Optional[Path],
        headers: Optional[dict[str, str]] = None,
        timeout: float = 10,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port
        self.context = trust(ca) if ca else None
        self.headers = headers or {}
        self.timeout = timeout
        self.connection: Optional[http.client.HTTPConnection] = None

    def connect(self, timeout: Optional[float] = None) -> http.client.HTTPConnection:
        timeout = timeout or self.timeout
        if self.context:
            return http.client.HTTPSConnection(
                self.host, self.port, context=self.context, timeout=timeout
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    def exchange(
        self,
        method: str,
        path: str,
        body: Optional[bytes] = None,
        headers: Optional[dict[str, str]] = None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Sends one request, and returns its complete answer, whatever the status is."""
        reused = self.connection is not None
        if self.connection is None:
            self.connection = self.connect()
        try:
            self.connection.request(method, path, body, {**self.headers, **(headers or {})})
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server may have closed the connection while it was idle.
            self.close()
            if reused:
                return self.exchange(method, path, body, headers)
            raise
        except BaseException:
            self.close()
            raise

    def call(
        self,
        method: str,
        path: str,
        value: Any = None,
        content_type: str = "application/json",
    ) -> Any:
        """Sends and returns JSON; raises StatusError unless the answer is 2xx."""
        body = None if value is None else json.dumps(value).encode()
        headers = {} if value is None else {"Content-Type": content_type}
        code, _, answer = self.exchange(method, path, body, headers)
        if not 200 <= code < 300:
            raise StatusError(code, answer)
        return json.loads(answer) if answer else None

    def watch(self, path: str, seconds: int) -> Generator[dict[str, Any], None, None]:
        """Yields events until the server ends the stream; it is asked to after `seconds`."""
        query = urllib.parse.urlencode({"watch": "true", "timeoutSeconds": seconds})
        connection = self.connect(timeout=seconds + 10)
        try:
            joint = "&" if "?" in path else "?"
            connection.request("GET", f"{path}{joint}{query}", headers=self.headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise StatusError(answer.status, answer.read())
            for line in answer:
                if line.strip():
                    yield json.loads(line)
        finally:
            connection.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
