"""Tests the puller as a pod on real nodes, which pull images from a real registry.

    test-node [-k PATTERN] [--image FOLDER | --puller FILE]

The pod is deployed by the objects of deploy/. Meanwhile every node removes all images that no container
uses, every ten seconds: what the puller does not hold is gone. The image is that of scripts/build-image,
which --image names if it is built already. With --puller it is made of that program and this machine's libraries,
which is faster while you work on the program.

The last line is `N passed, N failed, N skipped`. If there can be no node on this machine, that is said, and
all tests count as skipped; with REQUIRE_NODE=1 that is a failure. Needs root; takes ten to fifteen minutes."""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Iterable, Optional

from testbed import images, machine
from testbed.client import Client, Object, StatusError
from testbed.node import Node
from testbed.node_bed import NodeBed, run_apart
from testbed.processes import (
    REPOSITORY, SCRIPTS, Ended, Failure, Process, end_on_signals, wait_until,
)  # fmt: skip

NAME = "kubernetes-image-puller"
NAMES = (NAME, f"{NAME}-b")
DEADLINE = 240.0
"""For anything that a node, a controller or the puller does by itself, on a busy machine."""
INTERVAL_HOURS = f"{5 / 3600:.6f}"
PLURALS = {
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "ServiceAccount": "api/v1/namespaces/{}/serviceaccounts",
    "Service": "api/v1/namespaces/{}/services",
    "Deployment": "apis/apps/v1/namespaces/{}/deployments",
    "Role": "apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}
RBAC = "rbac.authorization.k8s.io"

bed: NodeBed
puller_image = ""
has_own_sleep = False
"""Whether the puller's image can be KIP_IMAGE."""


def template(file: str, **parameters: str) -> list[Object]:
    command = [str(SCRIPTS / "process-template"), "-f", str(REPOSITORY / "deploy" / file)]
    for name, value in parameters.items():
        command += ["-p", f"{name}={value}"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if made.returncode:
        raise Failure(f"{file}: {made.stderr.strip()}")
    return json.loads(made.stdout)["items"]


def from_templates(namespace: str) -> list[Object]:
    """What deploy/ creates with the optional Roles: the log says what is wrong with images, and the
    DaemonSets go with the Deployment."""
    image, _, tag = puller_image.rpartition(":")
    own = {"NAMESPACE": namespace}
    return [
        *template("serviceaccount.yaml", **own),
        *template("pods-role.yaml", **own),
        *template("pulls-role.yaml", **own),
        *template("deployment-role.yaml", **own),
        *template("configmap.yaml", **own, POD_STATUS="true", PULL_TIMES="true", DEPLOYMENT_NAME=NAME),
        *template("app.yaml", **own, IMAGE=image, IMAGE_TAG=tag),
    ]


def from_chart(namespace: str) -> list[Object]:
    """What the chart creates with its own image for KIP_IMAGE, and with `podStatus`."""
    command = [str(SCRIPTS / "test-deployments"), "render", "chart-options", namespace]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if made.returncode == 3 and os.environ.get("REQUIRE_NODE", "0") != "1":
        raise unittest.SkipTest(made.stderr.strip())
    if made.returncode:
        raise Failure(f"the chart: {made.stderr.strip()}")
    # It is rendered with an image of this name.
    return json.loads(made.stdout.replace('"x/y:1"', json.dumps(puller_image)))["items"]


# MARK: Policies

UNRESTRICTED: Object = {
    "privileged": True,
    "allowPrivilegeEscalation": True,
    "allowedCapabilities": ["*"],
    "volumes": ["*"],
    "hostNetwork": True,
    "hostIPC": True,
    "hostPID": True,
    "runAsUser": {"rule": "RunAsAny"},
    "seLinux": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "RunAsAny"},
    "fsGroup": {"rule": "RunAsAny"},
}
RESTRICTED: Object = {
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "volumes": ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"],
    "runAsUser": {"rule": "MustRunAsNonRoot"},
    "seLinux": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "RunAsAny"},
    "fsGroup": {"rule": "RunAsAny"},
}
"""The rules of the Pod Security Standard "restricted"; its profiles of seccomp are an annotation."""


