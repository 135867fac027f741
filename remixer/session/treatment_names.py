"""What a change of treatments is called: the names of undo."""

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from remixer.dsp.biquad import CUTS
from remixer.dsp.signal import STEMS
from remixer.mixing.returns import BEATS
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import Band, Equaliser

_Says = Callable[[Any], str]


def treatment_name(before: MixState, after: MixState) -> str:
    """The step from one state to another in words: "Vocals EQ 2.5 kHz +3.0 dB", "Reverb decay 2.1
    s". Where more than one thing differs it is named as a whole: "Vocals treatment".
    """
    for stem, old, new in zip(STEMS, before.strips, after.strips, strict=True):
        if old.treatment != new.treatment:
            return f"{stem.capitalize()} {_treatment(old.treatment, new.treatment)}"
    if before.master != after.master:
        return f"Master {_treatment(before.master, after.master)}"
    if before.returns.at(after.returns.reverb.bpm) == after.returns != before.returns:
        return f"Tempo {after.returns.reverb.bpm:.4g} bpm"
    for title, old_return, new_return in (
        ("Reverb", before.returns.reverb, after.returns.reverb),
        ("Delay", before.returns.delay, after.returns.delay),
    ):
        if old_return != new_return:
            return f"{title} {_one_of(old_return, new_return, _RETURN_WORDS, 'settings')}"
    return "Treatment"


def _treatment(old: Any, new: Any) -> str:
    """Of one treatment, a strip's or the master's."""
    changed = _changed(old, new)
    if new == type(new)():
        return "untreated"
    if len(changed) != 1:
        return "treatment"
    name, value = changed[0], getattr(new, changed[0])
    if name == "equaliser":
        return _equaliser(old.equaliser, value)
    if name == "compressor":
        return f"compressor {_one_of(old.compressor, value, _COMPRESSOR_WORDS, 'settings')}"
    if name == "sends":
        return _one_of(old.sends, value, _SEND_WORDS, "sends")
    return _STRIP_WORDS[name](value)


def _equaliser(old: Equaliser, new: Equaliser) -> str:
    if new == Equaliser():
        return "EQ flat"
    if old.on != new.on:
        return f"EQ {_switched(new.on)}"
    pairs = zip(old.bands, new.bands, strict=True)
    bands = [(before, after) for before, after in pairs if before != after]
    return f"EQ {_band(*bands[0])}" if len(bands) == 1 else "EQ"


def _band(old: Band, new: Band) -> str:
    where = hertz(new.freq_hz)
    if old.on != new.on:
        return f"{where} {_switched(new.on)}"
    if old.kind != new.kind:
        return f"{where} {new.kind}"
    if _changed(old, new) == ["q"]:
        return f"{where} Q {new.q:.2f}"
    return f"{new.kind} {where}" if new.kind in CUTS else f"{where} {_decibels(new.gain_db)}"


def _changed(old: Any, new: Any) -> list[str]:
    names = [field.name for field in fields(new)]
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def _one_of(old: Any, new: Any, words: dict[str, _Says], several: str) -> str:
    changed = _changed(old, new)
    if len(changed) != 1:
        return several
    return words[changed[0]](getattr(new, changed[0]))


def hertz(frequency: float) -> str:
    """ "80 Hz", "2.5 kHz"."""
    return f"{frequency:.0f} Hz" if frequency < 1000.0 else f"{frequency / 1000.0:.3g} kHz"


def _switched(on: bool) -> str:
    return "on" if on else "bypassed"


def _decibels(value: float) -> str:
    return "off" if value == -math.inf else f"{value:+.1f} dB" if value else "0 dB"


def _automation(points: tuple[tuple[int, float], ...]) -> str:
    if not points:
        return "automation removed"
    return f"automation, {len(points)} breakpoint{'s' if len(points) > 1 else ''}"


_STRIP_WORDS: dict[str, _Says] = {
    "invert": lambda on: f"polarity {'turned' if on else 'as it was'}",
    "width": lambda width: f"width {100 * width:.0f} %",
    "automation": _automation,
}
_COMPRESSOR_WORDS: dict[str, _Says] = {
    "threshold_db": lambda v: f"threshold {_decibels(v)}",
    "ratio": lambda v: f"ratio {v:.3g}:1",
    "attack_ms": lambda v: f"attack {v:.3g} ms",
    "release_ms": lambda v: f"release {v:.4g} ms",
    "knee_db": lambda v: f"knee {v:.3g} dB",
    "makeup_db": lambda v: f"makeup {_decibels(v)}",
    "key": lambda v: f"key {v or 'itself'}",
    "on": _switched,
}
_SEND_WORDS: dict[str, _Says] = {
    "reverb_db": lambda v: f"reverb send {_decibels(v)}",
    "delay_db": lambda v: f"delay send {_decibels(v)}",
    "on": lambda v: f"sends {_switched(v)}",
}
_RETURN_WORDS: dict[str, _Says] = {
    "size": lambda v: f"size {100 * v:.0f} %",
    "decay_s": lambda v: f"decay {v:.3g} s",
    "damping": lambda v: f"damping {100 * v:.0f} %",
    "predelay_ms": lambda v: f"predelay {v:.3g} ms",
    "decay_beats": lambda v: f"decay {v:.4g} beats",
    "predelay_beats": lambda v: f"predelay {v:.4g} beats",
    "level_db": lambda v: f"level {_decibels(v)}",
    "time": lambda v: f"time {v:.4g}",
    "unit": lambda v: f"in {'beats' if v == BEATS else 'ms'}",
    "bpm": lambda v: f"tempo {v:.4g} bpm",
    "feedback": lambda v: f"feedback {100 * v:.0f} %",
    "tone_hz": lambda v: f"tone {hertz(v)}",
    "on": _switched,
}
