"""Iterable's users and lists. Rows that match `refused` are named under `reason`."""

from typing import Any

from activations.sandbox.rate import Rate
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route


class IterableVendor(Vendor):
    name = "iterable"
    title = "Iterable"
    max_body = 4_000_000
    rates = (Rate(5, 1, "/users/bulkUpdate"), Rate(5, 1, "/lists/(un)?subscribe"))

    def __init__(self, shelves: Shelves) -> None:
        super().__init__(shelves)
        self.reason = "invalid"

    def admit(self, request: Request) -> None:
        if not request.headers.get("api-key"):
            raise Refusal(401, "Invalid API key", "BadApiKey")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        word = "RateLimitExceeded" if status == 429 else "BadParams"
        return Answer(status, {"code": code or word, "msg": message, "params": None})

    @route("GET", "/api/lists")
    def lists(self, request: Request) -> Answer:
        return Answer(200, {"lists": list(self.shelves.rows("lists").values())})

    @route("POST", "/api/lists")
    def create(self, request: Request) -> Answer:
        key = self.shelves.next_id("lists", 1_068_682)
        row = {"id": key, "name": request.json()["name"], "createdAt": 0, "listType": "Standard"}
        self.shelves.put("lists", key, row)
        return Answer(200, {"listId": key})

    @route("POST", "/api/users/bulkUpdate")
    def update(self, request: Request) -> Answer:
        users = at_most(1_000, request.json()["users"], "users")
        good = [user for user in users if not self.bad(user)]
        for user in good:
            known = self.shelves.get("users", _key(user)) or {}
            self.shelves.put("users", _key(user), {**known, **user, "dataFields": _merged(known, user)})
        return self._counted(users, good)

    @route("POST", "/api/lists/subscribe")
    def subscribe(self, request: Request) -> Answer:
        name, users = self._subscribers(request)
        good = [user for user in users if not self.bad(user)]
        for user in good:
            self.shelves.put(name, _key(user), user)
        return self._counted(users, good)

    @route("POST", "/api/lists/unsubscribe")
    def unsubscribe(self, request: Request) -> Answer:
        name, users = self._subscribers(request)
        for user in users:
            self.shelves.drop(name, _key(user))
        return self._counted(users, users)

    def _subscribers(self, request: Request) -> tuple[str, list[dict[str, Any]]]:
        body = request.json()
        found = self.shelves.get("lists", body["listId"])
        if found is None:
            raise Refusal(400, "no such list", "BadParams")
        return found["name"], at_most(1_000, body["subscribers"], "subscribers")

    def _counted(self, users: list[dict[str, Any]], good: list[dict[str, Any]]) -> Answer:
        wrong = [user for user in users if user not in good]
        emails = [user["email"] for user in wrong if "email" in user]
        ids = [user["userId"] for user in wrong if "email" not in user]
        failed = {f"{self.reason}Emails": emails, f"{self.reason}UserIds": ids}
        return Answer(200, {"successCount": len(good), "failCount": len(wrong), "failedUpdates": failed})


def _key(user: dict[str, Any]) -> str:
    return str(user.get("userId") or user["email"])


def _merged(known: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    return {**known.get("dataFields", {}), **user.get("dataFields", {})}
