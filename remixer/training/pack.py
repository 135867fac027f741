"""Training audio as one memory-mapped file: every clip of every stem, mono, at the model's rate.

Decoding and resampling happen once; the trainer then reads any excerpt at the cost of a memory
copy.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.audio.resample import Resampler
from remixer.dsp.signal import STEMS
from remixer.errors import InputError

AUDIO = "audio.i16"
INDEX = "index.json"
BLOCK = 1 << 18


@dataclass(frozen=True)
class Source:
    """One file to pack. song joins the stems that sound together; a clip without companions has a
    song of its own.
    """

    path: Path
    song: str
    stem: str
    split: str


@dataclass(frozen=True)
class Clip:
    """One stem of one song inside the pack: samples [start, start + length); level: RMS where it
    sounds, linear.
    """

    song: str
    stem: str
    split: str
    start: int
    length: int
    level: float


class Pack:
    """Clips of mono audio at one rate, read from disk as they are needed."""

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / INDEX).read_text())
        self.rate: int = index["rate"]
        self.clips = [Clip(**clip) for clip in index["clips"]]
        self._audio = np.memmap(folder / AUDIO, np.int16, "r")

    def read(self, clip: Clip, start: int, count: int) -> NDArray[np.float32]:
        """Samples [start, start + count) of a clip, zero outside it; (count,) float32."""
        out = np.zeros(count, np.float32)
        low, high = max(start, 0), min(start + count, clip.length)
        if high > low:
            stored = self._audio[clip.start + low : clip.start + high]
            out[low - start : high - start] = stored.astype(np.float32) / 32768
        return out

    def seconds(self, split: str) -> dict[str, float]:
        """Seconds of audio of each stem in a split."""
        return {
            stem: sum(c.length for c in self.clips if (c.stem, c.split) == (stem, split))
            / self.rate
            for stem in STEMS
        }


def build_pack(sources: Iterable[Source], folder: Path, rate: int) -> Iterator[Clip]:
    """Pack files into a folder, giving each clip as it is done; complete once exhausted.

    A file that cannot be read raises InputError naming it. The index is written last, so a
    half-built pack never opens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips: list[Clip] = []
    position = 0
    with (folder / AUDIO).open("wb") as out:
        for source in sources:
            length, energy = 0, ActiveLevel(rate)
            for block in mono_blocks(source.path, rate):
                peak = float(np.abs(block).max(initial=0))
                if peak > 1.5:
                    raise InputError(
                        f"{source.path} peaks at {peak:.2f}, above 1.5: it is not a plausible stem"
                    )
                out.write(np.clip(np.rint(block * 32768), -32768, 32767).astype("<i2").tobytes())
                length += block.size
                energy.add(block)
            clips.append(
                Clip(source.song, source.stem, source.split, position, length, energy.level)
            )
            position += length
            yield clips[-1]
    beside = folder / (INDEX + ".part")
    beside.write_text(json.dumps({"rate": rate, "clips": [asdict(c) for c in clips]}))
    beside.replace(folder / INDEX)


def mono_blocks(path: Path, rate: int) -> Iterator[NDArray[np.float64]]:
    """A file's channel mean at another rate, in blocks of (samples,)."""
    with open_audio(path) as reader:
        resampler = Resampler(reader.rate, rate, 1)
        for _, block in reader.blocks(BLOCK):
            yield resampler.process(block.mean(axis=0, keepdims=True))[0]
        yield resampler.flush()[0]


class ActiveLevel:
    """RMS of the parts of a signal that sound: tenths of a second above -50 dBFS."""

    THRESHOLD = 10 ** (-50 / 10)

    def __init__(self, rate: int) -> None:
        self._size = rate // 10
        self._rest = np.zeros(0)
        self._sum, self._count = 0.0, 0

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next samples, (samples,)."""
        samples = np.concatenate([self._rest, block])
        whole = samples.size // self._size * self._size
        self._rest = samples[whole:]
        power = np.square(samples[:whole]).reshape(-1, self._size).mean(axis=1)
        active = power[power > self.THRESHOLD]
        self._sum += float(active.sum())
        self._count += active.size

    @property
    def level(self) -> float:
        """RMS of what was added, 0 when nothing sounds."""
        return float(np.sqrt(self._sum / self._count)) if self._count else 0.0
