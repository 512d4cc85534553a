#!/usr/bin/python3
"""Drives the built page in Chromium and Firefox by real mouse, touch and keyboard events (scripts/web --page).

usage: page_test.py [--browser chromium|firefox|both] SITE OUT [TEST ...]
SITE: build/web/site; OUT: for screenshots, a folder for each browser. KAFKASCOPE_NATIVE: the native program whose pictures and
trace hashes the page must have (build/release/kafkascope). Exit status 0: everything held.
"""
import signal
import subprocess
import sys
import time

import hands
import moments
import visits
from browser import Browser
from page import arguments, parser

tests = [visits.landing, visits.landing_by_itself, visits.landing_again, visits.landing_by_keys, visits.landing_left,
         visits.licences, visits.first_visit, visits.reloaded_at_once, visits.two_tabs, moments.korean_failover,
         moments.link_to_a_moment, moments.typed_moments, moments.pictures_as_native, hands.by_hand, hands.dropped_files, moments.broken_links,
         hands.strangers_scenarios, hands.memory_stop, hands.sizes, visits.embedded, visits.phone, hands.touch, hands.held_finger,
         hands.two_fingers, visits.offline, visits.another_version, moments.copied_link, hands.reduced_motion,
         moments.exported, moments.hashes_as_native, hands.random_input]
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
