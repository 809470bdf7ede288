use crate::domain::library::query::{Counts, Filter, Query};
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::stage::{Observation, Percent};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Plan, Session};
use crate::store::recorder::recordings::*;

fn now() -> DateTime<Utc> {
    "2026-03-20T12:00:00Z".parse().unwrap()
}

fn session(store: &Store) -> Session {
    let session = Session::new(Plan::example(now()), now());
    store.add_session(&session).unwrap();
    session
}

fn recording(store: &Store, session: &Session, title: &str) -> Recording {
    let recording = Recording {
        id: RecordingId::new(),
        session: session.id,
        room: Some("room-1".parse().unwrap()),
        title: title.into(),
        instructor: "R. Alves".into(),
        timezone: chrono_tz::Europe::Berlin,
        quality: Quality::High,
        stage: Stage::Requested,
        stage_since: now(),
        facts: Facts::default(),
        work: RecordingWork::begin(Stage::Requested, now()),
        created_at: now(),
        removed_at: None,
        origin: Origin::OtherDesk(Some("desk-1".parse().unwrap())),
    };
    store.add_recording(&recording, "Asked to record.").unwrap();
    recording
}

#[test]
fn a_recording_reads_back_whole_at_every_stage() {
    let store = Store::in_memory().unwrap();
    let session = session(&store);
    let added = recording(&store, &session, "Karate");
    assert_eq!(store.recording(added.id).unwrap(), Some(added.clone()));
    let walk = [
        Observation::RecorderRecording,
        Observation::RecorderPaused,
        Observation::RecorderRecording,
        Observation::StopAsked,
        Observation::RecorderUploading,
        Observation::RecorderUploaded,
        Observation::ImportAsked,
        Observation::VideoDownloading,
        Observation::VideoFailed(Cause::SourceUnreachable),
        Observation::VideoDownloading,
        Observation::VideoFailed(Cause::SourceUnreachable),
        Observation::FileFetched,
        Observation::Refused(Cause::DiskFull),
        Observation::RetryAsked,
        Observation::FileFetched,
        Observation::FileSent,
        Observation::VideoEncoding(Percent::clamped(12.0)),
        Observation::VideoPlayable(Percent::clamped(40.0)),
        Observation::VideoPlayable(Percent::clamped(100.0)),
        Observation::VideoMissing,
        Observation::RetryAsked,
    ];
    for seen in walk {
        let saved = store.observe(added.id, seen, now(), "note", |facts| facts.size = Some(7)).unwrap().unwrap();
        assert!(saved.moved, "{seen:?}");
        assert_eq!(store.recording(added.id).unwrap(), Some(saved.recording), "{seen:?}");
    }
    assert_eq!(store.recording_events(added.id).unwrap().len(), walk.len() + 1);
}

#[test]
fn a_notification_waits_until_exactly_one_process_takes_it() {
    let store = Store::in_memory().unwrap();
    let added = recording(&store, &session(&store), "Karate");
    store.observe(added.id, Observation::RecorderErrored, now(), "errored", |_| {}).unwrap();
    store.observe(added.id, Observation::RecorderErrored, now(), "errored", |_| {}).unwrap();
    let pending = store.outbox().unwrap();
    assert_eq!(pending.len(), 1);
    assert!(store.take(&pending[0], now()).unwrap());
    assert!(!store.take(&pending[0], now()).unwrap());
}

#[test]
fn a_refused_observation_changes_neither_stage_nor_facts() {
    let store = Store::in_memory().unwrap();
    let added = recording(&store, &session(&store), "Karate");
    let saved = store.observe(added.id, Observation::VideoAttached, now(), "", |facts| facts.size = Some(7)).unwrap();
    assert!(!saved.unwrap().moved);
    assert_eq!(store.recording(added.id).unwrap(), Some(added));
}

#[test]
fn a_new_percentage_adds_no_event_to_the_history() {
    let store = Store::in_memory().unwrap();
    let added = recording(&store, &session(&store), "Karate");
    for seen in [Observation::RecorderUploaded, Observation::ImportAsked] {
        store.observe(added.id, seen, now(), "", |_| {}).unwrap();
    }
    for percent in 0..50u8 {
        let seen = Observation::VideoEncoding(Percent::clamped(f32::from(percent)));
        store.observe(added.id, seen, now(), "", |_| {}).unwrap();
    }
    assert_eq!(store.recording_events(added.id).unwrap().len(), 4);
}

