//! Roles: what each role may do, how a desk switches its role, which rights its API token has, and public videos.
//!
//! | module | purpose |
//! |---|---|
//! | [`sources`] | reads the sources: every action names its permission, and every command of the page leads to an action |
//! | [`commands`] | drives every action that staff may use through the commands of the page |
//! | [`verbs`] | drives every verb of the command line |

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::library::{description, export, public_videos, recordings, today};
use hajime_core::actions::profile::{backups, roles, settings};
use hajime_core::actions::recorder::{start, sync};
use hajime_core::actions::schedule::{calendar_days, sessions};
use hajime_core::actions::sharing::{keys, ledger, links};
use hajime_core::config::Profile;
use hajime_core::domain::library::description::DescriptionInput;
use hajime_core::domain::library::query::Query;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::profile::role::{Fit, Role, StreamRight};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::ledger::Act;
use hajime_core::domain::sharing::ledger::finding::ChainReport;
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::jobs::status;
use hajime_core::ports::{MemorySecrets, SecretStore};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::command_line;
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk, WITNESS_COUNT, witness};

mod commands;
mod sources;
mod verbs;

const PASSPHRASE: &str = "crane bridge plum drum";

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// The account with a token of its own.
async fn with_token(cloud: &Cloud, permissions: &[&str]) -> Profile {
    let minted = cloud.control("tokens", json!({ "permissions": permissions })).await;
    Profile { token: secret(minted["api_token"].as_str().unwrap()), ..cloud.connection() }
}

/// Sets the admin passphrase and gives the desk another role.
pub async fn become_role(desk: &TestDesk, role: Role) {
    roles::set_passphrase(&desk.context, &secret(PASSPHRASE), None).await.unwrap();
    roles::set(&desk.context, role, None).await.unwrap();
}

/// Begins to count the requests that change something. Those that try the rights of a token are about things that do not
/// exist, and do not count.
async fn watch_for_changes(cloud: &Cloud) {
    let rule = |method: Option<&str>, path: Option<&str>| json!({ "method": method, "path": path, "count": WITNESS_COUNT, "fault": witness() });
    for path in ["*/stream/00000000000000000000000000000000", "*/workers/scripts/hajime-0-no-such-script/subdomain"] {
        cloud.control("faults", rule(None, Some(path))).await;
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        cloud.control("faults", rule(Some(method), None)).await;
    }
}

/// Fails if a request has changed something since [`watch_for_changes`].
async fn assert_nothing_changed(cloud: &Cloud, after: &str) {
    let state = cloud.state().await;
    let rules = state["faults"].as_array().unwrap().iter();
    let counted = rules.filter_map(|rule| {
        let left = WITNESS_COUNT - rule["count"].as_u64()?;
        Some((rule["method"].as_str()?.to_owned(), left))
    });
    let counted: Vec<_> = counted.collect();
    assert_eq!(counted.len(), 4, "every method is counted");
    let sent: Vec<_> = counted.into_iter().filter(|(_, sent)| *sent > 0).collect();
    assert!(sent.is_empty(), "{after}: {sent:?}");
}

/// A desk of staff with a recording that is ready and with the key in its keyring, and a token that only reads at Stream.
async fn staff_desk(cloud: &Cloud, folder: &Path) -> (TestDesk, Recording) {
    let keyring: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
    let mut desk = TestDesk::with(cloud, folder, Arc::default(), Some(keyring.clone()));
    let recording = ready_recording(cloud, &mut desk).await;
    // The desk may have a key already.
    drop(keys::create(&desk.context, None).await);
    become_role(&desk, Role::Staff).await;
    let clock = desk.clock.clone();
    drop(desk);
    let reading = with_token(cloud, &["stream_read"]).await;
    (TestDesk::connected(&reading, folder, clock, Some(keyring)), recording)
}

#[tokio::test]
async fn staff_find_watch_and_share_what_is_ready_with_a_token_that_only_reads() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, recording) = staff_desk(&cloud, folder.path()).await;
    watch_for_changes(&cloud).await;
    let found = recordings::list(&desk.context, &Query { limit: 10, ..Query::default() }).unwrap();
    assert_eq!(found.rows.len(), 1);
    let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    assert!(made.verified());
    recordings::play(&desk.context, recording.id).await.unwrap();
    assert_eq!(sync::sync(&desk.context).await.unwrap().missing, 0);
    let refused = export::save_into(&desk.context, recording.id, folder.path()).await.unwrap_err();
    assert_eq!(refused.code(), "role");
    assert!(refused.message().contains("Staff") && refused.next().contains("passphrase"), "{}", refused.message());
    let report = desk.pass(&cloud, 60).await;
    assert!(report.idle());
    assert_nothing_changed(&cloud, "the whole test").await;
}

