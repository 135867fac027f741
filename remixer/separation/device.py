"""Where a network runs: on a GPU that torch reports and that gives the processor's results, else on
the processor.
"""

import copy
import logging
import os

import torch
from torch import nn

from remixer.errors import ModelError

ENVIRONMENT = "REMIXER_DEVICE"
KINDS = ("cuda", "mps", "cpu")
CLOSE = 1e-3
"""How far a mask on a GPU may be from the processor's."""

_log = logging.getLogger(__name__)


def best_device() -> torch.device:
    """A GPU that is there, else the processor; or what REMIXER_DEVICE names. Raises ModelError for
    what is no device here.
    """
    there = [kind for kind in KINDS if _is_there(kind)]
    named = os.environ.get(ENVIRONMENT) or there[0]
    if named not in there:
        raise ModelError(f"{ENVIRONMENT} is {named!r}: this machine has {', '.join(there)}")
    return torch.device(named)


def _is_there(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    return kind == "cpu" or torch.backends.mps.is_available()


def placed(network: nn.Module, sample: torch.Tensor, device: torch.device) -> nn.Module:
    """The network on a device, if it gives the same masks there; else on the processor.

    sample: an input to try it on. In float32 throughout: half precision inside convolutions, which
    GPUs may take by themselves, is turned off.
    """
    if device.type == "cpu":
        return network
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    why = ""
    with torch.inference_mode():
        expected = network(sample)
        try:
            there = copy.deepcopy(network).to(device)
            difference = float((there(sample.to(device)).cpu() - expected).abs().max())
        except (RuntimeError, NotImplementedError) as error:  # too little memory, an old driver
            why = " ".join(str(error).split())
        else:
            if difference <= CLOSE:
                _log.info("separating on %s", device)
                return there
            why = f"masks differ by {difference:.1g}"
    _log.warning("separating on the processor: on %s %s", device, why)
    return network
