"""Chaos on real servers: causes faults around a running puller, one after another, and
checks that the puller recovers from each by itself.

    chaos [--short] [--only NAME[,NAME...]] [--puller FILE]

There are two real control planes behind the impersonating proxy (scripts/control-plane), with
stand-ins for nodes, and one puller for both: in alpha it acts as the account `che`, and in beta
as an account that gets the answers of the cluster itself. For each fault:

  - The puller must report it for the user of the affected cluster, with a reason that belongs
    to this fault.
  - The cluster must be right again within one interval or one backoff cap (depending on the
    fault) and GRACE seconds to carry everything out. The API server must show that (images,
    hash, generation 1, pods ready on every live node), and so must the log of the puller, which
    must still be the same process. If the fault does not touch the DaemonSet, it must be the
    same one afterwards.
  - The other cluster must not be affected: its DaemonSet is the same, its user has no event but
    `ready`, and the times between its checks are as usual.

One group of faults occurs in the middle of a rollout: a replacement exists beside the DaemonSet
that it replaces, and cannot become ready. Whatever the fault, both must stay, and no node may be
without a ready pod at any time; when the pods of the replacement can become ready at last, the
older DaemonSet must be deleted.

The full form takes about seven minutes and is ended after ten; the short form has shorter faults
and intervals, and takes about two minutes. `--puller` (or PULLER) is the program to run; without
it, the debug build is used, and rebuilt if needed. `--only` takes a selection of api-server,
etcd, pause, edit, role, proxy, namespace, delete, node and rollout. Prints one line for each
fault, and one with the figures. Exit code 0 or 1; 3 if the binaries of a control plane are not
available on this system.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional

from testbed.chaos_kit import (
    DAEMON_SET, NAMESPACE, NODES, SPEC_HASH, Cluster, Puller, ReadyWatch,
)  # fmt: skip
from testbed.client import Client, Object, StatusError
from testbed.processes import (
    SCRIPTS, Ended, Failure, Process, debug_build, end_on_signals, stop, wait_until,
)  # fmt: skip

GRACE = 15.0
"""Time to carry things out on a busy machine: requests, a rollout, the cluster's controllers."""
SLACK = 3.0
"""Tolerance for the checks of the unaffected cluster: less than the time limit of a request, so
that a check that had to wait for a request to the broken cluster is noticed."""
BITE_SECONDS = 60.0
START_SECONDS = 60.0
LATE_SECONDS = 30.0
"""How much longer than its bound to wait for a recovery, to tell a late one from none."""
FIRST_IMAGES = {"java": "quay.io/eclipse/che-java11-maven:7", "theia": "eclipse/che-theia:7.0.0"}
OTHER_IMAGES = {"java": "quay.io/eclipse/che-java11-maven:7", "node": "node:12"}


@dataclass(frozen=True)
class Pace:
    """Times in seconds. A lasting fault is lifted after `outage`, a pause after `pause`."""

    interval: float
    backoff_cap: float
    request_timeout: float
    rollout_timeout: float
    outage: float
    pause: float
    limit: int


FULL = Pace(
    interval=10, backoff_cap=8, request_timeout=8, rollout_timeout=8, outage=20, pause=60, limit=600
)
SHORT = Pace(
    interval=4, backoff_cap=3, request_timeout=6, rollout_timeout=2, outage=5, pause=15, limit=600
)


# MARK: The stage


