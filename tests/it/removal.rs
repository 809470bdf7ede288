//! A recording that is missing at Cloudflare is shown, put in the bin by hand, and restored. Nothing else changes.

use chrono::TimeDelta;
use hajime_core::actions::library::description::{BulkEdited, Selected};
use hajime_core::actions::library::{bin, recordings, today};
use hajime_core::actions::recorder::sync;
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::sync_report::SyncReport;
use hajime_core::domain::sharing::link::Validity;
use reqwest::Method;
use serde_json::json;

use crate::adoption::{all, another_desk, recorded};
use crate::support::{Cloud, TestDesk};

/// Seconds after the end of a session at which RealtimeKit has surely deleted its file.
const EIGHT_DAYS: i64 = TimeDelta::days(8).num_seconds();

fn ids(recordings: &[Recording]) -> Vec<RecordingId> {
    recordings.iter().map(|recording| recording.id).collect()
}

fn listed(page: &recordings::Page) -> Vec<RecordingId> {
    page.rows.iter().map(|row| row.recording.id).collect()
}

fn missing(desk: &TestDesk) -> Vec<RecordingId> {
    ids(&bin::missing(&desk.context).unwrap())
}

async fn put(desk: &TestDesk, ids: &[RecordingId]) -> BulkEdited {
    bin::put(&desk.context, &Selected::Named(ids.to_vec())).await.unwrap()
}

async fn restore(desk: &TestDesk, id: RecordingId) -> usize {
    bin::restore(&desk.context, &Selected::Named(vec![id])).await.unwrap().changed
}

/// Deletes the videos of these recordings at Stream, and runs a sync that notices it.
async fn delete(cloud: &Cloud, desk: &TestDesk, recordings: &[&Recording]) {
    for recording in recordings {
        let video = recording.facts.video.as_ref().unwrap();
        cloud.api(Method::DELETE, &format!("/stream/{video}")).await;
    }
    assert_eq!(sync::sync(&desk.context).await.unwrap().missing, recordings.len());
}

#[tokio::test]
async fn removes_and_restores_a_missing_recording_and_keeps_the_rest() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    links::make(&desk.context, karate.id, Validity::DAY, false).await.unwrap();
    delete(&cloud, &desk, &[&karate]).await;

    // A deleted video is no failure: no notification is shown, and the recording can be removed and restored at once.
    desk.tick().await;
    assert!(today::today(&desk.context).unwrap().failures.is_empty());
    assert_eq!(today::retry_all(&desk.context, Cause::VideoMissing).unwrap(), today::RetriedAll::default());
    assert_eq!(desk.notices.titles(), ["Ready to watch: Karate", "Ready to watch: Judo"]);
    assert_eq!(missing(&desk), [karate.id]);
    assert!(recordings::get(&desk.context, karate.id).unwrap().deleted_at().is_some());
    let page = |filter| {
        let query = Query { search: String::new(), filter, limit: 10, offset: 0, ..Query::default() };
        listed(&recordings::list(&desk.context, &query).unwrap())
    };
    assert_eq!((page(Filter::Failed), page(Filter::Deleted)), (vec![], vec![karate.id]));
    assert_eq!(put(&desk, &[karate.id]).await.changed, 1);
    assert_eq!(restore(&desk, karate.id).await, 1);
    assert_eq!(all(&desk).len(), 2);

    desk.pass(&cloud, EIGHT_DAYS).await;
    assert_eq!(missing(&desk), [karate.id]);
    let query = Query { search: "nothing".into(), filter: Filter::All, limit: 10, offset: 0, ..Query::default() };
    assert_eq!(recordings::list(&desk.context, &query).unwrap().missing, 1, "the count does not depend on the search");
    let before = recordings::detail(&desk.context, karate.id).unwrap();
    assert_eq!(put(&desk, &[karate.id]).await.changed, 1);
    assert_eq!(put(&desk, &[karate.id]).await.unchanged, 1, "a second time changes nothing");
    for search in ["", "karate"] {
        let page = recordings::list(&desk.context, &Query { search: search.into(), ..query.clone() }).unwrap();
        assert!(!listed(&page).contains(&karate.id) && page.missing == 0);
        assert_eq!((page.total, page.counts.failed), (u32::from(search.is_empty()), 0));
    }
    assert_eq!(ids(&all(&desk)), [judo.id]);
    assert!(missing(&desk).is_empty());
    let after = recordings::detail(&desk.context, karate.id).unwrap();
    assert_eq!(after.links, before.links);
    assert_eq!(links::list(&desk.context).unwrap(), before.links);
    assert_eq!(after.events[..before.events.len()], before.events);
    assert!(after.events.last().unwrap().note.contains("in the bin"));
    assert_eq!(sessions::get(&desk.context, karate.session).unwrap().id, karate.session);

    // RealtimeKit still lists the recording. The sync knows the recording and does not adopt it again.
    for _ in 0..2 {
        assert_eq!(sync::sync(&desk.context).await.unwrap(), SyncReport { videos: 1, ..SyncReport::default() });
        desk.pass(&cloud, 600).await;
        assert_eq!(ids(&all(&desk)), [judo.id]);
    }
    drop(desk);
    let desk = another_desk(&cloud, &TestDesk::open(&cloud, folder.path()), folder.path());
    assert_eq!(ids(&all(&desk)), [judo.id], "the removal survives a restart");

    assert_eq!(ids(&bin::removed(&desk.context).unwrap()), [karate.id]);
    assert_eq!((restore(&desk, karate.id).await, restore(&desk, karate.id).await), (1, 0));
    assert_eq!(all(&desk).len(), 2);
    let back = recordings::detail(&desk.context, karate.id).unwrap();
    assert_eq!(back.recording, before.recording);
    assert_eq!(back.events.len(), before.events.len() + 2);
}

