"""Songs with known stems, as files."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.multitrack import Multitrack, StemFile
from remixer.dsp.signal import STEMS
from tests.evaluation.signals import stems

RATE = 8_000


def write_song(
    folder: Path, seed: int = 0, seconds: float = 1.5, names: tuple[str, ...] = STEMS
) -> Multitrack:
    """A song of stereo stems, each another with another seed."""
    folder.mkdir(parents=True)
    true = 0.2 * np.roll(stems(4, 2, round(seconds * RATE)), 37 * seed, axis=2)
    files = {}
    for stem, samples in zip(names, true, strict=False):
        path = folder / f"{stem}.wav"
        soundfile.write(path, samples.T, RATE, "DOUBLE")
        files[stem] = StemFile(path)
    return Multitrack(folder.name, "valid", files)


@pytest.fixture
def songs(tmp_path: Path) -> list[Multitrack]:
    """Three songs without drums: with three stems the measures take half the time."""
    names = ("vocals", "bass", "other")
    return [write_song(tmp_path / "data" / f"song{i}", i, names=names) for i in range(3)]
