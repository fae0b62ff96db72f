"""Who a push message is from: a signed statement to one push service, good for hours (RFC 8292)."""

import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from activations.web_push_message import point, to_bytes, to_text
from heddle.errors import StopSync

_GOOD_FOR = 12 * 3_600  # seconds; a day is the most that services take
_RENEWED_BEFORE = 3_600


class Vapid:
    """`key` is the private key of the shop: a PEM, or the 32 bytes in base64 that most tools give."""

    def __init__(self, key: str, subject: str) -> None:
        self._private, self._subject = _read(key), subject
        self.public = to_text(point(self._private.public_key()))
        self._known: dict[str, tuple[float, str]] = {}

    def authorization(self, audience: str) -> str:
        """The header for the service at `audience`, an origin."""
        until, token = self._known.get(audience, (0.0, ""))
        if time.time() > until - _RENEWED_BEFORE:
            until = time.time() + _GOOD_FOR
            token = self._token({"aud": audience, "exp": int(until), "sub": self._subject})
            self._known[audience] = (until, token)
        return f"vapid t={token}, k={self.public}"

    def _token(self, claims: dict[str, object]) -> str:
        parts = [to_text(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
        signature = self._private.sign(".".join(parts).encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signature)
        return ".".join([*parts, to_text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))])


def _read(key: str) -> ec.EllipticCurvePrivateKey:
    hint = "the variable must hold the private key that your push keys were made with, a PEM or 43 letters of base64"
    try:
        if "BEGIN" in key:
            found = load_pem_private_key(key.encode(), None)
        else:
            raw = to_bytes(key)
            if len(raw) != 32:
                raise ValueError(len(raw))
            found = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (ValueError, TypeError):
        raise StopSync("the VAPID key cannot be read", hint=hint) from None
    if not isinstance(found, ec.EllipticCurvePrivateKey) or not isinstance(found.curve, ec.SECP256R1):
        raise StopSync("the VAPID key is not one of the curve P-256", hint=hint)
    return found
