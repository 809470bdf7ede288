//! The filters and orders of the list in SQL, for the row `r` of `recordings`.

use rusqlite::types::Value;

use crate::domain::library::query::{Cursor, Filter, Flag, Query, SortBy};
use crate::store::recorder::attempts;
use crate::store::to_millis;

/// A condition with the values of its placeholders, in their order.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Condition {
    pub(in crate::store) sql: String,
    pub(in crate::store) values: Vec<Value>,
}

impl Condition {
    pub(in crate::store) fn and(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(sql);
        self.values.extend(values);
    }
}

/// A status.
pub(in crate::store) const fn status(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "1",
        Filter::Ready => "r.status = 'READY'",
        Filter::Processing => "r.status IN ('RECORDING', 'PROCESSING')",
        Filter::Failed => "(r.status = 'FAILED' AND r.cause IS NOT 'video_missing')",
        Filter::Deleted => "(r.status = 'FAILED' AND r.cause IS 'video_missing')",
    }
}

/// What recordings have or lack.
pub(in crate::store) fn flag(flag: Flag, query: &Query) -> String {
    let sql = match flag {
        Flag::NotShared => {
            "(r.status = 'READY' AND NOT EXISTS (SELECT 1 FROM share_links l WHERE l.recording_id = r.id))"
        }
        Flag::NoCaptions => {
            "(r.status = 'READY' AND NOT EXISTS (SELECT 1 FROM transcript_lines t WHERE t.session = r.session_id)
              AND NOT EXISTS (SELECT 1 FROM captions c WHERE c.recording_id = r.id AND c.state = 'ready'))"
        }
        Flag::SilentOrBlank => "EXISTS (SELECT 1 FROM check_stretches s WHERE s.recording_id = r.id)",
        Flag::Untagged => "NOT EXISTS (SELECT 1 FROM recording_tags t WHERE t.recording_id = r.id)",
        Flag::Kept => {
            "EXISTS (SELECT 1 FROM recording_retention k WHERE k.recording_id = r.id AND k.decision = 'keep')"
        }
        Flag::Expiring => return expires_before(&query.soon.map_or(i64::MIN, to_millis).to_string()),
    };
    sql.to_owned()
}

/// That Stream deletes the video before a moment.
fn expires_before(moment: &str) -> String {
    format!("(r.status = 'READY' AND r.video_deletion IS NOT NULL AND r.video_deletion < {moment})")
}

/// What every list leaves out: removed recordings, and attempts for which another recording stands.
pub(in crate::store) fn listed() -> String {
    format!("r.removed_at IS NULL AND {}", attempts::stands())
}

/// The conditions of a query, without those of its words, its status and its flags.
pub(in crate::store) fn common(query: &Query) -> Condition {
    let mut all = Condition::default();
    all.and(&listed(), []);
    if let Some(instructor) = &query.instructor {
        all.and("r.instructor = ?", [Value::from(instructor.clone())]);
    }
    for tag in &query.tags {
        let has = "EXISTS (SELECT 1 FROM recording_tags t WHERE t.recording_id = r.id AND t.tag = ?)";
        all.and(has, [Value::from(tag.clone())]);
    }
    if let Some(from) = query.from {
        all.and("r.created_at >= ?", [Value::from(to_millis(from))]);
    }
    if let Some(until) = query.until {
        all.and("r.created_at < ?", [Value::from(to_millis(until))]);
    }
    if let Some(moment) = query.expires_before {
        all.and(&expires_before("?"), [Value::from(to_millis(moment))]);
    }
    all
}

/// The conditions of a query, without those of its words.
pub(in crate::store) fn without_words(query: &Query) -> Condition {
    let mut all = common(query);
    if query.filter != Filter::All {
        all.and(status(query.filter), []);
    }
    for one in &query.flags {
        all.and(&flag(*one, query), []);
    }
    all
}

/// The recordings that an expression of the index finds.
pub(in crate::store) const IN_INDEX: &str = "r.id IN (SELECT d.recording_id FROM search_text f JOIN search_docs d ON d.doc = f.rowid WHERE f.search_text MATCH ?)";

/// The recordings that an expression of the index finds, with their numbers, as the beginning of a query.
pub(in crate::store) const FROM_INDEX: &str =
    "FROM search_text f JOIN search_docs d ON d.doc = f.rowid JOIN recordings r ON r.id = d.recording_id
     WHERE f.search_text MATCH ?";

/// The value by which the list is sorted.
pub(in crate::store) const fn sorted_by(by: SortBy) -> &'static str {
    match by {
        SortBy::Fit | SortBy::When => "r.created_at",
        SortBy::Title => "r.words",
        SortBy::Instructor => "r.instructor",
        SortBy::Length => "coalesce(r.length, -1)",
        SortBy::Size => "coalesce(r.size, -1)",
        SortBy::Status => {
            "CASE r.status WHEN 'RECORDING' THEN 1 WHEN 'PROCESSING' THEN 2 WHEN 'FAILED' THEN 3 ELSE 4 END"
        }
        SortBy::Links => "(SELECT count(*) FROM share_links l WHERE l.recording_id = r.id)",
    }
}

/// The rows after a cursor.
pub(in crate::store) fn after(query: &Query, cursor: &Cursor) -> Condition {
    let (sign, value_column) = (if query.sort.descending { '<' } else { '>' }, sorted_by(query.sort_by()));
    let value = match &cursor.value {
        serde_json::Value::Number(number) => Value::from(number.as_i64().unwrap_or_default()),
        other => Value::from(other.as_str().unwrap_or_default().to_owned()),
    };
    Condition {
        // The first half leads to the place in the index, the second one decides between rows with the same value.
        sql: format!("{value_column} {sign}= ? AND ({value_column} {sign} ? OR r.id > ?)"),
        values: vec![value.clone(), value, cursor.id.to_string().into()],
    }
}

/// The order of a query. Of two rows with the same value, the one with the smaller id comes first, whatever the order.
pub(in crate::store) fn order(query: &Query) -> String {
    let direction = if query.sort.descending { "DESC" } else { "ASC" };
    format!("{} {direction}, r.id", sorted_by(query.sort_by()))
}
