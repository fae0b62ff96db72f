"""Horizontal bars by the logarithm of their counts."""

from collections.abc import Mapping
from html import escape
from math import log10

from orchestration.picture import INK, TEXT, picture

WIDTH, ROW, LEFT, RIGHT, TOP = 640, 22, 150, 110, 34


def bar_plot(title: str, bars: Mapping[str, int]) -> str:
    """A horizontal bar per label, by the logarithm of its count: one giant is seen beside a million small ones."""
    height = TOP + ROW * len(bars) + 8
    longest = max((log10(1 + count) for count in bars.values()), default=0) or 1
    rows = (_bar(place, label, count, longest) for place, (label, count) in enumerate(bars.items()))
    head = f'<text x="8" y="20" {TEXT} font-weight="bold">{escape(title)}</text>'
    return picture(title, WIDTH, height, head + "".join(rows))


def _bar(place: int, label: str, count: int, longest: float) -> str:
    y = TOP + ROW * place
    width = (WIDTH - LEFT - RIGHT) * log10(1 + count) / longest
    return (
        f'<text x="{LEFT - 8}" y="{y + 14}" {TEXT} text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="{ROW - 6}" rx="2" fill="{INK}"/>'
        f'<text x="{LEFT + width + 6:.1f}" y="{y + 14}" {TEXT}>{count:,}</text>'
    )
