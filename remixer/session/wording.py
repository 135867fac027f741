"""What exports say to people: the same in the window and on the command line."""

from collections.abc import Sequence

from remixer.audio.formats import is_lossy
from remixer.dsp.gain import gain_to_db
from remixer.session.clock import clock
from remixer.session.export import StemExport
from remixer.session.finishing import Limiting
from remixer.session.region import Original, Region
from remixer.session.remix_export import RemixExport


def stems_proof(original: str, export: StemExport) -> str:
    """What was proved of stem files. original: what they were held against, for people."""
    null = export.null
    samples = f"{counted(null.length)} per channel"
    if null.passed:
        return f"read back: the stems sum to {original} with 0 differing samples ({samples})"
    if export.rounded_bits:
        return (
            f"read back: the stems sum exactly to {original} rounded to {export.rounded_bits} "
            f"bits, which differs from the file by up to {null.peak_dbfs:.1f} dBFS"
        )
    if is_lossy(export.subtype):
        return (
            f"{export.subtype} is lossy: read back, the stems sum to {original} within "
            f"{null.peak_dbfs:.1f} dBFS"
        )
    return f"read back: the stems sum to {original} within {null.peak_dbfs:.1f} dBFS ({samples})"


def remix_proof(original: str, export: RemixExport) -> str:
    """What was proved of a remix. original: what it was made from, for people."""
    if export.identical and export.proved is None:
        return f"no moves: a copy of {original}, byte for byte in its audio"
    if export.identical:
        return f"read back: identical to {original}, 0 differing samples"
    if export.proved is None:
        return f"{export.subtype} is lossy: written, but it cannot be verified sample by sample"
    return "read back: the file holds exactly what was rendered, 0 differing samples"


def set_proof(original: str, stems: StemExport, remixes: Sequence[RemixExport]) -> str:
    """What was proved of a remix, stems and minus-ones. remixes: the remix first."""
    remix, *ones = remixes
    what = f"the remix and {len(ones)} minus-ones hold exactly what was rendered"
    if remix.identical:
        said = "is a copy of the source" if remix.proved is None else "is identical to the source"
        what = f"the remix {said}, {len(ones)} minus-ones hold exactly what was rendered"
    return f"{stems_proof(original, stems)}; {what}"


def described(original: Original) -> str:
    """What an export is held against, for people."""
    name = original.path.name
    if not isinstance(original, Region):
        return name
    start, stop = (clock(sample / original.rate) for sample in (original.start, original.stop))
    return f"{name} from {start} to {stop}"


def stems_notes(export: StemExport, as_float: str) -> tuple[str, ...]:
    """Remarks on stem files. as_float: how to ask for 32-bit float."""
    if not export.moved:
        return ()
    return (
        f"{counted(export.moved)} of 'other' passed full scale; their excess lies in other "
        f"stems, the sum is exact. {as_float} keeps every stem as separated",
    )


def remix_notes(export: RemixExport, as_float: str) -> tuple[str, ...]:
    """Remarks on a remix. as_float: how to ask for 32-bit float."""
    notes = [_limited(export.limiting)] if export.limiting else []
    if export.dithered_bits:
        notes.append(f"dithered to {export.dithered_bits} bits (TPDF)")
    if export.clipped and export.peak:
        notes.append(
            f"{counted(export.clipped)} passed full scale and were limited to it "
            f"(peak {gain_to_db(export.peak):+.2f} dBFS): lower a gain, set a ceiling, or write "
            f"{as_float}"
        )
    return tuple(notes)


def _limited(limiting: Limiting) -> str:
    """What a ceiling took away."""
    if not limiting.places:
        return "nothing reached the ceiling: it took nothing away"
    places = "in one place" if limiting.places == 1 else f"in {limiting.places} places"
    return (
        f"the ceiling took away up to {limiting.deepest_db:.1f} dB, {places}, "
        f"{counted(limiting.samples)} in all"
    )


def grouped(samples: int) -> str:
    """A count with thin groups: 1 234 567."""
    return f"{samples:,}".replace(",", " ")


def counted(samples: int) -> str:
    """How many samples: 1 sample, 1 234 samples."""
    return "1 sample" if samples == 1 else f"{grouped(samples)} samples"
