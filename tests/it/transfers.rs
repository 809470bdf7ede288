//! Downloads and the archive: files arrive whole or not at all, go on after a break, and what is archived is read back and
//! can be imported.

mod bucket;
mod interrupted;

use std::path::Path;

use axum::http::Method;
use hajime_core::actions::library::archive;
use hajime_core::actions::library::captions;
use hajime_core::actions::library::description;
use hajime_core::actions::library::transfers::{self, TransferView, Wanted};
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::domain::ids::{PlaceId, RecordingId};
use hajime_core::domain::library::captions::CaptionsState;
use hajime_core::domain::library::description::DescriptionInput;
use hajime_core::domain::library::transfer::{BucketInput, TransferState};
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::ledger::{Act, hex};
use hajime_core::jobs::{self, Group, Jobs};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::adoption::another_desk;
use crate::command_line::{printed, refused, run};
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk, relay_moment};
use bucket::{BUCKET, S3};

const MP4: &str = "/*/downloads/default.mp4";
/// The secret key of the bucket.
const SECRET: &str = "very-hidden-key";
/// How often the jobs run at most until a transfer rests.
const STEPS_MAX: usize = 1_500;

/// A sandbox whose Stream makes files at once, a desk, and a recording that is ready.
async fn recorded(folder: &Path) -> (Cloud, TestDesk, Recording) {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "mp4_seconds": 0 })).await;
    let mut desk = TestDesk::open(&cloud, folder);
    let recording = ready_recording(&cloud, &mut desk).await;
    (cloud, desk, recording)
}

/// Works on a transfer until it is over or waits.
async fn carried(desk: &TestDesk, id: RecordingId, wanted: &Wanted) -> TransferView {
    let asked = transfers::request(&desk.context, id, wanted).unwrap();
    again(desk, &asked).await
}

/// Lets a transfer go on, also one that waits, until it is over or waits.
async fn again(desk: &TestDesk, view: &TransferView) -> TransferView {
    transfers::resume(&desk.context, view.transfer.id).unwrap();
    let mut jobs = Jobs::of(&[Group::Outward]);
    for _ in 0..STEPS_MAX {
        jobs::tick(&desk.context, &mut jobs).await.unwrap();
        let seen = transfers::get(&desk.context, view.transfer.id).unwrap();
        if seen.transfer.state != TransferState::Active || seen.transfer.next_try.is_some() {
            return seen;
        }
        relay_moment().await;
    }
    panic!("the transfer never rests: {:?}", transfers::get(&desk.context, view.transfer.id));
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort_unstable();
    names
}

async fn bucket_place(desk: &TestDesk, s3: &S3, prefix: &str) -> PlaceId {
    let input = BucketInput {
        endpoint: s3.address.clone(),
        bucket: BUCKET.into(),
        access_key: "key".into(),
        prefix: prefix.into(),
        ..BucketInput::default()
    };
    archive::add_bucket(&desk.context, "Exams", &input, SecretString::from(SECRET)).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_downloads_video_and_sound_and_never_overwrites_a_file() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    let id = recording.id.to_string();
    drop(desk);
    let target = to.path().to_str().unwrap();
    for _ in 0..2 {
        let done = printed(&run(&cloud, data.path(), &["recording", "download", &id, "--to", target]));
        let one = &done["transfers"][0];
        assert_eq!((&one["state"], &one["kind"]), (&json!("done"), &json!("video")), "{one}");
        let bytes = std::fs::read(one["path"].as_str().unwrap()).unwrap();
        assert_eq!(one["sha256"], sha256(&bytes));
        assert_eq!(one["total_bytes"], bytes.len());
    }
    let sound = printed(&run(&cloud, data.path(), &["recording", "download", &id, "--to", target, "--sound"]));
    assert!(sound["transfers"][0]["name"].as_str().unwrap().contains(".m4a"), "{sound}");
    let names = files(to.path());
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with(" (2).mp4")), "{names:?}");
    let listed = printed(&run(&cloud, data.path(), &["transfer", "list"]));
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let over = listed[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(refused(&run(&cloud, data.path(), &["transfer", "pause", &over]))["code"], "conflict");
}