class Stage:
    """Both clusters, the puller, and the actions on them."""

    def __init__(self, state: Object, puller: Puller, pace: Pace) -> None:
        self.state = state
        self.puller = puller
        self.pace = pace
        ca = Path(state["ca"])
        users = {"alpha": f"alpha-{NAMESPACE}", "beta": f"beta-direct-{NAMESPACE}"}
        self.clusters = {
            plane: Cluster(plane, user, state["planes"][plane], ca) for plane, user in users.items()
        }
        self.images: dict[str, str] = {}
        self.spec_hash = ""

    def environment(self) -> dict[str, str]:
        proxy, pace = self.state["proxy"], self.pace
        return {
            "IMAGES": ";".join(f"{name}={image}" for name, image in self.images.items()),
            "IMPERSONATE_USERS": ",".join(cluster.user for cluster in self.clusters.values()),
            "OPENSHIFT_PROXY_URL": proxy["url"],
            "OIDC_PROVIDER": proxy["oidcProvider"],
            "SERVICE_ACCOUNT_ID": proxy["clientID"],
            "SERVICE_ACCOUNT_SECRET": proxy["clientSecret"],
            "CA_BUNDLE_FILE": self.state["ca"],
            "NAMESPACE": NAMESPACE,
            "DAEMONSET_NAME": DAEMON_SET,
            "NODE_SELECTOR": json.dumps({NAMESPACE: "true"}),
            "CACHING_INTERVAL_HOURS": f"{pace.interval / 3600:.8f}",
            "REQUEST_TIMEOUT_SECONDS": f"{pace.request_timeout:g}",
            "ROLLOUT_TIMEOUT_SECONDS": f"{pace.rollout_timeout:g}",
            "BACKOFF_INITIAL_SECONDS": "0.5",
            "STATUS_PORT": "0",
            "CONSOLE_PORT": "0",
            "BACKOFF_MAX_SECONDS": f"{pace.backoff_cap:g}",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "debug",
        }

    def start_puller(self, images: dict[str, str]) -> None:
        self.images = images
        self.puller.start(self.environment())
        annotations = self.puller.manifest()["metadata"]["annotations"]
        self.spec_hash = annotations[SPEC_HASH]

    def order(self, path: str) -> None:
        post(self.state["controlURL"], path)

    def order_proxy(self, path: str) -> None:
        post(self.state["proxy"]["controlURL"], path)

    def why_wrong(self, cluster: Cluster) -> Optional[str]:
        """What is still wrong according to the API server."""
        all_seen = cluster.see_all()
        if len(all_seen) != 1:
            return f"there are {len(all_seen)} DaemonSets"
        seen = all_seen[0]
        if seen.images != self.images:
            return f"images {seen.images}"
        if seen.spec_hash != self.spec_hash or seen.generation != 1:
            return f"hash {seen.spec_hash}, generation {seen.generation}"
        live = cluster.nodes() - cluster.dead_nodes
        if not seen.is_settled or (seen.ready, seen.desired) != (len(live), NODES):
            return f"{seen.ready}/{seen.desired} ready, of {len(live)} live nodes"
        if cluster.ready_nodes(seen.uid) != live:
            return "no ready pods on all live nodes"
        return None

    def wait_right(self, cluster: Cluster, mark: int, bound: float, began: float) -> float:
        """Waits until the cluster is right according to the API server, and to an event of the
        puller after `mark`. Returns the seconds since `began`."""
        live = NODES - len(cluster.dead_nodes)
        said = "ready" if live == NODES else "unready"
        wrong: list[Optional[str]] = [None]

        def is_right() -> bool:
            wrong[0] = self.why_wrong(cluster)
            if wrong[0] is None:
                events = self.puller.events_since(mark, cluster.user)
                said_so = any(event.says(said, live) for event in events)
                wrong[0] = None if said_so else f"the puller has not logged {said} {live}/{NODES}"
            return wrong[0] is None

        try:
            wait_until("", bound + LATE_SECONDS, is_right, interval=0.1)
        except TimeoutError as error:
            reason = wrong[0] or str(error)
            raise Failure(
                f"{cluster.plane} is not right again after {bound + LATE_SECONDS:g} s: {reason}"
            ) from None
        return time.time() - began


def post(url: str, path: str) -> None:
    client = Client(url, None, timeout=90)
    try:
        code, _, body = client.exchange("POST", path, b"")
    finally:
        client.close()
    if code != 200:
        raise Failure(f"POST {path}: {code} {body.decode(errors='replace').strip()}")


# MARK: Faults


@dataclass(frozen=True)
class Fault:
    name: str
    what: str
    hit: tuple[str, ...]
    """The planes that are hit; the others must not be affected."""
    strike: Callable[[], None]
    reasons: frozenset[str]
    """One of them must be logged: the reason of a failure, or the name of an event without one."""
    bound: float
    lift: Optional[Callable[[], None]] = None
    lasts: float = 0.0
    renews: bool = False
    """Whether there must be a new DaemonSet afterwards."""


