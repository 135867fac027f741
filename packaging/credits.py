"""Whose recordings the weights were trained on: models/CREDITS.md, from the corpus's manifest.

python packaging/credits.py CORPUS
"""

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEARNT_MIXES = ROOT / "resources" / "recipes" / "unet-mixes.txt"
PARTS = {
    "songs": ("Songs with true stems", "all models"),
    "vocals": ("Isolated singing", "all models"),
    "samples": ("Single notes", "all models, and the generated songs"),
    "midi": ("MIDI files", "the generated songs"),
    "mixes": ("Full mixes, told apart by other models", "unet"),
}
HEAD = """# Whose work the weights were trained on

Remixer's weights were trained on a collection of freely licensed recordings, called the *corpus* in
cards and documentation. The recordings themselves are not part of Remixer. Thank you to all of
them. What is non-commercial here makes the weights so.

The songs called `mdb_*` are MedleyDB's Music Delta pieces, dry and mono; `eif_*` are an electronic
album with its stems; `eif_lithium`, `mdb_beatles` and `mdb_punk` are kept for validation: no
training saw them, but they choose the epoch.
"""
TAIL = """
## Besides

- The first weights of unet: Spleeter's two-stem model (Deezer SA, MIT License; the notice is in its
  card).
- Sounds of the generated songs: the soundfonts FluidR3 GM, MuseScore General and TimGM6mb,
  Hydrogen's drum kits, as Debian packages them.
"""


def main(corpus: Path) -> None:
    """Write the page."""
    mixes = set(LEARNT_MIXES.read_text(encoding="utf-8").split())
    found: dict[str, dict[tuple[str, str], list[str]]] = {part: {} for part in PARTS}
    with (corpus / "manifest.csv").open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            part, name = row["path"].split("/")[0], Path(row["path"]).name
            if part in found and (part != "mixes" or name in mixes):
                who = (row["artist_or_source"], row["licence"])
                found[part].setdefault(who, []).append(row["song"])
    text = HEAD
    for part, (title, used) in PARTS.items():
        text += f"\n## {title}\n\nUsed by {used}.\n\n| by, from | licence | what |\n|---|---|---|\n"
        for (source, licence), songs in sorted(found[part].items()):
            names = sorted(set(songs))
            what = ", ".join(names) if part in ("songs", "mixes") else f"{len(songs)} files"
            text += f"| {source} | {licence} | {what} |\n"
    (ROOT / "models" / "CREDITS.md").write_text(text + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
