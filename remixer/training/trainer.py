"""Train a network: Adam, early stopping on a validation loss by song, checkpoints that resume to
the same numbers.
"""

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from remixer.errors import ModelError, SettingError
from remixer.separation.model import channels_last
from remixer.separation.networks.registry import build
from remixer.training.losses import Loss

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
LOG = "log.jsonl"
ADJUSTABLE = {"epochs", "patience", "amp", "learning_rate", "final_rate", "frozen"}
"""What may change when a run is resumed: how long and how fast, not what is learnt from what."""


Arrays = tuple[NDArray[Any], ...]


class Source(Protocol):
    """Where training batches come from."""

    @property
    def frames(self) -> int:
        """Frames in a batch."""
        ...

    def draw(self, rng: Generator) -> Arrays:
        """One batch; the same generator state gives the same batch."""
        ...


@dataclass(frozen=True)
class Plan:
    """What to train and for how long. An epoch is a number of batches, as batches are drawn without
    end. frozen: beginnings of the names of parameters that keep their first values; gentle: of those
    that learn at a part of the rate, and which part.

    Defaults after Roma et al. 2018: Adam at 1e-3, at most 100 epochs, patience 5.
    """

    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    learning_rate: float = 1e-3
    final_rate: float = 1e-3
    epochs: int = 100
    epoch_batches: int = 100
    patience: int = 5
    average: float = 0.998
    seed: int = 1
    amp: bool = False
    frozen: tuple[str, ...] = ()
    gentle: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to: mean loss of its batches, validation loss of the averaged weights,
    frames seen in all.
    """

    number: int
    loss: float
    valid_loss: float
    frames: int
    best: bool


class Trainer:
    """Trains in a run folder; a run that was stopped, at any moment, goes on from its last epoch.

    source: draws the training batches. valid: batches that are the same at every pass. loss: of a
    network on a batch. start: gives a new run's network its first weights. Validation, best weights
    and early stopping use an exponential moving average of the weights.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        source: Source,
        valid: Iterable[Arrays],
        loss: Loss,
        start: Callable[[nn.Module], None] = lambda _network: None,
    ) -> None:
        self.plan, self.folder, self.source, self.valid, self.loss = (
            plan,
            folder,
            source,
            valid,
            loss,
        )
        torch.manual_seed(plan.seed)
        self.network = channels_last(build(plan.architecture, plan.config))
        if not (folder / CHECKPOINT).exists():
            start(self.network)
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(not name.startswith(plan.frozen))
        if not any(parameter.requires_grad for parameter in self.network.parameters()):
            raise SettingError(
                f"the plan's {plan.frozen} freezes every weight: leave some to train"
            )
        self.average = build(plan.architecture, plan.config)
        self.average.load_state_dict(self.network.state_dict())
        channels_last(self.average)
        self.optimiser = torch.optim.Adam(self._groups(), lr=plan.learning_rate, fused=True)
        self.history: list[Epoch] = []
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).exists():
            self._resume()

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
        with ThreadPoolExecutor(1) as drawer:
            batches = self._batches(drawer)
            while not self.finished:
                yield self._epoch(batches, on_batch)

    def _groups(self) -> list[dict[str, Any]]:
        """Parameters that learn at the same part of the rate; all in one group where none are
        gentle.
        """
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            parts = (p for start, p in self.plan.gentle.items() if name.startswith(start))
            groups.setdefault(next(parts, 1.0), []).append(parameter)
        return [{"params": same, "part": part} for part, same in groups.items()]

    def _epoch(
        self, batches: Iterator[tuple[int, Arrays]], on_batch: Callable[[int, float], None]
    ) -> Epoch:
        number = len(self.history)
        self.network.train()
        losses = []
        for step, batch in islice(batches, self.plan.epoch_batches):
            losses.append(self._step(step, batch))
            on_batch(step, losses[-1])
        valid_loss = self._finite(self.validate(), f"after epoch {number}")
        best = valid_loss < min((e.valid_loss for e in self.history), default=math.inf)
        frames = (number + 1) * self.plan.epoch_batches * self.source.frames
        epoch = Epoch(number, float(np.mean(losses)), valid_loss, frames, best)
        self.history.append(epoch)
        self._save(best)
        return epoch

    def _batches(self, drawer: ThreadPoolExecutor) -> Iterator[tuple[int, Arrays]]:
        """Steps and their batches from the first that is missing; the next is drawn meanwhile."""
        first = len(self.history) * self.plan.epoch_batches
        coming = drawer.submit(self._draw, first)
        for step in count(first):
            batch = coming.result()
            coming = drawer.submit(self._draw, step + 1)
            yield step, batch

    def _draw(self, step: int) -> Arrays:
        """The batch of a step depends on the seed and the step alone, so a resumed run sees the
        same ones.
        """
        return self.source.draw(np.random.default_rng([self.plan.seed, step]))

    def _step(self, step: int, batch: Arrays) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(step) * group["part"]
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.plan.amp):
            loss = self.loss(self.network, _tensors(batch))
        value = self._finite(float(loss.detach()), f"at batch {step}")
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self._track(step)
        return value

    def _finite(self, loss: float, when: str) -> float:
        if not math.isfinite(loss):
            raise ModelError(
                f"the loss became {loss} {when}: lower the learning rate "
                f"({self.plan.learning_rate:g}) and resume from the last epoch"
            )
        return loss

    def _rate(self, step: int) -> float:
        """Cosine from the learning rate to the final rate over all epochs; constant where they are
        equal.
        """
        done = step / (self.plan.epochs * self.plan.epoch_batches)
        low, high = self.plan.final_rate, self.plan.learning_rate
        return low + (high - low) * 0.5 * (1 + math.cos(math.pi * done))

    @torch.no_grad()
    def _track(self, step: int) -> None:
        """Move the average towards the weights; faster at first, as there is little to average."""
        keep = min(self.plan.average, (1 + step) / (10 + step))
        for mean, value in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    @torch.no_grad()
    def validate(self) -> float:
        """Mean loss of the averaged weights on the validation batches, by their examples."""
        self.average.eval()
        total, examples = 0.0, 0
        for batch in self.valid:
            total += float(self.loss(self.average, _tensors(batch))) * len(batch[0])
            examples += len(batch[0])
        return total / examples

    def _save(self, best: bool) -> None:
        if best:
            _write(self.average.state_dict(), self.folder / BEST)
        _write(
            {
                "plan": asdict(self.plan),
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "history": [asdict(e) for e in self.history],
            },
            self.folder / CHECKPOINT,
        )
        (self.folder / LOG).write_text("".join(json.dumps(asdict(e)) + "\n" for e in self.history))

    def _resume(self) -> None:
        saved = torch.load(self.folder / CHECKPOINT, weights_only=True)
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
        self.history = [Epoch(**e) for e in saved["history"]]


def _tensors(batch: Arrays) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(array) for array in batch)


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


def _write(state: dict[str, Any], path: Path) -> None:
    """Save beside, then rename: a kill leaves the old checkpoint or the new one."""
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    with beside.open("rb") as saved:
        os.fsync(saved.fileno())
    beside.replace(path)
