"""How the page greets, loads, comes back and is kept: by what a visitor sees."""
import gzip
import pathlib
import subprocess
import tempfile
import time

from browser import Refused, until
from page import (picture, opened, drawn, report, wait_report, microseconds, leader, state, click_node, no_trouble, asked_nobody_else,
                  Site, native, root)


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


def landing_again(browser):
    """A reload by its key is no touch: the page greets again."""
    tab = opened(browser, "?report")
    tab.run("window.dispatchEvent(new KeyboardEvent('keydown', {code: 'F5', key: 'F5'}))")
    assert tab.run("untouched")
    tab.reload()
    drawn(tab)
    assert tab.run("location.hash === '' && !document.getElementById('landing').hidden"), tab.run("location.hash")
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
        terms = (Site.served / "licenses" / file).read_text(encoding="utf-8", errors="replace")
        assert "warranty" in terms.lower() or "warranties" in terms.lower(), name
    tab.close()


def first_visit(browser):
    """What the page has loaded the service worker does not ask for once more."""
    Site.asked.clear()
    tab = opened(browser, "#acks@2s")
    tab.wait("the service worker", "navigator.serviceWorker.ready.then((all) => all.active.state === 'activated')")
    for file in ("kafkascope.wasm", "kafkascope.data"):
        times = sum(path.startswith(f"/{file}?v=") for path in Site.asked)
        assert times == 1, f"{file} was asked for {times} times"
    tab.close()
    size = 0
    for path in Site.asked:
        file = Site.served / (path.split("?")[0].lstrip("/") or "index.html")
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


def offline(browser):
    tab = opened(browser, "#acks@2s")
    tab.run("navigator.serviceWorker.ready.then(() => true)")
    Site.serving = False
    try:
        tab.reload()
        drawn(tab)
        tab.get("about:blank")
        tab.get(root + "#leader-failover@1s")
        drawn(tab)
    finally:
        Site.serving = True
    no_trouble(tab)
    tab.close()


def another_version(browser):
    """The site is replaced: a reload shows the new version, which takes the place of what was kept of the old one."""
    tab = opened(browser, "#acks@2s")
    old = tab.run("version")
    new = "0123456789ab"
    assert new != old
    kept = "caches.keys().then((names) => names.filter((name) => name.startsWith(kSettings)).map((name) => name.slice(kSettings.length)).sort().join())"
    tab.wait("the old version is kept", "navigator.serviceWorker.ready.then((all) => all.active.state === 'activated')")
    assert tab.run(kept) == old, tab.run(kept)
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder)
        for file in Site.served.iterdir():
            if file.is_file() and file.suffix in (".html", ".js", ".css") and file.name != "kafkascope.js":
                (site / file.name).write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
            else:
                (site / file.name).symlink_to(file.resolve())
        with (site / "page.js").open("a", encoding="utf-8") as script:
            script.write("\nwindow.isNew = true;\n")
        before, Site.served = Site.served, site
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
            Site.served = before
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
