//! A database whose rows hold impossible numbers, as an older version, a damaged disk or another program leaves them: everything answers, and
//! nothing stops.

use std::path::Path;

use hajime_core::actions::{evidence, export, forecasts, gone, links, recordings, sessions, today};
use hajime_core::domain::ids::{RecordingId, SessionId};
use hajime_core::domain::link::Validity;
use hajime_core::jobs::sync;
use hajime_core::ports::MemorySecrets;
use hajime_core::store::{Filter, Query};
use rusqlite::Connection;
use serde_json::json;

use crate::reconcile::recorded;
use crate::support::{Cloud, Office};

const DATABASE: &str = "hajime.db";

/// Every number of every row that says something, by table.
fn numbers(folder: &Path) -> Vec<(String, String)> {
    let database = Connection::open(folder.join(DATABASE)).unwrap();
    let mut columns = database
        .prepare(
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.type = 'INTEGER' AND c.pk = 0 ORDER BY 1, 2",
        )
        .unwrap();
    columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Puts the number into every row that has one there.
fn put(folder: &Path, table: &str, column: &str, number: i64) {
    let database = Connection::open(folder.join(DATABASE)).unwrap();
    database.execute_batch("DROP TRIGGER share_links_are_final;").unwrap();
    database.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {column} IS NOT NULL"), [number]).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// Everything a person or a job asks a desk for. Answers what did not work.
async fn ask_everything(cloud: &Cloud, office: &mut Office, classes: usize, all: &[RecordingId]) -> Vec<String> {
    let desk = office.desk.clone();
    let mut wrong = Vec::new();
    let mut note = |what: &str, error: Option<String>| wrong.extend(error.map(|error| format!("{what}: {error}")));
    let listed = sessions::list(&desk, None, None);
    note(
        "the schedule is not whole",
        listed.as_ref().ok().filter(|all| all.len() != classes).map(|all| all.len().to_string()),
    );
    for filter in [Filter::All, Filter::Ready, Filter::Processing, Filter::Failed, Filter::Deleted] {
        let query = Query { search: String::new(), filter, limit: 100, offset: 0 };
        note("list", recordings::list(&desk, &query).err().map(|error| error.to_string()));
    }
    let ids: Vec<SessionId> =
        listed.as_ref().map(|all| all.iter().map(|session| session.id).collect()).unwrap_or_default();
    note("schedule", listed.err().map(|error| error.to_string()));
    note("today", today::today(&desk).err().map(|error| error.to_string()));
    note("live", sessions::live(&desk).err().map(|error| error.to_string()));
    note("title", sessions::window_title(&desk).err().map(|error| error.to_string()));
    note("closing", sessions::closing_question(&desk).err().map(|error| error.to_string()));
    note("links", links::list(&desk).err().map(|error| error.to_string()));
    note("gone", gone::gone(&desk).err().map(|error| error.to_string()));
    note("removed", gone::removed(&desk).err().map(|error| error.to_string()));
    note("export", export::tables(desk.store()).err().map(|error| error.to_string()));
    note("history", forecasts::history(&desk).err().map(|error| error.to_string()));
    for id in ids {
        note("session", sessions::get(&desk, id).err().map(|error| error.to_string()));
    }
    for id in all {
        note("detail", recordings::detail(&desk, *id).err().map(|error| error.to_string()));
        note("evidence", evidence::evidence(&desk, *id).err().map(|error| error.to_string()));
        match recordings::get(&desk, *id) {
            Ok(recording) => {
                note("expected", forecasts::expected(&desk, &recording).err().map(|error| error.to_string()));
                note("sentence", recordings::sentence(&desk, &recording).err().map(|error| error.to_string()));
            }
            Err(error) => note("recording", Some(error.to_string())),
        }
    }
    for _ in 0..2 {
        office.pass(cloud, 15).await;
    }
    note("sync", sync::sync(&desk).await.err().map(|error| error.to_string()));
    note("stopped", (desk.supervisor().stopped() > 0).then(|| format!("{:?}", desk.supervisor().incidents())));
    wrong
}

#[tokio::test]
async fn impossible_numbers_in_the_database_stop_nothing() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "v4_requests": 1_000_000, "kit_requests": 1_000_000 })).await;
    let original = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, original.path());
    let ready = recorded(&cloud, &mut office, "Karate").await;
    links::make(&office.desk, ready.id, Validity::DAY, false).await.unwrap();
    let deleted = recorded(&cloud, &mut office, "Judo").await;
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{}", deleted.facts.video.as_ref().unwrap())).await;
    sync::sync(&office.desk).await.unwrap();
    let on_its_way = office.schedule("Kendo");
    let started = sessions::start(&office.desk, on_its_way.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 90).await;
    sessions::end(&office.desk, on_its_way.id).await.unwrap();
    office.pass(&cloud, 15).await;
    let live = office.schedule("Aikido");
    let started = sessions::start(&office.desk, live.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 30).await;
    office.schedule("Sumo");
    let all: Vec<RecordingId> = office.desk.store().every_recording().unwrap().iter().map(|one| one.id).collect();
    assert!(all.len() >= 4, "{all:?}");
    let clock = office.clock.clone();
    drop(office);

    let columns = numbers(original.path());
    assert!(columns.len() > 30, "{columns:?}");
    let mut wrong = Vec::new();
    for (table, column) in columns {
        for number in [i64::MAX, i64::MIN] {
            let folder = tempfile::tempdir().unwrap();
            copy(original.path(), folder.path());
            put(folder.path(), &table, &column, number);
            let secrets = Some(std::sync::Arc::new(MemorySecrets::default()) as _);
            let mut office = Office::with(&cloud, folder.path(), clock.clone(), secrets);
            let asked = std::panic::AssertUnwindSafe(ask_everything(&cloud, &mut office, 5, &all));
            match futures_util::FutureExt::catch_unwind(asked).await {
                Ok(said) => wrong.extend(said.into_iter().map(|said| format!("{table}.{column} = {number}: {said}"))),
                Err(_) => wrong.push(format!("{table}.{column} = {number}: it panicked")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
