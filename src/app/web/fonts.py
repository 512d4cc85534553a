"""Cuts the fonts down to what the page draws: the characters of the program, its lessons and the 2,350 syllables of KS X 1001.

usage: fonts.py SOURCES OUT
"""
import pathlib
import sys

from fontTools import subset

sources, out = map(pathlib.Path, sys.argv[1:])
used = set(map(chr, range(0x20, 0x100)))
for file in [*sources.glob("src/ui/**/*.*"), *sources.glob("src/observe/*.*"), *sources.glob("scenarios/**/*.json")]:
    used |= set(file.read_text(encoding="utf-8"))
for high in range(0xB0, 0xC9):
    for low in range(0xA1, 0xFF):
        used.add(bytes([high, low]).decode("euc-kr"))
mono = set(map(chr, range(0x20, 0x7F))) | {"–", "…"}

out.mkdir(parents=True, exist_ok=True)
for name in ["NanumBarunGothic", "NanumBarunGothicBold", "NanumGothicCoding", "NanumGothicCodingBold"]:
    options = subset.Options(drop_tables=["FFTM"], layout_features=[], hinting=False, name_IDs=[0, 1, 2, 13, 14], notdef_outline=True)
    font = subset.load_font(f"/usr/share/fonts/truetype/nanum/{name}.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(mono if "Coding" in name else used))
    subsetter.subset(font)
    subset.save_font(font, str(out / f"{name}.ttf"), options)
