"""Salesforce's collections of records. Records that match `refused` have an address that is not valid."""

from typing import Any

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_CODES = {401: "INVALID_SESSION_ID", 403: "API_DISABLED_FOR_ORG", 404: "NOT_FOUND", 503: "SERVER_UNAVAILABLE"}
_COLLECTION = "/services/data/{version}/composite/sobjects"


class SalesforceVendor(Vendor):
    name = "salesforce"
    title = "Salesforce"

    def admit(self, request: Request) -> None:
        if request.path != "/services/oauth2/token" and not request.headers.get("authorization", "").startswith(
            "Bearer "
        ):
            raise Refusal(401, "Session expired or invalid")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, [{"message": message, "errorCode": code or _CODES.get(status, "JSON_PARSER_ERROR")}])

    @route("POST", "/services/oauth2/token")
    def token(self, request: Request) -> Answer:
        if not request.form().get("client_secret"):
            return Answer(400, {"error": "invalid_client"})
        return Answer(200, {"access_token": "00D.sandbox", "token_type": "Bearer"})

    @route("GET", "/services/data/{version}/limits")
    def limits(self, request: Request) -> Answer:
        return Answer(200, {"DailyApiRequests": {"Max": 100_000, "Remaining": 99_000}})

    @route("PATCH", _COLLECTION + "/{type}/{field}")
    def upsert(self, request: Request) -> Answer:
        body = request.json()
        records = at_most(200, body["records"], "records")
        if body["allOrNone"]:
            raise Refusal(400, "the sandbox plays allOrNone=false only")
        used = (("Sforce-Limit-Info", "api-usage=18/100000"),)
        return Answer(200, [self._upserted(row, request.parts["field"]) for row in records], used)

    @route("DELETE", _COLLECTION)
    def delete(self, request: Request) -> Answer:
        ids = at_most(200, request.query["ids"].split(","), "ids")
        return Answer(200, [self._deleted(key) for key in ids])

    def _upserted(self, record: dict[str, Any], field: str) -> dict[str, Any]:
        kind, unique = record["attributes"]["type"], record.get(field)
        if not unique:
            return _wrong("MISSING_ARGUMENT", f"{field} not specified", [field])
        if self.bad(record):
            return _wrong("INVALID_EMAIL_ADDRESS", f"Email: invalid email address: {record.get('Email')}", ["Email"])
        rows = self.shelves.rows(kind).items()
        key = next((key for key, row in rows if row.get(field) == unique), None)
        created = key is None
        key = key or f"003{self.shelves.next_id('records'):015d}"
        given = {name: value for name, value in record.items() if name != "attributes"}
        merged = {"Id": key, **(self.shelves.get(kind, key) or {}), **given}
        self.shelves.put(kind, key, {name: value for name, value in merged.items() if value is not None})
        return {"id": key, "success": True, "created": created, "errors": []}

    def _deleted(self, key: str) -> dict[str, Any]:
        for shelf, rows in list(self.shelves.named()):
            if key in rows:
                self.shelves.drop(shelf, key)
                return {"id": key, "success": True, "errors": []}
        return _wrong("ENTITY_IS_DELETED", "entity is deleted", [])


def _wrong(code: str, message: str, fields: list[str]) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": fields}]}
