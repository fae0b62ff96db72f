"""SendGrid's marketing contacts and mail. An import is pending when first asked about."""

import hashlib
from math import ceil
from typing import Any
from uuid import UUID

from activations.sandbox.rate import Budget, Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_LISTS = "/v3/marketing/lists"


class SendGridVendor(Vendor):
    name = "sendgrid"
    title = "SendGrid"
    max_body = 30_000_000
    rates = (Rate(200, 60, "/v3/marketing/contacts"), Rate(600, 60, _LISTS))

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "authorization required")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, {"errors": [{"message": message, "field": code, "help": None}]})

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:
        said = {"limit": budget.rate.calls, "remaining": max(0, budget.left), "reset": ceil(budget.wait)}
        return tuple((f"x-ratelimit-{name}", str(value)) for name, value in said.items())

    @route("GET", "/v3/scopes")
    def scopes(self, request: Request) -> Answer:
        return Answer(200, {"scopes": ["mail.send", "marketing.read"]})

    @route("GET", _LISTS)
    def lists(self, request: Request) -> Answer:
        return Answer(200, {"result": list(self.shelves.rows("lists").values()), "_metadata": {}})

    @route("POST", _LISTS)
    def create_list(self, request: Request) -> Answer:
        key = _uuid(f"list {self.shelves.next_id('lists')}")
        self.shelves.put("lists", key, {"id": key, "name": request.json()["name"], "contact_count": 0})
        return Answer(201, self.shelves.get("lists", key))

    @route("GET", "/v3/marketing/field_definitions")
    def fields(self, request: Request) -> Answer:
        known = [{"field_type": "Text", **row} for row in self.shelves.rows("fields").values()]
        return Answer(200, {"custom_fields": known, "reserved_fields": []})

    @route("PUT", "/v3/marketing/contacts")
    def put(self, request: Request) -> Answer:
        if len(request.body) > 6_000_000:
            raise Refusal(413, "over 6 MB")
        body = request.json()
        contacts = at_most(30_000, body["contacts"], "contacts")
        for index, contact in enumerate(contacts):
            if "@" not in contact.get("email", "") or self.bad(contact):
                raise Refusal(400, "email is not valid", f"contacts[{index}].email")
        names = [str((self.shelves.get("lists", key) or {}).get("name")) for key in body.get("list_ids", [])]
        if "None" in names:
            raise Refusal(404, "no such list")
        for contact in contacts:
            key = _uuid(contact["email"])
            known = self.shelves.get("contacts", key) or {"id": key, "lists": []}
            lists = sorted({*known["lists"], *names})
            self.shelves.put("contacts", key, {**known, **contact, "lists": lists})
        job = _uuid(f"job {self.shelves.next_id('jobs')}")
        self.shelves.put("jobs", job, {"id": job, "status": "pending", "count": len(contacts)})
        return Answer(202, {"job_id": job})

    @route("GET", "/v3/marketing/contacts/imports/{job}")
    def job(self, request: Request) -> Answer:
        job = self.shelves.get("jobs", request.parts["job"])
        if job is None:
            raise Refusal(404, "no such import")
        self.shelves.put("jobs", job["id"], {**job, "status": "completed"})
        counts = {
            "requested_count": job["count"],
            "created_count": job["count"],
            "updated_count": 0,
            "errored_count": 0,
        }
        return Answer(200, {"id": job["id"], "status": job["status"], "job_type": "upsert", "results": counts})

    @route("POST", "/v3/marketing/contacts/search/emails")
    def search(self, request: Request) -> Answer:
        wanted = at_most(100, request.json()["emails"], "emails")
        found = {address: self.shelves.get("contacts", _uuid(address)) for address in wanted}
        if not any(found.values()):
            raise Refusal(404, "no contact found")
        missing = {"error": "contact not found"}
        return Answer(200, {"result": {key: {"contact": row} if row else missing for key, row in found.items()}})

    @route("DELETE", "/v3/marketing/contacts")
    def delete(self, request: Request) -> Answer:
        for key in request.query["ids"].split(","):
            self.shelves.drop("contacts", key)
        return Answer(202, {"job_id": _uuid(f"job {self.shelves.next_id('jobs')}")})

    @route("DELETE", _LISTS + "/{list}/contacts")
    def leave(self, request: Request) -> Answer:
        name = (self.shelves.get("lists", request.parts["list"]) or {})["name"]
        for key in request.query["contact_ids"].split(","):
            contact: dict[str, Any] = self.shelves.get("contacts", key) or {}
            self.shelves.put("contacts", key, {**contact, "lists": [n for n in contact["lists"] if n != name]})
        return Answer(202, {"job_id": _uuid(f"job {self.shelves.next_id('jobs')}")})

    @route("POST", "/v3/mail/send")
    def send(self, request: Request) -> Answer:
        body = request.json()
        person = at_most(1000, body["personalizations"], "personalizations")[0]
        to = person["to"][0]["email"]
        if "@" not in to or self.bad(to):
            raise Refusal(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
        if not body.get("subject") or not body["from"].get("email"):
            raise Refusal(400, "The subject is required.", "subject")
        key = f"{self.shelves.next_id('mails'):022d}"
        self.shelves.put(
            "mails", key, {"id": key, "to": to, "subject": body["subject"], **person.get("custom_args", {})}
        )
        return Answer(202, None, (("X-Message-Id", key),))


def _uuid(text: str) -> str:
    return str(UUID(hashlib.md5(text.lower().encode()).hexdigest()))
