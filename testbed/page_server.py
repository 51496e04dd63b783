"""Stands in for the puller's console: the status page with its policy, and the JSON API of a fleet that is made up."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import random
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

from testbed.client import Object
from testbed.processes import REPOSITORY

PAGE = REPOSITORY / "Sources/Operations/Page/page.html"
NOW = datetime.datetime(2026, 11, 26, 9, 30, 12, 402_000, tzinfo=datetime.timezone.utc)
ORDER = ("failing", "unready", "waiting", "ready")

# MARK: The page


def policy() -> str:
    """The policy that the puller sends with the page."""
    page = PAGE.read_text()
    hashes = {}
    for element in ("script", "style"):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        hashes[element] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


# MARK: The fleet


def stamp(seconds_ago: float) -> str:
    """A time before the moment at which this fleet stands still; a negative number is in the future."""
    moment = NOW - datetime.timedelta(seconds=seconds_ago)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


MESSAGES = {
    "Unreachable": ("failing", "the proxy answered 502: no connection to the API server"),
    "Forbidden": ("failing", 'daemonsets.apps is forbidden: User "{}" cannot create resource "daemonsets" in API '
                             'group "apps" in the namespace "k8s-image-puller"'),
    "Timeout": ("failing", "no complete answer within 30 seconds"),
    "Quota": ("failing", "exceeded quota: compute, requested: limits.memory=40Mi, used: limits.memory=2Gi"),
    "Degraded": ("unready", "{}/{} nodes are ready"),
    "ImageFault": ("unready", "image theia (quay.io/eclipse/theia:next): not found, on 2 of 5 nodes"),
    "NoNodes": ("unready", "no node matches NODE_SELECTOR"),
}  # fmt: skip


class Fleet:
    """Clusters and their puller. Change them with `put` and `remove`, from any thread."""

    def __init__(self, healthy: int, seed: int = 13, **troubles: int) -> None:
        self.lock = threading.Lock()
        self.random = random.Random(seed)
        self.revision = 1
        self.clusters: dict[str, Object] = {}
        self.removed: list[tuple[int, str]] = []
        self.forgotten = 0
        """Removals up to this revision are not remembered."""
        self.more: dict[str, Object] = {}
        """What only the page of one cluster has, by name."""
        self.failure: Optional[tuple[int, str]] = None
        """The status and error of all answers."""
        self.asked: list[str] = []
        self.summary: Object = {
            "version": "2.0.0", "mode": "fleet", "time": stamp(0), "started": stamp(3 * 86_400 + 7200),
            "intervalSeconds": 3600,
            "daemonSet": {"namespace": "k8s-image-puller", "name": "kubernetes-image-puller"},
            "faults": [], "files": [],
            "requests": {"inFlight": 2, "queued": 0, "limit": 100},
            "rollouts": {"inFlight": 5, "queued": 3, "limit": 25},
            "token": {"state": "valid", "fetched": stamp(120), "expires": stamp(-780)},
            "images": [{"name": "theia", "image": "quay.io/eclipse/theia:next"},
                       {"name": "jdk", "image": "eclipse-temurin:21"}, {"name": "node", "image": "node:22"}],
        }  # fmt: skip
        names = iter(self.names(healthy + sum(troubles.values())))
        for reason, number in troubles.items():
            for _ in range(number):
                self.put(self.cluster(next(names), reason))
        for _ in range(healthy):
            self.put(self.cluster(next(names)))

    def names(self, number: int) -> list[str]:
        parts = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper", "kestrel")
        names = [f"{parts[at % len(parts)]}-{at // len(parts):04d}" for at in range(number)]
        self.random.shuffle(names)
        return names

    def cluster(self, name: str, reason: str = "", **fields: Any) -> Object:
        desired = self.random.randint(2, 9)
        age = self.random.randint(60, 86_400)
        found: Object = {
            "name": name, "state": "ready", "message": "", "since": stamp(age * 9), "activity": "none",
            "ready": desired, "desired": desired, "lastCheck": stamp(self.random.randint(5, 3600)),
            "lastSuccess": stamp(self.random.randint(5, 3600)), "nextCheck": stamp(-self.random.randint(5, 3600)),
            "failures": 0, "stuck": False,
        }  # fmt: skip
        if reason == "Waiting":
            found.update(state="waiting", since=stamp(12), ready=None, desired=None, lastCheck=None, lastSuccess=None)
        elif reason:
            state, message = MESSAGES[reason]
            ready = self.random.randint(0, desired - 1)
            found.update(
                state=state, reason=reason, since=stamp(age), ready=ready, lastSuccess=stamp(age + 600),
                failures=self.random.randint(1, 9) if state == "failing" else 0,
                nextCheck=stamp(-self.random.randint(5, 900)),
                message=message.format(ready if state == "unready" else name, desired),
            )  # fmt: skip
        return {**found, **fields}

    def put(self, cluster: Object) -> None:
        with self.lock:
            self.revision += 1
            self.clusters[cluster["name"]] = {**cluster, "_revision": self.revision}

    def remove(self, name: str) -> None:
        with self.lock:
            self.revision += 1
            del self.clusters[name]
            self.removed.append((self.revision, name))

    def share(self, reason: str) -> None:
        """The clusters with this reason have it in common."""
        state, message = MESSAGES[reason]
        number = sum(one.get("reason") == reason for one in self.clusters.values())
        self.summary["faults"] = [{"reason": reason, "state": state, "message": message, "clusters": number,
                                   "of": len(self.clusters), "since": stamp(1260)}]  # fmt: skip

    # The API

    def listed(self, states: set[str] = set()) -> list[Object]:
        order = sorted(self.clusters.values(), key=lambda one: (ORDER.index(one["state"]), one["name"]))
        return [one for one in order if not states or one["state"] in states]

    def answer(self, path: str) -> tuple[int, Object]:
        parts = urllib.parse.urlsplit(path)
        query = urllib.parse.parse_qs(parts.query)
        with self.lock:
            self.asked.append(path)
            if self.failure:
                return self.failure[0], {"error": self.failure[1]}
            if parts.path == "/api/v1/summary":
                return 200, self.summed()
            if parts.path == "/api/v1/clusters":
                return 200, self.page({key: values[0] for key, values in query.items()})
            name = urllib.parse.unquote(parts.path.removeprefix("/api/v1/clusters/"))
            if name in self.clusters:
                return 200, {**shown(self.clusters[name]), "daemonSets": [], "replacements": {}, "images": [],
                             "problems": [], "history": [], **self.more.get(name, {})}  # fmt: skip
            return 404, {"error": "there is no such cluster"}

    def summed(self) -> Object:
        all_of_them = list(self.clusters.values())
        numbers = {state: sum(one["state"] == state for one in all_of_them) for state in ORDER}
        reasons: dict[tuple[str, str], int] = {}
        for one in all_of_them:
            if one.get("reason"):
                key = (one["state"], one["reason"])
                reasons[key] = reasons.get(key, 0) + 1
        return {
            **self.summary, "revision": self.revision, "clusters": {"total": len(all_of_them), **numbers},
            "stuck": sum(one["stuck"] for one in all_of_them), "inBackoff": numbers["failing"],
            "reasons": [{"state": state, "reason": reason, "clusters": number, "since": stamp(600)}
                        for (state, reason), number in sorted(reasons.items(), key=lambda item: -item[1])],
        }  # fmt: skip

    def page(self, query: dict[str, str]) -> Object:
        wanted = self.listed()
        since = int(query["since"]) if "since" in query else None
        is_reset = since is not None and not self.forgotten <= since <= self.revision
        if since is not None and not is_reset:
            wanted = [one for one in wanted if one["_revision"] > since]
        start, limit = int(query.get("continue", 0)), int(query.get("limit", 500))
        found = {
            "revision": self.revision, "total": len(self.clusters), "matching": len(wanted), "reset": is_reset,
            "removed": [name for revision, name in self.removed if since is not None and revision > since],
            "clusters": [shown(one) for one in wanted[start : start + limit]],
        }  # fmt: skip
        if start + limit < len(wanted):
            found["continue"] = str(start + limit)
        return found


def shown(cluster: Object) -> Object:
    """A cluster as the API shows it: what is not known is left out, or null."""
    return {key: value for key, value in cluster.items() if not key.startswith("_")}


class PageServer(ThreadingHTTPServer):
    """Serves the page and the API of the present fleet on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fleet = Fleet(0)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, PageServer)
        if self.path == "/":
            self.reply(200, "text/html; charset=utf-8", PAGE.read_bytes(), {"Content-Security-Policy": policy()})
        else:
            code, value = self.server.fleet.answer(self.path)
            self.reply(code, "application/json", json.dumps(value).encode(), {})

    def reply(self, code: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
