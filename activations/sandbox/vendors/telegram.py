"""Telegram's Bot API. Chats that match `refused` have blocked the bot."""

import json

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Access denied", 404: "Not Found", 429: "Too Many Requests"}


class TelegramVendor(Vendor):
    name = "telegram"
    title = "Telegram"

    def admit(self, request: Request) -> None:
        if not request.path.removeprefix("/bot").partition("/")[0]:
            raise Refusal(401, "")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = code or _WORDS.get(status, "Internal Server Error")
        said = f"{word}: {message}" if message and code != "plain" else word
        return Answer(status, {"ok": False, "error_code": status, "description": said})

    @route("GET", "/bot{token}/getMe")
    def me(self, request: Request) -> Answer:
        return Answer(200, {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "Heddle"}})

    @route("POST", "/bot{token}/sendMessage")
    def send(self, request: Request) -> Answer:
        body = request.json()
        if not 1 <= len(body.get("text", "")) <= 4096:
            raise Refusal(400, "message text is empty or too long")
        if self.bad(body["chat_id"]):
            raise Refusal(403, "bot was blocked by the user", "Forbidden")
        key = self.shelves.next_id("messages")
        self.shelves.put("messages", key, {"id": key, "chat_id": body["chat_id"], "text": body["text"]})
        return Answer(200, {"ok": True, "result": {"message_id": key, "text": json.dumps(body["text"])}})
