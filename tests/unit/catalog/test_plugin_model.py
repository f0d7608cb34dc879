"""What plugins may say of themselves, and how they go through their lives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.plugins.model import (
    MASK,
    TRANSITIONS,
    Description,
    LieError,
    PluginKind,
    PluginState,
    address_problem,
    before,
    checked,
    checked_confidence,
    config_violations,
    masked,
    schema_problem,
    unmasked,
)
from reelhouse_catalog.plugins.usecases import _next_state

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "token": {"type": "string", "writeOnly": True, "maxLength": 10},
        "count": {"type": "integer", "minimum": 1},
        "pattern": {"type": "string"},
    },
    "required": ["count"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "$ref", "pattern", "allOf", "items", "x"]), inner
        )
    ),
    max_leaves=8,
)


def test_schemas_that_could_cost_or_fetch_anything_are_refused() -> None:
    assert schema_problem(SCHEMA) == ""
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"properties": {"x": deep}}
    schemas: tuple[dict[str, Any], ...] = (
        {"$ref": "http://example.org/"},
        {"properties": {"x": {"$ref": "#"}}},
        {"properties": {"x": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {}}},
        {"$schema": "http://example.org/"},
        {"type": "nonsense"},
        {"properties": []},
        {"enum": list(range(5000))},
        deep,
    )
    for bad in schemas:
        assert schema_problem(bad), bad


def test_all_violations_at_once_and_no_secret_among_them() -> None:
    found = config_violations(SCHEMA, {"token": "very secret indeed", "count": 0})
    assert [violation.field for violation in found] == [
        "plugin.config.count",
        "plugin.config.token",
    ]
    assert "secret" not in str(found)
    assert [v.field for v in config_violations(SCHEMA, {})] == ["plugin.config"]


def test_masks_stand_for_what_they_hide() -> None:
    stored = {"token": "t", "count": 1}
    shown = masked(SCHEMA, stored)
    assert shown == {"token": MASK, "count": 1}
    assert unmasked(SCHEMA, shown, stored) == stored
    assert unmasked(SCHEMA, {"token": "new", "count": 2}, stored) == {"token": "new", "count": 2}


@given(JSON)
def test_any_schema_is_refused_or_can_be_used(schema: Any) -> None:
    if not isinstance(schema, dict):
        return
    if not schema_problem(schema):
        config_violations(schema, {"x": 1, "type": [1, {"x": "y"}]})
        assert masked(schema, {"a": 1}) == {"a": 1}


@given(st.floats())
def test_confidences(confidence: float) -> None:
    if 0 <= confidence <= 1:
        assert checked_confidence(confidence) == confidence
    else:
        with pytest.raises(LieError):
            checked_confidence(confidence)


@given(st.text(max_size=70), st.text(max_size=10))
def test_names_are_names(name: str, version: str) -> None:
    try:
        found = checked(Description(name, name, PluginKind.SCANNER, version))
    except LieError:
        return
    assert found.name.isascii()
    assert found.name == found.name.lower()
    assert 0 < len(found.name) < 64
    assert found.name not in ("tmdb", "user", "nfo")


@given(st.text(max_size=40))
def test_addresses_take_anything(address: str) -> None:
    if not address_problem(address):
        host, _, port = address.rpartition(":")
        assert host
        assert 0 < int(port) < 65536


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254:80",
        "[::ffff:169.254.169.254]:80",
        "[fe80::1]:1",
        "224.0.0.1:5",
        "0.0.0.0:1",
    ],
)
def test_no_plugin_is_where_machines_keep_their_secrets(address: str) -> None:
    assert address_problem(address)


def test_every_state_can_be_left_and_reached() -> None:
    assert set(TRANSITIONS) == set(PluginState)
    for state in PluginState:
        assert TRANSITIONS[state] - {state}
        assert set(before(state)) - {state}
        assert PluginState.DISABLED in TRANSITIONS[state] or state is PluginState.DISABLED


@given(st.lists(st.tuples(st.sampled_from(["well", "enable", "disable", "fail"]), st.booleans())))
def test_whatever_happens_only_allowed_states_follow(events: list[tuple[str, bool]]) -> None:
    state, wanted = PluginState.DISABLED, False
    for event, fits in events:
        after = state
        if event == "well":
            after = _next_state(state, fits=fits)
        elif event == "enable" and state is PluginState.DISABLED:
            after, wanted = PluginState.ENABLED, True
        elif event == "disable" and state is not PluginState.INSTALLING:
            after, wanted = PluginState.DISABLED, False
        elif event == "fail" and state in (PluginState.ENABLED, PluginState.UPDATING):
            after = PluginState.ERROR
        assert after is state or after in TRANSITIONS[state]
        state = after
        called = state in (PluginState.ENABLED, PluginState.ERROR, PluginState.UPDATING)
        assert called is wanted
