"""What a real node changes on this machine, and how that is put back.

Everything runs in a process tree with mounts, a network and process ids of its own. When its root
ends, for whatever reason, the kernel ends every process in it and removes its mounts, interfaces
and firewall rules. What remains is one folder and control groups of the same name; this process
removes them, or, if it was killed, the next one that starts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Iterator, Optional, Sequence

from testbed.processes import Failure, die_with_parent, stop, wait_until

PREFIX = "kubernetes-image-puller-nodes-"
ROOT = "root-pid"
CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
TOOLS = ("unshare", "nsenter", "ip", "iptables", "mount", "ldd", "openssl")
OWN_NAMESPACES = (
    "unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child",
    "--mount-proc", "--",
)  # fmt: skip

PROBE = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1"/lower "$1"/merged
mkdir "$2"/upper "$2"/work
mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$2/upper,workdir=$2/work" "$1"/merged
ip link set lo up
ip link add probe0 type bridge
ip link add probe1 type veth peer name probe2
ip link set probe1 master probe0
iptables -t nat -A POSTROUTING -s 10.231.0.0/16 -j MASQUERADE
iptables -t nat -A PREROUTING -d 10.0.0.1/32 -p tcp --dport 443 -j DNAT --to-destination 10.231.0.1:6443
unshare --pid --net --mount --fork --mount-proc true
"""
"""Does in namespaces of its own what a node needs of the kernel."""


def why_not() -> Optional[str]:
    """The reason why there can be no node on this machine."""
    if platform.system() != "Linux":
        return "this is not Linux"
    if os.geteuid() != 0:
        return "only root can run a node"
    # Not on the PATH of every root.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"these programs are missing: {', '.join(missing)}"
    missing = [name for name in CONTROLLERS if not os.access(CGROUPS / name / "tasks", os.W_OK)]
    if missing:
        return f"there are no control groups of version 1 here that can be written: {', '.join(missing)}"
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        command = [*OWN_NAMESPACES, "bash", "-c", PROBE, "probe", one, other]
        try:
            probe = subprocess.run(command, capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "the attempt to create namespaces has not ended within a minute"
    if probe.returncode:
        return f"namespaces, mounts or firewall rules are refused: {probe.stderr.strip()}"
    return None


# MARK: What remains after the namespaces


def cgroups(name: str) -> list[Path]:
    """Control groups of this name, in every hierarchy."""
    return [group for group in CGROUPS.glob(f"*/{name}") if group.is_dir()]


def make_cgroups(name: str) -> None:
    for hierarchy in CGROUPS.iterdir():
        # A link is another name of a hierarchy.
        if hierarchy.is_symlink() or not (hierarchy / "cgroup.procs").exists():
            continue
        group = hierarchy / name
        group.mkdir(parents=True, exist_ok=True)
        for inherited in ("cpuset.cpus", "cpuset.mems"):
            if hierarchy.name == "cpuset":
                # From the top down, because a new group has none, and nothing can run in it.
                for each in [*reversed(group.relative_to(hierarchy).parents), Path(name)]:
                    if each != Path():
                        value = (hierarchy / each.parent / inherited).read_text()
                        (hierarchy / each / inherited).write_text(value)


def remove_cgroups(name: str, seconds: float = 20) -> None:
    """Removes them, deepest first. A group can be removed when its last process has ended."""
    deadline = time.monotonic() + seconds
    while True:
        problem: Optional[OSError] = None
        for top in cgroups(name):
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except FileNotFoundError:
                    pass
                except OSError as error:
                    problem = error
        if problem is None:
            return
        if time.monotonic() > deadline:
            raise Failure(f"a control group cannot be removed: {problem}")
        time.sleep(0.1)


def locked(folder: Path) -> Optional[IO[Any]]:
    """The lock of a run's folder, or None if its run is alive. The kernel unlocks it."""
    lock = (folder / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    except OSError:
        lock.close()
        return None


def clean_up_after_killed_runs() -> list[str]:
    """Removes what killed runs have left, and returns their names."""
    removed = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = locked(folder)
        if lock:
            with lock:
                remove(folder)
            removed.append(folder.name)
    return removed


def running() -> list[Path]:
    """The folders of the runs that are alive."""
    found = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = locked(folder)
        if lock:
            lock.close()
        elif (folder / ROOT).exists():
            found.append(folder)
    return found


def remove(folder: Path) -> None:
    remove_cgroups(folder.name)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def own_state() -> Iterator[Path]:
    """A folder for this run, after whose name its control groups are called."""
    # Under another name until it is locked, so that no other start takes it for a killed run's.
    unlocked = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
    lock = locked(unlocked)
    folder = unlocked.rename(unlocked.with_name(unlocked.name[1:]))
    try:
        yield folder
    finally:
        remove(folder)
        if lock:
            lock.close()


def only_child(pid: int) -> Optional[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def entry(root: int) -> list[str]:
    """How a command begins that is run in the namespaces of this process."""
    return ["nsenter", "-t", str(root), "-m", "-n", "-p", "-u", "-i", "--"]


def run_apart(command: Sequence[Any], folder: Path) -> int:
    """Runs a command as the root of a tree of processes that has namespaces of its own, and ends
    with it. Returns its exit code."""
    process = subprocess.Popen(
        [*OWN_NAMESPACES, *map(str, command)],
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
        # Ctrl-C in a terminal reaches only the parent, which ends the others.
        start_new_session=True,
    )
    try:
        root = wait_until("namespaces", 60, lambda: only_child(process.pid) or process.poll())
        (folder / ROOT).write_text(f"{root}\n")
        return process.wait()
    finally:
        # With unshare, the root of the tree is killed (--kill-child), and with it all others.
        stop([process])
