"""A vendor of the sandbox: what it answers at which address, what it holds, what it refuses. One file each in
`vendors/`."""

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, unquote

from activations.sandbox.rate import Budget, Meter, Rate
from activations.sandbox.shelves import Shelves

Handler = TypeVar("Handler", bound=Callable[..., "Answer"])


@dataclass(frozen=True)
class Answer:
    """`body` is written as JSON, a text as it is; None is an empty answer."""

    status: int = 200
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """What arrived, below the vendor's prefix. `parts` are the {names} of the route; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict)
    base: str = ""

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, "the body is not JSON") from None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


class Refusal(Exception):
    """The vendor does not take the request; `Vendor.error` puts it in the vendor's words."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """The method of a vendor that answers at `path`, whose {names} become `request.parts`."""
    pattern = re.compile("".join(_part(piece) for piece in re.split(r"(\{\w+\})", path)) + "$")

    def mark(handler: Handler) -> Handler:
        handler.__dict__.setdefault("routes", []).append((method, pattern))
        return handler

    return mark


class Vendor(ABC):
    """State and manners of one vendor. Rows that match `refused` are turned down in the vendor's own way. `rates` and
    `connections` (how many calls may be under way at once) are the vendor's, where they are known."""

    name: ClassVar[str]
    title: ClassVar[str]
    max_body: ClassVar[int] = 10_000_000
    rates: ClassVar[tuple[Rate, ...]] = ()
    connections: ClassVar[int | None] = None

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self.refused: re.Pattern[str] | None = None
        self.retryable = False
        self.meter = Meter(self.rates, time.time)
        self._routes = [
            (method, pattern, getattr(self, name))
            for name in dir(type(self))
            for method, pattern in getattr(getattr(type(self), name), "routes", ())
        ]

    @abstractmethod
    def admit(self, request: Request) -> None:
        """Raises Refusal where a credential or a header is missing that every call needs."""

    @abstractmethod
    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        """An error as this vendor writes it."""

    def answer(self, request: Request) -> Answer:
        try:
            self.admit(request)
            budget = self.meter.spend(request.path)
            if budget and budget.left < 0:
                return self._with_rate(self.exceeded(budget), budget)
            if len(request.body) > self.max_body:
                raise Refusal(413, f"over {self.max_body} bytes")
            return self._with_rate(self._routed(request), budget)
        except Refusal as refusal:
            return self.error(refusal.status, refusal.message, refusal.code)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            return self.error(400, f"malformed request ({type(error).__name__})")

    def exceeded(self, budget: Budget) -> Answer:  # noqa: ARG002 - for those who say which rate it was
        """A call too many."""
        return self.error(429, "too many requests")

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 - most vendors say nothing
        """What the vendor says of its rate beside an answer; Retry-After where it gives one."""
        return ()

    def _with_rate(self, answer: Answer, budget: Budget | None) -> Answer:
        return replace(answer, headers=(*answer.headers, *self.rate_headers(budget))) if budget else answer

    def bad(self, row: object) -> bool:
        return bool(self.refused and self.refused.search(json.dumps(row, default=str)))

    def miscounted(self, answer: Answer) -> Answer:
        """The answer as if it were about one row more."""
        return replace(answer, body=_one_more(answer.body))

    def _routed(self, request: Request) -> Answer:
        known = False
        for method, pattern, handler in self._routes:
            match = pattern.match(request.path)
            known = known or bool(match)
            if match and method == request.method:
                parts = {name: unquote(value) for name, value in match.groupdict().items()}
                answer: Answer = handler(replace(request, parts=parts))
                return answer
        raise Refusal(405 if known else 404, "no such address")


def at_most(limit: int, rows: Iterable[object], what: str) -> list[Any]:
    """The rows, unless they are none or too many for one call."""
    given = list(rows)
    if not 0 < len(given) <= limit:
        raise Refusal(400, f"between 1 and {limit} {what} in a call, not {len(given)}")
    return given


def _part(piece: str) -> str:
    return f"(?P<{piece[1:-1]}>[^/?]+)" if piece.startswith("{") else re.escape(piece)


def _one_more(body: object) -> object:
    if isinstance(body, list):
        return [*body, body[-1] if body else {}]
    if isinstance(body, dict):
        return {
            key: value + 1
            if isinstance(value, int) and not isinstance(value, bool) and _COUNT.search(key)
            else _one_more(value)
            if isinstance(value, list | dict)
            else value
            for key, value in body.items()
        }
    return body


_COUNT = re.compile("num_received|count|total|processed", re.IGNORECASE)
