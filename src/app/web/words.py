"""Writes the page's words as a script, words.js: of each language the rows of its catalogue that page.js says.

usage: words.py PAGE_JS CATALOGUES OUT
"""
import json
import pathlib
import re
import sys

page, catalogues, out = map(pathlib.Path, sys.argv[1:])
keys = sorted(set(re.findall(r"'((?:web|ui)\.[a-z_]+)'", page.read_text(encoding="utf-8"))))
words = {}
for lang in ["en", "ko"]:
    rows = json.loads((catalogues / f"{lang}.json").read_text(encoding="utf-8"))
    words[lang] = {key: rows[key] for key in keys}
out.write_text(f"'use strict';\nconst kWords = {json.dumps(words, ensure_ascii=False)};\n", encoding="utf-8")
