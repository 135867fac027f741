"""Signals and files that the tests of the audio room share."""

import os
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from remixer.audio.formats import BITS, is_lossy
from remixer.audio.writer import AudioWriter

Signal = Callable[..., NDArray[np.float64]]
Make = Callable[..., NDArray[np.float64]]


def make_signal(
    subtype: str, channels: int = 2, length: int = 5_000, seed: int = 0
) -> NDArray[np.float64]:
    """Samples that a subtype holds exactly, among them both ends of full scale."""
    rng = np.random.default_rng(seed)
    if subtype in BITS:
        half = 2 ** (BITS[subtype] - 1)
        integers = rng.integers(-half, half, (channels, length))
        integers[0, 0], integers[-1, -1] = -half, half - 1
        return integers / half
    samples = rng.uniform(-3, 3, (channels, length))
    if subtype == "FLOAT":
        return samples.astype(np.float32).astype(np.float64)
    if subtype == "DOUBLE":
        return samples
    time = np.arange(length) / 48_000
    tones = np.stack([np.sin(2 * np.pi * 330 * time), np.sin(2 * np.pi * 550 * time)])
    return 0.3 * tones[:channels] + 0.02 * samples


@pytest.fixture(scope="session")
def signal() -> Signal:
    return make_signal


@pytest.fixture(scope="session")
def make() -> Make:
    """make(path, format, subtype, ...) writes a signal and returns it."""

    def written(
        path: Path,
        format: str,
        subtype: str,
        *,
        rate: int = 48_000,
        channels: int = 2,
        length: int = 5_000,
        seed: int = 0,
    ) -> NDArray[np.float64]:
        samples = make_signal(subtype, channels, length, seed)
        with AudioWriter(
            path,
            rate=rate,
            channels=channels,
            format=format,
            subtype=subtype,
            length=length,
            overwrite=True,
        ) as writer:
            for start in range(0, length, 1_999):
                writer.write(samples[:, start : start + 1_999])
        if is_lossy(subtype):
            assert writer.clipped == 0
        return samples

    return written


@pytest.fixture(scope="session")
def encode() -> Callable[..., None]:
    """encode(path, codec, samples, rate, ...) through PyAV, as other programs write."""

    def encoded(
        path: Path,
        codec: str,
        samples: NDArray[np.float64],
        rate: int,
        kind: str = "fltp",
        container: str | None = None,
        options: dict[str, str] | None = None,
    ) -> None:
        layout = ("mono", "stereo")[samples.shape[0] - 1]
        data = samples.astype(np.float32)
        if kind != "fltp":
            data = np.rint(samples * 2**31).clip(-(2**31), 2**31 - 256).astype(np.int32)
        with av.open(str(path), "w", format=container, options=options or {}) as file:
            stream = file.add_stream(codec, rate=rate, layout=layout)
            stream.codec_context.format = kind
            for start in range(0, data.shape[1], 1_000):
                block = np.ascontiguousarray(data[:, start : start + 1_000])
                frame = av.AudioFrame.from_ndarray(block, format=kind, layout=layout)
                frame.sample_rate, frame.pts = rate, start
                frame.time_base = Fraction(1, rate)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))

    return encoded


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real music, by REMIXER_CORPUS or beside the checkout."""
    beside = Path(__file__).parents[2].parent / "shared" / "corpus"
    folder = Path(os.environ.get("REMIXER_CORPUS", beside))
    if not folder.is_dir():
        pytest.skip("no corpus: set REMIXER_CORPUS to its folder")
    return folder


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """mounted(options) gives a file system of its own: small ("size=256k") or read-only ("ro")."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = []

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            result = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("no mount command to make a small or read-only disk with")
        if result.returncode:
            pytest.skip("mounting a small or read-only disk takes root")
        done.append(folder)
        return folder

    yield mount
    for at in done:
        subprocess.run(["umount", str(at)], check=True)
