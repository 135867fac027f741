"""A waveform as an image: peaks around the middle, and the louder body within them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from remixer.app.theme import Theme


def waveform_image(
    values: NDArray[np.float32], known: int, width: int, height: int, theme: Theme
) -> QImage:
    """An image of a whole song.

    values: (3, buckets), lowest, highest and RMS; the first `known` are filled. Full scale reaches
    the upper and lower edge. What is not known yet is transparent.
    """
    pixels = np.zeros((height, width), np.uint32)
    columns, (low, high, body) = _columns(values, known, width)
    row = np.arange(height)[:, np.newaxis]
    middle = (height - 1) / 2
    top, bottom = np.rint(middle - high * middle), np.rint(middle - low * middle)
    inside = (row >= np.minimum(top, middle)) & (row <= np.maximum(bottom, middle))
    core = np.abs(row - middle) <= np.minimum(body, np.maximum(high, -low)) * middle
    here = pixels[:, :columns]
    here[inside] = _pixel(_between(theme.sunken, theme.dim_text, 0.6))
    here[core] = _pixel(_between(theme.sunken, theme.text, 0.82))
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()


def _columns(
    values: NDArray[np.float32], known: int, width: int
) -> tuple[int, tuple[NDArray[np.float32], ...]]:
    """How many of `width` columns are known, and the extremes of each."""
    buckets = values.shape[1]
    if not known:
        return 0, tuple(np.zeros((3, 0), np.float32))
    columns = max(1, known * width // buckets)
    first = np.arange(columns) * buckets // width
    low, high, body = values[:, :known]
    return columns, (
        np.clip(np.minimum.reduceat(low, first), -1.0, 1.0),
        np.clip(np.maximum.reduceat(high, first), -1.0, 1.0),
        np.clip(np.maximum.reduceat(body, first), 0.0, 1.0),
    )


def _between(ground: str, colour: str, part: float) -> QColor:
    a, b = QColor(ground), QColor(colour)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round((1 - part) * x + part * y) for x, y in pairs))


def _pixel(colour: QColor) -> int:
    return int(colour.rgb())
