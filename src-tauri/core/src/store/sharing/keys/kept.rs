//! The keys of a database that a backup replaces, and their links that have not ended. They describe this computer's
//! keyring and Cloudflare, not the data, so a restore keeps them.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params, params_from_iter};

use crate::store::to_millis;

/// The columns, in one order for both databases.
const KEY: &str = "kid, name, purpose, group_id, recording_id, state, origin, made_at, changed_at, delete_after";
const LINK: &str = "id, recording_id, video_id, kid, created_at, expires_at, download";

type Rows = Vec<Vec<Value>>;

/// What the replaced database knows of keys and of links that work.
#[derive(Debug)]
pub(in crate::store) struct Kept {
    keys: Keys,
    links: Rows,
}

#[derive(Debug)]
enum Keys {
    /// They could not be read, so those of the backup stay as they are.
    Unknown,
    /// The only key, from before keys had a table.
    Only(Option<String>),
    Known {
        groups: Rows,
        keys: Rows,
        intents: Rows,
    },
}

impl Kept {
    /// Reads the replaced database. What is damaged is left out, because a backup must be able to replace it.
    pub(in crate::store) fn read(replaced: &Connection, now: DateTime<Utc>) -> Self {
        let unread = |what: &str, error: rusqlite::Error| tracing::warn!(%error, "{what} of the replaced database cannot be read");
        let keys = read_keys(replaced).unwrap_or_else(|error| {
            unread("the signing keys", error);
            Keys::Unknown
        });
        let works = format!("SELECT {LINK} FROM share_links WHERE expires_at > {}", to_millis(now));
        let links = rows(replaced, &works, 7).unwrap_or_else(|error| {
            unread("the links", error);
            Rows::new()
        });
        Self { keys, links }
    }

    /// Writes it into the restored database. A key that only the backup knows signs no more.
    pub(in crate::store) fn keep(self, restored: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
        let no_more = "UPDATE signing_keys SET state = 'replaced' WHERE state = 'in_use'";
        match self.keys {
            Keys::Unknown => {}
            Keys::Only(kid) => {
                restored.execute(no_more, [])?;
                if let Some(kid) = kid {
                    restored.execute(
                        "INSERT INTO signing_keys (kid, name, purpose, state, origin, made_at, changed_at)
                         VALUES (?1, 'This desk', 'desk', 'in_use', 'made', ?2, ?2)
                         ON CONFLICT (kid) DO UPDATE SET state = 'in_use', purpose = 'desk'",
                        params![kid, to_millis(now)],
                    )?;
                }
            }
            Keys::Known { groups, keys, intents } => {
                restored.execute(no_more, [])?;
                for group in groups {
                    // A group of the backup with the same name and another id gives way.
                    restored.execute(
                        "UPDATE key_groups SET name = name || ' (' || substr(id, -4) || ')' WHERE name = ?2 AND id <> ?1",
                        params_from_iter(group.iter().take(2)),
                    )?;
                    restored.execute(
                        "INSERT INTO key_groups (id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2",
                        params_from_iter(group),
                    )?;
                }
                let insert = format!(
                    "INSERT OR REPLACE INTO signing_keys ({KEY}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                );
                let mut insert = restored.prepare(&insert)?;
                for key in keys {
                    insert.execute(params_from_iter(key))?;
                }
                restored.execute("DELETE FROM key_intents", [])?;
                for intent in intents {
                    let insert = "INSERT INTO key_intents (at, known) VALUES (?1, ?2)";
                    restored.execute(insert, params_from_iter(intent))?;
                }
            }
        }
        // Links that work can be revoked only while they are known.
        let insert = format!(
            "INSERT OR IGNORE INTO share_links ({LINK})
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM recordings WHERE id = ?2)"
        );
        let mut insert = restored.prepare(&insert)?;
        for link in self.links {
            insert.execute(params_from_iter(link))?;
        }
        Ok(())
    }
}

fn read_keys(replaced: &Connection) -> rusqlite::Result<Keys> {
    let has_keys = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'signing_keys')";
    if !replaced.query_row(has_keys, [], |row| row.get(0))? {
        let kid = "SELECT max(value) FROM settings WHERE key = 'signing_kid'";
        return Ok(Keys::Only(replaced.query_row(kid, [], |row| row.get(0))?));
    }
    Ok(Keys::Known {
        groups: rows(replaced, "SELECT id, name, created_at FROM key_groups", 3)?,
        keys: rows(replaced, &format!("SELECT {KEY} FROM signing_keys"), 10)?,
        intents: rows(replaced, "SELECT at, known FROM key_intents", 2)?,
    })
}

fn rows(connection: &Connection, sql: &str, columns: usize) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare(sql)?;
    let read = statement
        .query_map([], |row| (0..columns).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>())?;
    read.collect()
}
