"""What the packaged program runs: Remixer, or one of the processes that it starts.

Remixer starts its audio and separation processes as `PYTHON -P -m MODULE ARGUMENT...`. In a
packaged program, PYTHON is the program itself: it takes those words as Python would, for these
modules only.
"""

import multiprocessing
import runpy
import sys

PROCESSES = ("remixer.playback.process", "remixer.session.separation_worker")


def main() -> None:
    """Run what the command line asks for."""
    multiprocessing.freeze_support()  # `evaluate` and `generate` start processes this way
    if sys.argv[1:3] == ["-P", "-m"] and sys.argv[3:] and sys.argv[3] in PROCESSES:
        del sys.argv[1:3]
        module = sys.argv.pop(1)
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        from remixer.launch import run

        run()


if __name__ == "__main__":
    main()
