"""Colours of spectrograms, masks and owners, as tables from 8-bit values to pixels."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remixer.app.theme import Theme
from remixer.dsp.pyramid import STEP_DB, Cells
from remixer.dsp.signal import STEMS
from remixer.dsp.spectrogram import FLOOR_DB

Pixels = NDArray[np.uint32]
"""0xffRRGGBB, as QImage's Format_RGB32."""

_FINE = 4096  # steps of linear light

_AUDIBLE = (10.0 ** ((FLOOR_DB + STEP_DB * np.arange(256)) / 20)).astype(np.float32)
_AUDIBLE[0] = 1e-9  # of silence: no share beside what can be heard, an equal one in silence

# OKLab to linear sRGB.  Source: Ottosson 2020, "A perceptual color space for image processing".
_TO_LMS = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.2914855480],
    ]
)
_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@dataclass(frozen=True, eq=False)
class Inks:
    """A theme's colours for pictures. spectrum: pixels of brightness 0 to 255. ground, stems: sRGB
    from 0 to 1, (3,) and (stems, 3).
    """

    spectrum: Pixels
    ground: NDArray[np.float32]
    stems: NDArray[np.float32]

    @classmethod
    def of(cls, theme: Theme) -> "Inks":
        """The inks of a theme."""
        stems = np.array([_rgb(theme.stems[stem]) for stem in STEMS], np.float32)
        ground = np.array(_rgb(theme.sunken), np.float32)
        return cls(_spectrum(theme.is_dark, theme.sunken), ground, stems)

    def spectrogram(self, brightness: Cells) -> Pixels:
        """Brightness 0 to 255 as pixels; any shape."""
        return np.take(self.spectrum, brightness)

    def mask(self, stem: int, share: Cells) -> Pixels:
        """A stem's share of the mix times the mix's brightness, 0 to 255, in the stem's colour."""
        return np.take(self._mask_table(stem), share)

    def owners(self, cells: Cells, brightness: Cells) -> Pixels:
        """Bins in the mixture of the stems' colours by their shares of stored levels (stems, ...),
        as `dsp.spectrogram.blend` does it: mixed as light is.
        """
        magnitude = np.take(_AUDIBLE, cells)
        # Light in _FINE steps, and below it the sum that it is to be divided by.
        mixing = np.vstack((_linear(self.stems).T * _FINE, np.ones(len(STEMS)))).astype(np.float32)
        light = np.einsum("ks,s...->k...", mixing, magnitude)  # BLAS would start its threads
        mixture = np.take(_encoding(), (light[:3] / light[3]).astype(np.uint16), mode="clip")
        part = brightness.astype(np.float32) * np.float32(1 / 255)
        pixels = np.empty((*brightness.shape, 4), np.uint8)
        for channel in range(3):  # in memory: blue, green, red
            ground = self.ground[channel] * 255
            value = mixture[channel]
            value -= ground
            value *= part
            value += ground + np.float32(0.5)
            pixels[..., 2 - channel] = value
        pixels[..., 3] = 255
        return pixels.view("<u4")[..., 0]

    def _mask_table(self, stem: int) -> Pixels:
        part = np.linspace(0, 1, 256)[:, np.newaxis]
        return _pack(self.ground + part * (self.stems[stem] - self.ground))


@lru_cache(maxsize=8)
def brightness_table(low_db: float, high_db: float, lift: float = 1.0) -> Cells:
    """Brightness 0 to 255 of stored levels from low_db to high_db: linear in dB, or the power
    `lift` of that.
    """
    levels = FLOOR_DB + STEP_DB * np.arange(256)
    part = np.clip((levels - low_db) / (high_db - low_db), 0.0, 1.0)
    part[0] = 0.0  # silence is dark in any range
    return np.asarray(np.rint(255 * part**lift), np.uint8)


def shares_of(cells: Cells) -> NDArray[np.float32]:
    """Shares (stems, ...) of stored levels: the ratio masks of their magnitudes; where all are
    silent, shared equally.
    """
    magnitude = np.take(_AUDIBLE, cells)
    magnitude /= magnitude.sum(axis=0)
    return magnitude


@lru_cache(maxsize=4)
def _spectrum(dark: bool, ground: str) -> Pixels:
    """Violet, red, orange, pale yellow, evenly in lightness from the ground; reversed on light."""
    part = np.linspace(0.0, 1.0, 256)
    start = _lightness(ground)
    lightness = start + part * ((0.97 if dark else 0.22) - start)
    hue = np.radians(
        np.interp(part, (0, 0.3, 0.65, 1), (285, 325, 395, 465) if dark else (465, 400, 330, 285))
    )
    chroma = np.interp(
        part,
        (0, 0.15, 0.4, 0.7, 1),
        (0, 0.1, 0.19, 0.17, 0.09) if dark else (0, 0.08, 0.17, 0.19, 0.1),
    )
    colours = _oklch(lightness, chroma, hue)
    colours[0] = _rgb(ground)
    return _pack(colours)


def _oklch(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """sRGB of OKLCH colours, (n, 3); chroma is lowered as far as the gamut demands."""
    for _ in range(40):
        lab = np.stack((lightness, chroma * np.cos(hue), chroma * np.sin(hue)), axis=1)
        linear = (lab @ _TO_LMS.T) ** 3 @ _TO_LINEAR.T
        outside = ((linear < -1e-4) | (linear > 1 + 1e-4)).any(axis=1)
        if not outside.any():
            break
        chroma = np.where(outside, chroma * 0.95, chroma)
    return _encoded(np.clip(linear, 0.0, 1.0))


def _lightness(colour: str) -> float:
    """OKLab lightness of #RRGGBB."""
    linear = _linear(np.array(_rgb(colour)))
    lms = np.cbrt(np.linalg.solve(_TO_LINEAR, linear))
    return float(np.linalg.solve(_TO_LMS, lms)[0])


def _pack(colours: NDArray[np.floating]) -> Pixels:
    """Pixels of sRGB colours (..., 3) from 0 to 1."""
    values = np.rint(255.0 * np.clip(colours, 0.0, 1.0)).astype(np.uint32)
    pixels: Pixels = 0xFF000000 | values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2]
    return pixels


def _rgb(colour: str) -> list[float]:
    return [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]


def _linear(encoded: NDArray[np.floating]) -> NDArray[np.floating]:
    """Light of sRGB values.  Source: IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB values of light, the inverse of `_linear`."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=1)
def _encoding() -> NDArray[np.float32]:
    """sRGB values, 0 to 255, of light in _FINE steps."""
    return (255 * _encoded(np.linspace(0.0, 1.0, _FINE + 1))).astype(np.float32)
