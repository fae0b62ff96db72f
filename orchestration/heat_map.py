"""Shares between pairs of things as a coloured table."""

from collections.abc import Sequence
from html import escape

from orchestration.picture import SMALL, TEXT, picture

CELL, LEFT, TOP, MARGIN = 40, 260, 220, 24


def heat_map(title: str, note: str, names: Sequence[str], shares: Sequence[Sequence[float]]) -> str:
    """A square per pair, the darker the larger its share (0 to 1), with the per cent in it."""
    width, height = LEFT + CELL * len(names) + 80 + MARGIN, TOP + CELL * len(names) + MARGIN
    body = [
        f'<text x="8" y="20" {TEXT} font-weight="bold">{escape(title)}</text>',
        f'<text x="8" y="38" {SMALL}>{escape(note)}</text>',
        *(_labels(place, name) for place, name in enumerate(names)),
        *(_cell(row, column, share) for row, line in enumerate(shares) for column, share in enumerate(line)),
    ]
    return picture(title, width, height, "".join(body))


def _labels(place: int, name: str) -> str:
    across, down = LEFT + CELL * place + CELL / 2 + 4, TOP + CELL * place + CELL / 2 + 4
    return (
        f'<text x="{LEFT - 8}" y="{down}" {TEXT} text-anchor="end">{escape(name)}</text>'
        f'<text transform="translate({across},{TOP - 8}) rotate(-55)" {TEXT}>{escape(name)}</text>'
    )


def _cell(row: int, column: int, share: float) -> str:
    x, y = LEFT + CELL * column, TOP + CELL * row
    if row == column:
        return f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="#f3f4f6"/>'
    ink = "#ffffff" if share > 0.55 else "#374151"
    return (
        f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{_colour(share)}"/>'
        f'<text x="{x + CELL / 2 - 1}" y="{y + CELL / 2 + 3}" text-anchor="middle" font-family="sans-serif" '
        f'font-size="11" fill="{ink}">{_percent(share)}</text>'
    )


def _colour(share: float) -> str:
    """From nearly white to the ink of the other plots."""
    pale, dark = (246, 246, 254), (79, 67, 221)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(pale, dark, strict=True))


def _percent(share: float) -> str:
    return "&lt;1" if 0 < share < 0.005 else f"{100 * share:.0f}"
