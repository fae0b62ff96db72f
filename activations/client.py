"""The one HTTP client: a connection pool, timeouts, and errors named by what the engine must do about them."""

import re
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from activations.masking import mask_personal
from heddle.errors import RetryLater, StopSync


class Unanswered(RetryLater):
    """The request left and no answer came that says what became of it: it may have been taken. Harmless where a repeat
    is."""


class Unreachable(StopSync):
    """Nothing left: there is nobody at the address, or somebody else than there should be."""


class HttpClient:
    """One pool of connections. It repeats nothing by itself."""

    def __init__(self, connect_timeout: float = 10.0, read_timeout: float = 60.0, pool: int = 4) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc of the machine has no say in where customer data goes
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=pool, pool_maxsize=pool, max_retries=0))

    def send(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        reads: Collection[int] = (),
        where: str | None = None,
    ) -> requests.Response:
        """An answer that is about the request itself (2xx, 4xx that the caller must read, and what is in `reads`).

        `where` is what errors call the address, for one that holds a secret.

        Raises StopSync (nobody there, credentials, an unpaid account, a conflict, no such address) or RetryLater (408,
        425, 429, 503; Unanswered after any other 5xx, an answer that broke off, a cut or slow connection).
        """
        where = where or safe_url(url)
        try:
            answer = self._session.request(
                method, url, data=body, headers=dict(headers or {}), timeout=self._timeout, allow_redirects=False
            )
        except requests.exceptions.ConnectTimeout:
            raise RetryLater("the destination does not answer", where=where) from None
        except requests.exceptions.Timeout:
            raise Unanswered("the destination is too slow", where=where) from None
        except requests.exceptions.ConnectionError as error:
            raise _unconnected(error, where) from None
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise Unanswered("the answer broke off", where=where) from None
        except requests.exceptions.RequestException as error:
            raise StopSync(f"the request cannot be made ({type(error).__name__})", where) from None
        return answer if answer.status_code in reads else _judged(answer, where)

    def close(self) -> None:
        self._session.close()


_LOCAL = re.compile(r"https?://(127\.0\.0\.1|localhost)\b")


def safe_url(url: str) -> str:
    """The address without user, password and query, for messages."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _unconnected(error: requests.exceptions.ConnectionError, where: str) -> StopSync | RetryLater:
    refused = any(word in str(error) for word in ("NewConnectionError", "NameResolutionError", "Connection refused"))
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Unreachable("the certificate of the destination is not that of its name", where, "nothing was sent")
    if refused:
        played = " (`heddle demo sandbox` starts what plays it here)" if _LOCAL.match(where) else ""
        return Unreachable(
            "nobody answers at the destination",
            where,
            f"start it, or correct destinations.yml{played}; the next run sends",
        )
    return Unanswered("the connection was cut", where=where)


def _judged(answer: requests.Response, where: str) -> requests.Response:
    status = answer.status_code
    if status in (408, 425, 429) or status >= 500:
        # a server, or what stands before it, says these after it has passed the request on; 503 is "not now"
        kind = Unanswered if status >= 500 and status != 503 else RetryLater
        raise kind(f"the destination answers {status}", after=retry_after(answer), where=where)
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


def retry_after(answer: requests.Response) -> float:
    """Seconds, from Retry-After or, where a vendor has only that, from the end of its rate limit window."""
    said = answer.headers.get("Retry-After", "")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        reset = answer.headers.get("X-RateLimit-Reset", "")
        moment = float(reset) if reset.replace(".", "", 1).isdigit() else 0.0
        return max(0.0, moment - time.time()) if moment > _AN_INSTANT else moment


_AN_INSTANT = 1_000_000_000  # a number beyond is seconds since 1970, below it seconds from now


def said_by(answer: requests.Response) -> str:
    """The beginning of an answer's text, personal data masked."""
    return mask_personal(answer.text[:2_000])
