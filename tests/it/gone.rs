//! What is gone at Cloudflare is shown, taken off the list by hand and put back; nothing else is lost by it.

use chrono::TimeDelta;
use hajime_core::actions::{Error, gone, links, recordings, sessions, today};
use hajime_core::domain::cause::Cause;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::link::Validity;
use hajime_core::domain::recording::{Recording, Status};
use hajime_core::jobs::sync::{self, Synced};
use hajime_core::store::{Filter, Query};
use reqwest::Method;
use serde_json::json;

use crate::reconcile::{all, another, recorded};
use crate::support::{Cloud, Office};

/// Longer than RealtimeKit keeps a file.
const EIGHT_DAYS: i64 = TimeDelta::days(8).num_seconds();

fn ids(recordings: &[Recording]) -> Vec<RecordingId> {
    recordings.iter().map(|recording| recording.id).collect()
}

fn on_offer(office: &Office) -> Vec<RecordingId> {
    ids(&gone::gone(&office.desk).unwrap())
}

/// Deletes the videos at Stream behind everybody’s back, and has the desk notice.
async fn delete(cloud: &Cloud, office: &Office, recordings: &[&Recording]) {
    for recording in recordings {
        let video = recording.facts.video.as_ref().unwrap();
        cloud.api(Method::DELETE, &format!("/stream/{video}")).await;
    }
    assert_eq!(sync::sync(&office.desk).await.unwrap().missing, recordings.len());
}

#[tokio::test]
async fn what_is_gone_is_taken_off_the_list_and_put_back_and_the_rest_stays() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut office, "Karate").await;
    let judo = recorded(&cloud, &mut office, "Judo").await;
    links::make(&office.desk, karate.id, Validity::DAY, false).await.unwrap();
    delete(&cloud, &office, &[&karate]).await;

    // What was deleted is no failure: nobody is told that something failed, and it can leave the list at once, and come back.
    office.tick().await;
    assert!(today::today(&office.desk).unwrap().failures.is_empty());
    assert_eq!(today::retry_all(&office.desk, Cause::VideoMissing).unwrap(), today::RetriedAll::default());
    assert_eq!(office.notices.titles(), ["Ready to watch: Karate", "Ready to watch: Judo"]);
    assert_eq!(on_offer(&office), [karate.id]);
    assert!(recordings::get(&office.desk, karate.id).unwrap().deleted_at().is_some());
    let page = |filter| {
        let query = Query { search: String::new(), filter, limit: 10, offset: 0 };
        ids(&recordings::list(&office.desk, &query).unwrap().rows)
    };
    assert_eq!((page(Filter::Failed), page(Filter::Deleted)), (vec![], vec![karate.id]));
    assert_eq!(ids(&gone::remove(&office.desk, &[karate.id]).unwrap()), [karate.id]);
    assert_eq!(ids(&gone::restore(&office.desk, &[karate.id]).unwrap()), [karate.id]);
    let refused = gone::remove(&office.desk, &[judo.id]).unwrap_err();
    assert!(matches!(&refused, Error::Conflict { .. }), "{refused}");
    assert_eq!(all(&office).len(), 2);

    office.pass(&cloud, EIGHT_DAYS).await;
    assert_eq!(on_offer(&office), [karate.id]);
    let query = Query { search: "nothing".into(), filter: Filter::All, limit: 10, offset: 0 };
    assert_eq!(recordings::list(&office.desk, &query).unwrap().gone, 1, "whatever is searched for");
    let before = recordings::detail(&office.desk, karate.id).unwrap();
    assert_eq!(ids(&gone::review(&office.desk, &[karate.id, karate.id]).unwrap()), [karate.id]);
    assert_eq!(all(&office).len(), 2, "looking removes nothing");

    assert_eq!(ids(&gone::remove(&office.desk, &[karate.id]).unwrap()), [karate.id]);
    assert!(gone::remove(&office.desk, &[karate.id]).unwrap().is_empty(), "a second time is harmless");
    for search in ["", "karate"] {
        let page = recordings::list(&office.desk, &Query { search: search.into(), ..query.clone() }).unwrap();
        assert!(!ids(&page.rows).contains(&karate.id) && page.gone == 0);
        assert_eq!((page.total, page.counts.failed), (u32::from(search.is_empty()), 0));
    }
    assert_eq!(ids(&all(&office)), [judo.id]);
    assert!(on_offer(&office).is_empty());
    let after = recordings::detail(&office.desk, karate.id).unwrap();
    assert_eq!(after.links, before.links);
    assert_eq!(links::list(&office.desk).unwrap(), before.links);
    assert_eq!(after.events[..before.events.len()], before.events);
    assert!(after.events.last().unwrap().note.contains("off the list"));
    assert_eq!(sessions::get(&office.desk, karate.session).unwrap().id, karate.session);

    // RealtimeKit still names it; it is known, and not found a second time.
    for _ in 0..2 {
        assert_eq!(sync::sync(&office.desk).await.unwrap(), Synced { videos: 1, ..Synced::default() });
        office.pass(&cloud, 600).await;
        assert_eq!(ids(&all(&office)), [judo.id]);
    }
    drop(office);
    let office = another(&cloud, &Office::open(&cloud, folder.path()), folder.path());
    assert_eq!(ids(&all(&office)), [judo.id], "also after a restart");

    assert_eq!(ids(&gone::removed(&office.desk).unwrap()), [karate.id]);
    assert_eq!(ids(&gone::restore(&office.desk, &[karate.id]).unwrap()), [karate.id]);
    assert!(gone::restore(&office.desk, &[karate.id]).unwrap().is_empty());
    assert_eq!(all(&office).len(), 2);
    let back = recordings::detail(&office.desk, karate.id).unwrap();
    assert_eq!(back.recording, before.recording);
    assert_eq!(back.events.len(), before.events.len() + 2);
}

