"""The inner loops beside the alternatives that were rejected: FFT, network precision, batch size,
workers.

python -m benchmarks.kernels
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.fft
import torch

from benchmarks.measure import DEMO, machine, ratios, side_by_side
from remixer.audio.reader import open_audio
from remixer.dsp.signal import ArrayReader
from remixer.separation import model as models
from remixer.separation import weights
from remixer.separation.catalogue import find_model
from remixer.separation.networks.registry import build
from remixer.separation.separator import MaskSeparator


def transforms() -> str:
    """Forward and inverse FFT of the frames of ten seconds of stereo."""
    frames = np.random.default_rng(0).standard_normal((2, 861, 4096)).astype(np.float32)
    spectra = scipy.fft.rfft(frames)
    torch.set_num_threads(1)
    forward = side_by_side(
        {
            "scipy.fft (ours)": lambda: scipy.fft.rfft(frames),
            "numpy.fft": lambda: np.fft.rfft(frames),
            "torch.fft": lambda: torch.fft.rfft(torch.from_numpy(frames)).numpy(),
        }
    )
    inverse = side_by_side(
        {
            "scipy.fft (ours)": lambda: scipy.fft.irfft(spectra),
            "numpy.fft": lambda: np.fft.irfft(spectra),
            "torch.fft": lambda: torch.fft.irfft(torch.from_numpy(spectra)).numpy(),
        }
    )
    return ratios("Forward FFT, 1722 float32 frames of 4096, one thread", forward) + ratios(
        "Inverse FFT, the same", inverse
    )


def networks() -> str:
    """cnn1 on 512 frames (six seconds), one thread: as shipped, and what it could have been."""
    card = find_model("cnn1")
    stored = weights.load(card.path, card.sha256)
    shipped = models.load_model(card).network
    whole = build(card.architecture, card.config).eval()
    whole.load_state_dict(weights.dequantise(stored))
    folded = models.optimise(copy.deepcopy(whole))
    windows = torch.rand(512, 11, 1025) * 0.01
    torch.set_num_threads(1)

    def run(network: torch.nn.Module, batch: int, bfloat16: bool = False) -> Callable[[], None]:
        def work() -> None:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                for part in torch.split(windows, batch):
                    network(part)

        return work

    precision = side_by_side(
        {
            "int8 layers, folded batch norm, channels last (ours)": run(shipped, 64),
            "float32, folded, channels last": run(folded, 64),
            "float32 as trained": run(whole, 64),
            "bfloat16 as trained": run(whole, 64, True),
        },
        runs=3,
    )
    batch = side_by_side(
        {
            f"{n} frames{' (ours)' if n == 64 else ''}": run(shipped, n)
            for n in (64, 16, 32, 128, 256)
        },
        runs=3,
    )
    return ratios("cnn1, 512 frames, one thread", precision) + ratios("Frames at a time", batch)


def workers() -> str:
    """Four chunks of six seconds of stereo: two workers of one thread, or one of two."""
    with open_audio(DEMO) as reader:
        samples = reader.read(0, 4 << 18)
    source = ArrayReader(samples, 44100)
    separator = MaskSeparator(models.load_model(find_model("cnn1")))

    def run(count: int, threads: int) -> Callable[[], None]:
        def chunk(start: int) -> None:
            torch.set_num_threads(threads)
            separator.estimate(source, start, 1 << 18)

        def work() -> None:
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(chunk, range(0, 4 << 18, 1 << 18)))

        return work

    medians = side_by_side(
        {"2 workers x 1 thread (ours)": run(2, 1), "1 worker x 2 threads": run(1, 2)}, runs=3
    )
    return ratios("Separating 24 s of stereo", medians)


if __name__ == "__main__":
    print(machine() + "\n")
    for part in (transforms, networks, workers):
        print(part(), flush=True)
