//! Pages of the ledger, newest first. Each filter has an index in the order of the pages.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::LinkId;
use crate::domain::sharing::key::KeyState;
use crate::domain::sharing::ledger::row::{ENDS_SOON, Filter, LedgerRow, PAGE_MAX, Page, Place};
use crate::domain::sharing::ledger::{Act, Fingerprint};
use crate::store::{Error, Store, moment, set_moment, to_millis};

/// How long ago a direct link was made at most that still works: a day, and an hour for clocks that differ.
const LONGEST_AGE: TimeDelta = TimeDelta::hours(25);

const COLUMNS: &str = "l.seq, l.desk, l.n, l.at, l.act, l.role, l.os_user, l.recording_id, r.title, l.session_id, l.video_id, l.link_id, l.kid,
    k.name, k.state, l.rights, l.expires_at, l.fingerprint, l.note, l.signature IS NOT NULL, w.revoked_at IS NOT NULL";

impl Store {
    /// Returns a part of the ledger, newest first, from behind a place on.
    pub fn ledger(&self, filter: &Filter, after: Option<Place>, limit: u32, now: DateTime<Utc>) -> Result<Page, Error> {
        let limit = limit.clamp(1, PAGE_MAX);
        let (conditions, mut values) = conditions(filter, now);
        let place = after.unwrap_or(Place { at: i64::MAX, seq: i64::MAX });
        values.extend([place.at.into(), place.seq.into(), i64::from(limit).saturating_add(1).into()]);
        // The rows of the page are found before anything is joined to them.
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT * FROM ledger WHERE {conditions} (at, seq) < (?, ?) ORDER BY at DESC, seq DESC LIMIT ?) l
             LEFT JOIN recordings r ON r.id = l.recording_id LEFT JOIN signing_keys k ON k.kid = l.kid
             LEFT JOIN watch_links w ON w.id = l.link_id
             ORDER BY l.at DESC, l.seq DESC"
        );
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| Ok(read(row)))?;
        let mut rows = rows.map(|row| row?).collect::<Result<Vec<_>, Error>>()?;
        let kept = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > kept;
        rows.truncate(kept);
        let next = rows.last().filter(|_| has_more).map(|row| row.place);
        Ok(Page { rows, next })
    }
}

/// The conditions, each followed by `AND`, and their values.
fn conditions(filter: &Filter, now: DateTime<Utc>) -> (String, Vec<Value>) {
    let (mut sql, mut values) = (String::new(), Vec::<Value>::new());
    let mut add = |condition: &str, with: Vec<Value>| {
        sql.push_str(condition);
        sql.push_str(" AND ");
        values.extend(with);
    };
    let only_links = filter.works || filter.ends_soon;
    if let Some(act) = if only_links { Some(Act::LinkMade) } else { filter.act } {
        add("act = ?", vec![act.name().to_owned().into()]);
    }
    if let Some(recording) = filter.recording {
        add("recording_id = ?", vec![recording.to_string().into()]);
    }
    if let Some(kid) = &filter.kid {
        add("kid = ?", vec![kid.as_str().to_owned().into()]);
    }
    if !filter.text.is_empty() {
        let like = format!("%{}%", filter.text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        add(
            "(os_user LIKE ? ESCAPE '\\' OR note LIKE ? ESCAPE '\\' OR recording_id IN (SELECT id FROM recordings WHERE title LIKE ? ESCAPE '\\'))",
            vec![like.clone().into(), like.clone().into(), like.into()],
        );
    }
    if only_links {
        // No direct link works longer than a day, so rows need not be read that are older than that and than the watch links.
        let (present, earliest) = (to_millis(now), to_millis(now.earlier(LONGEST_AGE)));
        let oldest =
            "at >= min(?, coalesce((SELECT min(made_at) FROM watch_links WHERE until > ? AND revoked_at IS NULL), ?))";
        add(oldest, vec![earliest.into(), present.into(), earliest.into()]);
        add("expires_at > ?", vec![present.into()]);
        let revoked =
            "NOT EXISTS (SELECT 1 FROM signing_keys s WHERE s.kid = ledger.kid AND s.state IN ('revoked', 'missing'))";
        add(revoked, Vec::new());
        add(
            "NOT EXISTS (SELECT 1 FROM watch_links w WHERE w.id = ledger.link_id AND w.revoked_at IS NOT NULL)",
            Vec::new(),
        );
    }
    if filter.ends_soon {
        add("expires_at <= ?", vec![to_millis(now.later(ENDS_SOON)).into()]);
    }
    (sql, values)
}

fn read(row: &Row<'_>) -> Result<LedgerRow, Error> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let rights = text(15)?;
    let link = text(11)?.map(|link| link.parse::<LinkId>().map_err(|_| Error::unreadable("link id", &link)));
    Ok(LedgerRow {
        place: Place { seq: row.get(0)?, at: row.get(3)? },
        desk: row.get(1)?,
        n: row.get(2)?,
        at: moment(row, 3)?,
        act: row.get(4)?,
        role: row.get(5)?,
        os_user: row.get(6)?,
        recording: text(7)?,
        title: text(8)?,
        session: text(9)?,
        video: text(10)?,
        link: link.transpose()?,
        kid: text(12)?,
        key_name: text(13)?,
        key_state: text(14)?.as_deref().and_then(KeyState::named),
        rights: rights.as_deref().and_then(|rights| serde_json::from_str(rights).ok()),
        expires_at: set_moment(row, 16)?,
        fingerprint: text(17)?.as_deref().and_then(Fingerprint::parse),
        note: row.get(18)?,
        is_signed: row.get(19)?,
        is_revoked: row.get(20)?,
    })
}
