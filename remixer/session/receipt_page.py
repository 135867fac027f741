"""A receipt as one page for people: self-contained HTML that prints on a sheet."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from remixer.session.portrait import Portrait
from remixer.session.receipt_pictures import AFTER, BEFORE, spectra, waves
from remixer.session.wording import clock, grouped

Values = dict[str, Any]

READINGS = (
    ("integrated_lufs", "Integrated loudness, LUFS", "LUFS"),
    ("short_term_max_lufs", "Highest short-term loudness, LUFS", "Short-term"),
    ("momentary_max_lufs", "Highest momentary loudness, LUFS", "Momentary"),
    ("range_lu", "Loudness range, LU", "Range, LU"),
    ("true_peak_dbtp", "True peak, dBTP", "dBTP"),
    ("sample_peak_dbfs", "Sample peak, dBFS", "dBFS"),
)
"""What a meter may tell, for a row and for a column; what it does not tell is left out."""
_WIDE = 3
"""Columns of levels that a sheet holds."""
_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f1f3f5;color:#1d2126;font:13px/1.45 system-ui,"Segoe UI",Roboto,
"DejaVu Sans",sans-serif}
main{max-width:800px;margin:24px auto;padding:32px 40px;background:#fff;border:1px solid #dfe3e8}
h1{font-size:20px;margin:0;font-weight:600;overflow-wrap:anywhere}
h2{font-size:11px;letter-spacing:.06em;text-transform:uppercase;color:#5c6670;margin:22px 0 6px;
font-weight:600}
header{display:flex;justify-content:space-between;gap:24px;align-items:baseline}
header span,.dim{color:#5c6670}
.verdict{margin:16px 0 0;padding:10px 14px;border-left:4px solid #2e8b57;background:#f0f7f3}
.verdict.plain{border-color:#8b95a1;background:#f5f6f8}
.verdict p{margin:0}
.verdict p+p{margin-top:4px;color:#5c6670}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:3px 16px 3px 0;vertical-align:top;font-weight:400}
tr+tr>*{border-top:1px solid #eceff2}
th{color:#5c6670;white-space:nowrap;min-width:76px}
table+table{margin-top:14px}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:0;
padding-left:16px}
code{font:11px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;color:#3a424a}
svg{display:block;width:100%;height:auto;margin:4px 0 10px;font-family:inherit}
details{margin-top:18px}summary{cursor:pointer;color:#5c6670}
pre{font:10px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap;
overflow-wrap:anywhere}
footer{margin-top:20px;padding-top:10px;border-top:1px solid #dfe3e8;color:#5c6670}
@media print{body{background:#fff;font-size:10px;line-height:1.3}
main{border:0;margin:0;padding:0;max-width:none}h2{margin:12px 0 3px}th,td{padding-top:1px;
padding-bottom:1px}code{font-size:8.5px}svg{width:92%;margin:2px auto 4px}details{display:none}
table,svg{break-inside:avoid}footer{margin-top:10px;padding-top:6px}
@page{size:A4;margin:12mm 14mm}}
"""


