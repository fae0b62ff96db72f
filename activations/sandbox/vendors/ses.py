"""Amazon SES (v2). Addresses that match `refused` are not taken."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_KINDS = {400: "BadRequestException", 401: "UnrecognizedClientException", 403: "InvalidSignatureException"}


class SesVendor(Vendor):
    name = "ses"
    title = "Amazon SES"

    def admit(self, request: Request) -> None:
        said = request.headers.get("authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 Credential=") or "/ses/aws4_request" not in said:
            raise Refusal(403, "The request signature we calculated does not match")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        kind = code or _KINDS.get(status, "TooManyRequestsException" if status == 429 else "InternalFailure")
        return Answer(status, {"message": message}, (("x-amzn-ErrorType", kind),))

    @route("GET", "/v2/email/account")
    def account(self, request: Request) -> Answer:
        return Answer(200, {"SendingEnabled": True, "ProductionAccessEnabled": True})

    @route("POST", "/v2/email/outbound-emails")
    def send(self, request: Request) -> Answer:
        body = request.json()
        (to,) = at_most(50, body["Destination"]["ToAddresses"], "recipients")
        simple = body["Content"]["Simple"]
        if not body.get("FromEmailAddress") or not simple["Body"]["Html"]["Data"]:
            raise Refusal(400, "Missing required field")
        if "@" not in to or self.bad(to):
            raise Refusal(400, "Address is on the account suppression list", "MessageRejected")
        key = f"{self.shelves.next_id('messages'):016x}-000000"
        tags = {tag["Name"]: tag["Value"] for tag in body.get("EmailTags", [])}
        self.shelves.put("messages", key, {"id": key, "to": to, "subject": simple["Subject"]["Data"], **tags})
        return Answer(200, {"MessageId": key})