def make_policies(admin: Client) -> None:
    for name, spec, profiles in (
        ("unrestricted", UNRESTRICTED, "*"),
        ("restricted", RESTRICTED, "runtime/default,docker/default"),
    ):
        annotations = {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": profiles}
        metadata = {"name": name, "annotations": annotations}
        kind = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy"}
        path = "/apis/policy/v1beta1/podsecuritypolicies"
        admin.call("POST", path, {**kind, "metadata": metadata, "spec": spec})
        rule = {
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": [name],
            "verbs": ["use"],
        }
        role = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}}
        admin.call("POST", f"/apis/{RBAC}/v1/clusterroles", {**role, "rules": [rule]})


# MARK: One installation


class Installation:
    """A puller in a namespace of its own, and what it caches there."""

    def __init__(self, namespace: str, policy: str = "unrestricted") -> None:
        self.namespace = namespace
        self.admin = bed.admin()
        self.admin.timeout = 30
        self.core = f"/api/v1/namespaces/{namespace}"
        self.daemon_sets_path = f"/apis/apps/v1/namespaces/{namespace}/daemonsets"
        self.post("/api/v1/namespaces", "v1", "Namespace", namespace)
        binding = {
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": policy},
            "subjects": [
                {"apiGroup": RBAC, "kind": "Group", "name": f"system:serviceaccounts:{namespace}"}
            ],
        }
        path = f"/apis/{RBAC}/v1/namespaces/{namespace}/rolebindings"
        self.post(path, f"{RBAC}/v1", "RoleBinding", "policy", **binding)
        wait_until("the account's secret", DEADLINE, self.has_account)

    def has_account(self) -> bool:
        return bool(self.admin.call("GET", f"{self.core}/serviceaccounts/default").get("secrets"))

    def post(self, path: str, version: str, kind: str, name: str, **more: Any) -> None:
        metadata = {"name": name}
        self.admin.call("POST", path, {"apiVersion": version, "kind": kind, "metadata": metadata, **more})

    def deploy(
        self,
        cached: dict[str, str],
        source: Callable[[str], list[Object]] = from_templates,
        **environment: str,
    ) -> list[str]:
        """Installs the puller, and returns the paths of the objects."""
        paths = []
        for each in source(self.namespace):
            if each["kind"] == "ConfigMap":
                each["data"] = {
                    **each["data"],
                    "CACHING_INTERVAL_HOURS": INTERVAL_HOURS,
                    "BACKOFF_MAX_SECONDS": "5",
                    "LOG_LEVEL": "debug",
                    **self.listed(cached),
                    **environment,
                }
            path = "/" + PLURALS[each["kind"]].format(self.namespace)
            self.admin.call("POST", path, each)
            paths.append(f"{path}/{each['metadata']['name']}")
        return paths

    @staticmethod
    def listed(cached: dict[str, str]) -> dict[str, str]:
        return {"IMAGES": ";".join(f"{name}={image}" for name, image in cached.items())}

    def change(self, cached: dict[str, str], **environment: str) -> None:
        """Edits the ConfigMap and restarts the puller, as docs/operations.md says."""
        data = {**self.listed(cached), **environment}
        merge = "application/merge-patch+json"
        self.admin.call("PATCH", f"{self.core}/configmaps/{NAME}", {"data": data}, merge)
        annotations = {"kubectl.kubernetes.io/restartedAt": str(time.time())}
        patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        self.admin.call("PATCH", f"{self.deployment}", patch, merge)

    @property
    def deployment(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{NAME}"

    def add_secret(self, name: str, user: str, password: str) -> None:
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        config = json.dumps({"auths": {bed.registry.host: {"auth": login}}}).encode()
        self.post(
            f"{self.core}/secrets", "v1", "Secret", name, type="kubernetes.io/dockerconfigjson",
            data={".dockerconfigjson": base64.b64encode(config).decode()},
        )  # fmt: skip

    # MARK: What is seen

    def daemon_sets(self) -> list[Object]:
        return self.admin.call("GET", self.daemon_sets_path)["items"]

    def pods(self, daemon_set: Optional[Object] = None) -> list[Object]:
        pods = self.admin.call("GET", f"{self.core}/pods")["items"]
        if daemon_set is None:
            return pods
        uid = daemon_set["metadata"]["uid"]
        return [
            pod
            for pod in pods
            if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences", []))
        ]

    def waiting_reasons(self) -> dict[str, set[str]]:
        """By image, why containers of the cache are waiting."""
        found: dict[str, set[str]] = {}
        for pod in self.pods():
            status = pod["status"]
            for each in status.get("initContainerStatuses", []) + status.get("containerStatuses", []):
                waiting = each["state"].get("waiting")
                if waiting:
                    found.setdefault(each["image"], set()).add(waiting.get("reason", ""))
        return found

    def why_not_cached(self, cached: dict[str, str], nodes: list[Node]) -> Optional[str]:
        sets = self.daemon_sets()
        if len(sets) != 1:
            return f"there are {len(sets)} DaemonSets"
        found = sets[0]
        spec, status = found["spec"]["template"]["spec"], found["status"]
        listed = {each["name"]: each["image"] for each in spec["containers"]}
        if listed != cached:
            return f"the DaemonSet has {listed}"
        counts = (status["numberReady"], status["desiredNumberScheduled"])
        if counts != (len(nodes), len(nodes)):
            return f"{counts[0]}/{counts[1]} ready; waiting: {self.waiting_reasons()}"
        for node in nodes:
            missing = set(cached.values()) - node.images()
            if missing:
                return f"{node.name} does not have {missing}"
        return None

    def wait_cached(self, cached: dict[str, str], nodes: Optional[list[Node]] = None) -> None:
        reason: list[Optional[str]] = [None]

        def is_cached() -> bool:
            bed.check_alive()
            reason[0] = self.why_not_cached(cached, nodes or bed.nodes)
            return reason[0] is None

        try:
            wait_until("cached", DEADLINE, is_cached, interval=0.5)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {reason[0]}\n{self.situation()}") from None

    def puller_log(self) -> str:
        """Of the running pod of the puller."""
        for pod in self.pods():
            if pod["metadata"].get("labels", {}).get("pod-template-hash"):
                name = pod["metadata"]["name"]
                _, _, body = self.admin.exchange("GET", f"{self.core}/pods/{name}/log?tailLines=200")
                return body.decode(errors="replace")
        return ""

    def is_ready(self) -> bool:
        """Whether the kubelet finds the puller's pod ready, by its probe of /readyz."""
        return self.admin.call("GET", self.deployment)["status"].get("readyReplicas") == 1

    def failed_probes(self) -> list[str]:
        """What the kubelet has said about /livez and /readyz, without refused connections before the start."""
        events = self.admin.call("GET", f"{self.core}/events")["items"]
        texts = [event.get("message", "") for event in events if event.get("reason") == "Unhealthy"]
        return [text for text in texts if not (text.startswith("Readiness") and "refused" in text)]

    def restarts(self) -> int:
        pods = [pod for pod in self.pods() if pod["metadata"].get("labels", {}).get("pod-template-hash")]
        return sum(each["restartCount"] for pod in pods for each in pod["status"]["containerStatuses"])

    def situation(self) -> str:
        lines = []
        for pod in self.pods():
            states = [each["state"] for each in pod["status"].get("containerStatuses", [])]
            node = pod["spec"].get("nodeName", "no node")
            lines.append(f"{pod['metadata']['name']} on {node}: {pod['status']['phase']} {states}")
        for event in self.admin.call("GET", f"{self.core}/events")["items"][-15:]:
            lines.append(f"event: {event.get('reason')}: {event.get('message')}")
        return "\n".join([*lines, *self.puller_log().splitlines()[-15:]])

    def until(self, what: str, condition: Callable[[], Any]) -> Any:
        try:
            return wait_until(what, DEADLINE, condition, interval=0.5)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.situation()}") from None

    def wait_logged(self, reason: str, *texts: str) -> None:
        """Waits for a line about the cluster that has this reason and all of these texts."""
        words = (" event=unready ", f" reason={reason} ", *texts)
        self.until(
            f"a line of the log with {', '.join(words)}",
            lambda: any(all(word in line for word in words) for line in self.puller_log().splitlines()),
        )

    def both(self) -> bool:
        return len(self.daemon_sets()) == 2

    def remove(self) -> None:
        self.delete(self.deployment, {"propagationPolicy": "Foreground"})
        wait_until("end of the deployment", DEADLINE, lambda: not self.exists(self.deployment))
        # The garbage collector deletes them, too: after their owner.
        for each in self.daemon_sets():
            self.delete(f"{self.daemon_sets_path}/{each['metadata']['name']}")
        # Otherwise each `sleep` has half a minute to end.
        self.admin.call("DELETE", f"{self.core}/pods?gracePeriodSeconds=0")
        self.admin.call("DELETE", self.core)
        wait_until("end of the namespace", DEADLINE, lambda: not self.exists(self.core), interval=0.5)
        self.admin.close()

    def delete(self, path: str, options: Object | None = None) -> None:
        """Deletes what is there; it may be gone already."""
        try:
            self.admin.call("DELETE", path, options)
        except StatusError as error:
            if error.code != 404:
                raise

    def exists(self, path: str) -> bool:
        return self.admin.exchange("GET", path)[0] != 404


