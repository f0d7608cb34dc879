"""Languages: their ISO 639 codes and the words that name them in file and release names.

Source of the codes: ISO 639-1 and ISO 639-2, bibliographic and terminological.
"""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """One language with everything that may stand for it in a name."""

    # ISO 639-1; the 639-2 code where there is none.
    code: str
    # ISO 639-2, bibliographic: "fre".
    bibliographic: str
    # ISO 639-2, terminological: "fra".
    terminological: str
    # Words, case-folded.
    names: tuple[str, ...]


# Code, bibliographic code, terminological code, names.
_ROWS = """
af afr afr afrikaans
ar ara ara arabic العربية
bg bul bul bulgarian български
bn ben ben bengali bangla
bs bos bos bosnian
ca cat cat catalan català
cs cze ces czech čeština
cy wel cym welsh cymraeg
da dan dan danish dansk
de ger deu german deutsch
el gre ell greek ελληνικά
en eng eng english ingles inglês
es spa spa spanish español espanol castellano esp latino
et est est estonian eesti
eu baq eus basque euskara
fa per fas persian farsi
fi fin fin finnish suomi
fil fil fil filipino tagalog
fr fre fra french français francais
ga gle gle irish gaeilge
gl glg glg galician galego
he heb heb hebrew עברית
hi hin hin hindi
hr hrv hrv croatian hrvatski
hu hun hun hungarian magyar
hy arm hye armenian
id ind ind indonesian
is ice isl icelandic íslenska
it ita ita italian italiano
ja jpn jpn japanese jap 日本語
ka geo kat georgian
kk kaz kaz kazakh
kn kan kan kannada
ko kor kor korean 한국어
lt lit lit lithuanian
lv lav lav latvian
mk mac mkd macedonian
ml mal mal malayalam
mn mon mon mongolian
mr mar mar marathi
ms may msa malay
nb nob nob bokmål
nl dut nld dutch nederlands flemish
no nor nor norwegian norsk
pa pan pan punjabi
pl pol pol polish polski
pt por por portuguese português brazilian dublado
ro rum ron romanian română
ru rus rus russian русский
sk slo slk slovak slovenčina
sl slv slv slovenian slovenščina
sq alb sqi albanian
sr srp srp serbian srpski
sv swe swe swedish svenska
ta tam tam tamil
te tel tel telugu
th tha tha thai
tr tur tur turkish türkçe turkce
uk ukr ukr ukrainian українська
ur urd urd urdu
vi vie vie vietnamese
zh chi zho chinese mandarin cantonese 中文
"""

LANGUAGES: tuple[Language, ...] = tuple(
    Language(code, bibliographic, terminological, tuple(names))
    for code, bibliographic, terminological, *names in (
        row.split() for row in _ROWS.strip().splitlines()
    )
)

# Region and script subtags that follow a code in subtitle names: "pt-BR", "zh-Hans".
SUBTAGS = frozenset(
    ("419", "ar", "au", "br", "ca", "cn", "es", "fr", "gb", "hans", "hant", "hk", "la", "mx", "pt")
) | {"sg", "tw", "us"}

BY_CODE: dict[str, Language] = {language.code: language for language in LANGUAGES}

# Every code and word to its language. A later row never takes a word from an earlier one.
BY_WORD: dict[str, Language] = {}
for _language in LANGUAGES:
    for _word in (
        _language.code,
        _language.bibliographic,
        _language.terminological,
        *_language.names,
    ):
        BY_WORD.setdefault(_word, _language)
