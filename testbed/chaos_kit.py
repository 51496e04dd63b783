"""Used by scripts/chaos: the puller as a process, whose log is read as events, and a cluster
as its administrator, accidents and other users see and change it."""

from __future__ import annotations

import datetime
import http.client
import json
import re
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from testbed.client import Client, Object, StatusError, bearer
from testbed.processes import Failure, Process, start, stop, wait_until

NAMESPACE = "chaos"
DAEMON_SET = "kubernetes-image-puller"
DAEMON_SETS = (DAEMON_SET, f"{DAEMON_SET}-b")
"""The two names: a replacement is created under the free one."""
SPEC_HASH = "kubernetes-image-puller/spec-hash"
NODES = 3


# MARK: The puller


@dataclass(frozen=True)
class Event:
    time: float
    name: str
    user: str
    reason: str
    ready: Optional[int]
    desired: Optional[int]
    next_check: Optional[float]
    line: str

    @staticmethod
    def parse(line: str) -> Event:
        fields = json.loads(line)
        when = datetime.datetime.fromisoformat(fields["time"].replace("Z", "+00:00")).timestamp()
        return Event(
            when, fields["event"], fields.get("user", ""), fields.get("reason", ""),
            fields.get("ready"), fields.get("desired"), fields.get("next_check_seconds"),
            line.strip(),
        )  # fmt: skip

    @property
    def trouble(self) -> str:
        """The reason for an event of trouble. An unexpected creation has no reason, so its
        name stands for it."""
        if self.name == "created":
            return self.name
        told = ("failed", "unready", "replacing", "replaced", "stepped-back")
        return self.reason if self.name in told else ""

    def says(self, name: str, ready: int) -> bool:
        return (self.name, self.ready, self.desired) == (name, ready, NODES)


class Puller:
    """The program as a process, and the events in its log, which is kept over restarts."""

    def __init__(self, program: Path, log: Path) -> None:
        self.program = program
        self.log = log
        self.log.touch()
        self.environment: dict[str, str] = {}
        self.process: Optional[Process] = None
        self.peak_memory = 0.0
        self._events: list[Event] = []
        self._read = 0

    def start(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.process = start([self.program], self.log, environment)

    def manifest(self) -> Object:
        """The DaemonSet that the puller wants, as printed by its `manifest` command."""
        command = [str(self.program), "manifest"]
        answer = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30
        )
        if answer.returncode:
            raise Failure(f"the puller's manifest: {answer.stderr.strip()}")
        return json.loads(answer.stdout)

    def events(self) -> list[Event]:
        """All events so far, from both of its outputs."""
        if self.process and self.process.poll() is not None:
            raise Failure(f"the puller ended with {self.process.returncode}: {self.last_words()}")
        with self.log.open("rb") as log:
            log.seek(self._read)
            whole, _, _ = log.read().rpartition(b"\n")
        if whole:
            self._read += len(whole) + 1
            for line in whole.decode().splitlines():
                try:
                    self._events.append(Event.parse(line))
                except (ValueError, KeyError):
                    raise Failure(f"the puller printed a line that is no event: {line[:400]}") from None
        return self._events

    def events_since(self, mark: int, user: str) -> list[Event]:
        return [event for event in self.events()[mark:] if event.user == user]

    def mark(self) -> int:
        return len(self.events())

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]

    def stop(self) -> None:
        """Ends the puller, which exits at once because it does not have to delete anything."""
        process = self.process
        if not process:
            return
        self.measure(process.pid)
        process.terminate()
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure("the puller did not end within 30 s after SIGTERM") from None
        self.process = None
        if code:
            raise Failure(f"the puller ended with {code} after SIGTERM: {self.last_words()}")

    def crash(self) -> None:
        """Kills the puller, as kill -9 or the loss of its node does."""
        process = self.process
        if process:
            self.measure(process.pid)
            process.kill()
            process.wait()
            self.process = None

    def measure(self, pid: int) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
        if found:
            self.peak_memory = max(self.peak_memory, int(found.group(1)) / 1024)

    def kill(self) -> None:
        if self.process:
            stop([self.process], grace=5)


# MARK: Clusters


@dataclass(frozen=True)
class Seen:
    """A DaemonSet as the API server reports it."""

    name: str
    uid: str
    images: dict[str, str]
    spec_hash: str
    generation: int
    is_settled: bool
    ready: int
    desired: int


