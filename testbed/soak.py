"""A soak test: runs a puller with a simulated fleet and endless faults, and checks that nothing grows.

    soak [--short] [--seed N] [--rounds N] [--binary FILE]

Two hundred users have 1,000 rounds each (60 in the short form) at an interval of half a second. At any
time, one in twenty users has a fault: any kind that `mock-fleet --help` lists, on any verb, an object
that is deleted, edited or replaced by others, a dead node, a missing namespace. When a fault is lifted,
another user gets one. From time to time, all tokens are revoked, or one cluster's secret is rotated.
The seed determines what happens; the speed of the machine determines when.

Once a second, the puller's resident memory, open files, sockets and threads are read from /proc. After
the first tenth of the time, a straight line is fitted to each; the slopes are printed, and the gain of
each line until the end must not exceed its bound in BOUNDS.

At the end, all faults are lifted. Within a backoff cap and the time to carry everything out, every user
must have one DaemonSet, under one of the two names, with the right images, generation 1, and all nodes
ready. Each user's DaemonSet is also refreshed once a minute.

A user's rounds are counted from the requests that the fleet received: each round has one GET. GETs that
are not rounds are subtracted (one more in 24 rounds for the other name, those after a watch, a creation
or a deletion, and retries with another token), so the number is rather too low. While a user has two
DaemonSets, each round has two GETs, so for a user with faults the number may be too high. The soak lasts
until every user has all rounds, including users with faults.

`--binary` is the program to run; without it, bin/kubernetes-image-puller (see `make build`) if it
exists, or else the debug build, which is rebuilt if needed. The last line has the figures; exit code 0
or 1. Takes about ten minutes, the short form one; it is ended if it takes three times as long.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from testbed.client import Client, Object, StatusError
from testbed.processes import (
    REPOSITORY, Ended, Failure, debug_build, end_on_signals, start, stop, wait_until,
)  # fmt: skip

USERS = 200
NODES = 3
FAULTY = USERS // 20
INTERVAL = 1.0
BACKOFF_CAP = 2.0
REQUEST_TIMEOUT = 2.0
ROLLOUT_TIMEOUT = 4.0
REFRESH_AGE = 60.0
GRACE = 20.0
"""Time to carry things out on a busy machine: a request or a watch that hangs, and a rollout."""
TOKEN_PAUSE = 65.0
"""After a 401, the puller fetches a token at most once a minute, whichever user is refused."""
START_SECONDS = 60.0
IMAGES = {"java": "quay.io/eclipse/che-java11-maven:nightly", "theia": "eclipse/che-theia:7.0.0"}


# MARK: The processes


class Fleet:
    """The mock fleet as a process, and its control endpoints."""

    def __init__(self, program: Path, seed: int, log: Path) -> None:
        pulls = ["--pull-ms", "50", "--pull-spread-ms", "100"]
        counts = ["--users", str(USERS), "--nodes", str(NODES), "--seed", str(seed)]
        self.process = start([program, *counts, *pulls], log)

        def first_line() -> Optional[Object]:
            if self.process.poll() is not None:
                raise Failure(f"mock-fleet ended: {log.read_text()[-500:]}")
            line, end, _ = log.read_text().partition("\n")
            return json.loads(line) if end else None

        try:
            self.urls = wait_until("mock-fleet", START_SECONDS, first_line)
        except BaseException:
            stop([self.process])
            raise
        self.client = Client(self.urls["controlURL"], None, timeout=30)

    def call(self, method: str, path: str, body: Optional[Object] = None) -> Object:
        return self.client.call(method, f"/control/{path}", body)

    def users(self) -> list[Object]:
        return self.call("GET", "users")["users"]

    def tokens(self) -> int:
        return self.call("GET", "counts")["token"]


class Puller:
    """The puller as a process, and the resources that it uses."""

    def __init__(self, program: Path, fleet: Fleet, log: Path) -> None:
        self.log = log
        self.process = start([program], log, self.environment(fleet.urls))
        self.folder = Path("/proc", str(self.process.pid))

    @staticmethod
    def environment(urls: Object) -> dict[str, str]:
        return {
            "IMAGES": ";".join(f"{name}={image}" for name, image in IMAGES.items()),
            "IMPERSONATE_USERS": ",".join(f"user-{number + 1}" for number in range(USERS)),
            "OPENSHIFT_PROXY_URL": urls["proxyURL"],
            "OIDC_PROVIDER": urls["providerURL"],
            "SERVICE_ACCOUNT_ID": "rh-che",
            "SERVICE_ACCOUNT_SECRET": "mock-secret",
            "CACHING_INTERVAL_HOURS": f"{INTERVAL / 3600:.8f}",
            "START_SPREAD_SECONDS": "0",
            "BACKOFF_INITIAL_SECONDS": "0.2",
            "STATUS_PORT": "0",
            "CONSOLE_PORT": "0",
            "BACKOFF_MAX_SECONDS": f"{BACKOFF_CAP:g}",
            "REQUEST_TIMEOUT_SECONDS": f"{REQUEST_TIMEOUT:g}",
            "ROLLOUT_TIMEOUT_SECONDS": f"{ROLLOUT_TIMEOUT:g}",
            "IMAGE_REFRESH_HOURS": f"{REFRESH_AGE / 3600:.8f}",
        }

    def check(self) -> None:
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-1500:]
            raise Failure(f"the puller ended with {self.process.returncode}: {tail}")

    def status(self, name: str) -> int:
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise Failure(f"/proc has no {name} of the puller")

    def sample(self) -> dict[str, float]:
        self.check()
        links = []
        for descriptor in (self.folder / "fd").iterdir():
            try:
                links.append(str(descriptor.readlink()))
            except OSError:
                pass  # closed in the meantime
        return {
            "RSS": self.status("VmRSS") / 1024,
            "files": len(links),
            "sockets": sum(link.startswith("socket:") for link in links),
            "threads": self.status("Threads"),
        }


# MARK: Faults


@dataclass(frozen=True)
class Trouble:
    """A fault, and how to lift it. Steps are requests to a user's control endpoints. A step that is
    too late to have an effect, such as deleting what is already gone, may be refused."""

    name: str
    strike: list[tuple[str, Optional[Object]]]
    lift: list[tuple[str, Optional[Object]]]


NAMES = ("kubernetes-image-puller", "kubernetes-image-puller-b")
CLEAR = ("DELETE faults", None)
DELETE = ("POST actions", {"action": "deleteDaemonSet"})
EDIT = ("POST actions", {"action": "editDaemonSet"})


def fault(kind: str, **more: Any) -> list[Trouble]:
    """The fault on all verbs, and on each verb together with an action that makes the puller use it."""
    provocations: list[tuple[Object, list[tuple[str, Optional[Object]]]]] = [
        ({}, []),
        ({"verbs": ["get"]}, []),
        ({"verbs": ["create"]}, [DELETE]),
        ({"verbs": ["delete"]}, [EDIT]),
        ({"verbs": ["watch"]}, [DELETE]),
    ]
    if kind.endswith("Watch"):
        provocations = provocations[-1:]
    return [
        Trouble(kind, [("POST faults", {"kind": kind, **more, **verbs}), *provocation], [CLEAR])
        for verbs, provocation in provocations
    ]


def setting(name: str, value: Any, normal: Any, *also: tuple[str, Optional[Object]]) -> Trouble:
    return Trouble(name, [("POST ", {name: value}), *also], [("POST ", {name: normal})])


def not_ours(preset: str) -> Trouble:
    put = {"action": "putDaemonSet", "preset": preset, "name": NAMES[0]}
    return Trouble(f"{preset} DaemonSet", [DELETE, ("POST actions", put)], [DELETE])


def foreign_beside() -> Trouble:
    """A foreign DaemonSet under the name that the replacement needs."""
    put = {"action": "putDaemonSet", "preset": "foreign", "name": NAMES[1]}
    delete = {"action": "deleteDaemonSet", "name": NAMES[1]}
    return Trouble(
        "foreign DaemonSet beside", [("POST actions", put), EDIT], [("POST actions", delete)]
    )


def finalizer() -> Trouble:
    """A finalizer that holds the replaced DaemonSet."""

    def finalizers(names: list[str]) -> list[tuple[str, Optional[Object]]]:
        action = {"action": "setFinalizers", "finalizers": names}
        return [("POST actions", {**action, "name": name}) for name in NAMES]

    return Trouble("finalizer", [*finalizers(["example.com/hold"]), EDIT], finalizers([]))


USERS_TROUBLES: list[list[Trouble]] = [
    fault("delay", delayMs=300) + fault("delay", delayMs=5000),
    fault("status", status=403),
    fault("denied") + fault("quota"),
    fault("status", status=413, body="text") + fault("status", status=400, body="json"),
    fault("status", status=404, body="text") + fault("status", status=404, body="html"),
    fault("status", status=409) + fault("status", status=422),
    fault("status", status=429, retryAfter="1") + fault("status", status=503, retryAfter="soon"),
    fault("status", status=500, body="empty") + fault("status", status=502, body="html"),
    fault("status", status=200, body="html") + fault("status", status=500, takesEffect=True),
    fault("drop") + fault("drop", takesEffect=True),
    fault("cut"),
    fault("cutHead"),
    fault("never") + fault("never", takesEffect=True),
    fault("drip", afterMs=100),
    fault("endless"),
    fault("huge", bytes=50_000_000),
    fault("redirect"),
    fault("malformed"),
    fault("truncated"),
    fault("otherKind"),
    fault("wrongName"),
    fault("closeWatch") + fault("closeWatch", afterMs=50),
    fault("cutWatch") + fault("cutWatch", afterMs=50),
    fault("silentWatch"),
    fault("expiredWatch"),
    [Trouble("deleted", [DELETE], [])],
    [Trouble("edited", [EDIT], [])],
    [Trouble("compacted", [EDIT, ("POST actions", {"action": "compact"})], [])],
    [not_ours("foreign")],
    [not_ours("go")],
    [foreign_beside()],
    [finalizer()],
    [setting("namespace", "missingInCluster", "present")],
    [setting("target", "unknown", "known")],
    [setting("nodes", {"0": "dead"}, "ok"), setting("nodes", "held", "ok", DELETE)],
    [setting("podsRefused", True, False, DELETE)],
    [
        setting(
            "stuckForeground", True, False,
            ("POST actions", {"action": "deleteDaemonSet", "foreground": True}),
        )
    ],
]  # fmt: skip
"""Each kind is as likely as any other."""

TOKEN_TROUBLES = [
    Trouble("secret rotated", [("POST actions", {"action": "rotateSecret"})], []),
    Trouble("unauthorized", [("POST faults", {"kind": "status", "status": 401, "body": "empty"})], [CLEAR]),
    Trouble("revoked", [("POST tokens", {"action": "revokeAll"})], []),
    Trouble(
        "revoked, no others",
        [
            ("POST *faults", {"kind": "status", "verbs": ["token"], "body": "oauth", "count": 3}),
            ("POST tokens", {"action": "revokeAll"}),
        ],
        [],
    ),
]  # fmt: skip
"""Causes of a 401. They occur no more often than the puller may fetch a token."""


class Mischief:
    """Makes one in twenty users have a fault at any time, each for a while."""

    def __init__(self, fleet: Fleet, chance: random.Random, longest: float) -> None:
        self.fleet = fleet
        self.chance = chance
        self.longest = longest
        self.active: dict[str, tuple[float, Trouble]] = {}
        self.next_token_trouble = time.monotonic() + 10
        self.names: Counter[str] = Counter()

    def go_on(self) -> None:
        now = time.monotonic()
        for user in [user for user, (end, _) in self.active.items() if end <= now]:
            self.lift(user)
        if now >= self.next_token_trouble:
            self.next_token_trouble = now + TOKEN_PAUSE
            self.begin(self.chance.choice(TOKEN_TROUBLES))
        while len(self.active) < FAULTY:
            self.begin(self.chance.choice(self.chance.choice(USERS_TROUBLES)))

    def begin(self, trouble: Trouble) -> None:
        user = f"user-{self.chance.randrange(USERS) + 1}"
        if user in self.active:
            return self.begin(trouble)
        self.names[trouble.name] += 1
        self.active[user] = (time.monotonic() + self.chance.uniform(0.5, self.longest), trouble)
        self.carry_out(trouble.strike, user)

    def lift(self, user: str) -> None:
        _, trouble = self.active.pop(user)
        self.carry_out(trouble.lift, user)

    def lift_all(self) -> None:
        for user in list(self.active):
            self.lift(user)

    def carry_out(self, steps: list[tuple[str, Optional[Object]]], user: str) -> None:
        for order, body in steps:
            method, _, path = order.partition(" ")
            whole = path if path == "tokens" else f"users/{user}/{path}".rstrip("/")
            if path.startswith("*"):
                whole = f"users/*/{path[1:]}"
            try:
                self.fleet.call(method, whole, body)
            except StatusError:
                # The object to delete or edit does not exist at the moment, or the one to put does.
                if path != "actions":
                    raise


# MARK: Growth


@dataclass(frozen=True)
class Bound:
    unit: str
    gain: float
    """The most that the fitted line may gain until the end."""


BOUNDS = {
    "RSS": Bound(" MB", 8),
    "files": Bound("", 15),
    "sockets": Bound("", 15),
    "threads": Bound("", 15),
}
"""While there is work every few seconds, Dispatch keeps all threads that it ever needed at once, so
their number slowly grows to the number of requests that are in flight at a time."""


@dataclass(frozen=True)
class Trend:
    name: str
    mean: float
    scatter: float
    per_hour: float
    per_thousand_rounds: float
    gain: float

    @property
    def is_growth(self) -> bool:
        return self.gain > BOUNDS[self.name].gain

    def line(self) -> str:
        bound = BOUNDS[self.name]
        return (
            f"{'GROWS' if self.is_growth else 'ok':5}  {self.name:8} {self.mean:7.1f}{bound.unit}"
            f" (scatter {self.scatter:.1f}); {self.per_hour:+.2f} an hour,"
            f" {self.per_thousand_rounds:+.2f} in 1,000 rounds;"
            f" {self.gain:+.2f} until the end (bound {bound.gain:+g})"
        )


def trend(name: str, times: list[float], values: list[float], rounds_a_second: float) -> Trend:
    """Fits a straight line by least squares."""
    slope, start_value = statistics.linear_regression(times, values)
    rest = [value - start_value - slope * when for when, value in zip(times, values)]
    return Trend(
        name, statistics.fmean(values), statistics.pstdev(rest), slope * 3600,
        slope * 1000 / rounds_a_second, slope * (times[-1] - times[0]),
    )  # fmt: skip


# MARK: The whole


def rounds(user: Object, tokens: int) -> int:
    """A lower bound of the user's rounds; see above."""
    counts = user["counts"]
    others = counts["watch"] + counts["create"] + counts["delete"]
    return (counts["get"] - others - tokens) * 24 // 25


