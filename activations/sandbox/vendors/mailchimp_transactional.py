"""Mailchimp Transactional. Addresses that match `refused` are on its list of the unsubscribed."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_NAMES = {400: "ValidationError", 401: "Invalid_Key", 403: "Invalid_Key", 404: "Unknown_Url", 429: "Too_Many_Requests"}


class TransactionalVendor(Vendor):
    name = "mailchimp_transactional"
    title = "Mailchimp Transactional"

    def admit(self, request: Request) -> None:
        if not request.json().get("key"):
            raise Refusal(401, "Invalid API key")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        if status in (500, 502, 503):
            return Answer(status, "upstream error")
        body = {"status": "error", "code": -1, "name": code or _NAMES.get(status, "GeneralError"), "message": message}
        return Answer(status if status == 429 else 500, body)

    @route("POST", "/users/ping2")
    def ping(self, request: Request) -> Answer:
        return Answer(200, {"PING": "PONG!"})

    @route("POST", "/messages/send")
    def send(self, request: Request) -> Answer:
        message = request.json()["message"]
        (recipient,) = message["to"]
        if not message.get("from_email"):
            raise Refusal(400, "from_email is required")
        key = f"{self.shelves.next_id('messages'):032x}"
        said = {"email": recipient["email"], "_id": key}
        if "@" not in recipient["email"]:
            return Answer(200, [{**said, "status": "invalid", "reject_reason": None}])
        if self.bad(recipient["email"]):
            return Answer(200, [{**said, "status": "rejected", "reject_reason": "unsub"}])
        row = {"id": key, "to": recipient["email"], "subject": message["subject"], **message.get("metadata", {})}
        self.shelves.put("messages", key, row)
        return Answer(200, [{**said, "status": "sent", "reject_reason": None}])
