"""What the vendors of the sandbox hold, as one HTML page without any asset from elsewhere; personal data masked."""

from collections.abc import Iterable, Mapping
from html import escape

from activations.masking import mask_value
from activations.sandbox.vendor import Vendor

SHOWN_ROWS, SHOWN_COLUMNS = 12, 8
_PLAIN = {"id", "name", "status", "state", "list_id", "code", "audience", "size", "currency", "action", "type"}
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } h3 { font-size: 1rem; margin: 1rem 0 .3rem }
table { border-collapse: collapse; font-size: .85rem } th, td { text-align: left; padding: .2rem .8rem .2rem 0 }
th { border-bottom: 1px solid #8886 } td { border-bottom: 1px solid #8882; font-family: ui-monospace, monospace }
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
        f"{sections}{quiet}</html>"
    )


def _shelves(vendor: Vendor) -> list[tuple[str, Mapping[str, Mapping[str, object]]]]:
    return [(shelf, rows) for shelf, rows in vendor.shelves.named() if rows and shelf != "ids"]


def _section(url: str, vendor: Vendor) -> str:
    heading = f"<h2>{escape(vendor.title)} <small><a href='{url}/_sandbox/{vendor.name}'>JSON</a></small></h2>"
    return heading + "".join(_table(shelf, rows) for shelf, rows in _shelves(vendor))


def _table(shelf: str, rows: Mapping[str, Mapping[str, object]]) -> str:
    some = list(rows.values())[-SHOWN_ROWS:]
    columns = list(dict.fromkeys(name for row in some for name in row))[:SHOWN_COLUMNS]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(name, row)}</td>' for name in columns)}</tr>" for row in some)
    more = f", the last {len(some)}" if len(rows) > len(some) else ""
    return (
        f"<h3>{escape(shelf)} <small>{len(rows):,} records{more}</small></h3>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(name: str, row: Mapping[str, object]) -> str:
    value = row.get(name)
    if value is None:
        return ""
    plain = name in _PLAIN or isinstance(value, bool | int | float)
    return escape(str(value) if plain else mask_value(value))[:60]
