//! Exports the schedule, the recordings and the ledger of links as tables for other programs. None of them holds a
//! secret.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use crate::actions::guard;
use crate::actions::profile::backups;
use crate::context::Context;
use crate::domain::library::description::Tag;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::store::Store;

/// A table with named columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name of the table, also used in file names.
    pub name: &'static str,
    /// The names of the columns. They never change, because other programs rely on them.
    pub columns: &'static [&'static str],
    /// The rows, each with one value per column; `None` for an unknown value.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Reads all tables from a database.
pub fn tables(store: &Store) -> Result<Vec<Table>, Error> {
    Ok(vec![schedule(store)?, recordings(store)?, links(store)?])
}

/// Writes every table into a folder, as JSON and as CSV. Makes the folder if it does not exist; never overwrites a
/// file. Returns the paths of the files.
fn write_into(store: &Store, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, &error))?;
    let mut files = Vec::new();
    for table in tables(store)? {
        for (ending, text) in [("json", json(&table)), ("csv", csv(&table))] {
            let path = folder.join(format!("{}.{ending}", table.name));
            write_new(&path, &text).map_err(|error| Error::file(&path, &error))?;
            files.push(path);
        }
    }
    Ok(files)
}

/// Writes every table of a data folder’s database into another folder. `None` if the data folder has no database.
pub fn export_folder(data: &Path, target: &Path) -> Result<Option<Vec<PathBuf>>, Error> {
    guard::allow_folder(data, Permission::KeepData)?;
    if !Store::is_in(data)? {
        return Ok(None);
    }
    write_into(&Store::open(data)?, target).map(Some)
}

/// Writes every table of the account that is open into a new folder inside `target`. Returns the folder's path and the
/// bytes written.
pub fn export_into(context: &Context, target: &Path) -> Result<(PathBuf, u64), Error> {
    guard::allow(context, Permission::KeepData)?;
    save_into(context.store(), target, context.now())
}

