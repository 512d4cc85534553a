"""Firefox and Chromium driven by one protocol, WebDriver BiDi (https://w3c.github.io/webdriver-bidi).

Firefox speaks it itself, Chromium by chromedriver. Firefox has no WebGL 2 without a display here, so it gets an Xvfb of its own.
"""
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import websocket

ANSWER = 180  # seconds that one command may take: software OpenGL on a busy machine is slow

KEYS = {"Backspace": "\ue003", "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009", "Alt": "\ue00a", "Escape": "\ue00c", "PageUp": "\ue00e",
        "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"}

FIREFOX = {
    "webgl.force-enabled": True,  # by software as well
    "dom.max_script_run_time": 0,  # no question whether a busy script shall be stopped
    "mousewheel.with_control.action": 0,  # random input shall not zoom
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}
CHROMIUM = ["--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars"]


class Refused(Exception):
    """The browser answered a command with an error."""


class Browser:
    """One running browser. `dark`, `still`: what it tells pages of the colours and of the motion that somebody prefers."""

    def __init__(self, name, dark=False, still=False):
        self.name, self.dark, self.still = name, dark, still
        self.processes, self.session, self.number = [], None, 0
        self.tabs, self.errors, self.requests = [], [], []  # what happened since the newest tab was opened
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kafkascope-" + name))
        try:
            (self._start_firefox if name == "firefox" else self._start_chromium)()
            self.version = self.capabilities["browserVersion"]
            self.do("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        except BaseException:
            self.close()
            raise

    def _spawn(self, *command, **more):
        self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, **more))
        return self.processes[-1]

    def _start_firefox(self):
        display = virtual_display(self._spawn)
        preferences = dict(FIREFOX, **{"layout.css.prefers-color-scheme.content-override": 0 if self.dark else 1, "ui.prefersReducedMotion": int(self.still)})
        (self.folder / "user.js").write_text("".join(f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in preferences.items()))
        said = self.folder / "said.txt"
        with said.open("w") as errors:
            process = self._spawn("firefox-esr", "--no-remote", "--profile", str(self.folder), "--remote-debugging-port=0", stdout=errors, stderr=errors,
                                  env=dict(os.environ, DISPLAY=display, LIBGL_ALWAYS_SOFTWARE="1", MOZ_ENABLE_WAYLAND="0"))
        address = until("Firefox's address", lambda: process.poll() is not None or re.search(r"ws://\S+", said.read_text()), said.read_text)
        if address is True:
            raise AssertionError("Firefox ended: " + said.read_text())
        self.socket = websocket.create_connection(address[0] + "/session", timeout=ANSWER, suppress_origin=True)
        self.capabilities = self.do("session.new", capabilities={})["capabilities"]

    def _start_chromium(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._spawn("chromedriver", f"--port={port}", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        driver = f"http://127.0.0.1:{port}/"

        def ready():
            try:
                return json.load(urllib.request.urlopen(driver + "status", timeout=ANSWER))["value"]["ready"]
            except OSError:
                return False

        until("chromedriver", ready, str)
        wanted = {"webSocketUrl": True, "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": [*CHROMIUM, f"--user-data-dir={self.folder}"]}}
        request = urllib.request.Request(driver + "session", json.dumps({"capabilities": {"alwaysMatch": wanted}}).encode(), {"Content-Type": "application/json"})
        made = json.load(urllib.request.urlopen(request, timeout=ANSWER))["value"]
        self.session, self.capabilities = driver + "session/" + made["sessionId"], made["capabilities"]
        self.socket = websocket.create_connection(self.capabilities["webSocketUrl"], timeout=ANSWER, suppress_origin=True)

    def do(self, command, **parameters):
        """One command and its answer; what the browser reports meanwhile is kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": command, "params": parameters}))
        while True:
            try:
                said = json.loads(self.socket.recv())
            except websocket.WebSocketTimeoutException:
                raise AssertionError(f"{self.name} did not answer {command} within {ANSWER} s") from None
            if said.get("id") == self.number:
                if said["type"] == "error":
                    raise Refused(f"{command}: {said['error']}: {said['message']}")
                return said["result"]
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.errors.append(said["params"]["text"])
            if said.get("method") == "network.beforeRequestSent":
                self.requests.append(said["params"]["request"]["url"])

    def tab(self, language="en", width=1280, height=800, scale=1, downloads=None, beside=None):
        """A tab that shares nothing with the others: its own storage and service workers; or all of that with the tab that it stands beside."""
        self.tabs.append(Tab(self, language, width, height, scale, downloads, beside))
        return self.tabs[-1]

    def leave(self, path):
        """Closes the tabs that a failed test left; a picture of the newest stays."""
        for tab in reversed(self.tabs[:]):
            try:
                if tab is self.tabs[-1]:
                    tab.screenshot(path)
                tab.close()
            except Exception as error:  # the failure itself has been told
                print(f"      {error}")

    def close(self):
        try:
            if self.name == "firefox":
                self.do("browser.close")
            elif self.session:
                urllib.request.urlopen(urllib.request.Request(self.session, method="DELETE"), timeout=30)
        except Exception:  # it is gone, or goes now
            pass
        for process in reversed(self.processes):
            try:
                if self.name != "firefox" or process is not self.processes[-1]:
                    process.terminate()
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Frame:
    """A document: a tab's own, or one inside it."""

    def __init__(self, browser, context):
        self.browser, self.context = browser, context

    def run(self, expression, *given):
        """The value of a JavaScript expression, or of what it promises; `given` is known to it by that name."""
        answer = self.browser.do("script.callFunction", functionDeclaration=f"async (given) => JSON.stringify(await ({expression}))", awaitPromise=True,
                                 target={"context": self.context}, arguments=[_remote(given)])
        if answer["type"] == "exception":
            raise AssertionError(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"]) if answer["result"]["type"] == "string" else None

    def wait(self, what, expression, seconds=ANSWER):
        """The expression's value, as soon as it is true."""
        return until(what, lambda: self.run(expression), lambda: self.browser.errors[-5:], seconds)


class Tab(Frame):
    def __init__(self, browser, language, width, height, scale, downloads, beside):
        browser.errors.clear()
        browser.requests.clear()
        self.user = beside.user if beside else browser.do("browser.createUserContext")["userContext"]
        super().__init__(browser, browser.do("browsingContext.create", type="tab", userContext=self.user)["context"])
        browser.do("emulation.setLocaleOverride", contexts=[self.context], locale=language)
        if browser.name == "chromium":  # Firefox takes it from a preference, when it starts
            preferred = {"prefers-color-scheme": "dark" if browser.dark else "light", "prefers-reduced-motion": "reduce" if browser.still else "no-preference"}
            self.cdp("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in preferred.items()])
        folder = {"type": "allowed", "destinationFolder": str(downloads.resolve())} if downloads else {"type": "denied"}
        browser.do("browser.setDownloadBehavior", downloadBehavior=folder, userContexts=[self.user])
        self.resize(width, height, scale)

    def cdp(self, method, **parameters):
        """What only Chromium has."""
        session = self.browser.do("goog:cdp.getSession", context=self.context)["session"]
        return self.browser.do("goog:cdp.sendCommand", session=session, method=method, params=parameters)["result"]

    def resize(self, width, height, scale=1):
        self.browser.do("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height}, devicePixelRatio=scale)

    def before_scripts(self, function):
        """A JavaScript function that each document of this tab runs before its own scripts."""
        self.browser.do("script.addPreloadScript", functionDeclaration=function, contexts=[self.context])

    def get(self, address):
        self._anew("browsingContext.navigate", url=address)

    def reload(self):
        self._anew("browsingContext.reload")

    def _anew(self, command, **parameters):
        """Another document, loaded. It is asked itself: a page that changes its address just then makes Firefox wait for ever."""
        self.run("void (window.isOld = true)")
        self.browser.do(command, context=self.context, wait="none", **parameters)

        def loaded():
            try:
                return self.run("window.isOld === undefined && document.readyState === 'complete'")
            except Refused:  # between two documents
                return False

        until("another document", loaded, lambda: parameters)

    def back(self):
        self.browser.do("browsingContext.traverseHistory", context=self.context, delta=-1)

    def frames(self):
        """The documents inside."""
        tree = self.browser.do("browsingContext.getTree", root=self.context)["contexts"][0]
        return [Frame(self.browser, child["context"]) for child in tree["children"]]

    def picture(self):
        """The bytes of a PNG file."""
        return base64.b64decode(self.browser.do("browsingContext.captureScreenshot", context=self.context)["data"])

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.picture())

    def perform(self, *sources):
        """Real input: of each source a list of actions, which happen side by side."""
        self.browser.do("input.performActions", context=self.context, actions=list(sources))

    def keys(self, *names, holding=None):
        pressed = [{"type": kind, "value": KEYS.get(name, name)} for name in names for kind in ("keyDown", "keyUp")]
        if holding:
            held = {"value": KEYS[holding]}
            pressed = [{"type": "keyDown", **held}, *pressed, {"type": "keyUp", **held}]
        self.perform({"type": "key", "id": "keyboard", "actions": pressed})

    def click(self, x, y, button=0, pointer="mouse", milliseconds=0, to=None):
        """A click; with pointer="touch" a tap, or a long press; with `to` a drag to that point after the milliseconds."""
        drag = [{"type": "pointerMove", "x": to[0], "y": to[1], "duration": 200}] if to else []
        self.perform({"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": [
            {"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": button},
            {"type": "pause", "duration": milliseconds}, *drag, {"type": "pointerUp", "button": button}]})

    def pinch(self, x, y, apart, to, pause=30):
        """Two fingers side by side around a point, the second `pause` ms after the first, spread from so many pixels to so many."""
        def finger(name, side, late):
            def place(distance, duration=0):
                return {"type": "pointerMove", "x": round(x + side * distance / 2), "y": y, "duration": duration}
            return {"type": "pointer", "id": name, "parameters": {"pointerType": "touch"}, "actions": [
                place(apart), {"type": "pause", "duration": pause if late else 0}, *([] if late else [{"type": "pointerDown", "button": 0}]),
                {"type": "pause", "duration": pause}, *([{"type": "pointerDown", "button": 0}] if late else []),
                {"type": "pause", "duration": 0}, place((apart + to) / 2, 100), place(to, 100), {"type": "pointerUp", "button": 0}]}
        self.perform(finger("thumb", -1, False), finger("index", 1, True))

    def activate(self):
        """In front of the others: a tab behind them draws nothing."""
        self.browser.do("browsingContext.activate", context=self.context)

    def close(self):
        self.browser.tabs.remove(self)
        if any(tab.user == self.user for tab in self.browser.tabs):
            return self.browser.do("browsingContext.close", context=self.context)
        self.browser.do("browser.removeUserContext", userContext=self.user)


def _remote(value):
    """A value as the protocol hands it to a script."""
    if isinstance(value, (list, tuple)):
        return {"type": "array", "value": [_remote(one) for one in value]}
    kind = "null" if value is None else "boolean" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "string"
    return {"type": kind} if value is None else {"type": kind, "value": value}


def virtual_display(start):
    """The name of a display that start(*command, **more) makes."""
    read, write = os.pipe()
    start("Xvfb", "-displayfd", str(write), "-screen", "0", "2000x1400x24", "-nolisten", "tcp", pass_fds=[write],
          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        return ":" + told.readline().strip()


def until(what, held, told, seconds=ANSWER):
    """What held() gives, as soon as that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := held():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s; {told()}")
