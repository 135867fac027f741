"""Where the song of a session is now, and whether it is still the same."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from remixer.audio.reader import AudioReader, open_audio
from remixer.errors import InputError
from remixer.mixing.strips import MixState, effective_gains
from remixer.separation.catalogue import Model
from remixer.session.region import Region
from remixer.session.saved import Geometry, NamedRegion, SavedMix
from remixer.session.separation_link import stamp_of


def locate(saved: SavedMix, file: Path | None, folders: Sequence[Path] = ()) -> SavedMix | None:
    """What was saved, with the song's present place; None where it is at none of its places.

    file: the session's own. Looked for beside it first, then where it was, then in `folders`. Of
    several the first counts that has its stamp, else its geometry, else the first of all.
    """
    found = [place for place in _places(saved, file, folders) if _is_file(place)]
    for is_it in (has_stamp, _has_geometry):
        for place in found:
            if is_it(saved, place):
                return replace(saved, song=place)
    return replace(saved, song=found[0]) if found else None


def has_stamp(saved: SavedMix, place: Path) -> bool:
    """Whether a file has the size and time of change that the song's file had, and the song's
    content is known: then nobody need read it to know that it is the same.
    """
    try:
        return bool(saved.content) and tuple(stamp_of(place)) == saved.stamp
    except OSError:
        return False


def is_same(saved: SavedMix, source: AudioReader) -> bool:
    """Whether an open song is the one that was saved. All of it is read only where its content is
    known and its stamp is another. Raises InputError as reading does.
    """
    if geometry_of(source) != saved.geometry:
        return False
    trusted = not saved.content or has_stamp(saved, source.path)
    return trusted or source.content_hash() == saved.content


def geometry_of(source: AudioReader) -> Geometry:
    """Of an open song."""
    return Geometry(source.rate, source.channels, source.length)


def saved_with(
    source: AudioReader,
    mix: MixState,
    model: Model,
    loop: tuple[int, int] | None = None,
    regions: Sequence[NamedRegion] = (),
) -> SavedMix:
    """What a session of an open song holds: `savefile.save_mix` writes it. All of the song is read
    to know it again.

    loop: samples [start, stop). Raises SettingError for a mix, a loop or a region that the song
    cannot have, InputError as reading does.
    """
    effective_gains(mix, source.channels)
    for place in [*([loop] if loop else []), *((each.start, each.stop) for each in regions)]:
        Region(source, *place)
    return SavedMix(
        song=source.path,
        geometry=geometry_of(source),
        mix=mix,
        loop=loop,
        model=model.id,
        content=source.content_hash(),
        stamp=tuple(stamp_of(source.path)),
        fingerprint=model.fingerprint,
        regions=tuple(regions),
    )


def fitted(saved: SavedMix, geometry: Geometry) -> SavedMix:
    """What was saved, as far as it fits another song: no regions beyond its end, nothing for two
    channels in a mono one.
    """
    loop = saved.loop if saved.loop and saved.loop[1] <= geometry.length else None
    regions = tuple(r for r in saved.regions if r.stop <= geometry.length)
    mix = saved.mix.playable(geometry.channels)
    return replace(saved, geometry=geometry, loop=loop, regions=regions, mix=mix, content="")


def _places(saved: SavedMix, file: Path | None, folders: Sequence[Path]) -> list[Path]:
    beside = file.resolve().parent if file else None
    near = [beside / saved.beside, beside / saved.song.name] if beside and saved.beside else []
    places = [*near, saved.song, *(folder / saved.song.name for folder in folders)]
    return list(dict.fromkeys(Path(os.path.normpath(place)) for place in places))


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:
        return False


def _has_geometry(saved: SavedMix, place: Path) -> bool:
    try:
        with open_audio(place) as source:
            return geometry_of(source) == saved.geometry
    except InputError:
        return False
