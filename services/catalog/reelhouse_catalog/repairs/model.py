"""Who is asked to bring back what broken links led to, and what they are asked. No I/O."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.sources.model import SOURCE, plain_url
from reelhouse_catalog.symlinks.model import LinkKind, Symlink, folder_problem
from reelhouse_catalog.symlinks.targets import below
from reelhouse_kit.names import ResourceName
from reelhouse_kit.secrets import MASK

ROUTE = ResourceName("catalog.reelhouse/SymlinkRoute", "symlinkRoutes/{symlink_route}")
ACTION = ResourceName(
    "catalog.reelhouse/SymlinkAction", "libraries/{library}/symlinkActions/{symlink_action}"
)
DEFAULT_MOST, MOST = 25, 1000
"""How many actions are queued, or sent, at once."""
MAX_SENDS = 6
"""How often an action is tried while its server does not answer."""
_FIRST_DELAY, _LONGEST_DELAY = 20.0, 3600.0
LONGEST_RETRY_AFTER = 24 * 3600.0


class ActionState(StrEnum):
    """Where an action is in its life."""

    PENDING = "pending"
    """It is to be sent."""
    SENT = "sent"
    """It was asked; nobody knows whether it helps."""
    FAILED = "failed"
    VERIFIED = "verified"
    """A scan saw all its links whole."""


TRANSITIONS: Mapping[ActionState, frozenset[ActionState]] = MappingProxyType(
    {
        # A link may heal before anybody is asked.
        ActionState.PENDING: frozenset(
            {ActionState.SENT, ActionState.FAILED, ActionState.VERIFIED}
        ),
        ActionState.SENT: frozenset({ActionState.VERIFIED, ActionState.FAILED}),
        ActionState.FAILED: frozenset({ActionState.PENDING}),
        ActionState.VERIFIED: frozenset(),
    }
)
"""What may follow what. Only a scan verifies."""
LIVE = frozenset({ActionState.PENDING, ActionState.SENT})


def may_become(state: ActionState) -> list[ActionState]:
    """Returns the states that an action may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


class Scope(StrEnum):
    """What an action asks for."""

    MOVIE = "movie"
    SEASON = "season"
    EPISODE = "episode"


