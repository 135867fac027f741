"""Spectrograms as PNG pictures: one signal's levels, or the stems' shares in a mix."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remixer.audio.placing import whole
from remixer.dsp.masks import normalise_masks
from remixer.dsp.signal import STEMS
from remixer.dsp.spectrogram import (
    FLOOR_DB,
    STEM_COLOURS,
    Levels,
    Spectrogram,
    StemShares,
    blend,
)
from remixer.errors import OutputError
from remixer.session.lettering import FONT, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

WIDTH, HEIGHT = 1600, 900
"""Pixels of a picture."""

LEVELS_CELLS = (1376, 712)
SHARES_CELLS = (1064, 712)
"""Columns and rows of the large panels: a cell is a pixel."""

DECIBELS = 80.0
"""What a picture shows below its loudest level."""

_CONTRAST = 0.75  # exponent that lifts quiet cells, where colours would else be hard to tell

_DPI = 100
_LEFT, _BOTTOM = 92, 72
_GROUND, _INK, _FAINT = "#101216", "#ECEEF2", "#9BA3B0"
_SILENCE = (0.0, 0.0, 0.01)  # sRGB, where both colour maps begin
_SMALL = (_LEFT + SHARES_CELLS[0] + 32, 380, 151, 36)  # left, width, height and gap of small panels
_THEME: dict[Any, Any] = {
    "figure.facecolor": _GROUND,
    "savefig.facecolor": _GROUND,
    "axes.facecolor": _SILENCE,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _FAINT,
    "text.color": _INK,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
    "font.family": [FONT],
    "font.size": 10.5,
}
_FREQUENCIES = tuple(d * 10.0**e for e in (1, 2, 3, 4) for d in (1, 2, 5))
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True)
class Caption:
    """What stands above a picture. title: a file's name, in any script."""

    title: str
    subtitle: str


@contextmanager
def new_picture(target: Path, overwrite: bool) -> Iterator[Path]:
    """A file beside the target to write to, which takes its name at the end or leaves nothing.

    Raises OutputError for another extension than .png and for a folder that is not there or cannot
    be written to, at once; for a full disk, and a target that came to exist, when it is met.
    """
    if target.suffix.lower() != ".png":
        raise OutputError(f"{target.name} is not a PNG file: give a name that ends in .png")
    try:
        with whole(target.resolve(), overwrite=overwrite, name=target) as temporary:
            yield temporary
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error


def decibel_range(levels: Levels) -> tuple[float, float]:
    """The lowest and highest level to show: from the loudest, rounded up to 5 dB, down DECIBELS."""
    top = max(5.0 * math.ceil(float(levels.max()) / 5.0), FLOOR_DB + DECIBELS)
    return top - DECIBELS, top


def draw_levels(
    target: Path, picture: Spectrogram, caption: Caption, shown_db: tuple[float, float]
) -> None:
    """Write a signal's spectrogram with its colour bar. shown_db: lowest and highest level."""
    with _canvas(target, caption) as figure:
        columns, rows = LEVELS_CELLS
        axes = _panel(figure, (_LEFT, _BOTTOM, columns, rows))
        image = _show(
            axes, picture, picture.levels, cmap="magma", vmin=shown_db[0], vmax=shown_db[1]
        )
        _frequency_axis(axes, picture)
        _time_axis(axes, picture.seconds, columns)
        bar = _panel(figure, (_LEFT + columns + 24, _BOTTOM, 14, rows))
        figure.colorbar(image, cax=bar)
        _quiet(bar)
        bar.set_title("dBFS", color=_FAINT, fontsize=10.5, pad=9)


def draw_shares(target: Path, picture: StemShares, caption: Caption) -> None:
    """Write the mix coloured by the stems that own it, and each stem's part in a small panel."""
    shown_db = decibel_range(picture.mix.levels)
    with _canvas(target, caption) as figure:
        columns, rows = SHARES_CELLS
        axes = _panel(figure, (_LEFT, _BOTTOM, columns, rows))
        # In proportion to the stems' powers, which tells the owner more clearly than magnitudes.
        mixture = _pixels(normalise_masks(picture.shares**2), picture.mix.levels, shown_db)
        _show(axes, picture.mix, mixture)
        _frequency_axis(axes, picture.mix)
        _time_axis(axes, picture.mix.seconds, columns)
        for k in range(len(STEMS)):
            _stem_panel(figure, picture, k, shown_db)
        _brightness_key(figure, shown_db)


def _stem_panel(
    figure: "Figure", picture: StemShares, stem: int, shown_db: tuple[float, float]
) -> None:
    """One stem as its shares take it from the mix, in its colour, named by it."""
    left, width, height, gap = _SMALL
    bottom = _BOTTOM + (len(STEMS) - 1 - stem) * (height + gap)
    axes = _panel(figure, (left, bottom, width, height))
    alone = np.zeros_like(picture.shares)
    alone[stem] = 1.0
    share_db = 20.0 * np.log10(np.maximum(picture.shares[stem], 1e-9))
    _show(axes, picture.mix, _pixels(alone, picture.mix.levels + share_db, shown_db))
    axes.set_xticks([])
    axes.set_yticks([])
    name = STEMS[stem]
    axes.set_title(
        name.capitalize(), loc="left", color=STEM_COLOURS[name], fontsize=12, weight="bold", pad=6
    )


