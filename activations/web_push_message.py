"""A message that only one browser can read (RFC 8291: `aes128gcm`, one record, of RFC 8188)."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_MESSAGE = 3_993  # bytes; what a push service has to take is 4,096 with header, delimiter and tag
_CURVE = ec.SECP256R1()
_RECORD = 4_096
_END = b"\x02"


def encrypted(
    message: bytes,
    browser: bytes,
    auth: bytes,
    salt: bytes | None = None,
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push. `browser` and `auth` are the subscription's `p256dh` and `auth`; `salt` and `own` are new for
    each message, and given only to compare with the RFC. Raises ValueError for a key that is no point of P-256."""
    salt, own = salt or os.urandom(16), own or ec.generate_private_key(_CURVE)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, browser)
    sender = point(own.public_key())
    key, nonce = _keys(own.exchange(ec.ECDH(), theirs), auth, browser, sender, salt)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return head + AESGCM(key).encrypt(nonce, message + _END, None)


def decrypted(body: bytes, browser: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What the browser reads. Raises ValueError for a body that is not for it."""
    salt, length = body[:16], body[20:21]
    sender, record = body[21 : 21 + ord(length or b"\0")], body[21 + ord(length or b"\0") :]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender)
    key, nonce = _keys(browser.exchange(ec.ECDH(), theirs), auth, point(browser.public_key()), sender, salt)
    try:
        padded = AESGCM(key).decrypt(nonce, record, None)
    except InvalidTag:
        raise ValueError("not for this browser, or changed on the way") from None
    return padded.rstrip(b"\0").removesuffix(_END)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes of a public key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def to_text(value: bytes) -> str:
    """Base64 for addresses, without padding, as subscriptions have it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """Of either alphabet. Raises ValueError."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)


def _keys(shared: bytes, auth: bytes, browser: bytes, sender: bytes, salt: bytes) -> tuple[bytes, bytes]:
    secret = _derived(shared, auth, b"WebPush: info\0" + browser + sender, 32)
    return (
        _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16),
        _derived(secret, salt, b"Content-Encoding: nonce\0", 12),
    )


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
