"""The `remixer` program: a window for `remixer`, `remixer FILE` and `remixer open`, else commands.

The only module that knows both.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from remixer.errors import RemixerError


def run(arguments: Sequence[str] | None = None) -> None:
    """Exits with 0 (done), 1 (error), 2 (usage) or 130 (Ctrl-C)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given and has_display():
        sys.exit(open_window(None))
    from remixer.cli import main

    main.run(given or ["open"], open_window=open_window)


def open_window(file: Path | None, play: bool = False) -> int:
    """The desktop app until its window closes; its exit code. play: the file, at once.

    Raises RemixerError where there is no display to show it on.
    """
    if not has_display():
        raise RemixerError(
            "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set): "
            "use remixer separate, remix or info (remixer --help lists all)"
        )
    from remixer.app.main import main

    return main(file, play)


def has_display() -> bool:
    """Whether a window can be shown: always, but on Unix systems without X11 or Wayland."""
    if sys.platform in ("win32", "darwin"):
        return True
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in named)
