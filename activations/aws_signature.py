"""The signature that Amazon's services want of a request (Signature Version 4, hashes in headers)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    key: tuple[str, str],
    scope: tuple[str, str],
    now: datetime | None = None,
) -> dict[str, str]:
    """The headers with date and signature. `key` is id and secret, `scope` region and service; `url` has no query."""
    parts = urlsplit(url)
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    given = {**{name.lower(): value for name, value in headers.items()}, "host": parts.netloc, "x-amz-date": moment}
    names = ";".join(sorted(given))
    canonical = "\n".join(
        [
            method,
            quote(parts.path or "/", safe="/-_.~"),
            "",
            *(f"{name}:{' '.join(given[name].split())}" for name in sorted(given)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    day = f"{moment[:8]}/{scope[0]}/{scope[1]}/aws4_request"
    to_sign = "\n".join([_ALGORITHM, moment, day, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = f"AWS4{key[1]}".encode()
    for step in day.split("/"):
        secret = hmac.new(secret, step.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()
    said = f"{_ALGORITHM} Credential={key[0]}/{day}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "X-Amz-Date": moment, "Authorization": said}
