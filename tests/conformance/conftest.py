"""Fixtures: a running sandbox, called through Cloudflare's official Python SDK.

With strict response validation, the SDK refuses a member of the wrong type, so its types define the replies. Environment
variables give the addresses and ids of the sandbox. They have the SDK's names where the SDK has one.
"""

import os
from dataclasses import dataclass

import httpx
import pytest
from cloudflare import Cloudflare

from ledger import Ledger

LEDGER = Ledger()
LEDGER.install(Cloudflare(api_token="unused"))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(LEDGER.table()[0])


def pytest_sessionfinish(session, exitstatus):
    # The table is complete only when all tests ran.
    whole = not session.config.option.keyword and all("::" not in str(arg) for arg in session.config.args)
    if exitstatus == 0 and whole and not LEDGER.table()[1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass
class Sandbox:
    account_id: str
    app_id: str
    base_url: str
    control_url: str
    client: Cloudflare

    def control(self, command: str, **body):
        reply = httpx.post(f"{self.control_url}/{command}", json=body, timeout=120)
        reply.raise_for_status()
        return reply.json()

    def now(self) -> int:
        """Returns the time of the verification clock, in seconds since the epoch."""
        from datetime import datetime

        state = httpx.get(f"{self.control_url}/state").json()
        return int(datetime.fromisoformat(state["verification_now"]).timestamp())

    def advance(self, seconds: float) -> None:
        self.control("advance", seconds=seconds)

    @property
    def host(self) -> str:
        return self.base_url.removesuffix("/client/v4")

    @property
    def ids(self) -> dict[str, str]:
        return {"account_id": self.account_id, "app_id": self.app_id}


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.exit(f"{name} is not set; start a sandbox and set the variables that its first line prints", returncode=2)
    return value


def strict_client(token: str) -> Cloudflare:
    # The client makes no retries, because a retry would hide a reply that the SDK refuses.
    return Cloudflare(
        api_token=token,
        base_url=_required("CLOUDFLARE_BASE_URL"),
        max_retries=0,
        http_client=httpx.Client(trust_env=False, timeout=60, event_hooks={"response": [LEDGER.keep_response]}),
        _strict_response_validation=True,
    )


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    return Sandbox(
        account_id=_required("CLOUDFLARE_ACCOUNT_ID"),
        app_id=_required("SANDBOX_APP_ID"),
        base_url=_required("CLOUDFLARE_BASE_URL"),
        control_url=_required("SANDBOX_CONTROL_URL"),
        client=strict_client(_required("CLOUDFLARE_API_TOKEN")),
    )


@pytest.fixture
def account(sandbox: Sandbox) -> dict[str, str]:
    return {"account_id": sandbox.account_id}


@pytest.fixture
def kit(sandbox: Sandbox):
    return sandbox.client.realtime_kit


@pytest.fixture
def meeting(sandbox: Sandbox, kit, account) -> str:
    """The id of a meeting with one peer in it."""
    made = kit.meetings.create(
        sandbox.app_id,
        **account,
        title="Tue 19:00 beginners",
        recording_config={"max_seconds": 10800, "video_config": {"codec": "H264", "width": 640, "height": 360}},
    )
    sandbox.control("join", meeting_id=made.data.id, name="Ada")
    return made.data.id


@pytest.fixture
def download_url(sandbox: Sandbox, kit, account, meeting) -> str:
    """The presigned URL of the file of a two-minute recording."""
    started = kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=meeting)
    sandbox.advance(120)
    kit.recordings.pause_resume_stop_recording(started.data.id, **sandbox.ids, action="stop")
    sandbox.advance(120)
    return kit.recordings.get_one_recording(started.data.id, **sandbox.ids).data.download_url


@pytest.fixture
def video(sandbox: Sandbox, account, download_url) -> str:
    """The uid of a ready video that requires signed URLs."""
    copied = sandbox.client.stream.copy.create(**account, url=download_url, require_signed_urls=True)
    sandbox.advance(300)
    return copied.uid
