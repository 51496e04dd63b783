"""Tests the scripts that run real control planes: starts two planes, and checks what the
Swift tests rely on. Takes about a minute.

    test-control-plane [-v] [NAME...]       (as unittest)

Exit code 3: the binaries are not available on this system.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path
from typing import Any, Optional

from testbed.client import Client, StatusError, bearer
from testbed.processes import SCRIPTS, Process, wait_until

state: dict[str, Any] = {}
scratch = Path()
server: Optional[Process] = None
opened: list[Client] = []


def setUpModule() -> None:
    global server, scratch
    scratch = Path(tempfile.mkdtemp(prefix="control-plane-"))
    server, found = start_server(scratch / "planes", "alpha,beta")
    state.update(found)


def tearDownModule() -> None:
    if server:
        end_server(server)
    shutil.rmtree(scratch, ignore_errors=True)


def start_server(folder: Path, planes: str, *more: str) -> tuple[Process, dict[str, Any]]:
    process = subprocess.Popen(
        [SCRIPTS / "control-plane", "up", "--dir", folder, "--planes", planes, *more],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("ready: "):
        process.wait(60)
        print("the control planes did not start", file=sys.stderr)
        if server:
            end_server(server)
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(process.returncode or 1)
    return process, json.loads(Path(line.split(" ", 1)[1].strip()).read_text())


def end_server(process: Process) -> None:
    process.terminate()
    process.wait(20)
    close_pipes(process)


def close_pipes(process: Process) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def plane(name: str = "alpha") -> dict[str, Any]:
    return state["planes"][name]


def client_for(url: str, headers: Optional[dict[str, str]] = None, ca: str = "ca") -> Client:
    """A client that is closed at the end of the test."""
    client = Client(url, Path(state[ca]), headers)
    opened.append(client)
    return client


def admin(name: str = "alpha") -> Client:
    return client_for(plane(name)["url"], bearer(plane(name)["adminToken"]))


def control(method: str, path: str) -> Any:
    client = Client(state["proxy"]["controlURL"], None)
    try:
        return client.call(method, path)
    finally:
        client.close()


def new_token(client_id: str = "rh-che", **more: str) -> str:
    code, _, body = ask_for_token(client_id=client_id, **more)
    assert code == 200, (code, body)
    return json.loads(body)["access_token"]


def ask_for_token(**fields: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    form = {
        "grant_type": "client_credentials",
        "client_id": state["proxy"]["clientID"],
        "client_secret": state["proxy"]["clientSecret"],
        **fields,
    }
    client = Client(state["proxy"]["oidcProvider"], Path(state["ca"]))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        return client.exchange("POST", "/api/token", urllib.parse.urlencode(form).encode(), headers)
    finally:
        client.close()


def through_proxy(user: str, token: Optional[str] = None) -> Client:
    headers = {"Impersonate-User": user, **bearer(token or new_token())}
    return client_for(state["proxy"]["url"], headers)


def daemonsets(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/daemonsets"


def daemonset(name: str, group: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "nodeSelector": {"group": group},
                    "terminationGracePeriodSeconds": 1,
                    "containers": [
                        {"name": "one", "image": "registry.invalid/one:1"},
                        {"name": "two", "image": "registry.invalid/two:1"},
                    ],
                },
            },
        },
    }


class Case(unittest.TestCase):
    """A test with its own namespace and nodes."""

    maxDiff = None
    counter = 0

    def setUp(self) -> None:
        Case.counter += 1
        self.group = f"t{Case.counter}"
        self.namespace = f"test-{Case.counter}"
        self.used: list[tuple[Client, list[str]]] = []

    def tearDown(self) -> None:
        for client, paths in self.used:
            for path in paths:
                try:
                    client.call("DELETE", path)
                except StatusError as error:
                    if error.code not in (404, 409):
                        raise
        while opened:
            opened.pop().close()

    def prepare(self, nodes: int = 0, name: str = "alpha", annotations: dict[str, str] | None = None) -> Client:
        client = admin(name)
        client.timeout = 20
        paths: list[str] = []
        self.used.append((client, paths))
        make_namespace(client, self.namespace)
        paths.append(f"/api/v1/namespaces/{self.namespace}")
        for number in range(nodes):
            node = f"{self.group}-{number}"
            client.call("POST", "/api/v1/nodes", {
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": node, "labels": {"group": self.group}, "annotations": annotations or {}},
            })  # fmt: skip
            paths.insert(0, f"/api/v1/nodes/{node}")
        return client

    def annotate(self, client: Client, number: int, **values: Optional[str]) -> None:
        annotations = {f"stand-in/{k.replace('_', '-')}": v for k, v in values.items()}
        client.call(
            "PATCH", f"/api/v1/nodes/{self.group}-{number}",
            {"metadata": {"annotations": annotations}}, "application/merge-patch+json",
        )  # fmt: skip

    def counts(self, client: Client, name: str) -> tuple[int, int]:
        status = client.call("GET", f"{daemonsets(self.namespace)}/{name}")["status"]
        return status["numberReady"], status["desiredNumberScheduled"]

    def until(self, what: str, seconds: float, condition: Any) -> Any:
        began = time.monotonic()
        result = wait_until(what, seconds, condition)
        print(f"    {what}: {time.monotonic() - began:.2f} s")
        return result

    def assertRefused(self, code: int, call: Any) -> StatusError:
        with self.assertRaises(StatusError) as caught:
            call()
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception


def make_namespace(client: Client, namespace: str) -> None:
    """Creates what a tenant has: a namespace, and an account with four verbs on DaemonSets."""
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    api = "rbac.authorization.k8s.io/v1"
    client.call("POST", "/api/v1/namespaces", {
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    client.call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "che"}})
    client.call("POST", f"{rbac}/roles", {
        "apiVersion": api, "kind": "Role", "metadata": {"name": "puller"},
        "rules": [{"apiGroups": ["apps"], "resources": ["daemonsets"],
                   "verbs": ["create", "delete", "watch", "get"]}]})
    client.call("POST", f"{rbac}/rolebindings", {
        "apiVersion": api, "kind": "RoleBinding", "metadata": {"name": "puller"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "puller"},
        "subjects": [{"kind": "ServiceAccount", "name": "che", "namespace": namespace}]})  # fmt: skip
    # Until the account has a secret, pods are refused, and the DaemonSet controller backs off.
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    wait_until("default account", 10, lambda: client.call("GET", path).get("secrets"))


class PlaneTests(Case):
    def test_both_planes_report_their_version(self) -> None:
        for name in state["planes"]:
            found = admin(name).call("GET", "/version")["gitVersion"]
            self.assertEqual(found, plane(name)["version"])
            self.assertTrue(found.startswith("v1."), found)
        print(f"    {found}")

    def test_impersonator_may_only_impersonate(self) -> None:
        self.prepare()
        token = bearer(plane()["impersonatorToken"])
        path = daemonsets(self.namespace) + "/x"
        alone = client_for(plane()["url"], token)
        self.assertRefused(403, lambda: alone.call("GET", path))
        acting = {**token, "Impersonate-User": plane()["impersonatedUser"]}
        as_user = client_for(plane()["url"], acting)
        self.assertRefused(404, lambda: as_user.call("GET", path))

    def test_a_node_without_annotations_becomes_ready(self) -> None:
        client = self.prepare(nodes=1)

        def ready() -> bool:
            node = client.call("GET", f"/api/v1/nodes/{self.group}-0")
            conditions = {c["type"]: c["status"] for c in node["status"].get("conditions", [])}
            return conditions.get("Ready") == "True" and not node["spec"].get("taints")

        self.until("node ready", 5, ready)

    def test_api_server_can_be_stopped_and_started(self) -> None:
        client = self.prepare(nodes=1, name="beta")
        path = daemonsets(self.namespace)
        self.order("/planes/beta/stop")
        user = through_proxy("beta-1")
        error = self.assertRefused(502, lambda: user.call("GET", path + "/x"))
        self.assertIn(b"cannot reach", error.body)
        self.order("/planes/beta/start")
        self.assertRefused(404, lambda: user.call("GET", path + "/x"))
        user.call("POST", path, daemonset("kept", self.group))
        client.close()
        self.until("ready after a restart", 20, lambda: self.counts(client, "kept") == (1, 1))

    def test_a_paused_api_server_is_silent_until_it_is_resumed(self) -> None:
        self.order("/planes/beta/pause")
        hasty = Client(plane("beta")["url"], Path(state["ca"]), timeout=1)
        with self.assertRaises(TimeoutError):
            hasty.exchange("GET", "/version")
        self.order("/planes/beta/resume")
        self.assertEqual(admin("beta").exchange("GET", "/version")[0], 200)

    def test_etcd_can_be_stopped_and_started_and_keeps_its_data(self) -> None:
        client = self.prepare(nodes=0, name="beta")
        self.order("/planes/beta/stop/etcd")
        hasty = Client(
            plane("beta")["url"], Path(state["ca"]), bearer(plane("beta")["adminToken"]), timeout=2
        )
        path = f"/api/v1/namespaces/{self.namespace}"
        try:
            self.assertNotEqual(hasty.exchange("GET", path)[0], 200)
        except TimeoutError:
            pass
        hasty.close()
        self.order("/planes/beta/start/etcd")
        client.close()
        self.assertEqual(client.exchange("GET", path)[0], 200)

    @staticmethod
    def order(path: str) -> None:
        client = Client(state["controlURL"], None, timeout=60)
        code, _, body = client.exchange("POST", path, b"")
        client.close()
        assert code == 200, body


class DaemonSetTests(Case):
    def test_a_daemonset_becomes_ready_and_its_watch_ends(self) -> None:
        client = self.prepare(nodes=3)
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace)
        made = user.call("POST", path, daemonset("cache", self.group))
        self.assertEqual(made["metadata"]["generation"], 1)
        self.until("3 of 3 ready", 10, lambda: self.counts(user, "cache") == (3, 3))

        began = time.monotonic()
        watch = f"{path}?fieldSelector=metadata.name%3Dcache"
        events = list(user.watch(watch, 2))
        took = time.monotonic() - began
        print(f"    watch with timeoutSeconds=2: {took:.2f} s, {len(events)} event(s)")
        self.assertAlmostEqual(took, 2, delta=0.7)
        self.assertEqual(events[0]["type"], "ADDED")

        user.call("DELETE", f"{path}/cache", {"propagationPolicy": "Foreground"})

        def gone() -> bool:
            try:
                user.call("GET", f"{path}/cache")
                return False
            except StatusError as error:
                return error.code == 404 and error.reason == "NotFound"

        self.until("gone after foreground deletion", 10, gone)
        pods = client.call("GET", f"/api/v1/namespaces/{self.namespace}/pods")
        self.assertEqual(pods["items"], [])

    def test_a_watch_through_the_proxy_reports_a_change_at_once(self) -> None:
        self.prepare(nodes=1)
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace)
        events = through_proxy("alpha-2").watch(path, 10)
        threading.Timer(1, lambda: user.call("POST", path, daemonset("late", self.group))).start()
        began = time.monotonic()
        first = next(events)
        self.assertEqual(first["object"]["metadata"]["name"], "late")
        self.assertLess(time.monotonic() - began, 2.5)
        events.close()

    def test_foreground_deletion_with_a_dead_node_hangs_until_a_background_deletion(self) -> None:
        client = self.prepare(nodes=3)
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace)
        user.call("POST", path, daemonset("stuck", self.group))
        self.until("3 of 3 ready", 10, lambda: self.counts(user, "stuck") == (3, 3))
        self.annotate(client, 2, dead="true")
        self.until("dead node counts as not ready", 5, lambda: self.counts(user, "stuck") == (2, 3))

        user.call("DELETE", f"{path}/stuck", {"propagationPolicy": "Foreground"})
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self.until("pods of live nodes gone", 10, lambda: len(client.call("GET", pods)["items"]) == 1)
        time.sleep(1)
        self.assertIn("deletionTimestamp", user.call("GET", f"{path}/stuck")["metadata"])
        error = self.assertRefused(409, lambda: user.call("POST", path, daemonset("stuck", self.group)))
        print(f"    create meanwhile: {error}")

        # The server removes the finalizer first, which creates another version.
        version = user.call("GET", f"{path}/stuck")["metadata"]["resourceVersion"]
        order = {"propagationPolicy": "Background", "preconditions": {"resourceVersion": version}}
        error = self.assertRefused(409, lambda: user.call("DELETE", f"{path}/stuck", order))
        print(f"    deletion of a version: {error}")
        user.call("DELETE", f"{path}/stuck", {"propagationPolicy": "Background"})
        self.assertRefused(404, lambda: user.call("GET", f"{path}/stuck"))
        user.call("POST", path, daemonset("stuck", self.group))
        self.until("2 of 3 ready again", 10, lambda: self.counts(user, "stuck") == (2, 3))
        self.annotate(client, 2, dead="tainted")
        self.until("tainted: 2 of 2 desired", 10, lambda: self.counts(user, "stuck") == (2, 2))
        self.annotate(client, 2, dead=None)
        self.until("revived: 3 of 3 ready", 10, lambda: self.counts(user, "stuck") == (3, 3))

    def test_held_nodes_and_images_keep_pods_from_becoming_ready(self) -> None:
        client = self.prepare(nodes=2, annotations={"stand-in/held": "true"})
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace)
        user.call("POST", path, daemonset("held", self.group))
        self.until("2 desired", 10, lambda: self.counts(user, "held") == (0, 2))
        time.sleep(0.5)
        self.assertEqual(self.counts(user, "held"), (0, 2))
        self.annotate(client, 0, held=None)
        self.annotate(client, 1, held=None, held_images="two")
        self.until("1 of 2 ready", 10, lambda: self.counts(user, "held") == (1, 2))
        self.annotate(client, 1, held_images=None)
        self.until("2 of 2 ready", 10, lambda: self.counts(user, "held") == (2, 2))

    def test_pulling_takes_as_long_as_the_annotation_of_the_node_says(self) -> None:
        self.prepare(nodes=1, annotations={"stand-in/pull-seconds": "1.5"})
        user = through_proxy("alpha-1")
        began = time.monotonic()
        user.call("POST", daemonsets(self.namespace), daemonset("slow", self.group))
        self.until("ready", 10, lambda: self.counts(user, "slow") == (1, 1))
        self.assertGreater(time.monotonic() - began, 1.5)

    def test_pods_of_a_deleted_node_are_removed(self) -> None:
        client = self.prepare(nodes=2, annotations={"stand-in/dead": "true"})
        user = through_proxy("alpha-1")
        user.call("POST", daemonsets(self.namespace), daemonset("orphan", self.group))
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self.until("2 pods", 10, lambda: len(client.call("GET", pods)["items"]) == 2)
        client.call("DELETE", f"/api/v1/nodes/{self.group}-1")
        self.until("1 pod", 10, lambda: len(client.call("GET", pods)["items"]) == 1)


class ProxyTests(Case):
    def test_requests_with_anything_missing_or_unknown_are_401_with_an_empty_body(self) -> None:
        self.prepare()
        there = daemonsets(self.namespace) + "/x"
        cases = {
            "unknown user": (through_proxy("gamma-1"), there),
            "no such form": (through_proxy("alpha"), there),
            "no namespace in the path": (through_proxy("alpha-1"), "/version"),
            "missing namespace": (through_proxy("alpha-1"), daemonsets("nowhere") + "/x"),
            "no account": (through_proxy("alpha-1"), daemonsets("default") + "/x"),
            "wrong token": (through_proxy("alpha-1", "not-issued"), there),
            "cluster's own token": (through_proxy("alpha-1", plane()["adminToken"]), there),
        }
        for name, (client, path) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.assertRefused(401, lambda: client.call("GET", path)).body, b"")

    def test_only_four_verbs_are_allowed(self) -> None:
        self.prepare()
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace)
        for method, target, body in (
            ("GET", path, None),
            ("PUT", path + "/x", daemonset("x", "g")),
            ("GET", f"/api/v1/namespaces/{self.namespace}/pods", None),
        ):
            error = self.assertRefused(403, lambda: user.call(method, target, body))
            self.assertEqual(error.reason, "Forbidden")
        print(f"    {error}")

    def test_both_base_addresses_work(self) -> None:
        self.prepare()
        user = through_proxy("alpha-1")
        error = self.assertRefused(404, lambda: user.call("GET", "/api" + daemonsets(self.namespace) + "/x"))
        self.assertEqual(error.reason, "NotFound")

    def test_direct_users_get_the_answers_of_the_cluster_itself(self) -> None:
        user = through_proxy("alpha-direct-1")
        error = self.assertRefused(
            404, lambda: user.call("POST", daemonsets("nowhere"), daemonset("x", "g"))
        )
        self.assertEqual(json.loads(error.body)["details"]["kind"], "namespaces")
        print(f"    {error}")

    def test_requests_are_sent_to_the_plane_of_their_user(self) -> None:
        self.prepare(name="beta")
        path = daemonsets(self.namespace)
        self.assertRefused(404, lambda: through_proxy("beta-jane").call("GET", path + "/x"))
        self.assertRefused(401, lambda: through_proxy("alpha-jane").call("GET", path + "/x"))

    def test_the_proxy_gets_a_new_token_for_a_recreated_namespace(self) -> None:
        client = self.prepare()
        user = through_proxy("alpha-1")
        path = daemonsets(self.namespace) + "/x"
        self.assertRefused(404, lambda: user.call("GET", path))
        client.call("DELETE", f"/api/v1/namespaces/{self.namespace}")

        def gone() -> bool:
            try:
                client.call("GET", f"/api/v1/namespaces/{self.namespace}")
                return False
            except StatusError as error:
                return error.code == 404

        self.until("namespace gone", 20, gone)
        make_namespace(client, self.namespace)
        # The API server caches a valid token for 10 s, so it may still accept the old one.
        # Either way, the client gets an answer of the cluster.
        for _ in range(24):
            self.assertRefused(404, lambda: user.call("GET", path))
            time.sleep(0.5)

    def test_token_endpoint(self) -> None:
        code, headers, body = ask_for_token()
        self.assertEqual((code, headers["Content-Type"]), (200, "application/vnd.oauthtoken+json"))
        self.assertEqual(set(json.loads(body)), {"access_token", "token_type"})
        self.assertNotEqual(new_token(), new_token())
        for expected, fields in (
            (401, {"client_secret": "wrong"}),
            (401, {"client_id": "someone"}),
            (400, {"grant_type": "password"}),
            (400, {"resource": "x"}),
        ):
            code, headers, body = ask_for_token(**fields)
            self.assertEqual((code, headers["Content-Type"]), (expected, "application/vnd.api+json"))
            self.assertEqual(json.loads(body)["errors"][0]["status"], str(expected))
        client = Client(state["proxy"]["url"], Path(state["ca"]))
        chunked = client.connect()
        chunked.request("POST", "/api/token", iter([b"grant_type=client_credentials"]), {
            "Content-Type": "application/x-www-form-urlencoded"}, encode_chunked=True)  # fmt: skip
        self.assertEqual(chunked.getresponse().status, 400)
        chunked.close()

    def test_tokens_can_be_revoked_for_one_client(self) -> None:
        self.prepare()
        path = daemonsets(self.namespace) + "/x"
        own, other = new_token("rh-che-revoked"), new_token("rh-che-other")
        control("DELETE", "/tokens?client=rh-che-revoked")
        self.assertRefused(401, lambda: through_proxy("alpha-1", own).call("GET", path))
        self.assertRefused(404, lambda: through_proxy("alpha-1", other).call("GET", path))

    def test_request_log(self) -> None:
        self.prepare()
        path = daemonsets(self.namespace) + "/x"
        self.assertRefused(404, lambda: through_proxy("alpha-logged").call("GET", path))
        found = control("GET", f"/log?namespace={self.namespace}")["requests"]
        self.assertEqual(
            [(e["method"], e["path"], e["user"], e["status"]) for e in found],
            [("GET", path, "alpha-logged", 404)],
        )
        control("DELETE", "/log?user=alpha-logged")
        self.assertEqual(control("GET", "/log?user=alpha-logged")["requests"], [])

    def test_faults_affect_only_their_scope(self) -> None:
        self.prepare()
        path = daemonsets(self.namespace) + "/x"
        hit, spared = through_proxy("alpha-hit"), through_proxy("alpha-spared")
        for mode, code in (("bad-gateway", 502), ("unavailable", 503), ("plain-404", 404)):
            control("POST", f"/faults?mode={mode}&user=alpha-hit")
            self.assertRefused(code, lambda: hit.call("GET", path))
            self.assertRefused(404, lambda: spared.call("GET", path))
            control("DELETE", "/faults?user=alpha-hit")
        control("POST", "/faults?mode=silent&user=alpha-hit")
        hit = through_proxy("alpha-hit")
        hit.timeout = 0.7
        with self.assertRaises(TimeoutError):
            hit.call("GET", path)
        control("DELETE", "/faults?user=alpha-hit")
        control("POST", "/faults?mode=reset&user=alpha-hit")
        with self.assertRaises((OSError, http.client.HTTPException)):
            through_proxy("alpha-hit").call("GET", path)
        control("DELETE", "/faults?user=alpha-hit")
        self.assertRefused(404, lambda: through_proxy("alpha-hit").call("GET", path))

    def test_the_date_can_be_shifted_for_one_namespace(self) -> None:
        self.prepare()
        path = daemonsets(self.namespace)

        def difference() -> float:
            _, headers, _ = through_proxy("alpha-1").exchange("GET", path + "/x")
            self.assertEqual(len(headers.get_all("Date")), 1)
            return email.utils.parsedate_to_datetime(str(headers["Date"])).timestamp() - time.time()

        control("POST", f"/date?namespace={self.namespace}&ahead=86400")
        self.assertAlmostEqual(difference(), 86400, delta=5)
        control("POST", f"/date?namespace={self.namespace}&ahead=0")
        self.assertAlmostEqual(difference(), 0, delta=5)

    def test_a_watch_can_be_cut(self) -> None:
        self.prepare()
        client = through_proxy("alpha-cut")
        connection = client.connect()
        path = daemonsets(self.namespace) + "?watch=true&timeoutSeconds=20"
        connection.request("GET", path, headers=client.headers)
        answer = connection.getresponse()
        began = time.monotonic()
        self.assertEqual(control("POST", "/cut?user=alpha-cut"), {"cut": 1})
        with self.assertRaises((OSError, http.client.HTTPException)):
            answer.read()
        self.assertLess(time.monotonic() - began, 1)
        connection.close()

    def test_connections_can_be_refused(self) -> None:
        control("POST", "/refuse")
        try:
            with self.assertRaises(ConnectionRefusedError):
                ask_for_token()
        finally:
            control("POST", "/accept")
        self.assertEqual(ask_for_token()[0], 200)

    def test_untrustworthy_listeners_are_refused(self) -> None:
        for name, reason in (
            ("foreignCA", "unable to get local issuer"),
            ("expired", "expired"),
            ("wrongHost", "mismatch"),
        ):
            url = state["proxy"]["untrusted"][name]
            with self.subTest(name), self.assertRaises(ssl.SSLCertVerificationError) as caught:
                client_for(url).exchange("GET", "/")
            self.assertIn(reason, str(caught.exception))
            print(f"    {name}: {caught.exception.verify_message}")
            self.assertEqual(control("GET", f"/log?listener={name}")["requests"], [])
        # A client that trusts the foreign CA can use the same listener.
        url = state["proxy"]["untrusted"]["foreignCA"]
        client = client_for(url, ca="foreignCA")
        self.assertEqual(client.exchange("GET", "/")[0], 401)

    def test_hundreds_of_watches_at_once(self) -> None:
        self.prepare()
        path = daemonsets(self.namespace)
        token = new_token()
        problems: list[str] = []

        def watch(number: int) -> None:
            try:
                list(through_proxy(f"alpha-w{number}", token).watch(path, 8))
            except Exception as error:  # noqa: BLE001: whatever it is, it is reported
                problems.append(repr(error))

        threads = [threading.Thread(target=watch, args=(n,)) for n in range(200)]
        for thread in threads:
            thread.start()
        user = through_proxy("alpha-1", token)
        time.sleep(4)
        began = time.monotonic()
        self.assertRefused(404, lambda: user.call("GET", path + "/x"))
        print(f"    a request beside {control('GET', '/connections')['open']} connections: "
              f"{time.monotonic() - began:.3f} s")  # fmt: skip
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])


class GoneTests(unittest.TestCase):
    def test_without_watch_cache_a_compaction_makes_a_watch_gone(self) -> None:
        process, found = start_server(scratch / "gone", "one", "--watch-cache=false")
        try:
            one = found["planes"]["one"]
            client = Client(one["url"], Path(found["ca"]), bearer(one["adminToken"]))
            path = "/api/v1/namespaces/default/configmaps"
            old = client.call("GET", path)["metadata"]["resourceVersion"]
            for name in ("one", "two"):
                made = client.call("POST", path, {"metadata": {"name": name}})
            new = made["metadata"]["resourceVersion"]
            client.close()
            etcd = Client(one["etcdURL"], None)
            etcd.call("POST", "/v3/kv/compaction", {"revision": new})
            etcd.close()
            events = list(client.watch(f"{path}?resourceVersion={old}", 3))
            self.assertEqual([e["type"] for e in events], ["ERROR"])
            self.assertEqual((events[0]["object"]["code"], events[0]["object"]["reason"]), (410, "Expired"))
        finally:
            end_server(process)


class EndTests(unittest.TestCase):
    """However `control-plane` ends, nothing is left behind."""

    def pids(self, found: dict[str, Any]) -> list[int]:
        pids = [found["pid"], found["proxy"]["pid"]]
        for each in found["planes"].values():
            pids += each["pids"].values()
        return pids

    def assertEnded(self, found: dict[str, Any]) -> None:
        def ended(pid: int) -> bool:
            try:
                return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except FileNotFoundError:
                return True

        wait_until("all processes ended", 10, lambda: all(map(ended, self.pids(found))))

    def test_sigterm_and_stdin(self) -> None:
        for way in ("SIGTERM", "stdin"):
            process, found = start_server(scratch / f"end-{way}", "one", "--until-stdin-closes")
            if way == "stdin" and process.stdin:
                process.stdin.close()
            else:
                process.terminate()
            process.wait(10)
            close_pipes(process)
            self.assertEnded(found)
            self.assertFalse(Path(found["directory"]).exists())

    def test_death_of_the_parent(self) -> None:
        folder = scratch / "end-parent"
        runner = subprocess.Popen(
            ["bash", "-c", '"$0" up --dir "$1" --planes one; true', SCRIPTS / "control-plane", folder]
        )
        wait_until("state", 60, (folder / "state.json").exists)
        found = json.loads((folder / "state.json").read_text())
        runner.kill()
        runner.wait()
        self.assertEnded(found)
        self.assertFalse(folder.exists())

    def test_a_hard_kill_and_a_second_run_in_the_same_folder(self) -> None:
        folder = scratch / "end-killed"
        process, found = start_server(folder, "one")
        process.kill()
        process.wait()
        close_pipes(process)
        self.assertEnded(found)
        self.assertTrue(folder.exists())
        process, found = start_server(folder, "one")
        end_server(process)
        self.assertFalse(folder.exists())


def main() -> None:
    unittest.main(module=__name__, verbosity=2)
