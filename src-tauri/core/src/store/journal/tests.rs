use chrono::TimeDelta;

use super::append::PRUNE;
use super::*;
use crate::domain::profile::journal::{ENTRIES_MAX, ENTRY_RETENTION, UNKNOWN_ACTOR};
use crate::domain::schedule::session::Plan;
use crate::store::to_millis;

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

fn plan_of(connection: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_change_that_fails_or_changes_nothing_leaves_no_entry() {
    let store = Store::in_memory().unwrap();
    let session = Session::new(Plan::example(now()), now());
    store.schedule_session(&session).unwrap();
    let failed = store.change_session_by_hand::<Error>(session.id, now(), |_| Err(Error::unreadable("test", "")));
    assert!(failed.is_err());
    let unchanged = store.change_session_by_hand::<Error>(session.id, now(), Ok).unwrap();
    assert_eq!(unchanged, Some(session.clone()));
    let entries = store.journal(Scope::Everything, 10).unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].is_creation());
    assert_eq!((entries[0].entity, entries[0].actor.as_str()), (Entity::Session(session.id), UNKNOWN_ACTOR));
    assert_eq!(entries[0].desk, store.desk_id().unwrap());
}

#[test]
fn entries_too_old_or_beyond_the_limit_are_deleted_but_none_of_the_last_day() {
    let store = Store::in_memory().unwrap();
    let add = |at: DateTime<Utc>| {
        store.schedule_session(&Session::new(Plan::example(at), at)).unwrap();
    };
    let count = || store.journal(Scope::Everything, u32::MAX).unwrap().len();
    add(now() - ENTRY_RETENTION - TimeDelta::days(1));
    add(now() - TimeDelta::days(2));
    add(now());
    assert_eq!(count(), 2, "one was older than two years");
    let many = |at: DateTime<Utc>| {
        store
            .writer()
            .execute(
                "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)
                 INSERT INTO journal SELECT printf('ffffffff-ffff-7fff-8fff-%012d', value + (SELECT count(*) FROM journal)), ?1, 'd', 'a',
                   'settings', 'preferences', '{}', '{}', NULL FROM n",
                params![to_millis(at), ENTRIES_MAX],
            )
            .unwrap();
    };
    many(now());
    add(now());
    let limit = usize::try_from(ENTRIES_MAX).unwrap();
    assert_eq!(count(), limit + 2, "only the one of two days ago went");
    add(now() + TimeDelta::days(2));
    assert!(count() <= limit + 1, "{}", count());
}

#[test]
fn the_entries_of_one_entity_are_found_by_an_index_and_all_entries_without_sorting() {
    let store = Store::in_memory().unwrap();
    let connection = store.writer();
    let of = format!("SELECT {COLUMNS} FROM journal WHERE entity = ?1 AND entity_id = ?2 ORDER BY id DESC LIMIT ?3");
    let plan = plan_of(&connection, &of, &[&"session", &"x", &10]);
    assert!(plan.contains("journal_by_entity") && !plan.contains("TEMP B-TREE"), "{plan}");
    let all = format!("SELECT {COLUMNS} FROM journal WHERE ?1 IS ?2 ORDER BY id DESC LIMIT ?3");
    let plan = plan_of(&connection, &all, &[&None::<String>, &None::<String>, &10]);
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    let plan = plan_of(&connection, PRUNE, &[&1, &1, &1]);
    assert!(plan.contains("journal_by_time"), "{plan}");
}
