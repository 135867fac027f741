"""Make the README's picture of the demo song's masks again, after a change to model or picture.

python docs/pictures.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1200, 675)
QUALITY = 80
"""Of JPEG: the picture is all texture, which makes PNG five times larger."""


def main() -> None:
    """Runs `remixer spectrogram --masks`, then makes the file small enough for a repository."""
    song = ROOT / "resources" / "demo" / "demo.flac"
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "masks.png"
        command = [sys.executable, "-m", "remixer", "spectrogram", str(song), "-o", str(drawn)]
        subprocess.run([*command, "--masks"], check=True)
        picture = Image.open(drawn).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        target = ROOT / "docs" / "images" / "masks.jpg"
        picture.save(target, quality=QUALITY, subsampling=0, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
