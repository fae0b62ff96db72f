"""Google's Data Manager: user lists, members, what became of a request. A request is processing when first asked about;
then members that match `refused` are counted, and named where the sandbox's `names` says so."""

from typing import Any

from activations.sandbox.rate import Rate
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}
_LISTS = "/v1/accountTypes/{type}/accounts/{account}/userLists"


class GoogleVendor(Vendor):
    name = "google"
    title = "Google Data Manager"
    rates = (Rate(300, 60), Rate(100_000, 86_400))

    def __init__(self, shelves: Shelves) -> None:
        super().__init__(shelves)
        self.names = True

    def admit(self, request: Request) -> None:
        if request.path != "/token" and not request.headers.get("authorization", "").startswith("Bearer "):
            raise Refusal(401, "Request had invalid authentication credentials.")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(
            status, {"error": {"code": status, "message": message, "status": _STATUSES.get(status, "UNKNOWN")}}
        )

    @route("POST", "/token")
    def token(self, request: Request) -> Answer:
        if request.form().get("assertion", "").count(".") != 2:
            return Answer(400, {"error": "invalid_grant"})
        return Answer(200, {"access_token": "ya29.sandbox", "expires_in": 3599, "token_type": "Bearer"})

    @route("GET", _LISTS)
    def lists(self, request: Request) -> Answer:
        found = list(self.shelves.rows("userLists").values())
        first, size = int(request.query.get("pageToken", 0)), int(request.query.get("pageSize", 50))
        more = {"nextPageToken": str(first + size)} if first + size < len(found) else {}
        return Answer(200, {"userLists": found[first : first + size], **more})

    @route("POST", _LISTS)
    def create(self, request: Request) -> Answer:
        key = str(self.shelves.next_id("userLists", 9_000_000_001))
        made = {"id": key, "displayName": request.json()["displayName"], "accountAccessStatus": "ENABLED"}
        self.shelves.put("userLists", key, made)
        return Answer(200, {**made, "name": f"{request.path.removeprefix('/v1/')}/{key}"})

    @route("POST", "/v1/audienceMembers:ingest")
    def ingest(self, request: Request) -> Answer:
        body = request.json()
        if body["termsOfService"]["customerMatchTermsOfServiceStatus"] != "ACCEPTED":
            raise Refusal(400, "The customer match terms of service must be accepted.")
        return self._taken(body, remove=False)

    @route("POST", "/v1/audienceMembers:remove")
    def remove(self, request: Request) -> Answer:
        return self._taken(request.json(), remove=True)

    @route("GET", "/v1/requestStatus:retrieve")
    def status(self, request: Request) -> Answer:
        found = self.shelves.get("requests", request.query["requestId"])
        if found is None:
            raise Refusal(404, "Requested entity was not found.")
        if not found["asked"]:
            self.shelves.put("requests", found["id"], {**found, "asked": True})
            return Answer(200, {"requestStatusPerDestination": [{"requestStatus": "PROCESSING"}]})
        wrong = found["wrong"]
        if not wrong:
            return Answer(200, {"requestStatusPerDestination": [{"requestStatus": "SUCCESS"}]})
        count = {"reason": "PROCESSING_ERROR_REASON_INVALID_FORMAT", "recordCount": str(len(wrong))}
        counts = [{**count, **({"recordIndices": [str(index) for index in wrong]} if self.names else {})}]
        status = "FAILED" if len(wrong) == found["members"] else "PARTIAL_SUCCESS"
        said = {"requestStatus": status, "errorInfo": {"errorCounts": counts}}
        return Answer(200, {"requestStatusPerDestination": [said]})

    def _taken(self, body: dict[str, Any], remove: bool) -> Answer:
        members = at_most(10_000, body["audienceMembers"], "audience members")
        (destination,) = body["destinations"]
        user_list = self.shelves.get("userLists", destination["productDestinationId"])
        if user_list is None or body["encoding"] != "HEX":
            raise Refusal(400, "The destination or the encoding is not valid.")
        wrong = [index for index, member in enumerate(members) if not self._apply(user_list, member, remove)]
        key = f"r{self.shelves.next_id('requests')}"
        self.shelves.put("requests", key, {"id": key, "members": len(members), "wrong": wrong, "asked": False})
        return Answer(200, {"requestId": key})

    def _apply(self, user_list: dict[str, Any], member: dict[str, Any], remove: bool) -> bool:
        ids = at_most(10, member["userData"]["userIdentifiers"], "identifiers")
        hashes = [entry[kind] for entry in ids for kind in ("emailAddress", "phoneNumber") if kind in entry]
        if self.bad(member) or any(len(value) != 64 for value in hashes):
            return False
        key = next(iter(hashes), str(ids))
        if remove:
            self.shelves.drop(user_list["displayName"], key)
        else:
            merged = {kind: value for entry in ids for kind, value in entry.items()}
            self.shelves.put(user_list["displayName"], key, merged)
        return True
