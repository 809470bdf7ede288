//! Which links a key signed that still work: what its deletion would break.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::domain::ids::{KeyId, RecordingId};
use crate::domain::sharing::link::ShareLink;
use crate::store::sharing::links;
use crate::store::{Error, Store, count, moment, to_millis};

/// The links of a key that have not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    /// How many there are.
    pub links: u32,
    /// When the last of them ends.
    pub until: DateTime<Utc>,
}

impl Store {
    /// Returns for each key how many of its links have not ended, and when the last of them ends.
    pub fn key_uses(&self, now: DateTime<Utc>) -> Result<HashMap<String, KeyUse>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT kid, count(*), max(expires_at) FROM share_links WHERE kid IS NOT NULL AND expires_at > ?1 GROUP BY kid",
        )?;
        let rows = statement.query_map([to_millis(now)], |row| {
            Ok((row.get(0)?, KeyUse { links: count(row, 1)?, until: moment(row, 2)? }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the links of a key that have not ended, those that end last first.
    pub fn links_of_key(&self, kid: &KeyId, now: DateTime<Utc>) -> Result<Vec<ShareLink>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "{} WHERE l.kid = ?1 AND l.expires_at > ?2 ORDER BY l.expires_at DESC, l.id",
            links::SELECT
        ))?;
        let rows = statement.query_map(params![kid.as_str(), to_millis(now)], |row| Ok(links::read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the keys of the links of a recording that have not ended, and the recording's own keys: after a restore,
    /// those may have links that nobody knows. `None` among them stands for links that Cloudflare signed.
    pub fn keys_of_recording(&self, recording: RecordingId, now: DateTime<Utc>) -> Result<Vec<Option<KeyId>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT l.kid FROM share_links l LEFT JOIN signing_keys k ON k.kid = l.kid
             WHERE l.recording_id = ?1 AND l.expires_at > ?2 AND coalesce(k.state, '') NOT IN ('revoked', 'missing')
             UNION SELECT kid FROM signing_keys WHERE purpose = 'recording' AND recording_id = ?1 AND state IN ('in_use', 'replaced')
             ORDER BY 1",
        )?;
        let values = params![recording.to_string(), to_millis(now)];
        let rows = statement.query_map(values, |row| row.get::<_, Option<String>>(0))?;
        rows.map(|kid| kid?.map(|kid| super::read_id(&kid)).transpose()).collect()
    }
}
