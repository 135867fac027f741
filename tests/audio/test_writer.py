import os
import signal as signals
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import remixer
from remixer.audio import temporaries
from remixer.audio.formats import BITS, CONTAINERS, is_lossy
from remixer.audio.reader import open_audio
from remixer.audio.writer import AudioWriter
from remixer.errors import OutputError

EXACT = [(c.name, s) for c in CONTAINERS.values() for s in c.subtypes if not is_lossy(s)]
ALL = [(c.name, s) for c in CONTAINERS.values() for s in c.subtypes]


def writer(path: Path, **changes: object) -> AudioWriter:
    settings = {"rate": 48_000, "channels": 2, "format": "WAV", "subtype": "PCM_16", "length": 100}
    return AudioWriter(path, **{**settings, **changes})  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, make: Callable[..., np.ndarray]
) -> None:
    format, subtype = data.draw(st.sampled_from(EXACT))
    geometry = {
        "rate": data.draw(st.sampled_from([8_000, 11_025, 44_100, 48_000, 96_000, 192_000])),
        "channels": data.draw(st.integers(1, 2)),
        "length": data.draw(st.sampled_from([1, 2, 3, 999, 4_096, 4_097])),
        "seed": data.draw(st.integers(0, 99)),
    }
    path = tmp_path_factory.mktemp("trip") / "a"
    samples = make(path, format, subtype, **geometry)
    with open_audio(path) as reader:
        assert (reader.format, reader.subtype) == (format, subtype)
        assert (reader.rate, reader.channels) == (geometry["rate"], geometry["channels"])
        np.testing.assert_array_equal(reader.read(0, reader.length), samples)


@pytest.mark.parametrize(("format", "subtype"), EXACT)
def test_every_value_of_the_grid_or_an_odd_few_survive(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., np.ndarray]
) -> None:
    for channels, length in [(1, 1), (1, 65_537), (2, 3)]:
        samples = make(tmp_path / "a", format, subtype, channels=channels, length=length)
        with open_audio(tmp_path / "a") as reader:
            np.testing.assert_array_equal(reader.read(0, reader.length), samples)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_rounding_clipping_and_counting(tmp_path: Path, subtype: str) -> None:
    step = 2.0 ** (1 - BITS[subtype])
    block = np.array([[0.4 * step, 0.6 * step, -1 - step, 1.0, -1.5, 1 - step, -1.0, 2.5 * step]])
    expected = [0, step, -1, 1 - step, -1, 1 - step, -1, 2 * step]
    with writer(tmp_path / "a.wav", channels=1, subtype=subtype, length=8) as file:
        file.write(block)
    assert file.clipped == 3
    assert file.peak == 1.5
    with open_audio(tmp_path / "a.wav") as reader:
        np.testing.assert_array_equal(reader.read(0, 8)[0], expected)


def test_float_keeps_what_passes_full_scale(tmp_path: Path) -> None:
    block = np.array([[3.0, -7.5, 1e-30], [1e6, 0.1, -1.0]])
    for subtype in ("FLOAT", "DOUBLE"):
        with writer(tmp_path / subtype, subtype=subtype, length=3) as file:
            file.write(block)
        assert (file.clipped, file.peak) == (0, 1e6)
        expected = block if subtype == "DOUBLE" else block.astype(np.float32)
        with open_audio(tmp_path / subtype) as reader:
            np.testing.assert_array_equal(reader.read(0, 3), expected)


@pytest.mark.parametrize("format", ["WAV", "RF64", "W64", "AIFF"])
def test_equal_samples_make_equal_files(
    tmp_path: Path, format: str, make: Callable[..., object]
) -> None:
    """libsndfile puts the time of day in its PEAK chunk."""
    make(tmp_path / "a", format, "FLOAT")
    data = (tmp_path / "a").read_bytes()
    at = data.find(b"PEAK")
    assert at < 0 or data[at + 12 : at + 16] == bytes(4)


def test_an_odd_aiff_of_8_bits_is_not_one_sample_longer(
    tmp_path: Path, make: Callable[..., object]
) -> None:
    for subtype in ("PCM_S8", "PCM_U8"):
        make(tmp_path / "a", "AIFF", subtype, channels=1, length=1_001)
        assert soundfile.info(tmp_path / "a").frames == 1_001


