//! Links: the playback link is made even when the download fails, and a link is called tested only when it was tested.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::sharing::formats;
use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::domain::clock::is_off;
use hajime_core::domain::ids::LinkId;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::link::{LinkOptions, Validity};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::ports::MemorySecrets;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

const DOWNLOADS: &str = "*/stream/*/downloads";

/// Holds a session and returns its recording, which is ready to watch.
pub async fn ready_recording(cloud: &Cloud, desk: &mut TestDesk) -> Recording {
    let session = desk.hold(cloud).await;
    desk.until_idle(cloud).await;
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

fn reason(file: &LinkFile) -> &str {
    match file {
        LinkFile::Unavailable(trouble) => &trouble.message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn offers_the_download_only_once_its_address_answers() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let made = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap();
    assert!(made.verified());
    assert!(matches!(made.file, Some(LinkFile::Preparing { .. })), "{:?}", made.file);
    assert!(matches!(links::file(&desk.context, made.link.id).await.unwrap(), LinkFile::Preparing { .. }));

    desk.pass(&cloud, 30).await;
    // Stream reports the download as ready, but the download's address still answers 404.
    cloud.fault("GET", "/*/downloads/default.mp4", 1, json!({ "kind": "not_found" })).await;
    assert!(matches!(links::file(&desk.context, made.link.id).await.unwrap(), LinkFile::Preparing { .. }));
    let LinkFile::Ready(url) = links::file(&desk.context, made.link.id).await.unwrap() else { panic!("not ready") };
    assert_eq!(cloud.status_of(url.expose()).await, 200);

    // The next link offers the download at once.
    let next = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap();
    assert!(matches!(next.file, Some(LinkFile::Ready(_))), "{:?}", next.file);
}

#[tokio::test]
async fn makes_the_playback_link_although_the_download_is_refused() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    for fault in [
        json!({ "kind": "status", "status": 400 }),
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "html", "status": 502 }),
        json!({ "kind": "rate_limited" }),
    ] {
        cloud.fault("POST", DOWNLOADS, 3, fault.clone()).await;
        let made = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap();
        cloud.clear_faults().await;
        assert!(made.verified(), "{fault}: {:?}", made.doubt);
        assert_eq!(cloud.status_of(made.url.expose()).await, 200, "{fault}");
        assert!(!reason(made.file.as_ref().unwrap()).is_empty(), "{fault}");
    }
    let no_download = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    assert!(no_download.file.is_none());
    assert_eq!(links::file(&desk.context, no_download.link.id).await.unwrap_err().code(), "conflict");
}

#[tokio::test]
async fn a_link_that_could_not_be_tested_gives_the_reason() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    for (fault, word) in [
        (json!({ "kind": "reset" }), "could not be tested"),
        (json!({ "kind": "status", "status": 503 }), "503"),
        (json!({ "kind": "not_found" }), "404"),
    ] {
        cloud.fault("GET", "/*/manifest/video.m3u8", 1, fault.clone()).await;
        let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
        cloud.clear_faults().await;
        let doubt = made.doubt.clone().unwrap();
        assert!(!made.verified() && doubt.message.contains(word) && !doubt.next.is_empty(), "{fault}: {doubt:?}");
    }
}

#[tokio::test]
async fn a_link_to_a_video_with_allowed_origins_names_them() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    assert!(links::why_not_playing(&desk.context, recording.id).await.unwrap().is_none());
    let video = recording.facts.video.as_ref().unwrap();
    let sites = json!({ "allowedOrigins": ["dojo.example.org", "*.example.net"] });
    cloud.send(reqwest::Method::POST, &format!("/stream/{video}"), sites).await;

    // The player's host may answer 403 to other sites; the reported reason is the same.
    for refused in [false, true] {
        if refused {
            let fault = json!({ "kind": "status", "status": 403 });
            cloud.fault("GET", "/*/manifest/video.m3u8", 1, fault).await;
        }
        let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
        let doubt = made.doubt.clone().unwrap();
        assert_eq!((made.verified(), doubt.code.word()), (false, "certain_sites"));
        assert!(doubt.message.contains("dojo.example.org, *.example.net"), "{doubt:?}");
    }
    let why = links::why_not_playing(&desk.context, recording.id).await.unwrap().unwrap();
    assert_eq!(why.code, "certain_sites");
}