def all_faults(stage: Stage, is_short: bool) -> list[Fault]:
    """In the short form, each fault hits one of the clusters; in the full form, one after another."""
    pace = stage.pace
    faults: list[Fault] = []

    def add(
        cluster: Cluster, in_short: bool, name: str, what: str, reasons: str, **more: Any
    ) -> None:
        if is_short and not in_short:
            return
        # What only a check can find is repaired within an interval, a failure within a backoff cap.
        bound = pace.backoff_cap if "lift" in more else pace.interval * 1.05
        lasts = more.pop("lasts", pace.outage if "lift" in more else 0.0)
        hit = more.pop("hit", (cluster.plane,))
        expected = frozenset(reasons.split())
        faults.append(
            Fault(name, what, hit, reasons=expected, bound=bound + GRACE, lasts=lasts, **more)
        )

    alpha, beta = stage.clusters["alpha"], stage.clusters["beta"]
    for one in (alpha, beta):
        add(
            one, one is alpha, "api-server", "API server killed", "ServerError Unreachable",
            strike=partial(stage.order, f"/planes/{one.plane}/stop"),
            lift=partial(stage.order, f"/planes/{one.plane}/start"),
        )  # fmt: skip
    for one in (alpha, beta):
        add(
            one, one is beta, "etcd", "etcd killed", "Timeout ServerError",
            strike=partial(stage.order, f"/planes/{one.plane}/stop/etcd"),
            lift=partial(stage.order, f"/planes/{one.plane}/start/etcd"),
        )  # fmt: skip
    for one in (alpha, beta):
        add(
            one, one is alpha, "pause", "API server paused", "Timeout", lasts=pace.pause,
            strike=partial(stage.order, f"/planes/{one.plane}/pause"),
            lift=partial(stage.order, f"/planes/{one.plane}/resume"),
        )  # fmt: skip
    for one in (alpha, beta):
        add(
            one, one is beta, "edit", "DaemonSet edited", "Drift",
            renews=True, strike=one.edit_daemon_set,
        )  # fmt: skip
    add(
        alpha, True, "role", "Role and RoleBinding revoked", "Forbidden",
        strike=alpha.revoke_role, lift=alpha.give_role,
    )  # fmt: skip
    add(
        alpha, True, "proxy", "proxy cut and refusing", "Unreachable", hit=tuple(stage.clusters),
        strike=partial(stage.order_proxy, "/refuse"), lift=partial(stage.order_proxy, "/accept"),
    )  # fmt: skip
    for one in (alpha, beta):
        # If the account is also gone, the proxy answers before the cluster can.
        reason = "Unauthorized" if one is alpha else "NamespaceMissing"
        add(
            one, one is beta, "namespace", "namespace deleted", reason, lasts=0.0,
            renews=True, strike=one.delete_namespace, lift=one.make_namespace,
        )  # fmt: skip
    for one in (alpha, beta):
        add(
            one, one is alpha, "delete", "DaemonSet deleted", "created",
            renews=True, strike=one.delete_daemon_set,
        )  # fmt: skip
    return faults


@dataclass
class Outcome:
    """The outcome of one fault."""

    what: str
    hit: tuple[str, ...]
    bound: float
    reasons: set[str] = field(default_factory=set)
    lifting: float = 0.0
    seconds: float = 0.0
    remark: str = ""
    longest_gap: Optional[float] = None
    problems: list[str] = field(default_factory=list)

    def joined_with(self, later: Outcome) -> Outcome:
        """Both as one outcome, for a fault with several steps."""
        gaps = [gap for gap in (self.longest_gap, later.longest_gap) if gap is not None]
        return Outcome(
            self.what,
            self.hit,
            max(self.bound, later.bound),
            self.reasons | later.reasons,
            self.lifting + later.lifting,
            max(self.seconds, later.seconds),
            self.remark,
            max(gaps, default=None),
            self.problems + later.problems,
        )

    def line(self) -> str:
        others = (
            "hits both"
            if self.longest_gap is None
            else f"the other untouched, its checks {self.longest_gap:.1f} s apart at most"
        )
        parts = [
            ", ".join(sorted(self.reasons)),
            (f"lifted in {self.lifting:.1f} s, " if self.lifting else "")
            + f"right after {self.seconds:.1f} s (bound {self.bound:.1f} s)",
            self.remark,
            "" if self.problems else others,
        ]
        verdict = "FAILED" if self.problems else "ok"
        start = f"{verdict:6}  {'+'.join(self.hit):10}  {self.what:28}  "
        return "\n        ".join([start + "; ".join(filter(None, parts)), *self.problems])


