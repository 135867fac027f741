"""Widgets are tested without a screen unless there is one."""

import os

if "DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
