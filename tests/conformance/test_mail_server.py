"""`hajime-cli mail test` against aiosmtpd: encryption, signing in, and letters that Python's parser reads."""

import json
import os
import subprocess
import sys

import pytest

from mail_server import PASSWORD, USER, Authority, Letters, keyring, serving

CLI = os.environ.get("HAJIME_CLI")
pytestmark = [
    pytest.mark.skipif(not CLI, reason="HAJIME_CLI does not name the command line tool"),
    # Only there do variables name the trusted certificates.
    pytest.mark.skipif(sys.platform != "linux", reason="the certificates of this system cannot be replaced"),
]


class Desk:
    """The command line tool with a data folder of its own."""

    def __init__(self, folder, variables) -> None:
        self.variables = {**os.environ, "HAJIME_DATA_DIR": str(folder), **variables}

    def mail(self, *arguments: str, said: str = "") -> dict:
        command = [CLI, "--json", "mail", *arguments]
        done = subprocess.run(command, env=self.variables, input=said, capture_output=True, text=True, timeout=120)
        assert PASSWORD not in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def set(self, port: int, security: str, *, user: str = "", password: str | None = None) -> None:
        settings = {"sender": "smtp", "from": "dojo@example.org", "from-name": "Dojo Köln", "smtp-host": "localhost"}
        settings |= {"smtp-port": str(port), "smtp-security": security, "smtp-user": user}
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        if password is not None:
            arguments.append("--password-stdin")
        self.mail("set", *arguments, said=f"{password or ''}\n")

    def test(self) -> dict:
        return self.mail("test", "ann@example.net")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def variables(authority):
    return {
        "SSL_CERT_FILE": str(authority.file),
        "SSL_CERT_DIR": "",
        "CLOUDFLARE_CALLS_APP_ID": os.environ["SANDBOX_APP_ID"],
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }


@pytest.fixture
def desk(tmp_path, variables):
    return Desk(tmp_path / "data", variables)


@pytest.fixture
def keeping_desk(tmp_path, variables):
    """A desk with a keyring."""
    (tmp_path / "keyring").mkdir()
    with keyring(tmp_path / "keyring") as found:
        if found is None:
            pytest.skip("there is no dbus-daemon and gnome-keyring-daemon")
        yield Desk(tmp_path / "data", {**variables, **found})


def check(letters: Letters) -> None:
    """The one letter that arrived is whole."""
    assert letters.envelopes == [("dojo@example.org", ["ann@example.net"])]
    [letter] = letters.letters
    assert not letter.defects and not any(part.defects for part in letter.walk())
    sender = letter["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Dojo Köln", "dojo@example.org")
    assert [one.addr_spec for one in letter["To"].addresses] == ["ann@example.net"]
    assert letter["Subject"] and letter["Date"].datetime.tzinfo is not None
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in letter.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert all(part.get_content().strip() for part in letter.iter_parts())


def test_a_letter_goes_over_tls(desk, authority):
    letters = Letters()
    with serving(letters, tls=authority.context("localhost")) as port:
        desk.set(port, "tls")
        assert desk.test() == {"channel": "email", "accepted": True, "said": "localhost took it. It said: 2.0.0 OK 4711"}
    check(letters)


def test_a_letter_goes_after_starttls(desk, authority):
    letters = Letters()
    with serving(letters, starttls=authority.context("localhost")) as port:
        desk.set(port, "starttls")
        assert desk.test()["accepted"]
    check(letters)


def test_a_letter_goes_unencrypted_to_this_computer(desk):
    letters = Letters()
    with serving(letters) as port:
        desk.set(port, "none")
        assert desk.test()["accepted"]
    check(letters)


@pytest.mark.parametrize(("without", "mechanism"), [((), "PLAIN"), (("PLAIN",), "LOGIN")])
def test_a_letter_goes_with_a_name_and_a_password(keeping_desk, authority, without, mechanism):
    context = authority.context("localhost")
    for security, encryption in (("tls", {"tls": context}), ("starttls", {"starttls": context})):
        letters = Letters()
        with serving(letters, signs_in=True, without=without, **encryption) as port:
            keeping_desk.set(port, security, user=USER, password=PASSWORD)
            assert keeping_desk.test()["accepted"]
            assert letters.users == [(mechanism, True)]
            check(letters)


def test_a_wrong_password_is_named_and_not_shown(keeping_desk, authority):
    letters = Letters()
    with serving(letters, starttls=authority.context("localhost"), signs_in=True) as port:
        keeping_desk.set(port, "starttls", user=USER, password="wrong horse")
        answer = keeping_desk.test()
    assert not answer["accepted"] and "did not accept the name and the password (535)" in answer["said"]
    assert "wrong horse" not in answer["said"] and not letters.letters


def test_a_certificate_for_another_name_is_not_trusted(desk, authority):
    letters = Letters()
    for security, encryption in (("tls", "tls"), ("starttls", "starttls")):
        with serving(letters, **{encryption: authority.context("mail.example.org")}) as port:
            desk.set(port, security)
            answer = desk.test()
        assert not answer["accepted"]
        assert answer["said"].startswith("The certificate of localhost is for another name.")
    assert not letters.letters


def test_an_authority_that_this_computer_does_not_trust_is_named(desk, tmp_path):
    (tmp_path / "other").mkdir()
    with serving(Letters(), tls=Authority(tmp_path / "other").context("localhost")) as port:
        desk.set(port, "tls")
        answer = desk.test()
    assert not answer["accepted"] and "does not know who issued the certificate" in answer["said"]


def test_without_starttls_nothing_is_sent(desk):
    letters = Letters()
    with serving(letters) as port:
        desk.set(port, "starttls")
        answer = desk.test()
    assert not answer["accepted"] and "offers no encryption" in answer["said"]
    assert not letters.envelopes


@pytest.mark.parametrize("refusal", ["450 4.2.0 Greylisted", "550 5.1.1 No such user"])
def test_the_reply_of_a_server_that_refuses_is_shown(desk, authority, refusal):
    letters = Letters(refusal)
    with serving(letters, tls=authority.context("localhost")) as port:
        desk.set(port, "tls")
        answer = desk.test()
    code, words = refusal.split(" ", 1)
    assert not answer["accepted"]
    assert answer["said"] == f"localhost did not accept the recipient ({code}). It said: {words}"
    assert not letters.letters