def test_a_wav_past_the_limit_is_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., np.ndarray]
) -> None:
    monkeypatch.setattr("remixer.audio.formats.RIFF_LIMIT", 10_000)
    samples = make(tmp_path / "a.wav", "WAV", "PCM_24", length=5_000)
    with open_audio(tmp_path / "a.wav") as reader:
        assert reader.format == "RF64"
        np.testing.assert_array_equal(reader.read(0, 5_000), samples)
    with pytest.raises(OutputError, match="AIFF holds at most 4 GiB"):
        make(tmp_path / "a.aiff", "AIFF", "PCM_24", length=5_000)


@pytest.mark.parametrize(("format", "subtype"), ALL)
def test_nothing_is_seen_before_the_commit(
    tmp_path: Path, format: str, subtype: str, signal: Callable[..., np.ndarray]
) -> None:
    path = tmp_path / "a.bin"
    file = writer(path, format=format, subtype=subtype)
    file.write(signal(subtype, length=100))
    assert not path.exists()
    assert file.temporary.parent == tmp_path
    assert file.temporary.name.startswith(".")
    assert file.temporary.suffix == ".bin"
    file.close()
    file.close()
    with open_audio(file.temporary) as reader:
        assert reader.length == 100
    assert not path.exists()
    file.commit()
    assert names(tmp_path) == ["a.bin"]
    file.abandon()
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(("format", "subtype"), ALL)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_leaves_nothing(
    tmp_path: Path,
    format: str,
    subtype: str,
    error: type[BaseException],
    signal: Callable[..., np.ndarray],
) -> None:
    def interrupted() -> None:
        with writer(tmp_path / "a.wav", format=format, subtype=subtype) as file:
            file.write(signal(subtype, length=50))
            raise error

    with pytest.raises(error):
        interrupted()
    assert names(tmp_path) == []


def test_an_interrupt_inside_the_encoder_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("remixer.audio.writer.open_encoder", interrupt)
    with pytest.raises(KeyboardInterrupt):
        writer(tmp_path / "a.wav")
    monkeypatch.undo()
    file = writer(tmp_path / "a.wav", length=1)
    file.write(np.zeros((2, 1)))
    monkeypatch.setattr("remixer.audio.writer._sync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        file.commit()
    assert names(tmp_path) == []


def test_abandoned(tmp_path: Path) -> None:
    file = writer(tmp_path / "a.wav")
    file.write(np.zeros((2, 10)))
    file.abandon()
    file.abandon()
    assert names(tmp_path) == []


def test_abandoned_inside_with_is_not_committed(tmp_path: Path) -> None:
    with writer(tmp_path / "a.wav") as file:
        file.abandon()
    assert names(tmp_path) == []


def test_overwriting_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"a\.wav exists: choose another name, or allow"):
        writer(path)
    with pytest.raises(RuntimeError), writer(path, overwrite=True):
        raise RuntimeError
    assert path.read_bytes() == b"precious"
    with writer(path, overwrite=True, length=1) as file:
        file.write(np.zeros((2, 1)))
    assert soundfile.info(path).frames == 1
    assert names(tmp_path) == ["a.wav"]


