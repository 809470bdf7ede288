//! The connection check names the permission that the token lacks.

use hajime_core::actions::profile::connect::{self, Outcome, Report, Subject};
use hajime_core::config::Profile;
use hajime_core::domain::profile::realtimekit_app::AppName;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, SystemClock};
use secrecy::SecretString;
use serde_json::json;

use crate::support::Cloud;

async fn check(connection: &Profile) -> Report {
    let client = opening::client(connection, std::sync::Arc::new(SystemClock)).unwrap();
    connect::check(&client, connection.app.as_ref(), SystemClock.now()).await
}

fn failures(report: &Report) -> Vec<(Subject, String)> {
    let failed = report.checks.iter().filter_map(|check| match &check.outcome {
        Outcome::Failed { message, next } => {
            assert!(!next.is_empty(), "{message}");
            Some((check.subject, message.clone()))
        }
        Outcome::Passed(_) | Outcome::Warned { .. } | Outcome::Skipped => None,
    });
    failed.collect()
}

async fn with_token(cloud: &Cloud, permissions: &[&str], owner: &str) -> Profile {
    let minted = cloud.control("tokens", json!({ "permissions": permissions, "owner": owner })).await;
    Profile { token: SecretString::from(minted["api_token"].as_str().unwrap().to_owned()), ..cloud.connection() }
}

#[tokio::test]
async fn passes_every_check_with_a_good_token() {
    let cloud = Cloud::start().await;
    let report = check(&cloud.connection()).await;
    assert!(report.usable(), "{report:?}");
    assert_eq!(report.checks.len(), 7);
    assert_eq!(report.apps.len(), 1);
    assert!(check(&with_token(&cloud, &["realtime", "stream_write"], "account").await).await.usable());
}

/// The warning about a subject.
fn warning(report: &Report, subject: Subject) -> Option<String> {
    let check = report.checks.iter().find(|check| check.subject == subject).unwrap();
    match &check.outcome {
        Outcome::Warned { message, next } => Some(format!("{message} {next}")),
        _ => None,
    }
}

#[tokio::test]
async fn names_the_permission_to_publish_the_join_page_which_nothing_else_needs() {
    let cloud = Cloud::start().await;
    let without = check(&with_token(&cloud, &["realtime", "stream_write"], "user").await).await;
    assert!(without.usable(), "{without:?}");
    let said = warning(&without, Subject::Workers).unwrap();
    assert!(said.contains("“Workers Scripts: Edit”") && said.contains("Only publishing the join page"), "{said}");
    let with = check(&with_token(&cloud, &["realtime", "stream_write", "workers_write"], "user").await).await;
    assert_eq!(warning(&with, Subject::Workers), None);
    // The check changed nothing.
    let probed = "/workers/scripts/hajime-0-no-such-script/subdomain";
    assert_eq!(cloud.api(reqwest::Method::GET, probed).await["success"], false);
}

#[tokio::test]
async fn among_several_apps_the_check_lets_the_person_choose_and_warns_of_presets_that_do_not_fit() {
    let cloud = Cloud::start().await;
    let client = opening::client(&cloud.connection(), std::sync::Arc::new(SystemClock)).unwrap();
    client.create_app(&AppName::new("Judo").unwrap()).await.unwrap();
    let connection = Profile { app: None, ..cloud.connection() };
    let report = check(&connection).await;
    assert_eq!((report.apps.len(), report.app.is_none(), report.usable()), (2, true, false));
    let chosen = check(&cloud.connection()).await;
    assert_eq!((chosen.app.as_ref(), chosen.usable()), (cloud.connection().app.as_ref(), true));

    let app = cloud.sandbox.info().app_id.clone();
    let presets = cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/presets")).await;
    for preset in presets["data"].as_array().unwrap() {
        let path = format!("/realtime/kit/{app}/presets/{}", preset["id"].as_str().unwrap());
        let muted = json!({ "permissions": { "media": { "audio": { "can_produce": "NOT_ALLOWED" } } } });
        cloud.send(reqwest::Method::PATCH, &path, muted).await;
    }
    let report = check(&cloud.connection()).await;
    let said = warning(&report, Subject::Presets).unwrap();
    assert!(said.contains("“group_call_host” may not speak") && said.contains("Repair them"), "{said}");
    assert!(report.usable());
}

#[tokio::test]
async fn names_the_missing_permission() {
    let cloud = Cloud::start().await;
    let no_stream = failures(&check(&with_token(&cloud, &["realtime"], "user").await).await);
    assert_eq!(no_stream.len(), 1, "{no_stream:?}");
    assert!(no_stream[0].0 == Subject::Stream && no_stream[0].1.contains("Stream"), "{no_stream:?}");
    let read_only = failures(&check(&with_token(&cloud, &["realtime", "stream_read"], "user").await).await);
    assert!(read_only.len() == 1 && read_only[0].0 == Subject::Stream, "{read_only:?}");
    let no_realtime = failures(&check(&with_token(&cloud, &["stream_write"], "user").await).await);
    assert_eq!(no_realtime[0].0, Subject::Realtime, "{no_realtime:?}");
    assert!(no_realtime[0].1.contains("Realtime"), "{no_realtime:?}");
}

#[tokio::test]
async fn explains_a_wrong_token_an_unknown_app_and_an_unreachable_host() {
    let cloud = Cloud::start().await;
    let wrong = Profile { token: SecretString::from("not-a-token".to_owned()), ..cloud.connection() };
    assert_eq!(failures(&check(&wrong).await)[0].0, Subject::Token);
    let unknown = Profile { app: Some("no-such-app".parse().unwrap()), ..cloud.connection() };
    let failed = failures(&check(&unknown).await);
    assert!(failed.len() == 1 && failed[0].1.contains("no-such-app"), "{failed:?}");
    let nobody = Profile { base_url: "http://127.0.0.1:9/client/v4".parse().unwrap(), ..cloud.connection() };
    let failed = failures(&check(&nobody).await);
    assert!(failed[0].0 == Subject::Token && failed[0].1.contains("127.0.0.1"), "{failed:?}");
}

#[tokio::test]
async fn creates_presets_in_an_app_without_any() {
    let cloud = Cloud::start().await;
    let client = opening::client(&cloud.connection(), std::sync::Arc::new(SystemClock)).unwrap();
    let app = client.create_app(&AppName::new("Dojo").unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let connection = Profile { app: Some(app.id.clone()), ..cloud.connection() };
    let surroundings = opening::Platform {
        secrets: None,
        notifier: std::sync::Arc::new(hajime_core::ports::Quiet),
        events: std::sync::Arc::new(hajime_core::ports::Quiet),
        local_join_page: None,
    };
    let context = opening::open_context(folder.path(), &connection, surroundings).unwrap();
    let desk = crate::support::TestDesk::open(&cloud, tempfile::tempdir().unwrap().path());
    let session = hajime_core::actions::schedule::sessions::schedule(&context, &desk.input("Judo")).unwrap();
    hajime_core::actions::recorder::start::start(&context, session.id).await.unwrap();
    let mut names: Vec<String> = client.presets(&app.id).await.unwrap().into_iter().map(|preset| preset.name).collect();
    names.sort();
    assert!(names.contains(&"hajime_host".to_owned()) || names.contains(&"group_call_host".to_owned()), "{names:?}");
}
