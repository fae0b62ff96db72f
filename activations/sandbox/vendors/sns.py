"""Amazon SNS, as far as SMS goes. Numbers that match `refused` have opted out."""

from html import escape

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_CODES = {400: "InvalidParameter", 401: "InvalidClientTokenId", 403: "SignatureDoesNotMatch", 429: "Throttling"}
_XML = (("Content-Type", "text/xml"),)


class SnsVendor(Vendor):
    name = "sns"
    title = "Amazon SNS"

    def admit(self, request: Request) -> None:
        said = request.headers.get("authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 Credential=") or "/sns/aws4_request" not in said:
            raise Refusal(403, "The request signature we calculated does not match")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = code or _CODES.get(status, "InternalFailure")
        error = f"<Error><Type>Sender</Type><Code>{word}</Code><Message>{escape(message)}</Message></Error>"
        return Answer(status, f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>", _XML)

    @route("POST", "/")
    def action(self, request: Request) -> Answer:
        form = request.form()
        if form.get("Version") != "2010-03-31":
            raise Refusal(400, "Could not find operation for the version")
        if form.get("Action") == "GetSMSAttributes":
            return Answer(200, "<GetSMSAttributesResponse></GetSMSAttributesResponse>", _XML)
        if form.get("Action") != "Publish" or not form.get("PhoneNumber", "").startswith("+"):
            raise Refusal(400, "Invalid parameter: PhoneNumber")
        if not form.get("Message"):
            raise Refusal(400, "Invalid parameter: Empty message")
        if self.bad(form["PhoneNumber"]):
            raise Refusal(400, "Phone number is opted out")
        key = f"{self.shelves.next_id('messages'):08d}-0000"
        self.shelves.put("messages", key, {"id": key, "to": form["PhoneNumber"], "text": form["Message"]})
        result = f"<PublishResult><MessageId>{key}</MessageId></PublishResult>"
        return Answer(200, f"<PublishResponse>{result}</PublishResponse>", _XML)
