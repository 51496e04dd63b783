"""An impersonating reverse proxy in front of real control planes, with a token endpoint.
It behaves like fabric8-oso-proxy and fabric8-auth.

    impersonating-proxy CONFIG          (JSON, written by scripts/control-plane)

For clients (TLS, HTTP/1.1; `/api` before `/apis/...` is removed):
    POST /api/token                     form-encoded client_credentials; a new token each
                                        time. Client ids: `rh-che`, and `rh-che-ANYTHING`
                                        for a test that needs its own tokens.
    anything else                       needs `Authorization: Bearer` with such a token and
                                        `Impersonate-User: PLANE-ANYTHING`; is sent to that
                                        plane as service account `che` of the namespace in
                                        the path. If anything is missing or unknown: 401
                                        with an empty body. Plane not reachable: 502.
    Impersonate-User: PLANE-direct-X    is sent as an account with the four verbs on
                                        DaemonSets in all namespaces, so that the cluster
                                        itself answers if the namespace does not exist.

For tests (plain HTTP on a separate loopback port). SCOPE is any of `user`, `namespace`,
`plane`, `listener` as query; without one, a command applies to everything:
    GET    /log?SCOPE                   {"requests": [{method, path, user, namespace, plane,
                                        listener, status, seconds}]}; the status is null
                                        until the request is answered
    DELETE /log?SCOPE
    GET    /connections                 {"open": N}
    POST   /cut?SCOPE                   resets the connections with an unanswered request
                                        (without SCOPE: idle connections, too)
    POST   /faults?mode=MODE&SCOPE      from now on: `reset` the connection, stay `silent`,
                                        or answer `bad-gateway`, `unavailable` (503, HTML),
                                        `unauthorized`, or `plain-404`
    DELETE /faults?SCOPE                lifts faults of exactly this scope (without: all)
    POST   /date?ahead=SECONDS&SCOPE    shifts the `Date` of answers by this much, until
                                        `ahead=0` with the same scope
    POST   /refuse, POST /accept        closes or opens the listeners: while they are
                                        closed, connections are refused
    POST   /certificate?listener=NAME&of=OTHER
                                        from now on, that listener has the certificate of
                                        the listener OTHER
    DELETE /tokens?client=ID            revokes the client's tokens (without: all tokens)
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import collections
import email.utils
import json
import re
import secrets
import signal
import socket
import ssl
import struct
import time
import traceback
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Awaitable, Callable, Optional

from testbed.client import server_context, trust

MAX_HEAD = 64 * 1024
MAX_BODY = 3 * 1024 * 1024
MAX_LOG = 50_000
UPSTREAM_ANSWER_SECONDS = 60
SCOPES = ("user", "namespace", "plane", "listener")
ACTING_ACCOUNT = "che"
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"}
REASONS = {
    200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized",
    404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
    413: "Payload Too Large", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip

Headers = list[tuple[str, str]]


class BadMessage(Exception):
    """A message that is not valid HTTP/1.1, or is too large."""


class ConnectionEnds(Exception):
    """The peer has closed the connection, or must not get an answer."""


# MARK: HTTP/1.1


@dataclass
class Head:
    first: list[str]
    headers: Headers

    def get(self, name: str) -> Optional[str]:
        return next((v for n, v in self.headers if n.lower() == name), None)

    def encoded(self) -> bytes:
        lines = [" ".join(self.first)] + [f"{n}: {v}" for n, v in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def is_chunked(self) -> bool:
        return "chunked" in (self.get("transfer-encoding") or "").lower()


async def read_head(reader: asyncio.StreamReader) -> Optional[Head]:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadMessage("cut within the head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadMessage("head too large") from error
    lines = raw.decode("latin-1").split("\r\n")[:-2]
    headers: Headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise BadMessage(f"not a header: {line[:80]!r}")
        headers.append((name, value.strip()))
    first = lines[0].split(" ", 2)
    if len(first) < 2:
        raise BadMessage("not a first line")
    return Head(first, headers)


async def read_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """Reads the whole body of a request, which is small and may have to be sent twice."""
    if not head.is_chunked():
        length = head.get("content-length") or "0"
        if not length.isdigit():
            raise BadMessage("bad Content-Length")
        if int(length) > MAX_BODY:
            raise BadMessage("body too large")
        return await reader.readexactly(int(length))
    body = bytearray()
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if len(body) + size > MAX_BODY:
            raise BadMessage("body too large")
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return bytes(body)
        body += await reader.readexactly(size)
        await reader.readexactly(2)


@dataclass
class Answer:
    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Headers = field(default_factory=list)

    def encoded(self, head_only: bool = False) -> bytes:
        headers = [("Content-Length", str(len(self.body)))] + self.headers
        if self.content_type:
            headers.append(("Content-Type", self.content_type))
        head = Head(["HTTP/1.1", str(self.status), REASONS.get(self.status, "")], headers)
        return head.encoded() + (b"" if head_only else self.body)


def text(status: int, message: str) -> Answer:
    return Answer(status, (message + "\n").encode(), "text/plain; charset=utf-8")


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), "application/json")


UNAUTHORIZED = Answer(401)


# MARK: Tokens


class TokenEndpoint:
    """The part of fabric8-auth that a service account uses."""

    FIELDS = {"grant_type", "client_id", "client_secret", "scope", "audience"}

    def __init__(self, client_id: str, secret: str) -> None:
        self.client_id = client_id
        self.secret = secret
        self.issued: dict[str, str] = {}

    @staticmethod
    def error(status: int, code: str, detail: str) -> Answer:
        body = {"errors": [{"code": code, "detail": detail, "status": str(status), "title": REASONS[status]}]}
        return Answer(status, json.dumps(body).encode(), "application/vnd.api+json")

    def answer(self, head: Head, body: bytes) -> Answer:
        if head.first[0] != "POST":
            return self.error(404, "not_found", "no such method")
        if head.is_chunked() or head.get("content-length") is None:
            return self.error(400, "bad_parameter", "a body with Content-Length is needed")
        if not (head.get("content-type") or "").startswith("application/x-www-form-urlencoded"):
            return self.error(400, "bad_parameter", "the body must be form-encoded")
        form = urllib.parse.parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        unknown = sorted(set(form) - self.FIELDS)
        if unknown:
            return self.error(400, "bad_parameter", f"unknown field {unknown[0]}")
        if form.get("grant_type") != ["client_credentials"]:
            return self.error(400, "bad_parameter", "grant_type must be client_credentials")
        for name in ("client_id", "client_secret"):
            if len(form.get(name, [])) != 1:
                return self.error(400, "bad_parameter", f"{name} is missing")
        client, secret = form["client_id"][0], form["client_secret"][0]
        known = client == self.client_id or client.startswith(self.client_id + "-")
        if not known or not secrets.compare_digest(secret.encode(), self.secret.encode()):
            return self.error(401, "unauthorized", "invalid Service Account ID or secret")
        token = self.issue(client)
        answer = {"access_token": token, "token_type": "Bearer"}
        return Answer(200, json.dumps(answer).encode(), "application/vnd.oauthtoken+json")

    def issue(self, client: str) -> str:
        """Issues a token that looks like a JWT, but has no valid signature."""

        def part(value: Any) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        claims = {"service_accountname": client, "jti": secrets.token_hex(16), "iat": int(time.time())}
        token = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.{secrets.token_urlsafe(64)}"
        self.issued[token] = client
        return token

    def accepts(self, head: Head) -> bool:
        scheme, _, token = (head.get("authorization") or "").partition(" ")
        return scheme.lower() == "bearer" and token in self.issued

    def revoke(self, client: Optional[str]) -> int:
        gone = [t for t, c in self.issued.items() if client in (None, c)]
        for token in gone:
            del self.issued[token]
        return len(gone)


# MARK: Planes


class PlaneUnreachable(Exception):
    pass


class NoAccount(Exception):
    """The namespace has no service account to act as."""


class Plane:
    def __init__(self, name: str, config: dict[str, Any], ca: Path) -> None:
        parts = urllib.parse.urlsplit(config["url"])
        self.name = name
        self.host, self.port = parts.hostname, parts.port
        self.admin = config["adminToken"]
        self.direct = config["directToken"]
        self.context = trust(ca)
        self.tokens: dict[str, str] = {}

    async def send(
        self, method: str, path: str, headers: Headers, body: bytes
    ) -> tuple[Head, asyncio.StreamReader, asyncio.StreamWriter]:
        """Sends a request over a new connection, so that the answer ends with the connection."""
        try:
            reader, writer = await asyncio.open_connection(
                self.host, self.port, ssl=self.context, limit=MAX_HEAD
            )
        except OSError as error:
            raise PlaneUnreachable(str(error)) from error
        try:
            request = Head([method, path, "HTTP/1.1"], headers + [("Connection", "close")])
            writer.write(request.encoded() + body)
            await writer.drain()
            head = await asyncio.wait_for(read_head(reader), UPSTREAM_ANSWER_SECONDS)
            if head is None:
                raise PlaneUnreachable("closed without an answer")
            return head, reader, writer
        except asyncio.TimeoutError:
            writer.transport.abort()
            raise
        except (OSError, BadMessage) as error:
            writer.transport.abort()
            raise PlaneUnreachable(str(error)) from error
        except BaseException:
            writer.transport.abort()
            raise

    async def token(self, namespace: str) -> str:
        if namespace not in self.tokens:
            self.tokens[namespace] = await self.request_token(namespace)
        return self.tokens[namespace]

    async def request_token(self, namespace: str) -> str:
        order = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 86400},
        }
        body = json.dumps(order).encode()
        quoted = urllib.parse.quote(namespace, safe="")
        head, reader, writer = await self.send(
            "POST",
            f"/api/v1/namespaces/{quoted}/serviceaccounts/{ACTING_ACCOUNT}/token",
            [
                ("Host", f"{self.host}:{self.port}"),
                ("Authorization", f"Bearer {self.admin}"),
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
            ],
            body,
        )
        try:
            answer = await read_body(reader, head)
        except (OSError, asyncio.IncompleteReadError, BadMessage, ValueError) as error:
            raise PlaneUnreachable(str(error)) from error
        finally:
            writer.transport.abort()
        if head.first[1] != "201":
            raise NoAccount(namespace)
        return json.loads(answer)["status"]["token"]


# MARK: The proxy


@dataclass
class Entry:
    """A request in the log, which is added when the request arrives."""

    listener: str
    method: str
    path: str
    user: str
    namespace: str
    plane: str
    status: Optional[int] = None
    began: float = field(default_factory=time.monotonic)
    seconds: Optional[float] = None

    def matches(self, scope: dict[str, str]) -> bool:
        return all(getattr(self, name) == value for name, value in scope.items())

    def shown(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "began"}


@dataclass(eq=False)
class Connection:
    listener: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    current: Optional[Entry] = None

    def reset(self) -> None:
        """Sends RST instead of FIN, as when a proxy is killed."""
        raw = self.writer.get_extra_info("socket")
        if raw is None:  # already closed
            return
        try:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.writer.transport.abort()

    def is_gone(self) -> bool:
        return self.reader.at_eof() or self.writer.transport.is_closing()


def namespace_in(path: str) -> str:
    found = re.match(r"(?:/api/v1|/apis/[^/]+/[^/]+)/(?:watch/)?namespaces/([^/?]+)", path)
    return urllib.parse.unquote(found.group(1)) if found else ""


class Proxy:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        ca = Path(config["ca"])
        self.planes = {name: Plane(name, plane, ca) for name, plane in config["planes"].items()}
        self.tokens = TokenEndpoint(config["clientID"], config["clientSecret"])
        self.log: collections.deque[Entry] = collections.deque(maxlen=MAX_LOG)
        self.faults: list[tuple[dict[str, str], str]] = []
        self.dates: list[tuple[dict[str, str], float]] = []
        self.connections: set[Connection] = set()
        self.servers: list[asyncio.AbstractServer] = []
        self.contexts: dict[str, ssl.SSLContext] = {}

    # Listening

    async def listen(self) -> None:
        for listener in self.config["listeners"]:
            context = server_context(Path(listener["certificate"]), Path(listener["key"]))
            self.contexts[listener["name"]] = context
            self.servers.append(
                await asyncio.start_server(
                    self.handler(listener["name"]), "127.0.0.1", listener["port"],
                    ssl=context, limit=MAX_HEAD, backlog=1024,
                )  # fmt: skip
            )

    def refuse(self) -> None:
        for server in self.servers:
            server.close()
        self.servers = []

    def certify(self, name: str, other: str) -> None:
        shown = next(each for each in self.config["listeners"] if each["name"] == other)
        self.contexts[name].load_cert_chain(shown["certificate"], shown["key"])

    def handler(self, name: str) -> Callable[..., Awaitable[None]]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(name, reader, writer)
            self.connections.add(connection)
            try:
                while await self.serve_one(connection):
                    pass
            except (OSError, ConnectionEnds, asyncio.IncompleteReadError):
                pass
            except (BadMessage, ValueError, asyncio.LimitOverrunError) as error:
                writer.write(text(400, str(error)).encoded())
            finally:
                self.connections.discard(connection)
                writer.close()

        return handle

    async def serve_one(self, connection: Connection) -> bool:
        """Serves one request. Returns whether the connection can be used for another one."""
        head = await read_head(connection.reader)
        if head is None:
            return False
        if (head.get("expect") or "").lower() == "100-continue":
            connection.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await read_body(connection.reader, head)
        entry = self.entry(connection, head)
        self.log.append(entry)
        connection.current = entry
        try:
            keep = await self.answer(connection, head, body, entry)
            await connection.writer.drain()
        finally:
            entry.seconds = round(time.monotonic() - entry.began, 3)
            connection.current = None
        wants_close = "close" in (head.get("connection") or "").lower()
        return keep and not wants_close and head.first[-1] != "HTTP/1.0"

    def entry(self, connection: Connection, head: Head) -> Entry:
        # Both https://host and https://host/api are base URLs.
        path = re.sub(r"^/api(?=/apis?/)", "", head.first[1])
        user = head.get("impersonate-user") or ""
        plane = user.partition("-")[0] if "-" in user else ""
        plane = plane if plane in self.planes else ""
        return Entry(connection.listener, head.first[0], path, user, namespace_in(path), plane)

    # Answering

    async def answer(self, connection: Connection, head: Head, body: bytes, entry: Entry) -> bool:
        own = await self.fault(connection, entry)
        if own is None:
            own = self.own_answer(head, body, entry)
        if own is None:
            try:
                return await self.forward(connection, head, body, entry)
            except NoAccount:
                own = UNAUTHORIZED
            except PlaneUnreachable as error:
                own = text(502, f"cannot reach the cluster: {error}")
            except asyncio.TimeoutError:
                own = text(504, "the cluster does not answer")
        entry.status = own.status
        connection.writer.write(own.encoded(head_only=entry.method == "HEAD"))
        return True

    async def fault(self, connection: Connection, entry: Entry) -> Optional[Answer]:
        mode = next((mode for scope, mode in self.faults if entry.matches(scope)), None)
        if mode == "reset":
            connection.reset()
            raise ConnectionEnds
        if mode == "silent":
            while not connection.is_gone():
                await asyncio.sleep(0.2)
            raise ConnectionEnds
        return {
            "bad-gateway": text(502, "cannot reach the cluster"),
            "unavailable": Answer(503, b"<html><body>503</body></html>", "text/html"),
            "unauthorized": UNAUTHORIZED,
            "plain-404": text(404, "unknown cluster"),
        }.get(mode or "")

    def own_answer(self, head: Head, body: bytes, entry: Entry) -> Optional[Answer]:
        path = entry.path.partition("?")[0]
        if path == "/api/token":
            return self.tokens.answer(head, body)
        if path == "//api/token" or path == "/api//token":
            return Answer(301, headers=[("Location", "/api/token")])
        if not self.tokens.accepts(head) or not entry.plane:
            return UNAUTHORIZED
        if re.match(r"/(console|logs)(/|$)", path):
            return Answer(307, headers=[("Location", f"https://elsewhere.invalid{path}")])
        if not entry.namespace and not self.is_direct(entry):
            return UNAUTHORIZED
        return None

    @staticmethod
    def is_direct(entry: Entry) -> bool:
        return entry.user.startswith(f"{entry.plane}-direct-")

    async def forward(self, connection: Connection, head: Head, body: bytes, entry: Entry) -> bool:
        plane = self.planes[entry.plane]
        for attempt in (1, 2):
            direct = self.is_direct(entry)
            token = plane.direct if direct else await plane.token(entry.namespace)
            headers = self.forwarded_headers(head, body, token)
            answer, reader, writer = await plane.send(entry.method, entry.path, headers, body)
            if answer.first[1] == "401" and not direct and attempt == 1:
                # The namespace or its account may have been created again: get a new token.
                if plane.tokens.get(entry.namespace) == token:
                    del plane.tokens[entry.namespace]
                writer.transport.abort()
                continue
            break
        entry.status = int(answer.first[1])
        self.shift_date(answer, entry)
        try:
            return await self.relay(connection, entry.method, answer, reader)
        finally:
            writer.transport.abort()

    def shift_date(self, answer: Head, entry: Entry) -> None:
        ahead = next((ahead for scope, ahead in self.dates if entry.matches(scope)), 0)
        if ahead:
            headers = [(n, v) for n, v in answer.headers if n.lower() != "date"]
            date = email.utils.formatdate(time.time() + ahead, usegmt=True)
            answer.headers = headers + [("Date", date)]

    @staticmethod
    def forwarded_headers(head: Head, body: bytes, token: str) -> Headers:
        replaced = HOP_BY_HOP | {
            "authorization", "impersonate-user", "impersonate-group", "expect",
            "content-length", "transfer-encoding",
        }  # fmt: skip
        headers = [(n, v) for n, v in head.headers if n.lower() not in replaced]
        headers.append(("Authorization", f"Bearer {token}"))
        if body or head.get("content-length") or head.is_chunked():
            headers.append(("Content-Length", str(len(body))))
        return headers

    async def relay(
        self, connection: Connection, method: str, answer: Head, reader: asyncio.StreamReader
    ) -> bool:
        """Passes the bytes on as they arrive. Returns whether the answer was complete, and
        the client can recognize its end."""
        answer.headers = [(n, v) for n, v in answer.headers if n.lower() not in HOP_BY_HOP]
        length = answer.get("content-length")
        empty = method == "HEAD" or answer.first[1] in ("204", "304")
        framed = empty or answer.is_chunked() or length is not None
        if not framed:
            answer.headers.append(("Connection", "close"))
        connection.writer.write(answer.encoded())
        passed, tail = 0, b""
        while not empty:
            try:
                data = await asyncio.wait_for(reader.read(65536), 0.5)
            except asyncio.TimeoutError:
                # During a quiet watch, nothing else would notice that the client has gone.
                if connection.is_gone():
                    raise ConnectionEnds from None
                continue
            except OSError:
                break
            if not data:
                break
            connection.writer.write(data)
            await connection.writer.drain()
            passed += len(data)
            tail = (tail + data)[-5:]
        if not framed:
            return False
        whole = empty or (tail == b"0\r\n\r\n" if answer.is_chunked() else passed == int(length or 0))
        if not whole:
            connection.reset()
        return whole

    # Control

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await read_head(reader):
                await read_body(reader, head)
                try:
                    answer = await self.command(head.first[0], head.first[1])
                except Exception as error:  # show the test what is wrong
                    traceback.print_exc()
                    answer = text(500, repr(error))
                writer.write(answer.encoded())
                await writer.drain()
        except (OSError, BadMessage, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def command(self, method: str, target: str) -> Answer:
        path, _, query = target.partition("?")
        arguments = dict(urllib.parse.parse_qsl(query))
        scope = {name: arguments[name] for name in SCOPES if name in arguments}
        unknown = set(arguments) - set(SCOPES) - {"mode", "client", "of", "ahead"}
        if unknown:
            return text(400, f"unknown parameter: {', '.join(sorted(unknown))}")
        order = (method, path)
        if order == ("GET", "/log"):
            return as_json({"requests": [e.shown() for e in self.log if e.matches(scope)]})
        if order == ("DELETE", "/log"):
            kept = [e for e in self.log if not e.matches(scope)]
            self.log = collections.deque(kept, maxlen=MAX_LOG)
            return as_json({"kept": len(kept)})
        if order == ("GET", "/connections"):
            return as_json({"open": len(self.connections)})
        if order == ("POST", "/cut"):
            return as_json({"cut": self.cut(scope)})
        if order == ("POST", "/faults"):
            modes = ("reset", "silent", "bad-gateway", "unavailable", "unauthorized", "plain-404")
            if arguments.get("mode") not in modes:
                return text(400, f"mode must be one of {', '.join(modes)}")
            self.faults.insert(0, (scope, arguments["mode"]))
            return as_json({"faults": len(self.faults)})
        if order == ("DELETE", "/faults"):
            self.faults = [f for f in self.faults if scope and f[0] != scope]
            return as_json({"faults": len(self.faults)})
        if order == ("POST", "/date"):
            self.dates = [d for d in self.dates if d[0] != scope]
            ahead = float(arguments.get("ahead", "0"))
            if ahead:
                self.dates.insert(0, (scope, ahead))
            return as_json({"dates": len(self.dates)})
        if order == ("POST", "/refuse"):
            self.refuse()
            return as_json({"cut": self.cut({})})
        if order == ("POST", "/accept"):
            if not self.servers:
                await self.listen()
            return as_json({"listeners": len(self.servers)})
        if order == ("POST", "/certificate"):
            name, other = arguments.get("listener", ""), arguments.get("of", "")
            if not {name, other} <= set(self.contexts):
                return text(400, f"listener and of must be two of {', '.join(self.contexts)}")
            self.certify(name, other)
            return as_json({"listener": name, "of": other})
        if order == ("DELETE", "/tokens"):
            return as_json({"revoked": self.tokens.revoke(arguments.get("client"))})
        return text(404, "no such command")

    def cut(self, scope: dict[str, str]) -> int:
        hit = [c for c in self.connections if not scope or (c.current and c.current.matches(scope))]
        for connection in hit:
            connection.reset()
        return len(hit)


async def run(config: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    # A peer that closes the connection during TLS is not worth a message.
    loop.set_exception_handler(lambda _, context: None if isinstance(
        context.get("exception"), (OSError, ssl.SSLError)) else loop.default_exception_handler(context))
    proxy = Proxy(config)
    await proxy.listen()
    await asyncio.start_server(proxy.control, "127.0.0.1", config["controlPort"], limit=MAX_HEAD)
    await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="impersonating reverse proxy for tests")
    parser.add_argument("config", type=Path)
    asyncio.run(run(json.loads(parser.parse_args().config.read_text())))
