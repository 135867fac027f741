"""The document: moves, names, gestures, undo and redo."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import STEMS
from remixer.errors import InputError, RemixerError, SettingError
from remixer.mixing.strips import MixState
from remixer.session.document import Document
from remixer.session.saved import NamedRegion
from tests.support import music, write

LENGTH = 4_000


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    return write(folder / "My song.wav", music(2, LENGTH, 44_100), 44_100, "PCM_16")


@pytest.fixture
def document(song: Path) -> Iterator[Document]:
    with Document(song) as document:
        yield document


def test_opens_as_the_file_is(document: Document, song: Path) -> None:
    assert (document.path, document.name) == (song, "My song")
    assert (document.rate, document.channels, document.length) == (44_100, 2, LENGTH)
    assert document.mix.is_neutral
    assert (document.loop, document.undo_name, document.redo_name) == (None, None, None)
    assert (document.undo(), document.redo()) == (None, None)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Document(tmp_path / "no.wav")


NAMED: list[tuple[str, Callable[[Document], None]]] = [
    ("Vocals +1.5 dB", lambda d: d.set_gain_db("vocals", 1.5)),
    ("Vocals -0.125 dB", lambda d: d.set_gain_db("vocals", -0.125)),
    ("Other -12.0 dB", lambda d: d.set_gain_db("other", -12)),
    ("Other -60.0 dB", lambda d: d.set_gain_db("other", -60)),
    ("Drums off", lambda d: d.set_gain_db("drums", -60.01)),
    ("Drums off", lambda d: d.set_gain_db("drums", -math.inf)),
    ("Master -1.0 dB", lambda d: d.set_master_db(-1.0)),
    ("Pan bass 30 % left", lambda d: d.set_pan("bass", -0.3)),
    ("Pan bass 100 % right", lambda d: d.set_pan("bass", 1)),
    ("Pan bass 12.5 % right", lambda d: d.set_pan("bass", 0.125)),
    ("Mute drums", lambda d: d.set_mute("drums", True)),
    ("Solo vocals", lambda d: d.set_solo("vocals", True)),
    ("Solo vocals", lambda d: d.set_solo("vocals", True, exclusive=True)),
]


@pytest.mark.parametrize(("name", "move"), NAMED)
def test_a_move_is_one_named_step(
    document: Document, name: str, move: Callable[[Document], None]
) -> None:
    move(document)
    moved = document.mix
    assert moved != MixState()
    assert (document.undo_name, document.redo_name) == (name, None)
    assert document.undo() == name
    assert (document.mix, document.undo_name, document.redo_name) == (MixState(), None, name)
    assert document.redo() == name
    assert (document.mix, document.undo_name, document.redo_name) == (moved, name, None)


def test_names_of_the_way_back(document: Document) -> None:
    document.set_gain_db("bass", 3)
    document.set_gain_db("bass", 0)
    assert document.undo_name == "Bass 0.0 dB"
    document.set_pan("bass", 0.5)
    document.set_pan("bass", 0)
    assert document.undo_name == "Pan bass to the centre"
    document.set_mute("bass", True)
    document.set_mute("bass", False)
    assert document.undo_name == "Unmute bass"
    document.set_solo("bass", True)
    document.set_solo("drums", True, exclusive=True)
    assert document.undo_name == "Solo only drums"
    assert [strip.solo for strip in document.mix.strips] == [False, False, True, False]
    document.set_solo("drums", False)
    assert document.undo_name == "Unsolo drums"
    document.set_solo("vocals", True)
    document.clear_solo()
    assert document.undo_name == "Clear solo"
    document.set_master_db(2)
    document.reset_mix()
    assert (document.undo_name, document.mix) == ("Reset the mix", MixState())


def test_a_drag_is_one_step(document: Document) -> None:
    for gain_db in (0.1, 0.7, 1.2, 1.5):
        document.set_gain_db("vocals", gain_db, final=False)
        assert document.mix.strip("vocals").gain_db == gain_db
    assert document.undo_name == "Vocals +1.5 dB"
    document.set_gain_db("vocals", 1.5)
    assert (document.undo(), document.undo_name) == ("Vocals +1.5 dB", None)
    assert document.mix == MixState()


def test_a_drag_back_to_its_start_is_no_step_and_keeps_redo(document: Document) -> None:
    document.set_mute("bass", True)
    document.undo()
    document.set_gain_db("vocals", 3, final=False)
    document.set_gain_db("vocals", 0)
    assert (document.undo_name, document.redo_name) == (None, "Mute bass")


def test_another_move_or_undo_ends_a_drag(document: Document) -> None:
    document.set_gain_db("vocals", 3, final=False)
    document.set_gain_db("bass", 2, final=False)
    document.set_pan("bass", 0.5, final=False)
    assert document.undo() == "Pan bass 50 % right"
    assert [document.undo(), document.undo(), document.undo()] == [
        "Bass +2.0 dB",
        "Vocals +3.0 dB",
        None,
    ]


def test_a_new_move_clears_redo(document: Document) -> None:
    document.set_mute("bass", True)
    document.set_mute("drums", True)
    document.undo()
    document.set_mute("bass", True)  # as it is: no move
    assert document.redo_name == "Mute drums"
    document.set_gain_db("vocals", 1)
    assert (document.redo_name, document.redo()) == (None, None)


def test_values_lie_on_a_grid(document: Document) -> None:
    document.set_gain_db("vocals", 1.23456)
    assert document.mix.strip("vocals").gain_db == 1.235
    document.set_gain_db("vocals", -0.0001)
    assert document.mix.is_neutral
    assert math.copysign(1, document.mix.strip("vocals").gain_db) == 1


@pytest.mark.parametrize(
    "move",
    [
        lambda d: d.set_gain_db("vocals", 24.1),
        lambda d: d.set_gain_db("vocals", math.nan),
        lambda d: d.set_gain_db("guitar", 1),
        lambda d: d.set_gain_db("master", 1),
        lambda d: d.set_pan("vocals", 1.1),
        lambda d: d.set_pan("vocals", math.nan),
        lambda d: d.set_mute("guitar", True),
        lambda d: d.set_solo("guitar", True, exclusive=True),
        lambda d: d.set_master_db(math.inf),
        lambda d: d.set_loop((LENGTH, LENGTH + 1)),
        lambda d: d.set_loop((10, 10)),
    ],
)
def test_what_is_out_of_range_changes_nothing(
    document: Document, move: Callable[[Document], None]
) -> None:
    called: list[int] = []
    document.on_change.append(lambda: called.append(1))
    with pytest.raises(SettingError):
        move(document)
    assert (document.mix, document.loop, document.undo_name) == (MixState(), None, None)
    assert not called


def test_mono_has_no_pan(tmp_path: Path) -> None:
    path = write(tmp_path / "mono.wav", music(1, LENGTH, 44_100), 44_100, "PCM_16")
    with Document(path) as document:
        with pytest.raises(SettingError, match="mono"):
            document.set_pan("bass", 0.1)
        document.set_pan("bass", 0)
        assert document.undo_name is None


def test_the_loop_is_cut_to_the_song_and_no_part_of_undo(document: Document) -> None:
    document.set_loop((-5, LENGTH + 5))
    assert (document.loop, document.undo_name) == ((0, LENGTH), None)
    document.set_loop(None)
    assert document.loop is None


def test_on_change_tells_each_change_once(document: Document) -> None:
    seen: list[tuple[float, str | None]] = []
    document.on_change.append(
        lambda: seen.append((document.mix.strip("vocals").gain_db, document.undo_name))
    )
    document.set_gain_db("vocals", 1, final=False)
    document.set_gain_db("vocals", 1, final=True)
    document.set_gain_db("vocals", 1)
    document.undo()
    document.undo()
    document.set_loop((0, 10))
    document.set_loop((0, 10))
    assert seen == [(1, "Vocals +1.0 dB")] * 2 + [(0, None)] * 2


GAINS = st.one_of(st.floats(-70, 24), st.sampled_from([0.0, 1.5, -math.inf, 30.0]))
PANS = st.one_of(st.floats(-1, 1), st.sampled_from([0.0, 0.5, -1.0]))
NAMES = st.sampled_from([*STEMS, "guitar"])
BOOLS = st.booleans()
MOVES = st.one_of(
    st.builds(lambda s, g, f: lambda d: d.set_gain_db(s, g, final=f), NAMES, GAINS, BOOLS),
    st.builds(lambda s, p, f: lambda d: d.set_pan(s, p, final=f), NAMES, PANS, BOOLS),
    st.builds(lambda g, f: lambda d: d.set_master_db(g, final=f), GAINS, BOOLS),
    st.builds(lambda s, m: lambda d: d.set_mute(s, m), NAMES, BOOLS),
    st.builds(lambda s, o, e: lambda d: d.set_solo(s, o, exclusive=e), NAMES, BOOLS, BOOLS),
    st.just(lambda d: d.clear_solo()),
    st.just(lambda d: d.reset_mix()),
    st.just(lambda d: d.undo()),
    st.just(lambda d: d.redo()),
)


@given(moves=st.lists(MOVES, max_size=30))
def test_undoing_all_is_the_start_and_redoing_all_the_end(
    song: Path, moves: list[Callable[[Document], None]]
) -> None:
    with Document(song) as document:
        for move in moves:
            try:
                move(document)
            except RemixerError:
                continue
        if document.undo_name is not None:  # ends an open gesture, as a step
            document.redo()
        while document.redo() is not None:
            pass
        end, there, back = document.mix, [], []
        while (name := document.undo_name) is not None:
            there.append(name)
            assert document.undo() == name
        assert document.mix == MixState()
        while (name := document.redo_name) is not None:
            back.append(name)
            assert document.redo() == name
        assert document.mix == end
        assert back == there[::-1]


def test_regions_are_kept_in_order(document: Document) -> None:
    heard: list[object] = []
    document.on_change.append(lambda: heard.append(document.regions))
    verse, intro = NamedRegion("verse", 1_000, LENGTH), NamedRegion("intro", 0, 1_000)
    document.set_regions([verse, intro])
    document.set_regions((intro, verse))
    assert document.regions == (intro, verse)
    assert heard == [(intro, verse)]
    for start, stop in ((-1, 5), (5, 5), (0, LENGTH + 1)):
        with pytest.raises(SettingError, match="not in a song"):
            document.set_regions([NamedRegion("x", start, stop)])
    assert document.regions == (intro, verse)
