"""What the tests of the page share: the command line, a server of the site, what the page shows."""
import argparse
import http.server
import io
import os
import pathlib
import subprocess
import tempfile
import threading

from PIL import Image

from browser import until, virtual_display

parser = argparse.ArgumentParser(description="Drives the built page in Chromium and Firefox.")
parser.add_argument("--browser", choices=["chromium", "firefox", "both"], default="both")
parser.add_argument("site", type=pathlib.Path)
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("tests", nargs="*", metavar="TEST")
arguments = parser.parse_intermixed_args()
repository = pathlib.Path(__file__).resolve().parents[2]
native = pathlib.Path(os.environ.get("KAFKASCOPE_NATIVE", repository / "build/release/kafkascope"))


class Site:
    """What the server does."""
    serving = True  # else every connection is closed
    served = arguments.site
    asked = []  # the paths that the server was asked for


class Handler(http.server.SimpleHTTPRequestHandler):
    def handle(self):
        if Site.serving:
            super().handle()

    def parse_request(self):
        good = Site.serving and super().parse_request()
        if good:
            Site.asked.append(self.path)
            self.directory = str(Site.served)  # a browser connects before it knows what it will ask for
        return good

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
root = f"http://127.0.0.1:{server.server_port}/"


def out(tab, name):
    folder = arguments.out / tab.browser.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def picture(tab, name):
    tab.screenshot(out(tab, name + ".png"))


def opened(browser, link="", **settings):
    """A tab with the page, once the page has drawn."""
    tab = browser.tab(**settings)
    tab.get(root + link)
    drawn(tab)
    return tab


def drawn(tab, more=1):
    """So many pictures after now."""
    frames = tab.run("typeof Page === 'undefined' ? 0 : Page.frames")
    tab.wait("a picture", f"typeof Page !== 'undefined' && Page.frames >= {frames + more}")


def still_picture(tab):
    """What the tab shows, once it stays the same."""
    pictures = [None]

    def same():
        drawn(tab)
        pictures.append(tab.picture())
        return pictures[-1] == pictures[-2]

    until("a picture that stays", same, str)
    return Image.open(io.BytesIO(pictures[-1])).convert("RGB")


def report(tab):
    """What the program says it shows (?report): {"time_us": ["0"], "leader": ["orders-0 1", …], …}."""
    return rows_of(tab.run("typeof Module === 'undefined' || !Module.FS || !Module.FS.analyzePath('/report').exists ? '' : Module.FS.readFile('/report', {encoding: 'utf8'})"))


def rows_of(text):
    said = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        said.setdefault(key, []).append(value)
    return said


def wait_report(tab, what, held):
    def said_and_held():
        said = report(tab)
        return said if said and held(said) else None

    return until(what, said_and_held, lambda: f"{report(tab)} {tab.browser.errors[-5:]}")


def microseconds(said):
    return int(said["time_us"][0])


def leader(said, partition):
    return next(row.split()[1] for row in said["leader"] if row.split()[0] == partition)


def state(said, node):
    return next(row.split()[1] for row in said["state"] if row.split()[0] == node)


def press_until(tab, key, what, held):
    """Presses the key again and again."""

    def pressed():
        said = report(tab)
        if said and held(said):
            return said
        tab.keys(key)
        drawn(tab)
        return None

    return until(what, pressed, lambda: report(tab))


def click_node(tab, number):
    """Selects a broker of leader-failover; keys act on the node that was clicked last."""
    tab.click(1000, 640)
    tab.click({1: 545, 2: 766}[number], 212)
    tab.wait(f"broker-{number} is selected", f"location.hash.includes('select=broker-{number}')")


def no_trouble(tab):
    """No error, no message, nothing was asked of another origin."""
    assert tab.run("document.getElementById('trouble').hidden"), tab.run("document.querySelector('#trouble p').textContent")
    no_error(tab)


def no_error(tab):
    assert tab.run("ended") is False, tab.run("document.querySelector('#trouble p').textContent")
    assert not tab.browser.errors, tab.browser.errors
    asked_nobody_else(tab.browser)


def asked_nobody_else(browser):
    for address in browser.requests:
        assert address.startswith((root, "data:", "blob:", "about:")), address


def copy_link(tab):
    tab.keys("l", holding="Alt")


def copied(tab):
    """What the clipboard holds: pasted into a field of a page beside this one."""
    beside = tab.browser.tab(beside=tab)
    try:
        beside.get(root + "embedding.html")
        beside.activate()
        beside.run("(() => { const field = document.body.appendChild(document.createElement('textarea')); field.id = 'field'; field.focus(); })()")
        beside.keys("v", holding="Control")
        return beside.wait("what is pasted", "document.getElementById('field').value")
    finally:
        beside.close()
        tab.activate()


def natively(link):
    """What the program says it shows when it opens a link in a window, once it has got to the link's moment."""
    started = []
    with tempfile.TemporaryDirectory() as home:
        def start(*command, **more):
            started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, **more))
            return started[-1]

        told, errors = pathlib.Path(home, "report"), pathlib.Path(home, "errors")
        try:
            display = virtual_display(start)
            with errors.open("w") as said:
                program = start(native, link, cwd=home, stdout=subprocess.DEVNULL, stderr=said, env={
                    "PATH": os.environ["PATH"], "HOME": home, "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "KAFKASCOPE_REPORT": str(told)})
            at = round(float(link.split("@")[1].split("s")[0]) * 1e6)

            def there():
                assert program.poll() is None, errors.read_text()
                rows = rows_of(told.read_text() if told.exists() else "")
                return rows if rows.get("time_us") == [str(at)] and "state" in rows else None

            return until("the native program at the link's moment", there, lambda: told.read_text() if told.exists() else errors.read_text())
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(30)


def not_in(browser, what):
    print(f"      not in {browser.name}: {what}")
