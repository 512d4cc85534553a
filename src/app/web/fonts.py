"""Cuts the fonts down to what the page draws: the characters of the program, its lessons, and KS X 1001's 2,350 syllables and single letters.
What else is written with those fonts, the other 8,822 syllables above all, is in the full ones, which the page fetches when it is shown.

usage: fonts.py SOURCES OUT FULL
"""
import pathlib
import sys

from fontTools import subset

sources, out, full = map(pathlib.Path, sys.argv[1:])
used = set(map(chr, range(0x20, 0x100)))
for file in [*sources.glob("assets/words/*.json"), *sources.glob("scenarios/**/*.json"), *sources.glob("courses/*.json")]:
    used |= set(file.read_text(encoding="utf-8"))
used |= set(map(chr, range(0x3131, 0x3164)))  # single letters
for high in range(0xB0, 0xC9):
    for low in range(0xA1, 0xFF):
        used.add(bytes([high, low]).decode("euc-kr"))
mono = set(map(chr, range(0x20, 0x7F))) | {"–", "…"}


def cut(name, characters, to):
    options = subset.Options(drop_tables=["FFTM"], layout_features=[], hinting=False, name_IDs=[0, 1, 2, 13, 14], notdef_outline=True)
    font = subset.load_font(f"/usr/share/fonts/truetype/nanum/{name}.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap() if characters is None else map(ord, characters))
    subsetter.subset(font)
    to.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(to / f"{name}.ttf"), options)


for name in ["NanumBarunGothic", "NanumBarunGothicBold"]:
    cut(name, used, out)
    cut(name, None, full)
for name in ["NanumGothicCoding", "NanumGothicCodingBold"]:
    cut(name, mono, out)
