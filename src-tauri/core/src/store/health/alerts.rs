//! `alerts` and `alert_messages`: alerts, and what was told of them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params, params};

use crate::domain::bounds::{self, Moved as _};
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::notification::Notification;
use crate::domain::delivery::outgoing_event::{AlertFacts, EventFacts, EventSubject, OutgoingEvent};
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::episode::{Alert, News, Told};
use crate::domain::health::alert::evaluate::{Change, END_TOLD_WITHIN, MESSAGES_WITHIN};
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::health::period::Period;
use crate::domain::ids::{AlertId, EventId};
use crate::store::delivery::{channels, deliveries, mail};
use crate::store::{Error, Store, outbox, set_moment, to_millis};

/// How long an alert that ended is kept.
const RETENTION: TimeDelta = TimeDelta::days(365);
/// How many alerts that ended are kept at most.
const CLOSED_MAX: u32 = 5_000;

const COLUMNS: &str = "id, rule_id, metric, threshold, since, opened_at, well_since, closed_at, detail, affected, affected_total, held_back, acknowledged_at, snoozed_until";

const AT_WORK: &str = "id IN (SELECT id FROM alerts WHERE closed_at IS NULL
    UNION ALL SELECT id FROM alerts WHERE closed_at >= ?1) ORDER BY id";
const OPEN: &str = "closed_at IS NULL AND opened_at IS NOT NULL ORDER BY opened_at DESC, id DESC";
const CLOSED: &str = "closed_at >= ?1 ORDER BY closed_at DESC, id DESC LIMIT ?2";
const TOLD_AT_WORK: &str = "SELECT m.alert_id, a.rule_id, m.channel, m.news, m.at
    FROM alert_messages m CROSS JOIN alerts a ON a.id = m.alert_id
    WHERE m.rowid IN (SELECT rowid FROM alert_messages WHERE at >= ?2 UNION ALL SELECT o.rowid FROM alert_messages o
      WHERE o.alert_id IN (SELECT id FROM alerts WHERE closed_at IS NULL
        UNION ALL SELECT id FROM alerts WHERE closed_at >= ?1))";

impl Store {
    /// The open alerts, the newest first.
    pub fn open_alerts(&self) -> Result<Vec<Alert>, Error> {
        select(self.connection().raw(), OPEN, params![])
    }

    /// The alerts that ended since a moment, the newest first.
    pub fn closed_alerts(&self, since: DateTime<Utc>, limit: u32) -> Result<Vec<Alert>, Error> {
        select(self.connection().raw(), CLOSED, params![to_millis(since), limit])
    }

    /// How many alerts are open.
    pub fn open_alerts_count(&self) -> Result<u32, Error> {
        let connection = self.connection();
        let sql = "SELECT count(*) FROM alerts WHERE closed_at IS NULL AND opened_at IS NOT NULL";
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// How many alerts opened in a period, and how many ended in it.
    pub fn alerts_counted(&self, period: &Period) -> Result<(u32, u32), Error> {
        let connection = self.connection();
        let sql = "SELECT count(*) FILTER (WHERE opened_at BETWEEN ?1 AND ?2), count(*) FILTER (WHERE closed_at BETWEEN ?1 AND ?2)
                   FROM alerts WHERE opened_at IS NOT NULL";
        let within = [to_millis(period.from), to_millis(period.to)];
        Ok(connection.prepare_cached(sql)?.query_row(within, |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// One alert.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, Error> {
        alert(self.connection().raw(), id)
    }

    /// When each rule last opened an alert, by the rule. Those that never did are absent.
    pub fn last_openings(&self) -> Result<HashMap<RuleId, DateTime<Utc>>, Error> {
        let connection = self.connection();
        let sql = "SELECT rule_id, max(opened_at) FROM alerts WHERE opened_at IS NOT NULL GROUP BY rule_id";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, bounds::nearest_moment(row.get::<_, i64>(1)?))))?;
        let known = |row: Result<(String, DateTime<Utc>), _>| {
            let (rule, at) = row?;
            // A rule about a metric that this version does not know was brought by a newer one.
            Ok(rule.parse::<RuleId>().ok().map(|rule| (rule, at)))
        };
        rows.filter_map(|row| known(row).transpose()).collect()
    }

