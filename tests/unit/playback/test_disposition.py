from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.delivery.disposition import attachment


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (b"Heat (1995).mkv", 'attachment; filename="Heat (1995).mkv"'),
        (
            "Amélie.mkv".encode(),
            "attachment; filename=\"Amelie.mkv\"; filename*=UTF-8''Am%C3%A9lie.mkv",
        ),
        (
            "七人.mkv".encode(),
            "attachment; filename=\"__.mkv\"; filename*=UTF-8''%E4%B8%83%E4%BA%BA.mkv",
        ),
        (
            b'a"b\\c%20.mp4',
            "attachment; filename=\"a_b_c_20.mp4\"; filename*=UTF-8''a%22b%5Cc%2520.mp4",
        ),
        (b"x\r\nSet-Cookie: a=b", 'attachment; filename="xSet-Cookie: a=b"'),
        ("a\u202ekvm.exe".encode(), 'attachment; filename="akvm.exe"'),
        (b"\x01..", 'attachment; filename="download"'),
    ],
)
def test_names(name: bytes, header: str) -> None:
    assert attachment(name) == header


def test_long_names_keep_their_extension() -> None:
    header = attachment(b"x" * 250 + b".mkv")
    assert re.fullmatch(r'attachment; filename="x{196}\.mkv"', header)


@given(st.binary(max_size=255))
def test_any_name_gives_one_line_that_reads_back(name: bytes) -> None:
    header = attachment(name)
    found = re.fullmatch(
        r"attachment; filename=\"([ !#$&-\[\]-~]+)\"(?:; filename\*=UTF-8''(\S+))?", header
    )
    assert found, header
    for character in unquote(found[2] or "", errors="strict"):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")
