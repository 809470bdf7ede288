//! Apps, meetings, participants and sessions.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, id, is_uuid, moment};

#[tokio::test]
async fn a_created_app_is_nested_in_the_reply_and_apps_are_listed_in_pages() {
    let sandbox = TestSandbox::start().await;
    let (url, token) = (sandbox.account("/realtime/kit/apps"), Some(sandbox.info.api_token.as_str()));
    for name in ["a", "b", "c"] {
        let made = sandbox.send(Method::POST, &url, token, Some(&json!({ "name": name }))).await;
        assert_eq!(made.status, 200);
        assert!(is_uuid(&made.data()["app"]["id"]), "{made:?}");
        assert_eq!(made.data()["app"]["name"], name);
    }
    let page = sandbox.send(Method::GET, &format!("{url}?page_no=2&per_page=3"), token, None).await;
    assert_eq!(page.body["paging"], json!({ "total_count": 4, "start_offset": 4, "end_offset": 4 }));
    let found = sandbox.send(Method::GET, &format!("{url}?search=b"), token, None).await;
    assert!(found.data().as_array().unwrap().iter().any(|app| app["name"] == "b"));
    sandbox.send(Method::POST, &url, token, Some(&json!({}))).await.assert_kit_refused(422);
}

#[tokio::test]
async fn an_app_made_through_the_api_has_no_presets_and_the_default_app_has_two() {
    let sandbox = TestSandbox::start().await;
    let presets = sandbox.kit(Method::GET, "/presets", None).await;
    let names: Vec<&Value> = presets.data().as_array().unwrap().iter().map(|preset| &preset["name"]).collect();
    assert_eq!(names, ["group_call_host", "group_call_participant"]);
    let one = sandbox.kit(Method::GET, &format!("/presets/{}", id(&presets.data()[0])), None).await;
    assert_eq!(one.data()["permissions"]["can_record"], true);

    let (url, token) = (sandbox.account("/realtime/kit/apps"), Some(sandbox.info.api_token.as_str()));
    let bare = sandbox.send(Method::POST, &url, token, Some(&json!({ "name": "bare" }))).await;
    let presets_of = |app: &Value| sandbox.account(&format!("/realtime/kit/{}/presets", app["id"].as_str().unwrap()));
    let url_of_bare = presets_of(&bare.data()["app"]);
    let none = sandbox.send(Method::GET, &url_of_bare, token, None).await;
    assert_eq!((none.data(), &none.body["paging"]["total_count"]), (&json!([]), &json!(0)));
    let preset = json!({ "name": "host", "config": { "view_type": "GROUP_CALL" }, "ui": {},
                         "permissions": { "can_record": true } });
    let made = sandbox.send(Method::POST, &url_of_bare, token, Some(&preset)).await;
    assert_eq!((made.status, &made.data()["permissions"]["can_record"]), (201, &json!(true)));

    sandbox.set_switches(json!({ "new_apps_have_presets": true })).await;
    let full = sandbox.send(Method::POST, &url, token, Some(&json!({ "name": "full" }))).await;
    let two = sandbox.send(Method::GET, &presets_of(&full.data()["app"]), token, None).await;
    assert_eq!(two.body["paging"]["total_count"], 2);
}

#[tokio::test]
async fn a_meeting_created_without_members_has_the_defaults() {
    let sandbox = TestSandbox::start().await;
    let made = sandbox.kit(Method::POST, "/meetings", Some(json!({}))).await;
    assert_eq!(made.status, 201);
    let meeting = made.data();
    assert!(is_uuid(&meeting["id"]));
    assert_eq!(meeting["status"], "ACTIVE");
    assert_eq!(meeting["record_on_start"], false);
    assert_eq!(meeting["session_keep_alive_time_in_secs"], 60);
    assert_eq!(meeting["title"], Value::Null);
    assert_eq!(moment(&meeting["created_at"]), moment(&meeting["updated_at"]));
    let ignored = sandbox.kit(Method::POST, "/meetings", Some(json!({ "no_such_field": 1 }))).await;
    assert_eq!((ignored.status, ignored.data().get("no_such_field")), (201, None));
}

#[tokio::test]
async fn a_meeting_with_a_member_out_of_bounds_is_refused() {
    let sandbox = TestSandbox::start().await;
    let keep_alive = |seconds: Value| json!({ "session_keep_alive_time_in_secs": seconds });
    let longest = |seconds: Value| json!({ "recording_config": { "max_seconds": seconds } });
    for good in [keep_alive(json!(60)), keep_alive(json!(600)), longest(json!(60)), longest(json!(86_400))] {
        assert_eq!(sandbox.kit(Method::POST, "/meetings", Some(good)).await.status, 201);
    }
    for bad in [
        keep_alive(json!(59)),
        keep_alive(json!(601)),
        keep_alive(json!("60")),
        longest(json!(59)),
        longest(json!(86_401)),
        longest(json!(-1)),
        json!({ "title": 7 }),
        json!({ "record_on_start": "yes" }),
        json!({ "recording_config": { "video_config": { "width": 1_921 } } }),
        json!({ "recording_config": { "video_config": { "codec": "AV1" } } }),
        json!({ "recording_config": { "realtimekit_bucket_config": {} } }),
        json!({ "recording_config": { "file_name_prefix": "../etc" } }),
    ] {
        let message = sandbox.kit(Method::POST, "/meetings", Some(bad.clone())).await.assert_kit_refused(422);
        let (name, inner) = bad.as_object().unwrap().iter().next().unwrap();
        let named = inner.as_object().and_then(|inner| inner.keys().next()).unwrap_or(name);
        assert!(message.contains(named.as_str()), "{message} does not name {named}");
    }
}

