"""Draws key moments of the lessons and writes docs/lessons/README.md and README.ko.md. scripts/lesson-pictures calls it.

docs/lessons/moments.txt has a line for each lesson: its name, then the steps that are drawn, each with how much later the picture is, if that matters
(crash+400ms). Without it, a step that does something is drawn 400 ms later, when its act has begun to work.
"""
import json
import pathlib
import re
import subprocess
import sys

from PIL import Image

PROGRAM = "build/release/kafkascope"
FOLDER = pathlib.Path("docs/lessons")
COLOURS = 192  # half of the bytes of the whole picture
EXACT = 32     # of these, the most frequent ones, which stay as they are: backgrounds, text
AFTER_AN_ACT_MS = 400
TRACKS = {
    "why": ("Why a log", "왜 로그인가"), "log": ("The log", "로그"), "partitions": ("Partitions", "파티션"), "replication": ("Replication", "복제"),
    "producer": ("Producers", "프로듀서"), "consumer": ("Consumers", "컨슈머"), "delivery": ("Delivery", "전달 보장"), "groups": ("Groups", "컨슈머 그룹"),
    "controller": ("Controllers", "컨트롤러"), "operations": ("Operations", "운영"),
}
HEAD = {
    "en": "# The lessons in pictures\n\nKey moments of each lesson, with what is said there. `scripts/lesson-pictures` draws them; [grades.md](grades.md) says what each shows at a "
          "glance. [한국어](README.ko.md)\n",
    "ko": "# 그림으로 보는 레슨\n\n레슨마다 중요한 순간과 그때 하는 말이에요. 그림은 `scripts/lesson-pictures`가 그려요. 한국어 그림이 아직 없는 곳에는 영어 그림이 있어요. "
          "[English](README.md)\n",
}


def lessons():
    lines = pathlib.Path("scenarios/curriculum.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def moments():
    """The steps drawn of each lesson: (id, offset in ms or None)."""
    found = {}
    for line in (FOLDER / "moments.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        lesson, *steps = line.split()
        found[lesson] = []
        for step in steps:
            name, _, later = step.partition("+")
            found[lesson].append((name, int(later.removesuffix("ms")) if later else None))
    return found


def steps_of(lesson):
    """The lesson as a file, and its steps by their names, each with the time at which it happened, in microseconds."""
    file = f"scenarios/{lesson}.json"
    scenario = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    ran = subprocess.run([PROGRAM, "run", "--json", "--variant", "base", file], capture_output=True, text=True, check=False)
    at = {step["index"]: step["at_us"] for step in json.loads(ran.stdout)["steps"]}
    said = [(i, step) for i, step in enumerate(scenario["steps"]) if ("say" in step or "ask" in step) and i in at]
    return scenario, {step.get("id", f"step {i}"): {**step, "at_us": at[i]} for i, step in said}


def moment_ms(lesson, steps, step_id, later):
    """The moment of the picture, at which the step must still be the one that speaks."""
    at_us = steps[step_id]["at_us"]
    following = min((step["at_us"] for step in steps.values() if step["at_us"] > at_us), default=at_us + 10**12)
    if later is None:
        later = min(AFTER_AN_ACT_MS, (following - at_us) // 2000) if "do" in steps[step_id] else 0
    at_ms = (at_us + 999) // 1000 + later
    if at_ms * 1000 >= following:
        sys.exit(f"{lesson}: {later} ms after {step_id} another step speaks")
    return at_ms


def with_few_colours(image):
    """The picture with a palette that leaves no colour out, however few pixels have it: a fetch stays magenta, and an error red."""
    counted = sorted(image.getcolors(image.width * image.height), reverse=True)
    flat = image.quantize(COLOURS - EXACT, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette()
    palette = [colour for _, colour in counted[:EXACT]]
    palette += list(zip(flat[::3], flat[1::3], flat[2::3]))[:COLOURS - EXACT]
    nearest = {colour: min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(colour, palette[i]))) for _, colour in counted}
    few = Image.new("P", image.size)
    few.putpalette([value for colour in palette for value in colour])
    few.putdata([nearest[colour] for colour in image.getdata()])
    return few


def draw(lesson, at_ms, lang, name):
    at = f"{at_ms}ms"
    out = FOLDER / name
    subprocess.run([PROGRAM, "--lang", lang, "render", f"scenarios/{lesson}.json", "--at", at, "--size", "1280x720", "--theme", "light", "--out", str(out)],
                   check=True)
    with Image.open(out) as image:
        few = with_few_colours(image.convert("RGB"))
    few.save(out, optimize=True)


def shown(text):
    """A sentence of a lesson as Markdown."""
    return re.sub(r"([\\*_<>|`\[\]])", r"\\\1", text.strip()).replace("\n\n", "\n>\n> ")


def main(arguments):
    only_missing = "--missing" in arguments
    wanted = [a for a in arguments if a != "--missing"]
    unknown = [lesson for lesson in wanted if lesson not in lessons()]
    if unknown:
        sys.exit(f"no lesson is called {unknown[0]}; scenarios/curriculum.txt has their names")
    drawn = moments()
    texts, keep, track = dict(HEAD), set(), ""
    for lesson in lessons():
        folder, short = lesson.split("/")
        scenario, steps = steps_of(lesson)
        korean_too = folder != track
        for i, lang in enumerate(("en", "ko")):
            if folder != track:
                texts[lang] += f"\n## {TRACKS[folder][i]}\n"
            texts[lang] += f"\n### {shown(scenario['title'][lang])}\n\n[`{lesson}`](../../scenarios/{lesson}.json): {shown(scenario['summary'][lang])}\n"
        track = folder
        for step_id, later in drawn[lesson]:
            if step_id not in steps:
                sys.exit(f"{lesson} says nothing at a step called {step_id}")
            step, at_ms = steps[step_id], moment_ms(lesson, steps, step_id, later)
            names = {"en": f"{short}-{step_id}.png", "ko": f"{short}-{step_id}-ko.png" if korean_too else f"{short}-{step_id}.png"}
            for lang, name in names.items():
                if name not in keep and (not wanted or lesson in wanted) and not (only_missing and (FOLDER / name).exists()):
                    draw(lesson, at_ms, lang, name)
                keep.add(name)
                texts[lang] += f"\n![{short}, {at_ms / 1000:.1f} s]({name})\n\n> {shown(step['say'][lang])}\n"
    for picture in FOLDER.glob("*.png"):
        if picture.name not in keep:
            picture.unlink()
    for lang, name in (("en", "README.md"), ("ko", "README.ko.md")):
        (FOLDER / name).write_text(texts[lang], encoding="utf-8")


main(sys.argv[1:])
