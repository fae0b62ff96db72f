"""The one HTTP client: a connection pool, timeouts, and errors named by what the engine must do about them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from activations.masking import mask_personal
from heddle.errors import RetryLater, StopSync


class HttpClient:
    """For calls that may be repeated: they are idempotent, or carry a key that makes them so."""

    def __init__(self, connect_timeout: float = 10.0, read_timeout: float = 60.0, pool: int = 4) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc of the machine has no say in where customer data goes
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=pool, pool_maxsize=pool, max_retries=0))

    def send(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """An answer that is about the request itself (2xx, and 4xx that the caller must read).

        Raises StopSync (nobody there, credentials, an unpaid account, a conflict, no such address) or RetryLater (408,
        425, 429, 5xx, cut or slow connection).
        """
        where = safe_url(url)
        try:
            answer = self._session.request(
                method, url, data=body, headers=dict(headers or {}), timeout=self._timeout, allow_redirects=False
            )
        except requests.exceptions.ConnectTimeout:
            raise RetryLater("the destination does not answer", where=where) from None
        except requests.exceptions.Timeout:
            raise RetryLater("the destination is too slow", where=where) from None
        except requests.exceptions.ConnectionError as error:
            raise _unconnected(error, where) from None
        except requests.exceptions.RequestException as error:
            raise StopSync(f"the request cannot be made ({type(error).__name__})", where) from None
        return _judged(answer, where)

    def close(self) -> None:
        self._session.close()


def safe_url(url: str) -> str:
    """The address without user, password and query, for messages."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _unconnected(error: requests.exceptions.ConnectionError, where: str) -> StopSync | RetryLater:
    refused = any(word in str(error) for word in ("NewConnectionError", "NameResolutionError", "Connection refused"))
    if refused:
        return StopSync(
            "nobody answers at the destination", where, "start it, or correct destinations.yml; the next run sends"
        )
    return RetryLater("the connection was cut", where=where)


def _judged(answer: requests.Response, where: str) -> requests.Response:
    status = answer.status_code
    if status in (408, 425, 429) or status >= 500:
        raise RetryLater(f"the destination answers {status}", after=_retry_after(answer), where=where)
    if status in (401, 403, 407):
        raise StopSync(
            f"the destination refuses our credentials ({status})", where, "check the secret that destinations.yml names"
        )
    if status in (402, 409):
        why = "the account is not paid for" if status == 402 else "something there is in conflict with the request"
        raise StopSync(f"the destination refuses ({status})", where, f"{why}; the next run sends what is left")
    if status in (404, 405, 410) or 300 <= status < 400:
        raise StopSync(f"the destination has no such address ({status})", where, "correct the url in destinations.yml")
    return answer


def _retry_after(answer: requests.Response) -> float:
    said = answer.headers.get("Retry-After", "")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def said_by(answer: requests.Response) -> str:
    """The beginning of an answer's text, personal data masked."""
    return mask_personal(answer.text[:2_000])
