#!/usr/bin/python3
"""Drives the built page in Chromium and Firefox by real mouse, touch and keyboard events (scripts/web --page).

usage: page_test.py [--browser chromium|firefox|both] SITE OUT [TEST ...]
SITE: build/web/site; OUT: for screenshots, a folder for each browser. KAFKASCOPE_NATIVE: the native program whose pictures and
trace hashes the page must have (build/release/kafkascope). Exit status 0: everything held.
"""
import argparse
import gzip
import http.server
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy
from PIL import Image

from browser import KEYS, Browser, Refused, until, virtual_display

parser = argparse.ArgumentParser(description="Drives the built page in Chromium and Firefox.")
parser.add_argument("--browser", choices=["chromium", "firefox", "both"], default="both")
parser.add_argument("site", type=pathlib.Path)
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("tests", nargs="*", metavar="TEST")
arguments = parser.parse_intermixed_args()
repository = pathlib.Path(__file__).resolve().parents[2]
native = pathlib.Path(os.environ.get("KAFKASCOPE_NATIVE", repository / "build/release/kafkascope"))
serving = True  # else every connection is closed
served = arguments.site
asked = []  # the paths that the server was asked for


class Handler(http.server.SimpleHTTPRequestHandler):
    def handle(self):
        if serving:
            super().handle()

    def parse_request(self):
        good = serving and super().parse_request()
        if good:
            asked.append(self.path)
            self.directory = str(served)  # a browser connects before it knows what it will ask for
        return good

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
root = f"http://127.0.0.1:{server.server_port}/"


