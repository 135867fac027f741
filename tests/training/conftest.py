"""Songs of tones and noise, and small plans."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training import job
from remixer.training.generator.render import find_fonts
from remixer.training.trainer import Plan

torch.set_num_threads(1)

RATE = 44_100
UNET: dict[str, Any] = {"bins": 64, "widths": [2, 3], "branch": 1, "segment": 8, "margin": 4}
CNN1: dict[str, Any] = {"channels": [2, 2, 2], "hidden": 8}
CONFIGS: dict[str, dict[str, Any]] = {
    "dnn": {"hidden": 8},
    "cnn1": CNN1,
    "cnn2": CNN1,
    "unet": UNET,
}
PAPER: dict[str, Any] = {"excerpts": 2, "frames": 4}
RECIPES: dict[str, dict[str, Any]] = {
    "dnn": PAPER,
    "cnn1": PAPER,
    "cnn2": PAPER,
    "unet": {"batch": 2, "frames": 8},
}


def stem_samples(stem: str, seconds: float, channels: int, seed: int) -> np.ndarray:
    """(samples, channels): a tone of the stem's own, coming and going, in noise."""
    rng = np.random.default_rng([seed, STEMS.index(stem)])
    time = np.arange(round(seconds * RATE)) / RATE
    hertz = {"vocals": 420, "bass": 60, "drums": 5_000, "other": 1_500}[stem]
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * (0.7 + 0.1 * seed) * time)
    tone = 0.15 * swell * np.sin(2 * np.pi * hertz * time)
    noise = 0.01 * rng.standard_normal((time.size, channels))
    return tone[:, None] * np.linspace(1, 0.6, channels) + noise


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five songs, the second without vocals, the third mono."""
    folder = tmp_path_factory.mktemp("songs")
    for number in range(5):
        song = folder / f"song{number}"
        song.mkdir()
        for stem in STEMS:
            if (number, stem) != (1, "vocals"):
                samples = stem_samples(stem, 2.5, 1 if number == 2 else 2, number)
                soundfile.write(song / f"{stem}.wav", samples, RATE, subtype="PCM_16")
    return folder


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """A plan of a few batches: plan(architecture, **changes)."""

    def make(architecture: str, **changes: Any) -> Plan:
        config = {"config": CONFIGS[architecture]}
        values = {"epochs": 3, "epoch_batches": 2, "patience": 9, **config, **changes}
        return Plan(architecture, **values)

    return make


@pytest.fixture
def prepared(songs: Path) -> Callable[[str, Path], Path]:
    """prepared(architecture, run): the run folder with its songs packed."""

    def make(architecture: str, run: Path) -> Path:
        list(job.prepare(architecture, songs, run, frozenset()))
        return run

    return make


@pytest.fixture(scope="session")
def fonts() -> tuple[Path, ...]:
    """One sound font; skips where there is none."""
    try:
        return find_fonts()[:1]
    except InputError as error:
        pytest.skip(str(error))
