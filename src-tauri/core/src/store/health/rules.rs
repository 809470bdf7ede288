//! `alert_rules`: the rules that a person changed or added.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use crate::domain::health::alert::rule::{self, Rule, fields};
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::JournalId;
use crate::domain::profile::journal::{Entity, FieldChanges};
use crate::store::journal::append::Entry;
use crate::store::{Error, Store};

impl Store {
    /// Every rule: those that Hajime brings, then those that people added.
    pub fn alert_rules(&self) -> Result<Vec<Rule>, Error> {
        read_rules(self.connection().raw())
    }

    /// Adds, changes or removes a rule for a person and writes the journal entry. `change` receives all rules and
    /// returns them as they are to be; only the one with this id may differ.
    pub fn change_alert_rule_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: RuleId,
        now: DateTime<Utc>,
        change: impl FnOnce(Vec<Rule>) -> Result<Vec<Rule>, E>,
    ) -> Result<Vec<Rule>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = read_rules(transaction)?;
            let after = change(before.clone())?;
            write_rule(transaction, id, &before, &after, &Entry { desk: &desk, now })?;
            Ok(read_rules(transaction)?)
        })
    }
}

/// What this version does not understand is as Hajime brings it: a rule is changed again in a moment.
pub(in crate::store) fn read_rules(connection: &Connection) -> Result<Vec<Rule>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, fields FROM alert_rules ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut changed = Vec::new();
    for row in rows {
        let (id, fields) = row?;
        let read = || rule::from_fields(id.parse().ok()?, &serde_json::from_str(&fields).ok()?);
        changed.extend(read());
    }
    Ok(rule::all(&changed))
}

/// Stores one rule as it is among `after`, or deletes it, and writes the journal entry.
pub(in crate::store) fn write_rule(
    transaction: &Transaction<'_>,
    id: RuleId,
    before: &[Rule],
    after: &[Rule],
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let of = |all: &[Rule]| all.iter().find(|rule| rule.id == id).map(fields);
    let (before, after) = (of(before), of(after));
    let brought = match id {
        RuleId::Brought(metric) => Some(fields(&Rule::brought(metric))),
        RuleId::Own(_) => None,
    };
    match &after {
        Some(after) if Some(after) != brought.as_ref() => transaction
            .prepare_cached("INSERT INTO alert_rules VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET fields = ?2")?
            .execute(params![id.to_string(), serde_json::Value::Object(after.clone()).to_string()])?,
        _ => transaction.prepare_cached("DELETE FROM alert_rules WHERE id = ?1")?.execute([id.to_string()])?,
    };
    let changes = FieldChanges::between(&before.unwrap_or_default(), &after.unwrap_or_default());
    changes.map(|changes| entry.append(transaction, Entity::AlertRule(id), &changes)).transpose()
}