    /// What was told of an alert on this computer, and its messages on their way or over.
    pub fn told_of_alert(&self, id: AlertId) -> Result<(Vec<Told>, Vec<QueuedDelivery>), Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT m.alert_id, a.rule_id, m.channel, m.news, m.at FROM alert_messages m JOIN alerts a ON a.id = m.alert_id
             WHERE m.alert_id = ?1 ORDER BY m.at, m.rowid",
        )?;
        let rows = statement.query_map([id.to_string()], |row| Ok(read_told(row)))?;
        let all: Vec<Option<Told>> = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        Ok((all.into_iter().flatten().collect(), deliveries::of_alert(connection.raw(), id)?))
    }

    /// Carries out what follows from the alerts that wait or are open, those that ended so recently that their end may
    /// still be told, and what was told: of these, and of every alert within the time in which messages are counted.
    /// All of it happens in one transaction, so that a message is written once, whatever processes look at the same
    /// moment, and what a person says of an alert meanwhile is kept.
    pub fn change_alerts(
        &self,
        now: DateTime<Utc>,
        follows: impl FnOnce(&[Alert], &[Told]) -> Vec<Change>,
    ) -> Result<Vec<Change>, Error> {
        self.write(|transaction| {
            let changes = follows(&at_work(transaction, now)?, &told_at_work(transaction, now)?);
            for change in &changes {
                match change {
                    Change::Wait(new) | Change::Open(new) | Change::Extend(new) => put(transaction, new)?,
                    Change::Close(new) => {
                        put(transaction, new)?;
                        deliveries::stop_openings(transaction, new.id)?;
                    }
                    Change::Forget(id) => {
                        transaction
                            .prepare_cached("DELETE FROM alerts WHERE id = ?1 AND opened_at IS NULL")?
                            .execute([id.to_string()])?;
                    }
                    Change::Tell { alert, channel, news } => tell(transaction, *alert, *channel, *news, now)?,
                }
            }
            if !changes.is_empty() {
                prune(transaction, now)?;
            }
            Ok(changes)
        })
    }

    /// Changes an open alert. `None` if there is none with this id.
    pub fn change_open_alert(&self, id: AlertId, change: impl FnOnce(&mut Alert)) -> Result<Option<Alert>, Error> {
        self.write(|transaction| {
            let Some(mut found) = alert(transaction, id)?.filter(Alert::is_open) else { return Ok(None) };
            change(&mut found);
            put(transaction, &found)?;
            Ok(Some(found))
        })
    }

    /// Whether the beginning of an alert arrived at a recipient, or may have.
    pub fn opening_left(&self, id: AlertId, channel: Channel, recipient: &str) -> Result<bool, Error> {
        deliveries::opening_left(self.connection().raw(), id, channel, recipient)
    }

    /// Whoever is written to about alerts, by address.
    pub fn alert_mail_recipients(&self) -> Result<Vec<String>, Error> {
        Ok(mail::read(self.connection().raw())?.of_alerts())
    }
}

