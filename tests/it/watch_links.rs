//! Watch links: what is refused with what to do, what the desk tells of them, and what they do at the door of the sandbox.

mod at_the_door;

use chrono::{NaiveDate, TimeDelta};
use hajime_core::actions::library::description::Selected;
use hajime_core::actions::library::{bin, recordings};
use hajime_core::actions::profile::join_page::{self, Request};
use hajime_core::actions::recorder::sync;
use hajime_core::actions::sharing::{formats, ledger, links, revoke, watch_links};
use hajime_core::context::Context;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::profile::door::DoorCode;
use hajime_core::domain::profile::join_page::JoinPage;
use hajime_core::domain::profile::role::Role;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::domain::sharing::watch_link::{WatchOptions, WatchState};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::links::ready_recording;
use crate::roles::become_role;
use crate::support::{Cloud, TestDesk};

const SCHEMA: &str = include_str!("../../ui/door/schema.sql");

/// Publishes a small join page with a door. The sandbox answers in the place of the module.
pub async fn open_door(context: &Context) {
    let files = ["index.html", "404.html", "watch.html"].map(|path| (path.to_owned(), b"<h1>Join</h1>".to_vec()));
    let page = JoinPage::with_door(files, Some(DoorCode::new("export default {};", SCHEMA))).unwrap();
    join_page::publish(context, &page, &Request::default(), &|_| ()).await.unwrap();
}

/// A desk with a door and a recording.
async fn desk_with_door(cloud: &Cloud, folder: &std::path::Path) -> (TestDesk, Recording) {
    let mut desk = TestDesk::open(cloud, folder);
    let recording = ready_recording(cloud, &mut desk).await;
    open_door(&desk.context).await;
    (desk, recording)
}

/// What a browser gets at an address of the sandbox. The system's resolver may not know names below `localhost`, so the name is in
/// the header alone.
async fn ask(method: Method, address: &str, what: &str, body: Option<Value>, country: Option<&str>) -> (u16, Value) {
    let address: url::Url = address.parse().unwrap();
    let port = address.port().unwrap();
    let http = hajime_core::http_client::builder().build().unwrap();
    let host = format!("{}:{port}", address.host_str().unwrap());
    let mut request =
        http.request(method, format!("http://127.0.0.1:{port}{}{what}", address.path())).header(header::HOST, host);
    if let Some(body) = body {
        request = request.json(&body);
    }
    if let Some(country) = country {
        request = request.header("CF-IPCountry", country);
    }
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap_or(Value::Null))
}

async fn play(address: &str) -> (u16, Value) {
    ask(Method::POST, address, "/play", Some(json!({})), None).await
}

/// The acts of the ledger, the oldest first.
fn acts(context: &Context) -> Vec<String> {
    let page = ledger::page(context, &Filter::default(), None, 100).unwrap();
    let mut acts: Vec<String> =
        page.rows.into_iter().map(|row| row.act).filter(|act| act.starts_with("link")).collect();
    acts.reverse();
    acts
}

async fn put_in_bin(desk: &TestDesk, recording: RecordingId) {
    bin::put(&desk.context, &Selected::Named(vec![recording])).await.unwrap();
}

fn in_days(desk: &TestDesk, days: i64) -> NaiveDate {
    (desk.context.now() + TimeDelta::days(days)).date_naive()
}

#[tokio::test]
async fn without_a_door_it_is_said_what_to_do_and_direct_links_are_made() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let ways = watch_links::ways(&desk.context).unwrap();
    assert!(!ways.door && ways.sentence.contains("Publish the join page"), "{}", ways.sentence);
    let refused = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap_err();
    assert!(refused.message().contains("no open door"), "{}", refused.message());
    assert!(refused.next().contains("24 hours"), "{}", refused.next());
    assert!(links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap().verified());
    assert_eq!(acts(&desk.context), ["link_made"]);
}

#[tokio::test]
async fn a_desk_of_staff_is_told_who_can_make_a_watch_link() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let made = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    become_role(&desk, Role::Staff).await;
    let refused = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap_err();
    assert!(refused.message().contains("only reads"), "{}", refused.message());
    assert!(refused.next().contains("ask an instructor or admin"), "{}", refused.next());
    assert!(!watch_links::ways(&desk.context).unwrap().door);
    // What was made before is passed on, and not taken back.
    let again = watch_links::address(&desk.context, made.view.link.id).await.unwrap();
    assert_eq!(again.expose(), made.url.expose());
    assert_eq!(watch_links::revoke(&desk.context, made.view.link.id).await.unwrap_err().code(), "role");
}

#[tokio::test]
async fn a_link_lasts_as_asked_and_no_longer_than_its_video() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let context = &desk.context;
    let until = |days| WatchOptions { until: Some(in_days(&desk, days)), ..WatchOptions::default() };
    let long = watch_links::make(context, recording.id, &until(90)).await.unwrap();
    let last = in_days(&desk, 90);
    assert!(long.view.ends_at.date_naive() == last && long.sentence.contains(&last.format("%-d %B %Y").to_string()));
    for (days, word) in [(-2, "is over"), (740, "for two years")] {
        let refused = watch_links::make(context, recording.id, &until(days)).await.unwrap_err();
        assert!(refused.message().contains(word), "{}", refused.message());
    }

    let video = recording.facts.video.as_ref().unwrap();
    let deletion = context.now() + TimeDelta::days(40);
    let change = json!({ "scheduledDeletion": deletion.to_rfc3339() });
    cloud.send(Method::POST, &format!("/stream/{video}"), change).await;
    sync::sync(context).await.unwrap();
    let known = recordings::get(context, recording.id).unwrap().facts.video_deletion.unwrap();
    assert!((known - deletion).abs() < TimeDelta::seconds(2));
    let refused = watch_links::make(context, recording.id, &until(60)).await.unwrap_err();
    assert!(refused.message().contains("The video is deleted on"), "{}", refused.message());
    assert!(refused.next().contains("keep the recording for longer"), "{}", refused.next());
    let day = WatchOptions { until: Some(known.date_naive()), ..WatchOptions::default() };
    let shortened = watch_links::make(context, recording.id, &day).await.unwrap();
    assert_eq!(shortened.view.ends_at, known);
    assert!(shortened.sentence.contains("Stream deletes the video then"), "{}", shortened.sentence);
    // The link that was made for longer ends with the video too.
    let listed = watch_links::list(context, recording.id).unwrap();
    let ends: Vec<_> = listed.iter().map(|view| view.ends_at).collect();
    assert_eq!(ends, [known, known]);
    assert!(listed[1].sentence.ends_with("when the video is deleted."), "{}", listed[1].sentence);
    assert_eq!(acts(context), ["link_made", "link_made"], "what was refused is no link");
}