#[tokio::test]
async fn a_download_that_breaks_off_keeps_what_came_and_goes_on() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    let wanted = Wanted::Video(to.path().to_owned());
    cloud.fault("GET", MP4, 100, json!({ "kind": "cut_body" })).await;
    let waits = carried(&desk, recording.id, &wanted).await;
    assert_eq!(waits.transfer.state, TransferState::Active, "{waits:?}");
    assert!(!waits.transfer.said.is_empty() && waits.transfer.next_try.is_some(), "{waits:?}");
    assert_eq!(files(to.path()), [format!("{}.part", waits.transfer.id)]);
    // The same request does not begin another download.
    let same = transfers::request(&desk.context, recording.id, &wanted).unwrap();
    assert_eq!(same.transfer.id, waits.transfer.id);

    cloud.clear_faults().await;
    let done = again(&desk, &waits).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let bytes = std::fs::read(done.path.unwrap()).unwrap();
    assert_eq!(done.transfer.sha256, Some(sha256(&bytes)));
    assert_eq!(files(to.path()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_download_rests_and_a_cancelled_one_leaves_nothing() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    cloud.fault("GET", MP4, 100, json!({ "kind": "cut_body" })).await;
    let waits = carried(&desk, recording.id, &Wanted::Video(to.path().to_owned())).await;
    let id = waits.transfer.id.to_string();
    let paused = printed(&run(&cloud, data.path(), &["transfer", "pause", &id]));
    assert_eq!(paused["state"], "paused");
    cloud.clear_faults().await;
    jobs::tick(&desk.context, &mut Jobs::of(&[Group::Outward])).await.unwrap();
    assert_eq!(transfers::get(&desk.context, waits.transfer.id).unwrap().transfer.state, TransferState::Paused);
    assert_eq!(files(to.path()).len(), 1, "what came is kept");
    let cancelled = printed(&run(&cloud, data.path(), &["transfer", "cancel", &id]));
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(files(to.path()), [""; 0]);
    assert_eq!(refused(&run(&cloud, data.path(), &["transfer", "resume", &id]))["code"], "conflict");
}

#[tokio::test]
async fn a_video_that_was_deleted_meanwhile_is_told_and_not_asked_for_again() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    cloud.fault("GET", MP4, 100, json!({ "kind": "cut_body" })).await;
    let waits = carried(&desk, recording.id, &Wanted::Video(to.path().to_owned())).await;
    cloud.clear_faults().await;
    let video = recording.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{video}")).await;
    let failed = again(&desk, &waits).await;
    assert_eq!(failed.transfer.state, TransferState::Failed);
    assert!(failed.transfer.said.contains("deleted from Stream"), "{}", failed.transfer.said);
}

#[tokio::test]
async fn an_address_that_ends_meanwhile_is_signed_again_and_a_failed_video_is_told() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    let wanted = Wanted::Video(to.path().to_owned());
    cloud.fault("GET", MP4, 2, json!({ "kind": "status", "status": 401 })).await;
    let done = carried(&desk, recording.id, &wanted).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    cloud.fault("GET", MP4, 100, json!({ "kind": "status", "status": 424 })).await;
    let failed = carried(&desk, recording.id, &wanted).await;
    assert_eq!(failed.transfer.state, TransferState::Failed, "{failed:?}");
    assert!(failed.transfer.said.contains("gives out no file"), "{}", failed.transfer.said);
}

#[tokio::test]
async fn a_hostile_title_stays_inside_of_the_folder_and_fits_into_a_name() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_cloud, desk, recording) = recorded(data.path()).await;
    for title in ["../../../etc/passwd", "CON", &"\u{1f94b}".repeat(120)] {
        let input = DescriptionInput { title: Some(title.to_owned()), ..DescriptionInput::default() };
        description::edit(&desk.context, recording.id, &input).unwrap();
        let done = carried(&desk, recording.id, &Wanted::Video(to.path().to_owned())).await;
        assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
        assert_eq!(done.path.unwrap().parent(), Some(to.path()));
    }
    let names = files(to.path());
    assert_eq!(names.len(), 3, "{names:?}");
    // Windows reserves what stands before the first dot.
    let is_reserved = |name: &String| name.split('.').next().is_some_and(|stem| stem.trim() == "CON");
    assert!(names.iter().all(|name| name.len() <= 255 && !is_reserved(name)), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_that_cannot_be_copied_are_listed_beside_those_that_can() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    drop(desk);
    let (id, other) = (recording.id.to_string(), RecordingId::new().to_string());
    let asked = run(&cloud, data.path(), &["recording", "download", &id, &other, "--to", to.path().to_str().unwrap()]);
    assert_eq!(refused(&asked)["code"], "not_found");
    let shown: Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!(shown["transfers"][0]["state"], "done");
    assert_eq!(shown["refused"][0]["recording_id"], other);
}

