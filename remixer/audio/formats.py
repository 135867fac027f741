"""What each container can hold, and how a user's choice becomes one container and one subtype.

Subtypes have libsndfile's names; ALAC_16 and ALAC_24 are ALAC in an m4a at that depth.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remixer.dsp.signal import Grid
from remixer.errors import OutputError

SOURCE = "source"
"""The choice "as the source": its container, its depth."""

BITS = {
    "PCM_U8": 8,
    "PCM_S8": 8,
    "PCM_16": 16,
    "PCM_24": 24,
    "PCM_32": 32,
    "ALAC_16": 16,
    "ALAC_20": 20,
    "ALAC_24": 24,
    "ALAC_32": 32,
}
"""Bits per sample of the integer subtypes."""

FLOATS = ("FLOAT", "DOUBLE")

MAX_CHANNELS = 2
MIN_RATE, MAX_RATE = 8_000, 192_000

RIFF_LIMIT = 2**32 - 2**26
"""Bytes of samples put in a container with 32-bit sizes: 4 GiB less room for tags and artwork."""

_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_AAC_RATES = (*_MP3_RATES, 64_000, 88_200, 96_000)


@dataclass(frozen=True)
class Container:
    """One kind of file: what it holds, and its extensions (new files get the first)."""

    name: str
    extensions: tuple[str, ...]
    subtypes: tuple[str, ...]
    small: bool = False
    """Sizes of 32 bits: samples of at most RIFF_LIMIT bytes."""


_WAV = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", *FLOATS)
_CONTAINERS = (
    Container("WAV", (".wav", ".wave"), _WAV, small=True),
    Container("RF64", (".wav", ".rf64"), _WAV),
    Container("W64", (".w64",), _WAV),
    Container("AIFF", (".aiff", ".aif", ".aifc"), ("PCM_S8", *_WAV), small=True),
    Container("FLAC", (".flac",), ("PCM_S8", "PCM_16", "PCM_24")),
    Container("OGG", (".ogg", ".oga"), ("VORBIS",)),
    Container("OPUS", (".opus",), ("OPUS",)),
    Container("MP3", (".mp3",), ("MPEG_LAYER_III",)),
    Container("M4A", (".m4a", ".mp4"), ("ALAC_16", "ALAC_24", "AAC")),
)
CONTAINERS = {container.name: container for container in _CONTAINERS}

_RATES = {"OPUS": _OPUS_RATES, "MPEG_LAYER_III": _MP3_RATES, "AAC": _AAC_RATES}


@dataclass(frozen=True)
class FileFormat:
    """A container and a subtype that it holds."""

    format: str
    subtype: str

    @property
    def grid(self) -> Grid | None:
        """The integer grid of the subtype, or None."""
        return grid_of(self.subtype)

    @property
    def lossy(self) -> bool:
        """Whether samples come back changed by more than rounding."""
        return is_lossy(self.subtype)

    @property
    def extension(self) -> str:
        """The extension of a new file, with its dot."""
        return CONTAINERS[self.format].extensions[0]


class Source(Protocol):
    """What `resolve` asks of a source; an AudioReader is one."""

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def length(self) -> int:
        """Samples per channel."""
        ...

    @property
    def format(self) -> str:
        """The container's name."""
        ...

    @property
    def subtype(self) -> str:
        """libsndfile's name of the encoding."""
        ...


def grid_of(subtype: str) -> Grid | None:
    """The grid of an integer subtype; None for floating point and lossy ones."""
    return Grid(BITS[subtype]) if subtype in BITS else None


def is_lossy(subtype: str) -> bool:
    """Whether the subtype is neither integer nor floating-point PCM (nor ALAC)."""
    return subtype not in BITS and subtype not in FLOATS


def format_of(path: Path) -> str:
    """The container that a new file's extension asks for.

    Raises OutputError for an extension that is not known.
    """
    for container in _CONTAINERS:
        if path.suffix.lower() in container.extensions:
            return container.name
    known = ", ".join(c.extensions[0] for c in _CONTAINERS if c.name != "RF64")
    raise OutputError(
        f"{path.name}: no format has the extension '{path.suffix}'; use one of {known}"
    )


