//! The presets of the app in use: missing, changed, of others.

use hajime_core::actions::profile::app::{self, Presets};
use hajime_core::actions::recorder::start;
use hajime_core::domain::ids::AppId;
use hajime_core::domain::profile::preset::{PresetRole, Right};
use reqwest::Method;
use serde_json::{Value, json};

use super::{choose, desk, make, view};
use crate::support::{Cloud, TestDesk};

async fn rows(cloud: &Cloud, app: &AppId) -> Vec<Value> {
    let listed = cloud.api(Method::GET, &format!("/realtime/kit/{app}/presets?page_no=1&per_page=100")).await;
    listed["data"].as_array().unwrap().clone()
}

/// The names of the presets of an app, sorted.
pub(super) async fn listed(cloud: &Cloud, app: &AppId) -> Vec<String> {
    let mut names: Vec<String> =
        rows(cloud, app).await.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

async fn id_of(cloud: &Cloud, app: &AppId, name: &str) -> String {
    let rows = rows(cloud, app).await;
    rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

/// Changes a preset as somebody in the dashboard would.
async fn change(cloud: &Cloud, app: &AppId, name: &str, parts: Value) {
    let path = format!("/realtime/kit/{app}/presets/{}", id_of(cloud, app, name).await);
    assert_eq!(cloud.send(Method::PATCH, &path, parts).await["success"], true);
}

async fn read(cloud: &Cloud, app: &AppId, name: &str) -> Value {
    let path = format!("/realtime/kit/{app}/presets/{}", id_of(cloud, app, name).await);
    cloud.api(Method::GET, &path).await["data"].clone()
}

/// Adds a preset of Hajime's in which hosts may not remove people.
pub(super) async fn spoil_own(cloud: &Cloud, app: &AppId) {
    let preset = json!({
        "name": "hajime_host",
        "config": { "view_type": "GROUP_CALL" },
        "permissions": { "kick_participant": false },
        "ui": { "design_tokens": { "theme": "light" } },
    });
    assert_eq!(cloud.send(Method::POST, &format!("/realtime/kit/{app}/presets"), preset).await["success"], true);
}

async fn presets(desk: &TestDesk) -> Presets {
    view(desk).await.in_use.unwrap().presets.unwrap().unwrap()
}

#[tokio::test]
async fn an_app_without_presets_gets_hajimes_own_once() {
    let cloud = Cloud::start().await;
    let judo = make(&cloud, "Judo").await;
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&cloud, folder.path());
    choose(&desk, &judo).await.unwrap();
    let seen = presets(&desk).await;
    assert_eq!((seen.in_use.len(), seen.fit()), (0, false));
    let repaired = app::repair(&desk.context).await.unwrap();
    assert_eq!(repaired.made, ["hajime_host", "hajime_participant"]);
    let [host, participant] = repaired.presets.in_use.as_slice() else { panic!("{repaired:?}") };
    assert_eq!((host.role, host.may.as_slice()), (PresetRole::Host, Right::ALL.as_slice()));
    assert_eq!(participant.may, [Right::Camera, Right::Microphone, Right::Screen, Right::Chat]);
    let again = app::repair(&desk.context).await.unwrap();
    assert!(again.made.is_empty() && again.changed.is_empty(), "{again:?}");
    assert_eq!(listed(&cloud, &judo).await, ["hajime_host", "hajime_participant"]);
}

#[tokio::test]
async fn hajimes_own_presets_are_repaired_with_their_colours_kept_and_those_of_others_are_left_alone() {
    let cloud = Cloud::start().await;
    let judo = make(&cloud, "Judo").await;
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&cloud, folder.path());
    choose(&desk, &judo).await.unwrap();
    spoil_own(&cloud, &judo).await;
    app::repair(&desk.context).await.unwrap();
    let foreign = json!({
        "name": "Door", "config": { "view_type": "WEBINAR" }, "permissions": { "can_record": true }, "ui": {},
    });
    cloud.send(Method::POST, &format!("/realtime/kit/{judo}/presets"), foreign).await;
    let before = read(&cloud, &judo, "Door").await;

    let may_record = json!({ "permissions": { "can_record": true, "waiting_room_type": "SKIP_ON_ACCEPT" } });
    change(&cloud, &judo, "hajime_participant", may_record).await;
    change(&cloud, &judo, "hajime_host", json!({ "config": { "view_type": "WEBINAR" } })).await;
    let seen = presets(&desk).await;
    assert_eq!(seen.others, ["Door"]);
    let said = seen.sentence();
    for part in ["may stop the recording", "waits until somebody lets them in", "as WEBINAR", "“hajime_host”"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let repaired = app::repair(&desk.context).await.unwrap();
    assert_eq!(
        (repaired.changed.as_slice(), repaired.made.len()),
        (["hajime_host", "hajime_participant"].as_slice(), 0)
    );
    assert!(repaired.presets.fit(), "{repaired:?}");
    assert_eq!(read(&cloud, &judo, "hajime_host").await["ui"]["design_tokens"]["theme"], "light");
    assert_eq!(read(&cloud, &judo, "Door").await, before);
}

#[tokio::test]
async fn cloudflares_presets_are_used_until_they_lack_something_and_are_never_changed() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "new_apps_have_presets": true })).await;
    let judo = make(&cloud, "Judo").await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&cloud, folder.path());
    choose(&desk, &judo).await.unwrap();
    assert!(presets(&desk).await.sentence().starts_with("Cloudflare’s presets are used, and they fit"));
    let nothing = app::repair(&desk.context).await.unwrap();
    assert!(nothing.made.is_empty() && nothing.changed.is_empty(), "{nothing:?}");
    // The class remembers the presets.
    let (first, _) = desk.start_with_ada(&cloud, "Kata").await;
    assert_eq!(presets_of(&cloud, &judo).await, ["group_call_host"]);

    change(&cloud, &judo, "group_call_participant", json!({ "permissions": { "can_record": true } })).await;
    let before = read(&cloud, &judo, "group_call_participant").await;
    assert!(presets(&desk).await.sentence().contains("“group_call_participant” may stop the recording"));
    let repaired = app::repair(&desk.context).await.unwrap();
    assert_eq!(repaired.made, ["hajime_host", "hajime_participant"]);
    assert!(repaired.presets.in_use.iter().all(|preset| preset.is_ours), "{repaired:?}");
    assert_eq!(read(&cloud, &judo, "group_call_participant").await, before);

    // The next class uses them, without a restart.
    hajime_core::actions::recorder::end::end(&desk.context, first.id).await.unwrap();
    desk.tick().await;
    let next = desk.schedule("Kumite");
    start::start(&desk.context, next.id).await.unwrap();
    assert_eq!(presets_of(&cloud, &judo).await, ["group_call_host", "hajime_host"]);
}

