"""Draws the program's icon: python3 draw.py DRAWING.svg TARGET SIZE. The target is PNG or ICO."""

import sys

from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def draw(source: str, target: str, size: int) -> bool:
    """Whether it could be drawn and saved."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    drawing = QSvgRenderer(source)
    drawing.render(painter)
    painter.end()
    return drawing.isValid() and image.save(target)


if __name__ == "__main__":
    sys.exit(not draw(sys.argv[1], sys.argv[2], int(sys.argv[3])))
