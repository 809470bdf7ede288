"""Every operation of the SDK refuses an unknown token and an id that does not exist."""

import inspect

import cloudflare
import pytest

from conftest import LEDGER, strict_client

UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"
UNKNOWN_UID = "f" * 32
# Valid values of all parameters except ids, so that only the id is wrong.
BODIES = {
    "action": "stop",
    "options": ["yes", "no"],
    "question": "Again?",
    "custom_participant_id": "m-1",
    "preset_name": "group_call_participant",
    "name": "unknown",
    "url": "https://example.org/hook",
    "events": ["meeting.started"],
    "tus_resumable": "1.0.0",
    "upload_length": 6_000_000,
    "max_duration_seconds": 600,
    "start_time_seconds": 1,
    "end_time_seconds": 3,
    "file": b"WEBVTT\n",
    "stream_key": "key",
    "enabled": True,
    "from_": {"address": "dojo@example.org"},
    "subject": "Karate is ready",
}
HEX = ("identifier", "live_input_identifier", "output_identifier", "clipped_from_video_uid", "key_id")
# Operations on an object without an id. They answer or create the object instead of refusing.
WITHOUT_ID = {
    "stream.webhooks.get",
    "stream.webhooks.delete",
    "stream.webhooks.update",
}


def arguments(sandbox, name: str, unknown: bool) -> dict[str, object] | None:
    kind, method = LEDGER.operations[name]
    given, has_id = {}, False
    for parameter, about in inspect.signature(getattr(kind, method)).parameters.items():
        if parameter == "account_id":
            given[parameter] = sandbox.account_id
        elif parameter == "app_id" and not name.startswith("calls."):
            given[parameter] = sandbox.app_id
        elif parameter == "language":
            given[parameter] = "de"
        elif parameter in ("config", "permissions", "ui") and name.startswith("realtime_kit.presets"):
            full = sandbox.client.realtime_kit.presets
            first = full.get(sandbox.app_id, account_id=sandbox.account_id).data[0]
            preset = full.get_preset_by_id(first.id, **sandbox.ids).data
            given[parameter] = getattr(preset, parameter).to_dict()
        elif parameter in HEX or parameter.endswith("_id") and parameter not in BODIES:
            if about.default is not inspect.Parameter.empty and parameter != "meeting_id":
                continue
            given[parameter] = UNKNOWN_UID if parameter in HEX or name.startswith("calls.") else UNKNOWN_UUID
            has_id = True
        elif parameter in BODIES and (about.kind is about.POSITIONAL_OR_KEYWORD or is_required(about)):
            given[parameter] = BODIES[parameter]
    return given if has_id or not unknown else None


def is_required(about: inspect.Parameter) -> bool:
    return about.default is inspect.Parameter.empty


@pytest.mark.parametrize("name", sorted(LEDGER.operations))
def test_an_unknown_token_is_refused(sandbox, name):
    client = strict_client("a-token-that-was-never-issued")
    with pytest.raises((cloudflare.AuthenticationError, cloudflare.PermissionDeniedError)):
        operation(client, name)(**arguments(sandbox, name, unknown=False))


@pytest.mark.parametrize("name", sorted(LEDGER.operations))
def test_an_unknown_id_is_not_found(sandbox, name):
    given = arguments(sandbox, name, unknown=True)
    if given is None or name in WITHOUT_ID:
        pytest.skip("has no id that could be unknown")
    with pytest.raises(cloudflare.NotFoundError):
        reply = operation(sandbox.client, name)(**given)
        print(reply)


def operation(client, name: str):
    for part in name.split("."):
        client = getattr(client, part)
    return client
