"""The vendors' rate limits: the sandbox keeps them and says so as each vendor does, and no object asks for more."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from connector_suite import AS_OF, surroundings
from ports import free_port

from activations.connectors.klaviyo import KlaviyoConfig, KlaviyoConnector, ProfileOptions
from activations.contract import Batch, Operation, Target
from activations.pacing import TokenBucket
from activations.registry import CONNECTORS
from activations.sandbox import VendorSandbox
from activations.sandbox.rate import Meter, Rate
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendor import Request
from activations.sandbox.vendors import VENDORS
from heddle.errors import RetryLater

CREDENTIALS = {"authorization": "Bearer x", "api-key": "x", "linkedin-version": "202606", "revision": "2026-07-15"}
OWN = {
    "customerio": {"authorization": "Basic x"},
    "klaviyo": {"authorization": "Klaviyo-API-Key x"},
}
LIMITED = [vendor for vendor in VENDORS if vendor.rates]
CASES = [
    ("braze", "/users/track", 429, {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3"}),
    ("customerio", "/api/v2/batch", 429, {}),
    ("google", "/v1/audienceMembers:ingest", 429, {}),
    ("hubspot", "/crm/v3/lists", 429, {"X-HubSpot-RateLimit-Max": "2", "X-HubSpot-RateLimit-Remaining": "0",
                                       "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}),
    ("iterable", "/api/users/bulkUpdate", 429, {}),
    ("klaviyo", "/api/profile-bulk-import-jobs", 429, {"Retry-After": "1", "RateLimit-Limit": "2",
                                                       "RateLimit-Remaining": "0", "RateLimit-Reset": "1"}),
    ("linkedin", "/dmpSegments", 429, {}),
    ("salesforce", "/services/data/v62.0/limits", 403, {"Sforce-Limit-Info": "api-usage=2/2"}),
    ("sendgrid", "/v3/marketing/contacts", 429, {"x-ratelimit-limit": "2", "x-ratelimit-remaining": "0",
                                                 "x-ratelimit-reset": "60"}),
]  # fmt: skip


def test_every_vendor_with_a_rate_is_here() -> None:
    assert {vendor.name for vendor in LIMITED} == {name for name, *_ in CASES}


@pytest.mark.parametrize(("name", "path", "status", "headers"), CASES, ids=[case[0] for case in CASES])
def test_a_call_too_many_is_refused_in_the_vendors_own_words(
    name: str, path: str, status: int, headers: Mapping[str, str]
) -> None:
    now = [0.0]
    kind = next(vendor for vendor in VENDORS if vendor.name == name)
    vendor = kind(Shelves(None))
    first = next(rate for rate in vendor.rates if rate.paths in path)
    vendor.meter = Meter([Rate(2, first.seconds, first.paths)], lambda: now[0])
    request = Request("GET", path, headers={**CREDENTIALS, **OWN.get(name, {})})
    taken = [vendor.answer(request).status for _ in range(2)]
    refused = vendor.answer(request)
    assert status not in taken and refused.status == status
    assert headers.items() <= dict(refused.headers).items()
    assert headers or not any("imit" in header or "Retry" in header for header, _ in refused.headers)
    now[0] += first.seconds
    assert vendor.answer(request).status == taken[0]


def test_hubspot_says_which_of_its_limits_it_is() -> None:
    vendor = next(vendor for vendor in VENDORS if vendor.name == "hubspot")(Shelves(None))
    request = Request("GET", "/crm/v3/objects/contacts", headers=CREDENTIALS)
    for rate, policy in ((Rate(0, 10), "TEN_SECONDLY_ROLLING"), (Rate(0, 86_400), "DAILY")):
        vendor.meter = Meter([rate], lambda: 0.0)
        body: Any = vendor.answer(request).body
        assert body["policyName"] == policy


@pytest.mark.parametrize("kind", LIMITED, ids=lambda kind: kind.name)
def test_no_object_is_sent_faster_than_its_vendor_allows(kind: type[Any]) -> None:
    """Three minutes of the engine's bucket, beginning anywhere in the vendor's window."""
    for spec in CONNECTORS[kind.name].objects().values():
        assert spec.limits.per_second, f"{kind.name} {spec.name} has a rate at the vendor and none here"
        for begin in (0.0, 0.4, 55.0):
            now = [begin]
            bucket = TokenBucket(spec.limits.per_second, lambda now=now: now[0], lambda s, now=now: _pass(now, s))
            meter = Meter([Rate(rate.calls, rate.seconds) for rate in _of(kind, spec.name)], lambda now=now: now[0])
            while now[0] < begin + 180:
                bucket.take()
                budget = meter.spend("")
                assert budget is None or budget.left >= 0, f"{kind.name} {spec.name}: {budget}"


def _of(kind: type[Any], name: str) -> list[Rate]:
    """The rates that are about sending; SendGrid's mail has none of its own."""
    return [rate for rate in kind.rates if not (kind.name == "sendgrid" and name == "mail")]


