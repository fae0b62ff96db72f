"""A second opinion: what connectors send and the sandbox answers, judged by Prism from the vendor's own description.

Validators skip silently, so of each operation with a body some broken body must be refused too. Minutes, and npm:
`make test-prism`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import discovery
import pytest
import test_braze
import test_brevo
import test_customerio
import test_fcm
import test_google
import test_hubspot
import test_iterable
import test_klaviyo
import test_linkedin
import test_mailchimp
import test_mailchimp_transactional
import test_salesforce_bulk
import test_sendgrid
import test_slack
import test_tiktok
import test_twilio
import test_vonage
import test_whatsapp
from api_description import SPECS, broken
from exchanges import recorded
from prism import Exchange, Prism, Verdict, program, running
from vendor_suite import VendorSuite

pytestmark = pytest.mark.thorough
_SYSTEM = "https://stoplight.io/prism/errors"


@dataclass(frozen=True)
class Case:
    """`files` are below ../shared/specs. Of the other three, keys are "METHOD /path" with * for any part, values say
    why: `absent` from the files, not `judged` as a request, and `otherwise` than the description answers the vendor."""

    suite: type[VendorSuite]
    files: str
    strip: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.suite.vendor}-{self.suite.object}"


_NO_ERRORS = "the file has no errors"
CASES = [
    Case(test_braze.TestBraze, "braze/braze_subset.openapi.json"),
    Case(
        test_brevo.TestBrevo,
        "brevo/brevo_subset.openapi.json",
        strip="/v3",
        unjudged={"POST /contacts/lists/*/contacts/remove": "a oneOf whose alternatives all fit"},
    ),
    Case(test_customerio.TestCustomerIo, "customerio/customer-io-track-api-openapi.json"),
    Case(test_fcm.TestFcm, "fcm/fcm.v1.json", otherwise={"POST /v1/projects/*/messages:send": _NO_ERRORS}),
    Case(test_google.TestGoogle, "google_ads/datamanager.v1.json"),
    Case(test_hubspot.TestContacts, "hubspot/contacts-v3.fixed.json"),
    Case(
        test_hubspot.TestListMembers,
        "hubspot/contacts-v3.fixed.json hubspot/lists-memberships-v3.fixed.json",
        absent={
            "POST /crm/v3/lists": "Prism does not come up with the file that has it: a filter within a filter",
            "GET /crm/v3/lists/object-type-id/*/name/*": "as above",
        },
    ),
    Case(test_iterable.TestUsers, "iterable/iterable-subset.swagger.json"),
    Case(test_iterable.TestListMembers, "iterable/iterable-subset.swagger.json"),
    Case(
        test_klaviyo.TestKlaviyo,
        "klaviyo/klaviyo-subset.openapi.json",
        otherwise={"GET /api/profile-bulk-import-jobs/*/import-errors": "no next page is null, which the file has not"},
    ),
    Case(test_linkedin.TestLinkedIn, "linkedin/linkedin-marketing-audience.yml"),
    Case(test_mailchimp.TestMembers, "mailchimp_marketing/mailchimp-marketing-subset.swagger.json", strip="/3.0"),
    Case(
        test_mailchimp.TestTags,
        "mailchimp_marketing/mailchimp-marketing-subset.swagger.json",
        strip="/3.0",
        absent={"POST /lists/*/segments": "the subset does not have it"},
    ),
    Case(
        test_mailchimp_transactional.TestTransactional,
        "mailchimp_transactional/transactional_subset.openapi.json",
        otherwise={"POST /messages/send": "no reason is null, which the file's list of reasons has not"},
    ),
    Case(
        test_salesforce_bulk.TestSalesforceBulk,
        "salesforce/salesforce-bulk-api-2-openapi.yml",
        strip="/services/data/v62.0/jobs",
        absent={"GET /services/data/v62.0/limits": "another API"},
    ),
    Case(
        test_sendgrid.TestContacts,
        "sendgrid/tsg_mc_contacts_v3.json sendgrid/tsg_mc_lists_v3.json sendgrid/tsg_mc_custom_fields_v3.json",
        absent={"GET /v3/scopes": "in another file"},
    ),
    Case(
        test_sendgrid.TestMail,
        "sendgrid/tsg_mail_v3.json",
        absent={"GET /v3/scopes": "in another file"},
        otherwise={"POST /v3/mail/send": "help of an error is null, which the file has not"},
    ),
    Case(
        test_slack.TestSlack,
        "slack/slack_subset.swagger.json",
        absent={"POST /auth.test": "the subset does not have it"},
        unjudged={
            "POST /chat.postMessage": "the file of 2021 knows forms and a token header; the SDK sends JSON, Bearer"
        },
    ),
    Case(
        test_tiktok.TestTikTok,
        "tiktok/dmp_custom_audience_list.yml",
        strip="/open_api/v1.3",
        absent={"POST /segment/*/": "not in the public SDK"},
        unjudged={"GET /dmp/custom_audience/list/": "the file has the token in the query, where logs keep it"},
    ),
    Case(
        test_twilio.TestTwilio,
        "twilio/twilio_messages_subset.openapi.json",
        absent={"GET /*/Accounts/*": "in another file"},
        otherwise={"POST /*/Accounts/*/Messages.json": _NO_ERRORS},
    ),
    Case(
        test_vonage.TestVonage,
        "vonage/sms.yml",
        strip="/sms",
        unjudged={"POST /json": "our check leaves out the recipient on purpose"},
        otherwise={"POST /json": "a oneOf whose alternatives need nothing"},
    ),
    Case(
        test_whatsapp.TestWhatsApp,
        "whatsapp/whatsapp_messages_subset.openapi.json",
        absent={"GET /v23.0/*": "the subset does not have it"},
        otherwise={"POST /v23.0/*/messages": _NO_ERRORS},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_prism_agrees_with_what_is_sent_and_answered(case: Case, tmp_path: Path) -> None:
    program()
    for file in case.files.split():
        if not (SPECS / file).exists():
            pytest.skip(f"the vendor's description is not beside this repository (../shared/specs/{file})")
    found = recorded(case.suite(), tmp_path, case.strip)
    verdicts: list[tuple[Exchange, Verdict]] = []
    unnoticed: dict[str, bool] = {}
    for file in case.files.split():
        with running(_document(SPECS / file, tmp_path)) as prism:
            said = [(exchange, prism.judge(exchange)) for exchange in found]
            known = [(exchange, verdict) for exchange, verdict in said if verdict.known]
            verdicts += known
            unnoticed |= {
                _shape(exchange): not _refuses(prism, exchange) for exchange, _ in known if _breakable(exchange)
            }
    judged = {_shape(exchange) for exchange, _ in verdicts}
    missing = {_shape(exchange) for exchange in found} - judged
    assert not [shape for shape in missing if not _listed(shape, case.absent)], "not in the description"
    assert not [shape for shape, unseen in unnoticed.items() if unseen], "nothing is wrong with any broken body"
    assert unnoticed or case.unjudged, "no operation has a canary"
    problems = [
        (exchange.operation, verdict.request)
        for exchange, verdict in verdicts
        if verdict.request and not _listed(_shape(exchange), case.unjudged)
    ]
    assert not problems, problems[:3]
    answers = [
        (exchange.operation, exchange.status, verdict.answer)
        for exchange, verdict in verdicts
        if verdict.answer and not _listed(_shape(exchange), case.otherwise)
    ]
    assert not answers, answers[:3]


def _document(path: Path, folder: Path) -> Path:
    """What Prism reads; a discovery document of Google becomes OpenAPI first."""
    if not path.name.endswith(".v1.json"):
        return path
    made = folder / path.name
    made.write_text(json.dumps(discovery.as_openapi3(json.loads(path.read_text()))))
    return made


def _breakable(exchange: Exchange) -> bool:
    return bool(exchange.body) and "csv" not in exchange.headers.get("Content-Type", "")


def _refuses(prism: Prism, exchange: Exchange) -> bool:
    return any(prism.judge(replace(exchange, body=body)).request for body in _broken(exchange))


def _broken(exchange: Exchange) -> Iterator[bytes]:
    if "json" in exchange.headers.get("Content-Type", ""):
        yield from (json.dumps(body).encode() for body in broken(json.loads(exchange.body)))
        yield b"7"
        return
    text = exchange.body.decode()
    for name in re.findall(r"(?:^|&)(\w+)=", text):
        yield re.sub(rf"(^|&){re.escape(name)}=[^&]*", "", text).encode()


def _shape(exchange: Exchange) -> str:
    """An operation, whatever the ids in its path; the version of an API is none."""
    numbered = r"(?:[0-9a-fA-F-]*\d[0-9a-fA-F-]{7,}|[A-Za-z]{0,3}\d+)"
    return re.sub(rf"(?<=/)(?!v\d+/){numbered}(?=/|$|\.json)", "*", exchange.operation)


def _listed(shape: str, known: Mapping[str, str]) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), shape) for pattern in known)
