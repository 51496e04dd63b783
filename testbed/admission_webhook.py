"""An admission webhook for the tests, on loopback.

    admission-webhook CERTIFICATE KEY

Prints "port: PORT" and answers each review according to its path:
    /deny                   refuses the object, without a status of its own
    /drop-annotations       removes the puller's annotations
    /replace-labels         replaces all labels by one of the webhook's

It keeps no state; the webhook configuration decides which objects it receives. It exits
when its standard input is closed.
"""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import sys
import threading
from pathlib import Path
from typing import Any, Optional

from testbed.client import Object, server_context

MAX_BODY = 3 * 1024 * 1024
# A client that connects and sends nothing must not keep its thread forever.
CLIENT_SECONDS = 30


def drop_annotations(value: Object) -> list[Object]:
    keys = value["metadata"].get("annotations", {})
    return [
        # "/" within a name is "~1" in a JSON pointer.
        {"op": "remove", "path": "/metadata/annotations/" + key.replace("/", "~1")}
        for key in keys
        if key.startswith("kubernetes-image-puller/")
    ]


def replace_labels(value: Object) -> list[Object]:
    return [{"op": "add", "path": "/metadata/labels", "value": {"team": "webhook"}}]


PATCHES = {"/drop-annotations": drop_annotations, "/replace-labels": replace_labels}


def respond(path: str, request: Object) -> Optional[Object]:
    """`None` for an unknown path."""
    if path == "/deny":
        return {"uid": request["uid"], "allowed": False}
    if path not in PATCHES:
        return None
    patch = json.dumps(PATCHES[path](request["object"])).encode()
    return {
        "uid": request["uid"],
        "allowed": True,
        "patchType": "JSONPatch",
        "patch": base64.b64encode(patch).decode(),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = CLIENT_SECONDS

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.send_error(413)
            return
        review = json.loads(self.rfile.read(length))
        # The API server adds its timeout as a query.
        response = respond(self.path.partition("?")[0], review["request"])
        if response is None:
            self.send_error(404)
            return
        answer = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        # The first read, in the connection's own thread, does the handshake.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = Server(server_context(Path(sys.argv[1]), Path(sys.argv[2])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"port: {server.server_address[1]}", flush=True)
    sys.stdin.read()
