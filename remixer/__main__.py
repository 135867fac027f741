"""python -m remixer."""

from remixer.launch import run

run()
