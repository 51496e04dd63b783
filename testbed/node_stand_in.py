"""Stands in for the scheduler and for the kubelets of one control plane.

    node-stand-in CONFIG          (JSON: {"url", "ca", "token"})

It handles every Node and every pod, and is controlled only through the Kubernetes API,
so tests with their own nodes do not disturb each other. It has no state that it could
not read again: what must be true of a pod depends only on the pod, its node, and how
long the pod has existed.

Annotations of a Node:
    stand-in/dead: "true"            the kubelet is dead: the node and its pods are not
                                     ready, nothing starts, no deletion completes
    stand-in/dead: "tainted"         the same, with the taints of the node life cycle
                                     controller: a DaemonSet that does not tolerate them
                                     no longer counts the node as desired
    stand-in/held: "true"            pods on the node stay Pending; deletions complete
    stand-in/held-images: "a,b"      pods with one of these images (a part of the name is
                                     enough) stay Pending, with ImagePullBackOff
    stand-in/pull-seconds: "0.3"     time from bound to ready (default 0.1)
    stand-in/stop-seconds: "0.3"     time from deleted to gone (default 0)

A pod whose Node object is gone is deleted, as pod garbage collection would do.
"""

from __future__ import annotations

import argparse
import datetime
import http.client
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from testbed.client import Client, Object, StatusError, bearer

NOT_READY_TAINT = "node.kubernetes.io/not-ready"
UNREACHABLE_TAINT = "node.kubernetes.io/unreachable"
CAPACITY = {"cpu": "8", "memory": "16Gi", "pods": "250"}
# Nodes and pods are watched separately, so a pod can be seen before its node.
ORPHAN_SECONDS = 2.0
RETRY_SECONDS = 0.2
WRITERS = 6


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Object
    content_type: str = "application/json"


@dataclass(frozen=True)
class Later:
    """Nothing to do until this many seconds have passed."""

    seconds: float


Step = Optional["Request | Later"]


# MARK: What must be true


def timestamp() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def annotation(node: Object, name: str) -> str:
    return node["metadata"].get("annotations", {}).get(f"stand-in/{name}", "")


def seconds(node: Object, name: str, otherwise: float) -> float:
    try:
        return float(annotation(node, name))
    except ValueError:
        return otherwise


def is_dead(node: Object) -> bool:
    return annotation(node, "dead") in ("true", "tainted")


def condition(status: Object, kind: str) -> Object:
    return next((c for c in status.get("conditions", []) if c["type"] == kind), {})


def taints_of(node: Object) -> list[Object]:
    """The taints that the node life cycle controller would set."""
    own = (NOT_READY_TAINT, UNREACHABLE_TAINT)
    taints = [t for t in node["spec"].get("taints", []) if t["key"] not in own]
    if annotation(node, "dead") == "tainted":
        taints += [{"key": UNREACHABLE_TAINT, "effect": e} for e in ("NoSchedule", "NoExecute")]
    return taints


def same_taints(one: list[Object], other: list[Object]) -> bool:
    def keys(taints: list[Object]) -> set[tuple[str, str, str]]:
        return {(t["key"], t.get("value", ""), t["effect"]) for t in taints}

    return keys(one) == keys(other)


def next_step_for_node(node: Object) -> Step:
    name = node["metadata"]["name"]
    ready = "Unknown" if is_dead(node) else "True"
    if condition(node.get("status", {}), "Ready").get("status") != ready:
        now = timestamp()
        return Request(
            "PATCH",
            f"/api/v1/nodes/{name}/status",
            {
                "status": {
                    "capacity": CAPACITY,
                    "allocatable": CAPACITY,
                    "conditions": [
                        {
                            "type": "Ready",
                            "status": ready,
                            "reason": "NodeStatusUnknown" if is_dead(node) else "KubeletReady",
                            "message": "stand-in",
                            "lastHeartbeatTime": now,
                            "lastTransitionTime": now,
                        }
                    ],
                }
            },
            "application/strategic-merge-patch+json",
        )
    taints = taints_of(node)
    if not same_taints(taints, node["spec"].get("taints", [])):
        # The resource version protects a taint that a test has just added.
        return Request(
            "PATCH",
            f"/api/v1/nodes/{name}",
            {
                "metadata": {"resourceVersion": node["metadata"]["resourceVersion"]},
                "spec": {"taints": taints},
            },
            "application/merge-patch+json",
        )
    return None


