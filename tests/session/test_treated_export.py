"""Treated mixes as files: proved, the same as what plays, whole or from a region on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import Grid, Samples
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.session.exporting import ExportPlan, run_export
from remixer.session.finishing import Finish
from remixer.session.jobs import Watch
from tests.mixing.treated import EVERYTHING, TREATMENTS, treated
from tests.support import music, read_floats, read_ints, write

RATE, LENGTH = 44_100, 70_001
REGION = (2_000, 60_000)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[AudioReader]:
    path = write(tmp_path / "song.wav", 0.4 * music(2, LENGTH, RATE), RATE, "PCM_24")
    with open_audio(path) as source:
        yield source


@pytest.fixture
def stems(source: AudioReader) -> StemSet:
    shares = np.array([0.5, 0.2, 0.1])[:, None, None]
    return StemSet(source, ArrayStems(to_grid(shares * source.read(0, LENGTH), Grid(24))))


def played(stems: StemSet, state: MixState, start: int, stop: int) -> Samples:
    """As it plays from a sample on, in blocks of the callback's size."""
    engine, out = MixEngine(stems), np.empty((2, stop - start))
    for at in range(start, stop, 512):
        last = min(at + 512, stop)
        engine.render(state, at, out[:, at - start : last - start])
    return out


@pytest.mark.parametrize("region", [None, REGION])
def test_a_file_is_what_plays(
    source: AudioReader, stems: StemSet, tmp_path: Path, region: tuple[int, int] | None
) -> None:
    quiet = replace(EVERYTHING, master_db=-6.0)
    plan = ExportPlan("remix", tmp_path / "out", subtype="FLOAT", region=region)
    report = run_export(plan, source, stems, quiet, Watch())
    assert "exactly what was rendered, 0 differing samples" in report.proof
    assert not report.identical
    expected = played(stems, quiet, *(region or (0, LENGTH)))
    np.testing.assert_allclose(read_floats(report.files[0]).T, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("finish", [Finish(), Finish("on", -6.0)])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_files_of_integers_are_proved_too(
    source: AudioReader, stems: StemSet, tmp_path: Path, finish: Finish, subtype: str
) -> None:
    plan = ExportPlan("remix", tmp_path / "out", subtype=subtype, finish=finish)
    report = run_export(plan, source, stems, EVERYTHING, Watch())
    assert "exactly what was rendered, 0 differing samples" in report.proof
    assert read_ints(report.files[0]).shape == (LENGTH, 2)


@pytest.mark.parametrize("name", TREATMENTS)
def test_a_bypassed_treatment_exports_the_source(
    source: AudioReader, stems: StemSet, tmp_path: Path, name: str
) -> None:
    plan = ExportPlan("remix", tmp_path / "out")
    state = treated(name, bypass=True)
    report = run_export(plan, source, stems, state, Watch())
    assert report.identical
    assert "0 differing samples" in report.proof
    np.testing.assert_array_equal(read_ints(report.files[0]), read_ints(source.path))