class Run:
    """One fault, from before it occurs until everything is right again."""

    def __init__(self, stage: Stage, what: str, hit: tuple[str, ...], bound: float) -> None:
        self.stage = stage
        self.puller = stage.puller
        self.hit = [stage.clusters[plane] for plane in hit]
        self.others = [c for plane, c in stage.clusters.items() if plane not in hit]
        self.outcome = Outcome(what, hit, bound)
        self.mark = self.puller.mark()
        self.uids = self.look_at_uids()

    def look_at_uids(self) -> dict[str, str]:
        return {plane: self.uid(cluster) for plane, cluster in self.stage.clusters.items()}

    @staticmethod
    def uid(cluster: Cluster) -> str:
        return " and ".join(seen.uid for seen in cluster.see_all())

    def wait_for_bite(self, reasons: frozenset[str]) -> int:
        """Waits until the puller has reported the fault for every cluster that is hit; otherwise
        nothing was tested. Returns the index of the last of these first reports."""
        return max(self.wait_for_bite_in(cluster, reasons) for cluster in self.hit)

    def wait_for_bite_in(self, cluster: Cluster, reasons: frozenset[str]) -> int:
        def place() -> Optional[int]:
            for index, event in enumerate(self.puller.events()[self.mark :], self.mark):
                if event.user == cluster.user and event.trouble in reasons:
                    return index
            return None

        try:
            wait_until("", BITE_SECONDS, lambda: place() is not None, interval=0.1)
        except TimeoutError:
            told = ", ".join(sorted(self.troubles(cluster))) or "nothing"
            wanted = " or ".join(sorted(reasons))
            raise Failure(
                f"{self.outcome.what}: no {wanted} for {cluster.plane}; the puller logged {told}"
            ) from None
        return place() or 0

    def troubles(self, cluster: Cluster) -> set[str]:
        events = self.puller.events_since(self.mark, cluster.user)
        return {event.trouble for event in events if event.trouble}

    def wait_right(self, mark: int, began: float) -> None:
        bound = self.outcome.bound
        for cluster in self.hit:
            seconds = self.stage.wait_right(cluster, mark, bound, began)
            self.outcome.seconds = max(self.outcome.seconds, seconds)
            if seconds > bound:
                self.outcome.problems.append(f"{cluster.plane} was right again too late")
            self.outcome.reasons |= self.troubles(cluster)
            self.check_pauses(cluster)

    def check_pauses(self, cluster: Cluster) -> None:
        """Checks the pauses that the puller chose itself, which do not depend on the machine."""
        pace = self.stage.pace
        for event in self.puller.events_since(self.mark, cluster.user):
            longest = pace.backoff_cap if event.name == "failed" else pace.interval * 1.05
            if event.next_check is not None and event.next_check > longest + 0.01:
                self.outcome.problems.append(f"the next check is too far away: {event.line}")

    def check_identity(self, renews: bool) -> None:
        for cluster in self.hit:
            is_same = self.uid(cluster) == self.uids[cluster.plane]
            self.outcome.remark = "the same DaemonSet" if is_same else "a new DaemonSet"
            if is_same == renews:
                wanted = "a new one" if renews else "the same one"
                self.outcome.problems.append(f"{cluster.plane} should have {wanted}")

    def check_others(self) -> None:
        for cluster in self.others:
            self.wait_for_a_check(cluster)
            if self.uid(cluster) != self.uids[cluster.plane]:
                self.outcome.problems.append(f"the DaemonSet in {cluster.plane} is another one")
            for event in self.puller.events_since(self.mark, cluster.user):
                if not event.says("ready", NODES):
                    self.outcome.problems.append(f"{cluster.plane} was affected: {event.line}")
            self.check_distances(cluster)

    def wait_for_a_check(self, cluster: Cluster) -> None:
        """Waits for a check during the fault: one that is over at once might see none."""

        def was_checked() -> bool:
            return any(e.name == "ready" for e in self.puller.events_since(self.mark, cluster.user))

        try:
            wait_until("", BITE_SECONDS, was_checked, interval=0.1)
        except TimeoutError:
            raise Failure(f"{self.outcome.what}: {cluster.plane} is no longer checked") from None

    def check_distances(self, cluster: Cluster) -> None:
        """Checks the times between the checks during the fault, and since the last one before it."""
        ready = [
            (index, event.time)
            for index, event in enumerate(self.puller.events())
            if event.user == cluster.user and event.name == "ready"
        ]
        before = [when for index, when in ready if index < self.mark][-1:]
        times = before + [when for index, when in ready if index >= self.mark]
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        # The next one may be overdue.
        open_gap = time.time() - times[-1]
        longest = self.outcome.longest_gap = max(gaps + [open_gap])
        interval = self.stage.pace.interval
        if longest > interval * 1.05 + SLACK:
            self.outcome.problems.append(f"{cluster.plane} was not checked for {longest:.1f} s")
        # Each cluster has its own point of the interval, so the first check after a start may come soon. From then on, there
        # is one in each interval; one that follows a late one comes sooner than an interval later.
        if len(gaps) > 1 and (many := len(gaps) - 1) > (span := times[-1] - times[1]) / interval + 0.5:
            self.outcome.problems.append(f"{cluster.plane} was checked {many} times in {span:.1f} s")


