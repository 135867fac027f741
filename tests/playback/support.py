"""Songs and stems on disk, and a renderer that is fed by hand."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.dsp.signal import Grid, Samples
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.playback.memory import MemoryMix
from remixer.playback.prefetch import Prefetch
from remixer.playback.renderer import Renderer
from remixer.playback.wire import Wishes
from remixer.separation.store import Layout, StemStore
from tests.support import write

RATE = 44100
CHUNK, FADE = 1 << 15, 1 << 8
RAISED = MixState().with_strip("vocals", gain_db=6.0)
"""A mix that is not the original wherever the vocals are separated."""


def song(folder: Path, seconds: float = 12.0, channels: int = 2, rate: int = RATE) -> Path:
    """A 16-bit WAV so smooth that any click shows, that neither begins with silence nor repeats."""
    time = np.arange(int(seconds * rate))[:, None] / rate
    sides = np.arange(1, channels + 1)[None]
    voice = np.sin(2 * np.pi * 311 * sides * time + 3 * np.sin(2 * np.pi * 0.37 * time))
    samples = 0.25 * voice + 0.2 * np.sin(2 * np.pi * 71.3 * time) + 0.2 * time / seconds + 0.1
    return write(folder / "song.wav", samples, rate, "PCM_16")


def samples_of(path: Path) -> Samples:
    """All of a file, (channels, samples)."""
    with open_audio(path) as reader:
        return reader.read(0, reader.length)


def stored_stems(mix: Samples) -> Samples:
    """Something for vocals, bass and drums, on the 16-bit grid; (3, channels, samples)."""
    shares = np.array([0.5, 0.2, 0.1])[:, None, None]
    return to_grid(shares * mix, Grid(16))


class Stems:
    """A StemStore of a song, that is filled chunk by chunk with `stored_stems`."""

    def __init__(self, folder: Path, mix: Samples, rate: int = RATE, chunk: int = CHUNK) -> None:
        self.folder = folder
        self._stems = stored_stems(mix)
        layout = Layout(rate, mix.shape[0], mix.shape[1], 16, chunk, FADE)
        self.store = StemStore.create(folder, layout, {})

    def put(self, *chunks: int) -> None:
        for chunk in chunks:
            start, stop = self.store.layout.span(chunk)
            self.store.put(chunk, self._stems[:, :, start:stop], lambda e: to_grid(e, Grid(16)))

    def put_all(self) -> None:
        self.put(*range(self.store.layout.chunks))


def offline(mix: Samples, changes: list[tuple[int, MixState]], length: int) -> Samples:
    """MixEngine over the whole song with all stems; states from the samples they are given at."""
    engine = MixEngine(StemSet(_Reader(mix), ArrayStems(stored_stems(mix))))
    out = np.empty((mix.shape[0], length))
    ends = [at for at, _ in changes[1:]] + [length]
    for (start, state), stop in zip(changes, ends, strict=True):
        engine.render(state, start, out[:, start:stop])
    return out


class _Reader:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.rate, self.grid = RATE, Grid(16)
        self.channels, self.length = samples.shape

    def read(self, start: int, count: int) -> Samples:
        return self._samples[:, start : start + count].copy()


class Fed:
    """A renderer of a song in memory, whose blocks are asked for by the test."""

    def __init__(self, path: Path, position: int = 0) -> None:
        self.prefetch = Prefetch(path, position)
        self.prefetch.opened.wait()
        reader = self.prefetch.reader
        assert reader, self.prefetch.error
        mix = MemoryMix(reader.rate, reader.channels, reader.length, reader.grid)
        self.wishes = Wishes(position=position)
        self.renderer = Renderer(self.prefetch, mix, self.wishes)
        self.loaded()

    def wish(self, **changes: Any) -> None:
        if "playing" in changes:
            changes["play_number"] = self.wishes.play_number + 1
        if "position" in changes:
            changes["seek_number"] = self.wishes.seek_number + 1
        self.wishes = replace(self.wishes, **changes)

    def take(self, count: int, block: int = 512) -> Samples:
        """So many samples, in blocks; each has been loaded before."""
        blocks = []
        while count > 0:
            self.loaded()
            blocks.append(self.renderer.block(self.wishes, min(block, count)))
            count -= block
        return np.concatenate(blocks, axis=1)

    def loaded(self) -> None:
        """Return when the second ahead of the playhead, and of a seek, is in memory."""
        length = self.prefetch.reader.length if self.prefetch.reader else 0
        for start in (self.renderer.position, self.prefetch.target):
            count = 0 if start is None else min(RATE, length - start)
            while start is not None and not self._there(start, count):
                time.sleep(0.001)

    def _there(self, start: int, count: int) -> bool:
        return bool(self.prefetch.failures) or (self.prefetch.view.available(start, count) == count)

    def revision(self, number: int) -> None:
        """Return when the stems have changed so often."""
        while self.prefetch.view.revision < number:
            time.sleep(0.001)

    def close(self) -> None:
        self.prefetch.close()
        self.prefetch.thread.join()


def roughest(samples: NDArray[Any]) -> float:
    """The largest second difference: a click is one that the music has not."""
    return float(np.max(np.abs(np.diff(samples, 2))))