@dataclass
class Cluster:
    plane: str
    user: str
    state: Object
    ca: Path
    dead_nodes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.admin = Client(self.state["url"], self.ca, bearer(self.state["adminToken"]), timeout=30)

    core = f"/api/v1/namespaces/{NAMESPACE}"
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
    daemon_sets = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"

    def nodes(self) -> set[str]:
        return {f"{NAMESPACE}-{number}" for number in range(NODES)}

    def prepare(self) -> None:
        for node in self.nodes():
            metadata = {"name": node, "labels": {NAMESPACE: "true", "kubernetes.io/os": "linux"}}
            self.admin.call(
                "POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata}
            )
        self.make_namespace()

    def make_namespace(self) -> None:
        for path, kind, name in (
            ("/api/v1/namespaces", "Namespace", NAMESPACE),
            (f"{self.core}/serviceaccounts", "ServiceAccount", "che"),
        ):
            metadata = {"name": name}
            self.admin.call("POST", path, {"apiVersion": "v1", "kind": kind, "metadata": metadata})
        self.give_role()

    def give_role(self) -> None:
        group = "rbac.authorization.k8s.io"
        api = {"apiVersion": f"{group}/v1", "metadata": {"name": "puller"}}
        verbs = ["get", "create", "delete", "watch"]
        rules = [{"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": verbs}]
        self.admin.call("POST", f"{self.rbac}/roles", {**api, "kind": "Role", "rules": rules})
        binding = {
            **api,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "puller"},
            "subjects": [{"kind": "ServiceAccount", "name": "che", "namespace": NAMESPACE}],
        }
        self.admin.call("POST", f"{self.rbac}/rolebindings", binding)

    def revoke_role(self) -> None:
        for kind in ("rolebindings", "roles"):
            self.admin.call("DELETE", f"{self.rbac}/{kind}/puller")

    def delete_namespace(self) -> None:
        """Deletes the namespace, and waits until its controller has removed everything."""
        self.admin.call("DELETE", self.core)
        wait_until(f"{self.plane}: end of the namespace", 60, lambda: not self.exists(self.core))

    def exists(self, path: str) -> bool:
        code, _, body = self.admin.exchange("GET", path)
        if code not in (200, 404):
            raise StatusError(code, body)
        return code == 200

    def path(self, name: Optional[str]) -> str:
        """The path of a DaemonSet; without a name, of the existing one."""
        return f"{self.daemon_sets}/{name or self.see_all()[0].name}"

    def delete_daemon_set(self, name: Optional[str] = None) -> None:
        self.admin.call("DELETE", self.path(name))

    def edit_daemon_set(self) -> None:
        path = "/spec/template/spec/containers/0/image"
        change = [{"op": "replace", "path": path, "value": "busybox:edited"}]
        self.admin.call("PATCH", self.path(None), change, "application/json-patch+json")

    def kill_node(self, node: str) -> None:
        self.annotate(node, "dead", "true")
        self.dead_nodes.add(node)

    def revive_nodes(self) -> None:
        for node in self.dead_nodes:
            self.annotate(node, "dead", None)
        self.dead_nodes.clear()

    def slow_down_pulls(self, seconds: Optional[int]) -> None:
        """Delays the time at which pods become ready; None restores the default."""
        for node in self.nodes():
            self.annotate(node, "pull-seconds", str(seconds) if seconds else None)

    def annotate(self, node: str, name: str, value: Optional[str]) -> None:
        patch = {"metadata": {"annotations": {f"stand-in/{name}": value}}}
        self.admin.call("PATCH", f"/api/v1/nodes/{node}", patch, "application/merge-patch+json")

    def see_all(self) -> list[Seen]:
        """The DaemonSets under both names, sorted by name."""
        found = self.admin.call("GET", self.daemon_sets)["items"]
        ours = [each for each in found if each["metadata"]["name"] in DAEMON_SETS]
        return sorted((self.seen(each) for each in ours), key=lambda each: each.name)

    @staticmethod
    def seen(found: Object) -> Seen:
        metadata, status = found["metadata"], found["status"]
        return Seen(
            metadata["name"],
            metadata["uid"],
            {c["name"]: c["image"] for c in found["spec"]["template"]["spec"]["containers"]},
            metadata.get("annotations", {}).get(SPEC_HASH, ""),
            metadata["generation"],
            status.get("observedGeneration") == metadata["generation"]
            and "deletionTimestamp" not in metadata,
            status["numberReady"],
            status["desiredNumberScheduled"],
        )

    def ready_nodes(self, *owners: str) -> set[str]:
        """The nodes with a ready pod of one of these DaemonSets."""
        pods = self.admin.call("GET", f"{self.core}/pods")["items"]
        return {
            pod["spec"].get("nodeName", "")
            for pod in pods
            if "deletionTimestamp" not in pod["metadata"]
            and any(o["uid"] in owners for o in pod["metadata"].get("ownerReferences", []))
            and any(
                c["type"] == "Ready" and c["status"] == "True"
                for c in pod["status"].get("conditions", [])
            )
        }


class ReadyWatch(threading.Thread):
    """Continuously samples how many nodes have a ready pod of any DaemonSet of the puller."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        # With a separate connection.
        self.cluster = Cluster(cluster.plane, cluster.user, cluster.state, cluster.ca)
        self.fewest = NODES
        self.looks = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.1):
            try:
                pods = self.cluster.ready_nodes(*(each.uid for each in self.cluster.see_all()))
            except (OSError, StatusError, http.client.HTTPException):
                continue  # The fault may be in the API server itself.
            self.looks += 1
            self.fewest = min(self.fewest, len(pods))

    def end(self) -> None:
        self.is_over.set()
        self.join()
