"""Processes that do not outlive their parent, and what programs that start some have in common."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator, NoReturn, Optional, Sequence

from testbed.client import StatusError

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = REPOSITORY / "scripts"
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[Any]


class Failure(Exception):
    """A failure that is described in one line; the exit code is 1 unless given."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Ended(Exception):
    """A signal has asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended ({signal.Signals(number).name})")
        self.number = number


def end_on_signals() -> None:
    """From now on, a signal raises `Ended` in the main thread, or `Failure` if it is the alarm.
    Only the first signal counts: later ones must not disturb the clean-up."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)

    def on_signal(number: int, _: Any) -> NoReturn:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGALRM:
            raise Failure("the time limit of the whole run has passed")
        raise Ended(number)

    for each in numbers:
        signal.signal(each, on_signal)


def die_with_parent(sent: int = signal.SIGKILL) -> None:
    """For `preexec_fn`: the kernel ends this process when its parent dies.

    That depends on the *thread* that starts the child, so children must be started from
    the main thread only.
    """
    libc.prctl(PR_SET_PDEATHSIG, sent)


def start(
    command: Sequence[Any], log: Path, environment: Optional[dict[str, str]] = None
) -> Process:
    """Starts a process. Both of its outputs are appended to the log. If `environment` is
    given, it is the whole environment of the process."""
    parent = os.getpid()

    def before_exec() -> None:
        die_with_parent()
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            preexec_fn=before_exec,
            # Ctrl-C in a terminal reaches only the parent, which ends the others in order.
            start_new_session=True,
        )


def stop(processes: Sequence[Process], grace: float = 3) -> None:
    """Asks all processes to end, waits, and kills those that are left."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.01, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(
    what: str, seconds: float, condition: Callable[[], Any], interval: float = 0.05
) -> Any:
    """Returns the first true result of the condition; raises TimeoutError at the deadline."""
    deadline = time.monotonic() + seconds
    problem: object = None
    while True:
        try:
            result = condition()
            if result:
                return result
            problem = None
        except (OSError, StatusError, http.client.HTTPException, ValueError) as error:
            problem = error
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{what}: not within {seconds:g} s" + (f" ({problem})" if problem else "")
            )
        time.sleep(interval)


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file atomically: a reader sees the complete file, or none."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.chmod(mode)
    part.replace(path)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def own_folder(folder: Path, marker_name: str) -> Iterator[Path]:
    """An empty folder for this run, which is removed at the end. What a killed run has
    left there is removed; a folder with anything else is not touched."""
    marker = folder / marker_name
    if folder.exists() and any(folder.iterdir()):
        pid = marker.read_text().strip() if marker.is_file() else ""
        if not pid.isdigit():
            raise Failure(f"{folder} is not empty")
        if is_running(int(pid)):
            raise Failure(f"{folder} belongs to the running process {pid}")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    marker.write_text(f"{os.getpid()}\n")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries(*options: str) -> Path:
    """What scripts/api-server-binaries finds or builds, which may take minutes; progress goes to
    stderr."""
    search = subprocess.Popen(
        [SCRIPTS / "api-server-binaries", *options], stdout=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        found, _ = search.communicate()
    except BaseException:
        stop([search], grace=20)  # it may have to remove an unfinished build
        raise
    if search.returncode != 0:
        raise Failure("there are no binaries of a control plane", exit_code=search.returncode)
    return Path(found.strip())


def debug_build(name: str) -> Path:
    """Builds a program of the package for debugging, and returns its path."""
    build = ["swift", "build", "--product", name]
    made = subprocess.run(build, cwd=REPOSITORY, capture_output=True, text=True)
    if made.returncode:
        raise Failure(f"{name} cannot be built:\n{made.stdout}{made.stderr}")
    shown = subprocess.run(
        [*build, "--show-bin-path"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    return Path(shown.stdout.strip()) / name