#[tokio::test]
async fn a_meeting_cannot_be_deleted() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.kit(Method::DELETE, &format!("/meetings/{meeting}"), None).await.assert_refused(404, 7_003);
    assert_eq!(sandbox.kit(Method::GET, &format!("/meetings/{meeting}"), None).await.status, 200);
}

#[tokio::test]
async fn meetings_are_searched_filtered_and_paged() {
    let sandbox = TestSandbox::start().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(sandbox.meeting(json!({ "title": format!("Class {n} beginners") })).await);
    }
    let list = async |query: &str| sandbox.kit(Method::GET, &format!("/meetings?{query}"), None).await;
    let by_title = list("search=class%203").await;
    assert_eq!(by_title.data()[0]["id"], ids[3]);
    assert_eq!(list(&format!("search={}", ids[5])).await.data()[0]["id"], ids[5]);
    let second = list("page_no=2&per_page=3").await;
    assert_eq!(second.body["paging"], json!({ "total_count": 7, "start_offset": 4, "end_offset": 6 }));
    assert_eq!(second.data().as_array().unwrap().len(), 3);
    let beyond = list("page_no=9&per_page=3").await;
    assert_eq!((beyond.status, beyond.data()), (200, &json!([])));
    assert!(beyond.body["paging"]["end_offset"].as_u64() >= Some(7));

    let path = format!("/meetings/{}", ids[2]);
    sandbox.kit(Method::PATCH, &path, Some(json!({ "status": "INACTIVE" }))).await;
    let inactive = list("status=INACTIVE").await;
    assert_eq!((&inactive.body["paging"]["total_count"], &inactive.data()[0]["id"]), (&json!(1), &json!(ids[2])));
    assert_eq!(list("status=ACTIVE").await.body["paging"]["total_count"], 6);
    list("status=SLEEPING").await.assert_kit_refused(422);
    list("per_page=none").await.assert_kit_refused(422);
}

#[tokio::test]
async fn patch_changes_only_sent_members_and_put_resets_the_rest() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "title": "Old", "record_on_start": true })).await;
    let path = format!("/meetings/{meeting}");
    let patched = sandbox.kit(Method::PATCH, &path, Some(json!({ "title": "New" }))).await;
    assert_eq!((&patched.data()["title"], &patched.data()["record_on_start"]), (&json!("New"), &json!(true)));
    let put = sandbox.kit(Method::PUT, &path, Some(json!({ "title": "Newer" }))).await;
    assert_eq!((&put.data()["title"], &put.data()["record_on_start"]), (&json!("Newer"), &json!(false)));
    sandbox.kit(Method::PATCH, &path, Some(json!({ "status": "ASLEEP" }))).await.assert_kit_refused(422);
}

#[tokio::test]
async fn a_participant_without_a_known_preset_or_custom_id_is_refused() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let path = format!("/meetings/{meeting}/participants");
    let add = async |body: Value| sandbox.kit(Method::POST, &path, Some(body)).await;
    let unknown = add(json!({ "preset_name": "sensei", "custom_participant_id": "i-17" })).await;
    assert!(unknown.assert_kit_refused(404).contains("sensei"));
    let nameless = add(json!({ "preset_name": "group_call_host" })).await;
    assert!(nameless.assert_kit_refused(422).contains("custom_participant_id"));

    let made = add(json!({ "preset_name": "group_call_host", "custom_participant_id": "i-17", "name": "Ada" })).await;
    assert_eq!(made.status, 201);
    let participant = made.data();
    let claims = payload(&participant["token"]);
    assert_eq!(claims["meetingId"], meeting);
    assert_eq!(claims["participantId"], participant["id"]);
    assert_eq!(claims["orgId"], sandbox.info.app_id);
    assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    assert_eq!((&participant["preset_name"], &participant["picture"]), (&json!("group_call_host"), &Value::Null));
}