# ---- what the tests share

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
    tab.keys("l", holding="Control")


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
                program = start(native, link, stdout=subprocess.DEVNULL, stderr=said, env={
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


# ---- the tests

def landing(browser):
    """Without a link: the page greets, a leader dies, another leads."""
    for language in ("en", "ko"):
        began = time.monotonic()
        tab = opened(browser, "?report", language=language)
        print(f"      landing in {language}: picture after {time.monotonic() - began:.1f} s")
        moved = wait_report(tab, "records move", lambda said: microseconds(said) > 0)
        before = leader(moved, "orders-0")
        picture(tab, f"{language}-landing")
        if language == "en":  # in Korean nobody does it, and it happens by itself
            tab.run("document.getElementById('kill').click()")
        wait_report(tab, "the leader is dead", lambda said: state(said, "broker-" + before) != state(moved, "broker-" + before))
        picture(tab, f"{language}-landing-dead")
        wait_report(tab, "another leads", lambda said: leader(said, "orders-0") not in (before, "-1"))
        print(f"      landing in {language}: another leads after {time.monotonic() - began:.1f} s")
        picture(tab, f"{language}-landing-elected")
        if language == "en":  # the page's own words change with the program's
            tab.click(898, 24)
            tab.wait("a Korean greeting", "document.getElementById('learn').textContent === '레슨 시작' && document.documentElement.lang === 'ko'")
            picture(tab, "ko-landing-switched")
        if language == "ko":
            kept = "sessions.done(sessions.store('readonly').get(sessions.tab)).then((mine) => mine === undefined)"
            assert tab.run(kept), "what the page did by itself is kept as the visitor's work"
        tab.run("document.getElementById('learn').click()")
        wait_report(tab, "the lesson from its beginning", lambda said: leader(said, "orders-0") == before)
        no_trouble(tab)
        tab.close()


def landing_by_keys(browser):
    """Tab reaches the buttons, Enter presses one; meanwhile the page says nothing that does not happen."""
    tab = opened(browser, "?report")
    alive = wait_report(tab, "records move", lambda said: microseconds(said) > 0)
    tab.keys("Tab")
    tab.wait("another sentence", "!document.querySelector('#landing p').textContent.includes('about to die')")

    def reached():
        if tab.run("document.activeElement.id") == "kill":
            return True
        tab.keys("Tab")
        return False

    until("the button", reached, lambda: tab.run("document.activeElement.outerHTML"))
    tab.keys("Enter")
    wait_report(tab, "the leader is dead", lambda said: state(said, "broker-1") != state(alive, "broker-1"))
    no_trouble(tab)
    tab.close()


WATCH = """() => {
  // In milliseconds of the page's own clock, which counts no more than 300 for a picture, as the program's does: the same on a busy machine.
  const seen = window.seen = {clock: 0, after3s: 0};
  let last = 0, alive = '';
  const look = (now) => {
    requestAnimationFrame(look);
    if (typeof Page === 'undefined' || Page.frames === 0 || !Module.FS.analyzePath('/report').exists) return;
    if (last) seen.clock += Math.min(now - last, 300);
    last = now;
    const text = Module.FS.readFile('/report', {encoding: 'utf8'}), row = (name) => (new RegExp(`^${name} (.*)$`, 'm').exec(text) || ['', ''])[1];
    if (seen.clock <= 3000) seen.after3s = Number(row('time_us'));
    alive = alive || row('state broker-1');
    if (!seen.died && row('state broker-1') !== alive) seen.died = seen.clock;
    if (!seen.elected && !['', '1', '-1'].includes(row('leader orders-0'))) seen.elected = seen.clock;
  };
  requestAnimationFrame(look);
}"""


def landing_by_itself(browser):
    """Nobody does anything: within three seconds records have moved, within fifteen a leader has died and another leads."""
    tab = browser.tab()
    tab.before_scripts(WATCH)
    tab.get(root + "?report")
    seen = tab.wait("another leader", "window.seen && window.seen.elected ? window.seen : 0")
    print(f"      broker-1 died after {seen['died']:.0f} ms of the page's clock, another led after {seen['elected']:.0f} ms; {seen['after3s']} µs were shown after 3 s")
    acked = subprocess.run([native, "inspect", "leader-failover", "--at", f"{seen['after3s']}us", "--path", "/ledger/acked"], check=True, stdout=subprocess.PIPE, text=True)
    assert int(acked.stdout) > 0, f"no record had arrived after {seen['after3s']} µs"
    assert 0 < seen["died"] <= 15_000 and seen["died"] < seen["elected"] <= 15_000, seen
    no_trouble(tab)
    tab.close()


def licences(browser):
    """The landing leads to the terms of all that the site carries, each a text."""
    tab = opened(browser)
    address = tab.run("document.getElementById('licences').href")
    assert address.startswith(root), address
    tab.get(address)
    texts = tab.run("[...document.querySelectorAll('a')].map((a) => [a.textContent, a.getAttribute('href')])")
    names = [name for name, _ in texts]
    for name in ("kafkascope", "imgui", "re2", "libfmt-dev", "libxxhash-dev", "libstb-dev", "nlohmann-json3-dev", "fonts-nanum", "emscripten"):
        assert name in names, names
    for name, file in texts:
        terms = (served / "licenses" / file).read_text(encoding="utf-8", errors="replace")
        assert "warranty" in terms.lower() or "warranties" in terms.lower(), name
    tab.close()


def first_visit(browser):
    """What the page has loaded the service worker does not ask for once more."""
    asked.clear()
    tab = opened(browser, "#acks@2s")
    tab.wait("the service worker", "navigator.serviceWorker.ready.then((all) => all.active.state === 'activated')")
    for file in ("kafkascope.wasm", "kafkascope.data"):
        times = sum(path.startswith(f"/{file}?v=") for path in asked)
        assert times == 1, f"{file} was asked for {times} times"
    tab.close()
    size = 0
    for path in asked:
        file = served / (path.split("?")[0].lstrip("/") or "index.html")
        packed = len(gzip.compress(file.read_bytes(), 9)) if file.is_file() else 0
        size += packed
    print(f"      a first visit: {size / 1e6:.2f} MB by gzip")
    assert size <= 3_500_000, size


def reloaded_at_once(browser):
    """What was done just before a reload is there after it."""
    tab = opened(browser, "?report#leader-failover@3s")
    alive = wait_report(tab, "the way to 3 s", lambda said: microseconds(said) == 3_000_000)
    click_node(tab, 2)
    tab.keys("c")
    wait_report(tab, "broker-2 is dead", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    tab.reload()
    drawn(tab)
    wait_report(tab, "broker-2 is still dead", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    # What an older program has kept may be unreadable: the link has the run, too.
    tab.wait("the address has the run", "location.hash.startsWith('#=')")
    tab.run("sessions.done(sessions.store('readwrite').put({...sessions.mine, tab: sessions.tab, lesson: lessonOf(location.hash), rest: '', text: '{}', at: Date.now()}))")
    tab.run("void (sessions.keep = () => {})")
    tab.reload()
    drawn(tab)
    wait_report(tab, "broker-2 is dead by the link", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    tab.close()


def two_tabs(browser):
    """Each keeps its place beside the other's."""
    first = opened(browser, "?report#leader-failover@1s")
    second = opened(browser, "?report#acks@1s", beside=first)
    places = "Object.entries(localStorage).filter(([key]) => key.endsWith('places.json')).map(([, value]) => value).join('')"
    for tab, lesson in ((first, "leader-failover"), (second, "acks")):
        tab.activate()
        tab.run("void (location.hash = '#' + given + '@9s')", lesson)
        tab.wait(f"{lesson}'s place", f"({places}).includes('{lesson}')")
    assert "leader-failover" in second.run(places)
    second.close()
    first.close()


def landing_left(browser):
    """A link that is followed while the page greets: the page does nothing by itself in that lesson."""
    tab = opened(browser, "?report")
    wait_report(tab, "records move", lambda said: microseconds(said) > 0)
    assert tab.run("document.getElementById('landing').hidden") is False
    tab.run("void (location.hash = '#rebalance-eager@2s')")
    said = wait_report(tab, "the way to 2 s", lambda said: microseconds(said) == 2_000_000)
    assert tab.run("document.getElementById('landing').hidden")
    tab.run("new Promise((done) => setTimeout(() => done(true), 4000))")  # longer than the page waits before it acts
    assert report(tab)["state"] == said["state"]
    no_trouble(tab)
    tab.close()


def korean_failover(browser):
    """The lesson to its end by real keys and clicks: Next, an answer, and what the learner is asked to do."""
    tab = opened(browser, "?report#leader-failover", language="ko")
    assert tab.run("document.documentElement.lang") == "ko"
    picture(tab, "ko-first")
    press_until(tab, "n", "the question", lambda said: said["step"] == ["3"] and microseconds(said) == 4_000_000)
    tab.keys("2")
    alive = press_until(tab, "n", "the learner's turn", lambda said: said["step"] == ["4"])
    click_node(tab, 1)
    picture(tab, "ko-turn")
    tab.keys("c")
    wait_report(tab, "broker-1 is dead", lambda said: state(said, "broker-1") != state(alive, "broker-1"))
    said = press_until(tab, "n", "the last step", lambda said: said["step"] == ["10"] and microseconds(said) > 20_000_000)
    picture(tab, "ko-end")
    assert leader(said, "orders-0") == "2", said
    no_trouble(tab)
    tab.close()


def link_to_a_moment(browser):
    tab = opened(browser, "?report#acks@6.2s&layout=workbench")
    first = wait_report(tab, "the way to 6.2 s", lambda said: microseconds(said) == 6_200_000)
    tab.wait("the moment in the address", "location.hash.startsWith('#acks@6.2s')")
    picture(tab, "en-acks-6.2s")
    tab.reload()
    drawn(tab)
    wait_report(tab, "the same place after a reload", lambda said: microseconds(said) == 6_200_000)
    tab.wait("the moment in the address again", "location.hash.startsWith('#acks@6.2s')")  # on the way there it tells the moments between
    tab.run("void (location.hash = '#isr-shrink-expand@2s')")
    # In the open page a lesson goes on from the moment that was followed.
    wait_report(tab, "another lesson at its moment", lambda said: said["seed"] != first["seed"] and microseconds(said) >= 2_000_000)
    tab.back()
    tab.wait("back", "location.hash.startsWith('#acks@')")
    wait_report(tab, "the first lesson at its moment", lambda said: said["seed"] == first["seed"] and microseconds(said) >= 6_200_000)
    tab.run("void history.forward()")
    tab.wait("forward", "location.hash.startsWith('#isr-shrink-expand@')")
    wait_report(tab, "the other lesson again", lambda said: said["seed"] != first["seed"])
    no_trouble(tab)
    tab.close()


def pictures_as_native(browser):
    """Links to a moment, light and dark as the browser prefers: the page's picture is the one that `kafkascope render` draws.

    Firefox's differs by 1 of 255 at most, Chromium's software OpenGL rounds the edges of some letters and lines otherwise.
    """
    dark = Browser(browser.name, dark=True)
    try:
        for number, (used, language, lesson, at, view) in enumerate([
                (browser, "en", "replication/leader-failover", "12.6s", "lesson"), (browser, "ko", "producer/acks", "6.2s", "lesson"),
                (browser, "en", "producer/acks", "6.2s", "workbench"), (dark, "ko", "replication/leader-failover", "2s", "lesson")]):
            theme = "dark" if used.dark else "light"
            name = f"moment-{number}-{language}-{theme}-{view}"
            tab = opened(used, f"?report#{lesson.split('/')[1]}@{at}&layout={view}", language=language)
            wait_report(tab, "the moment", lambda said: microseconds(said) == round(float(at[:-1]) * 1e6))
            here = still_picture(tab)
            here.save(out(tab, name + "-page.png"))
            drawing = out(tab, name + "-native.png")
            subprocess.run([native, "--lang", language, "render", repository / f"scenarios/{lesson}.json", "--at", at, "--size", "1280x800",
                            "--theme", theme, "--view", view, "--out", drawing], check=True, stdout=subprocess.DEVNULL)
            grey, there = (numpy.asarray(image.convert("L"), dtype=int) for image in (here, Image.open(drawing)))
            difference = abs(grey - there)
            mean, other = difference.mean() / 2.55, (difference > 32).mean() * 100
            print(f"      {name}: differs from native by {mean:.4f} % of grey; {other:.4f} % of the pixels by more than 32 of 255")
            assert (grey.mean() < 100) == used.dark, f"{name}: not {theme}"
            assert mean <= 0.1 and other <= 0.05, name
            no_trouble(tab)
            tab.close()
    finally:
        dark.close()


def by_hand(browser):
    """Crash, undo, crash, rewind, save, reload: real keys."""
    downloads = arguments.out / browser.name / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for old in downloads.iterdir():
        old.unlink()
    tab = opened(browser, "?report#leader-failover@3s", downloads=downloads)
    alive = wait_report(tab, "the way to 3 s", lambda said: microseconds(said) == 3_000_000)

    def dead(said):
        return state(said, "broker-2") != state(alive, "broker-2")

    click_node(tab, 2)
    tab.keys("c")
    said = wait_report(tab, "broker-2 is dead", dead)
    assert int(said["runs"][0]) >= 1
    tab.keys("z", holding="Control")
    wait_report(tab, "undone", lambda said: not dead(said))
    tab.run("void (location.hash = '#leader-failover@3.5s')")
    wait_report(tab, "the way to 3.5 s", lambda said: microseconds(said) == 3_500_000)
    click_node(tab, 2)
    tab.keys("c")
    wait_report(tab, "broker-2 is dead again", dead)
    press_until(tab, "ArrowLeft", "rewound to before the crash", lambda said: not dead(said))
    press_until(tab, "ArrowRight", "forward to the crash", dead)
    tab.keys("s", holding="Control")
    files = until("the saved session", lambda: list(downloads.glob("session-*.kafkascope.json")), lambda: list(downloads.iterdir()))
    saved = json.loads(until("the whole file", files[0].read_text, str))
    assert any(step.get("do") == "crash" for step in saved["steps"]), saved["steps"]
    tab.wait("the address has the run", "location.hash.startsWith('#=')")
    link = tab.run("location.hash")
    tab.reload()
    drawn(tab)
    said = wait_report(tab, "as it was after a reload", lambda said: dead(said) and "detour" in said)
    assert int(said["runs"][0]) >= 2, said
    picture(tab, "en-reloaded")
    tab.keys("z", holding="Control")  # the detour is one still: nothing is left of it
    wait_report(tab, "undone after the reload", lambda said: "detour" not in said and not dead(said) and microseconds(said) == 3_500_000)
    click_node(tab, 2)
    tab.keys("c")
    wait_report(tab, "broker-2 is dead once more", dead)
    tab.wait("the address has the run", "location.hash.startsWith('#=')")
    print(f"      the page after the reload says {tab.run('document.querySelector(`#trouble p`).textContent')!r}")
    no_error(tab)
    tab.get("about:blank")  # without a link the same tab is greeted like any other
    tab.get(root + "?report")
    drawn(tab)
    assert tab.run("document.getElementById('landing').hidden || document.getElementById('again').hidden") is False
    tab.close()
    other = opened(browser, "?report" + link, language="ko")  # the link alone, somewhere else
    wait_report(other, "the run in the link", dead)
    picture(other, "ko-link-with-run")
    no_error(other)
    other.close()


def drop(tab, path):
    """Drops a file onto the page: from the system in Chromium, by a script's event in Firefox."""
    if tab.browser.name == "chromium":
        data = {"items": [], "files": [str(path.resolve())], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            tab.cdp("Input.dispatchDragEvent", type=kind, x=640, y=400, data=data)
    else:
        tab.run("""(() => {
            const carried = new DataTransfer();
            carried.items.add(new File([given[1]], given[0], {type: 'application/json'}));
            for (const kind of ['dragenter', 'dragover', 'drop'])
              canvas.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true, clientX: 640, clientY: 400}));
        })()""", path.name, path.read_text(encoding="utf-8"))


def dropped_files(browser):
    if browser.name == "firefox":
        not_in(browser, "a file dropped by the system; a script makes the drop event")
    tab = opened(browser, "?report#acks@1s")
    wait_report(tab, "the way to 1 s", lambda said: microseconds(said) == 1_000_000)
    tab.wait("the whole address", "location.hash.startsWith('#acks@1s&')")  # once a second it says what is shown
    before = tab.run("location.hash")
    broken = out(tab, "broken.json")
    broken.write_text('{"format": 1, <script>alert(1)</script>')
    drop(tab, broken)
    wait_report(tab, "a word about the broken file", lambda said: "broken.json" in said.get("notice", [""])[0])
    picture(tab, "en-malformed")
    assert tab.run("location.hash") == before, tab.run("location.hash")
    drop(tab, repository / "docs/examples/first.json")
    tab.wait("the dropped file is in the address", "location.hash.startsWith('#=')")
    dropped = wait_report(tab, "the dropped file's cluster", lambda said: said["state"])
    picture(tab, "en-dropped")
    tab.reload()
    drawn(tab)
    wait_report(tab, "the dropped file after a reload", lambda said: [row.split()[0] for row in said["state"]] == [row.split()[0] for row in dropped["state"]])
    picture(tab, "en-dropped-reload")
    assert tab.run("location.hash").startswith("#=")
    no_error(tab)
    tab.close()


def broken_links(browser):
    """The page says what is wrong and shows a lesson all the same."""
    tab = browser.tab()
    for broken, word in [("#=", ""), ("#=" + "A" * 100_000, "broken"), ("#=eNqrVkrLz1eyUkpKLFKqBQAeNgTA@6.2s", "broken"), ("#no-such-lesson@1s", "no such file"),
                         ("#acks@99999h", "--at 99999h"), ("#acks@-1s", "--at -1s"), ("#%00%ff<script>@1s", "no such file")]:
        tab.get("about:blank")
        tab.get(root + "?report" + broken)
        drawn(tab)
        wait_report(tab, "a lesson", lambda said: said["state"])
        text = tab.run("document.querySelector('#trouble p').textContent.replace(/[^\\x20-\\x7e]/g, '?')")
        print(f"      {broken[:24]}: {text[:90]!r}")
        assert word in text, text
    picture(tab, "en-broken-link")
    no_error(tab)
    tab.close()


def strangers_scenarios(browser):
    """Whatever a scenario says is text: nothing of it becomes part of the page, and the program lives."""
    tab = opened(browser, "?report#acks@1s")
    elements = tab.run("document.getElementsByTagName('*').length")
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    script = json.dumps({"format": 1, "id": "x", "title": {"en": evil, "ko": evil}, "summary": {"en": evil}, "cluster": {"brokers": 1},
                         "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}], "steps": [{"at": "1s", "say": {"en": evil}}], "until": "5s"})
    files = {  # a name, and the file's text as JavaScript
        "script.json": json.dumps(script),
        "long.json": """'{"format": 1, "title": "' + 'x'.repeat(10000000) + '", "cluster": {"brokers": 1}, "until": "5s"}'""",
        "steps.json": """'{"format": 1, "title": {"en": "steps"}, "cluster": {"brokers": 1}, "steps": [' + '{"at": "1s", "say": "x"},'.repeat(999999)
                         + '{"at": "1s", "say": "x"}], "until": "5s"}'""",
        "million.json": """'{"format": 1, "title": {"en": "steps"}, "cluster": {"brokers": 1}, "steps": [' + '{"at":"1s"},'.repeat(999999) + '{"at":"1s"}], "until": "5s"}'""",
        "crowd.json": """'{"format": 1, "title": {"en": "crowd"}, "cluster": {"brokers": 3}, "topics": [{"name": "t", "partitions": 99999, "replication_factor": 3}], "until": "5s"}'""",
        "deep.json": "'['.repeat(1000000)",
        "nothing.json": "''",
        evil + ".json": "'{}'",
    }
    for name, text in files.items():
        tab.run(f"Page.take(given[0], new Blob([{text}]))", name)
        drawn(tab, 3)
        assert tab.run("ended") is False, name
        word = {"crowd.json": "replicas", "script.json": "", evil + ".json": ""}.get(name, name)
        wait_report(tab, f"a word about {name}", lambda said: word in said.get("notice", [""])[0])
    picture(tab, "en-strangers")
    assert tab.run("window.hacked === undefined")
    assert tab.run("document.getElementsByTagName('*').length") == elements
    no_error(tab)
    tab.close()


def sizes(browser):
    tab = None
    for width, height, scale in [(1280, 800, 2), (1024, 700, 1), (1920, 1000, 1), (1100, 760, 1)]:
        if tab:
            tab.resize(width, height, scale)
        else:
            tab = opened(browser, "?report#leader-failover@12.6s", width=width, height=height, scale=scale)
            wait_report(tab, "the way to 12.6 s", lambda said: microseconds(said) == 12_600_000)
        tab.wait("the canvas fills the window", f"canvas.width === {width * scale} && canvas.height === {height * scale}")
        assert still_picture(tab).size == (width * scale, height * scale)
        picture(tab, f"size-{width}x{height}@{scale}")
    no_trouble(tab)
    tab.close()


def embedded(browser):
    tab = browser.tab()
    tab.get(root + "embedding.html")
    frame = tab.frames()[0]
    drawn(frame)
    frame.wait("the link to the whole page", "document.getElementById('full').href.includes('index.html#acks@6.2s')")
    assert tab.run("document.activeElement.tagName") == "BODY", "the frame took the article's focus"
    picture(tab, "en-embedding")
    before = frame.run("JSON.stringify(localStorage)")
    frame.run("Module.ccall('page_do', null, ['string'], ['{\"do\": \"crash\", \"node\": \"broker-2\"}'])")
    frame.wait("what is done by hand is in the link", "document.getElementById('full').href.includes('#=')")
    frame.run("new Promise((done) => setTimeout(() => done(true), 2500))")  # places and own runs are kept once a second
    drawn(frame)
    assert frame.run("ended") is False
    assert frame.run("JSON.stringify(localStorage)") == before, "an embedded page keeps nothing"
    other = [error for error in browser.errors if "favicon.ico" not in error]  # which the article does not have
    assert not other, other
    asked_nobody_else(browser)
    tab.close()


def phone(browser):
    """A narrow screen is led to the lessons' pages, where there are some, and else told; a broken link is no exception."""
    for link in ("", "#acks@6.2s", "#%ff"):
        tab = browser.tab(width=390, height=844)
        tab.get(root + link)

        def led():
            try:
                return tab.run("location.pathname.includes('/lessons/') || !(document.getElementById('small') || {hidden: true}).hidden")
            except Refused:  # between two documents
                return False

        until("words for a narrow screen, or a page to read", led, lambda: link)
        picture(tab, "en-phone")
        assert tab.run("typeof ended === 'undefined' || ended === false"), link
        tab.close()


def touch(browser):
    tab = opened(browser, "?report#leader-failover@2s")
    said = wait_report(tab, "the way to 2 s", lambda said: microseconds(said) == 2_000_000)
    before = still_picture(tab)
    # A long press on the stage opens the node's menu, as the right button does; a tap elsewhere closes it.
    tab.click(545, 212, pointer="touch", milliseconds=1000)
    menu = still_picture(tab)
    picture(tab, "en-long-press")
    assert abs(numpy.asarray(menu, dtype=int) - numpy.asarray(before, dtype=int)).mean() > 1, "the long press opened nothing"
    tab.click(1000, 640, pointer="touch")
    drawn(tab, 2)
    tab.click(156, 692, pointer="touch")  # Next
    wait_report(tab, "the way on", lambda now: microseconds(now) > microseconds(said))
    no_trouble(tab)
    tab.close()


def two_fingers(browser):
    """A pinch zooms the workbench's time line; on the lesson's, which shows all of the run, no finger of the two moves the time."""
    tab = opened(browser, "?report#leader-failover@6s&layout=workbench")
    wait_report(tab, "the way to 6 s", lambda said: microseconds(said) == 6_000_000)
    tab.keys("7")
    still_picture(tab)
    tab.pinch(700, 600, 100, 300)

    def zoomed(said):
        first, last = map(int, said.get("zoomed_us", ["0 40000000"])[0].split())
        return 0 < last - first < 25_000_000

    wait_report(tab, "the time line zoomed", zoomed)
    picture(tab, "en-pinch")
    assert microseconds(report(tab)) == 6_000_000
    tab.close()
    tab = opened(browser, "?report#leader-failover@6s")
    wait_report(tab, "the way to 6 s", lambda said: microseconds(said) == 6_000_000)
    tab.pinch(700, 772, 100, 300)
    still_picture(tab)
    assert microseconds(report(tab)) == 6_000_000
    tab.click(700, 772, pointer="touch")  # one finger does
    wait_report(tab, "another moment", lambda said: microseconds(said) != 6_000_000)
    no_trouble(tab)
    tab.close()


def offline(browser):
    global serving
    tab = opened(browser, "#acks@2s")
    tab.run("navigator.serviceWorker.ready.then(() => true)")
    serving = False
    try:
        tab.reload()
        drawn(tab)
        tab.get("about:blank")
        tab.get(root + "#leader-failover@1s")
        drawn(tab)
    finally:
        serving = True
    no_trouble(tab)
    tab.close()


def another_version(browser):
    """The site is replaced: a reload shows the new version, which takes the place of what was kept of the old one."""
    global served
    tab = opened(browser, "#acks@2s")
    old = tab.run("version")
    new = "0123456789ab"
    assert new != old
    kept = "caches.keys().then((names) => names.filter((name) => name.startsWith(kSettings)).map((name) => name.slice(kSettings.length)).sort().join())"
    tab.wait("the old version is kept", "navigator.serviceWorker.ready.then((all) => all.active.state === 'activated')")
    assert tab.run(kept) == old, tab.run(kept)
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder)
        for file in served.iterdir():
            if file.is_file() and file.suffix in (".html", ".js", ".css") and file.name != "kafkascope.js":
                (site / file.name).write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
            else:
                (site / file.name).symlink_to(file.resolve())
        with (site / "page.js").open("a", encoding="utf-8") as script:
            script.write("\nwindow.isNew = true;\n")
        before, served = served, site
        try:
            tab.reload()
            drawn(tab)
            shown = tab.run("[version, window.isNew]")
            assert shown == [new, True], shown
            tab.wait("only the new version is kept", f"{kept}.then((names) => names === '{new}')")
            kept_files = tab.run("caches.open(kSettings + version).then((cache) => cache.keys()).then((all) => all.map((one) => one.url))")
            for file in ("index.html", f"page.js?v={new}", f"kafkascope.wasm?v={new}", f"kafkascope.data?v={new}"):
                assert root + file in kept_files, (file, kept_files)
        finally:
            served = before
    no_trouble(tab)
    tab.close()


def copied_link(browser):
    """Ctrl+L puts a link on the clipboard; the native program opens it at the same moment, with the same run."""
    tab = opened(browser, "?report#leader-failover@3s")
    alive = wait_report(tab, "the way to 3 s", lambda said: microseconds(said) == 3_000_000)
    copy_link(tab)
    wait_report(tab, "a word about the link", lambda said: said.get("notice", [""])[0].startswith("Link copied"))
    link = copied(tab)
    assert link.startswith(root + "#leader-failover@3s"), link
    there = natively(link)
    for key in ("time_us", "seed", "leader", "state"):
        assert there[key] == alive[key], (key, there, alive)
    assert "detour" not in there, there
    # With a run of one's own.
    click_node(tab, 2)
    tab.keys("c")
    wait_report(tab, "broker-2 is dead", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    tab.keys(" ")  # pause

    def paused():
        before = report(tab)
        drawn(tab, 3)
        return report(tab) == before

    until("a pause", paused, lambda: report(tab))
    copy_link(tab)
    dead = wait_report(tab, "a word about the other link", lambda said: "#=" in said["notice"][0])
    link = copied(tab)
    assert link.startswith(root + "#=") and report(tab) == dead, (link, dead, report(tab))
    there = natively(link)
    for key in ("time_us", "seed", "leader", "state"):
        assert there[key] == dead[key], (key, there, dead)
    no_trouble(tab)
    tab.close()


def reduced_motion(browser):
    """The program asks the browser whether somebody wants less motion, and is told."""
    asked_for = """() => {
      const ask = window.matchMedia;
      window.motion = [];
      window.matchMedia = function (query) { const answer = ask.call(window, query); if (query.includes('motion')) window.motion.push([query, answer.matches]); return answer; };
    }"""
    still = Browser(browser.name, still=True)
    try:
        for used in (browser, still):
            tab = used.tab()
            tab.before_scripts(asked_for)
            tab.get(root + "?report#acks@1s")
            drawn(tab)
            assert tab.run("window.motion") == [["(prefers-reduced-motion: reduce)", used.still]], tab.run("window.motion")
            no_trouble(tab)
            tab.close()
    finally:
        still.close()


def exported(browser):
    """A page that `kafkascope export` writes: its buttons switch the language, its answers unfold, its pictures are there, and its policy forbids the rest."""
    global served
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([native, "--lang", "en", "export", "acks", "--format", "html", "--out", pathlib.Path(folder, "acks.html")], check=True, stdout=subprocess.DEVNULL)
        before, served = served, pathlib.Path(folder)
        try:
            for language, first in (("en", "en"), ("ko", "ko")):
                tab = browser.tab(language=language)
                tab.get(root + "acks.html")
                shown = "[document.documentElement.lang, document.title, ...[...document.querySelectorAll('main > div')].filter((one) => one.offsetHeight > 0).map((one) => one.lang)]"
                titles = {name: tab.run("document.body.dataset[given[0]]", name) + " – Kafkascope" for name in ("en", "ko")}
                assert tab.run(shown)[0] == first and tab.run(shown)[2:] == [first], tab.run(shown)
                for name in ("ko", "en"):
                    tab.run("document.querySelector(`button[lang=${given[0]}]`).click()", name)
                    assert tab.run(shown) == [name, titles[name], name], tab.run(shown)
                assert tab.run("getComputedStyle(document.querySelector('section')).borderRadius") == "8px"
                assert tab.run("(() => { const one = document.querySelector('details'); one.querySelector('summary').click(); return one.open; })()")
                tab.run("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
                tab.wait("the pictures", "[...document.images].every((image) => image.complete && image.naturalWidth === 1280)")
                picture(tab, f"{language}-exported")
                other = [error for error in browser.errors if "favicon.ico" not in error]
                assert not other, other
                # What a lesson's text might bring along does not run.
                assert tab.run("""new Promise((done) => {
                    const script = document.createElement('div');
                    script.innerHTML = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" onload="window.hacked=1" onerror="window.hacked=1">';
                    document.body.append(script);
                    setTimeout(() => done(window.hacked === undefined), 300);
                })""")
                tab.close()
        finally:
            served = before


def hashes_as_native(browser):
    """Every lesson with all its variants: the page computes the same trace hashes as the native program."""
    tab = opened(browser, "#acks@1s")
    paths = tab.run("""(() => {
        const all = (path) => !Module.FS.isDir(Module.FS.stat(path).mode) ? [path] :
          Module.FS.readdir(path).filter((name) => !/^\\.\\.?$/.test(name)).flatMap((name) => all(path + '/' + name));
        return all('/scenarios').filter((path) => path.endsWith('.json')).sort();
    })()""")
    equal = 0
    for path in paths:  # the page's own files, natively
        file = out(tab, "scenarios" + path.removeprefix("/scenarios"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(tab.run("Module.FS.readFile(given[0], {encoding: 'utf8'})", path), encoding="utf-8")
        here = tab.run("Module.ccall('kafkascope_hashes', 'string', ['string'], [given[0]])", path).split("\n")
        run = subprocess.run([native, "run", "--json", file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        there = [line for line in run.stdout.split("\n") if "trace_hash" in line]
        here, there = ([line.strip(" ,") for line in lines if line.strip()] for lines in (here, there))
        assert there and here == there, f"{path}: page {here}, native {there}"
        equal += len(here)
    print(f"      {equal} runs of {len(paths)} scenarios, equal in the native program and in {browser.name}")
    no_trouble(tab)
    tab.close()


def random_input(browser):
    """10,000 random events, 20 at a time between two pictures, over several lessons."""
    draw = random.Random(1)
    tab = opened(browser, "?report#leader-failover@2s", width=1024, height=700)
    tab.run("""(() => {
        window.heard = 0;
        for (const kind of ['keydown', 'keyup', 'pointermove', 'pointerdown', 'pointerup', 'wheel'])
          window.addEventListener(kind, (event) => {
            if (event.isTrusted) window.heard += kind === 'pointermove' ? event.getCoalescedEvents().length || 1 : 1;
          }, {capture: true, passive: true});
    })()""")
    names = list("abcdefghijklmnopqrstuvwxyz0123456789.,/ ") + [name for name in KEYS if name not in ("Shift", "Control")]
    held = list("abcdefghjkloszy")  # with Control; the rest of the letters are the browser's own

    def keyboard(number, ticks):
        actions = []
        while len(actions) < ticks:
            modifier = draw.choice(["Shift", "Control"]) if ticks - len(actions) >= 4 and draw.randrange(3) == 0 else None
            name = draw.choice(held if modifier == "Control" else names)
            pressed = [("keyDown", name), ("keyUp", name)]
            if modifier:
                pressed = [("keyDown", modifier), *pressed, ("keyUp", modifier)]
            actions += [{"type": kind, "value": KEYS.get(name, name)} for kind, name in pressed]
        return {"type": "key", "id": f"keyboard{number}", "actions": actions}

    def place():
        return {"x": draw.randrange(1024), "y": draw.randrange(700)}

    def mouse(number, ticks):
        actions = []
        while len(actions) < ticks:
            actions.append({"type": "pointerMove", **place()})
            if ticks - len(actions) >= 3 and draw.randrange(2):
                button = draw.choice([0, 0, 2])
                drag = {"type": "pointerMove", **place()} if draw.randrange(4) == 0 else {"type": "pause"}
                actions += [{"type": "pointerDown", "button": button}, drag, {"type": "pointerUp", "button": button}]
        return {"type": "pointer", "id": f"mouse{number}", "parameters": {"pointerType": "mouse"}, "actions": actions}

    def wheel(number, ticks):
        return {"type": "wheel", "id": f"wheel{number}", "actions": [{"type": "scroll", **place(), "deltaX": 0, "deltaY": draw.choice([-100, 100])} for _ in range(ticks)]}

    sent, batches, lessons = 0, [], ["acks@3s", "isr-shrink-expand@3s", "rebalance-eager@3s", "share-group@3s", "leader-failover@2s"]
    while sent < 10_000:
        batch = [*(keyboard(n, 10) for n in range(8)), *(mouse(n, 10) for n in range(10)), *(wheel(n, 10) for n in range(2))]
        batches.append(batch)
        try:
            tab.perform(*batch)
        except Refused as error:
            batches.append(str(error))
        sent += sum(action["type"] != "pause" for source in batch for action in source["actions"])
        if len(batches) % 10 == 0:  # another lesson, and what is open in front of it closes
            tab.keys("Escape", "Escape")
            tab.run("void (location.hash = given[0])", "#" + lessons[len(batches) // 10 % len(lessons)])
        if tab.run("ended") or tab.browser.errors or isinstance(batches[-1], str):
            out(tab, "random.json").write_text(json.dumps(batches))
            picture(tab, "en-random-failed")
            raise AssertionError(f"after {sent} events, kept in random.json: {tab.run('errors')} {tab.browser.errors} {batches[-1] if isinstance(batches[-1], str) else ''}"
                                 + tab.run("document.querySelector('#trouble p').textContent"))
    drawn(tab, 2)
    heap = tab.run("Module.HEAP8.length") >> 20
    heard = tab.run("window.heard")
    print(f"      {sent} events sent, {heard} heard by the page, heap {heap} MiB")
    picture(tab, "en-random")
    assert heap < 1024
    assert heard > sent * 0.8, heard  # what comes between two pictures is joined: movements (counted here) and turns of the wheel
    no_error(tab)
    tab.close()


tests = [landing, landing_by_itself, landing_by_keys, landing_left, licences, first_visit, reloaded_at_once, two_tabs, korean_failover, link_to_a_moment, pictures_as_native, by_hand, dropped_files, broken_links, strangers_scenarios, sizes, embedded, phone, touch, two_fingers, offline, another_version, copied_link, reduced_motion, exported,
         hashes_as_native, random_input]
unknown = set(arguments.tests) - {test.__name__ for test in tests}
if unknown:
    parser.error(f"no such test: {', '.join(sorted(unknown))}")
def run(name):
    """The tests in one browser; how many failed."""
    failed, began = 0, time.monotonic()
    browser = Browser(name)
    try:
        print(f"{name} {browser.version}: started in {time.monotonic() - began:.1f} s", flush=True)
        for test in tests:
            if arguments.tests and test.__name__ not in arguments.tests:
                continue
            start = time.monotonic()
            try:
                test(browser)
                told = "ok   "
            except Exception as error:  # the others are still worth knowing
                failed += 1
                told = "FAIL "
                print(f"      {type(error).__name__}: {error}")
                browser.leave(arguments.out / name / f"failed-{test.__name__}.png")
            print(f"{told} {test.__name__} in {name}: {time.monotonic() - start:.1f} s", flush=True)
    finally:
        browser.close()
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return failed


def both():
    """Both browsers side by side, each in a process of its own; what Firefox's says follows when it has ended."""
    one = subprocess.Popen([sys.executable, __file__, "--browser", "firefox", arguments.site, arguments.out, *arguments.tests],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        failed = run("chromium")
        print(one.communicate()[0], end="")
        return failed + one.returncode
    finally:
        one.terminate()
        one.wait()


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the browsers end as well
sys.exit(1 if (both() if arguments.browser == "both" else run(arguments.browser)) else 0)
