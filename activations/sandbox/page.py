"""What the vendors of the sandbox hold, as one HTML page without any asset from elsewhere; personal data masked."""

from collections.abc import Iterable, Mapping
from html import escape

from activations.masking import mask_personal, mask_value
from activations.sandbox.vendor import Vendor

SHOWN_ROWS, SHOWN_COLUMNS = 12, 8
_PLAIN = {"id", "name", "displayName", "status", "audience_id", "type", "listType", "processingType", "lists", "sid"}
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } h3 { font-size: 1rem; margin: 1rem 0 .3rem }
table { border-collapse: collapse; font-size: .85rem } th, td { text-align: left; padding: .2rem .8rem .2rem 0 }
th { border-bottom: 1px solid #8886 } td { border-bottom: 1px solid #8882; font-family: ui-monospace, monospace }
.number { text-align: right } .bar { height: .7rem; background: #4a7dbd }
small, .quiet { color: #777 } a { color: inherit }
"""


def page(url: str, vendors: Iterable[Vendor]) -> str:
    """`url` is the sandbox's own address."""
    shown = sorted(vendors, key=lambda vendor: (not _shelves(vendor), vendor.title))
    empty = [vendor.title for vendor in shown if not _shelves(vendor)]
    sections = "".join(_section(url, vendor) for vendor in shown if _shelves(vendor))
    quiet = f"<p class=quiet>Nothing yet: {escape(', '.join(empty))}.</p>" if empty else ""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta http-equiv=refresh content=10><title>Heddle sandbox</title><style>{_STYLE}</style>"
        "<h1>Sandbox: what the vendors hold</h1>"
        "<p class=quiet>Nothing here left this machine. Values are masked; the JSON beside each heading is whole.</p>"
        f"{_overview(shown)}{sections}{quiet}</html>"
    )


def _overview(vendors: list[Vendor]) -> str:
    """How much is where, as bars of one scale."""
    counts = [(vendor, shelf, len(rows)) for vendor in vendors for shelf, rows in _shelves(vendor)]
    if not counts:
        return ""
    most = max(count for _, _, count in counts)
    rows = "".join(
        f"<tr><td><a href='#{vendor.name}'>{escape(vendor.title)}</a></td><td>{escape(shelf)}</td>"
        f"<td class=number>{count:,}</td><td><div class=bar style='width:{max(1, 240 * count // most)}px'></div>"
        for vendor, shelf, count in counts
    )
    return (
        f"<table><thead><tr><th>vendor<th>holds<th class=number>records<th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _shelves(vendor: Vendor) -> list[tuple[str, Mapping[str, Mapping[str, object]]]]:
    return [(shelf, rows) for shelf, rows in vendor.shelves.named() if rows and shelf != "ids"]


def _section(url: str, vendor: Vendor) -> str:
    link = f"<small><a href='{url}/_sandbox/{vendor.name}'>JSON</a></small>"
    return f"<h2 id='{vendor.name}'>{escape(vendor.title)} {link}</h2>" + "".join(
        _table(shelf, rows) for shelf, rows in _shelves(vendor)
    )


def _table(shelf: str, rows: Mapping[str, Mapping[str, object]]) -> str:
    some = list(rows.values())[-SHOWN_ROWS:]
    columns = list(dict.fromkeys(name for row in some for name in row))[:SHOWN_COLUMNS]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(name, row)}</td>' for name in columns)}</tr>" for row in some)
    more = f", the last {len(some)}" if len(rows) > len(some) else ""
    return (
        f"<h3>{escape(shelf)} <small>{len(rows):,} {'record' if len(rows) == 1 else 'records'}{more}</small></h3>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(name: str, row: Mapping[str, object]) -> str:
    value = row.get(name)
    if value in (None, "", []):
        return ""
    if isinstance(value, bool | int | float):
        return escape(str(value) if name in _PLAIN else mask_personal(str(value)))
    if isinstance(value, dict):
        return f"<span class=quiet>{escape(mask_personal(', '.join(value), 60))}</span>"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    # what is no name of a thing may be a person's: it is masked whole; a name, as far as it looks like an address
    return escape(mask_personal(str(value), 60) if name in _PLAIN else mask_value(value))
