"""Median SDRs that others published, to print beside ours; never to be taken for ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A system's median SDR in dB by stem, on what it was measured, and how."""

    system: str
    data: str
    measure: str
    sdr: dict[str, float]


def _row(system: str, data: str, measure: str, *sdr: float) -> Published:
    """sdr: vocals, drums, bass, other."""
    return Published(
        system, data, measure, dict(zip(("vocals", "drums", "bass", "other"), sdr, strict=False))
    )


_DSD, _MUS, _HQ = "DSD100 test", "MUSDB18 test", "MUSDB18-HQ test"

PUBLISHED = (
    _row("cnn1, Roma et al. 2018, Fig. 2 (just above)", _DSD, "v3, mono", 4.0),
    _row("RGT1 = cnn1, SiSEC 2018", _MUS, "v4", 3.85, 3.44, 2.70, 2.63),
    _row("RGT2 = cnn2, SiSEC 2018", _MUS, "v4", 2.56, 2.29, 1.71, 1.93),
    _row("unprocessed mix, SiSEC 2018", _MUS, "v4", 1.12, 1.33, 0.67, 1.16),
    _row("ideal ratio mask (IRM2), SiSEC 2018", _MUS, "v4", 9.43, 8.45, 7.12, 7.85),
    _row("ideal binary mask, SiSEC 2016", _DSD, "v3, images", 9.78, 7.27, 5.85, 7.16),
    _row("UHL3 (BLSTM), SiSEC 2016", _DSD, "v3, images", 5.74, 4.27, 3.28, 3.43),
    _row("NUG4 (two-step DNN and EM), SiSEC 2016", _DSD, "v3, images", 5.04, 3.96, 2.64, 3.10),
    _row("CHA, SiSEC 2016", _DSD, "v3, images", 1.58, 1.87, 0.04, 1.05),
    _row("open-unmix", _MUS, "v4", 6.32, 5.73, 5.23, 4.02),
    _row("Spleeter (extra data)", _MUS, "v4", 6.86, 6.71, 5.51, 4.55),
    _row("HTDemucs", _HQ, "v4", 7.93, 7.94, 8.48, 5.72),
    _row("SCNet, 10 M parameters", _HQ, "v4", 9.89, 10.51, 8.82, 6.76),
)
"""The first is read off the paper's text, which gives vocals only."""
