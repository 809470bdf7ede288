//! The keys of a database that a backup replaces. They describe this computer's keyring and Cloudflare, not the data, so a
//! restore keeps them.

use rusqlite::{Connection, Row, params};

/// The columns, in one order for both databases.
const COLUMNS: &str = "kid, name, purpose, group_id, recording_id, state, origin, made_at, changed_at, delete_after";

/// Keeps the keys of the database that is replaced. A key that only the backup knows signs no more.
pub(in crate::store) fn keep(replaced: &Connection, restored: &Connection) -> rusqlite::Result<()> {
    let has_keys = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'signing_keys')";
    restored.execute("UPDATE signing_keys SET state = 'replaced' WHERE state = 'in_use'", [])?;
    if !replaced.query_row(has_keys, [], |row| row.get(0))? {
        let kid = replaced
            .query_row("SELECT value FROM settings WHERE key = 'signing_kid'", [], |row| row.get::<_, String>(0));
        if let Ok(kid) = kid {
            restored.execute(
                "INSERT INTO signing_keys (kid, name, purpose, state, origin, made_at, changed_at)
                 VALUES (?1, 'This desk', 'desk', 'in_use', 'made', 0, 0)
                 ON CONFLICT (kid) DO UPDATE SET state = 'in_use', purpose = 'desk'",
                [kid],
            )?;
        }
        return Ok(());
    }
    let text = |row: &Row<'_>, index| row.get::<_, rusqlite::types::Value>(index);
    let mut groups = replaced.prepare("SELECT id, name, created_at FROM key_groups")?;
    let mut rows = groups.query([])?;
    while let Some(row) = rows.next()? {
        // A group of the backup with the same name and another id gives way.
        restored.execute(
            "UPDATE key_groups SET name = name || ' (' || substr(id, -4) || ')' WHERE name = ?2 AND id <> ?1",
            params![text(row, 0)?, text(row, 1)?],
        )?;
        restored.execute(
            "INSERT INTO key_groups (id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2",
            params![text(row, 0)?, text(row, 1)?, text(row, 2)?],
        )?;
    }
    let mut keys = replaced.prepare(&format!("SELECT {COLUMNS} FROM signing_keys"))?;
    let mut rows = keys.query([])?;
    let insert =
        format!("INSERT OR REPLACE INTO signing_keys ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    let mut insert = restored.prepare(&insert)?;
    while let Some(row) = rows.next()? {
        let values = (0..10).map(|index| text(row, index)).collect::<Result<Vec<_>, _>>()?;
        insert.execute(rusqlite::params_from_iter(values))?;
    }
    let mut intents = replaced.prepare("SELECT at, known FROM key_intents")?;
    let mut rows = intents.query([])?;
    restored.execute("DELETE FROM key_intents", [])?;
    while let Some(row) = rows.next()? {
        restored
            .execute("INSERT INTO key_intents (at, known) VALUES (?1, ?2)", params![text(row, 0)?, text(row, 1)?])?;
    }
    Ok(())
}
