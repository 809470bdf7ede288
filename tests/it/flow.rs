//! The main flow: schedule, start, record, end, watch, share.

use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::pause;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::{invitations, sessions};
use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::recording::Status;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::SessionState;
use hajime_core::domain::sharing::link::Validity;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn a_session_becomes_a_link_that_plays() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let title = "<img src=x onerror=alert(1)> Karate";
    let session = desk.schedule(title);

    let started = start::start(&desk.context, session.id).await.unwrap();
    assert!(!started.already_live);
    let join = started.join.unwrap().expose().to_owned();
    let (page, fragment) = join.split_once('#').unwrap();
    assert!(page.ends_with("/room") && fragment.starts_with("token="), "{page}");
    assert_eq!(cloud.status_of(page).await, 200);
    let again = start::start(&desk.context, session.id).await.unwrap();
    assert!(again.already_live);

    desk.tick().await;
    let live = &live::live(&desk.context).unwrap()[0];
    assert_eq!(live.proof, Proof::WaitingForPeople);
    assert!(live.recording.is_none());

    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 4).await;
    desk.pass(&cloud, 4).await;
    let live = &live::live(&desk.context).unwrap()[0];
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    assert_eq!(live.people.as_ref().unwrap().people, 1);
    let recording = live.recording.clone().unwrap().id;

    assert_eq!(pause::pause(&desk.context, session.id).await.unwrap().stage, Stage::Paused);
    assert_eq!(pause::pause(&desk.context, session.id).await.unwrap().stage, Stage::Paused);
    assert_eq!(pause::resume(&desk.context, session.id).await.unwrap().stage, Stage::Recording);

    for made in 1..=2 {
        let invitation = invitations::invite(&desk.context, session.id).await.unwrap();
        assert_eq!((invitation.made, invitation.max, invitation.local_only), (made, 2, true));
    }
    assert_eq!(invitations::invite(&desk.context, session.id).await.unwrap_err().code(), "room_full");

    desk.pass(&cloud, 120).await;
    let ended = end::end(&desk.context, session.id).await.unwrap();
    assert!(!ended.already_ended && ended.trouble.is_none());
    assert!(matches!(ended.session.state, SessionState::Ended(..)));
    assert!(end::end(&desk.context, session.id).await.unwrap().already_ended);
    let early = links::make(&desk.context, recording, Validity::DAY, false).await.unwrap_err();
    assert_eq!(early.code(), "not_ready");

    desk.until_idle(&cloud).await;
    let done = recordings::detail(&desk.context, recording).unwrap();
    assert_eq!(done.recording.status(), Status::Ready);
    assert_eq!(done.recording.title, title);
    assert!(done.recording.facts.length.unwrap().num_seconds() >= 100);
    let stages: Vec<&str> = done.events.iter().map(|event| event.to.name()).collect();
    assert!(stages.contains(&"uploading") && stages.contains(&"uploaded") && stages.contains(&"ready"), "{stages:?}");
    assert_eq!(desk.notices.titles(), [format!("Ready to watch: {title}")]);
    assert_eq!(cloud.videos().await.len(), 1);

    let playback = recordings::play(&desk.context, recording).await.unwrap();
    assert_eq!(cloud.status_of(playback.hls.expose()).await, 200);
    let made = links::make(&desk.context, recording, Validity::hours(1).unwrap(), true).await.unwrap();
    assert!(made.verified());
    for url in [&made.url, &made.hls_url] {
        assert_eq!(cloud.status_of(url.expose()).await, 200);
    }
    // Stream prepares the download when the download is first requested.
    desk.pass(&cloud, 120).await;
    let LinkFile::Ready(file) = links::file(&desk.context, made.link.id).await.unwrap() else { panic!("no file") };
    assert_eq!(cloud.status_of(file.expose()).await, 200);
    let ledger = links::list(&desk.context).unwrap();
    assert_eq!(ledger, std::slice::from_ref(&made.link));
    let kid = made.link.kid.unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/keys/{kid}")).await;
    assert_eq!(cloud.status_of(made.hls_url.expose()).await, 401);

    // The desk notices that its signing key was deleted, and signs the next link with a new key.
    let next = links::make(&desk.context, recording, Validity::DAY, false).await.unwrap();
    assert!(next.verified());
    assert_ne!(next.link.kid.unwrap(), kid);
}

#[tokio::test]
async fn records_again_when_an_emptied_room_fills_again() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let started = start::start(&desk.context, session.id).await.unwrap();
    let peer = cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 30).await;
    cloud.control("leave", json!({ "peer_id": peer })).await;
    desk.pass(&cloud, 10).await;
    desk.pass(&cloud, 70).await;
    let live = &live::live(&desk.context).unwrap()[0];
    assert!(matches!(live.proof, Proof::Stopped(_)), "{:?}", live.proof);

    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 12).await;
    desk.pass(&cloud, 12).await;
    let live = &live::live(&desk.context).unwrap()[0];
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(
        all.iter().map(hajime_core::domain::recorder::recording::Recording::status).collect::<Vec<_>>(),
        [Status::Ready; 2]
    );
    assert_eq!(cloud.videos().await.len(), 2);
}

#[tokio::test]
async fn cloudflare_signs_links_without_a_keyring() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::with(&cloud, folder.path(), std::sync::Arc::default(), None);
    let session = desk.schedule("Aikido");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 30).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let recording = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    let made = links::make(&desk.context, recording, Validity::DAY, false).await.unwrap();
    assert!(made.verified());
    assert_eq!(cloud.status_of(made.hls_url.expose()).await, 200);
}

#[tokio::test]
async fn a_session_nobody_joins_leaves_no_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Empty");
    start::start(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 10).await;
    end::end(&desk.context, session.id).await.unwrap();
    assert!(desk.pass(&cloud, 10).await.idle());
    assert!(desk.context.store().recordings_of(session.id).unwrap().is_empty());
}

#[tokio::test]
async fn refusals_name_the_session_and_the_next_step() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Kids class");
    assert_eq!(end::end(&desk.context, session.id).await.unwrap_err().code(), "not_live");
    sessions::cancel(&desk.context, session.id).unwrap();
    sessions::cancel(&desk.context, session.id).unwrap();
    for error in [
        start::start(&desk.context, session.id).await.unwrap_err(),
        invitations::invite(&desk.context, session.id).await.unwrap_err(),
    ] {
        assert_eq!((error.code().word(), error.message().as_str()), ("conflict", "“Kids class” was cancelled."));
    }
    let unknown = sessions::get(&desk.context, hajime_core::domain::ids::SessionId::new()).unwrap_err();
    assert_eq!(unknown.code(), "not_found");
    assert!(Validity::hours(25).is_err() && Validity::hours(0).is_err());
}

#[tokio::test]
async fn refuses_to_record_again_in_an_empty_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let started = start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(pause::resume(&desk.context, session.id).await.unwrap_err().code(), "conflict");
    cloud.join(&started.session, "Ada").await;
    let begun = pause::resume(&desk.context, session.id).await.unwrap();
    assert_eq!(begun.status(), Status::Recording);
    desk.pass(&cloud, 12).await;
    assert_eq!(desk.context.store().recordings_of(session.id).unwrap().len(), 1, "the jobs start no second recording");
}