#[tokio::test]
async fn a_new_desk_of_staff_finds_the_recordings_by_stream_alone() {
    let cloud = Cloud::start().await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ready_recording(&cloud, &mut TestDesk::open(&cloud, first.path())).await;
    let reading = with_token(&cloud, &["stream_read"]).await;
    let desk = TestDesk::connected(&reading, second.path(), Arc::default(), Some(Arc::new(MemorySecrets::default())));
    become_role(&desk, Role::Staff).await;
    watch_for_changes(&cloud).await;
    assert_eq!(sync::sync(&desk.context).await.unwrap().found, 1);
    let found = recordings::list(&desk.context, &Query { limit: 10, ..Query::default() }).unwrap();
    let id = found.rows[0].recording.id;
    // It has no signing key, and makes none.
    let refused = links::make(&desk.context, id, Validity::DAY, false).await.unwrap_err();
    assert_eq!(refused.code(), "role");
    assert!(refused.next().contains("import a signing key"), "{}", refused.next());
    assert_nothing_changed(&cloud, "the whole test").await;
}

#[tokio::test]
async fn a_stronger_role_needs_the_passphrase_and_wrong_ones_are_counted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::stopped(&cloud, folder.path());
    let context = &desk.context;
    assert_eq!(roles::show(context).unwrap().role, Role::Admin);
    // Without a passphrase nobody could switch back.
    assert_eq!(roles::set(context, Role::Staff, None).await.unwrap_err().code(), "conflict");
    assert_eq!(roles::set_passphrase(context, &secret("short"), None).await.unwrap_err().code(), "invalid_input");
    assert_eq!(roles::set_passphrase(context, &secret("  "), None).await.unwrap_err().code(), "invalid_input");
    become_role(&desk, Role::Staff).await;
    assert_eq!(roles::set_passphrase(context, &secret("another passphrase"), None).await.unwrap_err().code(), "role");
    assert_eq!(roles::set(context, Role::Admin, None).await.unwrap_err().code(), "invalid_input");
    for _ in 0..3 {
        let refused = roles::set(context, Role::Admin, Some(&secret("crane bridge plum"))).await.unwrap_err();
        assert_eq!(refused.code(), "passphrase");
    }
    // The right one has to wait now.
    let refused = roles::set(context, Role::Admin, Some(&secret(PASSPHRASE))).await.unwrap_err();
    assert!(refused.next().starts_with("Try again after"), "{}", refused.next());
    assert_eq!(roles::show(context).unwrap().role, Role::Staff);
    desk.clock.0.fetch_add(6_000, std::sync::atomic::Ordering::SeqCst);
    let view = roles::set(context, Role::Admin, Some(&secret(PASSPHRASE))).await.unwrap();
    assert_eq!((view.role, view.wait_until), (Role::Admin, None));
    // A passphrase that is set must be known to change it.
    assert_eq!(
        roles::set_passphrase(context, &secret("another passphrase"), None).await.unwrap_err().code(),
        "invalid_input"
    );
    roles::set_passphrase(context, &secret("another passphrase"), Some(&secret(PASSPHRASE))).await.unwrap();

    let told = |act| Filter { act: Some(act), ..Filter::default() };
    let rows = ledger::page(context, &told(Act::RoleChanged), None, 10).unwrap().rows;
    let notes: Vec<_> = rows.iter().map(|row| row.note.as_str()).collect();
    assert_eq!(notes, ["staff to admin", "admin to staff"]);
    assert_eq!(ledger::page(context, &told(Act::PassphraseWrong), None, 10).unwrap().rows.len(), 3);
    assert!(ledger::verify(context).await.unwrap().iter().all(ChainReport::is_sound));
}

#[tokio::test]
async fn the_ledger_says_in_which_role_something_was_done() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = staff_desk(&cloud, folder.path()).await;
    links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    let role_of = |act| {
        let asked = Filter { act: Some(act), ..Filter::default() };
        ledger::page(&desk.context, &asked, None, 10).unwrap().rows[0].role.clone()
    };
    assert_eq!(role_of(Act::LinkMade), "staff");
    assert_eq!(role_of(Act::KeyMade), "admin");
}

