"""Makes the pictures of the lessons' pages a third as large, for phones: WebP without loss.

usage: pictures.py LESSONS   (the folder that `kafkascope site` wrote)
"""
import pathlib
import re
import sys

from PIL import Image

lessons = pathlib.Path(sys.argv[1])
for picture in lessons.glob("pictures/*.png"):
    with Image.open(picture) as image:
        image.convert("RGB").save(picture.with_suffix(".webp"), lossless=True, method=2, quality=50)
    picture.unlink()
for page in lessons.glob("*/*.html"):
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r'("\.\./pictures/[^"]+)\.png"', r'\1.webp"', text), encoding="utf-8")
