"""Curves of a run for TensorBoard, where it is installed: pip install "remixer[train]"."""

from pathlib import Path
from typing import Any

BOARD = "tensorboard"


class Board:
    """Writes scalars into RUN/tensorboard, over the number of batches; what a run that was stopped
    had written after its last epoch is taken back when it goes on.
    """

    def __init__(self, run: Path, first: int) -> None:
        """Raises ImportError where TensorBoard is not installed."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(run / BOARD), purge_step=first)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Curves' values at a step, by name."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def flush(self) -> None:
        """Bring what was added to disk. Raises OSError when that fails."""
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
