"""A trap that JACK leaves behind, and how to get out of it.

On Debian PortAudio opens JACK's library, and that a database in shared memory. A process that is
killed while it does so leaves a lock there which nobody ever opens: from then on every program
with PortAudio hangs as it starts, until the next boot, or until the database is removed.
"""

import os
import shutil
from pathlib import Path


def database() -> Path:
    """Where JACK's library keeps this user's properties."""
    return Path(f"/dev/shm/jack_db-{os.getuid() if hasattr(os, 'getuid') else 0}")


def remove_abandoned(folder: Path) -> bool:
    """Remove the database if it is there and no process has it open; whether it was removed."""
    if not folder.is_dir() or _is_open(folder):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _is_open(folder: Path) -> bool:
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink().is_relative_to(folder):
                return True
        except OSError:
            continue  # it has just ended, or is another user's, who has another database
    return False
