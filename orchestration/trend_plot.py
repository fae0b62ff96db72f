"""The size of something over its runs, with what came in and went out below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from orchestration.picture import BAD, GOOD, INK, PALE, SMALL, TEXT, picture

WIDTH, HEIGHT, LEFT, RIGHT, TOP, LINE, FLOW = 680, 250, 60, 24, 46, 120, 36
MIDDLE = TOP + LINE + FLOW + 6


@dataclass(frozen=True)
class Point:
    """One run. `held` runs changed nothing; `redefined` is the first run of a new definition."""

    at: datetime
    size: int
    entered: int = 0
    left: int = 0
    held: bool = False
    redefined: bool = False


def trend_plot(title: str, points: Sequence[Point], words: tuple[str, str, str] = ("size", "entered", "left")) -> str:
    """A line from zero to the largest size, evenly spaced by run, oldest first; bars for who entered and left. `words`
    are what the three mean."""
    top = max((point.size for point in points), default=0) or 1
    flow = max((max(point.entered, point.left) for point in points), default=0) or 1
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)
    across = [LEFT + step * place for place in range(len(points))] if len(points) > 1 else [(LEFT + WIDTH - RIGHT) / 2]
    body = [_head(title, words), *_axis(top), *_line(points, across, top)]
    for x, point in zip(across, points, strict=False):
        body += _flow(x, min(step * 0.6, 14), point, flow)
    return picture(title, WIDTH, HEIGHT, "".join([*body, *_days(points, across)]))


def _head(title: str, words: tuple[str, str, str]) -> str:
    size, entered, left = (escape(word) for word in words)
    return (
        f'<text x="8" y="20" {TEXT} font-weight="bold">{escape(title)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="20" {SMALL} text-anchor="end">'
        f'<tspan fill="{INK}">{size}</tspan>  <tspan fill="{GOOD}">{entered}</tspan>  '
        f'<tspan fill="{BAD}">{left}</tspan></text>'
    )


def _height(size: int, top: int) -> float:
    return TOP + LINE * (1 - size / top)


def _axis(top: int) -> list[str]:
    levels = [(level, _height(level, top)) for level in sorted({0, top // 2, top})]
    return [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" {SMALL} text-anchor="end">{level:,}</text>'
        for level, y in levels
    ]


def _line(points: Sequence[Point], across: Sequence[float], top: int) -> list[str]:
    spots = [(x, _height(point.size, top), point) for x, point in zip(across, points, strict=False)]
    if not spots:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in spots)
    floor = TOP + LINE
    drawn = [
        f'<polygon points="{spots[0][0]:.1f},{floor} {path} {spots[-1][0]:.1f},{floor}" fill="{PALE}"/>',
        f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="2"/>',
    ]
    for x, y, point in spots:
        if point.redefined:
            drawn.append(_redefined(x))
        fill = "#ffffff" if point.held else INK
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{fill}" stroke="{BAD if point.held else INK}"/>')
    x, y, last = spots[-1]
    drawn.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" {TEXT} text-anchor="end" font-weight="bold">{last.size:,}</text>')
    return drawn


def _redefined(x: float) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{TOP + LINE}" stroke="#9ca3af" stroke-dasharray="3 3"/>'
        f'<text x="{x + 4:.1f}" y="{TOP - 6}" {SMALL}>new definition</text>'
    )


def _flow(x: float, width: float, point: Point, most: int) -> list[str]:
    up, down = FLOW * 0.8 * point.entered / most, FLOW * 0.8 * point.left / most
    bar = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>'
    return [
        bar.format(x - width / 2, MIDDLE - up, width, up, GOOD),
        bar.format(x - width / 2, MIDDLE, width, down, BAD),
    ]


def _days(points: Sequence[Point], across: Sequence[float]) -> list[str]:
    shown = sorted({0, len(points) - 1}) if points else []
    return [
        f'<text x="{across[place]:.1f}" y="{HEIGHT - 6}" {SMALL} text-anchor="{_anchor(place, len(points))}">'
        f"{points[place].at:%Y-%m-%d %H:%M}</text>"
        for place in shown
    ]


def _anchor(place: int, count: int) -> str:
    if count == 1:
        return "middle"
    return "start" if place == 0 else "end"
