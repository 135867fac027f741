"""One song in the audio process: its memory, its renderer, its meters."""

from pathlib import Path

from remixer.dsp.signal import Samples
from remixer.mixing.engine import treatments_loaded
from remixer.playback.memory import MemoryMix
from remixer.playback.metering import Metering
from remixer.playback.prefetch import Prefetch
from remixer.playback.renderer import Renderer
from remixer.playback.wire import Wishes


class Deck:
    """A song that was opened, from `load` on; `ready` once its samples can be played."""

    def __init__(self, wishes: Wishes) -> None:
        self.number = wishes.song_number
        self.prefetch = Prefetch(Path(wishes.song), wishes.position)
        self._first = wishes
        self._folder = ""
        self.renderer: Renderer | None = None
        self.metering: Metering | None = None
        self.rate = self.channels = 0

    @property
    def error(self) -> str:
        """Why the song cannot be played, or its stems cannot; "" while all is well."""
        failure = self.renderer.failure if self.renderer else ""
        return self.prefetch.error or failure or self.prefetch.stem_error

    def follow(self, wishes: Wishes) -> None:
        """What is not for the callback: the song once it is open, the stems' folder."""
        importing = wishes.state.is_treated and not treatments_loaded()
        opened = self.prefetch.opened.is_set() and not importing
        if self.renderer is None and opened and self.prefetch.reader:
            reader = self.prefetch.reader
            self.rate, self.channels = reader.rate, reader.channels
            mix = MemoryMix(reader.rate, reader.channels, reader.length, reader.grid)
            self.metering = Metering(reader.rate, reader.channels)
            self.renderer = Renderer(self.prefetch, mix, self._first)
        if wishes.stems != self._folder:
            self._folder = wishes.stems
            self.prefetch.set_stems(Path(wishes.stems) if wishes.stems else None)

    def play(self, wishes: Wishes, count: int) -> Samples:
        """The next samples; for the callback, once the deck is ready."""
        assert self.renderer
        assert self.metering
        samples = self.renderer.block(wishes, count)
        self.metering.hear(self.renderer.heard)
        return samples

    def close(self) -> None:
        """End its threads."""
        self.prefetch.close()
        if self.metering:
            self.metering.close()