#[tokio::test]
async fn an_instructor_has_the_own_classes_and_recordings_only() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let own = sessions::schedule(&desk.context, &desk.input("Own")).unwrap();
    let mut input = desk.input("Of somebody else");
    input.instructor = "M. Ito".into();
    let other = sessions::schedule(&desk.context, &input).unwrap();
    roles::set_passphrase(&desk.context, &secret(PASSPHRASE), None).await.unwrap();
    // Nobody is named in the settings yet.
    assert_eq!(roles::set(&desk.context, Role::Instructor, None).await.unwrap_err().code(), "conflict");
    let preferences = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    settings::save(&desk.context, &preferences).unwrap();
    roles::set(&desk.context, Role::Instructor, None).await.unwrap();

    let context = &desk.context;
    let listed: Vec<_> = sessions::list(context, None, None).unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(listed, [other.id]);
    let day = other.plan.start.local().date();
    let days = (day - TimeDelta::days(2), day + TimeDelta::days(2));
    let entries = calendar_days::entries(context, &days.0.to_string(), &days.1.to_string(), "UTC").unwrap();
    assert_eq!(entries.len(), 1);
    let refused = |error: hajime_core::error::Error| (error.code(), error.message());
    assert_eq!(refused(sessions::cancel(context, own.id).unwrap_err()).0, "role");
    assert_eq!(refused(start::start(context, own.id).await.unwrap_err()).0, "role");
    assert_eq!(refused(recordings::detail(context, recording.id).unwrap_err()).0, "role");
    let renamed = DescriptionInput { title: Some("Mine now".into()), ..DescriptionInput::default() };
    assert_eq!(refused(description::edit(context, recording.id, &renamed).unwrap_err()).0, "role");
    assert_eq!(recordings::list(context, &Query { limit: 10, ..Query::default() }).unwrap().rows.len(), 0);
    assert_eq!(today::today(context).unwrap().ready.len(), 0);
    // Classes of others cannot be planned, and the name in the settings cannot be changed to theirs.
    assert_eq!(refused(sessions::schedule(context, &desk.input("For R. Alves")).unwrap_err()).0, "role");
    let theirs = Preferences { instructor: "R. Alves".into(), ..preferences };
    assert_eq!(refused(settings::save(context, &theirs).unwrap_err()).0, "role");
    sessions::cancel(context, other.id).unwrap();
}

#[tokio::test]
async fn jobs_rest_quietly_while_the_token_only_reads_and_go_on_once_it_does_not() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let reading = with_token(&cloud, &["stream_read"]).await;
    let mut desk = TestDesk::connected(&reading, folder.path(), Arc::default(), None);
    desk.clock.stop();
    // Something that the pipeline asks RealtimeKit about.
    let mut admin = TestDesk::with(&cloud, folder.path(), desk.clock.clone(), None);
    admin.hold(&cloud).await;
    desk.tick().await;
    let rights = desk.context.store().token_rights().unwrap().expect("the rights were tried after the first refusal");
    assert_eq!((rights.realtime, rights.stream, rights.workers), (false, StreamRight::Read, false));
    assert!(matches!(rights.fit(Role::Admin), Fit::TooLittle(_)));
    // The refusal might have passed, so the rights are tried again soon.
    for _ in 0..4 {
        desk.pass(&cloud, 60).await;
    }
    let sent = desk.context.cloudflare().sent();
    for _ in 0..5 {
        let report = desk.pass(&cloud, 60).await;
        assert!(report.idle(), "{report:?}");
    }
    assert_eq!(desk.context.cloudflare().sent(), sent, "nothing is asked while the jobs rest");
    assert!(desk.context.health().trouble.is_none());
    let resting = roles::show(&desk.context).unwrap().resting;
    assert!(resting.iter().any(|(_, why)| why.contains("Account, Stream, Edit")), "{resting:?}");
    assert!(status::list(&desk.context).unwrap().iter().all(|job| job.last_error.is_none()));

    // Somebody gives the token its rights, and a person has them tried.
    roles::try_token(&admin.context).await.unwrap();
    assert!(roles::show(&admin.context).unwrap().resting.is_empty());
    admin.until_idle(&cloud).await;
}

#[tokio::test]
async fn a_refusal_that_passes_lets_jobs_rest_for_half_a_minute_at_most_and_a_success_ends_it_at_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    desk.hold(&cloud).await;
    let rest = async |desk: &mut TestDesk| {
        cloud.fault("GET", "*/realtime/*", 1_000, json!({ "kind": "status", "status": 403 })).await;
        desk.pass(&cloud, 1_000).await;
        desk.tick().await;
        cloud.clear_faults().await;
        assert!(!roles::show(&desk.context).unwrap().resting.is_empty(), "{:?}", desk.context.store().token_rights());
    };
    rest(&mut desk).await;
    desk.pass(&cloud, 10).await;
    assert!(!roles::show(&desk.context).unwrap().resting.is_empty());
    desk.pass(&cloud, 20).await;
    assert!(roles::show(&desk.context).unwrap().resting.is_empty());

    desk.hold(&cloud).await;
    rest(&mut desk).await;
    // A person starts a class, which Cloudflare allows.
    let session = desk.schedule("Judo");
    start::start(&desk.context, session.id).await.unwrap();
    desk.tick().await;
    assert!(roles::show(&desk.context).unwrap().resting.is_empty());
    hajime_core::actions::recorder::end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
}

