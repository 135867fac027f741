"""A receipt as one page for people: self-contained HTML that prints on a sheet."""

import json
from collections.abc import Iterable
from html import escape

from remixer.session import receipt_words as words
from remixer.session.portrait import Portrait
from remixer.session.receipt_pictures import AFTER, BEFORE, spectra, waves
from remixer.session.receipt_words import Grid, Row, Values

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
    files = "".join(_table(words.about(file)) for file in values["exports"])
    parts = [
        f"<header><h1>{escape(source['file'])}</h1><span>Receipt</span></header>",
        f'<div class="dim">{escape(words.title(values))}</div>',
        _verdict(values),
        _section("Levels", _grid(words.levels(values))),
        _section("Before and after" if after else "The song", _pictures(before, after)),
        _section("How", _table(words.how(values))),
        _section("Source", _table(words.about(source))),
        _section("Files", files),
        f"<details><summary>All values</summary><pre>{_json(values)}</pre></details>",
        f"<footer>{escape(words.origin(values))} "
        "Check the files against this receipt: <code>remixer receipt verify</code> with the "
        ".receipt.json beside it.</footer>",
    ]
    title = escape(f"Receipt of {source['file']}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        f"{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _verdict(values: Values) -> str:
    said = "".join(f"<p>{escape(text)}</p>" for text in words.verdict(values))
    return f'<div class="verdict{"" if words.is_proved(values) else " plain"}">{said}</div>'


def _grid(grid: Grid) -> str:
    def cells(row: list[str], kind: str) -> str:
        first, *rest = row
        return f"<th>{escape(first)}</th>" + "".join(
            f'<{kind} class="n">{escape(cell)}</{kind}>' for cell in rest
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in grid.rows)
    return f"<table><tr>{cells(grid.head, 'th')}</tr>{body}</table>"


def _pictures(before: Portrait, after: Portrait | None) -> str:
    signals = [("Source", BEFORE, before)]
    if after is not None:
        signals.append(("Export", AFTER, after))
    return waves(signals) + spectra(signals)


def _table(rows: Iterable[Row]) -> str:
    cells = "".join(
        f"<tr><th>{row.title}</th><td width=100%>{_text(row)}</td></tr>" for row in rows
    )
    return f"<table>{cells}</table>"


def _text(row: Row) -> str:
    return f"<code>{escape(row.text)}</code>" if row.code else escape(row.text)


def _section(title: str, body: str) -> str:
    return f"<h2>{title}</h2>{body}"


def _json(values: Values) -> str:
    return escape(json.dumps(values, indent=1))
