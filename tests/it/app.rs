//! The RealtimeKit app: chosen among several, kept while something is under way in it, made once whatever is lost, and
//! with presets that fit a class.

mod presets;

use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use hajime_core::actions::profile::app::{self, AppsView, Invitations, Keeping};
use hajime_core::actions::profile::status;
use hajime_core::actions::recorder::{end, start, sync};
use hajime_core::actions::schedule::personal_invitations::{self, Whom};
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::actions::schedule::sessions;
use hajime_core::config::Profile;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::AppId;
use hajime_core::domain::profile::realtimekit_app::{AppChoice, AppName};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::session::Session;
use hajime_core::error::Error;
use hajime_core::ports::MemorySecrets;
use serde_json::{Value, json};

use crate::command_line::{printed, program, refused};
use crate::support::{Cloud, TestDesk, wait_out_rate_limit};

/// A desk whose configuration names no app.
fn desk(cloud: &Cloud, folder: &Path) -> TestDesk {
    let connection = Profile { app: None, ..cloud.connection() };
    TestDesk::connected(&connection, folder, Arc::default(), Some(Arc::new(MemorySecrets::default())))
}

/// Makes an app as the dashboard does, and returns its id.
async fn make(cloud: &Cloud, name: &str) -> AppId {
    let made = cloud.send(reqwest::Method::POST, "/realtime/kit/apps", json!({ "name": name })).await;
    made["data"]["app"]["id"].as_str().unwrap().parse().unwrap()
}

/// The names of all apps of the account, sorted.
async fn names(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.api(reqwest::Method::GET, "/realtime/kit/apps").await;
    let apps = listed["data"].as_array().unwrap();
    let mut names: Vec<String> = apps.iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn name(typed: &str) -> AppName {
    AppName::new(typed).unwrap()
}

async fn view(desk: &TestDesk) -> AppsView {
    app::view(&desk.context).await.unwrap()
}

async fn choose(desk: &TestDesk, id: &AppId) -> Result<(), Error> {
    app::choose(&desk.context, id, Invitations::Kept).await.map(drop)
}

fn add_person(desk: &TestDesk, session: &Session, name: &str) {
    roster::import(&desk.context, session.id, name, Present::Stay, WrongLines::Refused).unwrap();
}

/// The meetings in an app.
async fn meetings(cloud: &Cloud, app: &AppId) -> Vec<Value> {
    let listed = cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/meetings?page_no=1&per_page=100")).await;
    listed["data"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_only_app_is_used_and_named_with_what_it_records() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&cloud, folder.path());
    let seen = view(&desk).await.in_use.unwrap();
    assert_eq!((seen.choice, seen.id.as_str()), (AppChoice::OnlyOne, cloud.sandbox.info().app_id.as_str()));
    let recording = seen.recording.unwrap();
    assert_eq!((recording.max_seconds, recording.kept), (86_400, Ok(Keeping::NotKnown)));
    assert!(seen.presets.unwrap().unwrap().fit());

    desk.hold(&cloud).await;
    desk.until_idle(&cloud).await;
    let seen = view(&desk).await.in_use.unwrap();
    assert!(matches!(seen.recording.unwrap().kept, Ok(Keeping::AtRealtimeKit { seen: Some(_) })));
    let status = status::status(&desk.context).unwrap();
    assert_eq!(status.app, Some(seen.id));
    assert_eq!(status.app_name, seen.app.map(|app| app.name));
}

#[tokio::test]
async fn a_recording_in_a_bucket_of_the_account_shows_where_recordings_go() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "own_bucket": true })).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&cloud, folder.path());
    desk.hold(&cloud).await;
    desk.pass(&cloud, 120).await;
    let kept = view(&desk).await.in_use.unwrap().recording.unwrap().kept.unwrap();
    assert!(matches!(&kept, Keeping::InOwnStorage { bucket: Some(_), .. }), "{kept:?}");
    assert!(kept.sentence().contains("cannot bring them to Stream"), "{}", kept.sentence());
}

