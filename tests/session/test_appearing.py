"""Files that somebody else writes under a target's name while an export works: they stay."""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from remixer.audio import placing
from remixer.audio.placing import all_or_none, place
from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.temporaries import claim
from remixer.errors import Cancelled, ExistsError, RemixerError
from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.session.export_plan import ExportPlan
from remixer.session.exporting import ExportReport, run_export
from remixer.session.jobs import UNWATCHED, Watch
from remixer.session.locate import geometry_of
from remixer.session.saved import SavedMix
from remixer.session.savefile import save_mix
from remixer.session.separation import separated
from tests.support import music, read_ints, tree, write

RATE, LENGTH = 44_100, 9_001
NEUTRAL = MixState()
RAISE = NEUTRAL.with_strip("vocals", gain_db=1.5)
THEIRS = b"somebody else's, and all there is of it"


def export(
    plan: ExportPlan,
    song: Path,
    state: MixState,
    card: Card,
    cache: StemCache,
    watch: Watch = UNWATCHED,
) -> ExportReport:
    with ExitStack() as stack:
        source: AudioReader = stack.enter_context(open_audio(song))
        stems = None
        if plan.needs_stems(state):
            stems = stack.enter_context(separated(source, card, cache=cache))
        return run_export(plan, source, stems, state, watch)


PLANS = {
    "remix": (ExportPlan("remix", Path()), RAISE),
    "neutral": (ExportPlan("remix", Path()), NEUTRAL),
    "named": (ExportPlan("remix", Path(), target=Path("mine.flac")), RAISE),
    "minus one": (ExportPlan("minus-one", Path()), NEUTRAL),
    "stems": (ExportPlan("stems", Path()), RAISE),
    "stem file": (ExportPlan("stems", Path(), format="stem.mp4"), RAISE),
    "all": (ExportPlan("all", Path()), RAISE),
    "receipt": (ExportPlan("remix", Path(), receipt=True), RAISE),
}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write(tmp_path / "song.wav", 0.7 * music(2, LENGTH, RATE), RATE, "PCM_16")


