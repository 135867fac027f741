"""The mean of two models' weights, as a model: what `resources/recipes/unet.sh` ends with.

python -m benchmarks.average FIRST.json SECOND.json FOLDER

Both are of one network, trained from the same first weights (Wortsman et al. 2022, "Model soups").
The card is the second's, and says what was done.
"""

import json
import sys
from pathlib import Path

from torch import Tensor

from remixer.separation import weights
from remixer.separation.catalogue import Card, read_card
from remixer.training.ship import write_card


def state(card: Card) -> dict[str, Tensor]:
    """The weights of a model, float32."""
    return weights.dequantise(weights.load(card.path, card.sha256))


def average(first: Path, second: Path, folder: Path) -> Path:
    """Write the mean and its card. Returns the card's path."""
    known = read_card(first)
    one, other = state(known), state(read_card(second))
    if one.keys() != other.keys():
        raise SystemExit(f"{first} and {second} are of different networks")
    mean = {name: ((one[name] + other[name]) / 2).contiguous() for name in other}
    card = json.loads(second.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / card["weights"]
    weights.save(weights.quantise(mean), path)
    card["sha256"] = weights.file_sha256(path)
    card["training"]["averaged"] = {
        "with": known.sha256,
        "note": "the mean of the weights of two rounds of one recipe, the first without estimates",
    }
    return write_card(folder / second.name, card)


if __name__ == "__main__":
    print(average(*map(Path, sys.argv[1:4])))
