"""Stem files read back: tracks exact, named, and only the song enabled."""

from pathlib import Path

import av
import numpy as np
import pytest

from remixer.audio.encoding import EncodingError
from remixer.audio.multitrack import open_track
from remixer.audio.reader import open_audio
from remixer.audio.stemfile import ORDER, StemFileWriter, read_description, tracks_of
from remixer.audio.tags import copy_tags, read_tags
from remixer.audio.temporaries import sweep
from remixer.dsp.signal import STEMS, Grid, Samples
from remixer.errors import OutputError
from tests.support import music, small_disk, write

LENGTH = 50_003


def stems_of(channels: int, bits: int = 16) -> Samples:
    """Four signals on a grid whose sum is within full scale."""
    return np.stack(
        [Grid(bits).round(0.2 * music(channels, LENGTH, 44_100, n).T) for n in range(4)]
    )


def make(path: Path, stems: Samples, subtype: str, rate: int = 44_100) -> Path:
    with StemFileWriter(
        path,
        rate=rate,
        channels=stems.shape[1],
        format="M4A",
        subtype=subtype,
        length=LENGTH,
    ) as writer:
        for at in range(0, LENGTH, 9_999):
            block = stems[:, :, at : at + 9_999]
            writer.write(tracks_of(block.sum(axis=0), block))
        assert not path.exists()
    return path


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("bits", [16, 24])
def test_five_tracks_are_exact_and_add_up(
    tmp_path: Path, channels: int, rate: int, bits: int
) -> None:
    stems = stems_of(channels, bits)
    path = make(tmp_path / "song.stem.mp4", stems, f"ALAC_{bits}", rate)
    song, *found = [open_track(path, track) for track in range(5)]
    total = sum(reader.read(0, LENGTH) for reader in found)
    np.testing.assert_array_equal(song.read(0, LENGTH), total)
    for stem, reader in zip(ORDER, found, strict=True):
        assert (reader.rate, reader.length) == (rate, LENGTH)
        np.testing.assert_array_equal(reader.read(0, LENGTH), stems[STEMS.index(stem)])
        reader.close()
    song.close()


def test_as_aac(tmp_path: Path) -> None:
    stems = stems_of(2)
    path = make(tmp_path / "song.stem.mp4", stems, "AAC")
    for track in range(5):
        with open_track(path, track) as reader:
            assert (reader.subtype, reader.length) == ("AAC", LENGTH)
            expected = stems.sum(axis=0) if track == 0 else stems[STEMS.index(ORDER[track - 1])]
            error = reader.read(0, LENGTH) - expected
            assert np.sqrt(np.mean(error**2) / np.mean(expected**2)) < 0.5


def test_players_play_the_song_and_know_the_stems(tmp_path: Path) -> None:
    path = make(tmp_path / "song.stem.mp4", stems_of(2), "ALAC_16")
    described = read_description(path)
    assert described is not None
    assert [stem["name"] for stem in described["stems"]] == ["Drums", "Bass", "Other", "Vocals"]
    assert all(len(stem["color"]) == 7 for stem in described["stems"])
    assert described["version"] == 1
    assert not described["mastering_dsp"]["compressor"]["enabled"]
    assert not described["mastering_dsp"]["limiter"]["enabled"]
    with av.open(str(path)) as file:
        default = [bool(s.disposition & av.stream.Disposition.default) for s in file.streams]
    assert default == [True, False, False, False, False]
    with open_audio(path) as song:
        assert (song.format, song.subtype, song.length) == ("M4A", "ALAC_16", LENGTH)


def test_tags_and_artwork_leave_the_names(tmp_path: Path) -> None:
    tagged = write(tmp_path / "a.flac", music(1, 999, 44_100), 44_100, "PCM_16", "FLAC")
    from mutagen.flac import FLAC

    flac = FLAC(tagged)
    flac["title"] = "A song"
    flac.save()
    stems = stems_of(2)
    path = make(tmp_path / "song.stem.mp4", stems, "ALAC_16")
    copy_tags(tagged, path)
    assert read_tags(path) == {"title": "A song"}
    assert read_description(path) is not None
    with open_track(path, 4) as vocals:
        np.testing.assert_array_equal(vocals.read(0, LENGTH), stems[0])


def test_other_files_have_no_names(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.m4a", music(1, 999, 44_100), 44_100, "ALAC_16", "M4A")
    assert read_description(plain) is None


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=128k") as folder:
        with pytest.raises((OutputError, EncodingError)):
            make(folder / "song.stem.mp4", stems_of(2, 24), "ALAC_24")
        sweep(folder / "song.stem.mp4")
        assert list(folder.iterdir()) == []


def test_wrong_blocks_are_mistakes(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="is not"),
        StemFileWriter(
            tmp_path / "a.stem.mp4",
            rate=44_100,
            channels=2,
            format="M4A",
            subtype="ALAC_16",
            length=10,
        ) as writer,
    ):
        writer.write(np.zeros((2, 10)))
    assert list(tmp_path.iterdir()) == []