class RepairError(Exception):
    """A server was asked, and does not do it.

    Args:
        code: The reason.
        message: What happened, for people, without secrets.
        again: Whether it may do it later.
        after: After how many seconds, if it says so.
    """

    def __init__(
        self, code: str, message: str, *, again: bool = False, after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.again = again
        self.after = after


@dataclass(frozen=True, slots=True)
class Route:
    """Who is asked about the links below a folder, as it is stored. The token is sealed."""

    id: UUID
    prefix: str
    source_id: UUID | None
    relay_url: str
    relay_type: str
    relay_token: bytes | None = field(repr=False)
    enabled: bool
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name; what its token is sealed for."""
        return ROUTE.format(self.id)


@dataclass(frozen=True, slots=True)
class Action:
    """A question to a server, as it is stored."""

    id: UUID
    library_id: UUID
    route_id: UUID | None
    scope: Scope
    state: ActionState
    url: str
    reason: str
    related_path: str
    term: str
    dedupe_key: str
    attempts: int
    next_at: datetime
    remote_id: str
    error_code: str
    last_error: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    verified_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return ACTION.format(self.library_id, self.id)


@dataclass(frozen=True, slots=True)
class Planned:
    """A question that is to be queued."""

    route: Route
    scope: Scope
    term: str
    related_path: str
    dedupe_key: str
    url: str
    links: tuple[Symlink, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be queued, and how many links nobody can be asked about."""

    actions: list[Planned]
    unrouted: int


def route_problems(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns what is wrong with the fields of a route, as (field, problem)."""
    found = []
    relay_url, token = values["relay_url"], values["relay_token"]
    if problem := folder_problem(values["prefix"]):
        found.append(("prefix", problem))
    if bool(relay_url) == (values["source_id"] is not None):
        found += [(name, "is wanted: either source or relay_url") for name in _EITHER]
    if relay_url:
        return found + _relay_problems(relay_url, values["relay_type"], token)
    if token and token != MASK:
        found.append(("relay_token", "is for relays only"))
    return found


_EITHER = ("source", "relay_url")


def _relay_problems(relay_url: str, relay_type: str, token: str) -> list[tuple[str, str]]:
    found = []
    if plain_url(relay_url) is None:
        found.append(("relay_url", "is not an address of the form http://host:port/find"))
    if not relay_type:
        found.append(("relay_type", "is required for relays"))
    if token != MASK and not (token.isascii() and (token.isprintable() or not token)):
        found.append(("relay_token", "has characters that no header may hold"))
    return found


class Routes:
    """Finds the route of a link: the longest folder that holds it, whole names only."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(
            ((os.fsencode(route.prefix), route) for route in routes if route.enabled),
            key=lambda pair: -len(pair[0].rstrip(b"/")),
        )

    def pick(self, path: bytes) -> Route | None:
        """Returns the route for an absolute path."""
        for prefix, route in self._routes:
            if below(path, prefix) is not None:
                return route
        return None


def plan(
    links: Sequence[Symlink], root: bytes, routes: Routes, *, threshold: int, most: int
) -> Plan:
    """Returns what to ask about some links, at most `most` questions.

    From `threshold` broken episodes of a season on, the season is asked for once.
    """
    seasons: dict[tuple[UUID, str, int | None, int], list[Symlink]] = {}
    singles: list[tuple[Route, Symlink]] = []
    by_id: dict[UUID, Route] = {}
    unrouted = 0
    for link in links:
        route = routes.pick(os.path.join(root, link.path))
        if route is None or link.kind is LinkKind.OTHER:
            unrouted += 1
            continue
        by_id[route.id] = route
        # Episodes by day or absolute number have no season that a server would know.
        if link.kind is LinkKind.SHOW and link.season is not None and _is_numbered(link):
            key = (route.id, link.title_norm, link.year, link.season)
            seasons.setdefault(key, []).append(link)
        else:
            singles.append((route, link))
    actions = []
    for (route_id, _, _, season), some in seasons.items():
        route = by_id[route_id]
        if len(some) >= max(2, threshold):
            actions.append(_season(route, season, some))
        else:
            singles += [(route, link) for link in some]
    actions += [_single(route, link) for route, link in singles]
    return Plan(actions[:most], unrouted)


def _is_numbered(link: Symlink) -> bool:
    return (link.unit or "").startswith("s")


def _season(route: Route, season: int, links: Sequence[Symlink]) -> Planned:
    first = links[0]
    term = f"{first.name} S{season:02}"
    return Planned(
        route,
        Scope.SEASON,
        term,
        f"{first.name}::S{season:02}",
        f"{route.id}:season:{first.title_norm}:{first.year or ''}:{season}",
        url_of(route, Scope.SEASON, term),
        tuple(links),
    )


def _single(route: Route, link: Symlink) -> Planned:
    scope = Scope.MOVIE if link.kind is LinkKind.MOVIE else Scope.EPISODE
    term = link.name if scope is Scope.MOVIE else f"{link.name} {_code(link)}".strip()
    return Planned(
        route,
        scope,
        term,
        shown_path(link.path),
        f"{route.id}:link:{link.id}",
        url_of(route, scope, term),
        (link,),
    )


def _code(link: Symlink) -> str:
    unit = link.unit or ""
    return unit[1:] if unit.startswith("d") else unit.upper()


_RELAY_SCOPES = {Scope.MOVIE: "auto", Scope.SEASON: "season", Scope.EPISODE: "auto"}


def url_of(route: Route, scope: Scope, term: str) -> str:
    """Returns the address that a question goes to, without any secret."""
    if route.source_id is not None:
        return f"{SOURCE.format(route.source_id)}/api/v3/command"
    return f"{route.relay_url}?{urlencode(relay_question(route, scope, term))}"


def relay_question(route: Route, scope: Scope, term: str) -> dict[str, str]:
    """Returns what a relay is asked."""
    return {"type": route.relay_type, "scope": _RELAY_SCOPES[scope], "term": term}


def delay(attempts: int, after: float | None) -> timedelta:
    """Returns how long to wait before a server is asked again: as it says, else doubling."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** max(0, attempts - 1))
    seconds = random.uniform(longest / 2, longest)  # noqa: S311 # jitter
    if after is not None:
        seconds = max(seconds, min(after, LONGEST_RETRY_AFTER))
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class LinkNow:
    """How a link of an action is, as a scan saw it."""

    action_id: UUID
    status: str
    ignored: bool
    succeeded: bool
    """Whether another link in its folder leads to the same part of the same title, since then."""

    @property
    def is_whole(self) -> bool:
        """Whether what it led to is there again."""
        return self.status == "ok" or (self.status == "vanished" and self.succeeded)


class Verdict(StrEnum):
    """What a scan says of an action."""

    WAIT = "wait"
    VERIFIED = "verified"
    GONE = "gone"
    """None of its links is there, or wanted, any more."""
    IN_VAIN = "in_vain"
    """It was asked long ago, and something is still broken."""


def judge(
    links: Sequence[LinkNow], sent_at: datetime | None, now: datetime, patience: timedelta
) -> Verdict:
    """Returns what a scan says of a pending or sent action."""
    left = [
        one for one in links if not (one.ignored or (one.status == "vanished" and not one.is_whole))
    ]
    if not left:
        return Verdict.GONE
    if all(one.is_whole for one in left):
        return Verdict.VERIFIED
    if sent_at is not None and now - sent_at >= patience:
        return Verdict.IN_VAIN
    return Verdict.WAIT
