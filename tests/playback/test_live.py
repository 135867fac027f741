"""Which stems sound, and that they begin and end without a step."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.ramp import RAMP
from remixer.errors import CacheError
from remixer.playback.live import LiveStems, envelope, live_runs
from remixer.playback.memory import PAGE, MemoryStems, Page, View
from remixer.separation.store import Layout
from tests.playback.support import CHUNK, FADE, RATE, Stems, samples_of, stored_stems

LAYOUT = Layout(44100, 2, 10 * 4096 + 17, 16, 4096, 256)


@given(st.lists(st.booleans(), min_size=11, max_size=11))
def test_the_envelope_is_on_where_stems_are_and_has_no_steps(flags: list[bool]) -> None:
    done = np.array(flags)
    runs = live_runs(done, LAYOUT)
    gains = envelope(runs, LAYOUT.length, 0, LAYOUT.length)
    assert np.max(np.abs(np.diff(gains)), initial=0.0) <= 1 / RAMP + 1e-12
    for chunk, is_done in enumerate(flags):
        middle = chunk * 4096 + (2048 if chunk < 10 else 8)
        before = chunk == 0 or flags[chunk - 1]
        if is_done and (chunk < 10 or before):
            assert gains[middle] == 1.0
        if not is_done:
            assert not gains[chunk * 4096 : (chunk + 1) * 4096].any()
    cut = envelope(runs, LAYOUT.length, 5000, 3000)
    assert np.array_equal(cut, gains[5000:8000])


def test_a_store_is_followed_as_it_fills(path: Path, tmp_path: Path) -> None:
    mix = samples_of(path)
    stems = Stems(tmp_path / "stems", mix)
    live = LiveStems(stems.folder, RATE, 2, mix.shape[1])
    assert live.poll() == []
    assert live.read(0, 1000) is None
    stems.put(0, 1)
    assert [start < CHUNK < stop for start, stop in live.poll()] == [True, True]
    assert live.poll() == []
    inner = live.read(0, 2 * CHUNK - FADE - RAMP - 1)
    assert inner is not None
    assert np.array_equal(inner, stored_stems(mix)[:, :, : inner.shape[2]])
    live.close()
    stems.store.close()


def test_another_song_s_store_and_none_are_refused(path: Path, tmp_path: Path) -> None:
    stems = Stems(tmp_path / "stems", samples_of(path))
    stems.store.close()
    with pytest.raises(CacheError, match="another song"):
        LiveStems(stems.folder, RATE, 2, 1000)
    with pytest.raises(CacheError, match="not readable"):
        LiveStems(tmp_path / "none", RATE, 2, 1000)


def test_stems_that_change_are_faded_over() -> None:
    def view(value: float, revision: int) -> View:
        page = Page(np.zeros((1, PAGE)), np.full((3, 1, PAGE), value))
        return View({0: page, 1: page}, revision)

    stems = MemoryStems(1)
    stems.follow(view(0.25, 0))
    assert np.all(stems.read(0, 100) == 0.25)
    stems.follow(view(0.75, 1))
    got = []
    for start in range(0, 4096, 256):
        stems.follow(view(-1.0, 2))  # waits until the fade before it has ended
        got.append(stems.read(PAGE - 2048 + start, 256))
        stems.advance(256)
    joined = np.concatenate(got, axis=2)[0, 0]
    assert joined[0] == 0.25
    assert np.all(joined[2 * RAMP + 1 :] == -1.0)
    assert np.max(np.abs(np.diff(joined))) < 2 / RAMP


def test_availability_ends_at_the_first_hole_and_the_song_s_end() -> None:
    full, short = Page(np.zeros((1, PAGE))), Page(np.zeros((1, 100)))
    view = View({0: full, 1: full, 3: full, 4: short})
    assert view.available(0, 5) == 5
    assert view.available(10, 10 * PAGE) == 2 * PAGE - 10
    assert view.available(2 * PAGE, 5) == 0
    assert view.available(3 * PAGE, 5 * PAGE) == PAGE + 100
    assert view.available(4 * PAGE + 100, 5) == 0