/// The presets of all hosts that were added in an app, sorted.
async fn presets_of(cloud: &Cloud, app: &AppId) -> Vec<String> {
    let mut names = Vec::new();
    for meeting in super::meetings(cloud, app).await {
        let id = meeting["id"].as_str().unwrap();
        let listed = cloud
            .api(Method::GET, &format!("/realtime/kit/{app}/meetings/{id}/participants?page_no=1&per_page=100"))
            .await;
        for one in listed["data"].as_array().unwrap() {
            if one["custom_participant_id"].as_str().is_some_and(|mark| mark.starts_with("host-")) {
                names.push(one["preset_name"].as_str().unwrap().to_owned());
            }
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn a_preset_that_was_deleted_while_it_was_remembered_is_looked_for_again() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "new_apps_have_presets": true })).await;
    let judo = make(&cloud, "Judo").await;
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&cloud, folder.path());
    choose(&desk, &judo).await.unwrap();
    let first = desk.schedule("Kata");
    start::start(&desk.context, first.id).await.unwrap();
    let path = format!("/realtime/kit/{judo}/presets/{}", id_of(&cloud, &judo, "group_call_host").await);
    cloud.api(Method::DELETE, &path).await;
    let next = desk.schedule("Kumite");
    start::start(&desk.context, next.id).await.unwrap_err();
    start::start(&desk.context, next.id).await.unwrap();
    assert_eq!(listed(&cloud, &judo).await, ["group_call_participant", "hajime_host", "hajime_participant"]);
}
