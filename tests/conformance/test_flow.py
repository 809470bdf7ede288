"""The flow of a recorded session: meeting, recording, video, link, and the revocation of the link."""

import base64
import json

import httpx
import jwt


def test_the_token_verifies_as_active(sandbox, account):
    verified = sandbox.client.user.tokens.verify()
    assert verified.status == "active" and len(verified.id) == 32


def test_a_meeting_is_recorded_copied_to_stream_played_by_link_and_revoked(sandbox, kit, account):
    apps = kit.apps.get(**account, page_no=1, per_page=10)
    assert sandbox.app_id in [app.id for app in apps.data] and apps.paging.total_count >= 1

    presets = kit.presets.get(sandbox.app_id, **account)
    assert {"group_call_host", "group_call_participant"} <= {preset.name for preset in presets.data}
    host = kit.presets.get_preset_by_id(presets.data[0].id, **sandbox.ids)
    assert host.data.permissions.can_record is True

    made = kit.meetings.create(
        sandbox.app_id,
        **account,
        title="Wed 19:00 advanced",
        recording_config={"video_config": {"width": 854, "height": 480}},
    )
    meeting = made.data.id
    assert made.data.status == "ACTIVE" and made.data.session_keep_alive_time_in_secs == 60
    found = kit.meetings.get(sandbox.app_id, **account, search="Wed 19:00", page_no=1, per_page=5)
    assert meeting in [known.id for known in found.data]

    added = kit.meetings.add_participant(
        meeting, **sandbox.ids, preset_name="group_call_host", custom_participant_id="instr-17", name="Sensei Ada"
    )
    claims = jwt.decode(added.data.token, options={"verify_signature": False})
    assert claims["meetingId"] == meeting and claims["participantId"] == added.data.id
    refreshed = kit.meetings.refresh_participant_token(added.data.id, meeting_id=meeting, **sandbox.ids)
    assert refreshed.data.token != added.data.token
    assert kit.meetings.get_meeting_participant(added.data.id, meeting_id=meeting, **sandbox.ids).data.name
    assert len(kit.meetings.get_meeting_participants(meeting, **sandbox.ids).data) == 1

    sandbox.control("join", meeting_id=meeting, custom_participant_id="instr-17")
    live = kit.active_session.get_active_session(meeting, **sandbox.ids)
    assert live.data.status == "LIVE" and live.data.live_participants == 1

    started = kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=meeting, file_name_prefix="week9")
    recording = started.data.id
    assert started.data.status == "INVOKED" and started.data.started_time is None
    assert started.data.start_reason.reason == "API_CALL"
    sandbox.advance(10)
    assert kit.recordings.get_active_recordings(meeting, **sandbox.ids).data.status == "RECORDING"
    paused = kit.recordings.pause_resume_stop_recording(recording, **sandbox.ids, action="pause")
    assert paused.data.status == "PAUSED"
    kit.recordings.pause_resume_stop_recording(recording, **sandbox.ids, action="resume")
    sandbox.advance(300)
    stopped = kit.recordings.pause_resume_stop_recording(recording, **sandbox.ids, action="stop")
    assert stopped.data.status == "UPLOADING" and stopped.data.stop_reason.reason == "API_CALL"
    kicked = kit.active_session.kick_all_participants(meeting, **sandbox.ids)
    assert kicked.data.kicked_participants_count == 1
    closed = kit.meetings.update_meeting_by_id(meeting, **sandbox.ids, status="INACTIVE")
    assert closed.data.status == "INACTIVE"

    sandbox.advance(60)
    uploaded = kit.recordings.get_one_recording(recording, **sandbox.ids).data
    assert uploaded.status == "UPLOADED" and uploaded.file_size > 0 and uploaded.recording_duration > 290
    listed = kit.recordings.get_recordings(sandbox.app_id, **account, meeting_id=meeting, status=["UPLOADED"])
    assert [item.id for item in listed.data] == [recording] and listed.data[0].meeting.id == meeting

    stream = sandbox.client.stream
    copied = stream.copy.create(
        **account,
        url=uploaded.download_url,
        require_signed_urls=True,
        meta={"name": "Wed advanced", "recording_id": recording},
        creator="instr-17",
    )
    assert copied.status.state == "downloading" and copied.ready_to_stream is False and copied.duration == -1
    states, percents = [], []
    for _ in range(60):
        video = stream.get(copied.uid, **account)
        if video.status.state not in states:
            states.append(video.status.state)
        if video.status.state == "inprogress":
            percents.append(float(video.status.pct_complete))
        if video.status.state == "ready":
            break
        sandbox.advance(3)
    assert states == ["downloading", "queued", "inprogress", "ready"]
    assert percents == sorted(percents)
    assert (video.input.width, video.input.height) == (854, 480)
    assert [item.uid for item in stream.list(**account, video_name="Wed advanced", creator="instr-17")] == [copied.uid]

    key = stream.keys.create(**account)
    pem = base64.b64decode(key.pem)
    assert pem.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    assert json.loads(base64.b64decode(key.jwk))["kid"] == key.id
    now = sandbox.now()
    claims = {"sub": copied.uid, "kid": key.id, "exp": now + 86_400, "nbf": now - 300}
    token = jwt.encode(claims, pem, algorithm="RS256", headers={"kid": key.id})
    manifest = video.playback.hls.replace(copied.uid, token)
    assert httpx.get(video.playback.hls).status_code == 401
    played = httpx.get(manifest)
    assert played.status_code == 200 and played.text.startswith("#EXTM3U")
    assert key.id in [known.id for known in stream.keys.get(**account)]
    assert stream.keys.delete(key.id, **account) == "Revoked"
    assert httpx.get(manifest).status_code == 401

    assert stream.delete(copied.uid, **account) is None
    assert httpx.get(manifest).status_code in (401, 404)
