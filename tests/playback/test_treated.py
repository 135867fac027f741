"""Treated mixes as they are played: the renderer fed by hand, and what arrives at a real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import Samples
from remixer.mixing.engine import load_treatments
from remixer.mixing.strips import MixState
from remixer.playback.player import Player
from remixer.playback.renderer import FADE
from remixer.playback.types import Listen, Monitor
from remixer.playback.wire import Wishes, pack, unpack_wishes
from tests.audio_server import AudioServer, wait_until
from tests.mixing.treated import EVERYTHING
from tests.playback.support import RATE, Fed, Stems, offline, samples_of

Feed = Callable[..., Fed]


@pytest.fixture(scope="module")
def mix(path: Path) -> Samples:
    load_treatments()
    return samples_of(path)


@pytest.fixture
def stems(tmp_path: Path, mix: Samples) -> Iterator[Stems]:
    stems = Stems(tmp_path / "stems", mix)
    stems.put_all()
    yield stems
    stems.store.close()


@pytest.fixture
def fed(feed: Feed, path: Path, stems: Stems) -> Fed:
    fed = feed(path)
    fed.prefetch.set_stems(stems.folder)
    fed.revision(1)
    fed.wish(playing=True, state=EVERYTHING)
    return fed


def test_the_wire_carries_treatments() -> None:
    points = tuple((n * 997, -12.345) for n in range(512))
    state = EVERYTHING
    for stem in ("vocals", "bass", "drums", "other"):
        state = state.with_treatment(stem, automation=points)
    wishes = Wishes(state=state)
    packed = pack(wishes)
    assert unpack_wishes(packed) == wishes
    assert len(packed) < 1 << 17


def test_played_is_rendered(fed: Fed, mix: Samples) -> None:
    expected = offline(mix, [(0, EVERYTHING)], 4 * RATE)
    np.testing.assert_allclose(fed.take(4 * RATE, 480), expected, rtol=0, atol=1e-12)


def test_the_original_is_heard_untouched_and_the_echoes_go_on_beneath(
    fed: Fed, mix: Samples
) -> None:
    expected = offline(mix, [(0, EVERYTHING)], 4 * RATE)
    fed.take(RATE)
    fed.wish(monitor=Monitor(Listen.ORIGINAL))
    original = fed.take(RATE)
    assert original[:, RAMP:].tobytes() == mix[:, RATE + RAMP : 2 * RATE].tobytes()
    fed.wish(monitor=Monitor(Listen.REMIX))
    remix = fed.take(RATE)
    np.testing.assert_allclose(
        remix[:, RAMP:], expected[:, 2 * RATE + RAMP : 3 * RATE], rtol=0, atol=1e-12
    )


def test_after_a_seek_it_is_what_plays_from_there(fed: Fed, mix: Samples) -> None:
    fed.take(RATE)
    fed.wish(position=5 * RATE)
    after = fed.take(RATE)
    alone = offline(mix[:, 5 * RATE :], [(0, EVERYTHING.from_sample(5 * RATE))], RATE)
    np.testing.assert_allclose(after[:, FADE:], alone[:, FADE:], rtol=0, atol=1e-9)


def test_back_at_neutral_it_is_the_original(fed: Fed, mix: Samples) -> None:
    fed.take(RATE)
    fed.wish(state=MixState())
    out = fed.take(RATE)
    assert out[:, 2 * RAMP :].tobytes() == mix[:, RATE + 2 * RAMP : 2 * RATE].tobytes()


def test_a_server_gets_what_is_rendered_offline(
    server: AudioServer, player: Player, path: Path, mix: Samples, stems: Stems
) -> None:
    player.state = EVERYTHING
    player.open(path)
    player.set_stems(stems.folder)
    wait_until(lambda: player.snapshot().device)
    expected = offline(mix, [(0, EVERYTHING)], 6 * RATE).T
    reductions = []
    with server.capture() as capture:
        player.play()

        def arrived() -> bool:
            reductions.append(player.snapshot().meters.reduction_db)
            return len(capture.frames) > 8 * RATE

        wait_until(arrived)
        got = np.asarray(capture.frames)
    start = int(np.flatnonzero(np.abs(got).max(axis=1) > 0)[0])
    first = int(np.flatnonzero(np.abs(expected.astype(np.float32)).max(axis=1) > 0)[0])
    heard = got[start - first : start - first + 6 * RATE]
    assert np.abs(heard - expected).max() < 1e-6
    highest = np.max(reductions, axis=0)
    assert highest.shape == (5,)
    assert highest[2] == 0.0
    assert np.all(highest[[0, 1, 3, 4]] > 0.5)