def test_a_target_that_comes_to_exist_is_kept(tmp_path: Path) -> None:
    file = writer(tmp_path / "a.wav", length=1)
    file.write(np.zeros((2, 1)))
    (tmp_path / "a.wav").write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists"):
        file.commit()
    assert (tmp_path / "a.wav").read_bytes() == b"precious"
    assert names(tmp_path) == ["a.wav"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.wav").touch()
    (tmp_path / "link.wav").symlink_to(tmp_path / "real" / "a.wav")
    with writer(tmp_path / "link.wav", overwrite=True, length=1) as file:
        file.write(np.zeros((2, 1)))
    assert (tmp_path / "link.wav").is_symlink()
    assert soundfile.info(tmp_path / "real" / "a.wav").frames == 1


def test_bad_targets(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no/such does not exist: create it first"):
        writer(tmp_path / "no" / "such" / "a.wav")
    with pytest.raises(OutputError, match="is a folder: give a file name"):
        writer(tmp_path, overwrite=True)
    with pytest.raises(OutputError, match="would be empty"):
        writer(tmp_path / "a.wav", length=0)
    assert names(tmp_path) == []


def test_the_longest_name_and_any_letters(tmp_path: Path) -> None:
    for name in ("x" * 251 + ".wav", "ночь \n 雨.wav", "noextension", ".hidden", "a*[b]?.wav"):
        with writer(tmp_path / name, length=1) as file:
            file.write(np.zeros((2, 1)))
        assert (tmp_path / name).exists()
    assert len(names(tmp_path)) == 5


def test_too_few_or_too_many_samples(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="given 99 of 100 samples"),
        writer(tmp_path / "a") as file,
    ):
        file.write(np.zeros((2, 99)))
    with (
        pytest.raises(OutputError, match="given 101 samples, its length is 100"),
        writer(tmp_path / "a") as file,
    ):
        file.write(np.zeros((2, 101)))
    assert names(tmp_path) == []


def test_wrong_shapes_are_mistakes(tmp_path: Path) -> None:
    for shape in [(1, 10), (3, 10), (10,), (4, 2, 10)]:
        with pytest.raises(ValueError, match="is not"), writer(tmp_path / "a") as file:
            file.write(np.zeros(shape))
    assert names(tmp_path) == []


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_what_is_no_sound_is_not_written(tmp_path: Path, value: float, subtype: str) -> None:
    block = np.zeros((2, 50))
    block[1, 7] = value
    file = writer(tmp_path / "a", subtype=subtype)
    file.write(np.zeros((2, 50)))
    with pytest.raises(OutputError, match=r"given (nan|inf) at sample 57 of channel 1"):
        file.write(block)
    file.abandon()
    with (
        pytest.raises(OutputError, match="more than FLOAT holds: choose DOUBLE"),
        writer(tmp_path / "a", subtype="FLOAT") as file,
    ):
        file.write(np.full((2, 1), 1e39))
    assert names(tmp_path) == []


@pytest.mark.parametrize(("format", "subtype"), ALL)
def test_a_full_disk_leaves_nothing(
    format: str, subtype: str, mounted: Callable[[str], Path]
) -> None:
    folder = mounted("size=128k")
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 30 * 48_000))
    with (
        pytest.raises(OutputError, match=r"could not be written \(.*free\): make room"),
        writer(folder / "a", format=format, subtype=subtype, length=30 * 48_000) as file,
    ):
        file.write(noise)
    assert names(folder) == []


def test_a_read_only_folder(mounted: Callable[[str], Path]) -> None:
    folder = mounted("ro")
    with pytest.raises(OutputError, match=r"cannot be written to \(Read-only file system\)"):
        writer(folder / "a.wav")


WRITES_FOREVER = """
import sys, time
import numpy as np
from remixer.audio.writer import AudioWriter
with AudioWriter(sys.argv[1], rate=48_000, channels=2, format="WAV", subtype="PCM_16",
                 length=10**9) as file:
    file.write(np.zeros((2, 100_000)))
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_no_target_and_the_next_cleans_up(tmp_path: Path) -> None:
    target = tmp_path / "a.wav"
    environment = {**os.environ, "PYTHONPATH": str(Path(remixer.__file__).parents[1])}
    command = [sys.executable, "-c", WRITES_FOREVER, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        other = writer(target, length=1)
        other.abandon()
        assert len(names(tmp_path)) == 1, "a living process's file is not touched"
        process.send_signal(signals.SIGKILL)
        process.wait()
    assert not target.exists()
    assert len(names(tmp_path)) == 1
    with writer(tmp_path / "b.wav", length=1) as file:
        file.write(np.zeros((2, 1)))
    assert len(names(tmp_path)) == 2, "another target's file is not touched"
    with writer(target, length=1) as file:
        file.write(np.zeros((2, 1)))
    assert names(tmp_path) == ["a.wav", "b.wav"]


def test_a_number_used_again_by_this_process_is_stale(tmp_path: Path) -> None:
    live = temporaries.claim(tmp_path / "a.wav")
    left = live.with_name(f"{live.stem}9{live.suffix}")
    strange = live.with_name(f"{live.name[:26]}notes.txt")
    left.touch()
    strange.touch()
    temporaries.sweep(tmp_path / "a.wav")
    assert names(tmp_path) == sorted([live.name, strange.name])
    temporaries.release(live)
    assert names(tmp_path) == [strange.name]


def test_two_writers_of_one_target_do_not_meet(tmp_path: Path) -> None:
    with (
        writer(tmp_path / "a.wav", overwrite=True, length=1) as one,
        writer(tmp_path / "a.wav", overwrite=True, length=2) as two,
    ):
        assert one.temporary != two.temporary
        one.write(np.zeros((2, 1)))
        two.write(np.zeros((2, 2)))
    assert soundfile.info(tmp_path / "a.wav").frames == 1
    assert names(tmp_path) == ["a.wav"]