#[tokio::test]
async fn no_link_is_made_to_a_video_that_failed_or_was_deleted_elsewhere_and_the_reason_is_told() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    cloud.fault("GET", "/*/manifest/video.m3u8", 1, json!({ "kind": "status", "status": 424 })).await;
    let failed = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap_err();
    assert!(failed.message().contains("failed"), "{}", failed.message());
    cloud.clear_faults().await;

    // Its page is open, and shows it as it was.
    let video = recording.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{video}")).await;
    let gone = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap_err();
    assert!(gone.message().contains("was deleted from Stream"), "{}", gone.message());
    let why = links::why_not_playing(&desk.context, recording.id).await.unwrap().unwrap();
    assert!(why.message.contains("was deleted from Stream"), "{why:?}");
    assert!(links::list(&desk.context).unwrap().is_empty(), "the ledger tells of no link that plays for nobody");
}

#[tokio::test]
async fn a_desk_whose_clock_is_ten_minutes_off_makes_links_that_play_and_end_when_they_say() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let (clock, keyring) = (desk.clock.clone(), Arc::new(MemorySecrets::default()));
    drop(desk);
    for minutes in [10, -10] {
        let away = TimeDelta::minutes(minutes);
        clock.0.fetch_add(away.num_milliseconds(), Ordering::SeqCst);
        // A program that has just begun has not heard from Cloudflare yet.
        let desk = TestDesk::with(&cloud, folder.path(), clock.clone(), Some(keyring.clone()));
        assert_eq!(desk.context.cloudflare().clock_skew(), None);
        let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
        assert!(made.verified(), "{minutes}: {:?}", made.doubt);
        assert_eq!(cloud.status_of(made.url.expose()).await, 200, "{minutes}");
        let lasts = made.link.expires_at - (desk.context.now() - away);
        assert!((lasts - TimeDelta::hours(24)).abs() < TimeDelta::minutes(1), "{minutes}: {lasts}");
        // The checks of the connection say so.
        let skew = desk.context.cloudflare().clock_skew().unwrap();
        assert!(is_off(skew) && (skew + away).abs() < TimeDelta::minutes(1), "{skew}");
        clock.0.fetch_sub(away.num_milliseconds(), Ordering::SeqCst);
    }
}

fn only_in(countries: &[&str]) -> Rights {
    let countries: Vec<String> = countries.iter().map(|code| (*code).to_owned()).collect();
    Rights::to_watch(true).only_from(&countries, &[]).unwrap()
}

fn with(rights: Rights) -> LinkOptions {
    LinkOptions::plain(Validity::DAY, rights)
}

#[tokio::test]
async fn a_link_for_certain_countries_plays_there_and_nowhere_else() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let only = with(only_in(&["DE", "AT"]));
    let only = links::make_with(&desk.context, recording.id, &only).await.unwrap();
    let not = with(Rights::to_watch(true).not_from(&["DE".into()]).unwrap());
    let not = links::make_with(&desk.context, recording.id, &not).await.unwrap();
    for (country, plays_only, plays_not) in [("DE", 200, 401), ("AT", 200, 200), ("FR", 401, 200)] {
        cloud.control("switches", json!({ "viewer_country": country })).await;
        assert_eq!(cloud.status_of(only.url.expose()).await, plays_only, "{country}");
        assert_eq!(cloud.status_of(not.url.expose()).await, plays_not, "{country}");
        assert_eq!(cloud.status_of(only.hls_url.expose()).await, plays_only, "{country}");
    }
    // Stream has made the file by then.
    desk.pass(&cloud, 30).await;
    // A link that this computer may not open is tested all the same, and the file of it obeys the same rule.
    cloud.control("switches", json!({ "viewer_country": "FR" })).await;
    let options = with(only_in(&["DE"]));
    let abroad = links::make_with(&desk.context, recording.id, &options).await.unwrap();
    assert!(abroad.verified() && abroad.refused_here, "{:?}", abroad.doubt);
    let LinkFile::Ready(file) = links::file(&desk.context, abroad.link.id).await.unwrap() else { panic!("not ready") };
    assert_eq!(cloud.status_of(file.expose()).await, 401);
    cloud.control("switches", json!({ "viewer_country": "DE" })).await;
    assert_eq!(cloud.status_of(file.expose()).await, 200);
}

