"""A push service of browsers, and the browsers: it checks who a message is from, and opens it with the browser's key.
Subscriptions whose name matches `refused` are gone. `POST /subscribe {"name": "..."}` gives a subscription."""

import hashlib
import json
import time
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route
from activations.web_push_message import decrypted, point, to_bytes, to_text

_URGENCIES = ("very-low", "low", "normal", "high")


class WebPushVendor(Vendor):
    name = "webpush"
    title = "Web push"
    max_body: ClassVar[int] = 4_096

    def admit(self, request: Request) -> None:
        if request.path != "/subscribe":
            _verified(request)

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, message)

    @route("POST", "/subscribe")
    def subscribe(self, request: Request) -> Answer:
        name = str(request.json()["name"])
        self.shelves.put("subscriptions", name, {"name": name})
        return Answer(201, subscription(request.base, name))

    @route("POST", "/push/{name}")
    def push(self, request: Request) -> Answer:
        name, headers = request.parts["name"], request.headers
        if not headers.get("ttl", "").isdigit() or headers.get("urgency", "normal") not in _URGENCIES:
            raise Refusal(400, "TTL and Urgency")
        if headers.get("content-encoding") != "aes128gcm":
            raise Refusal(400, "Content-Encoding must be aes128gcm")
        if self.bad(name):
            raise Refusal(410, "push subscription has unsubscribed or expired.")
        private, auth = _browser(name)
        message = json.loads(decrypted(request.body, private, auth))
        key = str(self.shelves.next_id("messages"))
        kept = {field: headers.get(field) for field in ("ttl", "urgency", "topic")}
        self.shelves.put("messages", key, {"name": name, **message, **kept})
        return Answer(201, None, (("Location", f"{request.base}/message/{key}"),))


def subscription(base: str, name: str) -> dict[str, str]:
    """What a browser of this name gives the shop. Its keys follow from the name, so that no state is needed."""
    private, auth = _browser(name)
    return {"endpoint": f"{base}/push/{name}", "p256dh": to_text(point(private.public_key())), "auth": to_text(auth)}


def _browser(name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    seed = hashlib.sha256(f"browser {name}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(seed, "big") >> 1, ec.SECP256R1()), seed[:16]


def _verified(request: Request) -> dict[str, Any]:
    """The claims of a signed statement that is for this service and still good (RFC 8292)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
    if scheme.lower() != "vapid" or not {"t", "k"} <= set(parts):
        raise Refusal(401, "Authorization must be vapid, with t and k")
    try:
        head, claims, signature = parts["t"].split(".")
        signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to_bytes(parts["k"]))
        raw = to_bytes(signature)
        both = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        signer.verify(both, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        said: dict[str, Any] = json.loads(to_bytes(claims))
    except (ValueError, InvalidSignature):
        raise Refusal(401, "the signature is not that of the key") from None
    base = urlsplit(request.base)
    left = said.get("exp", 0) - time.time()
    if said.get("aud") != f"{base.scheme}://{base.netloc}" or not 0 < left <= 86_400 or not said.get("sub"):
        raise Refusal(403, "aud, exp or sub")
    return said
