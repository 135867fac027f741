"""What was done to a mix, in words."""

import math

from remixer.dsp.signal import STEMS
from remixer.mixing.strips import MixState, Strip
from remixer.mixing.treatments import Compressor, Equaliser, Treatment

NONE = "no moves"


def moves_in_words(state: MixState) -> str:
    """ "Vocals +1.5 dB, drums muted, master -1 dB"; "No moves" where there are none."""
    if state.is_neutral:
        return _sentence(NONE)
    pairs = list(zip(STEMS, state.strips, strict=True))
    texts = [text for stem, strip in pairs if (text := _move(stem, strip))]
    soloed = [stem for stem, strip in pairs if strip.solo]
    if soloed:
        texts.insert(0, f"only {' and '.join(soloed)}")
    master = [decibels(state.master_db)] if state.master_db != 0.0 else []
    master += _processors(state.master.equaliser, state.master.compressor)
    if master:
        texts.append(f"master {' and '.join(master)}")
    return _sentence(", ".join(texts))


def decibels(gain_db: float) -> str:
    """A gain with its sign: "+1.5 dB", "off"."""
    return "off" if gain_db == -math.inf else f"{gain_db:+.3f}".rstrip("0").rstrip(".") + " dB"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _move(stem: str, strip: Strip) -> str:
    if strip.mute and not strip.solo:
        return f"{stem} muted"
    parts = [decibels(strip.gain_db)] if strip.gain_db != 0.0 else []
    if strip.pan != 0.0:
        parts.append(f"{100 * abs(strip.pan):.0f} % {'left' if strip.pan < 0 else 'right'}")
    parts += _treated(strip.treatment)
    return f"{stem} {' and '.join(parts)}" if parts else ""


def _treated(treatment: Treatment) -> list[str]:
    parts = ["polarity turned"] if treatment.invert else []
    parts += _processors(treatment.equaliser, treatment.compressor)
    if treatment.width != 1.0:
        parts.append(f"width {100 * treatment.width:.0f} %")
    if any(gain_db != 0.0 for _sample, gain_db in treatment.automation):
        parts.append("automation")
    sends = treatment.sends
    if not sends.is_neutral:
        levels = (("reverb", sends.reverb_db), ("delay", sends.delay_db))
        parts += [f"{name} {decibels(db)}" for name, db in levels if db != -math.inf]
    return parts


def _processors(equaliser: Equaliser, compressor: Compressor) -> list[str]:
    parts = [] if equaliser.is_neutral else ["EQ"]
    if not compressor.is_neutral:
        keyed = f" keyed by {compressor.key}" if compressor.key else ""
        parts.append(f"compressor{keyed}")
    return parts