def wanted_node(pod: Object) -> Optional[str]:
    """The node that the DaemonSet controller has named in the pod's affinity."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    for term in required.get("nodeSelectorTerms", []):
        for field in term.get("matchFields", []):
            if field["key"] == "metadata.name" and field["operator"] == "In":
                return field["values"][0]
    return None


def pod_path(pod: Object) -> str:
    metadata = pod["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"


def remove(pod: Object) -> Request:
    return Request(
        "DELETE",
        pod_path(pod),
        {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 0,
            # Not another pod that was created under the name since.
            "preconditions": {"uid": pod["metadata"]["uid"]},
        },
    )


def bind(pod: Object, node: str) -> Request:
    return Request(
        "POST",
        pod_path(pod) + "/binding",
        {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        },
    )


def holds_image_back(node: Object, image: str) -> bool:
    parts = [part.strip() for part in annotation(node, "held-images").split(",")]
    return any(part and part in image for part in parts)


def container_status(name: str, image: str, waiting: Optional[str], since: str) -> Object:
    state: Object = {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": since}}
    return {
        "name": name,
        "image": image,
        "imageID": "" if waiting else f"{image}@stand-in",
        "ready": not waiting,
        "started": not waiting,
        "restartCount": 0,
        "state": state,
    }


def set_status(pod: Object, phase: str, ready: bool, reasons: dict[str, Optional[str]]) -> Request:
    now = timestamp()
    state = "True" if ready else "False"
    containers = [
        container_status(c["name"], c["image"], reasons.get(c["name"]), now)
        for c in pod["spec"]["containers"]
    ]
    return Request(
        "PATCH",
        pod_path(pod) + "/status",
        {
            "metadata": {"uid": pod["metadata"]["uid"]},
            "status": {
                "phase": phase,
                "startTime": pod.get("status", {}).get("startTime", now),
                "conditions": [
                    {"type": kind, "status": value, "lastTransitionTime": now}
                    for kind, value in (
                        ("Initialized", "True"),
                        ("ContainersReady", state),
                        ("Ready", state),
                    )
                ],
                "containerStatuses": containers,
            },
        },
        "application/strategic-merge-patch+json",
    )


def next_step_for_pod(pod: Object, node: Optional[Object], age: float, dying: float) -> Step:
    """`age`: seconds since the pod was first seen on its node; `dying`: seconds since it
    was first seen with a deletion timestamp."""
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return remove(pod) if "deletionTimestamp" in pod["metadata"] else None
    bound = pod["spec"].get("nodeName")
    if "deletionTimestamp" in pod["metadata"] and not bound:
        return remove(pod)
    if node is None:
        if not bound and not wanted_node(pod):
            return None
        return remove(pod) if age >= ORPHAN_SECONDS else Later(ORPHAN_SECONDS - age)
    if not bound:
        return bind(pod, node["metadata"]["name"])
    return next_step_on_node(pod, node, age, dying)


def next_step_on_node(pod: Object, node: Object, age: float, dying: float) -> Step:
    status = pod.get("status", {})
    ready = condition(status, "Ready").get("status") == "True"
    if is_dead(node):
        # As the node life cycle controller would in place of the kubelet.
        return set_status(pod, status["phase"], False, {}) if ready else None
    if "deletionTimestamp" in pod["metadata"]:
        wait = seconds(node, "stop-seconds", 0) - dying
        return remove(pod) if wait <= 0 else Later(wait)

    held = annotation(node, "held") == "true"
    reasons: dict[str, Optional[str]] = {}
    for container in pod["spec"]["containers"]:
        if held:
            reasons[container["name"]] = "ContainerCreating"
        elif holds_image_back(node, container["image"]):
            reasons[container["name"]] = "ImagePullBackOff"
    if reasons:
        shown = {
            c["name"]: c.get("state", {}).get("waiting", {}).get("reason")
            for c in status.get("containerStatuses", [])
        }
        if not ready and all(shown.get(name) == reason for name, reason in reasons.items()):
            return None
        return set_status(pod, "Pending", False, reasons)
    if ready and status.get("phase") == "Running":
        return None
    wait = seconds(node, "pull-seconds", 0.1) - age
    return set_status(pod, "Running", True, {}) if wait <= 0 else Later(wait)


# MARK: Carrying it out


class Mirror:
    """A copy of all objects of one kind, updated by list and watch."""

    def __init__(self, make_client: Callable[[], Client], path: str, changed: threading.Event):
        self.make_client = make_client
        self.path = path
        self.changed = changed
        self.objects: dict[str, Object] = {}
        self.synced = False
        self.lock = threading.Lock()

    @staticmethod
    def key(value: Object) -> str:
        return value["metadata"].get("namespace", "") + "/" + value["metadata"]["name"]

    def snapshot(self) -> dict[str, Object]:
        with self.lock:
            return dict(self.objects)

    def follow(self) -> None:
        while True:
            try:
                version = self.list()
                self.follow_from(version)
            except (OSError, StatusError, http.client.HTTPException, ValueError) as error:
                print(f"{self.path}: {error}", flush=True)
            time.sleep(0.2)

    def list(self) -> str:
        client = self.make_client()
        try:
            answer = client.call("GET", self.path)
        finally:
            client.close()
        with self.lock:
            self.objects = {self.key(item): item for item in answer["items"]}
        self.synced = True
        self.changed.set()
        return answer["metadata"]["resourceVersion"]

    def follow_from(self, version: str) -> None:
        client = self.make_client()
        while True:
            path = f"{self.path}?resourceVersion={version}&allowWatchBookmarks=true"
            for event in client.watch(path, 300):
                if event["type"] == "ERROR":
                    return
                value = event["object"]
                version = value["metadata"]["resourceVersion"]
                if event["type"] == "BOOKMARK":
                    continue
                with self.lock:
                    if event["type"] == "DELETED":
                        self.objects.pop(self.key(value), None)
                    else:
                        self.objects[self.key(value)] = value
                self.changed.set()


class StandIn:
    def __init__(self, config: Object) -> None:
        self.config = config
        self.wake = threading.Event()
        self.nodes = Mirror(self.client, "/api/v1/nodes", self.wake)
        self.pods = Mirror(self.client, "/api/v1/pods", self.wake)
        self.first_seen: dict[tuple[str, str], float] = {}
        self.busy: set[str] = set()
        self.not_before: dict[str, float] = {}
        self.lock = threading.Lock()
        self.per_thread = threading.local()
        self.writers = ThreadPoolExecutor(WRITERS)

    def client(self) -> Client:
        return Client(self.config["url"], Path(self.config["ca"]), bearer(self.config["token"]))

    def run(self) -> None:
        for mirror in (self.nodes, self.pods):
            threading.Thread(target=mirror.follow, daemon=True).start()
        pause: Optional[float] = None
        while True:
            self.wake.wait(pause)
            # Handle a burst of events in one pass, not in one pass each.
            time.sleep(0.02)
            self.wake.clear()
            if self.nodes.synced and self.pods.synced:
                pause = self.look()

    def look(self) -> Optional[float]:
        """Starts every step that is due. Returns the seconds until the next one is due."""
        now = time.monotonic()
        nodes = self.nodes.snapshot()
        pods = self.pods.snapshot()
        pauses: list[float] = []
        seen: dict[tuple[str, str], float] = {}

        def since(uid: str, event: str) -> float:
            first = self.first_seen.get((uid, event), now)
            seen[uid, event] = first
            return now - first

        for key, node in nodes.items():
            self.take("node" + key, node, next_step_for_node(node), now, pauses)
        for key, pod in pods.items():
            name = pod["spec"].get("nodeName") or wanted_node(pod)
            place = nodes.get(f"/{name}")
            uid = pod["metadata"]["uid"]
            # The age starts again when the node appears or disappears.
            bound = "bound" if pod["spec"].get("nodeName") else "new"
            age = since(uid, "orphaned" if place is None else bound)
            dying = since(uid, "deleted") if "deletionTimestamp" in pod["metadata"] else 0
            self.take("pod" + key, pod, next_step_for_pod(pod, place, age, dying), now, pauses)
        self.first_seen = seen
        return min(pauses, default=None)

    def take(self, key: str, value: Object, step: Step, now: float, pauses: list[float]) -> None:
        if step is None:
            return
        if isinstance(step, Later):
            pauses.append(step.seconds)
            return
        # The same step stays due until the mirror shows its effect.
        mark = f"{key} {value['metadata']['uid']} {value['metadata']['resourceVersion']}"
        with self.lock:
            if key in self.busy:
                return
            wait = self.not_before.get(mark, 0) - now
            if wait > 0:
                pauses.append(wait)
                return
            if len(self.not_before) > 10_000:
                self.not_before.clear()
            self.not_before[mark] = now + RETRY_SECONDS * 5
            self.busy.add(key)
        self.writers.submit(self.carry_out, key, mark, step)

    def carry_out(self, key: str, mark: str, step: Request) -> None:
        client = getattr(self.per_thread, "client", None)
        if client is None:
            client = self.per_thread.client = self.client()
        failed = True
        try:
            client.call(step.method, step.path, step.body, step.content_type)
            failed = False
        except StatusError as error:
            # 404 and 409: another client was faster; the watch will show its change.
            failed = error.code not in (404, 409)
            if failed:
                print(f"{step.method} {step.path}: {error}", flush=True)
        except (OSError, http.client.HTTPException, ValueError) as error:
            print(f"{step.method} {step.path}: {error!r}", flush=True)
        with self.lock:
            self.busy.discard(key)
            if failed:
                self.not_before[mark] = time.monotonic() + RETRY_SECONDS
        self.wake.set()


def main() -> None:
    parser = argparse.ArgumentParser(description="scheduler and kubelet stand-in")
    parser.add_argument("config", type=Path)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    StandIn(json.loads(parser.parse_args().config.read_text())).run()
