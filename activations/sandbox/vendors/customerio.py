"""Customer.io's Track API."""

import json
from typing import Any

from activations.sandbox.rate import Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route


class CustomerIoVendor(Vendor):
    name = "customerio"
    title = "Customer.io"
    max_body = 500_000
    rates = (Rate(100, 1),)  # it says nothing of them: neither headers nor Retry-After

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Basic "):
            raise Refusal(401, "Unauthorized request", "unauthorized")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, {"errors": [{"reason": code or "invalid", "message": message}]})

    @route("GET", "/api/v1/accounts/region")
    def region(self, request: Request) -> Answer:
        return Answer(200, {"url": "https://track.customer.io", "data_center": "us", "environment_id": 1})

    @route("POST", "/api/v2/batch")
    def batch(self, request: Request) -> Answer:
        rows = at_most(100_000, request.json()["batch"], "objects")
        wrong = {index for index, row in enumerate(rows) if self.bad(row) or _too_large(row)}
        for index, row in enumerate(rows):
            if index not in wrong:
                self._apply(row)
        if not wrong:
            return Answer(200, {})
        error = {"reason": "invalid", "field": "identifiers", "message": "the identifier is not valid"}
        return Answer(207, {"errors": [{"batch_index": index, **error} for index in sorted(wrong)]})

    def _apply(self, row: dict[str, Any]) -> None:
        key = row["identifiers"]["id"]
        if row["action"] == "delete":
            self.shelves.drop("people", key)
            return
        if row["action"] != "identify":
            raise Refusal(400, "unknown action")
        known = self.shelves.get("people", key)
        attributes = dict(row["attributes"])
        if attributes.pop("_update", False) and known is None:
            return
        kept = {name: value for name, value in {**(known or {}), **attributes}.items() if value not in (None, "")}
        self.shelves.put("people", key, {"id": key, **kept})


def _too_large(row: dict[str, Any]) -> bool:
    attributes, key = row.get("attributes", {}), str(row["identifiers"]["id"])
    long = any(len(name.encode()) > 150 for name in (key, *attributes))
    return len(json.dumps(row)) > 32_000 or len(attributes) > 300 or long