#[test]
fn any_search_text_is_split_into_words_and_never_fails() {
    let store = Store::in_memory().unwrap();
    let session = session(&store);
    recording(&store, &session, "Karate: Grundlagen für Anfänger");
    recording(&store, &session, "<img src=x onerror=alert(1)>");
    recording(&store, &session, "柔道初級クラス");
    store.index_pending(10).unwrap();
    let find = |search: &str| {
        let query = Query { search: search.into(), filter: Filter::All, limit: 10, offset: 0, ..Query::default() };
        store.find_recordings(&query).unwrap().len()
    };
    assert_eq!(find("kara"), 1);
    assert_eq!(find("anfanger"), 1);
    assert_eq!(find("onerror alves"), 1);
    assert_eq!(find("初級"), 1);
    assert_eq!(find("ｸﾗｽ"), 1);
    assert_eq!(find("ＫＡＲＡＴＥ"), 1);
    assert_eq!(find("\"anfanger alves\""), 1, "words are found wherever they are, also in quotation marks");
    assert_eq!(find("anfangeralves"), 0, "a word matched across title and instructor");
    assert_eq!(find(""), 3);
    for hostile in ["\"", "* OR", "title:", "NEAR(", "')--", "a\"b", "-", "%", "_", &"x ".repeat(5000)] {
        find(hostile);
    }
    assert_eq!(
        store.count_recordings(&searched("kara")).unwrap(),
        Counts { all: 1, processing: 1, ..Counts::default() }
    );
}

fn searched(search: &str) -> Query {
    Query { search: search.into(), ..Query::default() }
}

#[test]
fn recordings_stored_before_there_was_a_search_are_sorted_by_title_after_opening() {
    let store = Store::in_memory().unwrap();
    let session = session(&store);
    recording(&store, &session, "ＪＵＤＯ");
    store.writer().execute("UPDATE recordings SET words = ''", []).unwrap();
    let words = || store.writer().query_row("SELECT words FROM recordings", [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(words(), "");
    add_missing_words(&mut store.writer()).unwrap();
    assert_eq!(words(), "judo\nr. alves");
}

#[test]
fn a_recording_whose_video_was_deleted_is_listed_as_deleted_and_not_as_failed() {
    let store = Store::in_memory().unwrap();
    let session = session(&store);
    let deleted = recording(&store, &session, "Karate");
    let failed = recording(&store, &session, "Judo");
    store.observe(failed.id, Observation::RecorderUploaded, now(), "", |_| {}).unwrap();
    store.observe(failed.id, Observation::Refused(Cause::StorageFull), now(), "", |_| {}).unwrap();
    for seen in [
        Observation::RecorderUploaded,
        Observation::ImportAsked,
        Observation::VideoPlayable(Percent::clamped(100.0)),
        Observation::VideoMissing,
    ] {
        store.observe(deleted.id, seen, now(), "", |_| {}).unwrap();
    }
    let find = |filter| {
        let query = Query { search: String::new(), filter, limit: 10, offset: 0, ..Query::default() };
        store.find_recordings(&query).unwrap().iter().map(|found| found.id).collect::<Vec<_>>()
    };
    assert_eq!(find(Filter::Failed), [failed.id]);
    assert_eq!(find(Filter::Deleted), [deleted.id]);
    assert_eq!(find(Filter::All).len(), 2);
    assert_eq!(
        store.count_recordings(&Query::default()).unwrap(),
        Counts { all: 2, failed: 1, deleted: 1, ..Counts::default() }
    );
}

#[test]
fn queries_for_lists_use_an_index_and_do_not_sort() {
    let store = Store::in_memory().unwrap();
    let connection = store.writer();
    for sql in [
        "SELECT * FROM recordings r WHERE 1 AND r.removed_at IS NULL ORDER BY r.created_at DESC LIMIT 50 OFFSET 0",
        "SELECT * FROM recordings r WHERE instr(r.words, 'x') AND r.status = 'FAILED' AND r.cause IS NOT 'video_missing' AND r.removed_at IS NULL ORDER BY r.created_at DESC LIMIT 50 OFFSET 0",
        "SELECT id, title, instructor FROM recordings WHERE words = ''",
        "SELECT * FROM recordings r WHERE r.status = 'READY' AND r.removed_at IS NULL ORDER BY r.created_at DESC LIMIT 50 OFFSET 0",
        "SELECT r.status, count(*), sum(r.cause IS 'video_missing') FROM recordings r WHERE 1 AND r.removed_at IS NULL GROUP BY r.status",
        "SELECT recording_id FROM recording_work WHERE next_poll IS NOT NULL ORDER BY next_poll",
        &select_by_work("recording_work_to_poll", "WHERE w.next_poll IS NOT NULL ORDER BY w.next_poll"),
        &select("WHERE r.removed_at IS NULL ORDER BY r.created_at DESC LIMIT 50 OFFSET 0"),
        "SELECT * FROM recordings r WHERE r.session_id = 'x' ORDER BY r.created_at DESC",
        "SELECT * FROM recordings r WHERE r.realtimekit_recording_id = 'x'",
        "SELECT * FROM recordings r WHERE r.video_id = 'x'",
    ] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(
            plan.iter()
                .all(|line| (line.contains("INDEX") || line.contains("PRIMARY KEY")) && !line.contains("TEMP B-TREE")),
            "{sql}: {plan:?}"
        );
    }
}
