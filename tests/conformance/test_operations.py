"""Operations that Hajime calls but test_flow.py does not: the SDK's types check each reply."""

from datetime import datetime, timedelta, timezone

import httpx


def test_apps_and_presets_are_created_and_listed(sandbox, kit, account):
    app = kit.apps.post(**account, name="second").data.app
    assert app.name == "second" and isinstance(app.created_at, datetime)
    ids = {"account_id": sandbox.account_id, "app_id": app.id}
    assert kit.presets.get(app.id, **account).data == []
    theirs = kit.presets.get(sandbox.app_id, **account).data[0]
    full = kit.presets.get_preset_by_id(theirs.id, **sandbox.ids).data
    made = kit.presets.create(
        app.id,
        **account,
        name="sensei",
        config=full.config.to_dict(),
        permissions=full.permissions.to_dict(),
        ui=full.ui.to_dict(),
    )
    assert made.data.name == "sensei" and made.data.permissions.can_record is True
    assert kit.presets.get_preset_by_id(made.data.id, **ids).data.ui.design_tokens.theme == "dark"


def test_meetings_are_created_listed_changed_and_replaced(sandbox, kit, account):
    made = kit.meetings.create(
        sandbox.app_id,
        **account,
        ai_config={"transcription": {"language": "en-US"}, "summarization": {"word_limit": 500}},
        recording_config={
            "audio_config": {"codec": "AAC", "channel": "stereo"},
            "realtimekit_bucket_config": {"enabled": True},
            "storage_config": {
                "type": "aws",
                "bucket": "b",
                "region": "eu-west-1",
                "access_key": "AKIA",
                "secret": "hush",
            },
        },
        session_keep_alive_time_in_secs=120,
    )
    meeting = made.data.id
    assert made.data.title is None and "hush" not in made.to_json()
    one = kit.meetings.get_meeting_by_id(meeting, **sandbox.ids)
    assert one.data.session_keep_alive_time_in_secs == 120
    replaced = kit.meetings.replace_meeting_by_id(meeting, **sandbox.ids, title="Replaced")
    assert replaced.data.title == "Replaced" and replaced.data.session_keep_alive_time_in_secs == 60
    kit.meetings.update_meeting_by_id(meeting, **sandbox.ids, status="INACTIVE")
    inactive = kit.meetings.get(sandbox.app_id, **account, status="INACTIVE", page_no=1.0, per_page=100.0)
    assert meeting in [item.id for item in inactive.data]


def test_participants_are_edited_and_deleted(sandbox, kit, meeting):
    ids = {**sandbox.ids, "meeting_id": meeting}
    added = kit.meetings.add_participant(
        meeting, **sandbox.ids, preset_name="group_call_participant", custom_participant_id="m-1"
    ).data
    edited = kit.meetings.edit_participant(added.id, **ids, name="Bo", preset_name="group_call_host")
    assert edited.data.name == "Bo" and edited.data.preset_name == "group_call_host"
    deleted = kit.meetings.delete_meeting_participant(added.id, **ids)
    assert deleted.data.custom_participant_id == "m-1"


def test_sessions_and_their_participants_are_listed(sandbox, kit, account, meeting):
    live = kit.active_session.get_active_session(meeting, **sandbox.ids).data
    kit.meetings.add_participant(
        meeting, **sandbox.ids, preset_name="group_call_participant", custom_participant_id="m-2"
    )
    sandbox.control("join", meeting_id=meeting, custom_participant_id="m-2")
    kicked = kit.active_session.kick_participants(
        meeting, **sandbox.ids, participant_ids=[], custom_participant_ids=["m-2"]
    )
    assert len(kicked.data.participants) == 1
    details = kit.sessions.get_session_details(live.id, **sandbox.ids)
    assert details.data.associated_id == meeting and details.data.max_concurrent_participants == 2
    history = kit.sessions.get_sessions(sandbox.app_id, **account, associated_id=meeting, sort_by="createdAt")
    assert [session.id for session in history.data.sessions] == [live.id]
    people = kit.sessions.get_session_participants(live.id, **sandbox.ids)
    assert len(people.data.participants) == 2


