"""A comparison as tables: markdown for people, CSV for scripts."""

import csv
import io
import math
from collections.abc import Sequence

from remixer.evaluation.bss import MEASURES
from remixer.evaluation.compare import EXACT_DB, LEVEL, TARGETS, Comparison, Pair
from remixer.evaluation.published import PUBLISHED
from remixer.evaluation.results import trained_note


def markdown(comparison: Comparison) -> str:
    """Medians, tests between systems, and what others published, marked as theirs."""
    where = f"{comparison.data}, {comparison.split}" if comparison.split else comparison.data
    lines = [
        f"## {where}: {len(comparison.songs)} songs, {MEASURES[comparison.measure]}",
        "",
        "Medians over songs in dB.",
        "",
        *_medians(comparison),
        "",
        *[line for note in trained_notes(comparison) for line in (f"**Note:** {note}.", "")],
        *_tests(comparison),
        "",
        *_published(comparison),
    ]
    return "\n".join(lines) + "\n"


def trained_notes(comparison: Comparison) -> list[str]:
    """Of each system that has learned from songs of the comparison."""
    return [
        trained_note(system, heard, len(comparison.songs))
        for system, heard in comparison.trained_on.items()
    ]


def _medians(comparison: Comparison) -> list[str]:
    rows = []
    for ratio in comparison.ratios:
        for system in comparison.systems:
            medians = [comparison.median(ratio, stem, system) for stem in TARGETS]
            rows.append([ratio.upper(), system, *(number(m) for m in medians)])
    counts = [str(_count(comparison, stem)) for stem in TARGETS]
    rows.append(["songs", "", *counts])
    return _table(["", "system", *TARGETS], rows)


def _count(comparison: Comparison, stem: str) -> int:
    ratio = comparison.ratios[0]
    return max(comparison.found(ratio, stem, system).size for system in comparison.systems)


def _tests(comparison: Comparison) -> list[str]:
    pairs = [pair for pair in comparison.pairs if pair.ratio == "sdr"]
    if not pairs:
        return ["One system: nothing to compare."]
    rows = []
    for first, second in dict.fromkeys((pair.first, pair.second) for pair in pairs):
        cells = {p.stem: p for p in pairs if (p.first, p.second) == (first, second)}
        rows.append([f"{first} - {second}", *(_cell(cells.get(stem)) for stem in TARGETS)])
    tests = math.comb(len(comparison.systems), 2)
    return [
        f"SDR, median difference in dB. Wilcoxon signed-rank test over songs, Bonferroni for "
        f'{tests} pairs: p in brackets, **bold** where p < {LEVEL}, "ns" where not.',
        *_too_few(comparison),
        "",
        *_table(["", *TARGETS], rows),
    ]


def _too_few(comparison: Comparison) -> list[str]:
    if len(comparison.songs) >= comparison.needed:
        return []
    return [
        f"With fewer than {comparison.needed} songs no difference can reach p < {LEVEL} after the "
        "correction, however large it is."
    ]


def _cell(pair: Pair | None) -> str:
    if pair is None or math.isnan(pair.difference):
        return "-"
    if pair.p is None:
        return f"{pair.difference:+.2f} (one song)"
    text = f"{pair.difference:+.2f}"
    return f"**{text}** ({pair.p:.1e})" if pair.significant else f"{text} ns ({pair.p:.2g})"


def _published(comparison: Comparison) -> list[str]:
    rows = [
        [row.system, row.data, row.measure, *(number(row.sdr.get(stem)) for stem in TARGETS)]
        for row in PUBLISHED
    ]
    return [
        "**Published by others**, median SDR in dB. Not measured here; comparable only where data "
        f"and measure are the same ({comparison.data} and {comparison.measure} above).",
        "",
        *_table(["published", "data", "measure", *TARGETS], rows),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows),
    ]


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def number(value: float | None) -> str:
    """Two decimals; "-" for what there is not, "∞" for what has no error but of rounding."""
    if value is None or math.isnan(value):
        return "-"
    if value > EXACT_DB:
        return "∞"
    return "-∞" if value == -math.inf else f"{value:.2f}"


def medians_csv(comparison: Comparison) -> str:
    """source, system, data, measure, ratio, stem, songs, median_db; source is "measured" or
    "published".
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["source", "system", "data", "measure", "ratio", "stem", "songs", "median_db"])
    data = f"{comparison.data} {comparison.split}".strip()
    for ratio in comparison.ratios:
        for system in comparison.systems:
            for stem in TARGETS:
                median = comparison.median(ratio, stem, system)
                if median is not None:
                    count = comparison.found(ratio, stem, system).size
                    what = ["measured", system, data, comparison.measure, ratio, stem]
                    table.writerow([*what, count, f"{median:.4f}"])
    for row in PUBLISHED:
        for stem, value in row.sdr.items():
            what = ["published", row.system, row.data, row.measure, "sdr", stem]
            table.writerow([*what, "", f"{value:.2f}"])
    return out.getvalue()


def significance_csv(comparison: Comparison) -> str:
    """ratio, stem, first, second, songs, median_difference_db, p_corrected, significant."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    head = ["ratio", "stem", "first", "second", "songs", "median_difference_db"]
    table.writerow([*head, "p_corrected", "significant"])
    for pair in comparison.pairs:
        p = "" if pair.p is None else f"{pair.p:.6g}"
        names = [pair.ratio, pair.stem, pair.first, pair.second, pair.songs]
        table.writerow([*names, f"{pair.difference:.4f}", p, int(pair.significant)])
    return out.getvalue()
