"""Twilio's Messages resource."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_CODES = {401: 20003, 403: 20003, 404: 20404, 429: 20429}


class TwilioVendor(Vendor):
    """Numbers that match `refused` have answered STOP."""

    name = "twilio"
    title = "Twilio SMS"

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Basic "):
            raise Refusal(401, "Authenticate")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        number = int(code) if code else _CODES.get(status, 20500)
        more = f"https://www.twilio.com/docs/errors/{number}"
        return Answer(status, {"code": number, "message": message, "more_info": more, "status": status})

    @route("GET", "/2010-04-01/Accounts/{account}.json")
    def account(self, request: Request) -> Answer:
        return Answer(200, {"sid": request.parts["account"], "status": "active"})

    @route("POST", "/2010-04-01/Accounts/{account}/Messages.json")
    def create(self, request: Request) -> Answer:
        form = request.form()
        if not form.get("To", "").startswith("+"):
            raise Refusal(400, "The 'To' number is not a valid phone number.", "21211")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            raise Refusal(400, "A 'From' phone number is required.", "21603")
        if not form.get("Body"):
            raise Refusal(400, "Message body is required.", "21602")
        if len(form["Body"]) > 1600:
            raise Refusal(400, "The message body exceeds the 1600 character limit.", "21617")
        if self.bad(form["To"]):
            raise Refusal(400, "Attempt to send to unsubscribed recipient", "21610")
        sid = f"SM{self.shelves.next_id('messages'):032x}"
        message = {"sid": sid, "status": "queued", "to": form["To"], "body": form["Body"]}
        self.shelves.put("messages", sid, {**message, "from": form.get("From") or form.get("MessagingServiceSid")})
        return Answer(201, {**message, "error_code": None, "num_segments": "1"})

    @route("GET", "/2010-04-01/Accounts/{account}/Messages/{sid}.json")
    def fetch(self, request: Request) -> Answer:
        message = self.shelves.get("messages", request.parts["sid"])
        if message is None:
            raise Refusal(404, "The requested resource was not found")
        return Answer(200, {**message, "status": "delivered", "error_code": None})
