"""HubSpot's contacts and static lists. Contacts that match `refused` are errors of a 207, or with `strict` of the whole
batch; every property exists."""

from typing import Any

from activations.sandbox.rate import Budget, Rate
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_MOMENT = "2026-06-15T04:30:00Z"
_STAMPS = {"createdAt": _MOMENT, "updatedAt": _MOMENT, "archived": False}
_ENDS = {"status": "COMPLETE", "startedAt": _MOMENT, "completedAt": _MOMENT}
_CONTACTS = "/crm/v3/objects/contacts"


class HubSpotVendor(Vendor):
    name = "hubspot"
    title = "HubSpot"
    rates = (Rate(190, 10), Rate(650_000, 86_400))

    def __init__(self, shelves: Shelves) -> None:
        super().__init__(shelves)
        self.strict = False

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Authentication credentials not found.", "INVALID_AUTHENTICATION")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        body = _said(message, code or "VALIDATION_ERROR")
        return Answer(status, {**body, **({"policyName": "SECONDLY"} if status == 429 else {})})

    def exceeded(self, budget: Budget) -> Answer:
        policy = "DAILY" if budget.rate.seconds > 10 else "TEN_SECONDLY_ROLLING"
        return Answer(429, {**_said("You have reached your rate limit.", "RATE_LIMITS"), "policyName": policy})

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:
        kind = "Daily" if budget.rate.seconds > 10 else "Max"
        left = "Daily-Remaining" if budget.rate.seconds > 10 else "Remaining"
        said = {kind: budget.rate.calls, left: max(0, budget.left), "Interval-Milliseconds": 10_000}
        return tuple((f"X-HubSpot-RateLimit-{name}", str(value)) for name, value in said.items())

    @route("GET", _CONTACTS)
    def contacts(self, request: Request) -> Answer:
        return Answer(200, {"results": []})

    @route("POST", _CONTACTS + "/batch/upsert")
    def upsert(self, request: Request) -> Answer:
        inputs = at_most(100, request.json()["inputs"], "inputs")
        if len({row["id"] for row in inputs}) < len(inputs):
            raise Refusal(400, "Duplicate IDs found in batch input")
        wrong = [row for row in inputs if self.bad(row) or not row["id"]]
        if wrong and self.strict:
            raise Refusal(400, "Property values were not valid")
        results = [self._upserted(row) for row in inputs if row not in wrong]
        if not wrong:
            return Answer(200, {**_ENDS, "results": results})
        errors = [_error(row["id"]) for row in wrong]
        return Answer(207, {**_ENDS, "results": results, "numErrors": len(errors), "errors": errors})

    @route("POST", _CONTACTS + "/batch/read")
    def read(self, request: Request) -> Answer:
        body = request.json()
        wanted = {row["id"] for row in at_most(100, body["inputs"], "inputs")}
        rows = self.shelves.rows("contacts").values()
        found = [row for row in rows if row["properties"].get(body["idProperty"]) in wanted]
        return Answer(200, {**_ENDS, "results": [{**row, **_STAMPS} for row in found]})

    @route("GET", "/crm/v3/lists/object-type-id/0-1/name/{name}")
    def named(self, request: Request) -> Answer:
        found = [row for row in self.shelves.rows("lists").values() if row["name"] == request.parts["name"]]
        if not found:
            raise Refusal(404, "List does not exist.", "OBJECT_NOT_FOUND")
        return Answer(200, {"list": found[0]})

    @route("POST", "/crm/v3/lists")
    def create(self, request: Request) -> Answer:
        body = request.json()
        key = str(self.shelves.next_id("lists"))
        row = {"listId": key, "name": body["name"], "processingType": body["processingType"], "objectTypeId": "0-1"}
        self.shelves.put("lists", key, row)
        return Answer(200, {"list": row})

    @route("PUT", "/crm/v3/lists/{list}/memberships/add")
    def add(self, request: Request) -> Answer:
        return self._members(request, leaving=False)

    @route("PUT", "/crm/v3/lists/{list}/memberships/remove")
    def remove(self, request: Request) -> Answer:
        return self._members(request, leaving=True)

    def _members(self, request: Request, leaving: bool) -> Answer:
        given = self.shelves.get("lists", request.parts["list"])
        if given is None:
            raise Refusal(404, "List does not exist.", "OBJECT_NOT_FOUND")
        ids = [str(key) for key in request.json()]
        known = {key: row for key in ids if (row := self.shelves.get("contacts", key)) and not self.bad(row)}
        for key, row in known.items():
            if leaving:
                self.shelves.drop(given["name"], key)
            else:
                self.shelves.put(given["name"], key, {"id": key, "email": row["properties"].get("email")})
        missing = [key for key in ids if key not in known]
        added, removed = ([], list(known)) if leaving else (list(known), [])
        return Answer(200, {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})

    def _upserted(self, row: dict[str, Any]) -> dict[str, Any]:
        known = self.shelves.rows("contacts").items()
        unique = row["idProperty"]
        key = next((key for key, contact in known if contact["properties"].get(unique) == row["id"]), None)
        new = key is None
        key = key or str(self.shelves.next_id("contacts", 289_601))
        before = (self.shelves.get("contacts", key) or {"properties": {}})["properties"]
        given = {**before, unique: row["id"], **row["properties"]}
        contact = {"id": key, "properties": {name: value for name, value in given.items() if value != ""}}
        self.shelves.put("contacts", key, contact)
        return {**contact, **_STAMPS, "new": new, "objectWriteTraceId": row.get("objectWriteTraceId")}


def _said(message: str, category: str) -> dict[str, str]:
    return {"status": "error", "message": message, "correlationId": "0", "category": category}


def _error(key: str) -> dict[str, Any]:
    said = {"status": "error", "category": "VALIDATION_ERROR", "message": f"{key} was not valid", "errors": []}
    return {**said, "context": {"ids": [key]}, "links": {}}
