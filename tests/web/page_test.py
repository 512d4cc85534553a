#!/usr/bin/python3
"""Drives the built page in headless Chromium by real mouse and keyboard events (scripts/web --page).

usage: page_test.py SITE OUT [TEST ...]
SITE: build/web/site; OUT: folder for screenshots. Exit status 0: everything held.
"""
import http.server
import json
import pathlib
import sys
import threading
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

site, out = map(pathlib.Path, sys.argv[1:3])
out.mkdir(parents=True, exist_ok=True)
requests = []
serving = True  # else every connection is closed


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=str(site))

    def handle(self):
        if serving:
            super().handle()

    def parse_request(self):
        return serving and super().parse_request()

    def log_message(self, *_):
        requests.append(self.path)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
root = f"http://127.0.0.1:{server.server_port}/"


def browser(language="en", width=1280, height=800, scale=1):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars",
                     f"--lang={language}", f"--window-size={width},{height}", f"--force-device-scale-factor={scale}"]:
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_script_timeout(120)
    return driver


def until(driver, what, held, told, seconds):
    """What held() gives, as soon as that is something."""
    end = time.time() + seconds
    while time.time() < end:
        if found := held():
            return found
        time.sleep(0.2)
    driver.save_screenshot(str(out / "failed.png"))
    raise AssertionError(f"{what}: not within {seconds} s; {told()}")


def wait(driver, what, script, seconds=180):
    until(driver, what, lambda: driver.execute_script("return " + script), lambda: driver.get_log("browser")[-5:], seconds)


def drawn(driver, more=1):
    frames = driver.execute_script("return typeof Page === 'undefined' ? 0 : Page.frames")
    wait(driver, "a picture", f"typeof Page !== 'undefined' && Page.frames >= {frames + more}")


def seconds_of(driver):
    """The moment in the address."""
    address = driver.execute_script("return location.hash")
    at = address.split("@")[-1].split("&")[0]
    return float(at[:-2]) / 1000 if at.endswith("ms") else float(at[:-1]) if at.endswith("s") else 0.0


def keys(driver, *all_keys):
    ActionChains(driver).send_keys(*all_keys).perform()