def resolve(source: Source, format: str = SOURCE, subtype: str = SOURCE) -> FileFormat:
    """The concrete format for a user's choice.

    format: a container's name or "source" (the source's, WAV if that is lossy). subtype: a
    subtype's name, "ALAC" (at the source's depth), or "source": the source's own where the
    container holds it, else the shallowest one that holds every sample of it; in a container that
    is lossy only, its subtype. WAV that would pass 4 GiB becomes RF64.  Raises OutputError if the
    container cannot hold it.
    """
    container = _container(_own_format(source) if format.lower() == SOURCE else format)
    name = subtype.upper()
    if name == "SOURCE" or (name == "ALAC" and container.name == "M4A"):
        name = _same_depth(source, container)
    return fit(
        container.name, name, rate=source.rate, channels=source.channels, length=source.length
    )


def fit(format: str, subtype: str, *, rate: int, channels: int, length: int) -> FileFormat:
    """The format checked against a signal's geometry, WAV made RF64 where 4 GiB would not do.

    Raises OutputError naming what does not fit and what would.
    """
    container = _container(format)
    if subtype not in container.subtypes:
        held = ", ".join(container.subtypes)
        raise OutputError(
            f"{container.name} cannot hold {subtype}, only {held}: {_remedy(subtype)}"
        )
    _check_geometry(container.name, subtype, rate, channels)
    if container.small and _sample_bytes(subtype) * channels * length > RIFF_LIMIT:
        return FileFormat(_larger(container, length / rate), subtype)
    return FileFormat(container.name, subtype)


def _container(format: str) -> Container:
    try:
        return CONTAINERS[format.upper()]
    except KeyError:
        raise OutputError(f"'{format}' is no format; use one of {', '.join(CONTAINERS)}") from None


def _own_format(source: Source) -> str:
    if is_lossy(source.subtype) or source.format not in CONTAINERS:
        return "WAV"
    return "WAV" if source.format == "RF64" else source.format


def _same_depth(source: Source, container: Container) -> str:
    """The subtype of the container that loses nothing of the source."""
    if all(is_lossy(held) for held in container.subtypes):
        return container.subtypes[0]
    bits = BITS.get(source.subtype)
    if bits is None:
        wanted = source.subtype if source.subtype in FLOATS else "FLOAT"
        if wanted in container.subtypes:
            return wanted
        raise OutputError(
            f"{container.name} cannot hold {wanted}, the source's kind: {_remedy(wanted)}"
        )
    if source.subtype in container.subtypes:
        return source.subtype
    for held in sorted((s for s in container.subtypes if s in BITS), key=BITS.__getitem__):
        if BITS[held] >= bits:
            return held
    deepest = max((s for s in container.subtypes if s in BITS), key=BITS.__getitem__)
    raise OutputError(
        f"{container.name} cannot hold the source's {bits} bits, only {deepest}: "
        f"choose WAV, or {deepest} to round"
    )


def _remedy(subtype: str) -> str:
    if subtype in FLOATS:
        return "choose WAV, AIFF or W64, or a depth to round to, such as PCM_24"
    holding = [c.name for c in _CONTAINERS if subtype in c.subtypes]
    return f"choose {', '.join(holding)}" if holding else "choose one of these"


def _check_geometry(format: str, subtype: str, rate: int, channels: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        raise OutputError(f"{channels} channels cannot be written; Remixer writes mono and stereo")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise OutputError(
            f"{rate} Hz cannot be written; Remixer writes {MIN_RATE} to {MAX_RATE} Hz"
        )
    rates = _RATES.get(subtype)
    if rates and rate not in rates:
        listed = ", ".join(str(r) for r in rates)
        raise OutputError(
            f"{format} cannot hold {rate} Hz, only {listed} Hz: choose WAV, FLAC or OGG"
        )
    if format == "FLAC" and rate > 65_535 and rate % 10:
        raise OutputError(
            f"FLAC above 65535 Hz holds multiples of 10 Hz, not {rate} Hz: choose WAV"
        )


def _sample_bytes(subtype: str) -> int:
    return {"FLOAT": 4, "DOUBLE": 8}.get(subtype) or BITS[subtype] // 8


def _larger(container: Container, seconds: float) -> str:
    if container.name == "WAV":
        return "RF64"
    raise OutputError(
        f"{container.name} holds at most 4 GiB, {seconds:.0f} s are more: "
        "choose WAV (written as RF64), W64 or FLAC"
    )
