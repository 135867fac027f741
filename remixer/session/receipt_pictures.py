"""Pictures of a receipt as SVG: the wave before and after, and both averaged spectra."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from remixer.session.portrait import Curve, Portrait

BEFORE, AFTER, INK, GRID = "#8b95a1", "#2f6db5", "#5c6670", "#e3e7eb"
WIDTH = 720
_WAVE, _SPECTRUM, _BOTTOM, _LEFT = 64, 190, 22, 44
RANGE_DB = 72.0
TICKS = (31.5, 63.0, 125.0, 250.0, 500.0, 1e3, 2e3, 4e3, 8e3, 16e3)


def waves(signals: Sequence[tuple[str, str, Portrait]]) -> str:
    """Waves above each other on one scale. signals: (name, colour, portrait)."""
    loudest = max(1.0, *(float(p.peaks.max(initial=0.0)) for _name, _colour, p in signals))
    parts = []
    for row, (name, colour, portrait) in enumerate(signals):
        middle = row * (_WAVE + 10) + _WAVE / 2
        half = _WAVE / 2 / loudest
        parts.append(_line(0, middle, WIDTH, middle))
        parts.append(_mirrored(portrait.peaks, middle, half, colour, 0.35))
        parts.append(_mirrored(portrait.rms, middle, half, colour, 1.0))
        parts.append(_text(2, middle - _WAVE / 2 + 9, name))
    return _svg(len(signals) * (_WAVE + 10), parts, "The wave of " + _named(signals))


def spectra(signals: Sequence[tuple[str, str, Portrait]]) -> str:
    """Averaged spectra in sixths of an octave on one scale, in dB of full scale."""
    top = top_of([portrait for _name, _colour, portrait in signals])
    parts = [*_grid(top)]
    for _name, colour, portrait in signals:
        parts.append(_curve(portrait, top, colour))
    for number, (name, colour, _portrait) in enumerate(signals):
        x = WIDTH - 150
        y = 14 + 15 * number
        parts.append(f'<path d="M{x} {y - 4}h18" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(_text(x + 24, y, name))
    return _svg(_SPECTRUM + _BOTTOM, parts, "The averaged spectrum of " + _named(signals))


def top_of(portraits: Sequence[Portrait]) -> int:
    """Where the scale of spectra ends, in dB."""
    levels = np.concatenate([portrait.levels for portrait in portraits])
    finite = levels[np.isfinite(levels)]
    return 12 * math.ceil((float(finite.max(initial=-60.0)) + 3) / 12)


def _named(signals: Iterable[tuple[str, str, Portrait]]) -> str:
    return " and ".join(name for name, _colour, _portrait in signals)


def _svg(height: float, parts: list[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="11">{"".join(parts)}</svg>'
    )


def _mirrored(values: Curve, middle: float, half: float, colour: str, opacity: float) -> str:
    """A filled wave about its middle line."""
    step = WIDTH / max(values.size, 1)
    heights = np.maximum(values * half, 0.25)
    above = [f"{i * step:.1f} {middle - h:.1f}" for i, h in enumerate(heights)]
    below = [f"{i * step:.1f} {middle + h:.1f}" for i, h in enumerate(heights)]
    points = "L".join((*above, *reversed(below)))
    return f'<path d="M{points}Z" fill="{colour}" fill-opacity="{opacity:g}"/>'


def _x(hertz: float) -> float:
    return _LEFT + (WIDTH - _LEFT) * math.log(hertz / 20.0) / math.log(1000.0)


def _y(db: float, top: float) -> float:
    return min(max(top - db, -2.0), RANGE_DB) / RANGE_DB * _SPECTRUM


def _curve(portrait: Portrait, top: float, colour: str) -> str:
    points = [
        f"{_x(hertz):.1f} {_y(level if math.isfinite(level) else -300.0, top):.1f}"
        for hertz, level in zip(portrait.centres, portrait.levels, strict=True)
    ]
    path = "L".join(points)
    return (
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.8" '
        'stroke-linejoin="round"/>'
    )


def _grid(top: float) -> Iterable[str]:
    for db in range(int(top), int(top - RANGE_DB), -12):
        y = _y(db, top)
        yield _line(_LEFT, y, WIDTH, y)
        if y > 4:
            yield _text(_LEFT - 6, y + 4, f"{db} dB".replace("-", "−"), "end")
    for hertz in TICKS:
        x, name = _x(hertz), f"{hertz:.0f}" if hertz < 1e3 else f"{hertz / 1e3:.0f}k"
        yield _line(x, 0, x, _SPECTRUM)
        yield _text(x, _SPECTRUM + 15, name, "middle")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{GRID}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}">{text}</text>'
