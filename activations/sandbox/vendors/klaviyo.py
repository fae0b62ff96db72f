"""Klaviyo's lists, profiles and import jobs. A job is queued when first asked about; ten import errors are a page."""

import hashlib
import json
import re
from math import ceil
from typing import Any

from activations.sandbox.rate import Budget, Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_JOBS, _PAGE = "/api/profile-bulk-import-jobs", 10
_MEMBERS = "/relationships/profiles"
_IDENTIFIERS = ("external_id", "email", "phone_number")


class KlaviyoVendor(Vendor):
    name = "klaviyo"
    title = "Klaviyo"
    max_body = 5_000_000
    rates = tuple(Rate(calls, seconds, path) for path in (_JOBS, _MEMBERS) for calls, seconds in ((10, 1), (150, 60)))

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Klaviyo-API-Key "):
            raise Refusal(401, "Missing or invalid authorization scheme.", "not_authenticated")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", request.headers.get("revision", "")):
            raise Refusal(400, "The revision header is required.", "invalid")
        if request.body and request.headers.get("content-type") != "application/vnd.api+json":
            raise Refusal(415, "Unsupported media type.", "unsupported_media_type")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        error = {"id": "1", "status": status, "code": code or "invalid", "title": message, "detail": message}
        return Answer(status, {"errors": [{**error, "source": {"pointer": "/data"}}]})

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:
        said = {"Limit": budget.rate.calls, "Remaining": max(0, budget.left), "Reset": ceil(budget.wait)}
        wait = (("Retry-After", str(ceil(budget.wait))),) if budget.left < 0 else ()
        return (*((f"RateLimit-{name}", str(value)) for name, value in said.items()), *wait)

    @route("GET", "/api/lists")
    def lists(self, request: Request) -> Answer:
        wanted = re.fullmatch(r'equals\(name,"(.*)"\)', request.query.get("filter", ""))
        name = re.sub(r"\\(.)", r"\1", wanted[1]) if wanted else None
        found = [_list(row) for row in self.shelves.rows("lists").values() if name in (None, row["name"])]
        return Answer(200, {"data": found, "links": {"self": request.base}})

    @route("POST", "/api/lists")
    def create_list(self, request: Request) -> Answer:
        key = f"L{self.shelves.next_id('lists'):05d}"
        row = {"id": key, "name": request.json()["data"]["attributes"]["name"], "size": 0}
        self.shelves.put("lists", key, row)
        return Answer(201, {"data": _list(row)})

    @route("POST", _JOBS)
    def create_job(self, request: Request) -> Answer:
        data = request.json()["data"]
        profiles = at_most(10_000, data["attributes"]["profiles"]["data"], "profiles")
        if any(len(json.dumps(profile)) > 100_000 for profile in profiles):
            raise Refusal(400, "A profile is over 100 kB.", "payload_too_large")
        lists = [self.shelves.get("lists", entry["id"]) for entry in data["relationships"]["lists"]["data"]]
        if None in lists:
            raise Refusal(404, "A list with this id does not exist.", "not_found")
        wrong = [index for index, row in enumerate(profiles) if not self._import(row["attributes"], lists)]
        key = f"job{self.shelves.next_id('jobs')}"
        job = {"id": key, "status": "queued", "total": len(profiles), "wrong": wrong}
        self.shelves.put("jobs", key, job)
        return Answer(202, {"data": _job(job)})

    @route("GET", _JOBS + "/{job}")
    def job(self, request: Request) -> Answer:
        job = self._known("jobs", request.parts["job"])
        self.shelves.put("jobs", job["id"], {**job, "status": "complete"})
        return Answer(200, {"data": _job(job)})

    @route("GET", _JOBS + "/{job}/import-errors")
    def errors(self, request: Request) -> Answer:
        job, first = self._known("jobs", request.parts["job"]), int(request.query.get("page[cursor]", 0))
        page = job["wrong"][first : first + _PAGE]
        link = f"{request.base}{request.path}?page%5Bcursor%5D={first + _PAGE}"
        following = link if first + _PAGE < len(job["wrong"]) else None
        return Answer(200, {"data": [_error(index) for index in page], "links": {"self": link, "next": following}})

    @route("GET", "/api/profiles")
    def profiles(self, request: Request) -> Answer:
        wanted = re.fullmatch(r"any\((\w+),(\[.*\])\)", request.query["filter"])
        if wanted is None or wanted[1] not in _IDENTIFIERS:
            raise Refusal(400, "Invalid filter", "invalid")
        values = set(at_most(100, json.loads(wanted[2]), "values"))
        rows = [row for row in self.shelves.rows("profiles").values() if row.get(wanted[1]) in values]
        found = [
            {"type": "profile", "id": row["id"], "attributes": dict(row), "links": _self(row["id"])} for row in rows
        ]
        return Answer(200, {"data": found, "links": {"self": request.base}})

    @route("DELETE", "/api/lists/{list}/relationships/profiles")
    def leave(self, request: Request) -> Answer:
        name = self._known("lists", request.parts["list"])["name"]
        for entry in at_most(1_000, request.json()["data"], "profiles"):
            profile = self._known("profiles", entry["id"])
            self.shelves.put("profiles", entry["id"], {**profile, "lists": [n for n in profile["lists"] if n != name]})
        return Answer(204)

    def _known(self, shelf: str, key: str) -> dict[str, Any]:
        row = self.shelves.get(shelf, key)
        if row is None:
            raise Refusal(404, f"A record of {shelf} with this id does not exist.", "not_found")
        return row

    def _import(self, attributes: dict[str, Any], lists: list[Any]) -> bool:
        key = next((str(attributes[name]) for name in _IDENTIFIERS if attributes.get(name)), None)
        if key is None or self.bad(attributes):
            return False
        key = hashlib.sha256(key.encode()).hexdigest()[:26].upper()
        known = self.shelves.get("profiles", key) or {"id": key, "lists": []}
        names = sorted({*known["lists"], *(row["name"] for row in lists)})
        kept = {name: value for name, value in {**known, **attributes}.items() if value is not None}
        self.shelves.put("profiles", key, {**kept, "lists": names})
        return True


def _self(profile: str) -> dict[str, str]:
    return {"self": f"https://a.klaviyo.com/api/profiles/{profile}/"}


def _list(row: Any) -> dict[str, Any]:
    links = {"self": f"https://a.klaviyo.com/api/lists/{row['id']}/"}
    return {"type": "list", "id": row["id"], "attributes": {"name": row["name"]}, "links": links}


def _job(job: dict[str, Any]) -> dict[str, Any]:
    done = job["status"] == "complete"
    counts = {"total_count": job["total"], "failed_count": len(job["wrong"]) if done else 0}
    attributes = {"status": job["status"], "created_at": "2026-06-15T04:30:00+00:00", **counts}
    links = {"self": f"https://a.klaviyo.com{_JOBS}/{job['id']}/"}
    return {"type": "profile-bulk-import-job", "id": job["id"], "attributes": attributes, "links": links}


def _error(index: int) -> dict[str, Any]:
    source = {"pointer": f"/data/attributes/profiles/data/{index}/attributes/email"}
    attributes = {"code": "invalid", "title": "Invalid input.", "detail": "Invalid email address", "source": source}
    return {"type": "import-error", "id": str(index), "attributes": attributes}
