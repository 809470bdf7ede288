//! The ledger as a CSV file for spreadsheet programs, and as JSON for other ones.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::domain::sharing::ledger::row::LedgerRow;
use crate::domain::spreadsheet::{BYTE_ORDER_MARK, add_line};

/// The titles of the columns.
const TITLES: [&str; 18] = [
    "desk",
    "n",
    "at",
    "act",
    "role",
    "os_user",
    "recording_id",
    "title",
    "session_id",
    "video_id",
    "link_id",
    "key_id",
    "download",
    "not_before",
    "rules",
    "expires_at",
    "fingerprint",
    "note",
];

/// Begins the file: the mark of UTF-8 and the titles.
#[must_use]
pub fn begin() -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    add_line(&mut text, &TITLES.map(str::to_owned));
    text
}

/// Adds the line of a row. Times are in UTC.
pub fn add(text: &mut String, row: &LedgerRow) {
    add_line(text, &cells(row));
}

/// A row as JSON, with the titles of the columns as names. What a row does not have is `null`.
#[must_use]
pub fn json(row: &LedgerRow) -> Value {
    let value = |cell: String| if cell.is_empty() { Value::Null } else { Value::String(cell) };
    TITLES.into_iter().map(str::to_owned).zip(cells(row).map(value)).collect()
}

fn cells(row: &LedgerRow) -> [String; 18] {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let rights = row.rights.as_ref();
    let rules = rights.filter(|rights| !rights.rules.is_empty());
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.desk.clone(),
        row.n.to_string(),
        instant(row.at),
        row.act.clone(),
        row.role.clone(),
        row.os_user.clone(),
        known(&row.recording),
        known(&row.title),
        known(&row.session),
        known(&row.video),
        row.link.map(|link| link.to_string()).unwrap_or_default(),
        known(&row.kid),
        rights.map(|rights| rights.download.to_string()).unwrap_or_default(),
        rights.and_then(|rights| rights.not_before).map(instant).unwrap_or_default(),
        rules.and_then(|rights| serde_json::to_string(&rights.rules).ok()).unwrap_or_default(),
        row.expires_at.map(instant).unwrap_or_default(),
        row.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.note.clone(),
    ]
}