fn select(connection: &Connection, rest: &str, values: impl rusqlite::Params) -> Result<Vec<Alert>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM alerts WHERE {rest}"))?;
    let rows = statement.query_map(values, |row| Ok(read(row)))?;
    // An alert of a metric that this version does not know was raised by a newer one.
    let all: Vec<Option<Alert>> = rows.map(|row| row?).collect::<Result<_, Error>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn at_work(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Alert>, Error> {
    select(connection, AT_WORK, params![to_millis(now.earlier(END_TOLD_WITHIN))])
}

fn told_at_work(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Told>, Error> {
    let mut statement = connection.prepare_cached(TOLD_AT_WORK)?;
    let (ended, counted) = (to_millis(now.earlier(END_TOLD_WITHIN)), to_millis(now.earlier(MESSAGES_WITHIN)));
    let rows = statement.query_map(params![ended, counted], |row| Ok(read_told(row)))?;
    let all: Vec<Option<Told>> = rows.map(|row| row?).collect::<Result<_, Error>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn alert(connection: &Connection, id: AlertId) -> Result<Option<Alert>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM alerts WHERE id = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([id.to_string()], |row| Ok(read(row))).optional()?;
    Ok(found.transpose()?.flatten())
}

fn put(transaction: &Transaction<'_>, alert: &Alert) -> Result<(), Error> {
    let affected = serde_json::to_string(&alert.affected).map_err(|error| Error::unreadable("alert", error))?;
    transaction
        .prepare_cached(&format!(
            "INSERT INTO alerts ({COLUMNS}) VALUES (:id, :rule, :metric, :threshold, :since, :opened, :well, :closed, :detail,
               :affected, :total, :held, :acknowledged, :snoozed)
             ON CONFLICT (id) DO UPDATE SET threshold = :threshold, since = :since, opened_at = :opened, well_since = :well,
               closed_at = :closed, detail = :detail, affected = :affected, affected_total = :total, held_back = :held,
               acknowledged_at = :acknowledged, snoozed_until = :snoozed"
        ))?
        .execute(named_params! {
            ":id": alert.id.to_string(),
            ":rule": alert.rule.to_string(),
            ":metric": alert.metric.about().name,
            ":threshold": alert.threshold,
            ":since": to_millis(alert.since),
            ":opened": alert.opened_at.map(to_millis),
            ":well": alert.well_since.map(to_millis),
            ":closed": alert.closed_at.map(to_millis),
            ":detail": alert.detail,
            ":affected": affected,
            ":total": alert.affected_total,
            ":held": alert.held_back,
            ":acknowledged": alert.acknowledged_at.map(to_millis),
            ":snoozed": alert.snoozed_until.map(to_millis),
        })?;
    Ok(())
}

/// Writes a message: to the outbox for the desktop, else a delivery to each recipient.
fn tell(
    transaction: &Transaction<'_>,
    id: AlertId,
    channel: AlertChannel,
    news: News,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(alert) = alert(transaction, id)? else { return Ok(()) };
    transaction
        .prepare_cached("INSERT INTO alert_messages (alert_id, channel, news, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.to_string(), channel.name(), news.name(), to_millis(now)])?;
    let Some(channel) = channel.outward() else {
        if alert.metric.about().shown_elsewhere {
            return Ok(());
        }
        return outbox::add(transaction, &Notification::of_alert(id, news == News::Over), now);
    };
    let recipients = match channel {
        Channel::Email => mail::read(transaction)?.of_alerts(),
        Channel::Slack | Channel::Webhook => vec![channels::read(transaction, channel)?.recipient()],
    };
    let facts = EventFacts::Alert(AlertFacts::new(&alert, news, now));
    let event = OutgoingEvent { id: EventId::new(), subject: EventSubject::Alert(id), facts };
    for recipient in recipients {
        let is_owed = match news {
            News::Opened => true,
            // What still waits says the same.
            News::Repeated => !deliveries::has_waiting(transaction, id, channel, &recipient)?,
            News::Over => deliveries::opening_left(transaction, id, channel, &recipient)?,
        };
        if is_owed {
            deliveries::insert(transaction, &event, channel, &recipient, now)?;
        }
    }
    Ok(())
}

const PRUNE: &str = "DELETE FROM alerts WHERE closed_at IS NOT NULL AND (closed_at < ?1 OR closed_at <= (
       SELECT closed_at FROM alerts WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 1 OFFSET ?2))";

fn prune(transaction: &Transaction<'_>, now: DateTime<Utc>) -> Result<(), Error> {
    transaction.prepare_cached(PRUNE)?.execute(params![to_millis(now.earlier(RETENTION)), CLOSED_MAX])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Option<Alert>, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let maybe = |column: &str| set_moment(row, row.as_ref().column_index(column)?);
    let (id, rule, metric) = (text("id")?, text("rule_id")?, text("metric")?);
    let (Some(metric), Ok(rule)) = (Metric::named(&metric), rule.parse()) else { return Ok(None) };
    Ok(Some(Alert {
        id: id.parse().map_err(|_| Error::unreadable("alert id", &id))?,
        rule,
        metric,
        threshold: row.get("threshold")?,
        since: bounds::nearest_moment(row.get("since")?),
        opened_at: maybe("opened_at")?,
        well_since: maybe("well_since")?,
        closed_at: maybe("closed_at")?,
        detail: text("detail")?,
        affected: serde_json::from_str(&text("affected")?).unwrap_or_default(),
        affected_total: row.get("affected_total")?,
        held_back: row.get("held_back")?,
        acknowledged_at: maybe("acknowledged_at")?,
        snoozed_until: maybe("snoozed_until")?,
    }))
}

