"""A bar plot as Markdown, which Dagster's pages render as metadata: an SVG inside the text, so no plotting library."""

import base64
from collections.abc import Mapping
from html import escape
from math import log10

WIDTH, ROW, LEFT, RIGHT, TOP = 640, 22, 150, 110, 34
TEXT = 'font-family="sans-serif" font-size="12" fill="#4b5563"'


def bar_plot(title: str, bars: Mapping[str, int]) -> str:
    """A horizontal bar per label, by the logarithm of its count: one giant is seen beside a million small ones."""
    height = TOP + ROW * len(bars) + 8
    longest = max((log10(1 + count) for count in bars.values()), default=0) or 1
    rows = (_bar(place, label, count, longest) for place, (label, count) in enumerate(bars.items()))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="8" y="20" {TEXT} font-weight="bold">{escape(title)}</text>{"".join(rows)}</svg>'
    )
    image = base64.b64encode(svg.encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{image})"


def _bar(place: int, label: str, count: int, longest: float) -> str:
    y = TOP + ROW * place
    width = (WIDTH - LEFT - RIGHT) * log10(1 + count) / longest
    return (
        f'<text x="{LEFT - 8}" y="{y + 14}" {TEXT} text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="{ROW - 6}" rx="2" fill="#4f43dd"/>'
        f'<text x="{LEFT + width + 6:.1f}" y="{y + 14}" {TEXT}>{count:,}</text>'
    )
