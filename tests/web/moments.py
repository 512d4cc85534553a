"""Links to moments, and what the page must have in common with the native program."""
import json
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image

from browser import Browser, until
from page import (out, picture, opened, drawn, still_picture, report, wait_report, microseconds, leader, state, press_until, click_node,
                  no_trouble, no_error, copy_link, copied, natively, Site, repository, native, root)


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


def typed_moments(browser):
    """The page reads a link's moment by the rule of the program (tests/data/moments.json)."""
    tab = opened(browser, "#acks@1s")
    typed = json.loads((repository / "tests/data/moments.json").read_text(encoding="utf-8"))
    for text, us in [*typed["moments"].items(), *((text, None) for text in typed["no moments"])]:
        read = tab.run("momentOf(given[0])", text)
        assert read == us, (text, read, us)
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


def broken_links(browser):
    """The page says what is wrong and shows a lesson all the same."""
    tab = browser.tab()
    for broken, word in [("#=", "broken"), ("#=@3s", "broken"), ("#=" + "A" * 100_000, "broken"), ("#=eNqrVkrLz1eyUkpKLFKqBQAeNgTA@6.2s", "broken"),
                         ("#no-such-lesson@1s", "no such lesson"), ("#acks@99999h", "The link's moment 99999h"), ("#acks@-1s", "The link's moment -1s"),
                         ("#%00%ff<script>@1s", "no such lesson"), ("#" + "x" * 200_000, "no such lesson")]:
        tab.get("about:blank")
        tab.get(root + "?report" + broken)
        drawn(tab)
        wait_report(tab, "a lesson", lambda said: said["state"])
        text = tab.run("document.querySelector('#trouble p').textContent.replace(/[^\\x20-\\x7e]/g, '?')")
        print(f"      {broken[:24]}: {text[:90]!r}")
        assert word in text, text
        assert "--" not in text and "kafkascope list" not in text, f"speaks of the command line: {text}"
        assert len(text) <= 700
    picture(tab, "en-broken-link")
    tab.run("void (location.hash = '#acks@1s')")
    tab.wait("no word about the other link", "document.getElementById('trouble').hidden")
    no_error(tab)
    tab.close()


def copied_link(browser):
    """Alt+L puts a link on the clipboard; the native program opens it at the same moment, with the same run."""
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


def exported(browser):
    """A page that `kafkascope export` writes: its buttons switch the language, its answers unfold, its pictures are there, and its policy forbids the rest."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([native, "--lang", "en", "export", "acks", "--format", "html", "--out", pathlib.Path(folder, "acks.html")], check=True, stdout=subprocess.DEVNULL)
        before, Site.served = Site.served, pathlib.Path(folder)
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
            Site.served = before


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
