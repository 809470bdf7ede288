"""Operations that Hajime does not call. The sandbox answers them too, as Cloudflare does."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


def test_presets_are_changed_replaced_and_deleted(sandbox, kit, account):
    first = kit.presets.get(sandbox.app_id, **account).data[0]
    full = kit.presets.get_preset_by_id(first.id, **sandbox.ids).data
    parts = {part: getattr(full, part).to_dict() for part in ("config", "permissions", "ui")}
    made = kit.presets.create(sandbox.app_id, **account, name="kohai", **parts).data
    renamed = kit.presets.update(made.id, **sandbox.ids, name="senpai")
    assert renamed.data.name == "senpai"
    replaced = kit.presets.replace_preset_by_id(made.id, **sandbox.ids, name="sempai", **parts)
    assert replaced.data.name == "sempai"
    assert kit.presets.delete(made.id, **sandbox.ids).data.id == made.id


def test_an_ended_session_has_chat_transcript_and_summary(sandbox, kit, account):
    made = kit.meetings.create(
        sandbox.app_id,
        **account,
        title="Remembered",
        persist_chat=True,
        transcribe_on_end=True,
        summarize_on_end=True,
        ai_config={"transcription": {"language": "en-US"}, "summarization": {"word_limit": 500}},
    )
    meeting = made.data.id
    peer = sandbox.control("join", meeting_id=meeting, name="Ada")["peer_id"]
    poll = kit.active_session.create_poll(meeting, **sandbox.ids, question="Again?", options=["yes", "no"])
    assert poll.data.poll is not None
    live = kit.active_session.get_active_session(meeting, **sandbox.ids).data
    people = kit.sessions.get_session_participants(live.id, **sandbox.ids, include_peer_events=True).data.participants
    person = kit.sessions.get_session_participant_details(people[0].id, **sandbox.ids, session_id=live.id)
    assert person.data.participant.display_name == "Ada"
    assert kit.sessions.get_participant_data_from_peer_id(peer, **sandbox.ids).data is not None
    sandbox.control("say", peer_id=peer, text="Hajime!")
    kit.active_session.kick_all_participants(meeting, **sandbox.ids)
    sandbox.advance(300)
    assert kit.sessions.get_session_chat(live.id, **sandbox.ids).data.chat_download_url
    assert kit.sessions.get_session_transcripts(live.id, **sandbox.ids).data.transcript_download_url
    kit.sessions.generate_summary_of_transcripts(live.id, **sandbox.ids)
    sandbox.advance(60)
    assert kit.sessions.get_session_summary(live.id, **sandbox.ids).data.summary_download_url


def test_a_track_recording_is_started_and_listed(sandbox, kit, account, meeting):
    layers = {"default": {"file_name_prefix": "class", "media_kind": "audio"}}
    kit.recordings.start_track_recording(sandbox.app_id, **account, meeting_id=meeting, layers=layers)
    sandbox.advance(10)
    assert kit.recordings.get_recordings(sandbox.app_id, **account, meeting_id=meeting).data


def test_webhooks_are_created_changed_replaced_and_deleted(sandbox, kit, account):
    url = "https://example.org/hook"
    made = kit.webhooks.create_webhook(sandbox.app_id, **account, name="one", url=url, events=["meeting.started"]).data
    assert kit.webhooks.get_webhook_by_id(made.id, **sandbox.ids).data.url == url
    assert kit.webhooks.edit_webhook(made.id, **sandbox.ids, enabled=False).data.enabled is False
    events = ["recording.statusUpdate", "meeting.ended"]
    replaced = kit.webhooks.replace_webhook(made.id, **sandbox.ids, name="two", url=url, events=events).data
    assert replaced.name == "two" and set(replaced.events) == set(events)
    assert made.id in [hook.id for hook in kit.webhooks.get_webhooks(sandbox.app_id, **account).data]
    assert kit.webhooks.delete_webhook(made.id, **sandbox.ids).data.id == made.id


def test_a_livestream_is_started_stopped_and_counted(sandbox, kit, account, meeting):
    livestreams = kit.livestreams
    started = livestreams.start_livestreaming_a_meeting(meeting, **sandbox.ids, name="Open day").data
    sandbox.advance(30)
    active = livestreams.get_meeting_active_livestreams(meeting, **sandbox.ids)
    assert active.data is not None
    assert livestreams.get_active_livestreams_for_livestream_id(started.id, **sandbox.ids).data is not None
    sessions = livestreams.get_livestream_session_for_livestream_id(started.id, **sandbox.ids).data
    assert sessions is not None
    session = livestreams.get_active_livestreams_for_livestream_id(started.id, **sandbox.ids).data.session
    assert livestreams.get_livestream_session_details_for_session_id(session.id, **sandbox.ids).data is not None
    livestreams.stop_livestreaming_a_meeting(meeting, **sandbox.ids)
    assert livestreams.get_all_livestreams(sandbox.app_id, **account).data is not None
    assert livestreams.get_livestream_analytics_complete(sandbox.app_id, **account) is not None
    assert livestreams.get_livestream_analytics_daywise(sandbox.app_id, **account) is not None
    today = {"start_date": "2020-01-01", "end_date": "2040-01-01"}
    assert livestreams.get_org_analytics(sandbox.app_id, **account, **today).data is not None
    assert kit.analytics.get_org_analytics(sandbox.app_id, **account, **today).data is not None


def test_turn_keys_are_created_renamed_and_deleted(sandbox, account):
    turn = sandbox.client.calls.turn
    made = turn.create(**account, name="relay")
    assert made.key
    assert made.uid in [key.uid for key in turn.list(**account)]
    assert turn.update(made.uid, **account, name="renamed").name == "renamed"
    assert turn.get(made.uid, **account).name == "renamed"
    assert turn.delete(made.uid, **account).uid == made.uid


def test_captions_are_uploaded_generated_and_deleted(sandbox, account, video):
    captions = sandbox.client.stream.captions
    ids = {**account, "identifier": video}
    text = "WEBVTT\n\n00:00.000 --> 00:02.000\nHajime!\n"
    language = captions.language
    language.update("de", **ids, file=text)
    language.create("en", **ids)
    sandbox.advance(60)
    assert sorted(track.language for track in captions.get(video, **account)) == ["de", "en"]
    assert language.get("de", **ids).status == "ready"
    assert "Hajime!" in language.vtt.get("de", **ids)
    language.delete("de", **ids)
    assert [track.language for track in captions.get(video, **account)] == ["en"]


def test_a_clip_is_cut_and_its_source_deleted(sandbox, account, video):
    stream = sandbox.client.stream
    clip = stream.clip.create(
        **account, clipped_from_video_uid=video, start_time_seconds=10, end_time_seconds=40, name="Kata"
    )
    sandbox.advance(300)
    assert stream.get(clip.uid, **account).clipped_from == video
    assert "iframe" in stream.embed.get(video, **account)
    assert stream.delete(video, **account) is None


def test_signing_keys_are_created_listed_and_deleted(sandbox, account):
    keys = sandbox.client.stream.keys
    made = keys.create(**account)
    assert made.id in [key.id for key in keys.get(**account)]
    keys.delete(made.id, **account)
    assert made.id not in [key.id for key in keys.get(**account)]


def test_streams_webhook_is_set_read_and_deleted(sandbox, account):
    webhooks = sandbox.client.stream.webhooks
    set_to = webhooks.update(**account, body_notification_url_1="https://example.org/stream")
    assert set_to is not None
    assert webhooks.get(**account) is not None
    webhooks.delete(**account)


@pytest.fixture
def picture():
    """The URL of a picture of one pixel."""
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    )

    class Picture(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.send_header("content-length", str(len(pixel)))
            self.end_headers()
            self.wfile.write(pixel)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Picture)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/logo.png"
    server.shutdown()


def test_watermarks_are_created_listed_and_deleted(sandbox, account, picture):
    watermarks = sandbox.client.stream.watermarks
    made = watermarks.create(**account, url=picture, name="logo", opacity=0.5, position="upperRight")
    assert made.uid in [mark.uid for mark in watermarks.list(**account)]
    assert watermarks.get(made.uid, **account).opacity == pytest.approx(0.5)
    watermarks.delete(made.uid, **account)


def test_live_inputs_and_outputs_are_created_changed_and_deleted(sandbox, account):
    inputs = sandbox.client.stream.live_inputs
    made = inputs.create(**account, meta={"name": "Dojo camera"}, recording={"mode": "automatic"})
    uid = made.uid
    assert inputs.list(**account, include_counts=True) is not None
    assert inputs.update(uid, **account, enabled=False).uid == uid
    assert inputs.get(uid, **account).uid == uid
    output = inputs.outputs.create(uid, **account, url="rtmp://example.org/live", stream_key="key")
    assert [one.uid for one in inputs.outputs.list(uid, **account)] == [output.uid]
    changed = inputs.outputs.update(output.uid, **account, live_input_identifier=uid, enabled=False)
    assert changed.enabled is False
    inputs.outputs.delete(output.uid, **account, live_input_identifier=uid)
    inputs.delete(uid, **account)
