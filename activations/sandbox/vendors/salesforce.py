"""Salesforce's collections of records, queries for their ids, and its bulk jobs (API 2.0), whose first look finds them
under way. Records that match `refused` have an address that is not valid."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from activations.sandbox.rate import Budget, Rate
from activations.sandbox.vendor import Answer, Refusal, Request, Vendor, at_most, route

_CODES = {401: "INVALID_SESSION_ID", 403: "API_DISABLED_FOR_ORG", 404: "NOT_FOUND", 503: "SERVER_UNAVAILABLE"}
_COLLECTION = "/services/data/{version}/composite/sobjects"
_JOBS = "/services/data/{version}/jobs/ingest"
_QUERY = re.compile(r"SELECT Id, (\w+) FROM (\w+) WHERE (\w+) IN \((.+)\)", re.DOTALL)
_TEXTS = re.compile(r"'((?:[^'\\]|\\.)*)'")
_LATER = {"UploadComplete": "InProgress", "InProgress": "JobComplete"}


class SalesforceVendor(Vendor):
    name = "salesforce"
    title = "Salesforce"
    max_body: ClassVar[int] = 100_000_000
    rates: ClassVar[tuple[Rate, ...]] = (Rate(100_000, 86_400),)

    def admit(self, request: Request) -> None:
        if request.path != "/services/oauth2/token" and not request.headers.get("authorization", "").startswith(
            "Bearer "
        ):
            raise Refusal(401, "Session expired or invalid")

    def error(self, status: int, message: str, code: str | None = None) -> Answer:
        return Answer(status, [{"message": message, "errorCode": code or _CODES.get(status, "JSON_PARSER_ERROR")}])

    def exceeded(self, budget: Budget) -> Answer:
        return self.error(403, "TotalRequests Limit exceeded.", "REQUEST_LIMIT_EXCEEDED")

    def rate_headers(self, budget: Budget) -> tuple[tuple[str, str], ...]:
        used = budget.rate.calls - max(0, budget.left)
        return (("Sforce-Limit-Info", f"api-usage={used}/{budget.rate.calls}"),)

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

    @route("GET", "/services/data/{version}/query")
    def query(self, request: Request) -> Answer:
        found = _QUERY.fullmatch(request.query["q"])
        if not found:
            raise Refusal(400, "unexpected token", "MALFORMED_QUERY")
        field, kind, again, values = found.groups()
        if field != again:
            raise Refusal(400, f"No such column '{again}' on entity '{kind}'", "INVALID_FIELD")
        wanted = {re.sub(r"\\(.)", r"\1", one).casefold() for one in _TEXTS.findall(values)}
        rows = [row for row in self.shelves.rows(kind).values() if str(row.get(field)).casefold() in wanted]
        records = [{"attributes": {"type": kind}, "Id": row["Id"], field: row[field]} for row in rows]
        return Answer(200, {"totalSize": len(records), "done": True, "records": records})

    @route("POST", _JOBS)
    def open_job(self, request: Request) -> Answer:
        body = request.json()
        if body["operation"] not in ("upsert", "delete") or (body["operation"] == "upsert") != (
            "externalIdFieldName" in body
        ):
            raise Refusal(400, "externalIdFieldName is for upsert, and upsert needs it", "INVALIDJOB")
        key = f"750{self.shelves.next_id('jobs'):015d}"
        job = {"id": key, "state": "Open", **body}
        self.shelves.put("jobs", key, job)
        return Answer(200, {**_shown(job), "contentUrl": f"{request.path.lstrip('/')}/{key}/batches"})

    @route("PUT", _JOBS + "/{job}/batches")
    def upload(self, request: Request) -> Answer:
        job = self._job(request, "Open")
        if not request.headers.get("content-type", "").startswith("text/csv"):
            raise Refusal(415, "Content-Type must be text/csv", "INVALIDREQUEST")
        self.shelves.put("jobs", job["id"], {**job, "csv": request.body.decode()})
        return Answer(201)

    @route("PATCH", _JOBS + "/{job}")
    def change_state(self, request: Request) -> Answer:
        job = self._job(request, "Open", "UploadComplete", "InProgress")
        state = request.json()["state"]
        if state not in ("UploadComplete", "Aborted") or (state == "UploadComplete" and job["state"] != "Open"):
            raise Refusal(400, f"a job that is {job['state']} cannot become {state}", "INVALIDJOBSTATE")
        job = {**job, "state": state}
        if state == "UploadComplete":
            job |= {"results": self._carried_out(job), "csv": None}
        self.shelves.put("jobs", job["id"], job)
        return Answer(200, _shown(job))

    @route("GET", _JOBS + "/{job}")
    def job(self, request: Request) -> Answer:
        job = self._job(request)
        job = {**job, "state": _LATER.get(job["state"], job["state"])}
        self.shelves.put("jobs", job["id"], job)
        return Answer(200, _shown(job))

    @route("GET", _JOBS + "/{job}/{results}")
    def results(self, request: Request) -> Answer:
        job, name = self._job(request, "JobComplete", "Failed", "Aborted"), request.parts["results"]
        if name not in ("successfulResults", "failedResults", "unprocessedrecords"):
            raise Refusal(404, "The requested resource does not exist")
        return Answer(200, _csv(job.get("results", {}).get(name, [])), (("Content-Type", "text/csv"),))

    def _job(self, request: Request, *states: str) -> dict[str, Any]:
        job = self.shelves.get("jobs", request.parts["job"])
        if job is None:
            raise Refusal(404, "The requested resource does not exist")
        if states and job["state"] not in states:
            raise Refusal(400, f"the job is {job['state']}", "INVALIDJOBSTATE")
        return job

    def _carried_out(self, job: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        results: dict[str, list[dict[str, Any]]] = {"successfulResults": [], "failedResults": []}
        for row in csv.DictReader(io.StringIO(job["csv"], newline="")):
            if job["operation"] == "delete":
                said = self._deleted(row["Id"])
            else:
                given = {name: None if value == "#N/A" else value for name, value in row.items() if value != ""}
                record = {"attributes": {"type": job["object"]}, **given}
                said = self._upserted(record, job["externalIdFieldName"])
            if said["success"]:
                created = str(said.get("created", False)).lower()
                results["successfulResults"].append({"sf__Id": said["id"], "sf__Created": created, **row})
            else:
                error = said["errors"][0]
                text = f"{error['statusCode']}:{error['message']}:{','.join(error['fields'])} --"
                results["failedResults"].append({"sf__Id": "", "sf__Error": text, **row})
        return results

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


def _shown(job: dict[str, Any]) -> dict[str, Any]:
    results = job.get("results", {})
    done = job["state"] == "JobComplete"
    counts = {
        "numberRecordsProcessed": sum(map(len, results.values())) if done else 0,
        "numberRecordsFailed": len(results.get("failedResults", [])) if done else 0,
    }
    return {name: value for name, value in job.items() if name not in ("csv", "results")} | counts


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    found = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0]) if found else ["sf__Id"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()
