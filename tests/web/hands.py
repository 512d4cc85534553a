"""Acts by mouse, touch, keyboard and files; strangers' scenarios."""
import base64
import json
import random
import zlib

import numpy

from browser import KEYS, Browser, Refused, until
from page import (out, picture, opened, drawn, still_picture, report, wait_report, microseconds, state, press_until, click_node,
                  no_trouble, no_error, not_in, arguments, repository, root)


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
    wait_report(other, "the detour in the link", lambda said: dead(said) and "detour" in said)
    other.keys("z", holding="Control")
    wait_report(other, "undone where the link leads", lambda said: "detour" not in said and not dead(said))
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


def memory_stop(browser):
    """A run that needs more memory than the bound is stopped with a sentence; the page lives on, and another lesson plays."""
    tab = opened(browser, "?report&memory=200#acks@1s")
    wait_report(tab, "the way to 1 s", lambda said: microseconds(said) == 1_000_000)

    def leads(partition, said):
        return any(row.startswith(partition + " ") for row in said.get("leader", []))

    crowd = json.dumps({"format": 1, "id": "crowd", "title": {"en": "crowd"}, "cluster": {"brokers": 3}, "until": "1h",
                        "topics": [{"name": "t", "partitions": 12, "replication_factor": 3}],
                        "clients": [{"id": f"p{n}", "kind": "producer", "topic": "t", "rate": "5000/s"} for n in range(4)]})
    tab.run("Page.take('crowd.json', new Blob([given[0]]))", crowd)
    wait_report(tab, "the crowd", lambda said: leads("t-0", said))
    tab.keys("End")
    said = wait_report(tab, "the stop", lambda said: "more than 200 MiB" in said.get("notice", [""])[0])
    assert microseconds(said) < 3_600_000_000
    picture(tab, "en-memory-stop")
    tab.run("void (location.hash = '#acks@2s')")
    wait_report(tab, "another lesson", lambda said: microseconds(said) == 2_000_000 and not leads("t-0", said))
    no_error(tab)
    tab.close()


def hostile_runs():
    """Links that hold runs, by somebody who means no good: a name, the link, what the page says of it."""
    document = (repository / "scenarios/replication/leader-failover.json").read_text(encoding="utf-8")

    def link(document=document, **changes):
        run = {"id": 0, "kind": 0, "parent": -1, "origin": -1, "setting": False, "free": False, "past_end": False, "name": ["", ""],
               "from_us": 0, "stood_at_us": 0, "variant": "base", "set": [], "acts": []}
        runs = changes.pop("runs", [{**run, **changes}])
        text = json.dumps({"file": "x", "title": {"en": "x", "ko": "x"}, "document": document, "runs": runs})
        return "#=" + base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")

    topics = [{"at_us": n, "step": json.dumps({"do": "create_topic", "topic": f"t{n}", "partitions": 9000, "replication_factor": 3}), "leaves_script": True}
              for n in range(1, 9)]
    run = {"id": 0, "kind": 0, "parent": -1}
    return [("a moment without end", link(stood_at_us=10**15), ""),
            ("topics by hand", link(acts=topics), "replicas"),
            ("a crowd", link(document=json.dumps({"format": 1, "title": {"en": "crowd"}, "cluster": {"brokers": 3}, "until": "5s",
                                                  "topics": [{"name": "t", "partitions": 9999, "replication_factor": 3}]})), "29997 replicas"),
            ("a missing field", link(runs=[run]), "the runs in this link"),
            ("a hundred runs", link(runs=[run] * 100), "the runs in this link"),
            ("a large document", link(document=json.dumps({"format": 1, "title": {"en": "x " * 700_000}, "cluster": {"brokers": 1}, "until": "5s"})),
             "the runs in this link")]


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
        if name == "steps.json":  # the page itself refuses what is larger than the program reads
            assert "16 MB" in tab.run("document.querySelector('#trouble p').textContent")
            continue
        word = {"crowd.json": "replicas", "script.json": "", evil + ".json": ""}.get(name, name)
        wait_report(tab, f"a word about {name}", lambda said: word in said.get("notice", [""])[0])
    for name, runs, word in hostile_runs():
        tab.run("void (location.hash = given[0])", runs)
        if word:
            wait_report(tab, f"a word about {name}", lambda said: word in said.get("notice", [""])[0])
        drawn(tab, 3)
        assert tab.run("ended") is False, name
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


def held_finger(browser):
    """On the time line a finger that stays drags all the same: to where a tap leads."""
    tab = opened(browser, "?report#leader-failover@2s")
    wait_report(tab, "the way to 2 s", lambda said: microseconds(said) == 2_000_000)

    def moment_after(**finger):
        tab.click(**finger, pointer="touch")
        still_picture(tab)
        return microseconds(report(tab))

    there = moment_after(x=900, y=772)
    assert moment_after(x=500, y=772) < there - 3_000_000
    assert moment_after(x=500, y=772, milliseconds=1000, to=(900, 772)) == there, "a hold and a drag lead elsewhere than a tap"
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


def reduced_motion(browser):
    """Where somebody wants less motion, the dashboard knows; elsewhere it moves."""
    still = Browser(browser.name, still=True)
    try:
        for used in (browser, still):
            tab = opened(used, "?report#acks@1s")
            said = wait_report(tab, "the way to 1 s", lambda said: microseconds(said) == 1_000_000)
            assert ("reduced_motion" in said) == used.still
            no_trouble(tab)
            tab.close()
    finally:
        still.close()


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
    names = list("abcdefghijklmnopqrstuvwxyz0123456789.,/ ") + [name for name in KEYS if name not in ("Shift", "Control", "Alt")]
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
