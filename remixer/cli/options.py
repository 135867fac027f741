"""Options that several commands share, and how their values are read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from remixer.audio.formats import CONTAINERS
from remixer.dsp.signal import STEMS
from remixer.errors import InputError, SettingError, brief
from remixer.mixing.plain import from_plain, refuse_unknown, switched_on
from remixer.mixing.strips import MixState
from remixer.separation.catalogue import DEFAULT
from remixer.smallfiles import read_json

Files = Annotated[
    list[Path], typer.Argument(help="Audio files, or folders of them.", metavar="FILE")
]
File = Annotated[Path, typer.Argument(help="An audio file.", metavar="FILE")]
Model = Annotated[
    str, typer.Option("--model", help="The model's ID, see `remixer models`.", metavar="ID")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that exist (never the source).")
]
MODEL: str = DEFAULT
MASTER = "master"
NEUTRAL = MixState()


def parse_levels(values: list[str], what: str) -> dict[str, float]:
    """ "vocals=+1.5" and its like as {stem: number}; "master" is one where levels are meant. Raises
    SettingError naming the one that does not fit.
    """
    levels: dict[str, float] = {}
    names = (*STEMS, MASTER) if what == "gain" else STEMS
    for value in values:
        name, equals, number = value.partition("=")
        try:
            levels[stem_name(name, names)] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise SettingError(
                f"--{what} {value!r}: write it as STEM=NUMBER, for example vocals=+1.5"
            )
    return levels


def stem_name(name: str, names: Sequence[str] = STEMS) -> str:
    """A stem's name as Remixer writes it. Raises SettingError for any that is none of `names`."""
    found = name.strip().lower()
    if found not in names:
        raise SettingError(f"no stem is called {name!r}: use one of {', '.join(names)}")
    return found


def check_kind(format: str, subtype: str) -> None:
    """Raises SettingError for a name that is no format or no subtype at all.

    What of them a file can be written as is found out with the file.
    """
    subtypes = {subtype for container in CONTAINERS.values() for subtype in container.subtypes}
    for option, value, known in (
        ("format", format.upper(), set(CONTAINERS)),
        ("subtype", subtype.upper(), subtypes | {"ALAC"}),
    ):
        if value not in known | {"SOURCE"}:
            raise SettingError(
                f"--{option} {value!r} is not known: use source, {', '.join(sorted(known))}"
            )


def given(context: typer.Context, **fields: str) -> frozenset[str]:
    """The options that the user has written, by their parameters' names. fields: other names for
    some of them, field=parameter.
    """
    sources = {name: context.get_parameter_source(name) for name in context.params}
    written = {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}
    return frozenset(written | {field for field, name in fields.items() if name in written})


def saved_mix(path: Path | None) -> MixState:
    """The mix in a JSON file as `mixing.plain` or a person writes it; neutral without one. Raises
    InputError when it cannot be read or is no JSON, SettingError naming what in it cannot be.
    """
    if path is None:
        return MixState()
    try:
        values = read_json(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except ValueError as error:
        raise InputError(
            f"{path} holds no mix ({brief(error)}): give a JSON file of a mix's settings, see "
            "docs/treatments.md"
        ) from error
    try:
        state = from_plain(switched_on(values))
        refuse_unknown(values, state)
    except SettingError as error:
        raise SettingError(f"{path.name}: {error}") from error
    return state


def mix_state(
    gain: list[str],
    mute: list[str],
    solo: list[str],
    pan: list[str],
    state: MixState = NEUTRAL,
) -> MixState:
    """The mixer settings that the options of `remixer remix` ask for, on top of a state. Raises
    SettingError.
    """
    for name, gain_db in parse_levels(gain, "gain").items():
        if name == MASTER:
            state = replace(state, master_db=gain_db)
        else:
            state = state.with_strip(name, gain_db=gain_db)
    for name, position in parse_levels(pan, "pan").items():
        state = state.with_strip(name, pan=position)
    for name in mute:
        state = state.with_strip(stem_name(name), mute=True)
    for name in solo:
        state = state.with_strip(stem_name(name), solo=True)
    return state
