//! Feeds over HTTP: what follows a calendar, what survives an answer that is none, and what is kept for other programs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use hajime_core::actions::profile::journal;
use hajime_core::actions::schedule::feeds::{self, NewFeed};
use hajime_core::actions::schedule::{outlets, sessions};
use hajime_core::domain::profile::journal::{Entity, Scope};
use hajime_core::domain::schedule::calendar::feed::FeedAddress;
use hajime_core::domain::schedule::session::SessionPhase;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::{Clock as _, MemorySecrets, SecretName, SecretStore as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::command_line::{printed, program, refused, run};
use crate::support::{Cloud, TestDesk};

/// What the server answers, and what it was asked.
#[derive(Debug, Default)]
struct Inside {
    status: Mutex<u16>,
    body: Mutex<String>,
    etag: Mutex<Option<&'static str>>,
    location: Mutex<Option<String>>,
    asked: Mutex<Vec<(String, HeaderMap)>>,
}

struct Server {
    address: String,
    inside: Arc<Inside>,
}

impl Server {
    async fn start(body: &str) -> Self {
        let inside = Arc::new(Inside { status: Mutex::new(200), ..Inside::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let server = Self { address, inside };
        server.says(200, body);
        server
    }

    fn says(&self, status: u16, body: &str) {
        *self.inside.status.lock().unwrap() = status;
        body.clone_into(&mut self.inside.body.lock().unwrap());
    }

    fn asked(&self) -> usize {
        self.inside.asked.lock().unwrap().len()
    }
}

async fn answer(State(inside): State<Arc<Inside>>, uri: Uri, headers: HeaderMap) -> Response {
    inside.asked.lock().unwrap().push((uri.to_string(), headers.clone()));
    let etag = *inside.etag.lock().unwrap();
    if etag.is_some_and(|etag| headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag)) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let status = StatusCode::from_u16(*inside.status.lock().unwrap()).unwrap();
    let mut reply = (status, inside.body.lock().unwrap().clone()).into_response();
    if let Some(etag) = etag {
        reply.headers_mut().insert(header::ETAG, etag.parse().unwrap());
    }
    if let Some(to) = inside.location.lock().unwrap().clone().filter(|_| !uri.path().starts_with("/there")) {
        *reply.status_mut() = StatusCode::FOUND;
        reply.headers_mut().insert(header::LOCATION, to.parse().unwrap());
    }
    reply
}

fn calendar(desk: &TestDesk, events: &[(&str, &str, i64)]) -> String {
    let day = |days: i64| (desk.clock.now() + chrono::TimeDelta::days(days)).format("%Y%m%dT180000Z").to_string();
    let events = events.iter().map(|(uid, title, days)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}@example\r\nDTSTART:{}\r\nDURATION:PT1H\r\nSUMMARY:{title}\r\n\
             DESCRIPTION:https://join.example/#token=secret\r\nEND:VEVENT\r\n",
            day(*days)
        )
    });
    let events: String = events.collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Hall\r\nREFRESH-INTERVAL;VALUE=DURATION:PT2H\r\n{events}END:VCALENDAR\r\n"
    )
}

fn new_feed(address: &str) -> NewFeed {
    NewFeed {
        address: FeedAddress::read(address).unwrap(),
        name: None,
        timezone: "UTC".into(),
        instructor: Some("M. Ito".into()),
    }
}

fn titles(desk: &TestDesk) -> Vec<String> {
    let all = sessions::list(&desk.context, None, None).unwrap();
    let open = all.into_iter().filter(|session| session.state.phase() == SessionPhase::Scheduled);
    open.map(|session| session.plan.title).collect()
}

/// The jobs that read and write calendars.
fn calendar_jobs() -> Jobs {
    Jobs::of(&[Group::Outward, Group::Account])
}

