//! The main job: schedule, start, record, end, watch, share.

use hajime_core::actions::links::{self, LinkFile};
use hajime_core::actions::{recordings, rooms, sessions};
use hajime_core::domain::link::Validity;
use hajime_core::domain::proof::Proof;
use hajime_core::domain::recording::Status;
use hajime_core::domain::session::SessionState;
use hajime_core::domain::stage::Stage;
use serde_json::json;

use crate::support::{Cloud, Office};

#[tokio::test]
async fn a_class_becomes_a_link_that_plays() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let title = "<img src=x onerror=alert(1)> Karate";
    let session = office.schedule(title);

    let started = sessions::start(&office.desk, session.id).await.unwrap();
    assert!(!started.already_live);
    let join = started.join.unwrap().expose().to_owned();
    let (page, fragment) = join.split_once('#').unwrap();
    assert!(page.ends_with("/room") && fragment.starts_with("token="), "{page}");
    assert_eq!(cloud.status_of(page).await, 200);
    let again = sessions::start(&office.desk, session.id).await.unwrap();
    assert!(again.already_live);

    office.tick().await;
    let live = &sessions::live(&office.desk).unwrap()[0];
    assert_eq!(live.proof, Proof::WaitingForPeople);
    assert!(live.recording.is_none());

    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 4).await;
    office.pass(&cloud, 4).await;
    let live = &sessions::live(&office.desk).unwrap()[0];
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    assert_eq!(live.people.as_ref().unwrap().people, 1);
    let recording = live.recording.clone().unwrap().id;

    assert_eq!(recordings::pause(&office.desk, session.id).await.unwrap().stage, Stage::Paused);
    assert_eq!(recordings::pause(&office.desk, session.id).await.unwrap().stage, Stage::Paused);
    assert_eq!(recordings::resume(&office.desk, session.id).await.unwrap().stage, Stage::Recording);

    for made in 1..=2 {
        let invitation = rooms::invite(&office.desk, session.id).await.unwrap();
        assert_eq!((invitation.made, invitation.max, invitation.local_only), (made, 2, true));
    }
    assert_eq!(rooms::invite(&office.desk, session.id).await.unwrap_err().code(), "room_full");

    office.pass(&cloud, 120).await;
    let ended = sessions::end(&office.desk, session.id).await.unwrap();
    assert!(!ended.already_ended && ended.trouble.is_none());
    assert!(matches!(ended.session.state, SessionState::Ended(..)));
    assert!(sessions::end(&office.desk, session.id).await.unwrap().already_ended);
    let early = links::make(&office.desk, recording, Validity::DAY, false).await.unwrap_err();
    assert_eq!(early.code(), "not_ready");

    office.until_idle(&cloud).await;
    let done = recordings::detail(&office.desk, recording).unwrap();
    assert_eq!(done.recording.status(), Status::Ready);
    assert_eq!(done.recording.title, title);
    assert!(done.recording.facts.length.unwrap().num_seconds() >= 100);
    let stages: Vec<&str> = done.events.iter().map(|event| event.to.as_str()).collect();
    assert!(stages.contains(&"uploading") && stages.contains(&"uploaded") && stages.contains(&"ready"), "{stages:?}");
    assert_eq!(office.notices.titles(), [format!("Ready to watch: {title}")]);
    assert_eq!(cloud.videos().await.len(), 1);

    let playback = recordings::play(&office.desk, recording).await.unwrap();
    assert_eq!(cloud.status_of(playback.hls.expose()).await, 200);
    let made = links::make(&office.desk, recording, Validity::hours(1).unwrap(), true).await.unwrap();
    assert!(made.verified());
    for url in [&made.url, &made.hls_url] {
        assert_eq!(cloud.status_of(url.expose()).await, 200);
    }
    // Stream prepares the file when it is first asked for.
    office.pass(&cloud, 120).await;
    let LinkFile::Ready(file) = links::file(&office.desk, made.link.id).await.unwrap() else { panic!("no file") };
    assert_eq!(cloud.status_of(file.expose()).await, 200);
    let ledger = links::list(&office.desk).unwrap();
    assert_eq!(ledger, std::slice::from_ref(&made.link));
    let kid = made.link.kid.unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/keys/{kid}")).await;
    assert_eq!(cloud.status_of(made.hls_url.expose()).await, 401);

    // The dead key is noticed, and the next link is signed with a new one.
    let next = links::make(&office.desk, recording, Validity::DAY, false).await.unwrap();
    assert!(next.verified());
    assert_ne!(next.link.kid.unwrap(), kid);
}

