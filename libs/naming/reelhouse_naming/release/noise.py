"""Removes what posters and indexers add around a release name, and spots names that say nothing."""

from __future__ import annotations

import re
from itertools import pairwise

_DOMAINS = (
    "com|org|net|info|biz|me|cc|to|se|io|li|ru|tv|ws|in|co|cz|site|club|xyz|lol|mx|pw|vip|top|fun"
)
# Behind a name fewer: groups are called "YTS.MX".
_DOMAINS_BEHIND = "com|org|net|info|biz|to|ru|tv|re"
# A web address in front, alone in brackets or followed by a dash: "[ www.site.org ] - ".
_SITE_IN_FRONT = re.compile(
    r"^(?:\[\s*(?:www\.[\w-]{1,60}(?:\.[\w-]{1,20}){1,3}"
    rf"|[\w-]{{1,60}}(?:\.[\w-]{{2,20}})?\.(?:{_DOMAINS}))\s*\]"
    r"|www?[.,][\w-]{1,60}(?:\.\w{2,6}){1,2}(?=[ _-])"
    rf"|[\w-]{{1,60}}\.(?:{_DOMAINS})(?=\s-\s))[\s_-]*",
    re.IGNORECASE,
)
# The same behind the name.
_SITE_BEHIND = re.compile(
    rf"\s*[\[(]\s*(?:www\.)?[\w-]{{1,60}}(?:\.[\w-]{{2,20}})?\.(?:{_DOMAINS_BEHIND})\s*[\])]\s*$",
    re.IGNORECASE,
)
# Marks of indexers and reposters, which take the place of a release group but are none.
_INDEXER = re.compile(
    r"\s*\[\s*(?:ettv|eztvx?|eztv\.re|rartv|rarbg|publichd|tgx|cttv|ethd|etrg|et|n1c|vtv|btn|gb"
    r"|prime|nzbgeek|ionetv|tpb|1337x|glodls|torrentgalaxy|anime-?tosho)\s*\]\s*$",
    re.IGNORECASE,
)
_REPOST = re.compile(
    r"(?:[-. ](?:asrequested|alternativetorequested|alternativehash|obfuscated|obfuscation"
    r"|scrambled|postbot|xpost|repost)|-(?:rakuv(?:finhel)?\d*|whiterev|buymore|gerov|z0ids3n"
    r"|chamele0n|wrteam|captcha|nzbgeek|4planet|4p|rp|pre|sample|alteza(?:chen)?|kunbus|wtfnzb"
    r"|unpack|cpost|readnzb))\s*$",
    re.IGNORECASE,
)
# Part counters of Usenet posts, and seeds and peers of torrent lists.
_COUNTER = re.compile(r"\s*\[\d{1,4}/\d{1,4}\](?:\s.*)?$|\s*\(S:\d+/L:\d+\)\s*$")

# A name written backwards, by which posters hide from indexers.
_REVERSED = re.compile(r"[-._ ](?:p027|p0801|p0612|p084|\d{2,3}E\d{2}S|462[xXhH])(?=[-._ ]|$)")

_ALPHABET = re.compile(r"[A-Za-z0-9]+$")
_HEX = re.compile(r"[0-9a-fA-F]{16,}$")
# Letters and digits without a separator at least this long are looked at for randomness.
_MIN_HASH = 12
# In random text letters and digits alternate often; in words and codes rarely.
_MAX_SWITCHES = 3
_LONG_HASH = 22
# Shapes that posting tools are known to make.
_SHAPES = re.compile(r"(?:[A-Z]{11}\d{3}|[a-z]{12}\d{3}|Backup_\d{5,}S\d\d-\d\d|\d{6}_\d\d)$")


def unreverse(name: str) -> str:
    """Turns a name around that is written backwards."""
    return name[::-1] if _REVERSED.search(name) else name


def strip_front(name: str) -> str:
    """Removes a web address in front of a name."""
    return _SITE_IN_FRONT.sub("", name, count=1)


def strip_behind(name: str) -> str:
    """Removes counters, web addresses, and the marks of indexers and reposters behind a name."""
    name = _COUNTER.sub("", name)
    before = ""
    while before != name:
        before = name
        for pattern in (_SITE_BEHIND, _INDEXER, _REPOST):
            name = pattern.sub("", name)
    return name


def is_meaningless(name: str) -> bool:
    """Tells whether a name is a hash or random text, which posters put in place of a name."""
    if _SHAPES.match(name):
        return True
    if not _ALPHABET.match(name) or len(name) < _MIN_HASH:
        return False
    if _HEX.match(name):
        return True
    switches = sum(a.isdigit() != b.isdigit() for a, b in pairwise(name))
    return switches > _MAX_SWITCHES or (len(name) >= _LONG_HASH and switches > 0)
