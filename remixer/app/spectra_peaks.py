"""The outline of a whole song, read by a thread of its own and told piece by piece."""

import logging
import threading
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from remixer.dsp.pyramid import peaks
from remixer.dsp.signal import SampleReader

BUCKETS = 8192
"""Of a song, at most: more than any screen is wide."""

_READ = 1 << 18

_log = logging.getLogger(__name__)


class Outline(QObject):
    """Lowest, highest and root mean square of each bucket of samples, as far as they are read.

    values: (3, buckets). known: buckets that are filled, from the first on. error: why it ended
    early. changed: more is known, or it ended; from its thread.
    """

    changed = Signal()

    def __init__(self, reader: SampleReader) -> None:
        super().__init__()
        self._reader = reader
        self.bucket = max(1, -(-reader.length // BUCKETS))
        buckets = max(1, -(-reader.length // self.bucket))
        self.values: NDArray[np.float32] = np.zeros((3, buckets), np.float32)
        self.known = 0
        self.error = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="outline", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nothing more is told; returns at once."""
        self._stopped.set()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop, and wait for the thread. Returns whether it has ended."""
        self.stop()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    def _work(self) -> None:
        length = self._reader.length
        step = max(1, _READ // self.bucket) * self.bucket
        for start in range(0, length, step):
            if self._stopped.is_set():
                return
            try:
                found = peaks(self._reader.read(start, min(step, length - start)), self.bucket)
            except Exception as error:  # whatever a reader does, the window goes on
                _log.debug("no outline from sample %d on", start, exc_info=True)
                self.error = str(error) or type(error).__name__
                self._tell()
                return
            first = start // self.bucket
            self.values[:, first : first + found.shape[1]] = found
            self.known = first + found.shape[1]
            self._tell()

    def _tell(self) -> None:
        if not self._stopped.is_set():
            with suppress(RuntimeError):  # the application and Qt's half of this are gone
                self.changed.emit()
