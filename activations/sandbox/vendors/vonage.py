"""Vonage's SMS API: every answer is HTTP 200 but for the rate limit. Numbers that match `refused` are barred."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_STATUSES = {401: "4", 403: "14", 429: "1"}


class VonageVendor(Vendor):
    name = "vonage"
    title = "Vonage SMS"

    def admit(self, request: Request) -> None:
        form = request.form()
        if not form.get("api_key") or not form.get("api_secret"):
            raise Refusal(401, "Bad Credentials")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        if status == 429 or status >= 500:
            return Answer(status, {"title": message})
        part = {"status": code or _STATUSES.get(status, "3"), "error-text": message}
        return Answer(200, {"message-count": "1", "messages": [part]})

    @route("POST", "/sms/json")
    def send(self, request: Request) -> Answer:
        form = request.form()
        if not form.get("to", "").isdigit():
            raise Refusal(400, "Missing to param", "2")
        if not form.get("text") or not form.get("from"):
            raise Refusal(400, "Missing params", "2")
        if self.bad(form["to"]):
            raise Refusal(400, "Number barred.", "7")
        parts = 1 + (len(form["text"]) - 1) // 153
        keys = [f"{self.shelves.next_id('parts'):016d}" for _ in range(parts)]
        row = {"id": keys[0], "to": form["to"], "text": form["text"], "client-ref": form.get("client-ref")}
        self.shelves.put("messages", keys[0], row)
        said = [{"to": form["to"], "message-id": key, "status": "0", "network": "26002"} for key in keys]
        return Answer(200, {"message-count": str(parts), "messages": said})
