"""What a network's masks come to on a few excerpts of the validation songs, in dB, while it
trains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from remixer.dsp.distortion import sdr_db
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.dsp.stft import Stft
from remixer.separation.catalogue import Card
from remixer.separation.model import MaskModel
from remixer.separation.networks.registry import SEGMENTED
from remixer.separation.segments import SegmentModel
from remixer.separation.separator import MaskSeparator
from remixer.training.pack import Clip, Pack
from remixer.training.remix import by_song

COUNT = 4
SECONDS = 7.0
"""As long as one segment of the U-Net holds, so that an excerpt is one pass through it."""


@dataclass(frozen=True)
class Excerpt:
    """A place in a song. stems: what sounds there, (channels, samples) each; scored: those that an
    estimate can be held against.
    """

    song: str
    start_s: float
    stems: dict[str, NDArray[np.float32]]
    scored: tuple[str, ...]

    @property
    def mix(self) -> NDArray[np.float32]:
        """The sum of all stems."""
        return np.asarray(np.sum(list(self.stems.values()), axis=0))


class Excerpts:
    """Excerpts of validation songs, the same in every epoch: where the quietest of a song's stems
    is loudest, against its own level, of several songs where there are several.

    SDR is `dsp.distortion.sdr_db` of all channels at the pack's rate, of what `MaskSeparator` makes
    with the network's masks: the way a recording is separated, but before weights are rounded.
    """

    def __init__(
        self,
        pack: Pack,
        architecture: str,
        config: Mapping[str, Any],
        stems: tuple[str, ...],
        stft: Stft,
        count: int = COUNT,
    ) -> None:
        self._card = Card(
            id=architecture,
            title="",
            weights="",
            sha256="",
            licence="",
            architecture=architecture,
            config=dict(config),
            stems=stems,
            rate=pack.rate,
            window=stft.window,
            hop=stft.hop,
        )
        self.excerpts = _choose(pack, count)

    def sdr(self, network: nn.Module) -> dict[str, float]:
        """Mean SDR in dB of each stem over the excerpts in which it sounds. The network is left in
        evaluation mode.
        """
        kind = SegmentModel if self._card.architecture in SEGMENTED else MaskModel
        separator = MaskSeparator(kind(self._card, _AsOnCpu(network)))
        rate = self._card.rate
        found = []
        for excerpt in self.excerpts:
            mix = excerpt.mix
            heard = separator.share(ArrayReader(mix.astype(float), rate), 0, mix.shape[1], STEMS)
            found.append((excerpt, dict(zip(STEMS, heard, strict=True))))
        return _means(found)

    def mix_sdr(self) -> dict[str, float]:
        """What `sdr` would be if every stem's estimate were the mix itself."""
        return _means([(e, dict.fromkeys(STEMS, e.mix)) for e in self.excerpts])


class _AsOnCpu(nn.Module):
    """A network on any device that takes and gives tensors of the CPU."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, magnitudes: Tensor) -> Tensor:
        device = next(self.network.parameters()).device
        masks: Tensor = self.network(magnitudes.to(device))
        return masks.to("cpu", torch.float32)


def _means(found: list[tuple[Excerpt, dict[str, NDArray[np.float32]]]]) -> dict[str, float]:
    table: dict[str, list[float]] = {stem: [] for stem in STEMS}
    for excerpt, estimates in found:
        for stem in excerpt.scored:
            table[stem].append(sdr_db(excerpt.stems[stem], estimates[stem]))
    return {stem: round(float(np.mean(values)), 3) for stem, values in table.items() if values}


def _choose(pack: Pack, count: int) -> list[Excerpt]:
    """Excerpts of songs that lie evenly among those of the split; of fewer songs several each."""
    songs = by_song([c for c in pack.clips if c.split == "valid" and c.level > 0])
    chosen = [songs[i * len(songs) // count] for i in range(count)] if songs else []
    places: dict[int, list[int]] = {id(song): [] for song in songs}
    excerpts = []
    for song in chosen:
        start = _best_start(pack, song, places[id(song)])
        if start is not None:
            places[id(song)].append(start)
            excerpts.append(_cut(pack, song, start))
    return excerpts


def _best_start(pack: Pack, song: dict[str, Clip], taken: list[int]) -> int | None:
    """The first sample of the excerpt in which most sounds, of those that are not taken."""
    length = _length(pack, song)
    longest = max(clip.length for clip in song.values())
    starts = [s for s in range(0, longest - length + 1, length) if s not in taken]

    def sounding(start: int) -> float:
        return min(
            float(np.square(pack.read(clip, start, length)).mean()) / clip.level**2
            for clip in song.values()
        )

    return max(starts, key=sounding, default=None)


def _length(pack: Pack, song: dict[str, Clip]) -> int:
    return min(round(SECONDS * pack.rate), max(clip.length for clip in song.values()))


def _cut(pack: Pack, song: dict[str, Clip], start: int) -> Excerpt:
    stems = {stem: pack.read(clip, start, _length(pack, song)) for stem, clip in song.items()}
    unclear = {"bass", "other"} if any(clip.mixed for clip in song.values()) else set()
    scored = [stem for stem, samples in stems.items() if stem not in unclear and samples.any()]
    return Excerpt(next(iter(song.values())).song, start / pack.rate, stems, tuple(scored))
