"""WhatsApp's Cloud API. Numbers that match `refused` have stopped marketing messages."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_CODES = {400: 100, 401: 190, 403: 10, 404: 100, 429: 130429}


class WhatsAppVendor(Vendor):
    name = "whatsapp"
    title = "WhatsApp Cloud API"

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Authentication Error")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        number = int(code) if code else _CODES.get(status, 131000)
        error = {"message": f"(#{number}) {message}", "type": "OAuthException", "code": number, "fbtrace_id": "A"}
        return Answer(status, {"error": error})

    @route("GET", "/{version}/{phone}")
    def phone(self, request: Request) -> Answer:
        return Answer(200, {"id": request.parts["phone"], "verified_name": "Shop"})

    @route("POST", "/{version}/{phone}/messages")
    def send(self, request: Request) -> Answer:
        body = request.json()
        if body["messaging_product"] != "whatsapp" or body["type"] != "template":
            raise Refusal(400, "The sandbox takes templates only")
        if not body["template"]["language"]["code"]:
            raise Refusal(404, "Template name does not exist in the translation", "132001")
        if not body["to"].isdigit():
            raise Refusal(400, "Recipient phone number not valid", "131026")
        if self.bad(body["to"]):
            raise Refusal(400, "User has stopped marketing messages", "131050")
        key = f"wamid.{self.shelves.next_id('messages'):08d}"
        self.shelves.put("messages", key, {"id": key, "to": body["to"], "name": body["template"]["name"]})
        contact = {"input": body["to"], "wa_id": body["to"]}
        message = {"id": key, "message_status": "accepted"}
        return Answer(200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})
