"""Sound files made and read without Remixer, and two small models: for the tests of whole jobs."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS
from remixer.separation import weights
from remixer.separation.catalogue import DEFAULT
from remixer.separation.networks.registry import DEFAULTS, build

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
BITS |= {"ALAC_16": 16, "ALAC_24": 24}
EXTENSIONS = {"AIFF": ".aiff", "FLAC": ".flac", "W64": ".w64", "M4A": ".m4a", "OGG": ".ogg"}
EXTENSIONS |= {"OPUS": ".opus", "MP3": ".mp3"}
LSB = {bits: 2 ** (32 - bits) for bits in (8, 16, 24, 32)}
"""One step of a depth in the units of `read_ints`."""
RAISED = 10 ** (1.5 / 20) - 1
"""What +1.5 dB adds of a stem: 0.1885."""

OUTPUTS = ("vocals", "drums", "bass", "other")
"""The order of the networks' outputs, other than STEMS on purpose."""
BORDER = 40
"""The bin, of 10.8 Hz, from which `bands` takes all for vocals."""


def music(channels: int, length: int, rate: int, seed: int = 0) -> Floats:
    """Something with a bass, beats, a voice and noise, within ±0.9; (length, channels)."""
    rng = np.random.default_rng([seed, channels, length])
    time = np.arange(length)[:, None] / rate
    side = np.arange(1, channels + 1)[None]
    beats = np.exp(-30 * (time % 0.25)) * rng.standard_normal((length, 1))
    voice = np.sin(2 * np.pi * 440 * time * side + 4 * np.sin(2 * np.pi * 5 * time))
    bass = np.sin(2 * np.pi * 55 * time)
    sound = 0.3 * bass + 0.25 * voice + 0.2 * beats + 0.05 * rng.standard_normal((length, channels))
    return np.clip(sound, -0.9, 0.9)


def to_ints(samples: Floats, bits: int) -> Ints:
    """Samples on the grid of a depth, left-justified in 32 bits as `read_ints` gives them."""
    half = 2 ** (bits - 1)
    return np.clip(np.rint(samples * half), -half, half - 1).astype(np.int64) << (32 - bits)


def write(path: Path, samples: Floats, rate: int, subtype: str, format: str = "WAV") -> Path:
    """A sound file of (length, channels) samples, rounded to the subtype."""
    if format == "M4A":
        with AudioWriter(
            path,
            rate=rate,
            channels=samples.shape[1],
            format=format,
            subtype=subtype,
            length=len(samples),
        ) as writer:
            writer.write(samples.T)
        return path
    data: Any = samples
    if subtype in BITS:
        data = to_ints(samples, BITS[subtype]).astype(np.int32)
    if subtype == "FLOAT":
        data = samples.astype(np.float32)
    container = "OGG" if format == "OPUS" else format
    soundfile.write(path, data, rate, subtype, format=container)
    if format == "AIFF" and data.size * BITS.get(subtype, 0) // 8 % 2:
        _count_true(path, len(samples), data.size * BITS[subtype] // 8)
    return path


def _count_true(path: Path, length: int, size: int) -> None:
    """An AIFF's own counts, where libsndfile has counted the padding byte among the samples.

    One of 8 bits would else truly be one sample longer than what was given to it.
    """
    data = bytearray(path.read_bytes())
    at = data.index(b"COMM") + 10
    data[at : at + 4] = length.to_bytes(4, "big")
    at = data.index(b"SSND") + 4
    data[at : at + 4] = (8 + size).to_bytes(4, "big")
    path.write_bytes(data)


def read_ints(path: Path) -> Ints:
    """An integer file's samples left-justified in 32 bits, (length, channels)."""
    if path.suffix == ".m4a":
        return _read_m4a(path)
    return soundfile.read(os.fsencode(path), dtype="int32", always_2d=True)[0].astype(np.int64)


def _read_m4a(path: Path) -> Ints:
    with av.open(str(path)) as file:
        blocks = [frame.to_ndarray().T for frame in file.decode(audio=0)]
    shift = 16 if blocks[0].dtype == np.int16 else 0
    return np.concatenate(blocks).astype(np.int64) << shift


def read_floats(path: Path) -> Floats:
    """A file's samples, full scale at ±1, (length, channels)."""
    return np.asarray(soundfile.read(os.fsencode(path), dtype="float64", always_2d=True)[0])


def stems_of(source: Path, folder: Path, extension: str | None = None) -> list[Path]:
    """Where the stems of a source are, in the order of STEMS."""
    extension = source.suffix if extension is None else extension
    return [folder / f"{source.stem} - {stem}{extension}" for stem in STEMS]


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, hidden files too: contents by name, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def make_models(folder: Path) -> Path:
    """A folder with two models, cnn1 and bands; and cnn1 again under the default model's name.

    cnn1: the architecture, small and untrained; its masks change from bin to bin and frame to
    frame. bands: vocals are all above 430 Hz and other is the rest, whatever comes in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    config = {**DEFAULTS["cnn1"], "hidden": 32, "channels": [4, 8, 8]}
    lively, bands = build("cnn1", config), build("cnn1", config)
    with torch.no_grad():
        lively.front[0].weight *= 30
        lively.hidden.weight *= 3
        lively.output.weight *= 20
        bias = torch.full((len(OUTPUTS), 1025), -20.0)
        bias[OUTPUTS.index("vocals"), BORDER:] = 20.0
        bias[OUTPUTS.index("other"), :BORDER] = 20.0
        bands.output.weight.zero_()
        bands.output.bias.copy_(bias.flatten())
    for name, network in {"cnn1": lively, DEFAULT: lively, "bands": bands}.items():
        file = folder / f"{name}.safetensors"
        weights.save(weights.quantise(network.state_dict()), file)
        card = {
            "id": name,
            "title": "Small and untrained",
            "architecture": "cnn1",
            "config": config,
            "stems": OUTPUTS,
            "rate": 22_050,
            "window": 2048,
            "hop": 256,
            "weights": file.name,
            "sha256": weights.file_sha256(file),
            "licence": "GPL-3.0-or-later",
        }
        (folder / f"{name}.json").write_text(json.dumps(card))
    return folder


def corpus_songs() -> list[Path]:
    """Folders of real songs, by REMIXER_CORPUS or beside the checkout; skips without."""
    beside = Path(__file__).parents[2] / "shared" / "corpus"
    folder = Path(os.environ.get("REMIXER_CORPUS", beside)) / "songs"
    if not folder.is_dir():
        pytest.skip("no corpus: set REMIXER_CORPUS to its folder")
    return sorted(path for path in folder.iterdir() if (path / "vocals.opus").is_file())


def excerpt(song: Path, seconds: float, at: float) -> tuple[Floats, int]:
    """The sum of a song's stems for some seconds from a fraction of its length, and the rate."""
    mix, rate = np.zeros(()), 0
    for stem in sorted(song.glob("*.opus")):
        with soundfile.SoundFile(stem) as file:
            rate = file.samplerate
            file.seek(int(at * max(0, file.frames - seconds * rate)))
            mix = mix + file.read(int(seconds * rate), always_2d=True)
    return np.asarray(mix), rate


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own on a new folder: small ("size=256k") or read-only ("ro")."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        result = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command to make a small or read-only disk with")
    if result.returncode:
        pytest.skip("mounting a small or read-only disk takes root")
    try:
        yield folder
    finally:
        done = subprocess.run(["umount", str(folder)], check=False)
        if done.returncode:  # something is open there: it would be in the way of all later tests
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        assert done.returncode == 0, "a file on the small disk was left open"
