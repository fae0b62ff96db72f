"""Where the rows of a text begin: line ends and quoted line ends, found with numpy over a block of bytes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LONGEST_ROW_LINES = 1_000

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    """The complete physical lines of a block: first byte, end of the content, first byte of the next line."""

    starts: Positions
    contents: Positions
    stops: Positions

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True)
class Rows:
    """`begins`: index of the line each row begins on. `closed`: its quotes close. `lines`: lines decided on."""

    begins: Positions
    closed: Flags
    lines: int


def find_lines(data: bytes, final: bool) -> Lines:
    r"""Lines end at \n, \r\n or a lone \r; what follows the last end is a line only when `final`."""
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == 10)
    if b"\r" in data:
        ends = np.union1d(ends, _lone_returns(raw, final))
    stops = ends + 1
    contents = ends - ((raw[ends] == 10) & (ends > 0) & (raw[ends - 1] == 13))
    if final and len(data) > (stops[-1] if len(stops) else 0):
        stops, contents = np.append(stops, len(data)), np.append(contents, len(data))
    starts = np.append(np.zeros(1, np.int64), stops[:-1])[: len(stops)]
    return Lines(starts, contents, stops)


def one_row_per_line(lines: Lines) -> Rows:
    return Rows(np.arange(len(lines)), np.ones(len(lines), np.bool_), len(lines))


def join_quoted_lines(data: bytes, lines: Lines, delimiter: bytes, final: bool) -> Rows:
    """Rows of delimited text, where a line end inside a quoted field belongs to the field.

    A line with an even number of quotes is a row. One with an odd number that ends inside a quoted field goes
    on to the next odd line; when none is near, its quote never closes: that row alone is marked, the next
    line is a row again, so one stray quote cannot swallow a file.
    """
    count = len(lines)
    if not count or b'"' not in data:
        return one_row_per_line(lines)
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8, count=int(lines.stops[-1])) == 34)
    owner = np.searchsorted(lines.stops, quotes, side="right")
    odd: list[int] = np.flatnonzero(np.bincount(owner, minlength=count) % 2).tolist()
    begins, closed = np.ones(count, np.bool_), np.ones(count, np.bool_)
    decided, at = count, 0
    while at < len(odd):
        opener = odd[at]
        at += 1
        if not ends_in_quotes(data[lines.starts[opener] : lines.contents[opener]], delimiter):
            continue
        if at < len(odd) and odd[at] - opener <= LONGEST_ROW_LINES:
            begins[opener + 1 : odd[at] + 1] = False
            at += 1
        elif final or at < len(odd) or count - opener > LONGEST_ROW_LINES:
            closed[opener] = False
        else:
            decided = opener
            break
    first = np.flatnonzero(begins[:decided])
    return Rows(first, closed[first], decided)


def ends_in_quotes(line: bytes, delimiter: bytes) -> bool:
    """Whether a row that begins with `line` goes on: a quote opens a field only as its first character."""
    at = 0
    while 0 <= at < len(line):
        if line[at : at + 1] == b'"':
            at = _closing_quote(line, at + 1)
            if at < 0:
                return True
        at = line.find(delimiter, at) + 1
        if at == 0:
            return False
    return False


def _closing_quote(line: bytes, at: int) -> int:
    """Where the field that is open at `at` closes, -1 when it does not; two quotes stand for one."""
    while (at := line.find(b'"', at)) >= 0:
        if line[at + 1 : at + 2] != b'"':
            return at
        at += 2
    return -1


def _lone_returns(raw: npt.NDArray[np.uint8], final: bool) -> Positions:
    returns = np.flatnonzero(raw == 13)
    is_last = returns == len(raw) - 1
    alone = raw[np.minimum(returns + 1, len(raw) - 1)] != 10
    lone: Positions = returns[(alone & ~is_last) | (is_last & final)]
    return lone
