"""TikTok's audiences: every answer is HTTP 200, an error is a code."""

from typing import Any

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_CODES = {401: 40105, 403: 40001, 429: 40100}


class TikTokVendor(Vendor):
    name = "tiktok"
    title = "TikTok audiences"

    def admit(self, request: Request) -> None:
        if not request.headers.get("access-token"):
            raise Refusal(401, "Access token is incorrect or has been revoked.")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        body = {"code": _CODES.get(status, 40002), "message": message, "request_id": "1", "data": {}}
        return Answer(status if status >= 500 else 200, body)

    @route("GET", "/open_api/v1.3/dmp/custom_audience/list/")
    def audiences(self, request: Request) -> Answer:
        found = list(self.shelves.rows("audiences").values())
        number, size = int(request.query.get("page", 1)), int(request.query.get("page_size", 10))
        page = found[(number - 1) * size : number * size]
        info = {"page": number, "total_number": len(found), "total_page": -(-len(found) // size)}
        return _ok({"list": page, "page_info": info})

    @route("POST", "/open_api/v1.3/segment/audience/")
    def create(self, request: Request) -> Answer:
        body = request.json()
        if body["action"] != "create":
            raise Refusal(400, "action: unknown")
        key = str(self.shelves.next_id("audiences", 7_000_001))
        self.shelves.put("audiences", key, {"audience_id": key, "name": body["custom_audience_name"]})
        return _ok({"audience_id": key})

    @route("POST", "/open_api/v1.3/segment/mapping/")
    def mapping(self, request: Request) -> Answer:
        body = request.json()
        rows = at_most(10_000, body["batch_data"], "rows")
        if body["action"] not in ("add", "delete"):
            raise Refusal(400, "action: unknown")
        for row in rows:
            if len(row) != len(body["id_schema"]) or self.bad(row) or not any(row):
                raise Refusal(400, "batch_data: Invalid value")
            if any(len(entry["id"]) != 64 for entry in row if entry):
                raise Refusal(400, "batch_data: not a SHA256")
        for row in rows:
            self._apply(dict(zip(body["id_schema"], row, strict=True)), body["action"] == "delete")
        return _ok({})

    def _apply(self, row: dict[str, Any], leaving: bool) -> None:
        ids = {name: entry["id"] for name, entry in row.items() if entry}
        key = next(iter(ids.values()))
        for audience in {audience for entry in row.values() if entry for audience in entry["audience_ids"]}:
            name = (self.shelves.get("audiences", audience) or {})["name"]
            if leaving:
                self.shelves.drop(name, key)
            else:
                self.shelves.put(name, key, ids)


def _ok(data: dict[str, Any]) -> Answer:
    return Answer(200, {"code": 0, "message": "OK", "request_id": "1", "data": data})
