"""Draws the icon: python3 draw.py DRAWING.svg TARGET SIZE [TARGET SIZE]... as PNG or ICO."""

import sys

from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def draw(drawing: QSvgRenderer, target: str, size: int) -> bool:
    """Whether it could be drawn and saved."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    return drawing.isValid() and image.save(target)


if __name__ == "__main__":
    svg = QSvgRenderer(sys.argv[1])
    pairs = zip(sys.argv[2::2], sys.argv[3::2], strict=True)
    sys.exit(not all(draw(svg, target, int(size)) for target, size in pairs))
