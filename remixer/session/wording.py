"""What exports say to people: the same in the window and on the command line."""

from remixer.dsp.gain import gain_to_db
from remixer.session.export import RemixExport, StemExport


def stems_proof(original: str, export: StemExport) -> str:
    """What was proved of stem files. original: what they were held against, for people."""
    null = export.null
    samples = f"{grouped(null.length)} samples per channel"
    if null.passed:
        return f"read back: the stems sum to {original} with 0 differing samples ({samples})"
    if export.rounded_bits:
        return (
            f"read back: the stems sum exactly to {original} rounded to {export.rounded_bits} "
            f"bits, which differs from the file by up to {null.peak_dbfs:.1f} dBFS"
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


def stems_notes(export: StemExport, as_float: str) -> tuple[str, ...]:
    """Remarks on stem files. as_float: how to ask for 32-bit float."""
    if not export.moved:
        return ()
    return (
        f"{export.moved} samples of 'other' passed full scale; their excess lies in other "
        f"stems, the sum is exact. {as_float} keeps every stem as separated",
    )


def remix_notes(export: RemixExport, as_float: str) -> tuple[str, ...]:
    """Remarks on a remix. as_float: how to ask for 32-bit float."""
    if not (export.clipped and export.peak):
        return ()
    return (
        f"{export.clipped} samples passed full scale and were limited to it (peak "
        f"{gain_to_db(export.peak):+.2f} dBFS): lower a gain, or write {as_float}",
    )


def grouped(samples: int) -> str:
    """A count with thin groups: 1 234 567."""
    return f"{samples:,}".replace(",", " ")


def clock(seconds: float) -> str:
    """Seconds as m:ss.mmm or h:mm:ss.mmm."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest / 1000:06.3f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