#[tokio::test]
async fn what_may_still_come_back_is_refused_and_does_not_keep_the_others_from_the_bin() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    delete(&cloud, &desk, &[&karate, &judo]).await;
    let shown = missing(&desk);
    assert_eq!(shown, [judo.id, karate.id]);

    // A person retries one of the recordings while the list of missing recordings is shown.
    recordings::retry(&desk.context, judo.id).unwrap();
    let unknown = RecordingId::new();
    let done = put(&desk, &[shown.clone(), vec![unknown]].concat()).await;
    assert_eq!((done.changed, done.refused.len()), (1, 2));
    for (id, _, why) in &done.refused {
        assert_eq!(why.code == "not_found", *id == unknown, "{why:?}");
        assert!(!why.next.is_empty());
    }
    assert_eq!(ids(&all(&desk)), [judo.id]);

    // The retry fails once Cloudflare has deleted the file. Then this recording can be put in the bin too.
    desk.pass(&cloud, EIGHT_DAYS).await;
    desk.until_idle(&cloud).await;
    assert_eq!(recordings::get(&desk.context, judo.id).unwrap().status(), Status::Failed);
    assert_eq!(put(&desk, &shown).await.changed, 1);
    assert!(all(&desk).is_empty());
}

#[tokio::test]
async fn sync_restores_a_removed_recording_whose_video_is_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    delete(&cloud, &desk, &[&karate]).await;
    desk.pass(&cloud, EIGHT_DAYS).await;
    put(&desk, &missing(&desk)).await;

    // A person uploads a copy to Stream under the recording’s mark.
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    let app = cloud.sandbox.info().app_id.clone();
    let listed = cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let copies = listed["data"].as_array().unwrap().iter().find(|row| row["download_url"].is_string()).unwrap();
    let body = json!({ "url": copies["download_url"], "creator": karate.creator_mark() });
    cloud.send(Method::POST, "/stream/copy", body).await;
    cloud.control("advance", json!({ "seconds": 600 })).await;

    let synced = sync::sync(&desk.context).await.unwrap();
    assert_eq!((synced.updated, synced.found), (1, 0));
    desk.until_idle(&cloud).await;
    let back = recordings::get(&desk.context, karate.id).unwrap();
    assert_eq!((back.status(), back.removed_at), (Status::Ready, None));
    assert_eq!(ids(&all(&desk)), [judo.id, karate.id]);
    assert!(bin::removed(&desk.context).unwrap().is_empty());
}

#[tokio::test]
async fn a_recording_of_which_nothing_is_left_at_cloudflare_is_not_retryable() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    delete(&cloud, &desk, &[&karate]).await;
    let failure = |desk: &TestDesk| recordings::detail_view(&desk.context, karate.id).unwrap().view.failure.unwrap();
    assert!(failure(&desk).retryable, "the recorded file is still there");

    desk.pass(&cloud, EIGHT_DAYS).await;
    assert!(!failure(&desk).retryable);
    let refused = recordings::retry(&desk.context, karate.id).unwrap_err();
    assert!(refused.code() == "conflict" && refused.message().contains("nothing of “Karate” is left"), "{refused}");
    assert_eq!(refused.next(), failure(&desk).next);
}