def _brightness_key(figure: "Figure", shown_db: tuple[float, float]) -> None:
    """A grey bar under the small panels: which brightness is which level."""
    left, width, _, _ = _SMALL
    axes = _panel(figure, (left, 48, width, 8))
    ramp = _brightness(np.linspace(*shown_db, width), shown_db)[np.newaxis]
    extent = (*shown_db, 0.0, 1.0)
    axes.imshow(ramp, cmap="gray", vmin=0.0, vmax=1.0, aspect="auto", extent=extent)
    _quiet(axes)
    axes.set_yticks([])
    ticks = [float(tick) for tick in np.linspace(*shown_db, 3)]
    labels = [f"{tick:g}".replace("-", "−") for tick in ticks]
    axes.set_xticks(ticks, [*labels[:-1], f"{labels[-1]} dBFS"])
    first, *_, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


def _pixels(
    shares: NDArray[np.floating], levels: NDArray[np.floating], shown_db: tuple[float, float]
) -> NDArray[np.uint8]:
    return blend(shares, _brightness(levels, shown_db), _SILENCE)


def _brightness(
    levels: NDArray[np.floating], shown_db: tuple[float, float]
) -> NDArray[np.floating]:
    low, high = shown_db
    return np.asarray(np.clip((levels - low) / (high - low), 0.0, 1.0) ** _CONTRAST)


@contextmanager
def _canvas(target: Path, caption: Caption) -> Iterator["Figure"]:
    """A figure in our theme, whatever the user's matplotlibrc says; written at the end."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_THEME)
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI)
        FigureCanvasAgg(figure)
        _write_caption(figure, caption)
        yield figure
        figure.savefig(target, format="png", dpi=_DPI)


def _write_caption(figure: "Figure", caption: Caption) -> None:
    for text, y, size, colour, weight in (
        (caption.title, 856, 17, _INK, "bold"),
        (caption.subtitle, 825, 11, _FAINT, "normal"),
    ):
        words, families = readable(text, weight)
        label = figure.text(
            _LEFT / WIDTH,
            y / HEIGHT,
            words,
            fontsize=size,
            color=colour,
            weight=weight,
            family=list(families),
            parse_math=False,
        )
        _shorten(label, WIDTH - 2 * _LEFT)


def _shorten(label: Any, width: int) -> None:
    """Take from the middle of a text that is wider than `width` pixels until it fits."""
    text = label.get_text()
    kept = len(text)
    while label.get_window_extent().width > width and kept > 2:
        kept = kept * 15 // 16
        label.set_text(text[: kept - kept // 3].rstrip() + "…" + text[len(text) - kept // 3 :])


def _panel(figure: "Figure", box: tuple[int, int, int, int]) -> "Axes":
    """Axes whose inside is a box of pixels: left, bottom, width, height."""
    left, bottom, width, height = box
    return figure.add_axes((left / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT))


def _show(axes: "Axes", picture: Spectrogram, cells: NDArray[Any], **colours: Any) -> "AxesImage":
    """Cells over seconds and octaves, rows from the bottom up."""
    low, high = np.log2(picture.edges_hz[[0, -1]])
    extent = (0.0, max(picture.seconds, 1e-9), float(low), float(high))
    image = axes.imshow(
        cells, origin="lower", aspect="auto", extent=extent, interpolation="auto", **colours
    )
    _quiet(axes)
    return image


def _quiet(axes: "Axes") -> None:
    """No frame: the picture is its own."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=4, width=0.8, pad=5)


def _frequency_axis(axes: "Axes", picture: Spectrogram) -> None:
    low, high = picture.edges_hz[[0, -1]]
    shown = [f for f in _FREQUENCIES if low <= f <= high]
    axes.set_yticks(np.log2(shown), [hertz(f) for f in shown])
    axes.set_ylabel("Hz", rotation=0, ha="right", va="center")
    axes.yaxis.set_label_coords(-14 / axes.bbox.width, 1 + 18 / axes.bbox.height)


def _time_axis(axes: "Axes", seconds: float, width: int) -> None:
    ticks, labels = time_ticks(seconds, max(2, width // 100))
    axes.set_xticks(ticks, labels)


def hertz(frequency: float) -> str:
    """A frequency for an axis: 500, 2k."""
    return f"{frequency / 1000:g}k" if frequency >= 1000 else f"{frequency:g}"


def time_ticks(seconds: float, most: int) -> tuple[list[float], list[str]]:
    """At most `most` round times from 0 to `seconds`, and their labels: m:ss, h:mm:ss, m:ss.5."""
    step = _step(seconds / max(most - 1, 1))
    ticks = [k * step for k in range(int(seconds / step * (1 + 1e-9)) + 1)]
    return ticks, [_time(tick, step, hours=seconds >= 3600) for tick in ticks]


def _step(least: float) -> float:
    """The smallest round step of at least `least` seconds."""
    for step in _STEPS:
        if 1 < least <= step or (step == 1 and 0.5 < least <= 1):
            return step
    if least > _STEPS[-1]:
        return _STEPS[-1] * math.ceil(least / _STEPS[-1])
    decade = 10.0 ** math.floor(math.log10(max(least, 1e-6)))
    return next(d * decade for d in (1, 2, 5, 10) if d * decade >= least * (1 - 1e-9))


def _time(seconds: float, step: float, *, hours: bool) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    minutes, rest = divmod(round(seconds * 10**decimals), 60 * 10**decimals)
    tail = f"{rest / 10**decimals:0{decimals + 3 if decimals else 2}.{decimals}f}"
    if hours:
        return f"{minutes // 60}:{minutes % 60:02d}:{tail}"
    return f"{minutes}:{tail}"
