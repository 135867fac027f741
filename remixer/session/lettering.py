"""Texts in any script as matplotlib's fonts can write them. Matplotlib is imported when asked."""

import unicodedata
from functools import cache

FONT = "DejaVu Sans"
_FALLBACKS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans JP",
    "Source Han Sans",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "PingFang SC",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans",
)
_UNSEEN = {"Cc", "Cf"}


def readable(text: str, weight: str = "normal") -> tuple[str, tuple[str, ...]]:
    """A text as the fonts at hand can write it, and their families, ours first.

    What none can write becomes □, so that a name in any script never stops a picture; line breaks
    and controls are dropped.
    """
    from matplotlib import font_manager

    plain = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in _UNSEEN)
    missing = set(plain) - _glyphs(FONT, weight)
    installed = {font.name for font in font_manager.fontManager.ttflist} if missing else set()
    families = [FONT]
    for family in _FALLBACKS:
        known = missing & _glyphs(family, weight) if missing and family in installed else set()
        if known:
            families.append(family)
            missing -= known
    return "".join("□" if c in missing else c for c in plain), tuple(families)


@cache
def _glyphs(family: str, weight: str) -> set[str]:
    """The characters a family can write."""
    from matplotlib import font_manager

    path = font_manager.findfont(font_manager.FontProperties(family=family, weight=weight))
    return {chr(code) for code in font_manager.get_font(path).get_charmap()}
