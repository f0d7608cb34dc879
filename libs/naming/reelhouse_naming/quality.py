"""Picture quality in one word, as Sonarr and Radarr name their qualities, and its rank."""

from __future__ import annotations

from collections.abc import Callable

from reelhouse_naming.facts import Facts, Kind

# BEHAVIOUR 3.5: what a picture of at least so many lines is worth.
RESOLUTION_RANKS: tuple[tuple[int, int], ...] = ((2160, 40), (1080, 30), (720, 20), (480, 10))

# Sources whose quality is their name, whatever the resolution.
_ALONE = frozenset(
    ("cam", "telesync", "telecine", "workprint", "dvdscr", "regional", "brdisk", "rawhd")
)
# Containers that tell of quality where a name is silent.
_CONTAINERS: dict[str, str] = {
    **dict.fromkeys(("mkv", "mk3d", "ts", "wtv"), "hdtv720p"),
    **dict.fromkeys(("img", "iso", "vob"), "dvd"),
    "m2ts": "bluray720p",
    **dict.fromkeys(
        [
            "3gp",
            "asf",
            "avi",
            "dat",
            "divx",
            "flv",
            "m4v",
            "mov",
            "mp4",
            "mpeg",
            "mpg",
            "nsv",
            "ogm",
            "ogv",
            "rm",
            "rmvb",
            "wmv",
            "xvid",
        ],
        "sdtv",
    ),
}
_SD_CODECS = frozenset(("xvid", "divx"))
_SD, _HD, _FULL_HD, _UHD = 480, 720, 1080, 2160
_PAL, _WEB_SD = 576, 540
# Lines from which on a picture counts as the next step: 1440 lines count as 1080.
_STEPS = (_UHD, _FULL_HD, _HD)


def resolution_rank(lines: int | None) -> int:
    """Returns what a resolution is worth against others: 40 for 2160 lines and more, down to 0."""
    return next((rank for least, rank in RESOLUTION_RANKS if (lines or 0) >= least), 0)


def quality(facts: Facts) -> str:
    """Returns source and resolution in one word: webdl1080p, bluray720p, sdtv, dvd, unknown."""
    lines = _step(facts.resolution)
    if facts.source in _ALONE:
        return facts.source
    if facts.remux and facts.source in ("", "bluray"):
        return _remux(facts, lines)
    return _READERS.get(facts.source, _without_source)(facts, lines)


def _is_series(facts: Facts) -> bool:
    return facts.kind in (Kind.EPISODE, Kind.SEASON)


def _step(lines: int | None) -> int:
    """Rounds lines down to what pictures are sold with; 0 if the name is silent."""
    if not lines:
        return 0
    return next((step for step in _STEPS if lines >= step), lines)


def _dvd(facts: Facts, _lines: int) -> str:
    return "dvdr" if facts.source == "dvdr" and not _is_series(facts) else "dvd"


def _remux(facts: Facts, lines: int) -> str:
    if lines < _FULL_HD:
        return _bluray(facts, lines)
    return f"bluray{lines}p_remux" if _is_series(facts) else f"remux{lines}p"


def _bluray(facts: Facts, lines: int) -> str:
    if not lines:
        lines = _SD if facts.video_codec in _SD_CODECS else _HD
    if lines < _HD and lines != _PAL:
        lines = _SD
    return f"bluray{lines}p"


def _web(facts: Facts, lines: int) -> str:
    return f"{facts.source}{lines if lines >= _HD else _SD}p"


def _broadcast(facts: Facts, lines: int) -> str:
    if facts.source == "hdtv" and facts.video_codec == "mpeg2":
        return "rawhd"
    return f"hdtv{lines}p" if lines >= _HD else "sdtv"


def _without_source(facts: Facts, lines: int) -> str:
    if lines >= _HD:
        return f"hdtv{lines}p"
    if lines == _WEB_SD:
        # Broadcasts and discs have 480 or 576 lines; 540 come from web services.
        return "webdl480p"
    if lines or facts.video_codec:
        return "sdtv"
    return _CONTAINERS.get(facts.container, "unknown")


_READERS: dict[str, Callable[[Facts, int], str]] = {
    "dvd": _dvd,
    "dvdr": _dvd,
    "bluray": _bluray,
    "webdl": _web,
    "webrip": _web,
    "hdtv": _broadcast,
    "sdtv": _broadcast,
}
