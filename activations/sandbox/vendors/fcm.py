"""Firebase Cloud Messaging. Devices whose token matches `refused` are not registered any more."""

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, route

_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


class FcmVendor(Vendor):
    name = "fcm"
    title = "Firebase Cloud Messaging"

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Request is missing required authentication credential.")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = _STATUSES.get(status, "UNAVAILABLE")
        kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        details = [{"@type": kind, "errorCode": code}] if code else []
        return Answer(status, {"error": {"code": status, "message": message, "status": word, "details": details}})

    @route("POST", "/v1/projects/{project}/messages:send")
    def send(self, request: Request) -> Answer:
        body = request.json()
        message = body["message"]
        if any(not isinstance(value, str) for value in message.get("data", {}).values()):
            raise Refusal(400, "Invalid value at 'message.data'", "INVALID_ARGUMENT")
        if not (message.get("token") or message.get("topic")):
            raise Refusal(400, "Recipient of the message is not set.", "INVALID_ARGUMENT")
        if self.bad(message.get("token")):
            raise Refusal(404, "Requested entity was not found.", "UNREGISTERED")
        key = f"projects/{request.parts['project']}/messages/{self.shelves.next_id('messages')}"
        if not body.get("validateOnly"):
            notification = message.get("notification", {})
            row = {"id": key, "token": message["token"], **notification, **message.get("data", {})}
            self.shelves.put("messages", key, row)
        return Answer(200, {"name": key})