#[tokio::test]
async fn among_three_apps_nothing_is_guessed_and_the_choice_takes_effect_at_once_in_every_process() {
    let cloud = Cloud::start().await;
    let (judo, karate) = (make(&cloud, "Judo").await, make(&cloud, "Karate").await);
    let folder = tempfile::tempdir().unwrap();
    let (desk, other_process) = (desk(&cloud, folder.path()), desk(&cloud, folder.path()));
    let seen = view(&desk).await;
    assert_eq!((seen.apps.len(), seen.in_use.is_none()), (3, true));

    // Everything that needs the app says so, with the way to Settings.
    let session = desk.schedule("Kata");
    add_person(&desk, &session, "Anna");
    for refused in [
        start::start(&desk.context, session.id).await.unwrap_err(),
        sync::sync(&desk.context).await.unwrap_err(),
        personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), ErrorCode::AppNotChosen, "{refused:?}");
        assert!(refused.message().contains("“Judo”") && refused.next().contains("Settings"), "{refused:?}");
    }

    choose(&desk, &judo).await.unwrap();
    let seen = view(&other_process).await.in_use.unwrap();
    assert_eq!((seen.id, seen.choice), (judo.clone(), AppChoice::Chosen));
    start::start(&other_process.context, session.id).await.unwrap();
    assert_eq!((meetings(&cloud, &judo).await.len(), meetings(&cloud, &karate).await.len()), (1, 0));
    end::end(&other_process.context, session.id).await.unwrap();

    // The process that remembered presets and rooms of one app works in the other one from the next class on.
    choose(&desk, &karate).await.unwrap();
    let session = other_process.schedule("Kumite");
    start::start(&other_process.context, session.id).await.unwrap();
    assert_eq!((meetings(&cloud, &judo).await.len(), meetings(&cloud, &karate).await.len()), (1, 1));
}

#[tokio::test]
async fn a_live_class_an_unfinished_recording_and_invitations_keep_the_app() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&cloud, folder.path());
    sync::sync(&desk.context).await.unwrap();
    let other = make(&cloud, "Judo").await;
    let before = view(&desk).await.in_use.unwrap().id;

    let (session, _) = desk.start_with_ada(&cloud, "Kata").await;
    let refused = choose(&desk, &other).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert!(refused.message().contains("“Kata” is live in the app “"), "{refused:?}");

    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.tick().await;
    let refused = choose(&desk, &other).await.unwrap_err();
    assert!(refused.message().contains("recording of “Kata” is not in Stream yet"), "{refused:?}");
    assert_eq!(view(&desk).await.in_use.unwrap().id, before);

    desk.until_idle(&cloud).await;
    let mut input = desk.input("Kumite in a week");
    input.start_local = (desk.context.now() + chrono::TimeDelta::days(7)).format("%Y-%m-%dT%H:%M").to_string();
    let next = sessions::schedule(&desk.context, &input).unwrap();
    add_person(&desk, &next, "Anna");
    personal_invitations::invite_people(&desk.context, next.id, &Whom::Everybody).await.unwrap();
    let refused = choose(&desk, &other).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotConfirmed);
    assert!(refused.message().contains("“Kumite in a week”"), "{refused:?}");

    app::choose(&desk.context, &other, Invitations::SentAgain).await.unwrap();
    assert_eq!(view(&desk).await.in_use.unwrap().id, other);
    // The invitations are made anew, for a room in the new app.
    personal_invitations::invite_people(&desk.context, next.id, &Whom::Everybody).await.unwrap();
    assert_eq!(meetings(&cloud, &other).await.len(), 1);
    // The recording of the class in the other app stays as it was.
    let report = sync::sync(&desk.context).await.unwrap();
    assert_eq!(desk.context.store().every_recording().unwrap().len(), 1, "{report:?}");
    assert!(desk.context.store().every_recording().unwrap()[0].removed_at.is_none());
}

