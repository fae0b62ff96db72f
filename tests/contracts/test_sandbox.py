"""The sandbox as a product: read back, failing on demand, remembered over a restart, and nobody on its page."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from connector_suite import AS_OF, surroundings
from ports import free_port

from activations.connectors.klaviyo import KlaviyoConfig, KlaviyoConnector, ProfileOptions
from activations.contract import Batch, Operation, Target
from activations.sandbox import VendorSandbox
from activations.sandbox.page import _cell
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendors import VENDORS
from heddle.errors import RetryLater


@pytest.fixture
def sandbox(tmp_path: Path) -> Any:
    with VendorSandbox("127.0.0.1", free_port(), tmp_path / "vendors") as running:
        yield running


def fill(sandbox: VendorSandbox, folder: Path, people: int = 3) -> KlaviyoConnector:
    config = KlaviyoConfig(base_url=f"{sandbox.url}/klaviyo", key_env="K")
    connector = KlaviyoConnector(config, surroundings(folder, {"K": "k"}))
    target = Target("s", "profile", "a list", "upsert", "remove", "ads", AS_OF, (), ProfileOptions())
    target = Target(**{**target.__dict__, "ids": connector.ensure_audience(target)})
    rows = [Operation(n, "add", f"k{n}", {"email": f"person{n}@mail.example"}) for n in range(people)]
    connector.send(Batch(target, tuple(rows)))
    connector.close()
    return connector


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


def post(url: str, body: object) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(answer.status)


def test_what_a_vendor_holds_is_read_back_also_after_a_restart(sandbox: VendorSandbox, tmp_path: Path) -> None:
    fill(sandbox, tmp_path)
    before = json.loads(get(f"{sandbox.url}/_sandbox/klaviyo"))
    assert len(before["profiles"]) == 3
    with VendorSandbox("127.0.0.1", free_port(), tmp_path / "vendors") as again:
        assert json.loads(get(f"{again.url}/_sandbox/klaviyo")) == before


def test_the_page_counts_everybody_and_shows_nobody(sandbox: VendorSandbox, tmp_path: Path) -> None:
    fill(sandbox, tmp_path, 30)
    page = get(f"{sandbox.url}/")
    assert "30 records, the last 12" in page and "a list" in page and "mail.example" not in page
    assert "http://" not in page.replace(sandbox.url, "") and "src=" not in page


def test_it_fails_when_told_to_from_outside(sandbox: VendorSandbox, tmp_path: Path) -> None:
    assert post(f"{sandbox.url}/_sandbox/klaviyo/fail", {"kind": "429", "retry_after": "3"}) == 200
    with pytest.raises(RetryLater) as caught:
        fill(sandbox, tmp_path)
    assert caught.value.after == 3
    fill(sandbox, tmp_path)


def test_an_unknown_vendor_or_kind_says_what_there_is(sandbox: VendorSandbox) -> None:
    for path in ("nobody/x", "_sandbox/nobody"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(f"{sandbox.url}/{path}")
        assert "klaviyo" in caught.value.read().decode()
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{sandbox.url}/_sandbox/klaviyo/fail", {"kind": "boredom"})
    assert "cut_after" in caught.value.read().decode()


def test_a_malformed_request_is_an_error_of_the_vendor(sandbox: VendorSandbox) -> None:
    for vendor in VENDORS:
        try:
            said, status = get(f"{sandbox.url}/{vendor.name}/no/such/address"), 200
        except urllib.error.HTTPError as error:
            said, status = error.read().decode(), error.code
        # some vendors say 200 whatever happens, and what happened in the body
        words = {"tiktok": '"code": 40105', "slack": '"ok": false', "vonage": '"status": "4"'}
        assert status >= 400 or words[vendor.name] in said, f"{vendor.name}: {said}"


def test_forgetting_is_for_one_vendor(sandbox: VendorSandbox, tmp_path: Path) -> None:
    fill(sandbox, tmp_path)
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/klaviyo", method="DELETE")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 204
    assert json.loads(get(f"{sandbox.url}/_sandbox/klaviyo")) == {}


def test_every_vendor_has_a_name_of_its_own() -> None:
    assert len({vendor.name for vendor in VENDORS}) == len(VENDORS) == len({vendor.title for vendor in VENDORS})


def test_a_journal_that_was_torn_keeps_what_was_whole(tmp_path: Path) -> None:
    journal = tmp_path / "vendor.jsonl"
    journal.write_text('["people", "a", {"n": 1}]\n["people", "b", {"n"', encoding="utf-8")
    for key in ("c", "d"):
        shelves = Shelves(journal)
        shelves.put("people", key, {"n": 2})
        shelves.flush()
    assert list(Shelves(journal).rows("people")) == ["a", "c", "d"]


def test_the_page_shows_no_number_and_no_key_that_is_a_persons() -> None:
    row = {"chat_id": 600100200, "named": {"jan@mail.example": 1}, "lists": 3}
    shown = " ".join(_cell(name, row) for name in row)
    assert "600100200" not in shown and "jan@" not in shown and "3" in shown
