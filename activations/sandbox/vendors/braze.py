"""Braze's user endpoints."""

import json
from math import ceil
from typing import Any

from activations.sandbox.rate import Budget, Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_KINDS = ("attributes", "events", "purchases")


class BrazeVendor(Vendor):
    name = "braze"
    title = "Braze"
    max_body = 4_000_000
    rates = (Rate(3_000, 3, "/users/track"), Rate(20_000, 60, "/users/delete"))

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Invalid API key")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, {"message": message})

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:
        """No Retry-After: its windows end on the clock, and say when."""
        said = {"Limit": budget.rate.calls, "Remaining": max(0, budget.left), "Reset": ceil(budget.ends)}
        return tuple((f"X-RateLimit-{name}", str(value)) for name, value in said.items())

    @route("POST", "/users/track")
    def track(self, request: Request) -> Answer:
        body = request.json()
        rows = at_most(75, [row for kind in _KINDS for row in body.get(kind, [])], "objects")
        errors = [
            {"type": kind, "input_array": "attributes", "index": index}
            for index, row in enumerate(rows)
            if (kind := self._trouble(row))
        ]
        wrong = {error["index"] for error in errors}
        for index, row in enumerate(rows):
            if index not in wrong:
                self._apply(row)
        said: dict[str, Any] = {"message": "success", "attributes_processed": len(rows) - len(errors)}
        return Answer(201, {**said, "errors": errors} if errors else said)

    @route("POST", "/users/delete")
    def delete(self, request: Request) -> Answer:
        ids = at_most(50, request.json()["external_ids"], "external ids")
        return Answer(201, {"deleted": sum(self.shelves.drop("users", key) for key in ids), "message": "success"})

    def _trouble(self, row: dict[str, Any]) -> str | None:
        if not row.get("external_id"):
            return "'external_id' is required"
        if len(json.dumps(row)) > 100_000:
            return "The object is over 100 kB"
        return "'external_id' is not valid" if self.bad(row) else None

    def _apply(self, row: dict[str, Any]) -> None:
        """null takes an attribute away; `_update_existing_only` makes nobody."""
        given = {name: value for name, value in row.items() if name != "_update_existing_only"}
        known = self.shelves.get("users", row["external_id"])
        if known is None and row.get("_update_existing_only"):
            return
        kept = {name: value for name, value in {**(known or {}), **given}.items() if value is not None}
        self.shelves.put("users", row["external_id"], kept)
