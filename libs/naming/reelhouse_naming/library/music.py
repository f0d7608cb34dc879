"""Reads the names and folders of music: Artist/Album (Year)/CD1/01 - Track.flac."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.facts import Facts, Kind
from reelhouse_naming.library.folders import disc_number
from reelhouse_naming.text import Stem, plain
from reelhouse_naming.titles import clean_title

_YEAR = re.compile(r"\s*[(\[]((?:19|20)\d\d)(?:[-.]\d\d){0,2}[)\]]")
_YEAR_FIRST = re.compile(r"[(\[]?((?:19|20)\d\d)[)\]]?\s*[-._]?\s+(?=\S)")
_FORMAT = re.compile(
    r"\s*[(\[{][^()\[\]{}]*\b(?:flac|mp3|aac|alac|m4a|ogg|opus|wav|\d{2,3} ?k(?:bps|hz)?"
    r"|24.?bit|16.?bit|v0|cd|vinyl|web|lossless)\b[^()\[\]{}]*[)\]}]",
    re.IGNORECASE,
)
# "1-01 Track", "1.01 Track", "CD1-01 Track".
_DISC_TRACK = re.compile(r"(?:cd|disc ?)?(\d{1,2})[-.](\d{2})(?!\d)[\s._-]+(?=\S)", re.IGNORECASE)
# "101 Track": first disc, first track.
_JOINED = re.compile(r"([1-9])(\d{2})[\s._-]+(?=\S)")
_TRACK = re.compile(r"(?:track\s*)?(\d{1,3})(?:[\s._)-]+(?=\S)|$)", re.IGNORECASE)
# "Album (Disc 2)", "Album CD1".
_DISC_BEHIND = re.compile(r"[\s(\[,-]+(?:cd|dis[ck])[\s._#-]*(\d{1,2})[)\]]?$", re.IGNORECASE)
_ARTIST_ALBUM = re.compile(r"(?P<artist>.+?)\s+-\s+(?P<album>.+)$")
_ARTIST_TRACK = re.compile(r"(?P<artist>.+?)\s+-\s+(?:(?P<track>\d{1,3})\s+-\s+)?(?P<title>.+)$")
_VARIOUS = frozenset(("various artists", "various", "va", "compilations"))
_ARTIST_AND_ALBUM = 2
_CONFIDENCE_FOLDERS, _CONFIDENCE_FOLDER, _CONFIDENCE_FILE = 0.90, 0.70, 0.50
_UNNUMBERED = 0.05


class _Track(NamedTuple):
    title: str
    number: int | None = None
    disc: int | None = None
    artist: str = ""


def read_track(folders: list[str], stem: Stem) -> Facts:
    """Reads a track from its folders (outermost first) and its file name.

    The folders are Artist/Album, or one that says both; folders of discs count for none.
    """
    discs = [number for folder in folders if (number := disc_number(folder)) is not None]
    above = [folder for folder in folders if disc_number(folder) is None]
    if above and (behind := _DISC_BEHIND.search(above[-1])):
        discs.append(int(behind[1]))
        above[-1] = above[-1][: behind.start()]
    artist, album, year = _read_album(above)
    track = _read_file(stem.name, artist, album)
    if artist.casefold() in _VARIOUS or not artist:
        artist = track.artist or artist
    confidence = _CONFIDENCE_FILE
    if above:
        confidence = _CONFIDENCE_FOLDERS if artist and album else _CONFIDENCE_FOLDER
    if track.number is None:
        confidence -= _UNNUMBERED
    return Facts(
        kind=Kind.TRACK,
        title=album,
        year=year,
        episode_titles=(track.title,) if track.title else (),
        part=track.number,
        disc=discs[-1] if discs else track.disc,
        creator=artist,
        container=stem.extension,
        confidence=confidence,
    )


def _read_album(folders: list[str]) -> tuple[str, str, int | None]:
    """Returns artist, album and year."""
    if not folders:
        return "", "", None
    text = _FORMAT.sub("", plain(folders[-1])).strip()
    year = None
    if found := _YEAR.search(text):
        year, text = int(found[1]), _YEAR.sub("", text).strip()
    elif (found := _YEAR_FIRST.match(text)) and text[found.end() :]:
        year, text = int(found[1]), text[found.end() :].lstrip("- ")
    artist = clean_title(plain(folders[-2])) if len(folders) >= _ARTIST_AND_ALBUM else ""
    match = _ARTIST_ALBUM.match(text)
    if match and artist.casefold() in ("", match["artist"].casefold()):
        artist, text = match["artist"], match["album"]
        if year is None and (found := _YEAR_FIRST.match(text)):
            year, text = int(found[1]), text[found.end() :].lstrip("- ")
    return artist, clean_title(text) or text, year


def _read_file(name: str, artist: str, album: str) -> _Track:
    text = plain(name).strip()
    for prefix in (artist, album):
        # "Artist - Album - 04 - Title".
        if prefix and text.casefold().startswith(f"{prefix} - ".casefold()):
            text = text[len(prefix) + len(" - ") :]
    disc = number = None
    if match := _DISC_TRACK.match(text) or _JOINED.match(text):
        disc, number, text = int(match[1]), int(match[2]), text[match.end() :]
    elif match := _TRACK.match(text):
        number, text = int(match[1]), text[match.end() :]
    track_artist = ""
    if match := _ARTIST_TRACK.match(text):
        known = artist and match["artist"].casefold() == artist.casefold()
        if known or match["track"] or artist.casefold() in _VARIOUS or not artist:
            track_artist, text = match["artist"], match["title"]
            number = int(match["track"]) if match["track"] else number
    return _Track(clean_title(text) or text, number, disc, track_artist)