def run_fault(stage: Stage, fault: Fault) -> Outcome:
    run = Run(stage, fault.what, fault.hit, fault.bound)
    began = time.time()
    fault.strike()
    mark = run.wait_for_bite(fault.reasons)
    if fault.lift:
        time.sleep(max(0.0, began + fault.lasts - time.time()))
        mark = run.puller.mark()
        began = time.time()
        fault.lift()
        run.outcome.lifting = time.time() - began
        began = time.time()
    run.wait_right(mark, began)
    run.check_identity(fault.renews)
    run.check_others()
    return run.outcome


def run_node_fault(stage: Stage) -> Outcome:
    """A node dies, and the puller is restarted with another configuration: the new DaemonSet must
    become ready on the other nodes, and stay when the dead node comes back."""
    alpha = stage.clusters["alpha"]
    bound = stage.pace.interval * 1.05 + GRACE
    run = Run(stage, "node killed, images replaced", ("alpha",), bound)
    alpha.kill_node(min(alpha.nodes()))
    run.wait_for_bite(frozenset({"Degraded"}))
    run.check_identity(renews=False)
    run.check_others()

    stage.puller.stop()
    both = Run(stage, run.outcome.what, tuple(stage.clusters), bound)
    began = time.time()
    stage.start_puller(OTHER_IMAGES)
    mark = both.wait_for_bite(frozenset({"Drift"}))
    both.wait_right(mark, began)
    both.check_identity(renews=True)

    back = Run(stage, run.outcome.what, ("alpha",), bound)
    alpha.revive_nodes()
    back.wait_right(back.mark, time.time())
    back.check_identity(renews=False)
    back.check_others()
    run.outcome.remark = "a new DaemonSet beside the dead node, kept when that came back"
    return run.outcome.joined_with(both.outcome).joined_with(back.outcome)


# MARK: In the middle of a rollout