def no_trouble(driver):
    assert driver.execute_script("return document.getElementById('trouble').hidden"), driver.find_element("id", "trouble").text
    severe = [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    assert not severe, severe


def korean_failover():
    """The lesson to its end by real keys and clicks: Next, an answer, and what the learner is asked to do."""
    driver = browser("ko")
    driver.get(root + "?report#leader-failover")
    drawn(driver, 5)
    assert driver.execute_script("return document.documentElement.lang") == "ko"
    driver.save_screenshot(str(out / "ko-first.png"))
    said, crashed = report(driver), False
    for _ in range(120):
        before = said["step"]
        keys(driver, "n")
        drawn(driver, 3)
        keys(driver, "2")
        drawn(driver, 3)
        said = report(driver)
        if said["step"] == before and not crashed and before == ["4"]:
            ActionChains(driver).move_by_offset(560, 205).click().move_by_offset(-560, -205).perform()  # broker-1
            wait(driver, "broker-1 is selected", "location.hash.includes('select=broker-1')")
            driver.save_screenshot(str(out / "ko-turn.png"))
            keys(driver, "c")
            crashed = True
        if said["step"] == ["10"] and int(said["time_us"][0]) > 20_000_000:
            break
    driver.save_screenshot(str(out / "ko-end.png"))
    assert said["step"] == ["10"], said
    assert leader(said, "orders-0") == "2", said
    no_trouble(driver)
    driver.quit()


def link_to_a_moment():
    driver = browser("en")
    driver.get(root + "#acks@6.2s&layout=workbench")
    drawn(driver)
    wait(driver, "the way to 6.2 s", "location.hash.includes('@6.2s')")
    drawn(driver, 10)
    driver.save_screenshot(str(out / "en-acks-6.2s.png"))
    assert abs(seconds_of(driver) - 6.2) < 0.001
    # A reload comes back to the same place.
    driver.refresh()
    drawn(driver, 10)
    time.sleep(2)
    assert abs(seconds_of(driver) - 6.2) < 0.001, seconds_of(driver)
    # Another lesson by the address, and back.
    driver.execute_script("location.hash = '#isr-shrink-expand@2s'")
    wait(driver, "another lesson", "location.hash.startsWith('#isr-shrink-expand@2s')")
    drawn(driver, 5)
    driver.back()
    wait(driver, "back", "location.hash.startsWith('#acks')")
    no_trouble(driver)
    driver.quit()


def dropped_files():
    driver = browser("en")
    driver.get(root + "#acks@1s")
    drawn(driver, 5)
    before = driver.execute_script("return location.hash")
    driver.execute_script("Page.take('broken.json', new Blob(['{\"format\": 1, <script>alert(1)</script>']))")
    drawn(driver, 5)
    time.sleep(1.5)
    driver.save_screenshot(str(out / "en-malformed.png"))
    assert driver.execute_script("return location.hash") == before
    text = pathlib.Path(__file__).parents[2].joinpath("docs/examples/first.json").read_text(encoding="utf-8")
    driver.execute_script("Page.take('first.json', new Blob([arguments[0]]))", text)
    wait(driver, "the dropped file is in the address", "location.hash.startsWith('#=')")
    drawn(driver, 10)
    driver.save_screenshot(str(out / "en-dropped.png"))
    driver.refresh()
    drawn(driver, 10)
    time.sleep(2)
    driver.save_screenshot(str(out / "en-dropped-reload.png"))
    assert driver.execute_script("return location.hash").startswith("#=")
    driver.quit()


def sizes():
    for width, height, scale in [(1024, 700, 1), (1920, 1000, 1), (1280, 800, 2)]:
        driver = browser("en", width, height, scale)
        driver.get(root + "#leader-failover@12.6s")
        drawn(driver, 10)
        time.sleep(2)
        driver.save_screenshot(str(out / f"size-{width}x{height}@{scale}.png"))
        canvas = driver.execute_script("return [canvas.width, canvas.height, innerWidth * devicePixelRatio, innerHeight * devicePixelRatio]")
        assert canvas[:2] == [round(canvas[2]), round(canvas[3])], canvas
        if scale == 1 and width == 1920:
            driver.set_window_size(1100, 760)
            drawn(driver, 5)
            driver.save_screenshot(str(out / "size-after-resize.png"))
        no_trouble(driver)
        driver.quit()


def report(driver):
    """What the program says it shows: {"time_us": ["0"], "leader": ["orders-0 1", …], …}."""
    text = driver.execute_script("return typeof Module === 'undefined' || !Module.FS ? '' : Module.FS.analyzePath('/report').exists ? Module.FS.readFile('/report', {encoding: 'utf8'}) : ''")
    out = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        out.setdefault(key, []).append(value)
    return out


def wait_report(driver, what, held, seconds=120):
    def said_and_held():
        said = report(driver)
        return said if said and held(said) else None

    return until(driver, what, said_and_held, lambda: report(driver), seconds)


def leader(said, partition):
    return next(row.split()[1] for row in said["leader"] if row.split()[0] == partition)


def state(said, node):
    return next(row.split()[1] for row in said["state"] if row.split()[0] == node)


def landing():
    for language in ("en", "ko"):
        driver = browser(language)
        began = time.time()
        driver.get(root + "?report")
        drawn(driver)
        print(f"landing in {language}: picture after {time.time() - began:.1f} s")
        moved = wait_report(driver, "records move", lambda said: int(said["time_us"][0]) > 0, 20)
        before = leader(moved, "orders-0")
        driver.save_screenshot(str(out / f"{language}-landing.png"))
        if language == "en":
            driver.execute_script("document.getElementById('kill').click()")
        wait_report(driver, "the leader is dead", lambda said: state(said, "broker-" + before) != state(moved, "broker-" + before))
        driver.save_screenshot(str(out / f"{language}-landing-dead.png"))
        wait_report(driver, "another leads", lambda said: leader(said, "orders-0") not in (before, "-1"))
        print(f"landing in {language}: another leads after {time.time() - began:.1f} s")
        driver.save_screenshot(str(out / f"{language}-landing-elected.png"))
        driver.find_element("id", "learn").click()
        wait_report(driver, "the lesson from its beginning", lambda said: leader(said, "orders-0") == before)
        no_trouble(driver)
        driver.quit()


def click_broker_2(driver):
    """Keys act on the node that was clicked last."""
    ActionChains(driver).move_by_offset(1000, 500).click().move_by_offset(-220, -295).click().move_by_offset(-780, -205).perform()
    wait(driver, "broker-2 is selected", "location.hash.includes('select=broker-2')")


def by_hand():
    """Crash, undo, crash, save, reload: real keys."""
    driver = browser("en")
    downloads = out / "downloads"
    downloads.mkdir(exist_ok=True)
    for old in downloads.iterdir():
        old.unlink()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads.resolve())})
    driver.get(root + "?report#leader-failover@3s")
    alive = wait_report(driver, "the way to 3 s", lambda said: said["time_us"] == ["3000000"])
    click_broker_2(driver)
    keys(driver, "c")
    dead = wait_report(driver, "broker-2 is dead", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    assert int(dead["runs"][0]) >= 1
    ActionChains(driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    wait_report(driver, "undone", lambda said: state(said, "broker-2") == state(alive, "broker-2"))
    driver.execute_script("location.hash = '#leader-failover@3.5s'")
    wait_report(driver, "the way to 3.5 s", lambda said: said["time_us"] == ["3500000"])
    click_broker_2(driver)
    keys(driver, "c")
    wait_report(driver, "broker-2 is dead again", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    ActionChains(driver).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
    files = until(driver, "the saved session", lambda: list(downloads.glob("session-*.json")), lambda: list(downloads.iterdir()), 30)
    saved = json.loads(files[0].read_text(encoding="utf-8"))
    assert any(step.get("do") == "crash" for step in saved["steps"]), saved["steps"]
    wait(driver, "the address has the run", "location.hash.startsWith('#=')")
    link = driver.execute_script("return location.hash")
    driver.refresh()
    wait_report(driver, "as it was after a reload", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    driver.save_screenshot(str(out / "en-reloaded.png"))
    no_trouble(driver)
    driver.quit()
    other = browser("ko")  # the link alone, somewhere else
    other.get(root + "?report" + link)
    wait_report(other, "the run in the link", lambda said: state(said, "broker-2") != state(alive, "broker-2"))
    other.save_screenshot(str(out / "ko-link-with-run.png"))
    no_trouble(other)
    other.quit()


def broken_links():
    driver = browser("en")
    for broken in ["#=", "#=" + "A" * 100_000, "#=eNqrVkrLz1eyUkpKLFKqBQAeNgTA@6.2s", "#no-such-lesson@1s", "#acks@99999h", "#acks@-1s", "#%00%ff<script>@1s"]:
        driver.get("about:blank")
        driver.get(root + "?report" + broken)
        drawn(driver, 3)
        assert report(driver), broken
        text = driver.execute_script("return document.querySelector('#trouble p').textContent.replace(/[^\\x20-\\x7e]/g, '?')")
        print(f"  {broken[:24]}: {text[:90]!r}")
    driver.save_screenshot(str(out / "en-broken-link.png"))
    driver.quit()


def strangers_scenarios():
    """Whatever a scenario says is text: nothing of it becomes part of the page, and the program lives."""
    driver = browser("en")
    driver.get(root + "?report#acks@1s")
    drawn(driver, 3)
    elements = driver.execute_script("return document.getElementsByTagName('*').length")
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    files = {
        "script.json": json.dumps({"format": 1, "id": "x", "title": {"en": evil, "ko": evil}, "summary": {"en": evil}, "cluster": {"brokers": 1},
                                   "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}], "steps": [{"at": "1s", "say": {"en": evil}}], "until": "5s"}),
        "long.json": json.dumps({"format": 1, "title": "x" * 10_000_000, "cluster": {"brokers": 1}, "until": "5s"}),
        "steps.json": json.dumps({"format": 1, "title": "steps", "cluster": {"brokers": 1}, "steps": [{"at": "1s", "say": "x"}] * 1_000_000, "until": "5s"}),
        "deep.json": "[" * 1_000_000,
        "nothing.json": "",
        evil + ".json": "{}",
    }
    for name, text in files.items():
        driver.execute_script("Page.take(arguments[0], new Blob([arguments[1]]))", name, text)
        time.sleep(1)
        drawn(driver, 2)
        assert driver.execute_script("return ended") is False, name
    driver.save_screenshot(str(out / "en-strangers.png"))
    assert driver.execute_script("return window.hacked === undefined")
    assert driver.execute_script("return document.getElementsByTagName('*').length") == elements
    driver.quit()


def random_input(count=10_000):
    import random
    draw = random.Random(1)
    driver = browser("en")
    driver.get(root + "?report#leader-failover@2s")
    drawn(driver, 3)
    send = driver.execute_cdp_cmd
    names = list("abcdefghijklmnopqrstuvwxyz0123456789.,/ ") + ["Escape", "Enter", "Tab", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]
    codes = {" ": "Space", ".": "Period", ",": "Comma", "/": "Slash"}
    for n in range(count):
        if n % 2500 == 1250:  # another lesson
            driver.execute_script(f"location.hash = '#{draw.choice(['acks', 'isr-shrink-expand', 'consumer-group', 'share-group'])}@3s'")
        kind = draw.randrange(10)
        if kind < 4:
            name = draw.choice(names)
            code = codes.get(name) or ("Key" + name.upper() if name.isalpha() and len(name) == 1 else "Digit" + name if name.isdigit() else name)
            modifiers = draw.choice([0, 0, 0, 0, 8, 2]) if name not in "wtnr" else 0
            for what in ("keyDown", "keyUp"):
                event = {"type": what, "key": name, "code": code, "modifiers": modifiers}
                if what == "keyDown" and len(name) == 1 and modifiers != 2:
                    event["text"] = name
                send("Input.dispatchKeyEvent", event)
        else:
            x, y = draw.randrange(1280), draw.randrange(640)
            if kind < 7:
                send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
            elif kind < 9:
                button = draw.choice(["left", "left", "right"])
                for what in ("mousePressed", "mouseReleased"):
                    send("Input.dispatchMouseEvent", {"type": what, "x": x, "y": y, "button": button, "clickCount": 1})
            else:
                send("Input.dispatchMouseEvent", {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": draw.choice([-100, 100])})
        if n % 1000 == 999:
            assert driver.execute_script("return ended") is False, f"after {n} events: {driver.find_element('id', 'trouble').text}"
    drawn(driver, 2)
    heap = driver.execute_script("return Module.HEAP8.length") >> 20
    print(f"  {count} events, heap {heap} MiB")
    assert heap < 1024
    driver.save_screenshot(str(out / "en-random.png"))
    severe = [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    assert not severe, severe
    driver.quit()


def offline():
    global serving
    driver = browser("en")
    driver.get(root + "#acks@2s")
    drawn(driver, 3)
    driver.execute_async_script("const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true))")
    serving = False
    try:
        driver.refresh()
        drawn(driver, 3)
        driver.get("about:blank")
        driver.get(root + "#leader-failover@1s")
        drawn(driver, 3)
    finally:
        serving = True
    no_trouble(driver)
    driver.quit()


def embedded():
    driver = browser("en")
    driver.get(root + "embedding.html")
    frame = driver.find_element("tag name", "iframe")
    driver.switch_to.frame(frame)
    drawn(driver, 5)
    wait(driver, "the link to the whole page", "document.getElementById('full').href.includes('index.html#acks@6.2s')")
    driver.switch_to.default_content()
    driver.save_screenshot(str(out / "en-embedding.png"))
    driver.quit()


def touch():
    driver = browser("en")
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    driver.get(root + "?report#leader-failover@2s")
    drawn(driver, 5)
    send = driver.execute_cdp_cmd
    # A long press on the stage opens the node's menu, as the right button does; a tap elsewhere closes it.
    send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 560, "y": 205}]})
    time.sleep(1)
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    drawn(driver, 5)
    driver.save_screenshot(str(out / "en-long-press.png"))
    send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 1000, "y": 500}]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    # Next, by a tap.
    step = report(driver)["step"]
    send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 142, "y": 558}]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_report(driver, "the next step", lambda said: said["step"] != step)
    no_trouble(driver)
    driver.quit()


def own_origin_only():
    driver = browser("en")
    driver.get(root)
    drawn(driver, 10)
    for row in driver.get_log("performance"):
        message = json.loads(row["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            assert url.startswith((root, "data:", "blob:")), url
    driver.quit()


failed = 0
tests = [landing, korean_failover, link_to_a_moment, by_hand, dropped_files, broken_links, strangers_scenarios, sizes, embedded, touch, offline, own_origin_only, random_input]
for test in tests:
    if sys.argv[3:] and test.__name__ not in sys.argv[3:]:
        continue
    try:
        test()
        print(f"ok    {test.__name__}")
    except Exception as error:  # the others are still worth knowing
        failed += 1
        print(f"FAIL  {test.__name__}: {error}")
sys.exit(1 if failed else 0)