def test_a_failed_recording_passes_the_types(sandbox, kit, account):
    lonely = kit.meetings.create(sandbox.app_id, **account).data.id
    recording = kit.recordings.start_recordings(sandbox.app_id, **account, meeting_id=lonely).data
    assert recording.session_id is None
    sandbox.advance(61)
    errored = kit.recordings.get_one_recording(recording.id, **sandbox.ids).data
    assert errored.status == "ERRORED" and errored.download_url is None


def test_videos_are_edited_and_listed(sandbox, account, video):
    stream = sandbox.client.stream
    when = datetime.now(timezone.utc) + timedelta(days=365)
    edited = stream.edit(
        video,
        **account,
        meta={"name": "Edited"},
        allowed_origins=["example.org"],
        scheduled_deletion=when,
        thumbnail_timestamp_pct=0.5,
        public_details={"title": "A class"},
    )
    assert edited.meta == {"name": "Edited"} and edited.allowed_origins == ["example.org"]
    assert abs(edited.scheduled_deletion - when) < timedelta(seconds=1)
    assert edited.public_details.title == "A class"
    assert video in [item.uid for item in stream.list(**account, search="edit", status="ready", limit=10)]
    usage = stream.videos.storage_usage(**account)
    assert usage.video_count >= 1 and usage.total_storage_minutes > 1
    assert video in httpx.get(f"{sandbox.base_url}/accounts/{sandbox.account_id}/stream/{video}/embed",
                              headers={"authorization": f"Bearer {sandbox.client.api_token}"}).text


def test_downloads_are_created_listed_and_deleted(sandbox, account, video):
    stream = sandbox.client.stream
    assert stream.downloads.get(video, **account).default is None
    begun = stream.downloads.create(video, **account)
    assert begun.default.status == "inprogress"
    sandbox.advance(30)
    assert stream.downloads.get(video, **account).default.percent_complete == 100
    token = stream.token.create(video, **account, downloadable=True).token
    assert httpx.get(f"{sandbox.host}/{token}/downloads/default.mp4").content[4:8] == b"ftyp"
    assert stream.downloads.delete(video, **account) == ""


def test_the_token_endpoint_signs_a_token_that_plays(sandbox, account, video):
    stream = sandbox.client.stream
    key = stream.keys.create(**account)
    rules = [{"type": "ip.geoip.country", "country": ["US"], "action": "allow"}, {"type": "any", "action": "block"}]
    for more in ({}, {"id": key.id, "pem": key.pem}, {"access_rules": rules}):
        token = stream.token.create(video, **account, exp=sandbox.now() + 60, **more).token
        assert httpx.get(f"{sandbox.host}/{token}/manifest/video.m3u8").status_code == 200


def test_a_direct_upload_and_a_tus_upload_become_ready(sandbox, account, download_url):
    file = httpx.get(download_url).content
    stream = sandbox.client.stream
    direct = stream.direct_upload.create(**account, max_duration_seconds=600)
    assert stream.get(direct.uid, **account).status.state == "pendingupload"
    sent = httpx.post(direct.upload_url, files={"file": ("class.mp4", file, "video/mp4")})
    assert sent.status_code == 200
    raw = stream.with_raw_response.create(**account, tus_resumable="1.0.0", upload_length=len(file))
    headers = {
        "authorization": f"Bearer {sandbox.client.api_token}",
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
    }
    assert httpx.patch(raw.headers["location"], content=file, headers=headers).status_code == 204
    sandbox.advance(300)
    for uid in (direct.uid, raw.headers["stream-media-id"]):
        assert stream.get(uid, **account).status.state == "ready"


def test_legacy_calls_apps_are_created_renamed_and_deleted(sandbox, account):
    sfu = sandbox.client.calls.sfu
    made = sfu.create(**account, name="sfu")
    assert made.secret
    assert made.uid in [app.uid for app in sfu.list(**account)]
    assert sfu.update(made.uid, **account, name="renamed").name == "renamed"
    assert sfu.get(made.uid, **account).name == "renamed"
    assert sfu.delete(made.uid, **account).uid == made.uid