/// Lets time pass, then runs the jobs until none reads or writes a calendar any more.
async fn advance(desk: &TestDesk, jobs: &mut Jobs, cloud: &Cloud, minutes: i64) {
    desk.pass_without_tick(cloud, minutes * 60).await;
    while jobs::tick(&desk.context, jobs).await.unwrap().sending {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_shown_then_followed_and_each_reading_is_undone_in_one_step() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), calendar_jobs());
    let server = Server::start("").await;
    server.says(200, &calendar(&desk, &[("a", "Karate", 3), ("b", "Judo", 4)]));
    *server.inside.etag.lock().unwrap() = Some("\"1\"");
    let address = format!("{}/hall.ics", server.address);

    let shown = feeds::check(&desk.context, &new_feed(&address)).await.unwrap();
    assert_eq!((shown.new.len(), titles(&desk).len()), (2, 0));
    let added = feeds::add(&desk.context, new_feed(&address)).await.unwrap().feed;
    assert_eq!((server.asked(), titles(&desk)), (1, vec!["Karate".to_owned(), "Judo".to_owned()]));
    assert_eq!((added.name.as_str(), added.pace.num_minutes(), added.shown == address), ("Hall", 120, true));
    assert!(feeds::add(&desk.context, new_feed(&address)).await.is_err(), "it is followed already");

    // Not before the calendar wishes it, and then only if it changed.
    let asked = server.asked();
    advance(&desk, &mut jobs, &cloud, 60).await;
    assert_eq!(server.asked(), asked);
    advance(&desk, &mut jobs, &cloud, 70).await;
    assert_eq!(server.asked(), asked + 1);
    assert_eq!(feeds::all(&desk.context).unwrap()[0].trouble, None);

    server.says(200, &calendar(&desk, &[("a", "Aikido", 3), ("c", "Tai chi", 5)]));
    *server.inside.etag.lock().unwrap() = Some("\"2\"");
    advance(&desk, &mut jobs, &cloud, 121).await;
    assert_eq!(titles(&desk), ["Aikido", "Tai chi"]);
    let feed = feeds::all(&desk.context).unwrap().remove(0);
    assert_eq!((feed.counts.new, feed.counts.changed, feed.counts.gone), (1, 1, 1));

    let newest = desk.context.store().journal(Scope::Of(Entity::Import(feed.calendar)), 1).unwrap().remove(0);
    journal::undo_in_schedule(&desk.context, newest.id).unwrap();
    assert_eq!(titles(&desk), ["Karate", "Judo"]);
    *server.inside.etag.lock().unwrap() = None;
    feeds::refresh(&desk.context, feed.calendar).await.unwrap();
    assert_eq!(titles(&desk), ["Karate", "Judo"], "what a person undid stays undone");

    feeds::remove(&desk.context, feed.calendar).await.unwrap();
    assert!(feeds::all(&desk.context).unwrap().is_empty());
    assert_eq!(titles(&desk), ["Karate", "Judo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_calendar_changes_nothing_and_is_told_with_the_last_good_time() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), calendar_jobs());
    let server = Server::start("").await;
    let whole = calendar(&desk, &[("a", "Karate", 3)]);
    server.says(200, &whole);
    let feed = feeds::add(&desk.context, new_feed(&format!("{}/x.ics", server.address))).await.unwrap().feed;
    let good_at = feed.good_at;
    let (half, empty) = (whole[..whole.len() - 15].to_owned(), calendar(&desk, &[]));
    for (status, body, words) in [
        (200, "<!doctype html><title>Sign in</title>", "127.0.0.1 answered with a web page instead of a calendar."),
        (200, half.as_str(), "VCALENDAR begins in line 1 and does not end."),
        (200, empty.as_str(), "The calendar has no events any more."),
        (200, "", "The file holds no calendar."),
        (403, "", "127.0.0.1 does not let Hajime read the calendar (403 Forbidden)."),
        (404, "", "127.0.0.1 has no calendar at this address any more (404 Not Found)."),
        (500, "", "127.0.0.1 is out of order (500 Internal Server Error)."),
    ] {
        server.says(status, body);
        let read = feeds::refresh(&desk.context, feed.calendar).await.unwrap().feed;
        let trouble = read.trouble.unwrap();
        assert!(trouble.message.ends_with(words) || trouble.message.starts_with(words), "{}", trouble.message);
        assert_eq!((read.good_at, titles(&desk)), (good_at, vec!["Karate".to_owned()]), "{words}");
    }
    server.says(200, &whole);
    advance(&desk, &mut jobs, &cloud, 24 * 60 + 1).await;
    let read = feeds::all(&desk.context).unwrap().remove(0);
    assert_eq!((read.trouble, read.failures), (None, 0));
    assert!(read.good_at > good_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_to_the_same_host_and_never_into_a_private_network() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let server = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    let other = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    let new = || new_feed(&format!("{}/x.ics", server.address));
    let go = |to: &str| *server.inside.location.lock().unwrap() = Some(to.to_owned());
    go("/there/y.ics");
    assert_eq!(feeds::check(&desk.context, &new()).await.unwrap().new.len(), 1);
    for to in
        [&format!("{}/x.ics", other.address), "https://localhost/x", "https://169.254.169.254/x", "file:///etc/passwd"]
    {
        go(to);
        let error = feeds::check(&desk.context, &new()).await.unwrap_err();
        assert!(error.message().contains("does not follow"), "{to}: {}", error.message());
    }
    assert_eq!(other.asked(), 0);
    go("/x.ics");
    let error = feeds::check(&desk.context, &new()).await.unwrap_err();
    assert!(error.message().contains("without end"), "{}", error.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_secret_is_in_the_keyring_and_nowhere_else() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(MemorySecrets::default());
    let desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(secrets.clone()));
    let server = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    let address = format!("{}/x.ics?key=s3cretOfFeed", server.address);
    let feed = feeds::add(&desk.context, new_feed(&address)).await.unwrap().feed;
    let name = SecretName::FeedAddress(feed.calendar);
    assert_eq!(secrets.get(&name).unwrap().unwrap().expose_secret(), address);
    assert_eq!(desk.context.store().secret_names().unwrap(), std::slice::from_ref(&name));
    server.says(500, "");
    feeds::refresh(&desk.context, feed.calendar).await.unwrap();
    assert_eq!(server.inside.asked.lock().unwrap().last().unwrap().0, "/x.ics?key=s3cretOfFeed");
    let shown =
        format!("{:?} {:?}", feeds::all(&desk.context).unwrap(), desk.context.store().journal(Scope::Everything, 100));
    assert!(!shown.contains("s3cret"), "{shown}");
    for file in
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"s3cret"), "{}", file.display());
    }
    feeds::remove(&desk.context, feed.calendar).await.unwrap();
    assert!(secrets.get(&name).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_shows_a_feed_first_follows_it_when_told_and_lists_refreshes_and_removes_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let desk_folder = tempfile::tempdir().unwrap();
    let server = Server::start(&calendar(&TestDesk::open(&cloud, desk_folder.path()), &[("a", "Karate", 3)])).await;
    let address = format!("{}/x.ics", server.address);
    let add = ["calendar", "feed", "add", &address, "--instructor", "M. Ito"];
    let shown = printed(&run(&cloud, at, &add));
    assert_eq!((&shown["dry_run"], &shown["new"][0]["title"]), (&json!(true), &json!("Karate")));
    assert_eq!(printed(&run(&cloud, at, &["calendar", "feed", "list"])), json!([]));
    let added = printed(&run(&cloud, at, &[&add[..], &["--confirm", "--name", "Hall"]].concat()));
    assert_eq!((&added["feed"]["name"], &added["feed"]["every_minutes"]), (&json!("Hall"), &json!(120)));
    let id = added["feed"]["id"].as_str().unwrap();
    server.says(404, "");
    let read = printed(&run(&cloud, at, &["calendar", "feed", "refresh", id]));
    assert!(read["feed"]["trouble"].as_str().unwrap().contains("404"), "{read}");
    assert_eq!(printed(&run(&cloud, at, &["calendar", "feed", "remove", id]))["id"], json!(id));
    assert_eq!(printed(&run(&cloud, at, &["calendar", "feed", "list"])), json!([]));
    let wrong = refused(&run(&cloud, at, &["calendar", "feed", "add", "http://example.org/a.ics"]));
    assert_eq!(wrong["fields"][0]["field"], "address");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_follows_the_schedule_and_holds_nothing_but_titles_instructors_and_times() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), calendar_jobs());
    let server = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    feeds::add(&desk.context, new_feed(&format!("{}/x.ics", server.address))).await.unwrap();
    let path = folder.path().join("classes.ics");
    assert!(outlets::keep_file(&desk.context, std::path::Path::new("classes.ics")).await.is_err());
    outlets::keep_file(&desk.context, &path).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for line in
        ["SUMMARY:Karate", "DESCRIPTION:With M. Ito", "X-WR-CALNAME:Hajime", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
    assert!(!text.contains("secret"), "{text}");

    desk.schedule("Judo");
    advance(&desk, &mut jobs, &cloud, 2).await;
    assert!(std::fs::read_to_string(&path).unwrap().contains("SUMMARY:Judo"));
    std::fs::remove_file(&path).unwrap();
    advance(&desk, &mut jobs, &cloud, 2).await;
    assert!(path.is_file(), "a file that was deleted is written again");
    outlets::forget_file(&desk.context).await.unwrap();
    desk.schedule("Aikido");
    advance(&desk, &mut jobs, &cloud, 2).await;
    assert!(!std::fs::read_to_string(&path).unwrap().contains("Aikido"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_a_calendar_read_whole_although_its_etag_says_that_nothing_changed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), calendar_jobs());
    let server = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    *server.inside.etag.lock().unwrap() = Some("\"1\"");
    let feed = feeds::add(&desk.context, new_feed(&format!("{}/x.ics", server.address))).await.unwrap().feed;
    server.says(200, &calendar(&desk, &[("a", "Judo", 3)]));
    advance(&desk, &mut jobs, &cloud, 121).await;
    assert_eq!(titles(&desk), ["Karate"]);
    feeds::refresh(&desk.context, feed.calendar).await.unwrap();
    assert_eq!(titles(&desk), ["Judo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_read_one_feed_at_the_same_time_import_each_event_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let server = Server::start(&calendar(&desk, &[("a", "Karate", 3)])).await;
    let feed = feeds::add(&desk.context, new_feed(&format!("{}/x.ics", server.address))).await.unwrap().feed;
    server.says(200, &calendar(&desk, &[("a", "Karate", 3), ("b", "Judo", 4)]));
    let (one, other) =
        tokio::join!(feeds::refresh(&desk.context, feed.calendar), feeds::refresh(&desk.context, feed.calendar));
    let new = [one, other].map(|read| read.unwrap().import.map_or(0, |import| import.new.len()));
    assert_eq!((new.iter().sum::<usize>(), titles(&desk).len()), (1, 2));
    // A removal waits for the reading that goes on, and nothing is read after it.
    let (read, removed) =
        tokio::join!(feeds::refresh(&desk.context, feed.calendar), feeds::remove(&desk.context, feed.calendar));
    assert!(read.is_ok() && removed.is_ok());
    assert!(feeds::refresh(&desk.context, feed.calendar).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_could_not_be_written_is_written_again_although_the_clock_was_set_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), calendar_jobs());
    let kept = folder.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let path = kept.join("classes.ics");
    outlets::keep_file(&desk.context, &path).await.unwrap();
    std::fs::remove_dir_all(&kept).unwrap();
    desk.schedule("Judo");
    advance(&desk, &mut jobs, &cloud, 2).await;
    assert!(outlets::all(&desk.context).unwrap().file.unwrap().trouble.is_some());
    std::fs::create_dir(&kept).unwrap();
    desk.clock.0.fetch_sub(365 * 24 * 3_600_000, std::sync::atomic::Ordering::SeqCst);
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    advance(&desk, &mut jobs, &cloud, 2).await;
    assert!(path.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_taken_from_standard_input_alone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk_folder = tempfile::tempdir().unwrap();
    let server = Server::start(&calendar(&TestDesk::open(&cloud, desk_folder.path()), &[("a", "Karate", 3)])).await;
    let address = format!("{}/x.ics?key=s3cret", server.address);
    let told = refused(&run(&cloud, folder.path(), &["calendar", "feed", "add", &address, "--instructor", "M. Ito"]));
    assert!(!told.to_string().contains("s3cret"), "{told}");
    assert_eq!(server.asked(), 0);
    let file = folder.path().join("address.txt");
    std::fs::write(&file, format!("{address}\n")).unwrap();
    let read = program(folder.path())
        .envs(cloud.variables())
        .args(["calendar", "feed", "add", "--address-stdin", "--instructor", "M. Ito"])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert_eq!(printed(&read)["new"][0]["title"], json!("Karate"));
}
