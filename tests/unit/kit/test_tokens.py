from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_kit.auth import keys, tokens
from reelhouse_kit.auth.principal import Principal, Role
from reelhouse_kit.ids import new_id

USER = f"users/{new_id()}"


class Keys:
    def __init__(self, folder: Path) -> None:
        made = {issuer: keys.generate(issuer) for issuer in (keys.USERS, "services/playback")}
        for issuer, key in made.items():
            keys.write(folder / f"{issuer.rpartition('/')[2]}.json", key)
        public = [keys.public_part(key) for key in made.values()]
        keys.write(folder / "public.json", {"keys": public})
        self.user = keys.read_signing_key(folder / "requests.json")
        self.service = keys.read_signing_key(folder / "playback.json")
        self.verifier = tokens.Verifier(keys.read_verifying_keys(folder / "public.json"))


@pytest.fixture
def known(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_a_good_token_names_its_user(known: Keys) -> None:
    token = tokens.issue(known.user, USER, Role.ADMIN, 60)
    for _ in range(2):  # the second time it is remembered
        principal = known.verifier.verify(token)
        assert (principal.role, principal.name) == (Role.ADMIN, USER)


def test_a_service_speaks_for_itself_only(known: Keys) -> None:
    good = tokens.ServiceToken(known.service).get()
    assert known.verifier.verify(good).role is Role.SERVICE
    for subject, role in (
        (USER, Role.ADMIN),
        ("services/catalog", Role.SERVICE),
        ("services/playback", Role.ADMIN),
    ):
        with pytest.raises(tokens.TokenError):
            known.verifier.verify(tokens.issue(known.service, subject, role, 60))


def test_users_cannot_become_services(known: Keys) -> None:
    forged = tokens.issue(known.user, "services/playback", Role.SERVICE, 60)
    with pytest.raises(tokens.TokenError):
        known.verifier.verify(forged)


def test_expired_tokens_are_refused(known: Keys) -> None:
    with pytest.raises(tokens.TokenError, match="expired"):
        known.verifier.verify(tokens.issue(known.user, USER, Role.USER, -60))


def test_a_remembered_token_is_forgotten_when_it_expires(
    known: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.issue(known.user, USER, Role.USER, 60)
    known.verifier.verify(token)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    checked: list[str] = []
    verify = known.verifier._verify

    def note(text: str) -> tuple[Principal, float]:
        checked.append(text)
        return verify(text)

    monkeypatch.setattr(known.verifier, "_verify", note)
    known.verifier.verify(token)
    assert checked == [token]


def test_the_algorithm_is_not_the_tokens_choice(known: Keys) -> None:
    claims = {
        "iss": keys.USERS,
        "aud": tokens.AUDIENCE,
        "sub": USER,
        "role": "admin",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": known.user.kid})
    public = known.user.key.public_key().public_bytes_raw()
    secret = base64.urlsafe_b64encode(public)
    symmetric = jwt.encode(claims, secret, algorithm="HS256", headers={"kid": known.user.kid})
    for token in (unsigned, symmetric):
        with pytest.raises(tokens.TokenError):
            known.verifier.verify(token)


def test_an_unknown_key_is_refused(known: Keys, tmp_path: Path) -> None:
    keys.write(tmp_path / "other.json", keys.generate(keys.USERS))
    other = keys.read_signing_key(tmp_path / "other.json")
    with pytest.raises(tokens.TokenError):
        known.verifier.verify(tokens.issue(other, USER, Role.ADMIN, 60))


@given(st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.Verifier({}).verify(text)


def test_key_files_are_private_and_problems_are_named(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    keys.write(path, keys.generate(keys.USERS))
    assert path.stat().st_mode & 0o077 == 0
    assert "d" not in keys.public_part(json.loads(path.read_text()))
    path.write_text("{}")
    for read in (keys.read_signing_key, keys.read_verifying_keys):
        with pytest.raises(keys.KeyFileError, match=r"key\.json"):
            read(path)