fn read_told(row: &Row<'_>) -> Result<Option<Told>, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let (alert, rule, channel, news) = (text("alert_id")?, text("rule_id")?, text("channel")?, text("news")?);
    let (Ok(alert), Ok(rule), Some(channel), Some(news)) = (
        alert.parse(),
        rule.parse(),
        AlertChannel::named(&channel),
        News::ALL.into_iter().find(|known| known.name() == news),
    ) else {
        return Ok(None);
    };
    Ok(Some(Told { alert, rule, channel, news, at: bounds::nearest_moment(row.get("at")?) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn open(metric: Metric) -> Alert {
        Alert {
            id: AlertId::new(),
            rule: RuleId::Brought(metric),
            metric,
            threshold: None,
            since: now(),
            opened_at: Some(now()),
            well_since: None,
            closed_at: None,
            detail: "Measured.".into(),
            affected: Vec::new(),
            affected_total: 0,
            held_back: 0,
            acknowledged_at: None,
            snoozed_until: None,
        }
    }

    #[test]
    fn what_was_told_and_what_a_person_said_is_known_to_the_next_comparison_in_any_process() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Store::open(folder.path()).unwrap(), Store::open(folder.path()).unwrap());
        let new = open(Metric::Token);
        let news = Change::Tell { alert: new.id, channel: AlertChannel::Desktop, news: News::Opened };
        one.change_alerts(now(), |alerts, told| {
            assert!(alerts.is_empty() && told.is_empty());
            vec![Change::Open(new.clone()), news]
        })
        .unwrap();
        one.change_open_alert(new.id, |alert| alert.acknowledged_at = Some(now())).unwrap();
        let seen = Alert { acknowledged_at: Some(now()), ..new.clone() };
        let told =
            Told { alert: new.id, rule: new.rule, channel: AlertChannel::Desktop, news: News::Opened, at: now() };
        let nothing = other.change_alerts(now(), |alerts, all| {
            assert_eq!((alerts, all), (&[seen][..], &[told][..]));
            Vec::new()
        });
        assert_eq!(nothing.unwrap(), []);
    }

    #[test]
    fn each_rule_has_the_moment_of_its_last_alert() {
        let store = Store::in_memory().unwrap();
        let first = Alert { closed_at: Some(now()), ..open(Metric::Token) };
        let last = Alert { opened_at: Some(now().later(TimeDelta::days(1))), ..open(Metric::Token) };
        let waits = Alert { opened_at: None, ..open(Metric::JobFails) };
        let all = [Change::Open(open(Metric::Muted)), Change::Close(first), Change::Open(last), Change::Wait(waits)];
        store.change_alerts(now(), |_, _| all.into()).unwrap();
        let wanted = [(Metric::Token, now().later(TimeDelta::days(1))), (Metric::Muted, now())];
        let wanted = wanted.into_iter().map(|(metric, at)| (RuleId::Brought(metric), at)).collect();
        assert_eq!(store.last_openings().unwrap(), wanted);
    }

    #[test]
    fn what_is_read_every_half_minute_is_found_by_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let of = |rest: &str| format!("SELECT {COLUMNS} FROM alerts WHERE {rest}");
        for sql in [of(AT_WORK), of(OPEN), of(CLOSED), TOLD_AT_WORK.to_owned(), PRUNE.to_owned()] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = vec![1_i64; statement.parameter_count()];
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = rows.map(Result::unwrap).collect();
            // The index of the alerts that are not over holds one of each rule.
            let scans = plan.iter().filter(|line| line.starts_with("SCAN") && !line.contains("alerts_present"));
            assert_eq!(scans.count(), 0, "{sql}: {plan:?}");
        }
    }
}
