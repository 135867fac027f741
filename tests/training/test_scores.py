"""SDR on excerpts while training: where they are taken, what is scored, how it is measured."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from remixer.dsp.distortion import sdr_db
from remixer.dsp.signal import STEMS
from remixer.training import job
from remixer.training.pack import INDEX, Pack
from remixer.training.scores import SECONDS, Excerpts

from .conftest import CONFIGS

Prepared = Callable[[str, Path], Path]


class Evenly(nn.Module):
    """Gives every stem a quarter of the mix."""

    def __init__(self, stretches: bool) -> None:
        super().__init__()
        self.none = nn.Parameter(torch.zeros(1))
        self.stretches = stretches

    def forward(self, magnitudes: Tensor) -> Tensor:
        if self.stretches:
            batch, channels, bins, frames = magnitudes.shape
            return torch.full((batch, 4, channels, bins, frames), 0.25)
        return torch.full((len(magnitudes), 4, magnitudes.shape[2]), 0.25)


def excerpts(architecture: str, pack: Pack, count: int = 2) -> Excerpts:
    task = job.TASKS[architecture]
    config = {**job.DEFAULTS[architecture], **CONFIGS[architecture]}
    return Excerpts(pack, architecture, config, task.stems, task.stft, count)


@pytest.mark.parametrize("architecture", ["unet", "dnn", "cnn1", "cnn2"])
def test_masks_of_a_quarter_come_to_what_a_quarter_of_the_mix_does(
    architecture: str, prepared: Prepared, tmp_path: Path
) -> None:
    found = excerpts(architecture, Pack(prepared(architecture, tmp_path) / job.PACK))
    sdr = found.sdr(Evenly(architecture == "unet"))
    assert list(sdr) == list(STEMS)
    [excerpt] = found.excerpts  # the songs are shorter than two excerpts
    for stem, value in sdr.items():
        expected = sdr_db(excerpt.stems[stem], excerpt.mix / 4)
        assert value == pytest.approx(expected, abs=2e-3), stem
        mix = sdr_db(excerpt.stems[stem], excerpt.mix)
        assert found.mix_sdr()[stem] == pytest.approx(mix, abs=1e-3)


def long_songs(folder: Path) -> Path:
    """Two songs of half a minute; the first is only busy from 14 s to 21 s, the second has no
    bass. A third, shorter one trains.
    """
    rng = np.random.default_rng(1)
    for number, seconds in enumerate((30, 30, 4)):
        song = folder / f"song{number}"
        song.mkdir(parents=True)
        for stem in STEMS:
            samples = 0.1 * rng.standard_normal((seconds * 8_000, 1))
            if number == 0 and stem == "vocals":
                samples[: 14 * 8_000] *= 0.01
                samples[21 * 8_000 :] *= 0.01
            if (number, stem) == (1, "bass"):
                samples *= 0
            soundfile.write(song / f"{stem}.wav", samples, 8_000)
    return folder


def test_excerpts_are_where_every_stem_sounds(tmp_path: Path) -> None:
    songs = long_songs(tmp_path / "songs")
    list(job.prepare("cnn1", songs, tmp_path / "run", frozenset({"song0", "song1"})))
    found = excerpts("cnn1", Pack(tmp_path / "run" / job.PACK), 4).excerpts
    assert [e.song for e in found] == ["song0", "song0", "song1", "song1"]
    assert found[0].start_s == pytest.approx(2 * SECONDS)
    assert len({(e.song, e.start_s) for e in found}) == 4
    assert found[2].scored == tuple(
        sorted({"vocals", "drums", "other"}, key=list(found[2].stems).index)
    )


def test_stems_that_are_not_told_apart_are_not_scored(prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("cnn1", tmp_path)
    index = json.loads((run / job.PACK / INDEX).read_text())
    for clip in index["clips"]:
        clip["mixed"] = clip["stem"] == "other"
    (run / job.PACK / INDEX).write_text(json.dumps(index))
    found = excerpts("cnn1", Pack(run / job.PACK))
    assert set(found.mix_sdr()) == {"vocals", "drums"}


def test_without_validation_songs_nothing_is_scored(prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("cnn1", tmp_path)
    index = json.loads((run / job.PACK / INDEX).read_text())
    for clip in index["clips"]:
        clip["split"] = "train"
    (run / job.PACK / INDEX).write_text(json.dumps(index))
    found = excerpts("cnn1", Pack(run / job.PACK))
    assert found.excerpts == []
    assert found.sdr(Evenly(False)) == found.mix_sdr() == {}
