"""The callback's work, without a device: blocks asked for by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import Samples
from remixer.mixing.strips import MixState
from remixer.playback.renderer import FADE
from remixer.playback.types import Listen, Monitor
from tests.playback.support import RAISED, RATE, Fed, Stems, offline, roughest, samples_of
from tests.support import write

Feed = Callable[..., Fed]


@pytest.fixture(scope="module")
def mix(path: Path) -> Samples:
    return samples_of(path)


@pytest.fixture
def stems(tmp_path: Path, mix: Samples) -> Iterator[Stems]:
    stems = Stems(tmp_path / "stems", mix)
    yield stems
    stems.store.close()


def with_stems(fed: Fed, stems: Stems) -> Fed:
    stems.put_all()
    fed.prefetch.set_stems(stems.folder)
    fed.revision(1)
    fed.take(2 * RAMP)
    return fed


@pytest.mark.parametrize("block", [1, 37, 512, 5000])
def test_neutral_is_the_file_from_its_first_sample(
    path: Path, mix: Samples, feed: Feed, block: int
) -> None:
    fed = feed(path)
    fed.wish(playing=True)
    count = min(3 * RATE, 2000 * block)
    assert np.array_equal(fed.take(count, block), mix[:, :count])


def test_neutral_is_the_file_with_stems_and_to_its_end(
    path: Path, mix: Samples, feed: Feed, stems: Stems
) -> None:
    fed = with_stems(feed(path), stems)
    fed.wish(playing=True)
    got = fed.take(mix.shape[1] + 1000)
    assert np.array_equal(got[:, :-1000], mix)
    assert not got[:, -1000:].any()
    assert not fed.renderer.playing
    fed.wish(playing=True)
    assert np.array_equal(fed.take(1000), mix[:, :1000])


def test_a_moved_fader_is_the_engine_s_render(
    path: Path, mix: Samples, feed: Feed, stems: Stems
) -> None:
    fed = with_stems(feed(path), stems)
    fed.wish(playing=True)
    got = [fed.take(5120)]
    fed.wish(state=RAISED)
    got.append(fed.take(10240))
    expected = offline(mix, [(0, MixState()), (5120, RAISED)], 15360)
    assert np.array_equal(np.concatenate(got, axis=1), expected)


def test_playing_within_the_song_begins_with_a_fade_then_is_exact(
    path: Path, mix: Samples, feed: Feed
) -> None:
    fed = feed(path, 100_000)
    fed.wish(playing=True)
    got = fed.take(4096)
    assert np.array_equal(got[:, FADE:], mix[:, 100_000 + FADE : 104_096])
    assert not got[:, 0].any()
    assert roughest(got) <= 1.5 * roughest(mix[:, 99_000:105_000])


def test_pause_fades_out_and_play_goes_on_from_there(path: Path, mix: Samples, feed: Feed) -> None:
    fed = feed(path)
    fed.wish(playing=True)
    before = fed.take(2048)
    fed.wish(playing=False)
    out = fed.take(2048)
    assert fed.renderer.position == 2048
    assert np.all(np.abs(out[:, :FADE]) <= np.abs(mix[:, 2048 : 2048 + FADE]))
    assert not out[:, FADE:].any()
    assert roughest(np.concatenate((before, out), axis=1)) <= 1.5 * roughest(mix[:, :5000])
    fed.wish(playing=True)
    assert np.array_equal(fed.take(2048)[:, FADE:], mix[:, 2048 + FADE : 4096])


def test_a_seek_is_a_crossfade_without_a_gap(path: Path, mix: Samples, feed: Feed) -> None:
    fed = feed(path)
    fed.wish(playing=True)
    fed.take(2048)
    fed.wish(position=300_000)
    waited = 0
    while fed.renderer.seek_number != fed.wishes.seek_number:
        assert waited < 100
        got = fed.take(512)
        waited += 1
    at = 2048 + 512 * (waited - 1)
    rise = np.arange(FADE) / FADE
    fall = 1 - (np.arange(FADE) + 1) / FADE
    expected = mix[:, 300_000 : 300_000 + FADE] * rise + mix[:, at : at + FADE] * fall
    assert np.array_equal(got[:, :FADE], expected)
    assert np.array_equal(fed.take(2048), mix[:, 300_512:302_560])


def test_a_seek_while_paused_is_at_once(path: Path, mix: Samples, feed: Feed) -> None:
    fed = feed(path)
    fed.wish(position=200_000)
    assert not fed.take(512).any()
    assert fed.renderer.position == 200_000
    fed.wish(position=10**9)
    fed.take(512)
    assert fed.renderer.position == mix.shape[1]


@pytest.mark.parametrize("loop", [(1000, 21_000), (0, 511), (5000, 5100)])
def test_a_loop_wraps_at_the_sample(
    path: Path, mix: Samples, feed: Feed, loop: tuple[int, int]
) -> None:
    fed = feed(path)
    fed.wish(playing=True, loop=loop)
    start, stop = loop
    count = 3 * stop
    turns = np.concatenate([mix[:, :stop], *[mix[:, start:stop]] * 200], axis=1)
    assert np.array_equal(fed.take(count), turns[:, :count])


def test_a_ramp_goes_on_across_the_wrap(path: Path, mix: Samples, feed: Feed, stems: Stems) -> None:
    fed = with_stems(feed(path), stems)
    fed.wish(playing=True, loop=(2048, 5120))
    fed.take(4608)
    fed.wish(state=RAISED)
    got = fed.take(2048)
    vocals = offline(mix, [(0, RAISED)], 8000) - mix[:, :8000]
    places = np.concatenate((np.arange(4608, 5120), np.arange(2048, 2048 + 1536)))
    gains = np.minimum(np.arange(2048) / RAMP, 1.0)
    np.testing.assert_allclose(got, mix[:, places] + gains * vocals[:, places], atol=1e-12)


def test_beyond_the_loop_s_end_the_song_plays_to_its_end(
    path: Path, mix: Samples, feed: Feed
) -> None:
    fed = feed(path, 50_000)
    fed.wish(playing=True, loop=(1000, 40_000))
    assert np.array_equal(fed.take(20_000)[:, FADE:], mix[:, 50_000 + FADE : 70_000])


def test_what_is_not_in_memory_is_waited_for(path: Path, mix: Samples, feed: Feed) -> None:
    fed = feed(path)
    fed.wish(playing=True)
    fed.take(1024)
    view = fed.prefetch.view
    fed.close()
    fed.prefetch.view = type(view)({0: view.pages[0]}, view.revision)
    got = [fed.renderer.block(fed.wishes, 512) for _ in range(40)]
    assert fed.renderer.waiting
    assert fed.renderer.position == 1 << 14
    joined = np.concatenate(got, axis=1)
    assert roughest(joined) <= 1.5 * roughest(mix[:, :20_000])
    fed.prefetch.view = view
    assert np.array_equal(fed.renderer.block(fed.wishes, 1024)[:, FADE:], mix[:, 16_896:17_408])
    assert not fed.renderer.waiting


def test_chunks_become_live_without_a_click(
    path: Path, mix: Samples, feed: Feed, stems: Stems
) -> None:
    fed = feed(path)
    fed.prefetch.set_stems(stems.folder)
    fed.wish(playing=True, state=RAISED)
    got = [fed.take(10_240)]
    assert np.array_equal(got[0], mix[:, :10_240])
    stems.put(0, 2)
    fed.revision(2)
    got.append(fed.take(70_000))
    joined = np.concatenate(got, axis=1)
    vocals = offline(mix, [(0, RAISED)], 80_000) - mix[:, :80_000]
    live = slice(10_240 + RAMP, (1 << 15) - 2 * RAMP)
    np.testing.assert_allclose(joined[:, live], (mix[:, :80_000] + vocals)[:, live], atol=1e-12)
    dead = slice(1 << 15, 1 << 16)
    assert np.array_equal(joined[:, dead], mix[:, dead])
    assert roughest(joined) <= 1.5 * roughest(mix[:, :80_000] + vocals)


def test_the_original_and_the_change(path: Path, mix: Samples, feed: Feed, stems: Stems) -> None:
    fed = with_stems(feed(path), stems)
    fed.wish(playing=True, state=RAISED)
    remix = offline(mix, [(0, RAISED)], 40_000)
    got = [fed.take(8192)]
    for listen in (Listen.ORIGINAL, Listen.CHANGE, Listen.REMIX):
        fed.wish(monitor=Monitor(listen))
        got.append(fed.take(8192))
    joined = np.concatenate(got, axis=1)
    for number, heard in enumerate((remix, mix, remix - mix[:, :40_000], remix)):
        place = slice(number * 8192 + RAMP, (number + 1) * 8192)
        assert np.array_equal(joined[:, place], heard[:, place])
    assert roughest(joined) <= 1.5 * roughest(remix)


def test_a_blind_test_switches_between_matched_original_and_remix_without_a_click(
    path: Path, mix: Samples, feed: Feed, stems: Stems
) -> None:
    fed = with_stems(feed(path), stems)
    fed.wish(playing=True, state=RAISED)
    remix, got = offline(mix, [(0, RAISED)], 60_000), []
    for listen in (Listen.ORIGINAL, Listen.REMIX, Listen.ORIGINAL, Listen.REMIX, Listen.ORIGINAL):
        fed.wish(monitor=Monitor(listen, 2.5))
        got.append(fed.take(8192))
    joined, gain = np.concatenate(got, axis=1), 10 ** (2.5 / 20)
    for number in range(1, 5):
        place = slice(number * 8192 + RAMP, (number + 1) * 8192)
        heard = remix[:, place] if number % 2 else mix[:, place] * gain
        np.testing.assert_allclose(joined[:, place], heard, rtol=1e-12, atol=1e-15)
    louder = max(roughest(remix), roughest(mix[:, :60_000] * gain))
    assert roughest(joined) <= 1.5 * louder


def test_a_neutral_mix_is_exact_while_the_monitor_moves(
    path: Path, mix: Samples, feed: Feed
) -> None:
    fed = feed(path)
    fed.wish(playing=True)
    fed.take(1024)
    fed.wish(monitor=Monitor(Listen.ORIGINAL))
    assert np.array_equal(fed.take(4096), mix[:, 1024:5120])
    fed.wish(monitor=Monitor(Listen.ORIGINAL, -6.0))
    np.testing.assert_allclose(
        fed.take(4096)[:, RAMP:], mix[:, 5120 + RAMP : 9216] * 10 ** (-6 / 20), rtol=1e-12
    )


def test_a_damaged_place_pauses_and_says_so(tmp_path: Path, feed: Feed) -> None:
    samples = np.full((200_000, 1), 0.25)
    samples[150_000] = np.nan
    path = write(tmp_path / "broken.wav", samples, RATE, "FLOAT")
    fed = feed(path)
    fed.wish(playing=True)
    got = fed.take(200_000)
    assert not fed.renderer.playing
    assert "nan" in fed.renderer.failure
    assert fed.renderer.position == 150_000 // (1 << 14) * (1 << 14)
    assert np.isfinite(got).all()
    fed.wish(position=0)
    fed.wish(playing=True)
    assert np.array_equal(fed.take(4096), np.full((1, 4096), 0.25))


def test_mono_takes_a_panned_state(tmp_path: Path, feed: Feed) -> None:
    path = write(tmp_path / "mono.wav", np.full((50_000, 1), 0.25), RATE, "PCM_16")
    fed = feed(path)
    fed.wish(playing=True, state=MixState().with_strip("bass", pan=0.5))
    assert np.array_equal(fed.take(4096), np.full((1, 4096), 0.25))
