"""Mailchimp's lists, members and tags. Every list exists. Addresses that match `refused` are fake to it."""

import hashlib
from typing import Any

from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_TITLES = {400: "Invalid Resource", 401: "API Key Invalid", 403: "Forbidden", 404: "Resource Not Found"}


class MailchimpVendor(Vendor):
    name = "mailchimp"
    title = "Mailchimp"
    connections = 10

    def admit(self, request: Request) -> None:
        if not request.headers.get("authorization", "").startswith("Basic "):
            raise Refusal(401, "Your API key may be invalid")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        title = code or _TITLES.get(status, "Error")
        body = {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": status}
        kind = (("Content-Type", "application/problem+json; charset=utf-8"),)
        return Answer(status, {**body, "detail": message, "instance": "0", "errors": []}, kind)

    @route("GET", "/3.0/ping")
    def ping(self, request: Request) -> Answer:
        return Answer(200, {"health_status": "Everything's Chimpy!"})

    @route("PUT", "/3.0/lists/{list}/members/{hash}")
    def put_member(self, request: Request) -> Answer:
        body, key = request.json(), request.parts["hash"]
        address = str(body.get("email_address", "")).lower()
        known = self.shelves.get("members", key)
        if known is None and "status_if_new" not in body and "status" not in body:
            raise Refusal(400, "status_if_new is required for a new member")
        if "@" not in address or self.bad(address) or hashlib.md5(address.encode()).hexdigest() != key:
            raise Refusal(400, f"{address} looks fake or invalid, please enter a real email address.")
        status = body.get("status") or (known or {}).get("status") or body["status_if_new"]
        fields = {**(known or {}).get("merge_fields", {}), **body.get("merge_fields", {})}
        member = {"id": key, "email_address": address, "status": status, "merge_fields": fields}
        self.shelves.put("members", key, member)
        return Answer(200, {**member, "list_id": request.parts["list"]})

    @route("DELETE", "/3.0/lists/{list}/members/{hash}")
    def archive(self, request: Request) -> Answer:
        if not self.shelves.drop("members", request.parts["hash"]):
            raise Refusal(404, "The requested resource could not be found.")
        return Answer(204)

    @route("GET", "/3.0/lists/{list}/tag-search")
    def tags(self, request: Request) -> Answer:
        wanted = request.query.get("name", "")
        found = [tag for tag in self.shelves.rows("tags").values() if str(tag["name"]).startswith(wanted)]
        return Answer(200, {"tags": found, "total_items": len(found)})

    @route("POST", "/3.0/lists/{list}/segments")
    def create_tag(self, request: Request) -> Answer:
        key = self.shelves.next_id("tags", 77000)
        tag = {"id": key, "name": request.json()["name"]}
        self.shelves.put("tags", key, tag)
        return Answer(200, {**tag, "type": "static", "member_count": 0})

    @route("POST", "/3.0/lists/{list}/segments/{tag}")
    def change_tag(self, request: Request) -> Answer:
        tag = self.shelves.get("tags", request.parts["tag"])
        if tag is None:
            raise Refusal(404, "The requested resource could not be found.")
        body = request.json()
        given = at_most(500, [*body.get("members_to_add", []), *body.get("members_to_remove", [])], "members")
        members = {row["email_address"] for row in self.shelves.rows("members").values()}
        errors: list[dict[str, Any]] = []
        for address in given:
            if address in body.get("members_to_remove", []):
                if not self.shelves.drop(tag["name"], address):
                    errors.append({"email_addresses": [address], "error": "Email address is not in the segment"})
            elif self.bad(address) or address not in members:
                errors.append({"email_addresses": [address], "error": "Email address is not subscribed to the list"})
            else:
                self.shelves.put(tag["name"], address, {"email_address": address})
        said = {"members_added": [], "members_removed": [], "errors": errors, "error_count": len(errors)}
        return Answer(200, {**said, "total_added": len(body.get("members_to_add", [])), "total_removed": 0})