class Watch(threading.Thread):
    """Looks at the nodes all the time, and notes which of the images was missing."""

    def __init__(self, wanted: set[str], nodes: list[Node]) -> None:
        super().__init__(daemon=True)
        self.wanted = wanted
        self.nodes = nodes
        self.missing: set[str] = set()
        self.looks = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            try:
                for node in self.nodes:
                    gone = self.wanted - node.images()
                    self.missing |= {f"{image} on {node.name}" for image in gone}
            except (Failure, subprocess.TimeoutExpired) as error:
                print(f"a look at the nodes has failed: {error}", flush=True)
                continue
            self.looks += 1

    def end(self) -> None:
        self.over.set()
        self.join()


def garbage_collection(nodes: list[Node]) -> None:
    """Waits until every node has removed an image that is new and not used: whatever else was not
    used is gone, too."""
    name = f"registry.invalid/unused:{time.time_ns()}"
    parts = [images.unique_layer(name)]
    for node in nodes:
        file = node.folder / "unused.tar"
        file.write_bytes(images.archive(images.image(parts), name))
        node.ctr("images", "import", str(file))
        if name not in node.images():
            raise AssertionError(f"{node.name} has not taken the image")
    for node in nodes:
        wait_until(
            f"image garbage collection on {node.name}", DEADLINE, lambda: name not in node.images(),
            interval=0.5,
        )  # fmt: skip


