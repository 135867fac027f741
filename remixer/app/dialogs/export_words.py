"""What the export dialog offers, and what it says will hold: functions of source and choices."""

import math
from collections.abc import Sequence

from remixer.audio.formats import BITS, CONTAINERS, FLOATS, SOURCE, FileFormat, is_lossy, resolve
from remixer.errors import OutputError
from remixer.mixing.strips import MixState
from remixer.session.export_plan import WHAT, ExportPlan
from remixer.session.moves import moves_in_words
from remixer.session.presets import (
    ALL,
    CUSTOM,
    MINUS_ONE,
    PRESETS,
    REMIX,
    STEM_FILES,
    STEM_MP4,
    Preset,
)
from remixer.session.proof import tolerance
from remixer.session.region import Original
from remixer.session.remix_export import is_copy

Options = list[tuple[str, str, str]]
"""(value, text, why it cannot be chosen or "")."""

MEANINGS = {
    REMIX: "The song with your moves.",
    STEM_FILES: "Vocals, bass, drums and other as four files; your moves are not applied.",
    MINUS_ONE: "The song without one stem; your moves are not applied.",
    STEM_MP4: "The song and its stems as tracks of one file; your moves are not applied.",
    ALL: "A folder with the remix, the stems, and the song without each of them.",
}
TITLES = {"OGG": "Ogg Vorbis", "OPUS": "Opus", STEM_MP4: "Stem file (.stem.mp4)"}
DEPTHS = ("PCM_16", "PCM_24", "PCM_32", *FLOATS, "ALAC_16", "ALAC_24", "AAC")
KINDS = {
    "FLOAT": "32-bit float",
    "DOUBLE": "64-bit float",
    "MPEG_LAYER_III": "MP3",
    "VORBIS": "Vorbis",
    "OPUS": "Opus",
    "AAC": "AAC",
}


def kind_of(subtype: str) -> str:
    """A subtype as people call it: "24-bit", "32-bit float", "ALAC 24-bit"."""
    if subtype in BITS:
        return ("ALAC " if subtype.startswith("ALAC") else "") + f"{BITS[subtype]}-bit"
    return KINDS.get(subtype, subtype)


def format_title(format: str) -> str:
    """A container as people call it."""
    return TITLES.get(format, format)


def container_of(format: str) -> str:
    """The container that holds a format."""
    return "M4A" if format == STEM_MP4 else format


def copies(source: Original, what: str, state: MixState, format: str, subtype: str) -> bool:
    """Whether the export is the source's file itself, copied."""
    format = source.format if format == SOURCE else format
    return what == REMIX and is_copy(source, state, format, subtype)


def preset_options(source: Original, own: Sequence[Preset], custom: bool) -> Options:
    """The presets, the user's last, and what other choices are called where they are none."""
    named = []
    for preset in (*PRESETS, *own):
        why_not = "" if preset.format == SOURCE else _refusal(source, preset.format, preset.subtype)
        named.append((preset.id, preset.title, why_not))
    return [*named, (CUSTOM, "Custom", "")] if custom else named


def format_options(source: Original, what: str, state: MixState) -> Options:
    """The formats that an export may have."""
    copied = copies(source, what, state, SOURCE, SOURCE)
    own = source.format if copied else resolve(source).format
    named = [(name, format_title(name), _why_not(source, what, name)) for name in WHAT[what]]
    return [(SOURCE, f"As source ({format_title(own)})", ""), *named]


def _why_not(source: Original, what: str, format: str) -> str:
    """Why no depth of a format holds the source; "" when one does."""
    reasons = [_refusal(source, format, depth) for depth in _depths(what, format)]
    return "" if "" in reasons else reasons[-1]


def _depths(what: str, format: str) -> list[str]:
    held = CONTAINERS[container_of(format)].subtypes
    if all(is_lossy(subtype) for subtype in held) or format == STEM_MP4:
        return [depth for depth in DEPTHS if depth in held] or list(held)
    exact = what in (STEM_FILES, ALL)
    return [d for d in DEPTHS if d in held and not (exact and is_lossy(d))]