#[tokio::test]
async fn a_class_that_comes_back_is_recorded_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Judo");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    let peer = cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 5).await;
    office.pass(&cloud, 30).await;
    cloud.control("leave", json!({ "peer_id": peer })).await;
    office.pass(&cloud, 10).await;
    office.pass(&cloud, 70).await;
    let live = &sessions::live(&office.desk).unwrap()[0];
    assert!(matches!(live.proof, Proof::Stopped(_)), "{:?}", live.proof);

    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 12).await;
    office.pass(&cloud, 12).await;
    let live = &sessions::live(&office.desk).unwrap()[0];
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    office.pass(&cloud, 60).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(&cloud).await;
    let all = office.desk.store().recordings_of(session.id).unwrap();
    assert_eq!(
        all.iter().map(hajime_core::domain::recording::Recording::status).collect::<Vec<_>>(),
        [Status::Ready; 2]
    );
    assert_eq!(cloud.videos().await.len(), 2);
}

#[tokio::test]
async fn without_a_keyring_cloudflare_signs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::with(&cloud, folder.path(), std::sync::Arc::default(), None);
    let session = office.schedule("Aikido");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 5).await;
    office.pass(&cloud, 30).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(&cloud).await;
    let recording = office.desk.store().recordings_of(session.id).unwrap()[0].id;
    let made = links::make(&office.desk, recording, Validity::DAY, false).await.unwrap();
    assert!(made.verified());
    assert_eq!(cloud.status_of(made.hls_url.expose()).await, 200);
}

#[tokio::test]
async fn a_class_nobody_joins_leaves_no_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Empty");
    sessions::start(&office.desk, session.id).await.unwrap();
    office.pass(&cloud, 10).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    assert!(office.pass(&cloud, 10).await.idle());
    assert!(office.desk.store().recordings_of(session.id).unwrap().is_empty());
}

#[tokio::test]
async fn refusals_name_the_thing_and_the_next_step() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&cloud, folder.path());
    let session = office.schedule("Kids class");
    let not_live = [
        sessions::end(&office.desk, session.id).await.unwrap_err(),
        rooms::invite(&office.desk, session.id).await.unwrap_err(),
    ];
    assert!(not_live.iter().all(|error| error.code() == "not_live"));
    sessions::cancel(&office.desk, session.id).unwrap();
    sessions::cancel(&office.desk, session.id).unwrap();
    let error = sessions::start(&office.desk, session.id).await.unwrap_err();
    assert_eq!((error.code(), error.message().as_str()), ("conflict", "“Kids class” was cancelled."));
    let unknown = sessions::get(&office.desk, hajime_core::domain::ids::SessionId::new()).unwrap_err();
    assert_eq!(unknown.code(), "not_found");
    assert!(Validity::hours(25).is_err() && Validity::hours(0).is_err());
}

#[tokio::test]
async fn recording_again_by_hand_needs_somebody_in_the_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Judo");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    assert_eq!(recordings::resume(&office.desk, session.id).await.unwrap_err().code(), "conflict");
    cloud.join(&started.session, "Ada").await;
    let begun = recordings::resume(&office.desk, session.id).await.unwrap();
    assert_eq!(begun.status(), Status::Recording);
    office.pass(&cloud, 12).await;
    assert_eq!(office.desk.store().recordings_of(session.id).unwrap().len(), 1, "the jobs do not begin a second one");
}
