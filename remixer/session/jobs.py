"""Whole jobs on files, for the command line and the app: open, check, separate, export, prove."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remixer.audio.formats import format_of, resolve
from remixer.audio.reader import open_audio
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, effective_gains
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Model
from remixer.session.export import StemExport, export_stems, plan_stems
from remixer.session.remix_export import RemixExport, export_remix
from remixer.session.separation import OnProgress, separated, silent
from remixer.session.targets import check_target, folder_for_exports


@dataclass(frozen=True)
class Watch:
    """Who follows a job: progress of its two parts in seconds of audio, and whether to stop."""

    separating: OnProgress = silent
    writing: OnProgress = silent
    cancelled: Callable[[], bool] = lambda: False


UNWATCHED = Watch()


def separate_file(
    path: Path,
    folder: Path,
    card: Model,
    *,
    format: str = "source",
    subtype: str = "source",
    overwrite: bool = False,
    cache: StemCache | None = None,
    watch: Watch = Watch(),
) -> StemExport:
    """Separate a file into stem files in a folder, which is made if it is missing.

    format: WAV, FLAC or AIFF in any case, or "source"; subtype: see `audio.formats.resolve`. cache:
    the user's where none is given. What cannot be written is found out before the separation
    starts. Raises InputError, OutputError, ModelError, CacheError, Cancelled; then no file is left,
    and what was separated stays in the cache.
    """
    with open_audio(path) as source:
        plan_stems(source, folder, format, subtype, overwrite)
        with (
            separated(
                source, card, cache=cache, on_progress=watch.separating, cancelled=watch.cancelled
            ) as stems,
            folder_for_exports(folder),
        ):
            return export_stems(
                stems,
                source,
                folder,
                format=format,
                subtype=subtype,
                overwrite=overwrite,
                on_progress=watch.writing,
                cancelled=watch.cancelled,
            )


def remix_file(
    path: Path,
    target: Path,
    state: MixState,
    card: Model,
    *,
    subtype: str = "source",
    overwrite: bool = False,
    cache: StemCache | None = None,
    watch: Watch = Watch(),
) -> RemixExport:
    """Write a file's remix. A neutral state needs no separation.

    target: its extension gives the format; its folder is made if it is missing. subtype, cache: as
    in `separate_file`. Raises SettingError for a state that the source cannot have, and as
    `separate_file`; then no file is left.
    """
    with open_audio(path) as source:
        check_target(source, target, overwrite)
        effective_gains(state, source.channels)
        if not (state.is_neutral and source.lossy):
            resolve(source, format_of(target), subtype)

        def export(stems: StemSet | None = None) -> RemixExport:
            with folder_for_exports(target.parent):
                return export_remix(
                    stems,
                    source,
                    state,
                    target,
                    subtype=subtype,
                    overwrite=overwrite,
                    on_progress=watch.writing,
                    cancelled=watch.cancelled,
                )

        if state.is_neutral:
            return export()
        with separated(
            source, card, cache=cache, on_progress=watch.separating, cancelled=watch.cancelled
        ) as stems:
            return export(stems)
