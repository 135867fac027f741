"""The demo song's cover: four bands of sound that make one sunrise, drawn with numpy alone."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SKY = ((24, 27, 58), (245, 162, 97))  # night above, morning below
BANDS = ((231, 111, 81), (233, 196, 106), (42, 157, 143), (38, 70, 83))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (height, width, 3) as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    height, width, _ = pixels.shape
    difference = pixels.copy()
    difference[1:] -= pixels[:-1]  # PNG filter 2, "up"
    rows = b"".join(b"\x02" + row.tobytes() for row in difference)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def cover_png(size: int) -> bytes:
    """A square cover of `size` pixels."""
    y, x = np.mgrid[0:size, 0:size] / size
    shade = np.clip(y / 0.75, 0, 1)[..., None]
    image = np.array(SKY[0]) * (1 - shade) + np.array(SKY[1]) * shade
    distance = np.hypot(x - 0.5, y - 0.52)
    edge = 1.5 / size
    sun = np.clip((0.23 - distance) / edge, 0, 1)[..., None]
    image = image * (1 - sun) + np.array((255, 236, 179)) * sun
    for i, colour in enumerate(BANDS):
        swell = 0.045 * np.sin(2 * np.pi * ((1.0 + 0.5 * i) * x + 0.21 * i))
        ripple = 0.012 * np.sin(2 * np.pi * (3 + 2 * i) * x + i)
        top = 0.56 + 0.105 * i + swell + ripple
        cover = np.clip((y - top) / edge, 0, 1)[..., None]
        image = image * (1 - cover) + np.array(colour) * cover
    return _png(np.round(np.clip(image, 0, 255)).astype(np.uint8))
