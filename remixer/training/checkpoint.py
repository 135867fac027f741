"""What a run keeps on disk: the last epoch, whole at any moment, and the best weights."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from remixer.errors import ModelError, OutputError, brief
from remixer.training.sources import megabytes

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
LOG = "log.jsonl"


def write_state(state: dict[str, Any], path: Path) -> None:
    """Save tensors, as of the CPU, and plain values, beside, then rename: a kill leaves the old
    file or the new one. Raises OutputError when there is no room.
    """
    there = _on_cpu(state)
    _replace(path, lambda beside: torch.save(there, beside))


def write_log(lines: Iterable[dict[str, Any]], path: Path) -> None:
    """Write a log of one JSON object a line; see `write_state`."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    _replace(path, lambda beside: beside.write_text(text))


def read_checkpoint(run: Path) -> dict[str, Any] | None:
    """The last epoch of a run, or None where there is none yet.

    Raises ModelError when it is damaged.
    """
    path = run / CHECKPOINT
    if not path.exists():
        return None
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged archive or pickle comes up with
        raise ModelError(
            f"{path} is damaged ({brief(error)}): delete it and train again, from "
            f"{BEST} with --start if you like"
        ) from error
    return saved


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    beside = path.with_suffix(".part")
    try:
        write(beside)
        with beside.open("rb") as saved:
            os.fsync(saved.fileno())
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # torch's archives turn the one into the other
        reason = error.strerror if isinstance(error, OSError) else "the disk refuses it"
        free = megabytes(shutil.disk_usage(path.parent).free)
        beside.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written ({reason or error}; {free} are free there): make room and "
            "train again, which goes on from the last epoch that was kept"
        ) from error


def _on_cpu(value: Any) -> Any:
    """The same with every tensor on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {name: _on_cpu(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_on_cpu, value))
    return value
