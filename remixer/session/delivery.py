"""A planned export of a file, for the command line: open, check, separate, export, prove."""

from pathlib import Path

from remixer.audio.reader import open_audio
from remixer.mixing.strips import MixState, effective_gains
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Model
from remixer.session.exporting import AS_FLOAT, ExportPlan, ExportReport, run_export
from remixer.session.jobs import UNWATCHED, Watch
from remixer.session.separation import separated


def deliver_file(
    path: Path,
    plan: ExportPlan,
    state: MixState,
    card: Model,
    *,
    cache: StemCache | None = None,
    watch: Watch = UNWATCHED,
    as_float: str = AS_FLOAT,
) -> ExportReport:
    """Export a file as planned; what needs no stems is not separated. as_float: see `run_export`.

    What cannot be written is found out before the separation starts. Raises RemixerError.
    """
    with open_audio(path) as source:
        effective_gains(plan.state(state), source.channels)
        plan.targets(source, state)
        if not plan.needs_stems(state):
            return run_export(plan, source, None, state, watch, as_float)
        with separated(
            source, card, cache=cache, on_progress=watch.separating, cancelled=watch.cancelled
        ) as stems:
            return run_export(plan, source, stems, state, watch, as_float)