#[tokio::test]
async fn an_app_that_the_configuration_names_cannot_be_chosen_away_and_a_foreign_one_is_named() {
    let cloud = Cloud::start().await;
    let judo = make(&cloud, "Judo").await;
    let folder = tempfile::tempdir().unwrap();
    let configured = TestDesk::open(&cloud, folder.path());
    let refused = choose(&configured, &judo).await.unwrap_err();
    assert!(refused.message().contains("CLOUDFLARE_CALLS_APP_ID"), "{refused:?}");

    let foreign = tempfile::tempdir().unwrap();
    let connection =
        Profile { app: Some("11111111-1111-4111-8111-111111111111".parse().unwrap()), ..cloud.connection() };
    let desk = TestDesk::connected(&connection, foreign.path(), Arc::default(), None);
    let seen = view(&desk).await.in_use.unwrap();
    assert_eq!((seen.choice, seen.app, seen.presets.is_none()), (AppChoice::Configured, None, true));
    let session = desk.schedule("Kata");
    for refused in [
        start::start(&desk.context, session.id).await.unwrap_err(),
        sync::sync(&desk.context).await.unwrap_err(),
        app::repair(&desk.context).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), ErrorCode::Conflict, "{refused:?}");
        assert!(refused.message().contains("no RealtimeKit app 11111111"), "{refused:?}");
        assert!(refused.next().contains("CLOUDFLARE_CALLS_APP_ID"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_chosen_app_that_is_gone_is_named_and_another_one_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let judo = make(&cloud, "Judo").await;
    let desk_before = desk(&cloud, folder.path());
    choose(&desk_before, &judo).await.unwrap();
    drop(desk_before);

    // The same account, in which somebody deleted that app.
    let cloud = Cloud::start().await;
    let desk = desk(&cloud, folder.path());
    let seen = view(&desk).await.in_use.unwrap();
    assert_eq!((&seen.id, seen.choice, seen.app), (&judo, AppChoice::Chosen, None));
    let session = desk.schedule("Kata");
    let refused = start::start(&desk.context, session.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AppNotChosen, "{refused:?}");
    assert!(refused.next().contains("Choose the app in Settings"), "{refused:?}");
    let unknown = choose(&desk, &judo).await.unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NotFound);
    choose(&desk, &cloud.sandbox.info().app_id.parse().unwrap()).await.unwrap();
    start::start(&desk.context, session.id).await.unwrap();
}

#[tokio::test]
async fn an_app_is_made_once_although_the_reply_is_lost_and_a_name_that_exists_is_refused() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&cloud, folder.path());
    cloud.fault("POST", "*/kit/apps", 1, json!({ "kind": "drop_reply" })).await;
    let made = app::create(&desk.context, &name(" Judo ")).await.unwrap();
    assert_eq!(made.name, "Judo");
    assert_eq!(names(&cloud).await.iter().filter(|name| *name == "Judo").count(), 1);
    let refused = app::create(&desk.context, &name("judo")).await.unwrap_err();
    assert!(refused.message().contains("has an app “judo” already"), "{refused:?}");
    // It is not in use before somebody chooses it.
    assert!(view(&desk).await.in_use.is_none());
    assert_eq!(names(&cloud).await.len(), 2);
}

/// Kinds of faults that a call may meet.
const FAULTS: [&str; 9] = [
    r#"{"kind":"status","status":500}"#,
    r#"{"kind":"status","status":403}"#,
    r#"{"kind":"html","status":502}"#,
    r#"{"kind":"empty","status":500}"#,
    r#"{"kind":"truncated"}"#,
    r#"{"kind":"cut_body"}"#,
    r#"{"kind":"reset"}"#,
    r#"{"kind":"drop_reply"}"#,
    r#"{"kind":"rate_limited","retry_after":1}"#,
];

