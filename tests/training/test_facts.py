"""Which songs a model was trained on, as far as its card tells."""

from remixer.audio.multitrack import Multitrack
from remixer.training.facts import known_songs


def known(names: list[str], song: str, folder: str) -> bool:
    songs = [Multitrack(song, "train", {}, None)]
    return bool(known_songs({"names": names}, songs, folder))


def test_names_that_the_generator_gives_tell_nothing_of_another_folder() -> None:
    assert known(["generated:song0001"], "song0001", "generated")
    assert not known(["generated:song0001"], "song0001", "held")
    assert known(["songs:My Song"], "My Song", "held")
    assert known(["My Song"], "My Song", "held")
    assert not known(["My Song"], "Her Song", "held")