#[tokio::test]
async fn a_participant_token_is_returned_once_and_a_refreshed_one_names_the_same_participant() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let path = format!("/meetings/{meeting}/participants");
    let body = json!({ "preset_name": "group_call_participant", "custom_participant_id": "m-1", "name": "Bo" });
    let made = sandbox.kit(Method::POST, &path, Some(body)).await;
    let one = format!("{path}/{}", id(made.data()));
    assert_eq!(sandbox.kit(Method::GET, &one, None).await.data().get("token"), None);
    assert_eq!(sandbox.kit(Method::GET, &path, None).await.data()[0].get("token"), None);

    let fresh = sandbox.kit(Method::POST, &format!("{one}/token"), None).await;
    assert_ne!(fresh.data()["token"], made.data()["token"]);
    assert_eq!(payload(&fresh.data()["token"])["participantId"], made.data()["id"]);

    let edited =
        sandbox.kit(Method::PATCH, &one, Some(json!({ "name": "Bob", "preset_name": "group_call_host" }))).await;
    assert_eq!((&edited.data()["name"], &edited.data()["preset_name"]), (&json!("Bob"), &json!("group_call_host")));
    assert!(edited.data()["token"].is_string());

    let deleted = sandbox.kit(Method::DELETE, &one, None).await;
    let members: Vec<&String> = deleted.data().as_object().unwrap().keys().collect();
    assert_eq!(members, ["created_at", "custom_participant_id", "preset_id", "updated_at"]);
    assert!(is_uuid(&deleted.data()["preset_id"]));
    sandbox.kit(Method::GET, &one, None).await.assert_kit_refused(404);
}

#[tokio::test]
async fn nobody_can_join_an_inactive_meeting_and_its_peers_stay() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let path = format!("/meetings/{meeting}");
    sandbox.kit(Method::PATCH, &path, Some(json!({ "status": "INACTIVE" }))).await;
    let url = format!("{}/join", sandbox.info.control_url);
    let refused = sandbox.send(Method::POST, &url, None, Some(&json!({ "meeting_id": meeting, "name": "Bo" }))).await;
    assert_eq!(refused.status, 409);
    let live = sandbox.kit(Method::GET, &format!("{path}/active-session"), None).await;
    assert_eq!((&live.data()["status"], &live.data()["live_participants"]), (&json!("LIVE"), &json!(1)));
}

#[tokio::test]
async fn a_session_lasts_from_the_first_join_until_keep_alive_after_the_last_leave() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "title": "Tue", "session_keep_alive_time_in_secs": 120 })).await;
    let path = format!("/meetings/{meeting}/active-session");
    let message = sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
    assert_eq!(message, format!("No active session found for meeting_id {meeting}"));

    let (ada, bo) = (sandbox.join(&meeting, "Ada").await, sandbox.join(&meeting, "Bo").await);
    let live = sandbox.kit(Method::GET, &path, None).await;
    let session = live.data();
    assert_eq!((&session["status"], &session["associated_id"]), (&json!("LIVE"), &json!(meeting)));
    assert_eq!((&session["live_participants"], &session["meeting_display_name"]), (&json!(2), &json!("Tue")));
    sandbox.leave(&ada).await;
    sandbox.advance(600).await;
    sandbox.leave(&bo).await;
    sandbox.advance(119).await;
    let still = sandbox.kit(Method::GET, &path, None).await;
    assert_eq!(
        (&still.data()["live_participants"], &still.data()["max_concurrent_participants"]),
        (&json!(0), &json!(2))
    );
    sandbox.advance(2).await;
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);

    let ended = sandbox.kit(Method::GET, &format!("/sessions/{}", id(session)), None).await;
    assert_eq!(ended.data()["status"], "ENDED");
    assert!(moment(&ended.data()["ended_at"]) > moment(&ended.data()["started_at"]));
    let listed = sandbox.kit(Method::GET, &format!("/sessions?associated_id={meeting}"), None).await;
    assert_eq!(listed.data()["sessions"][0]["id"], session["id"]);
    let people = sandbox.kit(Method::GET, &format!("/sessions/{}/participants", id(session)), None).await;
    assert_eq!(people.data()["participants"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn kick_all_ends_the_session_and_stops_its_recording() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    for name in ["Ada", "Bo", "Cy"] {
        sandbox.join(&meeting, name).await;
    }
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(60).await;
    let path = format!("/meetings/{meeting}/active-session");
    let kicked = sandbox.kit(Method::POST, &format!("{path}/kick-all"), None).await;
    assert_eq!(kicked.data()["kicked_participants_count"], 3);
    assert!(kicked.data()["action"].is_string());
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
    assert_eq!(sandbox.recording(&recording).await["status"], "UPLOADING");
    sandbox.kit(Method::POST, &format!("{path}/kick-all"), None).await.assert_kit_refused(404);
}

#[tokio::test]
async fn kick_removes_only_the_named_participants() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let add = json!({ "preset_name": "group_call_participant", "custom_participant_id": "m-1" });
    sandbox.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(add)).await;
    sandbox.control("join", json!({ "meeting_id": meeting, "custom_participant_id": "m-1" })).await;
    sandbox.join(&meeting, "Ada").await;
    let path = format!("/meetings/{meeting}/active-session");
    let kick = async |body: Value| sandbox.kit(Method::POST, &format!("{path}/kick"), Some(body)).await;
    kick(json!({ "participant_ids": [], "custom_participant_ids": ["m-9"] })).await.assert_kit_refused(404);
    let kicked = kick(json!({ "participant_ids": [], "custom_participant_ids": ["m-1"] })).await;
    assert_eq!(kicked.data()["participants"].as_array().unwrap().len(), 1);
    assert_eq!(sandbox.kit(Method::GET, &path, None).await.data()["live_participants"], 1);
}

fn payload(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