class HalfDone:
    """Alpha while a replacement exists beside the old DaemonSet and cannot become ready."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.alpha = stage.clusters["alpha"]
        self.bound = stage.pace.interval * 1.05 + GRACE
        self.old = self.alpha.see_all()[0]
        self.watch = ReadyWatch(self.alpha)

    def begin(self) -> None:
        """Restarts the puller with a new configuration. Beta is finished before any fault occurs."""
        stage, beta = self.stage, self.stage.clusters["beta"]
        self.watch.start()
        self.alpha.slow_down_pulls(3600)
        stage.puller.stop()
        mark = len(stage.puller.events())
        began = time.time()
        stage.start_puller(FIRST_IMAGES if stage.images == OTHER_IMAGES else OTHER_IMAGES)
        stage.wait_right(beta, mark, self.bound, began)
        self.wait_until_said(mark)

    def wait_until_said(self, mark: int) -> None:
        """Waits until both exist, according to the puller and to the API server."""
        puller, user = self.stage.puller, self.alpha.user

        def is_said() -> bool:
            events = puller.events_since(mark, user)
            beside = f"{self.old.name} ({NODES}/{NODES}) has stood beside it"
            said = any(e.name == "unready" and beside in e.line for e in events)
            return said and self.new_uid() != ""

        wait_until(f"two DaemonSets in {self.alpha.plane}", self.bound, is_said, interval=0.1)

    def new_uid(self) -> str:
        """The uid of the newer DaemonSet; empty unless there are two, and the older is unchanged."""
        seen = {each.uid: each for each in self.alpha.see_all()}
        old = seen.pop(self.old.uid, None)
        is_as_before = old and old.is_settled and old.ready == NODES and len(seen) == 1
        return next(iter(seen)) if is_as_before else ""

    def strike(
        self, what: str, strike: Callable[[], None], reasons: str,
        lift: Optional[Callable[[], None]] = None, lasts: float = 0.0, renews: bool = False,
    ) -> Outcome:  # fmt: skip
        """Causes a fault, after which both must still exist; `renews`: the newer one is then a new
        object."""
        run = Run(self.stage, f"{what}, two standing", ("alpha",), self.bound)
        before = self.new_uid()
        began = time.time()
        strike()
        mark = run.wait_for_bite(frozenset(reasons.split())) if reasons else run.puller.mark()
        if lift:
            time.sleep(max(0.0, began + lasts - time.time()))
            mark = run.puller.mark()
            began = time.time()
            lift()
        self.wait_until_said(mark)
        run.outcome.seconds = time.time() - began
        run.outcome.reasons |= run.troubles(self.alpha)
        run.outcome.remark = "another newer one" if renews else "both the same"
        if (self.new_uid() == before) == renews:
            run.outcome.problems.append(f"expected: {run.outcome.remark}")
        if reasons:
            run.check_others()
        return self.judged(run.outcome)

    def end(self) -> Outcome:
        """Lets the pods of the replacement become ready."""
        run = Run(self.stage, "pulled, the older one goes", ("alpha",), self.bound)
        began = time.time()
        self.alpha.slow_down_pulls(None)
        run.wait_right(run.mark, began)
        run.check_others()
        self.watch.end()
        run.outcome.remark = f"never a node without a ready pod in {self.watch.looks} looks"
        if self.watch.looks < 20:
            run.outcome.problems.append(f"there were only {self.watch.looks} looks")
        return self.judged(run.outcome)

    def judged(self, outcome: Outcome) -> Outcome:
        if self.watch.fewest < NODES:
            outcome.problems.append(f"only {self.watch.fewest} nodes had a ready pod")
        return outcome

    def crash(self) -> None:
        self.stage.puller.crash()
        self.stage.puller.start(self.stage.environment())

    def delete_newer(self) -> None:
        names = [each.name for each in self.alpha.see_all() if each.uid != self.old.uid]
        self.alpha.delete_daemon_set(names[0])


def run_rollout_faults(stage: Stage, is_short: bool) -> list[Outcome]:
    half = HalfDone(stage)
    alpha, pace = half.alpha, stage.pace
    half.begin()
    outcomes = [half.strike("puller killed by kill -9", half.crash, "")]
    if not is_short:
        outcomes.append(
            half.strike(
                "API server paused", partial(stage.order, "/planes/alpha/pause"), "Timeout",
                partial(stage.order, "/planes/alpha/resume"), pace.pause / 2,
            )
        )  # fmt: skip
    outcomes.append(
        half.strike("Role revoked", alpha.revoke_role, "Forbidden", alpha.give_role, pace.outage)
    )
    outcomes.append(half.strike("newer one deleted", half.delete_newer, "Drift", renews=True))
    outcomes.append(half.end())
    return outcomes


# MARK: The whole


def start_planes(folder: Path) -> tuple[Process, Object]:
    """Starts the control planes. If this process dies, they notice it and clean up."""
    process = subprocess.Popen(
        [SCRIPTS / "control-plane", "up", "--dir", folder, "--planes", "alpha,beta"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("ready: "):
            raise Failure("the control planes did not start", exit_code=process.wait(60) or 1)
        return process, json.loads(Path(line.split(" ", 1)[1].strip()).read_text())
    except BaseException:
        stop([process], grace=20)
        raise


def find_puller(named: Optional[Path]) -> Path:
    if named:
        return named.resolve()
    return debug_build("kubernetes-image-puller")


def perform(stage: Stage, faults: list[Fault], only: set[str], is_short: bool) -> list[Outcome]:
    for cluster in stage.clusters.values():
        cluster.prepare()
    stage.start_puller(FIRST_IMAGES)
    for cluster in stage.clusters.values():
        stage.wait_right(cluster, 0, START_SECONDS, time.time())
    outcomes = []
    runs: list[Callable[[], Outcome]] = [partial(run_fault, stage, fault) for fault in faults]
    if "node" in only:
        runs.append(partial(run_node_fault, stage))
    for run in runs:
        outcomes.append(run())
        print(outcomes[-1].line(), flush=True)
    if "rollout" in only:
        for outcome in run_rollout_faults(stage, is_short):
            outcomes.append(outcome)
            print(outcome.line(), flush=True)
    stage.puller.stop()
    return outcomes


def figures(stage: Stage, outcomes: list[Outcome], seconds: float) -> str:
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    gaps = [outcome.longest_gap for outcome in outcomes if outcome.longest_gap is not None]
    versions = {plane["version"] for plane in stage.state["planes"].values()}
    return (
        f"chaos: {len(outcomes)} faults, {failed} failed, in {seconds:.0f} s on Kubernetes"
        f" {', '.join(sorted(versions))}; right again after {max(o.seconds for o in outcomes):.1f} s"
        f" at most; checks of the other cluster {max(gaps, default=0):.1f} s apart at most (interval"
        f" {stage.pace.interval:g} s); peak memory {stage.puller.peak_memory:.0f} MB"
    )


def run_all(arguments: argparse.Namespace, work: Path, pace: Pace) -> bool:
    began = time.monotonic()
    puller = Puller(find_puller(arguments.puller), work / "puller.log")
    planes, state = start_planes(work / "planes")
    # Only now, because programs may have had to be built before.
    signal.alarm(pace.limit)
    try:
        stage = Stage(state, puller, pace)
        faults = all_faults(stage, arguments.short)
        names = {fault.name for fault in faults} | {"node", "rollout"}
        only = arguments.only or names
        if only - names:
            raise Failure(f"--only takes a selection of {', '.join(sorted(names))}")
        chosen = [fault for fault in faults if fault.name in only]
        outcomes = perform(stage, chosen, only, arguments.short)
        print(figures(stage, outcomes, time.monotonic() - began), flush=True)
        return not any(outcome.problems for outcome in outcomes)
    except Failure:
        tail = puller.log.read_text(errors="replace").splitlines()[-25:]
        print("\n".join(["chaos: the puller's last lines:", *tail]), file=sys.stderr)
        raise
    finally:
        puller.kill()
        stop([planes], grace=20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="about two minutes")
    parser.add_argument(
        "--only", type=lambda names: set(names.split(",")), default=set(), help="these faults"
    )
    parser.add_argument("--puller", type=Path, default=os.environ.get("PULLER"), help="the program")
    arguments = parser.parse_args()
    pace = SHORT if arguments.short else FULL
    end_on_signals()
    work = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        sys.exit(0 if run_all(arguments, work, pace) else 1)
    except Ended as reason:
        print(f"chaos: {reason}", file=sys.stderr)
        sys.exit(128 + reason.number)
    except (Failure, TimeoutError, OSError, StatusError) as error:
        print(f"chaos: FAILED: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    finally:
        shutil.rmtree(work, ignore_errors=True)
