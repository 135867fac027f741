from pathlib import Path

from remixer.app.demo import demo_song, folder_for


def test_what_is_made_of_a_song_goes_beside_it(tmp_path: Path) -> None:
    assert folder_for(tmp_path / "song.wav") == tmp_path


def test_what_is_made_of_the_demo_song_goes_to_the_user() -> None:
    song = demo_song()
    assert song.is_file()
    assert folder_for(song) != song.parent
    assert folder_for(song).is_dir()
