"""The SDK raises the right exception, with the right code, for each refusal."""

import cloudflare
import pytest

from conftest import strict_client

UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"
UNKNOWN_UID = "f" * 32


def codes(refusal) -> list[int]:
    return [error.code for error in refusal.value.errors]


def test_an_unknown_token_is_unauthorized_or_denied(account):
    client = strict_client("nobody-ever-issued-this")
    with pytest.raises(cloudflare.AuthenticationError) as refusal:
        client.user.tokens.verify()
    assert codes(refusal) == [1000]
    for call in (client.stream.list, client.realtime_kit.apps.get):
        with pytest.raises(cloudflare.PermissionDeniedError) as refusal:
            call(**account)
        assert codes(refusal) == [9109]


def test_an_account_token_with_stream_read_can_only_read_stream(sandbox, account):
    token = sandbox.control("tokens", permissions=["stream_read"], owner="account")["api_token"]
    client = strict_client(token)
    with pytest.raises(cloudflare.AuthenticationError):
        client.user.tokens.verify()
    assert client.accounts.tokens.verify(**account).status == "active"
    assert client.stream.list(**account) is not None
    with pytest.raises(cloudflare.PermissionDeniedError) as refusal:
        client.stream.copy.create(**account, url="http://127.0.0.1:1/a.mp4")
    assert codes(refusal) == [10000]
    with pytest.raises(cloudflare.PermissionDeniedError):
        client.realtime_kit.apps.get(**account)


def test_an_unknown_id_is_not_found(sandbox, kit, account, meeting):
    with pytest.raises(cloudflare.NotFoundError) as refusal:
        sandbox.client.stream.get(UNKNOWN_UID, **account)
    assert codes(refusal) == [10003]
    with pytest.raises(cloudflare.NotFoundError) as refusal:
        kit.meetings.get_meeting_by_id(UNKNOWN_UUID, **sandbox.ids)
    assert refusal.value.body["error"]["code"] == 404
    empty = kit.meetings.create(sandbox.app_id, **account).data.id
    for call in (
        kit.active_session.get_active_session,
        kit.active_session.kick_all_participants,
        kit.recordings.get_active_recordings,
    ):
        with pytest.raises(cloudflare.NotFoundError):
            call(empty, **sandbox.ids)
    with pytest.raises(cloudflare.NotFoundError):
        kit.recordings.get_one_recording(UNKNOWN_UUID, **sandbox.ids)


def test_a_member_out_of_bounds_is_unprocessable(sandbox, kit, account, meeting):
    with pytest.raises(cloudflare.UnprocessableEntityError):
        kit.meetings.create(sandbox.app_id, **account, session_keep_alive_time_in_secs=59)
    with pytest.raises(cloudflare.UnprocessableEntityError):
        kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=meeting, max_seconds=5)
    with pytest.raises(cloudflare.NotFoundError) as refusal:
        kit.meetings.add_participant(
            meeting, **sandbox.ids, preset_name="no_such_preset", custom_participant_id="m-1"
        )
    assert "no_such_preset" in refusal.value.body["error"]["message"]


def test_a_second_recording_is_a_conflict(sandbox, kit, account, meeting):
    kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=meeting)
    with pytest.raises(cloudflare.ConflictError):
        kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=meeting)


def test_a_source_that_cannot_be_fetched_is_refused_or_fails(sandbox, account):
    stream = sandbox.client.stream
    with pytest.raises(cloudflare.BadRequestError) as refusal:
        stream.copy.create(**account, url="not a url")
    assert codes(refusal) == [10010]
    video = stream.copy.create(**account, url="http://127.0.0.1:1/nobody-listens.mp4")
    sandbox.advance(60)
    status = stream.get(video.uid, **account).status
    assert status.state == "error" and status.error_reason_code == "ERR_FETCH_ORIGIN_ERROR"


def test_a_deletion_scheduled_too_soon_is_refused(sandbox, account, video):
    from datetime import datetime, timedelta, timezone

    with pytest.raises(cloudflare.BadRequestError):
        soon = datetime.now(timezone.utc) + timedelta(days=1)
        sandbox.client.stream.edit(video, **account, scheduled_deletion=soon)
