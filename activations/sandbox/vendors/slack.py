"""Slack's Web API: every answer is HTTP 200 but for the rate limit."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_WORDS = {401: "invalid_auth", 403: "missing_scope", 429: "ratelimited"}


class SlackVendor(Vendor):
    """Channels that match `refused` are not found."""

    name = "slack"
    title = "Slack"

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "not_authed")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = code or _WORDS.get(status, "invalid_arguments")
        return Answer(status if status == 429 or status >= 500 else 200, {"ok": False, "error": word})

    @route("POST", "/auth.test")
    def test(self, request: Request) -> Answer:
        return Answer(200, {"ok": True, "team": "T"})

    @route("POST", "/chat.postMessage")
    def post(self, request: Request) -> Answer:
        body = request.json()
        if self.bad(body["channel"]):
            raise Refusal(400, "", "channel_not_found")
        if not body.get("text"):
            raise Refusal(400, "", "no_text")
        if len(body["text"]) > 40_000:
            raise Refusal(400, "", "msg_too_long")
        key = f"1750000000.{self.shelves.next_id('messages'):06d}"
        self.shelves.put("messages", key, {"id": key, "channel": body["channel"], "text": body["text"]})
        return Answer(200, {"ok": True, "channel": body["channel"], "ts": key, "message": {"text": body["text"]}})