# MARK: Tests


class NodeTests(unittest.TestCase):
    def install(self, policy: str = "unrestricted") -> Installation:
        made = Installation(self._testMethodName.replace("test_", "").replace("_", "-")[:40].strip("-"), policy)
        self.addCleanup(made.remove)
        return made

    def images(self, *names: str) -> dict[str, str]:
        """Images in the registry that no other test has."""
        return {name: bed.push_content(f"{self._testMethodName}/{name}") for name in names}

    def watch(self, wanted: Iterable[str]) -> Watch:
        started = Watch(set(wanted), bed.nodes)
        started.start()
        self.addCleanup(started.end)
        return started

    def assert_none_missing(self, watch: Watch) -> None:
        watch.end()
        self.assertEqual(watch.missing, set())
        self.assertGreater(watch.looks, 5)

    def test_a_pod_of_the_puller_caches_images_that_every_node_pulls(self) -> None:
        cached = self.images("one", "two")
        unused = bed.push_content("a-pod/unused")
        puller = self.install()
        puller.deploy(cached)
        puller.wait_cached(cached)
        for name in cached:
            clients = {p.client for p in bed.registry.pulls_of(f"{self._testMethodName}/{name}")}
            self.assertEqual(clients, {node.address for node in bed.nodes})
        for node in bed.nodes:
            self.assertNotIn(unused, node.images())
        puller.until("the log says ready", lambda: f"ready={len(bed.nodes)}" in puller.puller_log())
        puller.until("the kubelet finds the puller ready", puller.is_ready)
        # The images stay because containers use them, and not because nothing is ever removed.
        watch = self.watch(cached.values())
        garbage_collection(bed.nodes)
        self.assert_none_missing(watch)
        self.assertTrue(puller.is_ready())
        self.assertEqual((puller.failed_probes(), puller.restarts()), ([], 0))

    def test_a_puller_of_the_chart_caches_any_image_and_its_removal_leaves_nothing(self) -> None:
        nothing = images.image([images.unique_layer(self._testMethodName)])
        scratch = bed.registry.push(f"{self._testMethodName}/scratch", nothing)
        cached = {**self.images("one"), "scratch": scratch}
        puller = self.install()
        # The program alone has no `sleep`; otherwise the chart has set KIP_IMAGE.
        other = {} if has_own_sleep else {"KIP_IMAGE": self.kip_image()}
        created = puller.deploy(cached, from_chart, **other)
        puller.wait_cached(cached)
        for path in reversed(created):
            puller.admin.call("DELETE", path)
        self.assert_nothing_left(puller, cached)

    def assert_nothing_left(self, puller: Installation, cached: dict[str, str]) -> None:
        puller.until("no DaemonSet", lambda: not puller.daemon_sets())
        puller.until("no pod", lambda: not puller.pods())
        garbage_collection(bed.nodes)
        for node in bed.nodes:
            self.assertEqual(node.images() & set(cached.values()), set())

    def test_an_image_that_does_not_exist_leaves_the_others_cached(self) -> None:
        good = self.images("first", "last")
        missing = bed.registry.name(f"{self._testMethodName}/missing")
        puller = self.install()
        puller.deploy({**good, "missing": missing})
        puller.until(
            "the kubelet reports the image, and it alone",
            lambda: set(puller.waiting_reasons()) == {missing}
            and puller.waiting_reasons()[missing] <= {"ErrImagePull", "ImagePullBackOff"},
        )
        watch = self.watch(good.values())
        garbage_collection(bed.nodes)
        self.assert_none_missing(watch)
        # As soon as the image exists, the same DaemonSet is complete.
        uids = {each["metadata"]["uid"] for each in puller.daemon_sets()}
        bed.push_content(f"{self._testMethodName}/missing")
        puller.wait_cached({**good, "missing": missing})
        self.assertEqual({each["metadata"]["uid"] for each in puller.daemon_sets()}, uids)

    def test_a_registry_that_is_down_during_a_refresh_costs_no_image(self) -> None:
        cached = self.images("one", "two")
        puller = self.install()
        puller.deploy(cached, IMAGE_REFRESH_HOURS=f"{45 / 3600:.6f}")
        puller.wait_cached(cached)
        first = puller.daemon_sets()[0]
        bed.registry.close()
        watch = self.watch(cached.values())
        try:
            puller.until("a replacement beside it", puller.both)
            puller.until(
                "its pods cannot pull",
                lambda: any(r & {"ErrImagePull", "ImagePullBackOff"} for r in puller.waiting_reasons().values()),
            )
            garbage_collection(bed.nodes)
            ready = {d["metadata"]["uid"]: d["status"]["numberReady"] for d in puller.daemon_sets()}
            self.assertEqual(ready.get(first["metadata"]["uid"]), len(bed.nodes))
        finally:
            bed.registry.open()
        # No refresh follows this one, so that one DaemonSet remains.
        puller.until(
            "the older one is replaced",
            lambda: first["metadata"]["uid"] not in {d["metadata"]["uid"] for d in puller.daemon_sets()},
        )
        puller.change(cached, IMAGE_REFRESH_HOURS="24")
        puller.wait_cached(cached)
        self.assert_none_missing(watch)

    def test_a_new_image_that_sorts_first_and_is_slow_costs_no_image(self) -> None:
        cached = self.images("middle", "zebra")
        puller = self.install()
        puller.deploy(cached)
        puller.wait_cached(cached)
        first = puller.daemon_sets()[0]
        slow = f"{self._testMethodName}/aaa"
        wanted = {"aaa": bed.push_content(slow), **cached}
        watch = self.watch(cached.values())
        bed.registry.hold(slow)
        try:
            puller.change(wanted)
            puller.until("a replacement beside it", puller.both)
            # A kubelet pulls one image after the other.
            addresses = {node.address for node in bed.nodes}
            puller.until(
                "every node pulls",
                lambda: {p.client for p in bed.registry.pulls_of(slow, "manifests")} == addresses,
            )
            garbage_collection(bed.nodes)
            self.assertTrue(puller.both())
            self.assertIn(first["metadata"]["uid"], {d["metadata"]["uid"] for d in puller.daemon_sets()})
        finally:
            bed.registry.release(slow)
        puller.wait_cached(wanted)
        self.assert_none_missing(watch)

    def test_a_node_that_is_lost_during_a_replacement_gets_the_images_when_it_is_back(self) -> None:
        if len(bed.nodes) < 2:
            self.skipTest("there is one node only")
        cached = self.images("common", "old")
        puller = self.install()
        puller.deploy(cached)
        puller.wait_cached(cached)
        new = f"{self._testMethodName}/new"
        wanted = {"common": cached["common"], "new": bed.push_content(new)}
        live, lost = self.nodes_by_puller(puller)
        bed.registry.hold(new)
        try:
            puller.change(wanted)
            puller.until("a replacement beside it", puller.both)
            lost.stop_kubelet()
            lost.wait_ready(puller.admin, wanted=False)
        finally:
            bed.registry.release(new)
        watch = self.watch({cached["common"]})
        try:
            puller.until("the live node has it", lambda: wanted["new"] in live.images())
            garbage_collection([live])
            watch.end()
        finally:
            lost.start_kubelet()
        lost.wait_ready(puller.admin)
        puller.wait_cached(wanted)
        self.assertEqual(watch.missing, set())

    def nodes_by_puller(self, puller: Installation) -> tuple[Node, Node]:
        """The node that the puller runs on, and another."""
        for pod in puller.pods():
            if pod["metadata"].get("labels", {}).get("pod-template-hash"):
                own = bed.node(pod["spec"]["nodeName"])
                return own, next(node for node in bed.nodes if node is not own)
        raise AssertionError("the puller has no pod")

    def test_a_private_image_is_pulled_with_a_secret(self) -> None:
        cached = self.images("private")
        bed.registry.protect(f"{self._testMethodName}/private", "reader", "correct")
        puller = self.install()
        puller.add_secret("pull", "reader", "correct")
        puller.deploy(cached, IMAGE_PULL_SECRETS="pull")
        puller.wait_cached(cached)

    def test_a_private_image_is_cached_when_its_secret_comes_late(self) -> None:
        cached = self.images("private")
        bed.registry.protect(f"{self._testMethodName}/private", "reader", "correct")
        puller = self.install()
        puller.deploy(cached, IMAGE_PULL_SECRETS="pull")
        puller.until("the nodes are refused", lambda: bool(puller.waiting_reasons().get(cached["private"])
                     and puller.waiting_reasons()[cached["private"]] <= {"ErrImagePull", "ImagePullBackOff"}))  # fmt: skip
        puller.add_secret("pull", "reader", "correct")
        puller.wait_cached(cached)

    def test_an_image_without_a_shell_is_cached(self) -> None:
        nothing = images.image([images.unique_layer(self._testMethodName)])
        cached = {"scratch": bed.registry.push(f"{self._testMethodName}/scratch", nothing)}
        puller = self.install()
        puller.deploy(cached, KIP_IMAGE=self.kip_image())
        puller.wait_cached(cached)

    def kip_image(self) -> str:
        """The puller's own image, if it has the static `sleep`; otherwise one with a static busybox."""
        if has_own_sleep:
            return puller_image
        return bed.push_content("kip")

    def test_restricted_is_enforced_and_kept_by_every_pod(self) -> None:
        nothing = images.image([images.unique_layer(self._testMethodName)])
        cached = {"scratch": bed.registry.push(f"{self._testMethodName}/scratch", nothing)}
        puller = self.install("restricted")
        self.check_that_a_privileged_pod_is_refused(puller)
        puller.deploy(cached, KIP_IMAGE=self.kip_image())
        puller.wait_cached(cached)
        # A policy may also change a pod so that it is allowed; here it had to change nothing.
        found = puller.daemon_sets()[0]
        template = found["spec"]["template"]["spec"]
        for pod in puller.pods(found):
            self.assertEqual(pod["spec"]["securityContext"], template["securityContext"])
            for kind in ("initContainers", "containers"):
                self.assertEqual(
                    [each["securityContext"] for each in pod["spec"][kind]],
                    [each["securityContext"] for each in template[kind]],
                )

    def check_that_a_privileged_pod_is_refused(self, puller: Installation) -> None:
        container = {"name": "x", "image": bed.push_content("x"), "securityContext": {"privileged": True}}
        labels = {"app": "privileged"}
        puller.post(
            puller.daemon_sets_path, "apps/v1", "DaemonSet", "privileged",
            spec={
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        )  # fmt: skip
        path = f"{puller.core}/events"

        def refused() -> bool:
            events = puller.admin.call("GET", path)["items"]
            return any(
                each["involvedObject"]["name"] == "privileged" and each["reason"] == "FailedCreate"
                and "PodSecurityPolicy" in each["message"] for each in events
            )  # fmt: skip

        puller.until("a privileged pod is refused", refused)
        puller.admin.call("DELETE", f"{puller.daemon_sets_path}/privileged")
        puller.until("it is gone", lambda: not puller.daemon_sets())

    def test_the_deletion_of_the_deployment_leaves_nothing(self) -> None:
        cached = self.images("one")
        puller = self.install()
        puller.deploy(cached)
        puller.wait_cached(cached)
        puller.admin.call("DELETE", puller.deployment)
        self.assert_nothing_left(puller, cached)

    def test_the_log_says_which_images_fail_on_which_nodes_and_why(self) -> None:
        good = self.images("first", "last")
        missing = bed.registry.name(f"{self._testMethodName}/missing")
        private = bed.push_content(f"{self._testMethodName}/private")
        bed.registry.protect(f"{self._testMethodName}/private", "reader", "correct")
        nothing = images.image([images.unique_layer(self._testMethodName)])
        scratch = bed.registry.push(f"{self._testMethodName}/scratch", nothing)
        puller = self.install()
        puller.deploy({**good, "missing": missing, "private": private, "scratch": scratch})
        everywhere = f"on {len(bed.nodes)} of {len(bed.nodes)} nodes"
        puller.wait_logged(
            "ImageFault",
            f"image missing ({missing}): not found, {everywhere}",
            f"image private ({private}): unauthorized, {everywhere}",
            f"image scratch ({scratch}): ",
        )

    def test_the_log_says_how_long_the_nodes_took_to_pull(self) -> None:
        cached = self.images("first", "last")
        puller = self.install()
        puller.deploy(cached)
        puller.wait_cached(cached)
        words = (" event=pulled ", f" images_pulled={len(cached)} nodes_pulled={len(bed.nodes)} cold_start_mean_seconds=")
        lines = puller.until(
            "a line of the log with the times of all pulls",
            lambda: [line for line in puller.puller_log().splitlines() if all(word in line for word in words)],
        )
        self.assertRegex(lines[0], r" slowest_image=(first|last) slowest_seconds=\d")

    def test_the_log_says_when_nodes_have_no_room_for_the_pods(self) -> None:
        puller = self.install()
        puller.deploy(self.images("one"), CACHING_CPU_REQUEST="1000", CACHING_CPU_LIMIT="1000")
        count = len(bed.nodes)
        puller.wait_logged("NoRoom", f"Insufficient cpu, on {count} of {count} nodes")


A_RUN = """
from testbed import machine, processes
processes.end_on_signals()
with machine.own_state() as folder:
    machine.make_cgroups(folder.name + "/node")
    enter = 'for group in /sys/fs/cgroup/*/$(basename "$0")/node; do echo $$ >"$group/cgroup.procs"; done'
    hold = 'mkdir "$0/mounted"; mount -t tmpfs tmpfs "$0/mounted"; touch "$0/mounted/x"; echo "$0"; sleep 1000'
    machine.run_apart(["bash", "-c", enter + "; " + hold, folder], folder)
"""
"""What a run does to the machine, without a cluster."""


class MachineTests(unittest.TestCase):
    """However a run ends, the machine is as before."""

    def start(self) -> tuple[Process, Path]:
        process = subprocess.Popen(
            [sys.executable, "-c", A_RUN], cwd=REPOSITORY, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        folder = Path(process.stdout.readline().strip() if process.stdout else "")
        self.assertTrue(folder.name.startswith(machine.PREFIX))
        self.assertGreater(len(machine.cgroups(folder.name)), len(machine.CONTROLLERS) - 1)
        if process.stdout:
            process.stdout.close()
        return process, folder

    def assert_gone(self, folder: Path) -> None:
        self.assertFalse(folder.exists())
        self.assertEqual(machine.cgroups(folder.name), [])

    def test_a_run_that_is_asked_to_end_leaves_nothing(self) -> None:
        process, folder = self.start()
        process.terminate()
        process.wait(60)
        self.assert_gone(folder)

    def test_a_run_that_is_killed_leaves_nothing_after_the_next_start(self) -> None:
        process, folder = self.start()
        # A run that is alive is not touched. It is listed as soon as it has noted its first process.
        self.assertNotIn(folder.name, machine.clean_up_after_killed_runs())
        wait_until("list of the runs", 60, lambda: folder in machine.running())
        process.kill()
        process.wait(60)
        self.assertTrue(folder.exists())
        self.assertIn(folder.name, machine.clean_up_after_killed_runs())
        self.assert_gone(folder)


# MARK: Running


def selected(pattern: str) -> unittest.TestSuite:
    loader = unittest.TestLoader()
    if pattern:
        loader.testNamePatterns = [pattern if "*" in pattern else f"*{pattern}*"]
    kinds = (NodeTests, MachineTests)
    return unittest.TestSuite(loader.loadTestsFromTestCase(kind) for kind in kinds)


def run_inside(folder: Path, server: Path, node: Path, given: argparse.Namespace) -> bool:
    """In namespaces of its own: starts everything, and runs the tests."""
    global bed, puller_image, has_own_sleep
    began = time.monotonic()
    bed = NodeBed(folder, 2, server, node, ("PodSecurityPolicy",))
    bed.start()
    make_policies(bed.admin())
    image = images.puller_image(given.puller) if given.puller else images.from_layout(given.image)
    has_own_sleep = not given.puller
    puller_image = bed.registry.push("puller", image)
    print(f"Control plane, registry and nodes are ready after {time.monotonic() - began:.1f} s", flush=True)
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(selected(given.k))
    failed = len({test.id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    version = bed.plane.version
    print(f"On {len(bed.nodes)} nodes of Kubernetes {version}, after {time.monotonic() - began:.0f} s:")
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)
    return failed == 0


def preparation(given: argparse.Namespace) -> Callable[[Path], None]:
    """What needs the network of this machine, for which there is none inside."""

    def prepare(folder: Path) -> None:
        # Where there is no Helm, that is said, and the test of the chart is skipped.
        subprocess.run([SCRIPTS / "helm-binaries"], stdout=subprocess.DEVNULL, timeout=600)
        if given.image or given.puller:
            return
        command: list[Path | str] = [SCRIPTS / "build-image", "--output", folder / "image"]
        built = subprocess.run(command, capture_output=True, text=True)
        if built.returncode:
            raise Failure(f"the image cannot be built:\n{built.stdout}{built.stderr}")

    return prepare


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-k", default="", metavar="PATTERN", help="tests whose name contains this")
    parser.add_argument("--image", type=Path, help="the OCI layout of the image")
    parser.add_argument("--puller", type=Path, help="the program")
    parser.add_argument("--inside", nargs=3, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        folder, server, node = given.inside
        given.image = given.image or folder / "image"
        sys.exit(0 if run_inside(folder, server, node, given) else 1)
    end_on_signals()
    try:
        own: list[object] = [sys.executable, SCRIPTS / "test-node", "-k", given.k]
        for option, path in (("--image", given.image), ("--puller", given.puller)):
            own += [option, path.resolve()] if path else []
        sys.exit(run_apart([*own, "--inside"], preparation(given)))
    except Ended as reason:
        print(f"test-node: {reason}", file=sys.stderr)
        sys.exit(128 + reason.number)
    except (Failure, TimeoutError) as error:
        code = getattr(error, "exit_code", 1)
        is_required = os.environ.get("REQUIRE_NODE", "0") == "1"
        if code != 3 or is_required:
            print(f"test-node: FAILED: {error}", file=sys.stderr)
            sys.exit(1)
        print(f"NOT TESTED ON A NODE: there can be none on this machine: {error}")
        print(f"0 passed, 0 failed, {selected(given.k).countTestCases()} skipped")
