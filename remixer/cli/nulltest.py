"""remixer nulltest: do the parts sum to the original?"""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from remixer.audio.reader import open_audio
from remixer.cli.console import Show, clock
from remixer.cli.options import Json
from remixer.errors import InputError, SettingError
from remixer.mixing.nulltest import null_test
from remixer.session.proof import FLOAT_LIMIT

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
        show.line(f"[green]null[/]: 0 of {result.length * whole.channels} samples differ")
    else:
        show.line(
            f"{'[green]within tolerance[/]' if passed else '[red]not null[/]'}: "
            f"{result.differing} of {result.length * whole.channels} samples differ, by up to "
            f"{result.peak_dbfs:.1f} dBFS, at sample {result.position} "
            f"({clock(seconds or 0.0)}), channel {(result.channel or 0) + 1}"
        )
        if not passed and result.peak_dbfs <= FLOAT_LIMIT:
            show.note(
                f"that is what stems written as FLOAT leave: --tolerance {FLOAT_LIMIT:g} allows it"
            )
    if not passed:
        raise typer.Exit(1)
