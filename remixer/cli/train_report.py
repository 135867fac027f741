"""What `remixer train` tells of a run: bars on a terminal, a line an epoch, curves for
TensorBoard.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from remixer.cli.console import Show
from remixer.dsp.signal import STEMS
from remixer.training.board import BOARD, Board
from remixer.training.progress import Pace
from remixer.training.trainer import Epoch, Trainer


class Report:
    """Follows one run: its `batch` goes to `Trainer.run`, its `epoch` takes what that gives."""

    def __init__(self, show: Show, training: Trainer) -> None:
        self.show, self.training, plan = show, training, training.plan
        last = plan.epochs * plan.epoch_batches
        self.pace = Pace(training.step, last, training.source.frames)
        self._board = _board(show, training)
        tty = sys.stderr.isatty()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[state]}"),
        )
        self._bars = Progress(
            *columns,
            console=Console(file=sys.stderr, emoji=False),
            transient=True,
            refresh_per_second=2,  # each picture is time that training lacks
            disable=not tty,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._bar = self._bars.add_task("", total=last, completed=training.step, state="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        if self._board is not None:
            self._write(self._board.close)

    def batch(self, step: int, loss: float) -> None:
        """A batch was learnt from."""
        self.pace.batch()
        number, done = divmod(step + 1, self.training.plan.epoch_batches)
        if not done:
            self.pace.pause()
        what = "epoch" if done else "validating epoch"
        self._bars.update(
            self._bar,
            completed=step + 1,
            description=f"{what} {number - (not done)}",
            state=f"loss {loss:.5f}  {self._speed()}",
        )
        self._add(step, {"batch/loss": loss, "batch/rate": self.training.rate(step)})

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is on disk."""
        best = " (best)" if epoch.best else ""
        self.show.line(
            escape(
                f"epoch {epoch.number}: loss {epoch.loss:.5f}, "
                f"validation {epoch.valid_loss:.5f}{best}, {sdr(epoch.sdr)}{epoch.frames} frames, "
                f"{self._speed()}"
            )
        )
        values = {"epoch/loss": epoch.loss, "epoch/valid_loss": epoch.valid_loss}
        values["epoch/frames_s"] = self.pace.frames_s
        values |= {f"sdr/{stem}": value for stem, value in epoch.sdr.items()}
        self._add(self.training.step - 1, values)
        if self._board is not None:
            self._write(self._board.flush)

    def _speed(self) -> str:
        left = self.pace.left_s
        fast = f"{self.pace.frames_s:.0f} frames/s" if self.pace.frames_s else ""
        still = "" if left is None else f"{timedelta(seconds=round(left))} left"
        return ", ".join(filter(None, [fast, still]))

    def _add(self, step: int, values: dict[str, float]) -> None:
        if self._board is not None:
            board = self._board
            self._write(lambda: board.add(step, values))

    def _write(self, work: Callable[[], None]) -> None:
        """Curves that cannot be written are told once and left; the run goes on."""
        try:
            work()
        except OSError as error:
            self._board = None
            self.show.note(f"no more curves for TensorBoard: {error.strerror or error}")


def sdr(values: dict[str, float]) -> str:
    """SDR of stems for people, with a comma after it; nothing where there are none."""
    stems = " ".join(f"{stem} {values[stem]:.2f}" for stem in STEMS if stem in values)
    return f"SDR {stems} dB, " if stems else ""


def _board(show: Show, training: Trainer) -> Board | None:
    try:
        return Board(training.folder, training.step)
    except ImportError:
        show.note(
            f"no curves in {training.folder / BOARD}, as TensorBoard is not installed: pip install "
            '"remixer[train]"'
        )
    except OSError as error:
        show.note(f"no curves in {training.folder / BOARD}: {error.strerror or error}")
    return None
