"""Training audio as one memory-mapped file: every clip of every stem, at the model's rate, mono or
stereo.

Decoding and resampling happen once; the trainer then reads any excerpt at the cost of a memory
copy.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from remixer.audio.multitrack import StemFile
from remixer.audio.resample import Resampler
from remixer.dsp.signal import STEMS
from remixer.errors import InputError, OutputError, brief
from remixer.smallfiles import read_json
from remixer.training.sources import OnError, Told, Trouble, check_room, settle, survey, untold
from remixer.training.sources import Source as Source
from remixer.training.sources import pack_size as pack_size

AUDIO = "audio.i16"
INDEX = "index.json"
LARGEST = 1 << 26
BLOCK = 1 << 18
LOUDEST = 1.5
"""A stem that peaks higher is taken for a mistake."""


@dataclass(frozen=True)
class Clip:
    """One stem of one song inside the pack: samples [start, start + length); level: RMS where it
    sounds, linear; mixed, estimated: see `Source`.
    """

    song: str
    stem: str
    split: str
    start: int
    length: int
    level: float
    mixed: bool = False
    estimated: bool = False

    @property
    def alone(self) -> bool:
        """Whether the clip belongs to no song."""
        return "/" in self.song


class Pack:
    """Clips of audio at one rate, read from disk as they are needed.

    Raises InputError when the folder holds no whole pack.
    """

    def __init__(self, folder: Path) -> None:
        try:
            index = read_json(folder / INDEX, LARGEST)
            self.rate, self.channels = _sizes(index["rate"], index["channels"])
            self.clips = [_clip(**values) for values in index["clips"]]
            self.skipped: dict[str, str] = dict(index.get("skipped", {}))
            """{song that was left out: why}."""
            self._audio = np.memmap(folder / AUDIO, "<i2", "r").reshape(-1, self.channels)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder} holds no whole pack ({brief(error, 200)}): delete it, and it is built "
                "again"
            ) from error
        if len(self._audio) != sum(clip.length for clip in self.clips):
            raise InputError(
                f"{folder / AUDIO} holds {len(self._audio)} samples where its index has "
                f"{sum(clip.length for clip in self.clips)}: delete {folder}, and it is built again"
            )

    def holds(self, sources: Sequence[Source]) -> bool:
        """Whether these are the stems that were packed or left out, each on the same side of the
        split.
        """
        wanted = (s for s in sources if s.song not in self.skipped)
        return sorted(map(_what, self.clips)) == sorted(map(_what, wanted))

    def read(self, clip: Clip, start: int, count: int) -> NDArray[np.float32]:
        """Samples [start, start + count) of a clip, zero outside it; (channels, count) float32."""
        out = np.zeros((self.channels, count), np.float32)
        low, high = max(start, 0), min(start + count, clip.length)
        if high > low:
            stored = self._audio[clip.start + low : clip.start + high]
            out[:, low - start : high - start] = stored.T.astype(np.float32) / 32768
        return out

    def seconds(self, split: str) -> dict[str, float]:
        """Seconds of true audio of each stem in a split."""
        true = [c for c in self.clips if c.split == split and not c.estimated]
        return {stem: sum(c.length for c in true if c.stem == stem) / self.rate for stem in STEMS}


def _what(stem: Source | Clip) -> tuple[str, str, str, bool, bool]:
    return stem.song, stem.stem, stem.split, stem.mixed, stem.estimated


def _sizes(*values: Any) -> tuple[int, ...]:
    """Numbers of an index that count something. Raises ValueError for others."""
    if not all(type(value) is int and value > 0 for value in values):
        raise ValueError(f"{values} are no numbers of 1 or more")
    return values


def _clip(**values: Any) -> Clip:
    """A clip of an index. Raises TypeError or ValueError where it is none."""
    clip = Clip(**values)
    if not all(isinstance(text, str) for text in (clip.song, clip.stem, clip.split)):
        raise ValueError("a name that is no text")
    _sizes(clip.start + 1, clip.length + 1)
    if not 0.0 <= clip.level < 1e9:
        raise ValueError(f"a level of {clip.level}")
    return clip


def build_pack(
    sources: Iterable[Source],
    folder: Path,
    rate: int,
    channels: int = 1,
    on_error: OnError = "stop",
    told: Told = untold,
) -> Iterator[Clip]:
    """Pack files into a folder, song by song, giving each clip as it is done; complete once
    exhausted.

    channels: 1 for the channel mean, 2 for stereo, where mono files fill both. Samples past full
    scale are clipped. A song with a file that cannot be used, or that peaks above 1.5, raises
    InputError naming it, or with on_error "skip" is told and left out whole, even when some of its
    clips were given. All headers are looked at first: see `survey`. Raises OutputError when there
    is not enough room. The index is written last, so a half-built pack never opens.
    """
    found = settle(survey(sources, rate, channels), on_error, told)
    check_room(folder, found.size)
    packing = _Packing(rate, channels, {t.song: t.why for t in found.troubles})
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INDEX).unlink(missing_ok=True)
        with (folder / AUDIO).open("wb") as out:
            for song, parts in found.songs.items():
                try:
                    yield from packing.add(parts, out)
                except InputError as error:
                    if on_error == "stop":
                        raise
                    packing.drop(song, str(error), out)
                    told(Trouble(song, str(error)))
            out.flush()
            os.fsync(out.fileno())
        packing.write_index(folder)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror or error}: make room, or use a folder on "
            "a larger disk"
        ) from error


class _Packing:
    """Clips written one after the other."""

    def __init__(self, rate: int, channels: int, skipped: dict[str, str]) -> None:
        self.rate, self.channels, self.skipped = rate, channels, skipped
        self.clips: list[Clip] = []

    @property
    def length(self) -> int:
        return self.clips[-1].start + self.clips[-1].length if self.clips else 0

    def add(self, song: Sequence[Source], out: BinaryIO) -> Iterator[Clip]:
        for source in song:
            self.clips.append(_pack(source, out, self.length, self.rate, self.channels))
            yield self.clips[-1]

    def drop(self, song: str, why: str, out: BinaryIO) -> None:
        """Undo what was written of the song that is under way."""
        self.clips = [clip for clip in self.clips if clip.song != song]
        self.skipped[song] = why
        out.seek(self.length * self.channels * 2)
        out.truncate()

    def write_index(self, folder: Path) -> None:
        if not self.clips:
            raise InputError("no song is left that can be used: see what is wrong with each")
        index: dict[str, Any] = {"rate": self.rate, "channels": self.channels}
        index["clips"] = [asdict(clip) for clip in self.clips]
        if self.skipped:
            index["skipped"] = self.skipped
        beside = folder / (INDEX + ".part")
        beside.write_text(json.dumps(index))
        beside.replace(folder / INDEX)


def _pack(source: Source, out: BinaryIO, position: int, rate: int, channels: int) -> Clip:
    length, energy = 0, ActiveLevel(rate)
    try:
        for block in blocks(source.file, rate, channels):
            _check_peak(block)
            rounded = np.clip(np.rint(block.T * 32768), -32768, 32767).astype("<i2")
            out.write(rounded.tobytes())
            length += block.shape[1]
            energy.add(block.mean(axis=0))
    except InputError as error:
        raise InputError(f"{source.file} cannot be packed: {error}") from error
    return Clip(
        source.song,
        source.stem,
        source.split,
        position,
        length,
        energy.level,
        source.mixed,
        source.estimated,
    )


def _check_peak(block: NDArray[np.float64]) -> None:
    peak = float(np.abs(block).max(initial=0))
    if peak > LOUDEST:
        raise InputError(
            f"it peaks at {peak:.2f}, above {LOUDEST}: make it quieter, or remove it if it is no "
            "recording"
        )


def blocks(file: StemFile, rate: int, channels: int) -> Iterator[NDArray[np.float64]]:
    """A stem at another rate, in blocks of (channels, samples): its channel mean as one channel, or
    two channels.
    """
    with file.open() as reader:
        resampler = Resampler(reader.rate, rate, channels)
        for _, block in reader.blocks(BLOCK):
            if channels == 1:
                block = block.mean(axis=0, keepdims=True)
            yield resampler.process(np.broadcast_to(block, (channels, block.shape[1])))
        yield resampler.flush()


class ActiveLevel:
    """RMS of the parts of a signal that sound: tenths of a second above -50 dBFS, the last one
    shorter.
    """

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
        energy = np.square(samples[:whole]).reshape(-1, self._size).sum(axis=1)
        active = energy[energy > self.THRESHOLD * self._size]
        self._sum += float(active.sum())
        self._count += active.size * self._size

    @property
    def level(self) -> float:
        """RMS of what was added, 0 when nothing sounds."""
        total, count = self._sum, self._count
        rest = float(np.square(self._rest).sum())
        if rest > self.THRESHOLD * self._rest.size:
            total, count = total + rest, count + self._rest.size
        return float(np.sqrt(total / count)) if count else 0.0