def why_wrong(user: Object) -> Optional[str]:
    objects = user["daemonSets"]
    if len(objects) != 1:
        return f"{len(objects)} DaemonSets"
    found = objects[0]
    if sorted(found["images"]) != sorted(IMAGES.values()):
        return f"images {found['images']}"
    if found["generation"] != 1 or found["terminating"]:
        return f"generation {found['generation']}, terminating {found['terminating']}"
    if (found["ready"], found["desired"]) != (NODES, NODES):
        return f"{found['ready']}/{found['desired']} ready"
    return None


def wait_right(fleet: Fleet, puller: Puller, seconds: float) -> float:
    """Waits until all users are right. Returns how many seconds that took."""
    began = time.monotonic()
    wrong: dict[str, str] = {}

    def are_right() -> bool:
        puller.check()
        found = {user["user"]: why_wrong(user) for user in fleet.users()}
        wrong.clear()
        wrong.update({user: why for user, why in found.items() if why})
        return not wrong

    try:
        wait_until("", seconds, are_right, interval=0.2)
    except TimeoutError:
        some = "; ".join(f"{user}: {why}" for user, why in list(wrong.items())[:5])
        raise Failure(f"{len(wrong)} users are not right after {seconds:g} s: {some}") from None
    return time.monotonic() - began


