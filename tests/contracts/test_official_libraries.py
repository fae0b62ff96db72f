"""What the vendors' own libraries say of our requests: Amazon's signer and a server that plays SES and SNS (moto),
Google's protobufs, Meta's hasher where it is installed (its licence keeps it out of ours)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import test_amazon
import test_google
import test_meta
from api_description import SPECS
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from connector_suite import surroundings
from exchanges import recorded
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from activations.aws_signature import signed_headers
from activations.connectors.meta import MetaConnector
from activations.contract import Operation
from activations.field_spec import is_digest
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync

REGION = "eu-central-1"
ACCOUNT = "123456789012"
KEYS = {"TOKEN": "AKIAIOSFODNN7EXAMPLE", "SECRET": "wJalrXUtnFEMI"}


@given(
    st.from_regex(r"(/[A-Za-z0-9_-]{1,9}){0,3}", fullmatch=True),
    st.binary(max_size=60),
    st.sampled_from(["sns", "ses"]),
    st.integers(0, 10**8),
)
def test_any_request_is_signed_as_botocore_signs_it(path: str, body: bytes, service: str, seconds: int) -> None:
    now = datetime(2026, 6, 15, tzinfo=UTC) + timedelta(seconds=seconds)
    url = f"https://{service}.{REGION}.amazonaws.com{path or '/'}"
    headers = {"Content-Type": "application/json"}
    ours = signed_headers("POST", url, body, headers, (KEYS["TOKEN"], KEYS["SECRET"]), (REGION, service), now)
    theirs = AWSRequest("POST", url, headers=dict(headers), data=body)
    signer = SigV4Auth(Credentials(KEYS["TOKEN"], KEYS["SECRET"]), service, REGION)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("botocore.auth.get_current_datetime", lambda *_, **__: now.replace(tzinfo=None))
        signer.add_auth(theirs)
    assert ours["Authorization"].rpartition("=")[2] == theirs.headers["Authorization"].rpartition("=")[2]


class Moto:
    """SES and SNS as moto plays them."""

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self, suite: Any, folder: Path) -> Any:
        config = {**suite.config, "base_url": self.url, "region": REGION}
        kind = suite.connector_type
        suite.used_ids, suite.used = {"x": "1"}, kind(kind.Config.model_validate(config), surroundings(folder, KEYS))
        return suite.used


@pytest.fixture
def moto() -> Iterator[Moto]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Moto(f"http://{host}:{port}")
    for backends in (ses_backends, sns_backends):
        backends[ACCOUNT][REGION].reset()
    server.stop()


def test_ses_takes_the_mail_once_the_sender_is_verified(moto: Moto, tmp_path: Path) -> None:
    suite = test_amazon.TestSes()
    connector = moto.open(suite, tmp_path)
    with pytest.raises(StopSync, match="our side"):
        connector.send(suite.batch(0))
    ses_backends[ACCOUNT][REGION].verify_email_identity("a@shop.example")
    result = connector.send(suite.batch(0, 1))
    assert set(map(type, result.outcomes.values())) == {Delivered}
    taken = ses_backends[ACCOUNT][REGION].sent_messages
    assert [one.destinations["ToAddresses"] for one in taken] == [[suite.who(0)], [suite.who(1)]]
    assert [one.id for one in taken] == [result.outcomes[n].ids["id"] for n in (0, 1)]
    assert taken[0].subject == "Hello k0" and "Zażółć k0" in taken[0].body
    connector.close()


def test_sns_takes_the_message_and_refuses_who_opted_out(moto: Moto, tmp_path: Path) -> None:
    suite = test_amazon.TestSns()
    connector = moto.open(suite, tmp_path)
    connector.check()
    result = connector.send(suite.batch(0, 1))
    assert set(map(type, result.outcomes.values())) == {Delivered}
    taken = sns_backends[ACCOUNT][REGION].sms_messages
    assert list(taken) == [result.outcomes[n].ids["id"] for n in (0, 1)]
    assert [text for _, text, *_ in taken.values()] == ["Hello k0, zażółć & more", "Hello k1, zażółć & more"]
    wrong = Operation(7, "add", "k7", {"to": "no number"}, {"body": "b"}, "m")
    outcome = connector.send(suite.batch(0).part([wrong])).outcomes[7]
    assert isinstance(outcome, Rejected) and outcome.code == "InvalidParameter"
    connector.close()


class TestGoogleProtobufs:
    """The messages of google-ads-datamanager as descriptors: no unknown field and no unknown word passes."""

    MESSAGES: ClassVar[dict[str, str]] = {
        "audienceMembers:ingest": "IngestAudienceMembersRequest",
        "audienceMembers:remove": "RemoveAudienceMembersRequest",
        "userLists": "UserList",
    }

    def test_every_request_is_a_message_and_a_misspelt_one_is_not(self, tmp_path: Path) -> None:
        kinds = self.kinds()
        seen = set()
        for exchange in recorded(test_google.TestGoogle(), tmp_path):
            name = exchange.path.partition("?")[0].rsplit("/", 1)[-1]
            if not exchange.body:
                continue
            message = kinds[f"google.ads.datamanager.v1.{self.MESSAGES[name]}"]
            json_format.Parse(exchange.body, message())
            with pytest.raises(json_format.ParseError):
                json_format.Parse(exchange.body.replace(b'"', b'"x', 1), message())
            seen.add(name)
        assert seen == set(self.MESSAGES)

    def kinds(self) -> dict[str, Any]:
        path = SPECS / "google_ads" / "datamanager_v1.fds.binpb"
        if not path.exists():
            pytest.skip(
                f"the vendor's messages are not beside this repository (../shared/specs/google_ads/{path.name})"
            )
        files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
        pool = descriptor_pool.DescriptorPool()
        return dict(message_factory.GetMessages(list(files), pool=pool))


@pytest.mark.parametrize(("field", "value"), [(name, value) for name, value, _ in test_meta.VECTORS])
def test_meta_hashes_a_value_as_its_own_library_does(field: str, value: object) -> None:
    library = pytest.importorskip("facebook_business.adobjects.customaudience", reason="facebook_business is not here")
    if field in ("ZIP", "LN", "MADID", "EXTERN_ID", "LOOKALIKE_VALUE", "DOBM") or is_digest(value):
        pytest.skip("the library parts from Meta's documentation, or leaves it to the caller")
    made = library.CustomAudience.format_params([field], [[value]], is_raw=True)["payload"]["data"]
    assert made == [[MetaConnector.objects()["custom_audience"].fields[field].prepare(value)]]
