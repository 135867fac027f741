"""What can go wrong, as one small tree. A message names the value, the limit and the remedy."""


class RemixerError(Exception):
    """Base of every error a user can cause or cure; the program goes on after it."""


class AudioError(RemixerError):
    """A file that cannot be read or written as asked."""


class InputError(AudioError):
    """A source that is missing, damaged, empty, or of a kind that is not supported."""


class OutputError(AudioError):
    """A result that cannot be written: no room, it exists, the format cannot hold it."""


class ExistsError(OutputError):
    """A target that exists and may not be replaced. name: as the user gave it. The command line
    says how to allow it.
    """

    def __init__(self, name: object) -> None:
        super().__init__(f"{name} exists: choose another name, or allow overwriting")
        self.name = name


class ModelError(RemixerError):
    """A model that is missing, damaged, or does not fit its card."""


class CacheError(RemixerError):
    """The separation cache cannot be used."""


class Cancelled(RemixerError):  # noqa: N818 - the user's choice, not a failure
    """The user stopped the work; nothing half-written is left."""


class SettingError(RemixerError):
    """An argument or setting out of its range."""


def brief(value: object, most: int = 80) -> str:
    """What a file says, fit for a message: on one line, and cut where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else text[: most - 1] + "…"
