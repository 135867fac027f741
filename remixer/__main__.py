"""python -m remixer."""

from remixer.cli.main import run

run()
