"""Numbers and dates as a reader writes them, by the tables of Unicode CLDR: the one place where a page formats either."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from perfkit.language import Lang, say
from perfkit.periods import kind_of, months_of
from perfkit.problems import UsageError
from perfkit.scoring.ranking import half_up

LOCALES: dict[Lang, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}
SENTENCE, COLUMN = "long", "medium"  # 2023年6月8日 in both; 8 June 2023, and where a table has to stay narrow 8 Jun 2023
_SKELETONS = {"month": "yMMMM", "quarter": "yQQQ", "year": "y"}
EXACT = 9  # decimals at most; twelve digits leave out the noise of floating point


@cache
def _locale(lang: Lang) -> Any:
    from babel import Locale  # here, as a program that prints no page need not wait for it

    return Locale.parse(LOCALES[lang])


@cache
def _pattern(decimals: str, sign: str) -> Any:
    """A number pattern with the minus sign of print, which a hyphen is not."""
    from babel.numbers import parse_pattern

    plain = f"#,##0{'.' if decimals else ''}{decimals}{sign}"
    return parse_pattern(f"{plain};−{plain}")


@lru_cache(maxsize=10_000)
def _rounded(value: float, decimals: str, sign: str = "") -> str:
    return _written(repr(half_up(value, len(decimals) + 2 * len(sign))), decimals, sign)


def _written(digits: str, decimals: str, sign: str = "") -> str:
    value = Decimal(digits)
    return str(_pattern(decimals, sign).apply(value if value else abs(value), _locale("zh")))  # as both languages write them


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def number(value: Any, decimals: int = 2) -> str:
    """A number with thousands separators, halves rounded up as scores are; nothing for a missing one."""
    return "" if _missing(value) else _rounded(float(value), "0" * decimals)


def signed(value: Any) -> str:
    """A difference in points or money with its sign; a dash for none."""
    return "–" if _missing(value) or abs(value) < 0.005 else f"{'+' if value > 0 else ''}{number(value)}"


def exact(value: Any) -> str:
    """A number with the decimals that it has: a parameter, a target."""
    return "" if _missing(value) else _written(f"{float(value):.12g}", "#" * EXACT)


def places(values: Iterable[Any]) -> int:
    """How many decimals a column needs so that none of its numbers is rounded."""
    return max((len(exact(value).partition(".")[2]) for value in values), default=0)


def percent(value: Any) -> str:
    """A share of one as a percentage, with at most one decimal."""
    return "" if _missing(value) else _rounded(float(value), "#", "%")


def day(value: Any, lang: Lang, style: str = SENTENCE) -> str:
    """A date, also as ISO text or a timestamp; nothing for a missing one."""
    if value == "" or _missing(value):
        return ""
    from babel.dates import format_date

    return format_date(dt.date.fromisoformat(str(value)[:10]), style, _locale(lang))


def days(first: dt.date, last: dt.date, lang: Lang) -> str:
    """Days of one month, first to last, without the year."""
    from babel.dates import format_interval

    return format_interval(first, last, "MMMd", locale=_locale(lang))


def month_name(month: int, lang: Lang) -> str:
    """A month alone, as short as it goes."""
    from babel.dates import format_date

    return format_date(dt.date(2000, month, 1), "LLL", _locale(lang))


def short_period(period: str, lang: Lang) -> str:
    """A period within a year that is named beside it: ``6月``, ``第2季度``, ``上半年``."""
    match kind_of(period):
        case "month":
            return month_name(int(period[5:]), lang)
        case "quarter":
            return say("period.quarter", lang, quarter=period[-1])
        case "half_year":
            return say(f"period.short_half_{period[-1]}", lang)
    return period_words(period, lang)


def period_words(period: str, lang: Lang) -> str:
    """``2023-06`` as a reader writes it; what names no period stays as it is."""
    from babel.dates import format_skeleton

    if kind_of(period) == "half_year":  # the one kind that CLDR has no words for
        return say("period.half_year", lang, year=period[:4], half_year=say(f"period.half_{period[-1]}", lang))
    try:
        first = dt.date.fromisoformat(f"{months_of(period)[0]}-01")
    except UsageError:
        return str(period)
    return format_skeleton(_SKELETONS[kind_of(period)], first, locale=_locale(lang))