def _pass(now: list[float], seconds: float) -> None:
    now[0] += max(seconds, 1e-9)


def test_a_connector_waits_as_long_as_the_vendor_says(tmp_path: Path) -> None:
    now = [1_000_000_030.0]
    with VendorSandbox("127.0.0.1", free_port(), clock=lambda: now[0]) as sandbox:
        config = KlaviyoConfig(base_url=f"{sandbox.url}/klaviyo", key_env="K")
        connector = KlaviyoConnector(config, surroundings(tmp_path, {"K": "k"}))
        target = Target("s", "profile", "a list", "upsert", "remove", "ads", AS_OF, (), ProfileOptions())
        target = Target(**{**target.__dict__, "ids": connector.ensure_audience(target)})
        batch = Batch(target, (Operation(1, "add", "k1", {"email": "a@mail.example"}),))
        for _ in range(15):  # ten a second
            for _ in range(10):
                connector.send(batch)
            now[0] += 1
        with pytest.raises(RetryLater) as caught:  # and 150 a minute, which began 50 s before
            connector.send(batch)
        assert caught.value.after == 60 - (now[0] % 60)
        connector.close()


def test_mailchimp_takes_ten_calls_at_a_time() -> None:
    with VendorSandbox("127.0.0.1", free_port()) as sandbox:
        sandbox.slow_seconds = 2.5
        sandbox.fail("mailchimp", "slow", 10)
        answers: list[int] = []

        def ping() -> None:
            headers = {"Authorization": "Basic x"}
            answers.append(requests.get(f"{sandbox.url}/mailchimp/3.0/ping", headers=headers, timeout=60).status_code)

        threads = [threading.Thread(target=ping) for _ in range(10)]
        for thread in threads:
            thread.start()
        while sandbox.calls["mailchimp"] < 10:
            time.sleep(0.01)
        ping()
        for thread in threads:
            thread.join()
        ping()
    assert answers[0] == 429 and answers[1:] == [200] * 11


@pytest.mark.parametrize(
    ("name", "path", "body", "said"),
    [
        ("klaviyo", "/api/profile-bulk-import-jobs",
         {"data": {"attributes": {"profiles": {"data": [{"attributes": {"email": "a@b.example", "x": "x" * 100_001}}]}},
                   "relationships": {"lists": {"data": []}}}}, "over 100 kB"),
        ("customerio", "/api/v2/batch",
         {"batch": [{"type": "person", "action": "identify", "identifiers": {"id": "1"},
                     "attributes": {f"a{n}": n for n in range(301)}}]}, "batch_index"),
        ("braze", "/users/track", {"attributes": [{"external_id": str(n)} for n in range(76)]}, "75 objects"),
        ("iterable", "/api/users/bulkUpdate", {"users": [{"email": "a@b.example"}] * 1_001}, "1000 users"),
        ("sendgrid", "/v3/marketing/contacts", {"contacts": [{"email": "a@b.example", "x": "x" * 6_000_001}]}, "6 MB"),
        ("google", "/v1/audienceMembers:ingest",
         {"termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"}, "destinations": [{}],
          "audienceMembers": [{}] * 10_001}, "10000 audience members"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)  # fmt: skip
def test_a_call_that_is_too_large_is_refused(name: str, path: str, body: object, said: str) -> None:
    kind = next(vendor for vendor in VENDORS if vendor.name == name)
    headers = {**CREDENTIALS, **OWN.get(name, {}), "content-type": "application/vnd.api+json"}
    method = "PUT" if name == "sendgrid" else "POST"
    answer = kind(Shelves(None)).answer(Request(method, path, headers=headers, body=_json(body)))
    assert (answer.status in (207, 413) or 400 <= answer.status < 500) and said in str(answer.body)


def _json(body: object) -> bytes:
    return requests.Request("POST", "http://x.example", json=body).prepare().body or b""  # type: ignore[return-value]
