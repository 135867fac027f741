"""remixer nulltest: do the parts sum to the original?"""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from remixer.audio.reader import AudioReader, open_audio
from remixer.cli.console import Show, clock
from remixer.cli.options import Json
from remixer.errors import InputError, SettingError
from remixer.mixing.nulltest import NullResult, null_test
from remixer.session.proof import DOUBLE_LIMIT, FLOAT_LIMIT
from remixer.session.wording import counted, grouped

Original = Annotated[
    Path, typer.Argument(metavar="ORIGINAL", help="The file the parts should sum to.")
]
Parts = Annotated[
    list[Path], typer.Argument(metavar="PART...", help="Stems, or one remix to compare.")
]
Tolerance = Annotated[
    float | None,
    typer.Option(
        help="Pass when no difference is above this level.", metavar="DBFS", show_default="exact"
    ),
]


def nulltest(
    original: Original, parts: Parts, tolerance: Tolerance = None, json: Json = False
) -> None:
    """Exit 0 only if the parts sum to the original; print differing samples, peak and where."""
    show = Show(json)
    with ExitStack() as stack:
        whole = stack.enter_context(open_audio(original))
        readers = [stack.enter_context(open_audio(part)) for part in parts]
        try:
            result = null_test(whole, readers)
        except SettingError as error:  # files that cannot match, not a wrong option
            raise InputError(str(error)) from error
    passed = result.passed if tolerance is None else result.peak_dbfs <= tolerance
    seconds = None if result.position is None else result.position / whole.rate
    show.result(
        {
            "passed": passed,
            "differing": result.differing,
            "samples": result.length * whole.channels,
            "peak_dbfs": result.peak_dbfs,
            "position": result.position,
            "seconds": seconds,
            "channel": result.channel,
        }
    )
    if result.passed:
        show.line(f"[green]null[/]: 0 of {_compared(result, whole)} differ")
    else:
        show.line(
            f"{'[green]within tolerance[/]' if passed else '[red]not null[/]'}: "
            f"{grouped(result.differing)} of {_compared(result, whole)} differ, by up to "
            f"{result.peak_dbfs:.1f} dBFS, at sample {grouped(result.position or 0)} "
            f"({clock(seconds or 0.0)}), channel {(result.channel or 0) + 1}"
        )
        hint = None if passed else explained(result.peak_dbfs, whole, readers)
        if hint:
            show.note(hint)
    if not passed:
        raise typer.Exit(1)


def explained(peak_dbfs: float, whole: AudioReader, parts: Sequence[AudioReader]) -> str | None:
    """Why parts that are as they should be may leave that much, and how to allow it; None where
    their kinds do not explain it.
    """
    bits = [part.grid.bits for part in parts if part.grid is not None]
    if len(bits) == len(parts):  # sums of integers are exact: only what they were made of is not
        depth = min(bits)
        limit = -20.0 * depth * math.log10(2.0)  # half a step
        if peak_dbfs > limit or (whole.grid is not None and whole.grid.bits <= depth):
            return None
        return (
            f"that is what rounding {whole.path.name} to the parts' {depth} bits leaves: "
            f"--tolerance {math.ceil(limit * 10) / 10:g} allows it"
        )
    kinds = {part.subtype for part in parts}
    for kind, allowed in (("DOUBLE", DOUBLE_LIMIT), ("FLOAT", FLOAT_LIMIT)):
        if kind in kinds and peak_dbfs <= allowed:
            return f"that is what stems written as {kind} leave: --tolerance {allowed:g} allows it"
    return None


def _compared(result: NullResult, whole: AudioReader) -> str:
    return counted(result.length * whole.channels)
