"""The promise, everywhere: what a neutral mix differs from its source by, and what the stems' sum
does, for every format, rate and number of channels, by every way through the program.

command line   `remixer remix` without moves, `remixer separate`: the program as users run it
export         `run_export`, which the window's dialog calls
live           the engine that plays, in blocks of 512 samples, every fader at unity

python -m benchmarks.nulls [--quick] [--json]
"""

import argparse
import contextlib
import io
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import table
from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.gain import peak_dbfs
from remixer.dsp.signal import SampleReader
from remixer.errors import OutputError
from remixer.launch import run
from remixer.mixing.engine import MixEngine
from remixer.mixing.nulltest import null_test
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import read_card
from remixer.session.export_plan import ExportPlan
from remixer.session.exporting import run_export
from remixer.session.jobs import Watch
from remixer.session.separation import separated
from tests.support import EXTENSIONS, make_models, music, write

RATES = (8_000, 22_050, 44_100, 48_000, 96_000, 192_000)
FORMATS = (
    *(("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32")),
    *(("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("RF64", "PCM_24"), ("W64", "PCM_24")),
    *(("AIFF", "PCM_16"), ("AIFF", "PCM_24"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")),
    *(("M4A", "ALAC_16"), ("M4A", "ALAC_24"), ("OGG", "VORBIS"), ("OPUS", "OPUS")),
    *(("MP3", "MPEG_LAYER_III"), ("M4A", "AAC")),
)
QUICK = (("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("WAV", "FLOAT"), ("MP3", "MPEG_LAYER_III"))
SECONDS = 0.4
BLOCK = 512
WAYS = ("remix by command", "stems by command", "remix exported", "stems exported", "live, 512")
FLOAT = ("FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III", "AAC")
"""Without a grid: stems in float files add up within -140 dBFS, see docs/architecture.md."""
WATCH = Watch(lambda *_: None, lambda *_: None)


@dataclass
class Cell:
    """Of one way and one format: combinations of rate and channels, samples that differ in all, the
    highest difference in dBFS.
    """

    tried: int = 0
    differing: int = 0
    peak_dbfs: float = -math.inf

    def add(self, differing: int, peak: float) -> None:
        """One combination."""
        self.tried += 1
        self.differing += differing
        self.peak_dbfs = max(self.peak_dbfs, peak)

    def __str__(self) -> str:
        if not self.differing:
            return f"0 ({self.tried})"
        return f"{self.peak_dbfs:.0f} dBFS ({self.tried})"

    def holds(self, has_grid: bool, stems: bool) -> bool:
        """Whether what is promised of it is true."""
        return not self.differing or (stems and not has_grid and self.peak_dbfs < -140.0)


def cells(format: str, subtype: str, rates: Sequence[int], models: Path) -> dict[str, Cell]:
    """All combinations of a format."""
    found = {way: Cell() for way in WAYS}
    for rate in rates:
        for channels in (1, 2):
            with tempfile.TemporaryDirectory() as name:
                song = Path(name) / ("song" + EXTENSIONS.get(format, ".wav"))
                samples = 0.7 * music(channels, round(SECONDS * rate) + 1, rate)
                try:
                    write(song, samples, rate, subtype, format)
                except (OutputError, OSError, RuntimeError, ValueError):
                    continue  # the format has no such rate
                with open_audio(song) as source:
                    for way, differing, peak in measured(source, models, Path(name)):
                        found[way].add(differing, peak)
    return found


def measured(source: AudioReader, models: Path, folder: Path) -> Iterator[tuple[str, int, float]]:
    """(way, samples that differ, highest difference) of one source."""
    song, card = source.path, read_card(models / "cnn1.json")
    remixer("remix", song, "-o", folder / ("by command" + song.suffix))
    yield WAYS[0], *compared(source, [folder / ("by command" + song.suffix)])
    remixer("separate", song, "-o", folder / "command")
    yield WAYS[1], *compared(source, sorted((folder / "command").iterdir()))
    with separated(source, card, cache=StemCache(folder / "cache")) as stems:
        plan = ExportPlan("remix", folder / "exported")
        yield WAYS[2], *compared(source, run_export(plan, source, None, MixState(), WATCH).files)
        plan = ExportPlan("stems", folder / "stems")
        yield WAYS[3], *compared(source, run_export(plan, source, stems, MixState(), WATCH).files)
        yield WAYS[4], *live(source, stems)


def remixer(*arguments: object) -> None:
    """The program. Raises RuntimeError when it does not end well."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            run([str(argument) for argument in arguments])
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError(told.getvalue()) from ended


def compared(source: SampleReader, files: Sequence[Path]) -> tuple[int, float]:
    """Files, added up, against the source."""
    with contextlib.ExitStack() as stack:
        parts = [stack.enter_context(open_audio(file)) for file in files]
        result = null_test(source, parts)
    return result.differing, result.peak_dbfs


def live(source: AudioReader, stems: StemSet) -> tuple[int, float]:
    """What the engine gives block by block."""
    expected = source.read(0, source.length)
    engine, out = MixEngine(stems), np.empty_like(expected)
    for start in range(0, source.length, BLOCK):
        engine.render(MixState(), start, out[:, start : start + BLOCK])
    left = np.abs(out - expected)
    return int(np.count_nonzero(left)), peak_dbfs(left)


def matrix(formats: Sequence[tuple[str, str]], rates: Sequence[int]) -> dict[str, dict[str, Cell]]:
    """{format: {way: cell}}."""
    with tempfile.TemporaryDirectory() as name:
        models = make_models(Path(name) / "models")
        os.environ |= {"REMIXER_MODELS": str(models), "REMIXER_CACHE": str(Path(name) / "cache")}
        return {f"{f} {s}": cells(f, s, rates, models) for f, s in formats}


def failures(found: dict[str, dict[str, Cell]]) -> list[str]:
    """What is not as promised."""
    return [
        f"{format}, {way}: {cell}"
        for format, ways in found.items()
        for way, cell in ways.items()
        if not cell.holds(format.split()[1] not in FLOAT, "stems" in way)
    ]


def report(found: dict[str, dict[str, Cell]], rates: Sequence[int]) -> str:
    """The matrix as a table."""
    rows = [[name, *(str(ways[way]) for way in WAYS)] for name, ways in found.items()]
    listed = ", ".join(f"{rate:,}" for rate in rates)
    return (
        table("Null matrix", ("format", *WAYS), rows)
        + f"\nSamples that differ from the source, in all (n) combinations of rate ({listed} Hz, "
        "where the format has it) and 1 or 2 channels; in dBFS where the source has no grid and "
        "the stems are float files.\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a few formats, two rates")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    formats, rates = (QUICK, RATES[2:4]) if asked.quick else (FORMATS, RATES)
    found = matrix(formats, rates)
    plain = {f: {way: vars(cell) for way, cell in ways.items()} for f, ways in found.items()}
    print(json.dumps(plain) if asked.json else report(found, rates))
    for failure in failures(found):
        print(f"not as promised: {failure}", file=sys.stderr)
    return 1 if failures(found) else 0


if __name__ == "__main__":
    sys.exit(main())
