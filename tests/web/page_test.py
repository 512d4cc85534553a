#!/usr/bin/python3
"""Drives the built page in headless Chromium by real mouse and keyboard events (scripts/web --page).

usage: page_test.py SITE OUT
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

site, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
requests = []


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=str(site))

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


def wait(driver, what, script, seconds=180):
    end = time.time() + seconds
    while time.time() < end:
        if driver.execute_script("return " + script):
            return
        time.sleep(0.2)
    driver.save_screenshot(str(out / "failed.png"))
    raise AssertionError(f"{what}: not within {seconds} s; {driver.get_log('browser')[-5:]}")


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
    driver = browser("ko")
    began = time.time()
    driver.get(root)
    drawn(driver)
    print(f"first picture after {time.time() - began:.1f} s")
    assert driver.execute_script("return document.documentElement.lang") == "ko"
    drawn(driver, 30)
    driver.save_screenshot(str(out / "ko-first.png"))
    # Through the lesson: Next, and answers by their keys, until its end.
    for step in range(60):
        keys(driver, "n")
        drawn(driver, 10)
        keys(driver, "1")
        drawn(driver, 10)
        time.sleep(0.5)
        if step in (5, 12):
            driver.save_screenshot(str(out / f"ko-step-{step}.png"))
        if seconds_of(driver) >= 28:
            break
    driver.save_screenshot(str(out / "ko-end.png"))
    print(f"the lesson in Korean: {seconds_of(driver):.1f} s")
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
    wait(driver, "the dropped file", "location.hash.includes('first.json')")
    drawn(driver, 10)
    driver.save_screenshot(str(out / "en-dropped.png"))
    driver.refresh()
    drawn(driver, 10)
    time.sleep(2)
    driver.save_screenshot(str(out / "en-dropped-reload.png"))
    assert "mine.json" in driver.execute_script("return location.hash")
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
for test in [korean_failover, link_to_a_moment, dropped_files, sizes, own_origin_only]:
    try:
        test()
        print(f"ok    {test.__name__}")
    except Exception as error:  # the others are still worth knowing
        failed += 1
        print(f"FAIL  {test.__name__}: {error}")
sys.exit(1 if failed else 0)
