"""LinkedIn's DMP segments."""

from typing import Any

from activations.sandbox.rate import Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route


class LinkedInVendor(Vendor):
    name = "linkedin"
    title = "LinkedIn matched audiences"
    rates = (Rate(600, 60),)

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Empty oauth2 access token", "EMPTY_ACCESS_TOKEN")
        if not request.headers.get("linkedin-version", "").isdigit():
            raise Refusal(400, "A version must be present", "VERSION_MISSING")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = code or ("TOO_MANY_REQUESTS" if status == 429 else "INVALID_PARAMS")
        return Answer(status, {"status": status, "message": message, "code": word})

    @route("GET", "/dmpSegments")
    def segments(self, request: Request) -> Answer:
        if request.query.get("q") != "account":
            raise Refusal(400, "the finder account needs q=account")
        start, count = int(request.query.get("start", 0)), int(request.query.get("count", 10))
        found = [row for row in self.shelves.rows("segments").values() if row["account"] == request.query["account"]]
        return Answer(200, {"elements": found[start : start + count], "paging": {"start": start, "count": count}})

    @route("POST", "/dmpSegments")
    def create(self, request: Request) -> Answer:
        body = request.json()
        wanted = ("accessPolicy", "account", "destinations", "name", "sourcePlatform", "type")
        if missing := [name for name in wanted if name not in body]:
            raise Refusal(400, f"missing {', '.join(missing)}")
        key = self.shelves.next_id("segments", 987654321)
        made = {"id": key, "status": "READY", **{name: body[name] for name in wanted}}
        self.shelves.put("segments", key, made)
        return Answer(201, made, (("X-RestLi-Id", str(key)),))

    @route("POST", "/dmpSegments/{segment}/users")
    def users(self, request: Request) -> Answer:
        segment = self.shelves.get("segments", request.parts["segment"])
        if segment is None:
            raise Refusal(404, "no such segment", "NOT_FOUND")
        if request.headers.get("x-restli-method") != "BATCH_CREATE":
            raise Refusal(400, "X-RestLi-Method must be BATCH_CREATE")
        elements = at_most(5_000, request.json()["elements"], "elements")
        return Answer(200, {"elements": [self._element(segment["name"], element) for element in elements]})

    def _element(self, shelf: str, element: dict[str, Any]) -> dict[str, Any]:
        ids = {entry["idType"]: entry["idValue"] for entry in element["userIds"]}
        unhashed = len(str(ids.get("SHA256_EMAIL", "0" * 64))) != 64
        if self.bad(element) or unhashed or not ids or element["action"] not in ("ADD", "REMOVE"):
            return {"status": 400, "error": {"message": "invalid user ids"}}
        key = next(iter(ids.values()))
        if element["action"] == "REMOVE":
            self.shelves.drop(shelf, key)
        else:
            self.shelves.put(shelf, key, ids)
        return {"status": 201}
