"""The fields of `--mix` in docs/treatments.md: all of them, with the ranges that hold."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from remixer.cli.options import saved_mix
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.plain import to_plain
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import MAX_POINTS, Band, MasterTreatment, Treatment
from tests.docs.reading import ROOT, table_after

PAGE = ROOT / "docs" / "treatments.md"
STEM = "bass"
BANDS = "strips.STEM.treatment.equaliser.bands"
AUTOMATION = "strips.STEM.treatment.automation"
SAME = {"master.equaliser": "equaliser", "master.compressor": "compressor"}
"""As a stem's."""
MINUS_INFINITY = '"-inf"'


@dataclass(frozen=True)
class Row:
    """A row of the table; `field` without its backticks."""

    field: str
    unit: str
    range: str
    default: str

    @property
    def choices(self) -> list[Any] | None:
        """Values that are listed one by one; None for a range of numbers."""
        listed = re.findall(r"`([^`]+)`", self.range)
        return None if re.search(r"\d", self.range) else [json.loads(value) for value in listed]

    @property
    def limits(self) -> list[tuple[float, float]]:
        """Ranges of numbers, the usual one first."""
        number = r"(-?[\d.]+)"
        found = re.findall(rf"{number} to {number}", self.range)
        upper = re.findall(rf"up to {number}", self.range)
        return [(float(low), float(high)) for low, high in found] + [
            (-math.inf, float(high)) for high in upper
        ]

    def __str__(self) -> str:
        return self.field


ROWS = [Row(row[0].strip("`"), *row[1:4]) for row in table_after(PAGE, "### Fields")]
NUMBERS = [row for row in ROWS if row.limits and row.field != AUTOMATION]


def read(folder: Path, field: str, value: Any, **beside: Any) -> MixState:
    """The mix of a file that gives one field. beside: others of the same object."""
    path = folder / "mix.json"
    path.write_text(json.dumps(around(field, value, beside)))
    return saved_mix(path)


def around(field: str, value: Any, beside: dict[str, Any]) -> dict[str, Any]:
    """{"strips": {STEM: ... {field: value}}}"""
    *places, name = field.replace("STEM", STEM).split(".")
    values: Any = {name: value, **beside}
    for place in reversed(places):
        values = {place.removesuffix("[]"): [values, {}, {}, {}] if "[]" in place else values}
    made: dict[str, Any] = values
    return made


def at(state: MixState, field: str) -> Any:
    """A field's value as JSON has it."""
    value: Any = to_plain(state)
    for place in field.replace("STEM", STEM).split("."):
        value = value[place.removesuffix("[]")]
        value = value[0] if place.endswith("[]") else value
    return value


def named(value: Any, place: str = "") -> Iterator[str]:
    """The fields of a state, as the table calls them."""
    for field in fields(value):
        inner, name = getattr(value, field.name), f"{place}{field.name}"
        if name in SAME:
            yield name
        elif name == "strips":
            yield from named(inner[0], "strips.STEM.")
        elif is_dataclass(inner):
            yield from named(inner, f"{name}.")
        else:
            yield name
            if name == BANDS:
                yield from named(inner[0], f"{name}[].")


def test_every_field_is_there_once() -> None:
    assert sorted(row.field for row in ROWS) == sorted(named(MixState()))
    kinds = {field.name: field.type for field in fields(Treatment)}
    for field in fields(MasterTreatment):
        assert field.type == kinds[field.name]
        assert f"master.{field.name}" in SAME


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_as_it_comes(row: Row) -> None:
    if row.field in SAME or row.field == BANDS:
        return
    if row.field.startswith(f"{BANDS}[]"):
        assert json.loads(row.default.strip("`")) == getattr(Band(), row.field.rsplit(".")[-1])
    elif row.field.endswith("compressor.on"):
        assert row.default == "`true` with any other field, else `false`"
    else:
        assert json.loads(row.default.strip("`")) == at(MixState(), row.field)


def test_what_is_given_is_on(tmp_path: Path) -> None:
    """As the table says of the compressor, and what goes for all else that has a switch."""
    switches = [row.field for row in ROWS if row.field.endswith(".on")]
    assert len(switches) == 6
    for switch in switches:
        beside = next(
            row
            for row in NUMBERS
            if row.field.rpartition(".")[0] in (switch[:-3], f"{switch[:-3]}.bands[]")
        )
        value = json.loads(beside.default.strip("`"))
        assert at(read(tmp_path, beside.field, value), switch) is True
        assert at(read(tmp_path, switch, False), switch) is False


@pytest.mark.parametrize("row", NUMBERS, ids=str)
def test_a_range_is_what_the_program_takes(row: Row, tmp_path: Path) -> None:
    usual, *other = row.limits
    checks = [(usual, {})] + [(limits, {"unit": "beats", "bpm": 400}) for limits in other]
    for (low, high), beside in checks:
        if row.field.endswith("_beats"):
            beside = {"bpm": 240}
        for value in (low, high):
            if math.isfinite(value):
                assert at(read(tmp_path, row.field, value, **beside), row.field) == value
        for outside in (low - 0.001 * max(1, abs(low)), high + 0.001 * max(1, abs(high))):
            if math.isfinite(outside):
                with pytest.raises(SettingError, match="out of range"):
                    read(tmp_path, row.field, outside, **beside)
    if MINUS_INFINITY in row.range:
        assert at(read(tmp_path, row.field, "-inf"), row.field) == "-inf"
    else:
        with pytest.raises(SettingError):
            read(tmp_path, row.field, "-inf")


@pytest.mark.parametrize("row", [row for row in ROWS if row.choices], ids=str)
def test_choices_are_those_there_are(row: Row, tmp_path: Path) -> None:
    beside = {"time": 8} if row.field == "returns.delay.unit" else {}  # ms or beats
    for value in row.choices or []:
        assert at(read(tmp_path, row.field, value, **beside), row.field) == value
    with pytest.raises(SettingError) as refused:
        read(tmp_path, row.field, "of no kind")
    texts = [value for value in row.choices or [] if isinstance(value, str)]
    for listed in str(refused.value).partition("use one of ")[2].split(", "):
        assert not texts or listed in texts, f"the table lacks {listed}"


def test_lists(tmp_path: Path) -> None:
    for count in (3, 5):
        with pytest.raises(SettingError, match="give 4"):
            read(tmp_path, BANDS, [{}] * count)
    [row] = [row for row in ROWS if row.field == AUTOMATION]
    most = int(re.findall(r"at most (\d+)", row.range)[0])
    assert most == MAX_POINTS
    [(low, high)] = row.limits
    points = [[sample, low if sample % 2 else high] for sample in range(most)]
    assert len(read(tmp_path, AUTOMATION, points).strips[STEMS.index(STEM)].treatment.automation)
    for wrong in ([*points, [most, 0]], [[0, low - 1]], [[0, high + 1]], [[5, 0], [5, 0]]):
        with pytest.raises(SettingError):
            read(tmp_path, AUTOMATION, wrong)