#[tokio::test]
async fn a_link_for_certain_addresses_refuses_all_others() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let from = |addresses: &[&str]| {
        let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
        with(Rights::to_watch(false).only_from(&[], &addresses).unwrap())
    };
    let elsewhere = from(&["203.0.113.0/24", "2001:db8::1"]);
    let made = links::make_with(&desk.context, recording.id, &elsewhere).await.unwrap();
    assert!(made.refused_here && made.verified());
    assert_eq!(cloud.status_of(made.url.expose()).await, 401);
    let made = links::make_with(&desk.context, recording.id, &from(&["127.0.0.0/8"])).await.unwrap();
    assert!(!made.refused_here && made.verified());
    assert_eq!(cloud.status_of(made.url.expose()).await, 200);
}

#[tokio::test]
async fn a_link_plays_from_its_beginning_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let begins = desk.context.now() + chrono::TimeDelta::hours(2);
    let from = |not_before| with(Rights { not_before: Some(not_before), ..Rights::default() });
    let made = links::make_with(&desk.context, recording.id, &from(begins)).await.unwrap();
    assert!(made.verified() && made.refused_here);
    assert_eq!(cloud.status_of(made.url.expose()).await, 401);
    desk.pass(&cloud, 2 * 3_600 + 60).await;
    assert_eq!(cloud.status_of(made.url.expose()).await, 200);
    let after_its_end = from(desk.context.now() + chrono::TimeDelta::hours(25));
    let refused = links::make_with(&desk.context, recording.id, &after_its_end).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_input");
}

#[tokio::test]
async fn a_link_begins_at_a_moment_and_shows_captions() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let options = LinkOptions { start_at: Some(5), captions: Some("de".to_owned()), ..with(Rights::to_watch(false)) };
    let made = links::make_with(&desk.context, recording.id, &options).await.unwrap();
    assert!(made.url.expose().ends_with("/iframe?startTime=5s&defaultTextTrack=de"));
    assert_eq!(cloud.status_of(made.url.expose()).await, 200);
    let after_the_end = LinkOptions { start_at: Some(86_400), ..options };
    let refused = links::make_with(&desk.context, recording.id, &after_the_end).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_input");
}

#[tokio::test]
async fn the_letter_has_the_link_and_the_draft_for_a_mail_program_does_not() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    let letter = formats::written(&made).letter;
    assert!(letter.subject.contains(&recording.title), "{}", letter.subject);
    assert!(letter.text.contains(made.url.expose()) && letter.text.contains(&made.ends), "{}", letter.text);

    let draft = formats::draft(&desk.context, made.link.id).unwrap();
    let address: url::Url = draft.as_str().parse().unwrap();
    assert_eq!(address.scheme(), "mailto");
    let body = address.query_pairs().find(|(name, _)| name == "body").unwrap().1.into_owned();
    assert!(body.contains("Paste the link here") && !body.contains("://"), "{body}");
    // A token is three long parts; none of them is in what the mail program is started with.
    let token = made.url.expose().split(['/', '?', '=']).max_by_key(|part| part.len()).unwrap();
    assert!(!draft.as_str().contains(token));
    assert!(formats::draft(&desk.context, LinkId::new()).is_err());
}
