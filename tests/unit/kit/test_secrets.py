from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_kit.secrets import Box, SecretError, masked, new_key

OLD, NEW = os.urandom(32), os.urandom(32)
box = Box({"a": OLD})


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(max_size=20))
def test_what_is_sealed_opens_for_its_owner_only(secret: str, owner: str) -> None:
    owner = owner.encode("utf-8", "replace").decode()
    sealed = box.seal(secret, owner)
    assert box.open(sealed, owner) == secret
    assert secret.encode() not in sealed or len(secret) < 4
    with pytest.raises(SecretError):
        box.open(sealed, owner + "x")


@given(st.integers(0, 200), st.integers(1, 255))
def test_any_changed_byte_is_noticed(index: int, change: int) -> None:
    sealed = bytearray(box.seal("token" * 30, "sources/1"))
    sealed[index % len(sealed)] ^= change
    with pytest.raises(SecretError):
        box.open(bytes(sealed), "sources/1")


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SecretError):
        box.open(data, "sources/1")


def test_keys_change_without_losing_secrets() -> None:
    before = box.seal("token", "x")
    rotated = Box({"b": NEW, "a": OLD})
    assert rotated.open(before, "x") == "token"
    assert rotated.stale(before)
    after = rotated.seal("token", "x")
    assert not rotated.stale(after)
    assert Box({"b": NEW}).open(after, "x") == "token"
    with pytest.raises(SecretError, match="gone"):
        Box({"b": NEW}).open(before, "x")


def test_two_secrets_never_look_alike() -> None:
    assert box.seal("token", "x") != box.seal("token", "x")


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": {"1": new_key(), "2": new_key()}}))
    read = Box.read(path)
    assert read.open(read.seal("s", "x"), "x") == "s"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys": {}}', '{"keys": {"a": "eA=="}}', '{"keys": {"a": 1}}', "\x00"],
)
def test_bad_key_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(SecretError):
        Box.read(path)
    with pytest.raises(SecretError):
        Box.read(tmp_path / "none")


def test_masks() -> None:
    assert masked("x") == "••••••••"
    assert masked(b"") == masked(None) == ""