#[tokio::test]
async fn what_the_door_cannot_hold_is_refused_and_nothing_is_made() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let addresses = Rights::to_watch(false).only_from(&[], &["203.0.113.0/24".to_owned()]).unwrap();
    let late = Rights { not_before: Some(desk.context.now() + TimeDelta::days(50)), ..Rights::default() };
    let plain = WatchOptions::default;
    for (options, field, words) in [
        (WatchOptions { rights: addresses, ..plain() }, "address", "direct link for these addresses"),
        (WatchOptions { rights: late, ..plain() }, "not_before", "earlier beginning"),
        (WatchOptions { passphrase: Some("short".into()), ..plain() }, "passphrase", "8 characters"),
        (WatchOptions { start_at: Some(86_400), ..plain() }, "start_at", "within the video"),
        (WatchOptions { note: "n".repeat(201), ..plain() }, "note", "shorter"),
    ] {
        let refused = watch_links::make(&desk.context, recording.id, &options).await.unwrap_err();
        let hajime_core::error::Error::Invalid(invalid) = &refused else { panic!("{refused:?}") };
        assert_eq!(invalid.problems()[0].field, field);
        assert!(refused.next().contains(words), "{field}: {}", refused.next());
    }
    assert!(watch_links::list(&desk.context, recording.id).unwrap().is_empty());
    assert!(acts(&desk.context).is_empty());
}

#[tokio::test]
async fn a_link_is_written_in_every_way_and_its_draft_does_not_hold_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let options = WatchOptions { note: "the parents\nof the kids".into(), ..WatchOptions::default() };
    let made = watch_links::make(&desk.context, recording.id, &options).await.unwrap();
    assert!(made.verified() && made.waits.is_none(), "{:?} {:?}", made.doubt, made.waits);
    assert_eq!(made.view.link.note, "the parents of the kids");
    let url = made.url.expose();
    let (_, code) = url.split_once("/w/").unwrap();
    assert_eq!(code.len(), 32, "192 bits: {url}");
    let written = formats::written_watch(&made);
    let anchor = format!("<a href=\"{url}\">");
    assert!(written.embed.starts_with(&anchor) && written.rich.html.starts_with(&anchor), "{}", written.embed);
    assert!(written.markdown.ends_with(&format!("(<{url}>)")) && written.qr.is_ok(), "{}", written.markdown);
    assert!(written.letter.text.contains(url) && written.letter.text.contains(&made.ends));
    let draft = formats::draft(&desk.context, made.view.link.id).unwrap();
    assert!(!draft.as_str().contains(code), "{}", draft.as_str());
    let again = links::reissue(&desk.context, made.view.link.id).await.unwrap_err();
    assert!(again.next().contains("copy the address again"), "{}", again.next());

    // The code is in no file of the desk.
    drop(desk);
    for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(code.len()).any(|part| part == code.as_bytes()), "{}", file.display());
    }
}

#[tokio::test]
async fn revoking_the_links_of_a_recording_ends_its_watch_links_too() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let context = &desk.context;
    let one = watch_links::make(context, recording.id, &WatchOptions::default()).await.unwrap();
    let two = watch_links::make(context, recording.id, &WatchOptions::default()).await.unwrap();
    watch_links::revoke(context, one.view.link.id).await.unwrap();
    let found = revoke::preview(context, recording.id).unwrap();
    assert_eq!(found.watch.iter().map(|link| link.id).collect::<Vec<_>>(), [two.view.link.id]);
    assert!(found.keys.is_empty());
    let works = Filter { works: true, ..Filter::default() };
    assert_eq!(ledger::page(context, &works, None, 10).unwrap().rows.len(), 1);

    let done = revoke::revoke(context, recording.id, false).await.unwrap();
    assert_eq!((done.confirmed, done.door_waits.is_none()), (None, true), "no key was deleted, so none was tested");
    let states: Vec<_> = watch_links::list(context, recording.id).unwrap().iter().map(|view| view.state).collect();
    assert_eq!(states, [WatchState::Revoked, WatchState::Revoked]);
    assert_eq!(acts(context), ["link_made", "link_made", "link_revoked", "link_revoked"]);
    assert!(ledger::page(context, &works, None, 10).unwrap().rows.is_empty());
    let nothing = revoke::revoke(context, recording.id, false).await.unwrap_err();
    assert!(nothing.message().contains("No link"), "{}", nothing.message());
    let refused = watch_links::address(context, two.view.link.id).await.unwrap_err();
    assert!(refused.message().contains("Revoked on"), "{}", refused.message());
}

#[tokio::test]
async fn no_link_is_made_to_a_recording_in_the_bin() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    put_in_bin(&desk, recording.id).await;
    let refused = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap_err();
    assert!(refused.message().contains("in the bin"), "{}", refused.message());
}
