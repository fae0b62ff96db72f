"""A connector of one HTTP API: says which call sends a batch and how its answer is read; the rest is here."""

import base64
import json
from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
from urllib.parse import urlencode, urlsplit

import requests
from pydantic import Field

from activations.client import HttpClient, Unanswered, safe_url, said_by
from activations.contract import Batch, BatchResult, Connector, Options, Surroundings
from activations.masking import mask_personal, mask_value
from activations.outcomes import Rejected
from heddle.errors import RetryLater, SettingsError, StopSync

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
SANDBOX_SECRET = "sandbox"


class ApiConfig(Options):
    """`base_url` is the vendor's own unless it is set, to a region or to the sandbox; `timeout` in seconds."""

    base_url: str = Field(pattern=r"^https?://")
    timeout: float = 60.0


@dataclass(frozen=True)
class Call:
    """One request below the base URL. `json` or `form` is its body; `data` is a body that is neither."""

    method: str
    path: str
    json: object = None
    form: Mapping[str, str] | None = None
    data: bytes | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> tuple[bytes | None, str | None]:
        """The bytes and their media type."""
        if self.form is not None:
            return urlencode(self.form).encode(), "application/x-www-form-urlencoded"
        if self.json is not None:
            return json.dumps(self.json, separators=(",", ":"), ensure_ascii=False, default=str).encode(), _JSON
        return self.data, None


class HttpConnector(Connector):
    """Subclasses give `call`, `read` and `headers`; those of several calls per batch override `send` as well."""

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config = cast(Any, self.Config.model_validate(config))
        self._surroundings = surroundings
        self._client = HttpClient(read_timeout=self._config.timeout)

    shown_headers: ClassVar[tuple[str, ...]] = ("Authorization: ***",)  # what a preview says of them

    @abstractmethod
    def call(self, batch: Batch) -> Call:
        """The request that sends the batch."""

    @abstractmethod
    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        """One outcome per operation from a 2xx answer."""

    def headers(self) -> Mapping[str, str]:
        """What every call carries, credentials included."""
        return {}

    def account(self) -> str:
        return safe_url(self._config.base_url)

    def send(self, batch: Batch) -> BatchResult:
        answer = self.ask(self.call(batch))
        return self.read(batch, answer) if answer.ok else self.refused(batch, answer)

    def preview(self, batch: Batch) -> str:
        return shown(self.call(batch), batch, self._config.base_url, self.shown_headers)

    def close(self) -> None:
        self._client.close()

    def ask(self, call: Call, reads: Collection[int] = ()) -> requests.Response:
        """Raises StopSync or RetryLater, as `HttpClient.send`."""
        call = self.signed(call)
        body, kind = call.body()
        headers = {**({"Content-Type": kind} if kind else {}), **self.headers(), **call.headers}
        return self._client.send(call.method, self.address(call), body, headers, reads, self.named(call))

    def address(self, call: Call) -> str:
        """Where a call goes; overridden where that is in the data."""
        query = f"?{urlencode(call.query)}" if call.query else ""
        return f"{self._config.base_url.rstrip('/')}{call.path}{query}"

    def signed(self, call: Call) -> Call:
        """The call with credentials that this vendor wants elsewhere than in a header; no preview shows it."""
        return call

    def named(self, call: Call) -> str:
        """What errors call the address; overridden where the path holds a secret."""
        return safe_url(self._config.base_url.rstrip("/") + call.path)

    def secret(self, name: str) -> str:
        """The secret whose variable the setting `name` names. A server on this machine is the sandbox, which takes any:
        there the variable need not be set."""
        try:
            return self._surroundings.secret(getattr(self._config, name))
        except SettingsError:
            if urlsplit(self._config.base_url).hostname in LOCAL_HOSTS:
                return SANDBOX_SECRET
            raise

    def refused(self, batch: Batch, answer: requests.Response, code: str | None = None) -> BatchResult:
        """A 4xx that is about one row of the batch, or about the request as such: the engine finds out which."""
        if answer.status_code not in _ABOUT_A_ROW:
            said = f"the destination answers {answer.status_code}: {said_by(answer)}"
            raise StopSync(said, self.account(), "nothing is lost: the next run sends what is left")
        return BatchResult.same(batch, Rejected(code or f"http_{answer.status_code}", said_by(answer), scope="batch"))

    def unclear(self, what: str) -> StopSync:
        return StopSync(
            f"the answer does not account for the batch: {what}",
            self.account(),
            "nothing is taken as delivered; the rows are sent again",
        )

    def json(self, answer: requests.Response) -> Any:
        """The answer's JSON. Raises RetryLater where there is none: something between us and the vendor answered; a 2xx
        may be about a request that was taken all the same."""
        try:
            return answer.json()
        except requests.exceptions.JSONDecodeError:
            kind = Unanswered if answer.ok else RetryLater
            raise kind("the answer is not JSON", where=self.account()) from None


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def shown(call: Call, batch: Batch, base_url: str, headers: Iterable[str] = ()) -> str:
    """A request for people: values of rows and texts masked, whatever they were made into."""
    values = {str(value) for operation in batch.operations for value in _values(operation) if str(value)}
    long = [value for value in values if len(value) > 3]

    def masked(leaf: object) -> object:
        if isinstance(leaf, dict):
            return {name: masked(value) for name, value in leaf.items()}
        if isinstance(leaf, list | tuple):
            return [masked(value) for value in leaf]
        text = str(leaf)
        if text in values or any(value in text for value in long):
            return mask_value(leaf)
        return mask_personal(text, 2_000) if isinstance(leaf, str) else leaf

    path = "/".join(str(masked(part)) for part in call.path.split("/"))
    query = f"?{urlencode({name: str(masked(value)) for name, value in call.query.items()})}" if call.query else ""
    lines = [f"{call.method} {safe_url(base_url)}{path}{query}", *headers]
    body = call.form if call.form is not None else call.json
    if body is not None:
        lines.append(json.dumps(masked(body), indent=2, default=str, ensure_ascii=False))
    elif call.data is not None:
        lines.append(f"({len(call.data):,} bytes)")
    return "\n".join(lines)


def _values(operation: Any) -> list[object]:
    found: list[object] = []
    for value in (operation.key, operation.message_id, *operation.fields.values(), *operation.texts.values()):
        found += value if isinstance(value, list | tuple) else [value]
    return [value for value in found if value is not None and not isinstance(value, bool)]


_JSON = "application/json"
_ABOUT_A_ROW = (400, 413, 422)
