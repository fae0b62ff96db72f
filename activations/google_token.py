"""An access token of Google for a service account: a signed assertion, exchanged, good for an hour."""

import base64
import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from activations.client import HttpClient, Unanswered
from heddle.errors import RetryLater, StopSync

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_RENEWED_SECONDS_BEFORE = 120.0


class GoogleToken:
    """`key` is the JSON of a service account's key; `scope` what the token is for (RFC 7523)."""

    def __init__(self, key: str, scope: str, client: HttpClient) -> None:
        self._scope, self._client = scope, client
        self._token, self._until = "", 0.0
        try:
            self._key = json.loads(key)
            self._private = load_pem_private_key(self._key["private_key"].encode(), None)
        except (ValueError, KeyError, TypeError):
            hint = "the variable must hold the JSON that Google gives for a service account, whole"
            raise StopSync("the key of the service account cannot be read", hint=hint) from None

    def get(self) -> str:
        """Raises StopSync where Google does not know the account, RetryLater as any call."""
        if time.time() > self._until - _RENEWED_SECONDS_BEFORE:
            self._renew()
        return self._token

    def _renew(self) -> None:
        where = str(self._key.get("token_uri", "https://oauth2.googleapis.com/token"))
        body = f"grant_type={_GRANT.replace(':', '%3A')}&assertion={self._assertion(where)}".encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._client.send("POST", where, body, kind, (400,))
        except Unanswered as error:  # it is the token that is in doubt; what it is for has not left
            raise RetryLater(error.what, error.after, where) from None
        if not answer.ok:
            raise StopSync("Google refuses the service account", where, "check that its key is not revoked")
        said = answer.json()
        self._token, self._until = said["access_token"], time.time() + float(said.get("expires_in", 3600))

    def _assertion(self, audience: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self._key["client_email"],
            "scope": self._scope,
            "aud": audience,
            "iat": now,
            "exp": now + 3600,
        }
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        if not isinstance(self._private, RSAPrivateKey):
            raise StopSync("the key of the service account is not an RSA key")
        return f"{signed}.{_text(self._private.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _part(content: dict[str, object]) -> str:
    return _text(json.dumps(content).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