def _refusal(source: Original, format: str, subtype: str) -> str:
    try:
        resolve(source, container_of(format), subtype)
    except OutputError as error:
        return str(error)
    return ""


def depth_options(source: Original, what: str, state: MixState, format: str) -> Options:
    """The depths, or encodings, of a format."""
    container = resolve(source).format if format == SOURCE else format
    refusal = _refusal(source, format, SOURCE)
    if copies(source, what, state, format, SOURCE):
        own = " (a copy)"
    else:
        own = "" if refusal else f" ({kind_of(resolve(source, container_of(format)).subtype)})"
    depths = _depths(what, container)
    if all(is_lossy(depth) for depth in depths):
        return [(SOURCE, kind_of(depths[0]), refusal)]
    named = [(depth, kind_of(depth), _refusal(source, format, depth)) for depth in depths]
    return [(SOURCE, f"As source{own}", refusal), *named]


def promise(source: Original, state: MixState, plan: ExportPlan) -> str:
    """What will hold of an export of a source, in a few sentences. Raises OutputError when the
    format cannot hold it.
    """
    if copies(source, plan.what, state, plan.format, plan.subtype):
        return "No moves: the file itself is copied, its audio byte for byte."
    target = resolve(source, container_of(plan.format), plan.subtype)
    kind = kind_of(target.subtype)
    if plan.what == STEM_FILES and target.lossy:
        return f"Tracks of {kind}, which is lossy: they add up to the song as far as {kind} goes."
    if plan.what == STEM_FILES:
        return stems_promise(source, target)
    if plan.what == ALL:
        return f"{stems_promise(source, target)} {mix_promise(source, state, plan, target)}"
    return mix_promise(source, state, plan, target)


def mix_promise(source: Original, state: MixState, plan: ExportPlan, target: FileFormat) -> str:
    """What will hold of a remix, or a song without a stem."""
    moved, kind = moves(plan, state), kind_of(target.subtype)
    limits = plan.what != MINUS_ONE and plan.finish.ceiling_db is not None
    ceiling = f", true peaks limited to {plan.finish.ceiling_db:g} dBTP" if limits else ""
    if plan.state(state).is_neutral and not target.lossy:
        return neutral_promise(source, target)
    if plan.state(state).is_neutral:
        ceiling = ""
    if target.lossy:
        return (
            f"{moved}{ceiling}. Encoded as {kind}, which is lossy: samples cannot be proved one "
            "by one."
        )
    dithers = plan.finish.dithers(source.grid, None, target.grid)
    dither = " with dither" if dithers else ""
    return (
        f"{moved}{ceiling}. Written as {kind}{dither}, then read back to prove that it holds what "
        "was rendered."
    )


def stems_promise(source: Original, target: FileFormat) -> str:
    """What four files add up to."""
    limit = tolerance(source.grid, target.subtype, 1.0)
    if target.grid is not None and not _holds(source, target):
        return f"The stems add up exactly to the source rounded to {target.grid.bits} bits."
    if math.isinf(limit):
        return "The stems add up to the source with 0 differing samples."
    return f"The stems add up to the source within {limit:.0f} dBFS."


def neutral_promise(source: Original, target: FileFormat) -> str:
    """What a remix without moves is."""
    if _holds(source, target):
        return "No moves: a bit-exact copy of the source's samples."
    bits = target.grid.bits if target.grid else 24
    return f"No moves: the source rounded to {bits} bits."


def _holds(source: Original, target: FileFormat) -> bool:
    """Whether a format holds every sample of the source."""
    if source.grid is None:
        return target.subtype == "DOUBLE" or (
            target.subtype == "FLOAT" and source.subtype != "DOUBLE"
        )
    if target.grid is None:
        return target.subtype == "DOUBLE" or source.grid.bits <= 24
    return source.grid.bits <= target.grid.bits


def moves(plan: ExportPlan, state: MixState) -> str:
    """What was moved: "Vocals +1.5 dB, drums muted"."""
    return f"Without {plan.without}" if plan.what == MINUS_ONE else moves_in_words(state)


def clock(samples: int, rate: int) -> str:
    """A place in the song as m:ss.mmm."""
    minutes, rest = divmod(round(samples * 1000 / rate), 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"
