"""A mail server (aiosmtpd) with certificates of an authority of its own, and a keyring for the password.

It shares no code with the sender, and Python's own parser reads the letters that arrive.
"""

import datetime
import os
import shutil
import socket
import ssl
import subprocess
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "dojo", "correct horse battery"


class Letters:
    """Takes letters, or refuses them with a reply."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.letters = []
        self.envelopes = []
        self.users = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 2.0.0 OK 4711"


class Authority:
    """A certificate authority and its certificates, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        # Two authorities of one name could only be told apart by their signatures.
        name = f"Authority {x509.random_serial_number():x}"[:40]
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._certificate(self.name, self.key.public_key()).add_extension(basic, critical=True)
        self.file = folder / "authority.pem"
        self._write(self.file, certificate.sign(self.key, hashes.SHA256()))

    def _certificate(self, subject, key):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number())
        return builder.not_valid_before(now - day).not_valid_after(now + day)

    @staticmethod
    def _write(file: Path, certificate) -> None:
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, name: str) -> ssl.SSLContext:
        """The settings of a server with a certificate for a name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = self._certificate(subject, key.public_key()).add_extension(names, critical=False)
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self._write(files[0], certificate.sign(self.key, hashes.SHA256()))
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files[1].write_bytes(key.private_bytes(*pem))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
        return context


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(letters: Letters, *, tls=None, starttls=None, signs_in=False, without=()):
    """Runs a server and gives its port. `without` are ways to sign in that it does not offer."""

    def authenticator(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        letters.users.append((mechanism, good))
        return AuthResult(success=good, handled=False)

    account = {"authenticator": authenticator, "auth_required": True, "auth_exclude_mechanism": without}
    controller = Controller(
        letters,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        # With TLS from the start, aiosmtpd does not know that the connection is encrypted.
        auth_require_tls=starttls is not None,
        **(account if signs_in else {}),
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def keyring(folder: Path):
    """Runs a keyring of its own, and gives the variables by which a program finds it; None where there is none."""
    if not shutil.which("dbus-daemon") or not shutil.which("gnome-keyring-daemon"):
        yield None
        return
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    daemon = None
    try:
        variables = {
            "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip(),
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
        }
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **variables},
        )
        daemon.stdin.write(b"a password of the keyring")
        daemon.stdin.close()
        yield variables
    finally:
        for process in filter(None, (daemon, bus)):
            process.terminate()
            process.wait()