#[tokio::test]
async fn tells_which_rights_of_the_token_are_more_than_the_role_needs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    become_role(&desk, Role::Staff).await;
    let view = roles::try_token(&desk.context).await.unwrap();
    let (message, next) = view.advice.unwrap();
    assert!(
        message.contains("more than the role Staff needs") && message.contains("change and delete videos"),
        "{message}"
    );
    assert!(next.unwrap().contains("Account, Stream, Read") && next.unwrap().contains("signing key"), "{next:?}");
    // A network that does not answer says nothing about a token.
    cloud.fault("GET", "*/apps", 100, json!({ "kind": "status", "status": 500 })).await;
    assert!(roles::try_token(&desk.context).await.is_err());
    assert!(roles::show(&desk.context).unwrap().rights.unwrap().realtime);
}

#[tokio::test]
async fn a_restore_changes_neither_the_role_nor_the_passphrase() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let before = backups::make(folder.path(), desk.context.now()).unwrap();
    become_role(&desk, Role::Staff).await;
    assert_eq!(backups::restore_desk(&desk.context, &before.path).unwrap_err().code(), "role");
    assert_eq!(backups::restore(folder.path(), &before.path, desk.context.now()).unwrap_err().code(), "role");
    roles::set(&desk.context, Role::Admin, Some(&secret(PASSPHRASE))).await.unwrap();
    backups::restore_desk(&desk.context, &before.path).unwrap();
    assert!(roles::show(&desk.context).unwrap().has_passphrase);
    roles::set(&desk.context, Role::Staff, None).await.unwrap();
    assert_eq!(roles::show(&desk.context).unwrap().role, Role::Staff);
}

/// Has Stream import the newest file without asking for signed links, as a person may do in the dashboard.
async fn public_video(cloud: &Cloud, title: &str) -> String {
    let app = cloud.sandbox.info().app_id.clone();
    let listed = cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings")).await;
    let body = json!({ "url": listed["data"][0]["download_url"], "meta": { "name": title } });
    let made = cloud.send(reqwest::Method::POST, "/stream/copy", body).await;
    made["result"]["uid"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

fn is_public(videos: &[Value], id: &str) -> bool {
    videos.iter().any(|video| video["uid"] == id && video["requireSignedURLs"] == false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_public_videos_and_closes_those_that_are_not_ours_only_when_confirmed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let ours = recording.facts.video.unwrap().to_string();
    let open = json!({ "requireSignedURLs": false });
    cloud.send(reqwest::Method::POST, &format!("/stream/{ours}"), open.clone()).await;
    let theirs = public_video(&cloud, "Trailer").await;
    let context = &desk.context;
    let found = public_videos::list(context).await.unwrap();
    let of = |id: &str| found.iter().find(|video| video.id.as_str() == id).unwrap();
    assert!(of(&ours).is_ours && !of(&theirs).is_ours);
    assert_eq!(found.len(), 2);

    let done = public_videos::close(context, None, false).await.unwrap();
    assert_eq!((done.closed.len(), done.unconfirmed.len(), done.failed.len()), (1, 1, 0));
    let videos = cloud.videos().await;
    assert!(!is_public(&videos, &ours) && is_public(&videos, &theirs));
    let closed = Filter { act: Some(Act::VideoClosed), ..Filter::default() };
    assert_eq!(ledger::page(context, &closed, None, 10).unwrap().rows.len(), 1);

    let printed = command_line::run(&cloud, folder.path(), &["recording", "public"]);
    assert_eq!(command_line::printed(&printed)[0]["id"], theirs.as_str());
    let printed = command_line::run(&cloud, folder.path(), &["recording", "public", "--close", "--others"]);
    assert_eq!(command_line::printed(&printed)["closed"][0]["id"], theirs.as_str());
    assert!(!is_public(&cloud.videos().await, &theirs));
    let printed = command_line::run(&cloud, folder.path(), &["recording", "public"]);
    assert_eq!(command_line::printed(&printed), json!([]));
}
