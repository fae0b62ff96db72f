import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from hypothesis import given, settings
from hypothesis import strategies as st
from said import said
from vendor_suite import VendorSuite

from activations import salesforce_bulk
from activations.connectors.salesforce import RecordOptions, SalesforceConnector
from activations.contract import CLEAR, Batch, Operation, Options, Pending
from activations.outcomes import Accepted, Delivered, Rejected, Skipped
from activations.salesforce_rows import Told, read, upserts
from heddle.errors import RetryLater, StopSync


class TestSalesforceBulk(VendorSuite):
    vendor, connector_type, object = "salesforce", SalesforceConnector, "bulk_record"
    config = {"token_env": "TOKEN"}
    actions = ("add", "change")
    counts = False  # a job counts when it is over
    description = ApiDescription(
        "salesforce/salesforce-bulk-api-2-openapi.yml",
        strip="/services/data/v62.0/jobs",
        unjudged={"GET /services/data/v62.0/limits": "another API", "GET /services/data/v62.0/query": "another API"},
    )

    def options(self) -> Options:
        return RecordOptions(type="Contact", external_id="Heddle_Id__c")

    def fields(self, n: int) -> dict[str, object]:
        return {"Heddle_Id__c": f"k{n}", "Email": f"Person{n}@mail.example", "LastName": "Żółw", "Orders__c": n}

    def who(self, n: int) -> str:
        return f"k{n}"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("salesforce", "Contact"))  # type: ignore[arg-type]

    def jobs(self) -> list[str]:
        return [str(job["state"]) for job in self.sandbox.held("salesforce", "jobs").values()]

    def test_a_full_batch_is_taken_and_one_row_more_is_not(self, connector: Any, monkeypatch: Any) -> None:
        """The limit is bytes: ours before the first call, and theirs, which leaves no job open."""
        monkeypatch.setattr(salesforce_bulk, "MAX_CSV", 400)
        over = connector.send(self.batch(*range(40))).outcomes
        assert {outcome.scope for outcome in over.values()} == {"batch"} and not self.jobs()
        assert set(map(type, self.send(connector, self.batch(*range(40))).values())) == {Delivered}
        monkeypatch.undo()
        self.sandbox.vendors["salesforce"].max_body = 400  # type: ignore[misc]
        over = connector.send(self.batch(*range(40))).outcomes
        assert {outcome.scope for outcome in over.values()} == {"batch"} and self.jobs()[-1] == "Aborted"

    def test_a_job_is_asked_later(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert isinstance(outcome, Accepted)
        assert isinstance(connector.poll(outcome.receipt, self.batch(0)), Pending)
        (settled,) = connector.poll(outcome.receipt, self.batch(0)).outcomes.values()
        assert isinstance(settled, Delivered) and settled.ids["id"].startswith("003")

    @pytest.mark.parametrize("calls", [1, 2])
    @pytest.mark.parametrize("failure", ["429", "503", "500", "cut", "cut_after"])
    def test_a_job_that_could_not_be_closed_is_given_up_and_opened_anew(
        self, connector: Any, failure: str, calls: int
    ) -> None:
        vendor, answer, asked = self.sandbox.vendors["salesforce"], self.sandbox.vendors["salesforce"].answer, []

        def after_some(request: Any) -> Any:
            asked.append(request)
            if len(asked) == calls:
                vendor.answer = answer  # type: ignore[method-assign]
                self.sandbox.fail("salesforce", failure)  # type: ignore[arg-type]
            return answer(request)

        vendor.answer = after_some  # type: ignore[method-assign]
        with pytest.raises(RetryLater):
            connector.send(self.batch(0, 1))
        assert self.jobs() == ["Aborted"]
        assert set(map(type, self.send(connector, self.batch(0, 1)).values())) == {Delivered}
        assert len(self.shelf()) == 2

    def test_deletion_is_by_the_id_that_was_given(self, connector: Any) -> None:
        given = self.send(connector, self.batch(0, 1))
        target = replace(self.target(), on_leave="delete")
        rows = [replace(self.operation(n, "remove"), ids=given[n].ids) for n in (0, 1)]  # type: ignore[union-attr]
        outcomes = self.send(connector, Batch(target, (*rows, self.operation(2, "remove"))))
        assert [type(outcomes[n]) for n in (0, 1)] == [Delivered, Delivered] and not self.shelf()
        owed = outcomes[2]
        assert isinstance(owed, Rejected) and (owed.code, owed.retryable, owed.scope) == ("no_id", False, "row")
        assert self.send(connector, Batch(target, tuple(rows)))[0] == Skipped("already_gone")

    def test_a_record_whose_id_is_not_known_is_looked_up(self, connector: Any) -> None:
        keys = ["k0", "K1", "it's \\", "not there"]
        rows = [Operation(n, "add", key, {"Heddle_Id__c": key, "LastName": "x"}) for n, key in enumerate(keys[:3])]
        self.send(connector, Batch(self.target(), tuple(rows)))
        target = replace(self.target(), on_leave="delete")
        gone = [Operation(n, "remove", key, {"Heddle_Id__c": key.lower()}) for n, key in enumerate(keys)]
        accepted = connector.send(Batch(target, tuple(gone))).outcomes
        assert accepted[3] == Skipped("already_gone") and not self.shelf()
        taken = [replace(row, ids=accepted[row.op_id].ids) for row in gone[:3]]
        while isinstance(found := connector.poll(accepted[0].receipt, Batch(target, tuple(taken))), Pending):
            continue
        assert set(map(type, found.outcomes.values())) == {Delivered}

    def test_a_value_to_clear_is_cleared_and_a_missing_one_stays(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        row = Operation(0, "change", "k0", {"Heddle_Id__c": "k0", "Orders__c": CLEAR, "LastName": None})
        self.send(connector, Batch(self.target(), (row,)))
        (held,) = self.shelf().values()
        assert "Orders__c" not in held and held["LastName"] == "Żółw"

    def test_a_text_that_would_clear_a_field_is_refused_before_it_does(self, connector: Any) -> None:
        rows = [
            Operation(n, "add", f"k{n}", {"Heddle_Id__c": f"k{n}", "Note": note})
            for n, note in enumerate(["#N/A", "x"])
        ]
        outcomes = self.send(connector, Batch(self.target(), tuple(rows)))
        assert isinstance(outcomes[0], Rejected) and outcomes[0].code == "reserved_text"
        assert isinstance(outcomes[1], Delivered) and self.held(self.folder) == {"k1"}

    @pytest.mark.parametrize("value", ['a "quoted", value', "two\nlines", "two\r\nlines", "zażółć 😀", " 007 ", "=1+1"])
    def test_values_survive(self, connector: Any, value: str) -> None:
        row = Operation(0, "add", "k0", {"Heddle_Id__c": "k0", "Note": value})
        assert isinstance(self.send(connector, Batch(self.target(), (row,)))[0], Delivered)
        (held,) = self.shelf().values()
        assert held["Note"] == value

    def test_an_external_id_of_any_letters_comes_back_to_its_row(self, connector: Any) -> None:
        keys = ["Żółw, „x”", 'a"b', "007", "line\nbreak"]
        rows = tuple(Operation(n, "add", key, {"Heddle_Id__c": key}) for n, key in enumerate(keys))
        assert set(map(type, self.send(connector, Batch(self.target(), rows)).values())) == {Delivered}

    @pytest.mark.parametrize(
        ("job", "files", "codes"),
        [
            ("JobComplete", {"failedResults": "UNABLE_TO_LOCK_ROW:try again:--"}, {("UNABLE_TO_LOCK_ROW", True)}),
            ("Failed", {"unprocessedrecords": None}, {("InvalidBatch", True)}),
            ("Aborted", {"unprocessedrecords": None}, {("not_processed", True)}),
        ],
    )
    def test_what_a_job_did_not_do_is_done_again(
        self, connector: Any, monkeypatch: Any, job: str, files: dict[str, str | None], codes: set[tuple[str, bool]]
    ) -> None:
        error = {"errorMessage": "InvalidBatch : Field name not found : Foo__c"} if job == "Failed" else {}

        def ask(call: Any, **_: Any) -> Any:
            name = call.path.rsplit("/", 1)[-1]
            if name == "j":
                return said({"state": job, **error})
            head = "sf__Id,sf__Error,Heddle_Id__c\n" if name == "failedResults" else "Heddle_Id__c\n"
            row = f",{files[name]},k0\n" if files.get(name) else "k0\n"
            return said(head + (row if name in files else ""))

        monkeypatch.setattr(connector, "ask", ask)
        outcomes = connector.poll("j", self.batch(0)).outcomes
        assert {(outcome.code, outcome.retryable) for outcome in outcomes.values()} == codes

    @pytest.mark.parametrize("file", ["sf__Id,Heddle_Id__c\n003,k0\n", "sf__Id,Heddle_Id__c\n003,k0\n003,k1\n003,k7\n"])
    def test_results_that_do_not_account_for_the_job_are_no_success(
        self, connector: Any, monkeypatch: Any, file: str
    ) -> None:
        answers = {"j": said({"state": "JobComplete"}), "successfulResults": said(file)}
        monkeypatch.setattr(connector, "ask", lambda call, **_: answers.get(call.path.rsplit("/", 1)[-1], said("x\n")))
        with pytest.raises(StopSync, match="account"):
            connector.poll("j", self.batch(0, 1))

    def test_a_job_that_is_refused_is_not_halved(self, connector: Any, monkeypatch: Any) -> None:
        errors = [
            ("INVALIDJOB", 400, StopSync),
            ("EXCEEDEDQUOTA", 400, RetryLater),
            ("REQUEST_LIMIT_EXCEEDED", 403, RetryLater),
        ]
        for word, status, error in errors:
            monkeypatch.setattr(connector, "ask", lambda *_, w=word, s=status, **__: said([{"errorCode": w}], s))
            with pytest.raises(error):
                connector.send(self.batch(0, 1))

    def test_a_preview_says_which_job_and_masks_its_rows(self, connector: Any) -> None:
        shown = connector.preview(self.batch(0))
        assert '"operation": "upsert"' in shown and "then, as CSV" in shown and "person0" not in shown


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", 'c"', "d,"]), st.text(min_size=1)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_every_text_is_read_back_from_the_csv(rows: list[dict[str, str]]) -> None:
    clean = [{name: value.replace("\0", "") for name, value in row.items()} for row in rows]
    file = upserts([Operation(n, "add", str(n), {"id": str(n), **row}) for n, row in enumerate(clean)])
    told = [{name: value for name, value in row.items() if value != ""} for row in read(file)]
    assert told == [{"id": str(n), **{k: v for k, v in row.items() if v}} for n, row in enumerate(clean)]


def test_two_rows_under_one_name_have_an_outcome_each() -> None:
    told = Told("K", [("a", 1), ("a", 2)])
    told.successes(b"sf__Id,K\n003,a\n")
    told.failures(b"sf__Id,sf__Error,K\n,DUPLICATE_VALUE:twice:K --,a\n", deleting=False)
    assert told.missing == told.strangers == 0
    assert {type(outcome) for outcome in told.outcomes.values()} == {Delivered, Rejected}


def test_kinds_of_values_are_written_as_salesforce_reads_them() -> None:
    fields = {"t": True, "n": None, "c": CLEAR, "l": ["a", "b"], "f": 1.5, "z": None}
    rows = [Operation(0, "add", "k", fields), Operation(1, "add", "m", {"n": 0})]
    assert list(csv.reader(io.StringIO(upserts(rows).decode()))) == [
        ["t", "c", "l", "f", "n"],
        ["true", "#N/A", "a;b", "1.5", ""],
        ["", "", "", "", "0"],
    ]


del VendorSuite