@pytest.mark.parametrize("name", PLANS)
def test_whatever_target_appears_it_stays_and_nothing_of_ours_does(
    name: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan, state = PLANS[name]
    with open_audio(song) as source:
        count = len(moved_to(plan, tmp_path / "count").targets(source, state))
    for number in range(count):
        here = moved_to(plan, tmp_path / f"out {number}")
        with open_audio(song) as source:
            target = here.targets(source, state)[number]

        def appear(_done_s: float, _total_s: float, target: Path = target) -> None:
            if not target.exists():  # written while the first part is rendered
                target.write_bytes(THEIRS)

        with pytest.raises(ExistsError) as told:
            export(here, song, state, card, cache, Watch(writing=appear))
        assert str(target) in str(told.value)
        left = tree(tmp_path / f"out {number}")
        assert [content for content in left.values() if content is not None] == [THEIRS]
        assert target.read_bytes() == THEIRS


def moved_to(plan: ExportPlan, folder: Path) -> ExportPlan:
    target = folder / plan.target if plan.target else None
    return replace(plan, folder=folder, target=target)


def test_a_copy_of_a_lossy_song_replaces_nothing(
    tmp_path: Path, card: Card, cache: StemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = write(tmp_path / "song.ogg", 0.5 * music(2, LENGTH, RATE), RATE, "VORBIS", "OGG")
    plan = ExportPlan("remix", tmp_path / "out")
    target = tmp_path / "out" / "song - remix.ogg"
    looked = placing.identity

    def appear(path: Path) -> placing.Identity | None:
        target.write_bytes(THEIRS)  # at the last moment: the copy is whole and compared
        return looked(path)

    monkeypatch.setattr(placing, "identity", appear)
    with pytest.raises(ExistsError):
        export(plan, song, NEUTRAL, card, cache)
    assert tree(tmp_path / "out") == {"song - remix.ogg": THEIRS}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_cancelled_export_leaves_what_appeared(
    overwrite: bool, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("stems", tmp_path / "out", overwrite=overwrite)
    target = tmp_path / "out" / "song - bass.wav"

    def cancelled() -> bool:
        target.write_bytes(THEIRS)
        return True

    with pytest.raises(Cancelled):
        export(plan, song, RAISE, card, cache, Watch(cancelled=cancelled))
    assert tree(tmp_path / "out") == {"song - bass.wav": THEIRS}


def test_overwriting_was_asked_for(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("remix", tmp_path / "out", overwrite=True)
    target = tmp_path / "out" / "song - remix.wav"
    watch = Watch(writing=lambda _done_s, _total_s: target.write_bytes(THEIRS) and None)
    export(plan, song, NEUTRAL, card, cache, watch)
    assert (read_ints(target) == read_ints(song)).all()


@pytest.mark.parametrize("what", ["remix", "stems"])
def test_of_two_exports_to_one_name_one_is_whole_and_one_says_so(
    what: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    """Both stand at the end of their rendering before either takes its name."""
    plan = ExportPlan(what, tmp_path / "out")
    caches = (cache, StemCache(tmp_path / "another cache"))  # in one, they would wait in turn
    gate = threading.Barrier(2, timeout=60)
    ends: list[RemixerError | ExportReport] = []

    def wait(done_s: float, total_s: float) -> None:
        if done_s == total_s:
            gate.wait()

    def work(cache: StemCache) -> None:
        try:
            ends.append(export(plan, song, RAISE, card, cache, Watch(writing=wait)))
        except RemixerError as error:
            ends.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [end for end in ends if isinstance(end, ExportReport)]
    assert len(done) == 1
    assert sum(isinstance(end, ExistsError) for end in ends) == 1
    assert set(tree(tmp_path / "out")) == {file.name for file in done[0].files}
    if what == "stems":
        assert (sum(read_ints(file) for file in done[0].files) == read_ints(song)).all()
    else:
        assert read_ints(done[0].files[0]).shape == (LENGTH, 2)


def test_a_saved_session_replaces_nothing_unasked(song: Path, tmp_path: Path) -> None:
    target = tmp_path / "moves.remix"
    target.write_bytes(THEIRS)
    with open_audio(song) as source:
        saved = SavedMix(song, geometry_of(source), RAISE, None, "bands", "", ())
    with pytest.raises(ExistsError):
        save_mix(target, saved, overwrite=False)
    assert target.read_bytes() == THEIRS
    save_mix(target, saved)
    assert target.read_bytes() != THEIRS


def whole(target: Path, content: bytes = b"ours") -> Path:
    temporary = claim(target)
    temporary.write_bytes(content)
    return temporary


def no_links(*_arguments: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("links", [True, False])
def test_a_name_is_taken_once(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)  # as FAT says it
    target = tmp_path / "a.wav"
    place(whole(target), target, overwrite=False)
    assert tree(tmp_path) == {"a.wav": b"ours"}
    second = whole(target, b"later")
    with pytest.raises(ExistsError):
        place(second, target, overwrite=False)
    assert target.read_bytes() == b"ours"
    place(second, target, overwrite=True)
    assert tree(tmp_path) == {"a.wav": b"later"}


def replaced(target: Path) -> None:
    target.unlink()
    target.write_bytes(THEIRS)  # on many file systems with the same inode


def written_to(target: Path) -> None:
    with target.open("ab") as file:
        file.write(THEIRS)


@pytest.mark.parametrize("change", [replaced, written_to])
def test_what_somebody_else_made_of_our_file_is_not_taken_back(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    kept, taken = tmp_path / "kept.wav", tmp_path / "taken.wav"

    def fail() -> None:
        with all_or_none():
            with all_or_none():
                for target in (kept, taken):
                    place(whole(target), target, overwrite=False)
            change(kept)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.wav"]
    assert THEIRS in kept.read_bytes()


def test_the_group_ends_with_its_work(tmp_path: Path) -> None:
    with all_or_none():
        place(whole(tmp_path / "a"), tmp_path / "a", overwrite=False)
    place(whole(tmp_path / "b"), tmp_path / "b", overwrite=False)
    assert set(tree(tmp_path)) == {"a", "b"}