/// Writes every table into a new folder inside `target`, named after the date and time. Returns the folder's path and
/// the bytes written.
pub fn save_into(store: &Store, target: &Path, now: DateTime<Utc>) -> Result<(PathBuf, u64), Error> {
    let folder = backups::free_name(target, "Hajime export", "", now)?;
    let files = write_into(store, &folder)?;
    let bytes = files.iter().filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum();
    Ok((folder, bytes))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn json(table: &Table) -> String {
    let object = |row: &Vec<Option<String>>| {
        let members = table.columns.iter().zip(row);
        let value = |value: &Option<String>| value.clone().map_or(Value::Null, Value::String);
        Value::Object(members.map(|(name, held)| ((*name).to_owned(), value(held))).collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = table.rows.iter().map(object).collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"
}

/// Writes a table as CSV (RFC 4180). A value that a spreadsheet would read as a formula gets an apostrophe in front
/// (OWASP, “CSV Injection”).
fn csv(table: &Table) -> String {
    let cell = |text: &str| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
    };
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let header = line(table.columns.iter().map(|name| cell(name)).collect());
    let rows =
        table.rows.iter().map(|row| line(row.iter().map(|held| cell(held.as_deref().unwrap_or_default())).collect()));
    std::iter::once(header).chain(rows).collect()
}

fn schedule(store: &Store) -> Result<Table, Error> {
    let rows = store.sessions(None, None)?.into_iter().map(|session| {
        let (plan, room) = (&session.plan, session.state.room());
        vec![
            Some(session.id.to_string()),
            Some(plan.title.clone()),
            Some(plan.instructor_name().to_owned()),
            Some(instant(plan.start.instant())),
            Some(instant(plan.end())),
            Some(plan.start.zone().name().to_owned()),
            Some(plan.record.to_string()),
            Some(plan.quality.name().to_owned()),
            Some(plan.max_participants.to_string()),
            Some(session.state.name().to_owned()),
            room.map(|room| room.id.to_string()),
            room.map(|room| instant(room.opened_at)),
            session.state.ended_at().map(instant),
        ]
    });
    let columns = &[
        "id",
        "title",
        "instructor",
        "start",
        "end",
        "timezone",
        "record",
        "quality",
        "max_participants",
        "status",
        "room_id",
        "started_at",
        "ended_at",
    ];
    Ok(Table { name: "schedule", columns, rows: rows.collect() })
}

fn recordings(store: &Store) -> Result<Table, Error> {
    let all = store.every_recording()?;
    let mut written = store.descriptions(all.iter().map(|recording| recording.id))?;
    let rows = all.into_iter().map(|recording| {
        let (notes, tags) = written.remove(&recording.id).unzip();
        let tags = tags.map(|tags| tags.values().map(Tag::name).collect::<Vec<_>>().join(", "));
        let (facts, status) = (&recording.facts, recording.status());
        let cause = match recording.stage {
            Stage::Failed { cause, .. } => Some(cause.code().to_owned()),
            _ => None,
        };
        vec![
            Some(recording.id.to_string()),
            Some(recording.session.to_string()),
            Some(recording.title.clone()),
            Some(recording.instructor_name().to_owned()),
            Some(recording.timezone.name().to_owned()),
            Some(status.name().to_owned()),
            cause,
            facts.started_at.map(instant),
            facts.stopped_at.map(instant),
            facts.length.map(|length| length.num_seconds().to_string()),
            facts.size.map(|size| size.to_string()),
            facts.video.as_ref().map(ToString::to_string),
            facts.realtimekit_recording.as_ref().map(ToString::to_string),
            Some(instant(recording.created_at)),
            recording.removed_at.map(instant),
            notes.filter(|notes| !notes.is_empty()),
            tags.filter(|tags| !tags.is_empty()),
        ]
    });
    let columns = &[
        "id",
        "session_id",
        "title",
        "instructor",
        "timezone",
        "status",
        "cause",
        "recorded_from",
        "recorded_to",
        "length_seconds",
        "size_bytes",
        "video_id",
        "cloud_recording_id",
        "created_at",
        "removed_at",
        "notes",
        "tags",
    ];
    Ok(Table { name: "recordings", columns, rows: rows.collect() })
}

fn links(store: &Store) -> Result<Table, Error> {
    let rows = store.links()?.into_iter().map(|link| {
        vec![
            Some(link.id.to_string()),
            Some(link.recording.to_string()),
            Some(link.recording_title),
            Some(link.video.to_string()),
            link.kid.map(|kid| kid.to_string()),
            Some(instant(link.created_at)),
            Some(instant(link.expires_at)),
            Some(link.download.to_string()),
        ]
    });
    let columns =
        &["id", "recording_id", "title", "video_id", "signing_key_id", "created_at", "expires_at", "download"];
    Ok(Table { name: "links", columns, rows: rows.collect() })
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_looks_like_a_formula_gets_an_apostrophe_in_csv() {
        let rows = vec![vec![Some("=HYPERLINK(\"http://x\")".to_owned()), None]];
        let table = Table { name: "schedule", columns: &["title", "room_id"], rows };
        assert_eq!(csv(&table), "\"title\",\"room_id\"\r\n\"'=HYPERLINK(\"\"http://x\"\")\",\"\"\r\n");
        let read: Value = serde_json::from_str(&json(&table)).unwrap();
        assert_eq!(read, serde_json::json!([{ "title": "=HYPERLINK(\"http://x\")", "room_id": null }]));
    }

    #[test]
    fn a_second_export_in_the_same_minute_gets_a_numbered_folder() {
        let (data, downloads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(data.path()).unwrap();
        let now = "2026-11-29T10:00:00Z".parse().unwrap();
        let (first, bytes) = save_into(&store, downloads.path(), now).unwrap();
        let (second, _) = save_into(&store, downloads.path(), now).unwrap();
        assert_eq!(first, downloads.path().join("Hajime export 2026-11-29 10.00"));
        assert_eq!(second, downloads.path().join("Hajime export 2026-11-29 10.00 (2)"));
        assert_eq!(std::fs::read_dir(&first).unwrap().count(), 6);
        assert!(bytes > 0);
    }
}
