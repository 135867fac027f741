"""What a receipt's values are called for people: the same words on the page and on the sheet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from remixer.session.clock import clock
from remixer.session.wording import counted, grouped

Values = dict[str, Any]

READINGS = (
    ("integrated_lufs", "Integrated loudness, LUFS", "LUFS"),
    ("short_term_max_lufs", "Highest short-term loudness, LUFS", "Short-term"),
    ("momentary_max_lufs", "Highest momentary loudness, LUFS", "Momentary"),
    ("range_lu", "Loudness range, LU", "Range, LU"),
    ("true_peak_dbtp", "True peak, dBTP", "dBTP"),
    ("sample_peak_dbfs", "Sample peak, dBFS", "dBFS"),
)
"""What a meter may tell, for a row and for a column; what it does not tell is left out."""
_WIDE = 3
"""Columns of levels that a sheet holds."""
_WHAT = {"remix": "Remix", "stems": "Stems", "minus-one": "Minus one", "all": "All exports"}


@dataclass(frozen=True)
class Row:
    """A line about something. code: whether its text is for machines, as hashes are."""

    title: str
    text: str
    code: bool = False


@dataclass(frozen=True)
class Grid:
    """A table of numbers; the first of each row is its name, as is the first column's head."""

    head: list[str]
    rows: list[list[str]]


def title(values: Values) -> str:
    """What was exported, in a line."""
    source, region = values["source"], values["region"]
    start, stop = region or (0, source["length"])
    rate = source["rate"]
    part = f"{clock(start / rate)} to {clock(stop / rate)}" if region else clock(stop / rate)
    what = values["options"]["what"]
    return f"{_WHAT.get(what, what)}: {values['moves']['words']}; {part}"


def is_proved(values: Values) -> bool:
    """Whether something was proved of every file."""
    return all(file["null"]["of"] != "nothing" for file in values["exports"])


def verdict(values: Values) -> list[str]:
    """What was proved, then the remarks, as sentences."""
    return [f"{capital(text)}." for text in (values["proof"], *values["notes"])]


def levels(values: Values) -> Grid:
    """The source beside the export, or above all that was exported."""
    files = values["exports"]
    signals = [("Source", values["levels"])]
    signals += [(capital(f["part"]) if files[1:] else "Export", f["levels"]) for f in files]
    told = [reading for reading in READINGS if reading[0] in values["levels"]]
    if len(signals) <= _WIDE:
        rows = [
            [name, *(number(found.get(key)) for _name, found in signals)] for key, name, _ in told
        ]
        return Grid(["", *(name for name, _found in signals)], rows)
    rows = [[name, *(number(found.get(key)) for key, *_ in told)] for name, found in signals]
    return Grid(["", *(short for _key, _title, short in told)], rows)


def how(values: Values) -> Iterator[Row]:
    """Moves and options."""
    options, model = values["options"], values["model"]
    yield Row("Moves", values["moves"]["words"])
    if options["preset"]:
        yield Row("Preset", options["preset"])
    if options["ceiling_dbtp"] is not None:
        yield Row("Ceiling", _ceiling(values))
    bits = {f["null"].get("dithered_bits") for f in values["exports"]} - {None}
    yield Row("Dither", f"TPDF to {max(bits)} bits" if bits else "none")
    if model is None:
        yield Row("Model", "none: nothing was separated for it")
        return
    yield Row("Model", f"{model['title']} ({model['id']})" if model.get("title") else model["id"])
    if model.get("sha256"):
        yield Row("Weights", model["sha256"], code=True)


def _ceiling(values: Values) -> str:
    took = [f["null"].get("ceiling_took_db") for f in values["exports"]]
    deepest = max((db for db in took if db is not None), default=None)
    said = "not applied" if deepest is None else "took nothing away"
    if deepest is not None and deepest >= 0.05:
        said = f"took away up to {deepest:.1f} dB"
    return f"{number(values['options']['ceiling_dbtp'])} dBTP, {said}"


def about(file: Values) -> Iterable[Row]:
    """The song, or an exported file."""
    length = clock(file["length"] / file["rate"])
    channels = {1: "mono", 2: "stereo"}.get(file["channels"], f"{file['channels']} channels")
    yield Row("File", f"{file['file']} ({grouped(file['bytes'])} bytes)")
    yield Row(
        "Sound",
        f"{file['format']} {file['subtype']}, {grouped(file['rate'])} Hz, {channels}, {length} "
        f"({counted(file['length'])})",
    )
    if "null" in file:
        yield Row("Proved", _proved(file["null"]))
    yield Row("SHA-256", file["sha256"], code=True)
    if file["content"]:
        yield Row("Samples", file["content"], code=True)


def _proved(null: Values) -> str:
    differing = null["differing"]
    if null["of"] == "nothing":
        return "not sample by sample: the format is lossy"
    if null["of"] == "copy":
        return "the source's file itself, byte for byte in its audio"
    if null["of"] == "render":
        same = "identical to the source" if null["identical_to_source"] else "as rendered"
        return f"read back {same}, {grouped(differing)} differing samples"
    if differing == 0:
        return "all stems together are the source, 0 differing samples"
    if null["rounded_bits"]:
        bits = null["rounded_bits"]
        return f"all stems together are the source rounded to {bits} bits, exactly"
    return f"all stems together are the source within {number(null['peak_dbfs'])} dBFS"


def origin(values: Values) -> str:
    """Who wrote it, and when."""
    return f"Remixer {values['remixer']}, {values['date'].replace('T', ' ')}."


def capital(text: str) -> str:
    """With its first letter large."""
    return text[:1].upper() + text[1:]


def number(value: float | None) -> str:
    """A level; None is silence."""
    return "silence" if value is None else f"{value:.1f}".replace("-", "−")
