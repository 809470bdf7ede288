//! A session keeps the wall-clock time that people agreed on, even when the rules of its time zone change.

use hajime_core::actions::recorder::{end, start};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::schedule::session::Session;
use hajime_core::store::FILE_NAME;
use rusqlite::Connection;

use crate::support::{Cloud, TestDesk};

const HOUR_MILLIS: i64 = 3_600_000;

fn raw(desk: &TestDesk) -> Connection {
    Connection::open(desk.context.store().folder().unwrap().join(FILE_NAME)).unwrap()
}

fn stored_start(raw: &Connection, session: &Session) -> i64 {
    raw.query_row("SELECT start FROM sessions WHERE id = ?1", [session.id.to_string()], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_changed_time_zone_rule_moves_the_instant_of_a_scheduled_but_not_of_an_ended_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let mut input = desk.input("Judo");
    input.start_local = "2028-07-03T19:00".into();
    input.timezone = "Europe/Berlin".into();
    let ahead = sessions::schedule(&desk.context, &input).unwrap();
    let ended = desk.schedule("Karate");
    start::start(&desk.context, ended.id).await.unwrap();
    end::end(&desk.context, ended.id).await.unwrap();

    // Both sessions were stored under a rule by which the clocks were an hour further ahead.
    let before = raw(&desk);
    let (right, kept) = (stored_start(&before, &ahead), stored_start(&before, &ended) - HOUR_MILLIS);
    before.execute("UPDATE sessions SET start = start - ?1", [HOUR_MILLIS]).unwrap();
    before.execute("UPDATE settings SET value = '1999z' WHERE key = 'tz_data_version'", []).unwrap();
    drop(before);
    drop(desk);

    let desk = TestDesk::open(&cloud, folder.path());
    let after = raw(&desk);
    assert_eq!((stored_start(&after, &ahead), stored_start(&after, &ended)), (right, kept));
    let shown = sessions::get(&desk.context, ahead.id).unwrap().plan.start;
    assert_eq!(shown.instant().to_rfc3339(), "2028-07-03T17:00:00+00:00");
    assert_eq!(shown.local().to_string(), "2028-07-03 19:00:00");
    let shown = sessions::get(&desk.context, ended.id).unwrap().plan.start;
    assert_eq!(shown.instant().timestamp_millis(), kept);
    // A list finds the session by its new instant.
    let day = |text: &str| Some(text.parse().unwrap());
    let found = sessions::list(&desk.context, day("2028-07-03T17:00:00Z"), day("2028-07-03T17:30:00Z")).unwrap();
    assert_eq!(found.iter().map(|session| session.id).collect::<Vec<_>>(), [ahead.id]);
}

#[tokio::test]
async fn a_session_in_a_newly_skipped_hour_begins_after_that_hour_by_the_old_time_and_keeps_its_wall_clock_time() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let raw = raw(&desk);
    // On this day, 02:30 does not exist in Berlin.
    raw.execute_batch(
        "UPDATE sessions SET timezone = 'Europe/Berlin', start_local = '2028-03-26T02:30:00.000';
         UPDATE settings SET value = '1999z' WHERE key = 'tz_data_version';",
    )
    .unwrap();
    drop(desk);
    let desk = TestDesk::open(&cloud, folder.path());
    let moved = sessions::get(&desk.context, session.id).unwrap().plan.start;
    assert_eq!(moved.instant().to_rfc3339(), "2028-03-26T01:30:00+00:00");
    assert_eq!(moved.local().to_string(), "2028-03-26 02:30:00");
    assert_eq!(stored_start(&raw, &session), moved.instant().timestamp_millis());
    // Changing the title does not change the start, whichever time the form shows.
    let mut input = desk.input("Judo for beginners");
    input.timezone = "Europe/Berlin".into();
    for shown in ["2028-03-26T02:30", "2028-03-26T03:30"] {
        input.start_local = shown.into();
        let edited = sessions::edit(&desk.context, session.id, &input).unwrap();
        assert_eq!(edited.plan.start, moved, "{shown}");
    }
}
