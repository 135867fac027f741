"""Train a network: Adam, early stopping on a validation loss by song, checkpoints that resume to
the same numbers.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from remixer.errors import ModelError, SettingError
from remixer.separation.model import channels_last
from remixer.separation.networks.registry import build
from remixer.training.advice import advised, finite
from remixer.training.batches import Arrays as Arrays
from remixer.training.batches import Batch, Batches
from remixer.training.batches import Source as Source
from remixer.training.checkpoint import BEST as BEST
from remixer.training.checkpoint import CHECKPOINT as CHECKPOINT
from remixer.training.checkpoint import LOG as LOG
from remixer.training.checkpoint import read_checkpoint, write_log, write_state
from remixer.training.devices import CPU, Place, precision
from remixer.training.distributed import spread, summed, told
from remixer.training.losses import Loss
from remixer.training.scores import Excerpts

ADJUSTABLE = {"epochs", "patience", "amp", "learning_rate", "final_rate", "frozen"}
"""What may change when a run is resumed: how long and how fast, not what is learnt from what."""


@dataclass(frozen=True)
class Plan:
    """What to train and for how long. An epoch is a number of batches, as batches are drawn without
    end; 0: about as many as the songs have frames for. average: how much of the averaged weights a
    batch keeps; 0 is no average. amp: products in reduced precision, see `devices.precision`.
    faithful: with the quirks of the authors' experiment: the sigmoid before cnn2's softmax,
    validation frames of the songs that are trained on, batch norm in training mode while
    validating. frozen: beginnings of the names of parameters that keep their first values; gentle:
    of those that learn at a part of the rate, and which part.

    Defaults after Roma et al. 2018: Adam at 1e-3, at most 100 epochs, patience 5.
    """

    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    learning_rate: float = 1e-3
    final_rate: float = 1e-3
    epochs: int = 100
    epoch_batches: int = 0
    patience: int = 5
    average: float = 0.998
    seed: int = 1
    amp: bool = False
    faithful: bool = False
    frozen: tuple[str, ...] = ()
    gentle: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to: mean loss of its batches, validation loss of the averaged weights,
    frames seen in all; sdr: of stems on excerpts of validation songs, in dB.
    """

    number: int
    loss: float
    valid_loss: float
    frames: int
    best: bool
    sdr: dict[str, float] = field(default_factory=dict)


