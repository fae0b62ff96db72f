"""Meta's Graph API, as far as custom audiences go."""

import json
from typing import Any

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_CODES = {401: 190, 403: 200, 429: 80003}


class MetaVendor(Vendor):
    name = "meta"
    title = "Meta Custom Audiences"

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Invalid OAuth access token.", "190")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        number = int(code) if code else _CODES.get(status, 100)
        body = {"error": {"message": message, "type": "OAuthException", "code": number, "fbtrace_id": "A1"}}
        # the Graph API tells most troubles by the code and says 400
        return Answer(400 if status in (400, 413, 429) else status, body)

    @route("GET", "/{version}/act_{account}")
    def account(self, request: Request) -> Answer:
        return Answer(200, {"id": f"act_{request.parts['account']}"})

    @route("GET", "/{version}/act_{account}/customaudiences")
    def audiences(self, request: Request) -> Answer:
        found = [{"id": key, "name": row["name"]} for key, row in self.shelves.rows("audiences").items()]
        first, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 25))
        last = first + limit
        more = {"cursors": {"after": str(last)}, **({"next": f"{request.base}/more"} if last < len(found) else {})}
        return Answer(200, {"data": found[first:last], "paging": more})

    @route("POST", "/{version}/act_{account}/customaudiences")
    def create(self, request: Request) -> Answer:
        form = request.form()
        if form["subtype"] != "CUSTOM" or "customer_file_source" not in form:
            raise Refusal(400, "(#100) The parameter customer_file_source is required.")
        key = str(self.shelves.next_id("audiences", 23849182047670582))
        value_based = form.get("is_value_based") == "true"
        record = {"id": key, "name": form["name"], "value_based": value_based, "size": 0}
        self.shelves.put("audiences", key, record)
        return Answer(200, {"id": key})

    @route("POST", "/{version}/{audience}/users")
    def add(self, request: Request) -> Answer:
        return self._users(request, remove=False)

    @route("DELETE", "/{version}/{audience}/users")
    def remove(self, request: Request) -> Answer:
        return self._users(request, remove=True)

    def _users(self, request: Request, remove: bool) -> Answer:
        audience = self.shelves.get("audiences", request.parts["audience"])
        if audience is None:
            raise Refusal(400, "Unsupported post request. Object does not exist.")
        payload = json.loads(request.form()["payload"])
        schema, rows = payload["schema"], at_most(10_000, payload["data"], "rows")
        if "LOOKALIKE_VALUE" in schema and not audience["value_based"]:
            raise Refusal(400, "(#100) The audience is not value based.")
        samples = {json.dumps(row): "invalid entry" for row in rows if self._invalid(schema, row)}
        invalid = 0
        for row in rows:
            if json.dumps(row) in samples:
                invalid += 1
                continue
            self._apply(audience["name"], dict(zip(schema, row, strict=True)), remove)
        size = len(self.shelves.rows(audience["name"]))
        self.shelves.put("audiences", audience["id"], {**audience, "size": size})
        answer = {"audience_id": audience["id"], "session_id": str(self.shelves.next_id("sessions"))}
        return Answer(
            200,
            {**answer, "num_received": len(rows), "num_invalid_entries": invalid, "invalid_entry_samples": samples},
            (("x-app-usage", '{"call_count":1,"total_cputime":0,"total_time":1}'),),
        )

    def _invalid(self, schema: list[str], row: list[Any]) -> bool:
        plain = {"EXTERN_ID", "MADID", "LOOKALIKE_VALUE"}
        hashes = [value for field, value in zip(schema, row, strict=True) if field not in plain and value != ""]
        return self.bad(row) or any(len(str(value)) != 64 for value in hashes)

    def _apply(self, shelf: str, person: dict[str, Any], remove: bool) -> None:
        """People are told apart by the first identifier that they have."""
        fields = ("EXTERN_ID", "EMAIL", "PHONE", "MADID")
        key = next((str(person[field]) for field in fields if person.get(field)), json.dumps(person))
        if remove:
            self.shelves.drop(shelf, key)
        else:
            self.shelves.put(shelf, key, {name: value for name, value in person.items() if value != ""})
