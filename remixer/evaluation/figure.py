"""The paper's Figure 2 for any systems: box plots of each ratio by target, "ns" where two systems
do not differ significantly.
"""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remixer.audio.placing import whole
from remixer.evaluation.compare import EXACT_DB, LEVEL, TARGETS, Comparison

INCH = 15
"""Characters of the caption in an inch."""
COLOURS = (
    "#8aa0b4",
    "#4f86b8",
    "#e0923f",
    "#6aa56e",
    "#a9719f",
    "#c0564e",
    "#8d8456",
    "#3f9a94",
    "#5a5f66",
    "#c7a93b",
)
INK, GRID = "#22262b", "#dfe3e8"
BOX = 0.72
"""Width of a box; the systems of a target lie one apart, targets by `GAP` more."""
GAP = 1.1
PANEL, ROW = 2.1, 0.15
"""Inches: the height of a panel's values, and of each row of brackets above them."""
_STYLE: Any = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "remixer",
}


def draw(comparison: Comparison, path: Path) -> list[Path]:
    """The figure as PATH.png and PATH.svg; gives what was written.

    Boxes are quartiles with the median, whiskers reach to 1.5 times the box, dots are the songs
    beyond them.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.rc_context(_STYLE):
        ratios = comparison.ratios
        count = len(TARGETS) * (len(comparison.systems) + GAP)
        brackets = [_brackets(comparison, ratio) for ratio in ratios]
        heights = [PANEL + ROW * _rows(marks) for marks in brackets]
        figure, axes = pyplot.subplots(
            len(ratios),
            1,
            figsize=(max(6.4, 0.27 * count + 1.2), sum(heights) + 0.25 * len(ratios) + 0.75),
            sharex=True,
            squeeze=False,
            layout="constrained",
            height_ratios=heights,
        )
        for axis, ratio, marks in zip(axes[:, 0], ratios, brackets, strict=True):
            _panel(axis, comparison, ratio)
            _mark(axis, marks)
        figure.align_ylabels(axes[:, 0])
        _finish(figure, axes[-1, 0], comparison)
        written = [path.with_suffix(f".{kind}") for kind in ("png", "svg")]
        for file in written:
            _save(figure, file)
        pyplot.close(figure)
    return written


def _save(figure: Any, file: Path) -> None:
    """A picture that takes its name when it is whole."""
    with whole(file.resolve(), overwrite=True) as beside:
        figure.savefig(beside, dpi=200, metadata={"Date": None} if file.suffix == ".svg" else {})


def place(comparison: Comparison, stem: str, system: str) -> float:
    """Where a box lies along the axis."""
    group = TARGETS.index(stem) * (len(comparison.systems) + GAP)
    return group + comparison.systems.index(system)


def _panel(axis: Any, comparison: Comparison, ratio: str) -> None:
    exact = []
    for stem in TARGETS:
        for number, system in enumerate(comparison.systems):
            values = comparison.found(ratio, stem, system)
            at, colour = place(comparison, stem, system), COLOURS[number % len(COLOURS)]
            finite = values[np.isfinite(values) & (values < EXACT_DB)]
            if finite.size:
                _box(axis, finite, at, colour)
            elif values.size and values.min() >= EXACT_DB:
                exact.append(at)
    for at in exact:
        axis.text(at, axis.get_ylim()[1], "∞", ha="center", va="top")
    axis.set_ylabel(f"{ratio.upper()} (dB)")
    axis.grid(axis="y", color=GRID, linewidth=0.7)
    axis.set_axisbelow(True)
    axis.axhline(0, color=INK, linewidth=0.6, alpha=0.5, zorder=0.9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="x", length=0)


def _box(axis: Any, values: NDArray[np.float64], at: float, colour: str) -> None:
    axis.boxplot(
        [values],
        positions=[at],
        widths=BOX,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": colour, "edgecolor": INK, "linewidth": 0.7},
        medianprops={"color": INK, "linewidth": 1.5},
        whiskerprops={"color": INK, "linewidth": 0.8},
        capprops={"color": INK, "linewidth": 0.8},
        flierprops={
            "marker": "o",
            "markersize": 2.4,
            "markerfacecolor": INK,
            "markeredgecolor": "none",
            "alpha": 0.55,
        },
    )


def _brackets(comparison: Comparison, ratio: str) -> list[tuple[float, float, int]]:
    """(left, right, row) of a bracket over every two systems that do not differ, stacked so that
    none cross. Where there are too few songs to tell, there are none.
    """
    brackets: list[tuple[float, float, int]] = []
    if len(comparison.songs) < comparison.needed:
        return brackets
    for stem in TARGETS:
        ends = [
            (place(comparison, stem, p.first), place(comparison, stem, p.second))
            for p in comparison.pairs
            if (p.ratio, p.stem) == (ratio, stem) and not p.significant
        ]
        reach: list[tuple[float, float, int]] = []
        for left, right in sorted(ends, key=lambda pair: pair[1] - pair[0]):
            reach.append((left, right, _free_row(reach, left, right)))
        brackets += reach
    return brackets


def _rows(brackets: list[tuple[float, float, int]]) -> int:
    return max((row + 1 for _, _, row in brackets), default=0)


def _free_row(reach: list[tuple[float, float, int]], left: float, right: float) -> int:
    taken = {row for a, b, row in reach if left < b + 0.5 and a < right + 0.5}
    return next(row for row in range(len(reach) + 1) if row not in taken)


def _mark(axis: Any, brackets: list[tuple[float, float, int]]) -> None:
    """Brackets with "ns" above the values; the scale ends where they begin."""
    low, high = axis.get_ylim()
    step = (high - low) * ROW / PANEL
    for left, right, row in brackets:
        _bracket(axis, left, right, high + (row + 0.3) * step, step)
    axis.set_yticks([tick for tick in axis.get_yticks() if low <= tick <= high])
    axis.spines["left"].set_bounds(low, high)
    axis.set_ylim(low, high + _rows(brackets) * step)


def _bracket(axis: Any, left: float, right: float, height: float, step: float) -> None:
    tick = 0.2 * step
    axis.plot(
        [left + 0.1, left + 0.1, right - 0.1, right - 0.1],
        [height - tick, height, height, height - tick],
        color=INK,
        linewidth=0.6,
        alpha=0.75,
    )
    axis.text(
        (left + right) / 2,
        height + 0.02 * step,
        "ns",
        ha="center",
        va="bottom",
        fontsize=7,
        style="italic",
    )


def _finish(figure: Any, bottom: Any, comparison: Comparison) -> None:
    from matplotlib.patches import Patch

    systems = comparison.systems
    middles = [place(comparison, stem, systems[0]) + (len(systems) - 1) / 2 for stem in TARGETS]
    bottom.set_xticks(middles, TARGETS)
    bottom.set_xlim(-0.9, place(comparison, TARGETS[-1], systems[-1]) + 0.9)
    handles = [
        Patch(facecolor=COLOURS[i % len(COLOURS)], edgecolor=INK, linewidth=0.7, label=system)
        for i, system in enumerate(systems)
    ]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=min(len(systems), int(figure.get_figwidth() / 1.15)),
        frameon=False,
        handlelength=1.1,
        handleheight=1.0,
        columnspacing=1.6,
    )
    wide = int(figure.get_figwidth() * INCH)
    figure.supxlabel(textwrap.fill(_caption(comparison), wide), fontsize=8)


def _caption(comparison: Comparison) -> str:
    where = f"{comparison.data} {comparison.split}".strip()
    about = f"{where}, {len(comparison.songs)} songs, BSS Eval {comparison.measure}."
    if comparison.trained_on:
        about += f" Trained on some of these songs: {', '.join(comparison.trained_on)}."
    if len(comparison.systems) < 2:
        return about
    if len(comparison.songs) < comparison.needed:
        return f"{about} Too few for any test of significance, which takes {comparison.needed}."
    return (
        f"{about} Differences within a target are significant (p < {LEVEL}, Wilcoxon, Bonferroni) "
        'unless marked "ns".'
    )