class Trainer:
    """Trains in a run folder; a run that was stopped, at any moment, goes on from its last epoch.

    source: draws the training batches. valid: batches that are the same at every pass. loss: of a
    network on a batch, a mean over its examples. start: gives a new run's network its first
    weights. place: the device, and which of how many processes this is. excerpts: what the network
    is to separate after each epoch. Validation, best weights and early stopping use an exponential
    moving average of the weights. Several processes come to the same weights as one, up to
    rounding; the first of them writes.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        source: Source,
        valid: Iterable[Arrays],
        loss: Loss,
        start: Callable[[nn.Module], None] = lambda _network: None,
        *,
        place: Place = CPU,
        excerpts: Excerpts | None = None,
    ) -> None:
        self.plan, self.folder, self.source = plan, folder, source
        self.valid, self.loss, self.place, self.excerpts = valid, loss, place, excerpts
        self.precision = precision(place.device, plan.amp)
        self.batches = Batches(source, plan.seed, place)
        self.history: list[Epoch] = []
        torch.manual_seed(plan.seed)
        self.network = channels_last(build(plan.architecture, plan.config))
        if not (folder / CHECKPOINT).exists():
            start(self.network)
        self._freeze()
        self.average = channels_last(build(plan.architecture, plan.config)).to(place.device)
        self.network.to(place.device)
        with advised(place, "at the start", source.frames):
            saved = told(place, read_checkpoint(folder) if place.leads else None)
            self._spread = spread(self.network, place)
        self.average.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.Adam(self._groups(), lr=plan.learning_rate, fused=True)
        self._scaler = torch.amp.GradScaler("cuda", enabled=self.precision.scaled)
        if place.leads:
            folder.mkdir(parents=True, exist_ok=True)
        if saved is not None:
            self._resume(saved)

    @property
    def finished(self) -> bool:
        """Whether the epochs are used up or the validation loss has stopped falling."""
        stale = len(self.history) - 1 - max((e.number for e in self.history if e.best), default=-1)
        return len(self.history) >= self.plan.epochs or stale >= self.plan.patience

    def run(
        self, on_batch: Callable[[int, float], None] = lambda _step, _loss: None
    ) -> Iterator[Epoch]:
        """Train until finished, giving each epoch once its checkpoint is on disk.

        Raises ModelError when a loss is no longer a number; the last checkpoint stays.
        """
        with closing(self.batches.follow(self.step)) as batches:
            while not self.finished:
                yield self._epoch(batches, on_batch)

    @property
    def step(self) -> int:
        """Batches that the epochs on disk took."""
        return len(self.history) * self.plan.epoch_batches

    def _freeze(self) -> None:
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(not name.startswith(self.plan.frozen))
        if not any(parameter.requires_grad for parameter in self.network.parameters()):
            raise SettingError(
                f"the plan's {self.plan.frozen} freezes every weight: leave some to train"
            )

    def _groups(self) -> list[dict[str, Any]]:
        """Parameters that learn at the same part of the rate; all in one group where none are
        gentle.
        """
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            parts = (p for start, p in self.plan.gentle.items() if name.startswith(start))
            groups.setdefault(next(parts, 1.0), []).append(parameter)
        return [{"params": same, "part": part} for part, same in groups.items()]

    def _epoch(self, batches: Iterator[Batch], on_batch: Callable[[int, float], None]) -> Epoch:
        number = len(self.history)
        self.network.train()
        total, batch = 0.0, None
        for step in range(self.step, self.step + self.plan.epoch_batches):
            with self._advised(f"at batch {step}", batch):
                batch = next(batches)
            with self._advised(f"at batch {step}", batch):
                loss = self._step(step, batch)
            total += loss
            on_batch(step, loss)
        with self._advised(f"after epoch {number}", batch):
            self._settle()
            loss = summed(self.place, [total])[0] / self.plan.epoch_batches / self.place.size
            valid_loss = self._finite(self.validate(), f"after epoch {number}")
            best = valid_loss < min((e.valid_loss for e in self.history), default=math.inf)
            frames = (number + 1) * self.plan.epoch_batches * self.source.frames
            self.history.append(Epoch(number, loss, valid_loss, frames, best, self._scores()))
        if self.place.leads:
            self._save(best)
        return self.history[-1]

    def _step(self, step: int, batch: Batch) -> float:
        """Learn from a batch. Returns the loss of this process's share, by its weight."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(step) * group["part"]
        self.optimiser.zero_grad(set_to_none=True)
        with self.precision.autocast(self.place.device):
            loss = self.loss(self._spread, self.place.take(batch.tensors))
        if batch.weight != 1:
            loss = loss * batch.weight
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.step(self.optimiser)
        self._scaler.update()
        self._track(step)
        # Only now, as a GPU is waited for here; weights that were spoilt are on no disk.
        return self._finite(float(loss.detach()), f"at batch {step}")

    def _advised(self, when: str, batch: Batch | None) -> AbstractContextManager[None]:
        return advised(self.place, when, self.source.frames, batch)

    def _finite(self, loss: float, when: str) -> float:
        return finite(loss, when, self.plan.learning_rate)

    def rate(self, step: int) -> float:
        """The learning rate at a batch: a cosine from the first to the final one over all epochs;
        constant where they are equal.
        """
        done = step / (self.plan.epochs * self.plan.epoch_batches)
        low, high = self.plan.final_rate, self.plan.learning_rate
        return low + (high - low) * 0.5 * (1 + math.cos(math.pi * done))

    @torch.no_grad()
    def _track(self, step: int) -> None:
        """Move the average towards the weights; faster at first, as there is little to average."""
        if not self.plan.average:
            return
        keep = min(self.plan.average, (1 + step) / (10 + step))
        for mean, value in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    def _settle(self) -> None:
        """Without an average the weights themselves stand for it, once an epoch."""
        if not self.plan.average:
            self.average.load_state_dict(self.network.state_dict())

    @torch.no_grad()
    def validate(self) -> float:
        """Mean loss of the averaged weights on the validation batches, by their examples; each
        process takes its share of the batches.
        """
        self.average.train(self.plan.faithful)
        total, examples = 0.0, 0.0
        for batch in islice(self.valid, self.place.rank, None, self.place.size):
            tensors = self.place.take(tuple(torch.from_numpy(array) for array in batch))
            total += float(self.loss(self.average, tensors)) * len(batch[0])
            examples += len(batch[0])
        total, examples = summed(self.place, [total, examples])
        return total / examples

    def _scores(self) -> dict[str, float]:
        wanted = self.place.leads and self.excerpts is not None
        return self.excerpts.sdr(self.average) if wanted and self.excerpts else {}

    def _save(self, best: bool) -> None:
        if best:
            write_state(self.average.state_dict(), self.folder / BEST)
        state = {
            "plan": asdict(self.plan),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
            "history": [asdict(e) for e in self.history],
        }
        write_state(state, self.folder / CHECKPOINT)
        write_log(map(asdict, self.history), self.folder / LOG)

    def _resume(self, saved: dict[str, Any]) -> None:
        if changed := _changes(asdict(Plan(**saved["plan"])), asdict(self.plan)):
            raise ModelError(
                f"{self.folder} holds a run with another plan ({', '.join(changed)}): "
                "resume it with the same one or choose another folder"
            )
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        for group in self.optimiser.param_groups:
            group.setdefault("part", 1.0)
        if saved.get("scaler"):
            self._scaler.load_state_dict(saved["scaler"])
        self.history = [Epoch(**e) for e in saved["history"]]


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two plans and may not, as "seed 1, not 2"."""
    return [
        f"{name} {before[name]}, not {now[name]}"
        for name in now
        if name not in ADJUSTABLE and _plain(before[name]) != _plain(now[name])
    ]


def _plain(value: Any) -> Any:
    """Tuples as lists, however deep, as JSON has them."""
    return json.loads(json.dumps(value))