#[tokio::test]
async fn an_archived_recording_comes_back_with_everything_after_its_video_was_deleted() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, mut desk, recording) = recorded(data.path()).await;
    let input = DescriptionInput {
        title: Some("Kata: Bassai Dai".into()),
        notes: Some("Slow the second time.".into()),
        tags: Some(vec!["kata".into(), "exam".into()]),
    };
    description::edit(&desk.context, recording.id, &input).unwrap();
    let place = archive::add_folder(&desk.context, "Office NAS", to.path()).unwrap();
    let done = carried(&desk, recording.id, &Wanted::Archive(place.id)).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let [beside, video] = files(to.path()).try_into().unwrap();
    let known: Value = serde_json::from_slice(&std::fs::read(to.path().join(&beside)).unwrap()).unwrap();
    assert_eq!(known["recording"]["tags"], json!(["exam", "kata"]));
    assert_eq!(known["file"]["name"], video);
    assert_eq!(known["file"]["sha256"], sha256(&std::fs::read(to.path().join(&video)).unwrap()));
    assert!(known["people"].as_array().unwrap().iter().any(|person| person["name"] == "Ada"), "{known}");
    let told = Filter { act: Some(Act::RecordingArchived), ..Filter::default() };
    let rows = desk.context.store().ledger(&told, None, 10, desk.context.now()).unwrap().rows;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].note.starts_with("Office NAS: "), "{}", rows[0].note);
    assert_eq!(std::fs::read_dir(data.path().join("transfers")).unwrap().count(), 1, "only the lock stays");

    let path = to.path().join(&beside);
    assert!(archive::import_file(&desk.context, &path).await.is_err(), "the library has it");
    let uid = recording.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{uid}")).await;
    hajime_core::actions::recorder::sync::sync(&desk.context).await.unwrap();
    let deleted = desk.context.store().recording(recording.id).unwrap().unwrap();
    assert!(deleted.deleted_at().is_some(), "{:?}", deleted.stage);

    let imported = archive::import_file(&desk.context, &path).await.unwrap();
    assert!(imported.goes_back);
    assert!(
        !desk.context.store().mails_participants(recording.session).unwrap(),
        "nobody gets a second letter about a class of long ago"
    );
    let id = imported.recording.id;
    desk.pass_until(&cloud, 15, |desk| desk.context.store().recording(id).unwrap().unwrap().status() == Status::Ready)
        .await;
    let back = desk.context.store().recording(id).unwrap().unwrap();
    assert_eq!(back.title, "Kata: Bassai Dai");
    let written = desk.context.store().description(id).unwrap().unwrap();
    assert_eq!(written.notes, "Slow the second time.");
    assert_eq!(written.tags.len(), 2);
    assert!(archive::import_file(&desk.context, &path).await.is_err(), "a second import makes no second copy");
}