#[tokio::test]
async fn a_refusal_takes_nothing_off_the_list() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut office, "Karate").await;
    let judo = recorded(&cloud, &mut office, "Judo").await;
    let kept = recorded(&cloud, &mut office, "Aikido").await;
    delete(&cloud, &office, &[&karate, &judo]).await;
    office.pass(&cloud, EIGHT_DAYS).await;
    let shown = on_offer(&office);
    assert_eq!(shown, [judo.id, karate.id]);

    // Somebody retries one of them while the list is on show.
    recordings::retry(&office.desk, judo.id).unwrap();
    let unknown = RecordingId::new();
    for asked in [&shown[..], &[karate.id, kept.id], &[karate.id, unknown]] {
        let events = |id| recordings::detail(&office.desk, id).unwrap().events.len();
        let before = events(karate.id);
        let (looked, removed) = (gone::review(&office.desk, asked), gone::remove(&office.desk, asked));
        for refused in [looked.unwrap_err(), removed.unwrap_err()] {
            if asked.contains(&unknown) {
                assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
            } else {
                assert!(refused.message().contains("is not gone") && !refused.next().is_empty(), "{refused}");
            }
        }
        assert_eq!(all(&office).len(), 3);
        assert_eq!(events(karate.id), before);
    }

    // The retry came to nothing, as it had to; then it may go as well.
    office.until_idle(&cloud).await;
    assert_eq!(recordings::get(&office.desk, judo.id).unwrap().status(), Status::Failed);
    assert_eq!(ids(&gone::remove(&office.desk, &shown).unwrap()), shown);
    assert_eq!(ids(&all(&office)), [kept.id]);
}

#[tokio::test]
async fn a_video_that_is_seen_again_brings_its_recording_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut office, "Karate").await;
    delete(&cloud, &office, &[&karate]).await;
    office.pass(&cloud, EIGHT_DAYS).await;
    gone::remove(&office.desk, &on_offer(&office)).unwrap();

    // Somebody had a copy and gave it to Stream with the recording’s mark.
    let judo = recorded(&cloud, &mut office, "Judo").await;
    let app = cloud.sandbox.info().app_id.clone();
    let listed = cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let copies = listed["data"].as_array().unwrap().iter().find(|row| row["download_url"].is_string()).unwrap();
    let body = json!({ "url": copies["download_url"], "creator": karate.creator_mark() });
    cloud.send(Method::POST, "/stream/copy", body).await;
    cloud.control("advance", json!({ "seconds": 600 })).await;

    let synced = sync::sync(&office.desk).await.unwrap();
    assert_eq!((synced.updated, synced.found), (1, 0));
    office.until_idle(&cloud).await;
    let back = recordings::get(&office.desk, karate.id).unwrap();
    assert_eq!((back.status(), back.removed_at), (Status::Ready, None));
    assert_eq!(ids(&all(&office)), [judo.id, karate.id]);
    assert!(gone::removed(&office.desk).unwrap().is_empty());
}
