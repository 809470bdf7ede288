//! Impossible numbers in the database, as an older version, a damaged disk or another program may leave them: every
//! action answers, and no job stops.

use hajime_core::actions::recorder::closing;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use std::path::Path;

use hajime_core::actions::library::{bin, evidence, recordings, today};
use hajime_core::actions::profile::tables;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::{ledger, links};
use hajime_core::domain::ids::{RecordingId, SessionId};
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::profile::desktop::WayBack;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::ports::MemorySecrets;
use hajime_core::recorder::forecast;
use rusqlite::Connection;
use serde_json::json;

use crate::adoption::recorded;
use crate::support::{Cloud, TestDesk};

const DATABASE_FILE: &str = "hajime.db";

/// Returns every column that holds a number, as pairs of table and column.
fn numbers(folder: &Path) -> Vec<(String, String)> {
    let database = Connection::open(folder.join(DATABASE_FILE)).unwrap();
    let mut columns = database
        .prepare(
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.type = 'INTEGER' AND c.pk = 0 ORDER BY 1, 2",
        )
        .unwrap();
    columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Writes `number` into this column, in every row that has a number there.
fn write_number(folder: &Path, table: &str, column: &str, number: i64) {
    let database = Connection::open(folder.join(DATABASE_FILE)).unwrap();
    let triggers = "DROP TRIGGER share_links_are_final; DROP TRIGGER ledger_rows_are_final;";
    database.execute_batch(triggers).unwrap();
    // Where numbers are unique, one row gets it.
    database
        .execute(&format!("UPDATE OR IGNORE {table} SET {column} = ?1 WHERE {column} IS NOT NULL"), [number])
        .unwrap();
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// Calls every action and job of a desk. Returns one sentence for each that failed.
async fn call_everything(
    cloud: &Cloud,
    desk: &mut TestDesk,
    sessions_expected: usize,
    all: &[RecordingId],
) -> Vec<String> {
    let context = desk.context.clone();
    let mut wrong = Vec::new();
    let mut note = |what: &str, error: Option<String>| wrong.extend(error.map(|error| format!("{what}: {error}")));
    let listed = sessions::list(&context, None, None);
    note(
        "the schedule is not whole",
        listed.as_ref().ok().filter(|all| all.len() != sessions_expected).map(|all| all.len().to_string()),
    );
    for filter in [Filter::All, Filter::Ready, Filter::Processing, Filter::Failed, Filter::Deleted] {
        let query = Query { search: String::new(), filter, limit: 100, offset: 0, ..Query::default() };
        note("list", recordings::list(&context, &query).err().map(|error| error.to_string()));
    }
    let ids: Vec<SessionId> =
        listed.as_ref().map(|all| all.iter().map(|session| session.id).collect()).unwrap_or_default();
    note("schedule", listed.err().map(|error| error.to_string()));
    note("today", today::today(&context).err().map(|error| error.to_string()));
    note("live", live::live(&context).err().map(|error| error.to_string()));
    note("title", live::window_title(&context).err().map(|error| error.to_string()));
    note("closing", closing::question(&context, WayBack::StartAgain).err().map(|error| error.to_string()));
    note("links", links::list(&context).err().map(|error| error.to_string()));
    note("gone", bin::missing(&context).err().map(|error| error.to_string()));
    note("removed", bin::removed(&context).err().map(|error| error.to_string()));
    note("export", tables::tables(context.store()).err().map(|error| error.to_string()));
    note("history", forecast::history(&context).err().map(|error| error.to_string()));
    for id in ids {
        note("session", sessions::get(&context, id).err().map(|error| error.to_string()));
    }
    for id in all {
        note("detail", recordings::detail(&context, *id).err().map(|error| error.to_string()));
        note("evidence", evidence::evidence(&context, *id).err().map(|error| error.to_string()));
        match recordings::get(&context, *id) {
            Ok(recording) => {
                note("expected", forecast::expected(&context, &recording).err().map(|error| error.to_string()));
                note("sentence", recordings::sentence(&context, &recording).err().map(|error| error.to_string()));
            }
            Err(error) => note("recording", Some(error.to_string())),
        }
    }
    for _ in 0..2 {
        desk.pass(cloud, 15).await;
    }
    note("check", ledger::verify(&context).await.err().map(|error| error.to_string()));
    note("sync", sync::sync(&context).await.err().map(|error| error.to_string()));
    note("stopped", (context.supervisor().stopped() > 0).then(|| format!("{:?}", context.supervisor().incidents())));
    wrong
}

#[tokio::test]
async fn impossible_numbers_in_the_database_stop_no_action_and_no_job() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "v4_requests": 1_000_000, "kit_requests": 1_000_000 })).await;
    let original = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, original.path());
    let ready = recorded(&cloud, &mut desk, "Karate").await;
    links::make(&desk.context, ready.id, Validity::DAY, false).await.unwrap();
    let deleted = recorded(&cloud, &mut desk, "Judo").await;
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{}", deleted.facts.video.as_ref().unwrap())).await;
    sync::sync(&desk.context).await.unwrap();
    let on_its_way = desk.schedule("Kendo");
    let started = start::start(&desk.context, on_its_way.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 90).await;
    end::end(&desk.context, on_its_way.id).await.unwrap();
    desk.pass(&cloud, 15).await;
    let live = desk.schedule("Aikido");
    let started = start::start(&desk.context, live.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 30).await;
    desk.schedule("Sumo");
    let all: Vec<RecordingId> = desk.context.store().every_recording().unwrap().iter().map(|one| one.id).collect();
    assert!(all.len() >= 4, "{all:?}");
    let clock = desk.clock.clone();
    drop(desk);

    let columns = numbers(original.path());
    assert!(columns.len() > 30, "{columns:?}");
    let mut wrong = Vec::new();
    for (table, column) in columns {
        for number in [i64::MAX, i64::MIN] {
            let folder = tempfile::tempdir().unwrap();
            copy(original.path(), folder.path());
            write_number(folder.path(), &table, &column, number);
            let secrets = Some(std::sync::Arc::new(MemorySecrets::default()) as _);
            let mut desk = TestDesk::with(&cloud, folder.path(), clock.clone(), secrets);
            let asked = std::panic::AssertUnwindSafe(call_everything(&cloud, &mut desk, 5, &all));
            match futures_util::FutureExt::catch_unwind(asked).await {
                Ok(said) => wrong.extend(said.into_iter().map(|said| format!("{table}.{column} = {number}: {said}"))),
                Err(_) => wrong.push(format!("{table}.{column} = {number}: it panicked")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
