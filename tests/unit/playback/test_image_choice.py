from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.images.model import WIDTHS, Form, Rendition, form_of, width_of


@pytest.mark.parametrize(
    ("text", "width"),
    [
        (None, 500),
        ("1", 92),
        ("92", 92),
        ("93", 185),
        ("1920", 1920),
        ("99999", 1920),
        ("0", None),
        ("-1", None),
        ("100000", None),
        ("1.5", None),
        ("\u0663", None),
        ("", None),
    ],
)
def test_widths_are_few(text: str | None, width: int | None) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.JPEG),
        ("*/*", Form.JPEG),
        ("image/*", Form.JPEG),
        ("image/avif,image/webp,image/apng,*/*;q=0.8", Form.WEBP),
        ("image/jpeg, IMAGE/WEBP ;q=0.5", Form.WEBP),
        ("image/webp;q=0", Form.JPEG),
        ("image/webp;q=0.000, */*", Form.JPEG),
        ("image/webpx", Form.JPEG),
    ],
)
def test_webp_is_for_those_who_name_it(accept: str, form: Form) -> None:
    assert form_of(accept) is form


@given(st.text(max_size=100), st.text(max_size=100))
def test_nothing_that_is_said_breaks_it(width: str, accept: str) -> None:
    assert width_of(width) in (None, *WIDTHS)
    assert form_of(accept) in Form


def test_what_differs_is_kept_apart() -> None:
    one = Rendition(b"/a", size=1, mtime_ns=2, inode=3, width=92, form=Form.JPEG)
    others = [
        replace(one, path=b"/b"),
        replace(one, size=9),
        replace(one, mtime_ns=9),
        replace(one, inode=9),
        replace(one, width=185),
        replace(one, form=Form.WEBP),
    ]
    assert len({one.key, *(other.key for other in others)}) == 7