#[tokio::test]
async fn whatever_happens_to_a_call_no_app_and_no_preset_is_made_twice() {
    for fault in FAULTS {
        for (method, path) in [
            ("GET", "*/kit/apps"),
            ("POST", "*/kit/apps"),
            ("GET", "*/presets"),
            ("POST", "*/presets"),
            ("GET", "*/presets/*"),
            ("PATCH", "*/presets/*"),
        ] {
            let cloud = Cloud::start().await;
            let folder = tempfile::tempdir().unwrap();
            let desk = desk(&cloud, folder.path());
            let of_presets = path.contains("presets");
            let body: Value = serde_json::from_str(fault).unwrap();
            if !of_presets {
                cloud.fault(method, path, 1, body.clone()).await;
            }
            let mut failures = Vec::new();
            let judo = loop {
                match app::create(&desk.context, &name("Judo")).await {
                    Ok(made) => break made.id,
                    Err(Error::Conflict { .. }) => {
                        let apps = view(&desk).await.apps;
                        break apps.into_iter().find(|app| app.name == "Judo").unwrap().id;
                    }
                    Err(error) => failures.push(error),
                }
                assert!(failures.len() < 3, "{fault} at {method} {path}: {failures:?}");
                wait_out_rate_limit(&desk.context).await;
            };
            while let Err(error) = choose(&desk, &judo).await {
                failures.push(error);
                assert!(failures.len() < 3, "{fault} at {method} {path}: {failures:?}");
                wait_out_rate_limit(&desk.context).await;
            }
            presets::spoil_own(&cloud, &judo).await;
            if of_presets {
                cloud.fault(method, path, 1, body).await;
            }
            while let Err(error) = app::repair(&desk.context).await {
                failures.push(error);
                assert!(failures.len() < 4, "{fault} at {method} {path}: {failures:?}");
                wait_out_rate_limit(&desk.context).await;
            }
            for error in &failures {
                assert!(!error.message().is_empty() && !error.next().is_empty(), "{error:?}");
            }
            assert_eq!(
                names(&cloud).await.iter().filter(|name| *name == "Judo").count(),
                1,
                "{fault} at {method} {path}"
            );
            let presets = presets::listed(&cloud, &judo).await;
            assert_eq!(presets, ["hajime_host", "hajime_participant"], "{fault} at {method} {path}");
            let seen = view(&desk).await.in_use.unwrap();
            assert!(seen.presets.unwrap().unwrap().fit(), "{fault} at {method} {path}");
        }
    }
}

fn cli(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Output {
    let variables = cloud.variables().into_iter().filter(|(name, _)| *name != "CLOUDFLARE_CALLS_APP_ID");
    program(folder).env_remove("CLOUDFLARE_CALLS_APP_ID").envs(variables).args(arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_makes_chooses_shows_and_repairs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| cli(&cloud, folder.path(), arguments);

    let listed = printed(&run(&["app", "list"]));
    assert_eq!((&listed["choice"], listed["apps"].as_array().unwrap().len()), (&json!("only_one"), 1));
    assert_eq!(refused(&run(&["app", "create", "Judo"]))["code"], "not_confirmed");
    assert_eq!(refused(&run(&["app", "create", "  ", "--yes"]))["code"], "invalid_input");
    assert_eq!(names(&cloud).await.len(), 1);
    let made = printed(&run(&["app", "create", "Judo", "--yes"]));
    let judo = made["id"].as_str().unwrap();

    // Two apps, and none is chosen.
    assert_eq!(refused(&run(&["app", "show"]))["code"], "app_not_chosen");
    assert_eq!(refused(&run(&["sync"]))["code"], "app_not_chosen");
    assert_eq!(refused(&run(&["app", "choose", "no-such-app"]))["code"], "not_found");
    assert_eq!(printed(&run(&["app", "choose", judo]))["in_use"], true);
    assert_eq!(printed(&run(&["app", "list"]))["in_use"], *judo);
    printed(&run(&["sync"]));
    // The check knows the choice too.
    let checks = printed(&run(&["doctor"]));
    let state = |name: &str| {
        let checks = checks.as_array().unwrap().iter();
        checks.filter(|check| check["name"] == name).map(|check| check["state"].clone()).next().unwrap()
    };
    assert_eq!((state("app"), state("workers")), (json!("passed"), json!("passed")));
    // A desktop without a session bus has no panel, and that is no failure.
    assert_eq!((state("panel"), state("notifications")), (json!("skipped"), json!("skipped")));

    let shown = printed(&run(&["app", "show"]));
    assert_eq!((&shown["app"]["name"], &shown["recording"]["kept"]), (&json!("Judo"), &json!("not_known")));
    assert_eq!(shown["presets"]["in_use"], json!([]));
    let repaired = printed(&run(&["app", "presets", "--repair"]));
    assert_eq!(repaired["made"], json!(["hajime_host", "hajime_participant"]));
    assert_eq!(repaired["presets"]["fit"], true);
    let presets = printed(&run(&["app", "presets"]));
    assert!(presets["in_use"][0]["may"].as_array().unwrap().contains(&json!("remove")), "{presets}");
    assert!(!presets["in_use"][1]["may"].as_array().unwrap().contains(&json!("record")), "{presets}");
}
