"""The process that makes one image smaller: `python -m reelhouse_playback.images.resizer`.

Its arguments are a width, a form and two paths, of the original and of the file to write. Originals
are what strangers made: this process has limits, and whatever happens to it, the service lives on.
"""

from __future__ import annotations

import os
import resource
import sys

from PIL import Image, ImageOps

from reelhouse_playback.images.model import UNREADABLE

_MOST_PIXELS = 64_000_000
_MOST_BYTES = 64 * 1024**2
_MOST_WRITTEN = 16 * 1024**2
_SECONDS = 20
"""Of processor time."""
_TALLEST = 4
"""Times the width: more is no image that anybody shows."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_QUALITY = 85


def resize(width: int, form: str, source: bytes, target: bytes) -> None:
    """Writes an image anew.

    Raises:
        ValueError: The original is no image, or too large.
    """
    with open(source, "rb") as file:
        if os.fstat(file.fileno()).st_size > _MOST_BYTES:
            raise ValueError("too many bytes")
        with Image.open(file, formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("too many pixels")
            opened.draft("RGB", (width, width * _TALLEST))
            image = ImageOps.exif_transpose(opened)
            clear = "A" in image.getbands() or "transparency" in image.info
            image = image.convert("RGBA" if clear else "RGB")
    image.thumbnail((width, width * _TALLEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if clear and form == "jpeg":
        ground = Image.new("RGB", image.size)
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.save(os.fsdecode(target), form, quality=_QUALITY, optimize=True)


def main() -> None:
    """Resizes what the arguments say."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_WRITTEN, _MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    width, form, source, target = sys.argv[1:]
    try:
        resize(int(width), form, os.fsencode(source), os.fsencode(target))
    except Exception as error:  # noqa: BLE001 # decoders raise of every kind
        sys.stderr.write(f"{error!r}\n")
        sys.exit(UNREADABLE)


if __name__ == "__main__":
    main()