#[tokio::test]
async fn what_one_desk_archived_another_desk_with_an_empty_database_imports_and_archives_alike() {
    let (data, to, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, mut desk, recording) = recorded(data.path()).await;
    let input = DescriptionInput {
        title: Some("Kata: Bassai Dai".into()),
        notes: Some("Slow the second time.".into()),
        tags: Some(vec!["kata".into()]),
    };
    description::edit(&desk.context, recording.id, &input).unwrap();
    let (id, class) = (recording.id, recording.session);
    let people = "Ben Ito <ben@example.org>\nCarla Lindt\nM. Sato <sato@example.org>, host";
    roster::import(&desk.context, class, people, Present::Stay, WrongLines::Refused).unwrap();
    // Stream makes captions in one language, and somebody wrote others.
    let (german, english) = ("de".parse().unwrap(), "en".parse().unwrap());
    captions::generate(&desk.context, id, &german).await.unwrap();
    desk.pass(&cloud, 60).await;
    let written = "WEBVTT\n\n00:01.000 --> 00:03.000\nHajime & <b>yame</b>\n\n00:05.000 --> 00:07.500\nMawashi geri\n";
    captions::upload(&desk.context, id, &english, written.as_bytes()).await.unwrap();
    captions::list(&desk.context, id).await.unwrap();
    let place = archive::add_folder(&desk.context, "Office NAS", to.path()).unwrap();
    let done = carried(&desk, id, &Wanted::Archive(place.id)).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let [beside, _] = files(to.path()).try_into().unwrap();
    let first: Value = serde_json::from_slice(&std::fs::read(to.path().join(&beside)).unwrap()).unwrap();
    assert_eq!(first["captions"].as_array().unwrap().len(), 2, "{first}");

    let uid = recording.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{uid}")).await;
    let mut fresh = another_desk(&cloud, &desk, other.path());
    let imported = archive::import_file(&fresh.context, &to.path().join(&beside)).await.unwrap();
    assert!(imported.goes_back);
    assert_eq!(imported.recording.id, id);
    fresh
        .pass_until(&cloud, 15, |desk| desk.context.store().recording(id).unwrap().unwrap().status() == Status::Ready)
        .await;
    let is_ready = |desk: &TestDesk| {
        let known = captions::known(&desk.context, id).unwrap();
        known.len() == 2 && known.iter().all(|one| one.captions.state == CaptionsState::Ready && one.lines > 0)
    };
    fresh.pass_until(&cloud, 60, is_ready).await;
    let back = fresh.context.store().recording(id).unwrap().unwrap();
    let listed =
        cloud.api(reqwest::Method::GET, &format!("/stream/{}/captions", back.facts.video.as_ref().unwrap())).await;
    assert_eq!(listed["result"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(fresh.context.store().roster_of(class).unwrap(), desk.context.store().roster_of(class).unwrap());
    assert!(
        !fresh.context.store().mails_participants(class).unwrap(),
        "nobody gets a letter about a class of long ago"
    );
    let lines = |desk: &TestDesk, language| captions::lines(&desk.context, id, language, 0).unwrap();
    for language in [&german, &english] {
        assert_eq!(lines(&fresh, language), lines(&desk, language));
    }

    // What the second desk archives says the same.
    let again_to = tempfile::tempdir().unwrap();
    let place = archive::add_folder(&fresh.context, "USB stick", again_to.path()).unwrap();
    let done = carried(&fresh, id, &Wanted::Archive(place.id)).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let [beside, _] = files(again_to.path()).try_into().unwrap();
    let second: Value = serde_json::from_slice(&std::fs::read(again_to.path().join(&beside)).unwrap()).unwrap();
    for member in ["people", "chat", "transcript"] {
        assert_eq!(second[member], first[member], "{member}");
    }
    for member in ["id", "title", "notes", "tags", "recorded_at"] {
        assert_eq!(second["recording"][member], first["recording"][member], "{member}");
    }
    for member in ["id", "title", "instructor", "began", "ended", "timezone", "room"] {
        assert_eq!(second["class"][member], first["class"][member], "{member}");
    }
    let made = |all: &Value| {
        let all = all["captions"].as_array().unwrap().iter();
        let mut all: Vec<_> = all.map(|one| (one["language"].to_string(), one["generated"].clone())).collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    assert_eq!(made(&second), made(&first));
    assert_eq!(made(&first), [("\"de\"".to_owned(), json!(true)), ("\"en\"".to_owned(), json!(false))]);
}

#[tokio::test]
async fn captions_of_an_archive_that_a_person_wrote_replace_those_that_stream_makes_meanwhile() {
    for fails in [true, false] {
        captions_of_an_archive_meet_others(fails).await;
    }
}

/// Imports a recording with captions that a person wrote, while another desk has Stream make some.
async fn captions_of_an_archive_meet_others(fails: bool) {
    let (data, to, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    let (id, german) = (recording.id, "de".parse().unwrap());
    let written = "WEBVTT\n\n00:01.000 --> 00:03.000\nMawashi geri\n";
    captions::upload(&desk.context, id, &german, written.as_bytes()).await.unwrap();
    let place = archive::add_folder(&desk.context, "Office NAS", to.path()).unwrap();
    let done = carried(&desk, id, &Wanted::Archive(place.id)).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let [beside, _] = files(to.path()).try_into().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{}", recording.facts.video.as_ref().unwrap())).await;

    let mut fresh = another_desk(&cloud, &desk, other.path());
    archive::import_file(&fresh.context, &to.path().join(&beside)).await.unwrap();
    let next = |desk: &TestDesk, days| {
        let at = desk.context.now() + chrono::TimeDelta::days(days);
        desk.context.store().ask_about_captions_at(id, &german, at).unwrap();
    };
    next(&fresh, 1);
    let ready = |desk: &TestDesk| desk.context.store().recording(id).unwrap().unwrap().status() == Status::Ready;
    fresh.pass_until(&cloud, 15, ready).await;
    // Another desk has Stream make captions of the new video.
    cloud.control("switches", json!({ "captions_fail": fails })).await;
    let video = fresh.context.store().recording(id).unwrap().unwrap().facts.video.unwrap();
    cloud.send(reqwest::Method::POST, &format!("/stream/{video}/captions/de/generate"), json!({})).await;
    let listed = captions::list(&fresh.context, id).await.unwrap();
    assert_eq!((listed[0].captions.state, listed[0].lines), (CaptionsState::Waiting, 1), "{listed:?}");
    next(&fresh, 0);
    let is_there = |desk: &TestDesk| {
        let known = captions::known(&desk.context, id).unwrap();
        known.iter().any(|one| one.captions.state == CaptionsState::Ready && one.lines == 1)
    };
    fresh.pass_until(&cloud, 60, is_there).await;
    let at_stream = cloud.api(reqwest::Method::GET, &format!("/stream/{video}/captions")).await;
    let at_stream = &at_stream["result"][0];
    assert_eq!(
        (&at_stream["status"], &at_stream["generated"]),
        (&json!("ready"), &json!(false)),
        "{fails}: {at_stream}"
    );
    assert_eq!(captions::lines(&fresh.context, id, &german, 0).unwrap()[0].text, "Mawashi geri");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_imports_nothing() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    let place = archive::add_folder(&desk.context, "Office NAS", to.path()).unwrap();
    carried(&desk, recording.id, &Wanted::Archive(place.id)).await;
    let [beside, video] = files(to.path()).try_into().unwrap();
    let mut bytes = std::fs::read(to.path().join(&video)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(to.path().join(&video), bytes).unwrap();
    // Another desk, which knows nothing of the class, and an account whose Stream has lost the video.
    let uid = recording.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{uid}")).await;
    let other = tempfile::tempdir().unwrap();
    let path = to.path().join(&beside);
    let import = ["archive", "import", path.to_str().unwrap()];
    let refusal = refused(&run(&cloud, other.path(), &import));
    assert!(refusal["message"].as_str().unwrap().contains("is not the video that was archived"), "{refusal}");
    assert_eq!(printed(&run(&cloud, other.path(), &["recording", "list"])), json!([]));
}

#[tokio::test]
async fn a_bucket_gets_the_video_in_parts_and_an_upload_that_broke_off_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let (_cloud, desk, recording) = recorded(data.path()).await;
    let s3 = S3::start().await;
    let place = bucket_place(&desk, &s3, "dojo/2026").await;
    archive::test_place(&desk.context, place).await.unwrap();
    // The bucket takes the part, but does not put the parts together.
    s3.fail(Method::POST, "uploadId", 100);
    let waits = carried(&desk, recording.id, &Wanted::Archive(place)).await;
    assert_eq!(waits.transfer.state, TransferState::Active, "{waits:?}");
    assert_eq!(s3.counts(), (1, 1, 1));
    let upload = waits.transfer.upload.clone().unwrap();
    assert_eq!(upload.parts.len(), 1);

    s3.forgive();
    let done = again(&desk, &waits).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    assert_eq!(s3.counts(), (1, 1, 0), "nothing was sent twice");
    let name = done.transfer.name.unwrap();
    assert_eq!(sha256(&s3.object(&format!("dojo/2026/{name}"))), done.transfer.sha256.unwrap());
    let contents = archive::contents(&desk.context, place).await.unwrap();
    assert!(contents.iter().any(|one| one.known.as_ref().is_some_and(|known| known.is_in_library)), "{contents:?}");
}

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing_in_the_bucket() {
    let data = tempfile::tempdir().unwrap();
    let (_cloud, desk, recording) = recorded(data.path()).await;
    let s3 = S3::start().await;
    let place = bucket_place(&desk, &s3, "").await;
    s3.fail(Method::POST, "uploadId", 100);
    let waits = carried(&desk, recording.id, &Wanted::Archive(place)).await;
    assert!(archive::remove_place(&desk.context, place).await.is_err(), "a recording is on its way there");
    transfers::cancel(&desk.context, waits.transfer.id).await.unwrap();
    assert_eq!(s3.counts().2, 0);
    assert_eq!(s3.keys(), [""; 0]);
    archive::remove_place(&desk.context, place).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_returns_other_bytes_is_found_out() {
    let data = tempfile::tempdir().unwrap();
    let (_cloud, desk, recording) = recorded(data.path()).await;
    let s3 = S3::start().await;
    let place = bucket_place(&desk, &s3, "").await;
    s3.lie(true);
    let failed = carried(&desk, recording.id, &Wanted::Archive(place)).await;
    assert_eq!(failed.transfer.state, TransferState::Failed, "{failed:?}");
    assert!(failed.transfer.said.contains("is not what was sent"), "{}", failed.transfer.said);
    let told = Filter { act: Some(Act::RecordingArchived), ..Filter::default() };
    assert!(desk.context.store().ledger(&told, None, 10, desk.context.now()).unwrap().rows.is_empty());
    assert_eq!(s3.keys().len(), 1, "nothing says what is known of a video that is not there");

    s3.lie(false);
    let done = again(&desk, &failed).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
}

#[tokio::test]
async fn a_bucket_whose_key_is_missing_or_refused_says_so_and_goes_on_with_another() {
    let data = tempfile::tempdir().unwrap();
    let (cloud, desk, recording) = recorded(data.path()).await;
    let s3 = S3::start().await;
    let place = bucket_place(&desk, &s3, "").await;
    s3.shut(true);
    let failed = carried(&desk, recording.id, &Wanted::Archive(place)).await;
    assert_eq!(failed.transfer.state, TransferState::Failed, "{failed:?}");
    assert!(failed.transfer.said.contains("refuses the access key"), "{}", failed.transfer.said);
    s3.shut(false);
    drop(desk);
    // Another start of the program, whose keyring has lost the key.
    let desk = TestDesk::open(&cloud, data.path());
    assert!(!archive::places(&desk.context).await.unwrap()[0].has_key);
    let failed = again(&desk, &failed).await;
    assert!(failed.transfer.said.contains("has no secret key"), "{}", failed.transfer.said);
    archive::set_key(&desk.context, place, SecretString::from(SECRET)).await.unwrap();
    let done = again(&desk, &failed).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    for entry in std::fs::read_dir(data.path()).unwrap().map(Result::unwrap) {
        let held = std::fs::read(entry.path()).unwrap_or_default();
        let is_there = held.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes());
        assert!(!is_there, "{:?} holds the secret key", entry.path());
    }
}

#[tokio::test]
async fn a_folder_on_a_disk_that_is_not_connected_is_waited_for() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_cloud, desk, recording) = recorded(data.path()).await;
    let stick = to.path().join("KEIKO");
    std::fs::create_dir(&stick).unwrap();
    let place = archive::add_folder(&desk.context, "USB stick", &stick).unwrap();
    std::fs::remove_dir(&stick).unwrap();
    let waits = carried(&desk, recording.id, &Wanted::Archive(place.id)).await;
    assert_eq!(waits.transfer.state, TransferState::Active, "{waits:?}");
    assert!(waits.transfer.said.contains("Connect its disk"), "{}", waits.transfer.said);
    assert!(!stick.exists(), "the folder is not made on another disk");
    std::fs::create_dir(&stick).unwrap();
    let done = again(&desk, &waits).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    assert_eq!(files(&stick).len(), 2);
}