@dataclass
class Samples:
    times: list[float]
    values: dict[str, list[float]]

    def add(self, when: float, sample: dict[str, float]) -> None:
        self.times.append(when)
        for name, value in sample.items():
            self.values.setdefault(name, []).append(value)

    def trends(self, rounds_a_second: float) -> list[Trend]:
        first = len(self.times) // 10
        times = self.times[first:]
        return [
            trend(name, times, values[first:], rounds_a_second)
            for name, values in self.values.items()
        ]


def soak(fleet: Fleet, puller: Puller, wanted: int, mischief: Mischief) -> tuple[Samples, int, int, float]:
    """Runs until the slowest user has all rounds. Returns the samples, the rounds of the slowest and
    of the median user, and the seconds."""
    began = time.monotonic()
    limit = 60 + 3 * wanted * (INTERVAL + 0.2)
    samples = Samples([], {})
    least = median = 0
    while least < wanted:
        mischief.go_on()
        elapsed = time.monotonic() - began
        if elapsed > len(samples.times):
            samples.add(elapsed, puller.sample())
            if len(samples.times) % 5 == 0:
                tokens = fleet.tokens()
                counted = sorted(rounds(user, tokens) for user in fleet.users())
                least, median = counted[0], counted[USERS // 2]
        if elapsed > limit:
            raise Failure(f"the slowest user has {least} rounds after {elapsed:.0f} s")
        time.sleep(0.1)
    return samples, least, median, time.monotonic() - began


def run(arguments: argparse.Namespace, work: Path) -> bool:
    puller_program = find_puller(arguments.binary)
    fleet_program = debug_build("mock-fleet")
    fleet = Fleet(fleet_program, arguments.seed, work / "fleet.log")
    processes = [fleet.process]
    try:
        puller = Puller(puller_program, fleet, work / "puller.log")
        processes.insert(0, puller.process)
        wait_right(fleet, puller, START_SECONDS)
        fleet.call("DELETE", "counts")
        longest = 4 if arguments.short else 10
        mischief = Mischief(fleet, random.Random(arguments.seed), longest)
        wanted = arguments.rounds or (60 if arguments.short else 1000)
        samples, least, median, seconds = soak(fleet, puller, wanted, mischief)
        mischief.lift_all()
        settled = wait_right(fleet, puller, BACKOFF_CAP + GRACE)
        trends = samples.trends(median / seconds)
        for each in trends:
            print(each.line())
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(mischief.names.items()))
        print(f"faults: {kinds}")
        peak = puller.status("VmHWM") / 1024
        puller.process.terminate()
        code = puller.process.wait(30)
        if code:
            raise Failure(f"the puller ended with {code} after SIGTERM")
        grows = [each.name for each in trends if each.is_growth]
        memory = trends[0]
        print(
            f"soak: {'FAILED' if grows else 'ok'}: {USERS} users, {least} rounds of the slowest and"
            f" {median} of the median one in {seconds:.0f} s, {sum(mischief.names.values())} faults of"
            f" {len(mischief.names)} kinds (seed {arguments.seed}); RSS {memory.mean:.1f} MB"
            f" {memory.per_hour:+.1f} MB/h, {memory.per_thousand_rounds:+.2f} MB in 1,000 rounds, peak"
            f" {peak:.0f} MB; all right {settled:.1f} s after the last fault"
            + (f"; growth of {', '.join(grows)}" if grows else "")
        )
        return not grows
    finally:
        stop(processes)


def find_puller(named: Optional[Path]) -> Path:
    if named:
        return named.resolve()
    release = REPOSITORY / "bin" / "kubernetes-image-puller"
    return release if release.exists() else debug_build("kubernetes-image-puller")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="about a minute")
    parser.add_argument("--seed", type=int, default=1, help="of what happens (1)")
    parser.add_argument("--rounds", type=int, help="of each user (1,000; 60 in the short form)")
    parser.add_argument("--binary", type=Path, help="the program")
    arguments = parser.parse_args()
    end_on_signals()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        sys.exit(0 if run(arguments, work) else 1)
    except Ended as reason:
        sys.exit(128 + reason.number)
    except (Failure, TimeoutError, OSError, StatusError) as error:
        print(f"soak: FAILED: {error}", file=sys.stderr)
        sys.exit(1)
    finally:
        shutil.rmtree(work, ignore_errors=True)