def page(values: Values, before: Portrait, after: Portrait | None) -> str:
    """The page of a receipt's values. after: the song as exported, None where it was not."""
    source = values["source"]
    parts = [
        f"<header><h1>{escape(source['file'])}</h1><span>Receipt</span></header>",
        f'<div class="dim">{escape(_what(values))}</div>',
        _verdict(values),
        _section("Levels", _levels(values)),
        _section("Before and after" if after else "The song", _pictures(before, after)),
        _section("How", _table(_how(values))),
        _section("Source", _table(_about(source))),
        _section("Files", "".join(_table(_about(file)) for file in values["exports"])),
        f"<details><summary>All values</summary><pre>{_json(values)}</pre></details>",
        f"<footer>Remixer {escape(values['remixer'])}, {escape(_date(values['date']))}. "
        "Check the files against this receipt: <code>remixer receipt verify</code> with the "
        ".receipt.json beside it.</footer>",
    ]
    title = escape(f"Receipt of {source['file']}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        f"{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _what(values: Values) -> str:
    """What was exported, in a line."""
    source, region = values["source"], values["region"]
    start, stop = region or (0, source["length"])
    length = clock((stop - start) / source["rate"])
    where = f" from {clock(start / source['rate'])}" if region else ""
    names = {"remix": "Remix", "stems": "Stems", "minus-one": "Minus one", "all": "All exports"}
    what = names.get(values["options"]["what"], values["options"]["what"])
    return f"{what}: {values['moves']['words']}; {length}{where}"


def _verdict(values: Values) -> str:
    proved = all(file["null"]["of"] != "nothing" for file in values["exports"])
    said = "".join(f"<p>{escape(_capital(t))}.</p>" for t in (values["proof"], *values["notes"]))
    return f'<div class="verdict{"" if proved else " plain"}">{said}</div>'


def _levels(values: Values) -> str:
    """The source beside the export, or above all that was exported."""
    files = values["exports"]
    signals = [("Source", values["levels"])]
    signals += [(_capital(f["part"]) if files[1:] else "Export", f["levels"]) for f in files]
    told = [reading for reading in READINGS if reading[0] in values["levels"]]
    if len(signals) <= _WIDE:
        rows = [
            [title, *(_number(found.get(key)) for _name, found in signals)]
            for key, title, _short in told
        ]
        return _grid(["", *(name for name, _found in signals)], rows)
    rows = [[name, *(_number(found.get(key)) for key, *_ in told)] for name, found in signals]
    return _grid(["", *(short for _key, _title, short in told)], rows)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: float | None) -> str:
    return "silence" if value is None else f"{value:.1f}".replace("-", "−")


def _grid(head: list[str], rows: list[list[str]]) -> str:
    def cells(row: list[str], kind: str) -> str:
        first, *rest = row
        return f"<th>{escape(first)}</th>" + "".join(
            f'<{kind} class="n">{escape(cell)}</{kind}>' for cell in rest
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><tr>{cells(head, 'th')}</tr>{body}</table>"


def _pictures(before: Portrait, after: Portrait | None) -> str:
    signals = [("Source", BEFORE, before)]
    if after is not None:
        signals.append(("Export", AFTER, after))
    return waves(signals) + spectra(signals)


def _how(values: Values) -> Iterable[tuple[str, str]]:
    options, model = values["options"], values["model"]
    yield "Moves", escape(values["moves"]["words"])
    if options["preset"]:
        yield "Preset", escape(options["preset"])
    ceiling = options["ceiling_dbtp"]
    if ceiling is not None:
        took = [f["null"].get("ceiling_took_db") for f in values["exports"]]
        deepest = max((db for db in took if db is not None), default=None)
        said = "not applied" if deepest is None else f"took away up to {deepest:.1f} dB"
        yield "Ceiling", f"{_number(ceiling)} dBTP, {said}"
    bits = {f["null"].get("dithered_bits") for f in values["exports"]} - {None}
    yield "Dither", f"TPDF to {max(bits)} bits" if bits else "none"
    if model is None:
        yield "Model", "none: nothing was separated for it"
    else:
        title = f"{model.get('title', '')} ({model['id']})" if model.get("title") else model["id"]
        yield "Model", escape(title)
        if model.get("sha256"):
            yield "Weights", f"<code>{escape(model['sha256'])}</code>"


def _about(file: Values) -> Iterable[tuple[str, str]]:
    length = clock(file["length"] / file["rate"])
    channels = {1: "mono", 2: "stereo"}.get(file["channels"], f"{file['channels']} channels")
    yield "File", f"{escape(file['file'])} <span class=dim>({grouped(file['bytes'])} bytes)</span>"
    yield (
        "Sound",
        f"{escape(file['format'])} {escape(file['subtype'])}, {grouped(file['rate'])} Hz, "
        f"{channels}, {length} ({grouped(file['length'])} samples)",
    )
    if "null" in file:
        yield "Proved", escape(_proved(file["null"]))
    yield "SHA-256", f"<code>{escape(file['sha256'])}</code>"
    if file["content"]:
        yield "Samples", f"<code>{escape(file['content'])}</code>"


def _proved(null: Values) -> str:
    differing = null["differing"]
    if null["of"] == "nothing":
        return "not sample by sample: the format is lossy"
    if null["of"] == "copy":
        return "the source's file itself, byte for byte in its audio"
    if null["of"] == "render":
        same = "identical to the source" if null["identical_to_source"] else "as rendered"
        return f"read back {same}, {differing} differing samples"
    if differing == 0:
        return "all stems together are the source, 0 differing samples"
    level = _number(null["peak_dbfs"])
    rounded = null["rounded_bits"]
    if rounded:
        return f"all stems together are the source rounded to {rounded} bits, exactly"
    return f"all stems together are the source within {level} dBFS"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{name}</th><td width=100%>{said}</td></tr>" for name, said in rows)
    return f"<table>{cells}</table>"


def _section(title: str, body: str) -> str:
    return f"<h2>{title}</h2>{body}"


def _json(values: Values) -> str:
    return escape(json.dumps(values, indent=1))


def _date(iso: str) -> str:
    return iso.replace("T", " ")
