"""Debian's Chromium without a window, driven over the DevTools protocol through a pair of pipes.

See https://chromedevtools.github.io/devtools-protocol/ for the methods and events."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Optional

from testbed.processes import Failure, die_with_parent, stop

OPTIONS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu",
    "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio",
    "--hide-scrollbars", "--disable-lcd-text", "--force-color-profile=srgb", "--password-store=basic", "--lang=en",
    # Nothing but the server under test is looked up or reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server",
)  # fmt: skip
KEYS = {
    "Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38, "Home": 36, "End": 35, "PageDown": 34,
    "PageUp": 33, "Backspace": 8,
}  # fmt: skip


def find_chromium() -> Optional[str]:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class BrowserError(Exception):
    """The browser refuses a call, or a script in the page has thrown."""


class Browser:
    """One process, with a profile in its own folder; it ends with this object or with its parent."""

    def __init__(self, folder: Path) -> None:
        program = find_chromium()
        if not program:
            raise Failure("there is no chromium", exit_code=3)
        (folder / "profile").mkdir(parents=True)
        self.log = folder / "chromium.log"
        for_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        options = [*OPTIONS, f"--user-data-dir={folder / 'profile'}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        with self.log.open("wb") as log:
            self.process: subprocess.Popen[Any] = subprocess.Popen(
                # The browser reads from descriptor 3 and writes to 4.
                ["bash", "-c", f'exec "$0" "$@" 3<&{for_browser} 4>&{from_browser}', program, *options, "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(for_browser, from_browser),
                env={**os.environ, "HOME": str(folder), "TZ": "UTC"}, preexec_fn=die_with_parent,
                start_new_session=True,
            )  # fmt: skip
        os.close(for_browser)
        os.close(from_browser)
        self.buffer = b""
        self.last_id = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        stop([self.process], grace=5)
        os.close(self.output)
        os.close(self.input)

    def read(self, deadline: float) -> dict[str, Any]:
        """The next message of the browser."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.input], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser has not answered in time")
            part = os.read(self.input, 1 << 20)
            if not part:
                raise BrowserError(f"the browser has ended: {self.log.read_text(errors='replace')[-500:]}")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return dict(json.loads(message))

    def call(self, method: str, session: Optional[str] = None, timeout: float = 30, **parameters: Any) -> Any:
        """Calls a method, and keeps the events that come meanwhile."""
        self.last_id += 1
        message: dict[str, Any] = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self.output, rest) :]
        deadline = time.monotonic() + timeout
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def tab(self, width: int = 1280, height: int = 800, dark: bool = False) -> Tab:
        return Tab(self, width, height, dark)


class Tab:
    """A tab of its own, without cookies or a cache in common with others."""

    def __init__(self, browser: Browser, width: int, height: int, dark: bool) -> None:
        self.browser = browser
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        self.target = browser.call("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        self.call("Emulation.setTimezoneOverride", timezoneId="UTC")
        # A tab that is not in front would draw less often.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ],
        )

    def call(self, method: str, timeout: float = 30, **parameters: Any) -> Any:
        return self.browser.call(method, self.session, timeout, **parameters)

    def close(self) -> None:
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def open(self, url: str) -> None:
        """Opens an address. If it differs from the last one behind "#" only, the page stays."""
        error = self.call("Page.navigate", url=url).get("errorText")
        if error:
            raise BrowserError(f"{url}: {error}")

    def run(self, script: str, timeout: float = 30) -> Any:
        """The value of an expression; that of its promise if it is one."""
        answer = self.call(
            "Runtime.evaluate", timeout, expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def until(self, what: str, script: str, seconds: float = 30) -> Any:
        """Waits until an expression is true, and returns its value."""
        deadline = time.monotonic() + seconds
        problem = ""
        while True:
            try:
                value = self.run(script)
                if value:
                    return value
            except BrowserError as error:  # for instance while a page loads
                problem = f" ({error})"
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds:g} s{problem}")
            time.sleep(0.03)

    def press(self, key: str, modifiers: int = 0) -> None:
        """Presses a key: one of `KEYS`, or a character. Shift is the modifier 8."""
        code = KEYS.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        more: dict[str, Any] = {"text": text} if text else {}
        event: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def write(self, text: str) -> None:
        for character in text:
            self.call("Input.insertText", text=character)

    def screenshot(self, path: Path) -> None:
        answer = self.call("Page.captureScreenshot", format="png", optimizeForSpeed=False)
        path.write_bytes(base64.b64decode(answer["data"]))

    def complaints(self) -> list[str]:
        """What the browser has complained about in this tab so far: errors, warnings, and violations of the policy."""
        self.run("0")  # what happened before is in the events then
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            content = event["params"]
            if event["method"] == "Log.entryAdded" and content["entry"]["level"] in ("warning", "error"):
                found.append(f"{content['entry']['source']}: {content['entry']['text']}")
            elif event["method"] == "Runtime.consoleAPICalled" and content["type"] in ("warning", "error", "assert"):
                found.append(f"console: {content['args']}")
            elif event["method"] == "Runtime.exceptionThrown":
                details = content["exceptionDetails"]
                found.append(f"exception: {details.get('exception', {}).get('description') or details['text']}")
        return found
