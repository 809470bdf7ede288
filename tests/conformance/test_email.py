"""Email Sending through the official SDK: the reply fits its types, and the refusals are the exceptions they should be."""

import cloudflare
import pytest

from conftest import strict_client


@pytest.fixture
def letter(account):
    return {
        **account,
        "from_": {"address": "dojo@example.org", "name": "Dojo"},
        "to": "ann@example.net",
        "subject": "Karate is ready",
        "text": "Ready",
        "headers": {"X-Hajime-Event": "e1"},
    }


@pytest.fixture
def rules(sandbox):
    """Changes the rules of letters, and puts them back afterwards."""
    yield lambda **rules: sandbox.control("mail_rules", **rules)
    sandbox.control("mail_rules", fates={}, error=None)
    sandbox.control("switches", email_suppressed="refused")


def test_a_letter_has_a_result_for_every_recipient(sandbox, letter, rules):
    rules(fates={"bo@example.net": "bounced", "cy@example.net": "suppressed", "di@example.net": "delivered"})
    sandbox.control("switches", email_suppressed="listed")
    recipients = ["ann@example.net", {"address": "bo@example.net"}, "cy@example.net", "di@example.net"]
    sent = sandbox.client.email_sending.send(**{**letter, "to": recipients})
    assert sent.queued == ["ann@example.net"] and sent.delivered == ["di@example.net"]
    assert sent.permanent_bounces == ["bo@example.net"] and sent.suppressed_recipients == ["cy@example.net"]
    assert sent.message_id.endswith("@example.org>")


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"from_": {"email": "dojo@example.org"}}, cloudflare.BadRequestError, 10001),
        ({"headers": {"Date": "today"}}, cloudflare.BadRequestError, 10001),
        ({"to": [f"p{n}@example.net" for n in range(51)]}, cloudflare.BadRequestError, 10001),
        ({"from_": "dojo@example.com"}, cloudflare.PermissionDeniedError, 10204),
    ],
)
def test_a_letter_that_is_not_allowed_is_refused(sandbox, letter, change, error, code):
    with pytest.raises(error) as refusal:
        sandbox.client.email_sending.send(**{**letter, **change})
    assert [one.code for one in refusal.value.errors] == [code]


@pytest.mark.parametrize(
    ("named", "error", "code"),
    [
        ("suppressed", cloudflare.BadRequestError, 10250),
        ("unauthorized", cloudflare.AuthenticationError, 10101),
        ("not_entitled", cloudflare.PermissionDeniedError, 10105),
        ("not_found", cloudflare.NotFoundError, 10000),
        ("throttled", cloudflare.RateLimitError, 10004),
        ("internal_server", cloudflare.InternalServerError, 10002),
    ],
)
def test_every_kind_of_error_can_be_rehearsed(sandbox, letter, rules, named, error, code):
    rules(error=named)
    with pytest.raises(error) as refusal:
        sandbox.client.email_sending.send(**letter)
    assert [one.code for one in refusal.value.errors] == [code]


def test_only_a_token_with_the_permission_sends(sandbox, letter):
    client = strict_client(sandbox.control("tokens", permissions=["realtime", "stream_write"])["api_token"])
    with pytest.raises(cloudflare.PermissionDeniedError):
        client.email_sending.send(**letter)
    client = strict_client(sandbox.control("tokens", permissions=["email_sending_write"])["api_token"])
    assert client.email_sending.send(**letter).queued == ["ann@example.net"]
