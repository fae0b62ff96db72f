"""Brevo's contacts, lists and processes. A process is queued when first asked about; an address that matches `refused`
spoils its import."""

from collections.abc import Mapping
from typing import Any

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_CODES = {401: "unauthorized", 403: "permission_denied", 404: "document_not_found", 429: "too_many_requests"}
_LISTS = "/v3/contacts/lists"


class BrevoVendor(Vendor):
    name = "brevo"
    title = "Brevo"

    def admit(self, request: Request) -> None:
        if not request.headers.get("api-key"):
            raise Refusal(401, "Key not found")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, {"code": code or _CODES.get(status, "invalid_parameter"), "message": message})

    @route("GET", _LISTS)
    def lists(self, request: Request) -> Answer:
        found = list(self.shelves.rows("lists").values())
        limit, offset = int(request.query.get("limit", 10)), int(request.query.get("offset", 0))
        if limit > 50:
            raise Refusal(400, "limit exceeds max value", "out_of_range")
        shown = [{**row, "totalBlacklisted": 0, **self._sizes(row)} for row in found[offset : offset + limit]]
        return Answer(200, {"lists": shown, "count": len(found)})

    def _sizes(self, row: Mapping[str, Any]) -> dict[str, int]:
        size = sum(row["name"] in contact["lists"] for contact in self.shelves.rows("contacts").values())
        return {"totalSubscribers": size, "uniqueSubscribers": size}

    @route("POST", _LISTS)
    def create(self, request: Request) -> Answer:
        body, key = request.json(), self.shelves.next_id("lists")
        self.shelves.put("lists", key, {"id": key, "name": body["name"], "folderId": body["folderId"]})
        return Answer(201, {"id": key})

    @route("POST", "/v3/contacts/import")
    def import_contacts(self, request: Request) -> Answer:
        body = request.json()
        contacts = at_most(5_000, body["jsonBody"], "contacts")
        names = [(self.shelves.get("lists", key) or {})["name"] for key in body["listIds"]]
        if any("@" not in row["email"] or self.bad(row) for row in contacts):
            raise Refusal(400, "Invalid email address in the import")
        for row in contacts:
            known = self.shelves.get("contacts", row["email"]) or {"email": row["email"], "lists": []}
            attributes = {**known.get("attributes", {}), **row.get("attributes", {})}
            lists = sorted({*known["lists"], *names})
            self.shelves.put("contacts", row["email"], {**known, "lists": lists, "attributes": attributes})
        return Answer(202, {"processId": self._process()})

    @route("GET", "/v3/processes/{process}")
    def process(self, request: Request) -> Answer:
        found = self.shelves.get("processes", request.parts["process"])
        if found is None:
            raise Refusal(404, "Process not found")
        self.shelves.put("processes", found["id"], {**found, "status": "completed"})
        return Answer(200, found)

    @route("POST", _LISTS + "/{list}/contacts/remove")
    def leave(self, request: Request) -> Answer:
        emails = at_most(150, request.json()["emails"], "emails")
        name = (self.shelves.get("lists", request.parts["list"]) or {})["name"]
        inside = [email for email in emails if name in (self.shelves.get("contacts", email) or {"lists": ()})["lists"]]
        if not inside:
            raise Refusal(400, "Contact already removed from list and/or does not exist")
        for email in inside:
            contact: dict[str, Any] = self.shelves.get("contacts", email) or {}
            self.shelves.put("contacts", email, {**contact, "lists": [n for n in contact["lists"] if n != name]})
        failure = [email for email in emails if email not in inside]
        return Answer(201, {"contacts": {"success": inside, "failure": failure, "total": len(emails)}})

    def _process(self) -> int:
        key = self.shelves.next_id("processes", 78)
        self.shelves.put("processes", key, {"id": key, "name": "IMPORTUSER", "status": "queued"})
        return key
