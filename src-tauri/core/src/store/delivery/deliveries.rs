//! `deliveries`: events on their way out. Each row is written in the transaction of the change that causes it, and
//! before every attempt the row says that the attempt is made.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds::{self, Moved as _};
use crate::domain::delivery::attempt::{MAY_HAVE_BEEN_SENT, Outcome};
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::delivery::mail_settings::MailSettings;
use crate::domain::delivery::notification::NotificationKind;
use crate::domain::delivery::outgoing_event::{EventFacts, EventSubject, OutgoingEvent, OutgoingKind};
use crate::domain::delivery::queued::{DeliveryState, QueuedDelivery};
use crate::domain::delivery::retry_schedule::RETRY_PERIOD;
use crate::domain::ids::{AlertId, EventId, SessionId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::store::delivery::{channels, mail};
use crate::store::profile::settings;
use crate::store::recorder::refusals;
use crate::store::{Error, Store, count, set_moment, to_millis};

/// How long a delivery that is over is kept.
const RETENTION: TimeDelta = TimeDelta::days(90);
/// How many deliveries that are over are kept at most.
const OVER_MAX: u32 = 5_000;
/// The longest answer that is kept, in characters.
const ANSWER_MAX: usize = 300;
/// The setting that says when a copy was last put back, in milliseconds.
const RESTORED_AT: &str = "restored_at";
/// What deliveries are about.
const RECORDING: &str = "recording";
const ALERT: &str = "alert";

const COLUMNS: &str = "id, event_id, channel, recipient, subject, subject_id, kind, facts, state, attempts, next_attempt, retry_until, last_answer, \
                       created_at, sent_at";

/// The first open delivery of each recording to each recipient, where it is due. The next one waits for it, so that a
/// receiver hears things in the order in which they happened.
const DUE: &str =
    "SELECT * FROM deliveries d WHERE d.channel = ?1 AND d.state IN ('waiting', 'sending') AND d.next_attempt <= ?2
     AND d.state = 'waiting'
     AND NOT EXISTS (
       SELECT 1 FROM deliveries e WHERE e.subject = d.subject AND e.subject_id = d.subject_id AND e.channel = d.channel
         AND e.recipient = d.recipient AND e.id < d.id AND e.state IN ('waiting', 'sending'))
     ORDER BY d.id LIMIT ?3";

const NEXT: &str =
    "SELECT min(next_attempt) FROM deliveries INDEXED BY deliveries_open WHERE state IN ('waiting', 'sending')";

/// Queues the event of a change for every recipient, in the transaction of the change.
pub(in crate::store) fn add_event(
    transaction: &Transaction<'_>,
    recording: &Recording,
    kind: NotificationKind,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let kind = match kind {
        NotificationKind::Watchable => OutgoingKind::RecordingComplete,
        NotificationKind::Failed => OutgoingKind::RecordingFailed,
        NotificationKind::Expiring { .. }
        | NotificationKind::NotRecorded
        | NotificationKind::Muted
        | NotificationKind::AlertOpened
        | NotificationKind::AlertClosed
        | NotificationKind::Reminder(_)
        | NotificationKind::Test => {
            return Ok(());
        }
    };
    // An event tells what became of a class, and a person made the clip.
    if recording.facts.clip.is_some() {
        return Ok(());
    }
    let recipients = recipients(transaction, recording.session, kind)?;
    if recipients.is_empty() {
        return Ok(());
    }
    let facts = if kind == OutgoingKind::RecordingComplete {
        EventFacts::complete(recording, now)
    } else {
        EventFacts::failed(recording, error(transaction, recording)?, now)
    };
    let event = OutgoingEvent { id: EventId::new(), subject: EventSubject::Recording(recording.id), facts };
    for (channel, recipient) in recipients {
        insert(transaction, &event, channel, &recipient, now)?;
    }
    if settings::read(transaction, RESTORED_AT)?.and_then(|at| at.parse().ok()) >= Some(to_millis(recording.created_at))
    {
        stop_for_people(transaction, &format!("event_id = '{}'", event.id))?;
    }
    prune(transaction, now)
}

/// Who is told of a recording of this class, and through which channel.
fn recipients(
    connection: &Connection,
    session: SessionId,
    kind: OutgoingKind,
) -> Result<Vec<(Channel, String)>, Error> {
    let mut all = Vec::new();
    for channel in [Channel::Webhook, Channel::Slack] {
        let settings = channels::read(connection, channel)?;
        if settings.is_on {
            all.push((channel, settings.recipient()));
        }
    }
    if channels::read(connection, Channel::Email)?.is_on {
        let people = mail::recipients(connection, session, kind)?;
        all.extend(people.into_iter().map(|person| (Channel::Email, person.address)));
    }
    Ok(all)
}

/// Why a recording failed: what Stream said when it refused, else what the cause means.
fn error(connection: &Connection, recording: &Recording) -> Result<String, Error> {
    let refused = matches!(recording.stage, Stage::Failed { cause: Cause::ImportRefused, .. });
    let refusal = if refused { refusals::read(connection, recording.id)? } else { None };
    Ok(refusal.unwrap_or_else(|| recording.sentence()))
}

/// Queues an event for a recipient. Answers whether it was not queued before.
pub(in crate::store) fn insert(
    connection: &Connection,
    event: &OutgoingEvent,
    channel: Channel,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let facts = match &event.facts {
        EventFacts::Complete(facts) => serde_json::to_string(facts),
        EventFacts::Failed(facts) => serde_json::to_string(facts),
        EventFacts::Alert(facts) => serde_json::to_string(facts),
    };
    let (subject, subject_id) = match event.subject {
        EventSubject::Recording(id) => (RECORDING, id.to_string()),
        EventSubject::Alert(id) => (ALERT, id.to_string()),
    };
    let facts = facts.map_err(|error| Error::unreadable("event", error))?;
    let added = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO deliveries
               (event_id, channel, recipient, subject, subject_id, kind, facts, state, next_attempt, retry_until, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9, ?8)",
        )?
        .execute(params![
            event.id.to_string(),
            channel.name(),
            recipient,
            subject,
            subject_id,
            event.facts.kind().name(),
            facts,
            to_millis(now),
            to_millis(now.later(RETRY_PERIOD)),
        ])?;
    Ok(added == 1)
}

/// After a copy was put back: what waited for a person when the copy was made may have been sent since, and so may what
/// the copy does not know of about recordings that there were by now. Nobody is written to twice.
pub(in crate::store) fn note_restored(connection: &Connection, now: DateTime<Utc>) -> Result<(), Error> {
    settings::write(connection, RESTORED_AT, Some(&to_millis(now).to_string()))?;
    stop_for_people(connection, "state IN ('waiting', 'sending')")
}

/// Stops deliveries to people that may have been made before a copy was put back. The attempts that the copy does not
/// know of count as one, see [`never_left`].
fn stop_for_people(connection: &Connection, which: &str) -> Result<(), Error> {
    let stop = format!(
        "UPDATE deliveries SET state = 'stopped', next_attempt = NULL, last_answer = ?2, attempts = max(attempts, 1)
         WHERE channel = ?1 AND {which}"
    );
    let said = format!("{MAY_HAVE_BEEN_SENT}: a copy of the database was restored.");
    for channel in Channel::ALL.into_iter().filter(|channel| !channel.may_repeat()) {
        connection.execute(&stop, params![channel.name(), said])?;
    }
    Ok(())
}

/// Stops what waits for a channel. What is being sent meanwhile ends by itself.
fn stop_waiting(connection: &Connection, channel: Channel, why: &str) -> Result<(), Error> {
    let stop = "UPDATE deliveries SET state = 'stopped', next_attempt = NULL, last_answer = ?2 WHERE channel = ?1 AND state = 'waiting'";
    connection.prepare_cached(stop)?.execute(params![channel.name(), why])?;
    Ok(())
}

fn change_in(
    connection: &Connection,
    channel: Channel,
    off: &str,
    change: impl FnOnce(&mut ChannelSettings),
) -> Result<ChannelSettings, Error> {
    let mut settings = channels::read(connection, channel)?;
    change(&mut settings);
    channels::write(connection, &settings)?;
    if !settings.is_on {
        stop_waiting(connection, channel, off)?;
    }
    Ok(settings)
}

const PRUNE: &str = "DELETE FROM deliveries WHERE state NOT IN ('waiting', 'sending') AND (created_at < ?1 OR id <= (
       SELECT id FROM deliveries WHERE state NOT IN ('waiting', 'sending') ORDER BY id DESC LIMIT 1 OFFSET ?2))";

fn prune(connection: &Connection, now: DateTime<Utc>) -> Result<(), Error> {
    connection.prepare_cached(PRUNE)?.execute(params![to_millis(now.earlier(RETENTION)), OVER_MAX])?;
    Ok(())
}

impl Store {
    /// Changes a channel. Where it is turned off, what waits for it is stopped with these words.
    pub fn change_channel(
        &self,
        channel: Channel,
        off: &str,
        change: impl FnOnce(&mut ChannelSettings),
    ) -> Result<ChannelSettings, Error> {
        self.write(|transaction| change_in(transaction, channel, off, change))
    }

    /// Sets e-mail, and turns it on where Hajime sends the letters. Where it is off, what waits is stopped with these
    /// words.
    pub fn set_mail(&self, settings: &MailSettings, off: &str) -> Result<ChannelSettings, Error> {
        self.write(|transaction| {
            mail::write(transaction, settings)?;
            change_in(transaction, Channel::Email, off, |channel| {
                channel.is_on = settings.sends();
                channel.last_error = None;
            })
        })
    }

    /// The deliveries of a channel that are due, oldest first. Of several to one recipient about one recording only the
    /// first is.
    pub fn due_deliveries(
        &self,
        channel: Channel,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<QueuedDelivery>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE)?;
        let rows = statement.query_map(params![channel.name(), to_millis(now), limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Says that an attempt is made from now on. Answers with the number of attempts, or `None` when the delivery does
    /// not wait any more.
    pub fn begin_delivery(&self, id: i64) -> Result<Option<u32>, Error> {
        let begin = "UPDATE deliveries SET state = 'sending', attempts = attempts + 1 WHERE id = ?1 AND state = 'waiting' RETURNING attempts";
        let connection = self.writer();
        let mut statement = connection.prepare_cached(begin)?;
        Ok(statement.query_row([id], |row| count(row, 0)).optional()?)
    }

    /// Says what an attempt came to, and notes it for the channel.
    pub fn end_delivery(&self, id: i64, channel: Channel, outcome: &Outcome, now: DateTime<Utc>) -> Result<(), Error> {
        let said: String = outcome.said.chars().take(ANSWER_MAX).collect();
        let accepted = outcome.state == DeliveryState::Accepted;
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET state = ?2, next_attempt = ?3, last_answer = ?4, sent_at = coalesce(?5, sent_at)
                     WHERE id = ?1 AND state = 'sending'",
                )?
                .execute(params![
                    id,
                    outcome.state.name(),
                    outcome.next_attempt.map(to_millis),
                    said,
                    accepted.then(|| to_millis(now)),
                ])?;
            channels::note(transaction, channel, if accepted { Ok(()) } else { Err(&said) }, now)
        })
    }

    /// Notes how a channel fared without a delivery: by a test.
    pub fn note_channel(&self, channel: Channel, result: Result<(), &str>, now: DateTime<Utc>) -> Result<(), Error> {
        channels::note(&self.writer(), channel, result, now)
    }

    /// Stops a delivery that waits: what it says is not worth saying any more.
    pub fn stop_delivery(&self, id: i64, why: &str) -> Result<(), Error> {
        let stop = "UPDATE deliveries SET state = 'stopped', next_attempt = NULL, last_answer = ?2 WHERE id = ?1 AND state = 'waiting'";
        self.writer().execute(stop, params![id, why])?;
        Ok(())
    }

    /// Puts off a delivery that waits. No attempt was made.
    pub fn put_off_delivery(&self, id: i64, until: DateTime<Utc>) -> Result<(), Error> {
        let put_off = "UPDATE deliveries SET next_attempt = ?2 WHERE id = ?1 AND state = 'waiting'";
        self.writer().execute(put_off, params![id, to_millis(until)])?;
        Ok(())
    }

    /// Puts off everything that waits for a channel and would be due before: the receiver asked to be left alone.
    pub fn put_off_channel(&self, channel: Channel, until: DateTime<Utc>) -> Result<(), Error> {
        let put_off =
            "UPDATE deliveries SET next_attempt = ?2 WHERE channel = ?1 AND state = 'waiting' AND next_attempt < ?2";
        self.writer().execute(put_off, params![channel.name(), to_millis(until)])?;
        Ok(())
    }

    /// Takes up what a process left that ended in the middle of an attempt. Only the process that runs the jobs may
    /// call this, before its first attempt. What may be repeated is due again; the rest may have been sent, and is not
    /// sent twice.
    pub fn resume_deliveries(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let stopped = format!("{MAY_HAVE_BEEN_SENT}: Hajime ended while it was being sent.");
        self.write(|transaction| {
            for channel in Channel::ALL {
                if channel.may_repeat() {
                    let again = "UPDATE deliveries SET state = 'waiting', next_attempt = ?2 WHERE channel = ?1 AND state = 'sending'";
                    transaction.execute(again, params![channel.name(), to_millis(now)])?;
                } else {
                    let stop = "UPDATE deliveries SET state = 'stopped', next_attempt = NULL, last_answer = ?2 WHERE channel = ?1 AND state = 'sending'";
                    transaction.execute(stop, params![channel.name(), stopped])?;
                }
            }
            Ok(())
        })
    }

    /// After the clock was set back, nothing waits longer than a receiver can ask for.
    pub fn bring_deliveries_into_the_present(&self, now: DateTime<Utc>, longest: TimeDelta) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE deliveries SET next_attempt = ?1 WHERE state = 'waiting' AND next_attempt > ?2",
            params![to_millis(now), to_millis(now.later(longest))],
        )?;
        Ok(())
    }

    /// When the next attempt of any delivery is due. One that is being made counts, because its process may have ended.
    pub fn next_delivery(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(NEXT)?;
        Ok(statement.query_row([], |row| set_moment(row, 0))?)
    }

    /// The newest deliveries.
    pub fn deliveries(&self, limit: u32) -> Result<Vec<QueuedDelivery>, Error> {
        let connection = self.connection();
        let sql = format!("SELECT {COLUMNS} FROM deliveries ORDER BY id DESC LIMIT ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// One delivery.
    pub fn delivery(&self, id: i64) -> Result<Option<QueuedDelivery>, Error> {
        let connection = self.connection();
        let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([id], |row| Ok(read(row))).optional()?.transpose()
    }

    /// When a message about a ready recording was last accepted for a recipient.
    pub fn last_accepted(&self, channel: Channel, recipient: &str) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let sql = "SELECT max(sent_at) FROM deliveries WHERE channel = ?1 AND recipient = ?2 AND kind = ?3 AND state = 'accepted'";
        let mut statement = connection.prepare_cached(sql)?;
        let kind = OutgoingKind::RecordingComplete.name();
        Ok(statement.query_row(params![channel.name(), recipient, kind], |row| set_moment(row, 0))?)
    }

    /// Sends a delivery that is over once more, because a person asked for it: the same event with the same id, for
    /// three days from now. Answers whether it was over.
    pub fn send_again(&self, id: i64, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(|transaction| again(transaction, id, now))
    }

    /// Sends the last event of a recording once more to everybody who gets events now, with the id that it had. A
    /// person who was written to, or may have been, is not written to again. Where it has no event yet, `facts` say
    /// what happened. Answers with the deliveries; none when nobody is told or nothing happened.
    pub fn replay(
        &self,
        recording: &Recording,
        now: DateTime<Utc>,
        facts: impl FnOnce() -> Option<EventFacts>,
    ) -> Result<Vec<QueuedDelivery>, Error> {
        self.write(|transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries WHERE subject = ?1 AND subject_id = ?2 ORDER BY created_at DESC, id DESC LIMIT 1"
            );
            let last = transaction
                .prepare_cached(&sql)?
                .query_row(params![RECORDING, recording.id.to_string()], |row| Ok(read(row)))
                .optional()?
                .transpose()?;
            let event = match last {
                Some(last) => last.event,
                None => match facts() {
                    Some(facts) => {
                        let subject = EventSubject::Recording(recording.id);
                        OutgoingEvent { id: EventId::new(), subject, facts }
                    }
                    None => return Ok(Vec::new()),
                },
            };
            let mut all = Vec::new();
            for (channel, recipient) in recipients(transaction, recording.session, event.facts.kind())? {
                if !insert(transaction, &event, channel, &recipient, now)? {
                    let same = "SELECT id FROM deliveries WHERE event_id = ?1 AND channel = ?2 AND recipient = ?3";
                    let id = transaction
                        .query_row(same, params![event.id.to_string(), channel.name(), recipient], |row| row.get(0))?;
                    if channel.may_repeat() || never_left(transaction, id)? {
                        again(transaction, id, now)?;
                    }
                }
                let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE event_id = ?1 AND channel = ?2 AND recipient = ?3");
                all.push(
                    transaction
                        .prepare_cached(&sql)?
                        .query_row(params![event.id.to_string(), channel.name(), recipient], |row| Ok(read(row)))??,
                );
            }
            Ok(all)
        })
    }
}

/// The messages about an alert, oldest first.
pub(in crate::store) fn of_alert(connection: &Connection, id: AlertId) -> Result<Vec<QueuedDelivery>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE subject = ?1 AND subject_id = ?2 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![ALERT, id.to_string()], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Stops what waits to say that an alert is open: it is over.
pub(in crate::store) fn stop_openings(connection: &Connection, id: AlertId) -> Result<(), Error> {
    let stop = "UPDATE deliveries SET state = 'stopped', next_attempt = NULL, last_answer = ?3
                WHERE subject = ?1 AND subject_id = ?2 AND state = 'waiting'";
    connection.prepare_cached(stop)?.execute(params![ALERT, id.to_string(), "It was over before it could be told."])?;
    Ok(())
}

/// Whether a message about an alert still waits for a recipient.
pub(in crate::store) fn has_waiting(
    connection: &Connection,
    id: AlertId,
    channel: Channel,
    recipient: &str,
) -> Result<bool, Error> {
    of_alert_to(connection, id, channel, recipient, "state IN ('waiting', 'sending')")
}

/// Whether a recipient was told that an alert is open, or may have been.
pub(in crate::store) fn opening_left(
    connection: &Connection,
    id: AlertId,
    channel: Channel,
    recipient: &str,
) -> Result<bool, Error> {
    let left = "kind = 'alert.opened' AND (state IN ('accepted', 'sending') OR (state = 'stopped' AND attempts > 0))";
    of_alert_to(connection, id, channel, recipient, left)
}

fn of_alert_to(
    connection: &Connection,
    id: AlertId,
    channel: Channel,
    recipient: &str,
    which: &str,
) -> Result<bool, Error> {
    let sql = format!(
        "SELECT 1 FROM deliveries WHERE subject = ?1 AND subject_id = ?2 AND channel = ?3 AND recipient = ?4 AND {which}"
    );
    Ok(connection.prepare_cached(&sql)?.exists(params![ALERT, id.to_string(), channel.name(), recipient])?)
}

/// Whether a delivery is over and certainly did not arrive: every attempt was refused or came to nothing, or there was
/// none.
fn never_left(connection: &Connection, id: i64) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM deliveries WHERE id = ?1 AND (state = 'failed' OR (state = 'stopped' AND attempts = 0))";
    Ok(connection.prepare_cached(sql)?.exists([id])?)
}

/// Queues a delivery once more. Where an attempt may have arrived, one stays counted, see [`never_left`].
fn again(connection: &Connection, id: i64, now: DateTime<Utc>) -> Result<bool, Error> {
    let again = "UPDATE deliveries SET state = 'waiting', next_attempt = ?2, retry_until = ?3,
                   attempts = CASE WHEN channel = 'email' AND state <> 'failed' THEN min(attempts, 1) ELSE 0 END
                 WHERE id = ?1 AND state <> 'sending'";
    let changed = connection.execute(again, params![id, to_millis(now), to_millis(now.later(RETRY_PERIOD))])?;
    Ok(changed == 1)
}

fn read(row: &Row<'_>) -> Result<QueuedDelivery, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let moment = |column: &str| Ok::<_, Error>(bounds::nearest_moment(row.get(column)?));
    let maybe_moment = |column: &str| set_moment(row, row.as_ref().column_index(column)?);
    let (event, subject, channel, state) = (text("event_id")?, text("subject_id")?, text("channel")?, text("state")?);
    let facts = text("facts")?;
    let unreadable = |_| Error::unreadable("event", &facts);
    let facts = match text("kind")?.as_str() {
        kind if kind == OutgoingKind::RecordingComplete.name() => {
            EventFacts::Complete(serde_json::from_str(&facts).map_err(unreadable)?)
        }
        kind if kind == OutgoingKind::RecordingFailed.name() => {
            EventFacts::Failed(serde_json::from_str(&facts).map_err(unreadable)?)
        }
        kind if [OutgoingKind::AlertOpened, OutgoingKind::AlertClosed].iter().any(|known| known.name() == kind) => {
            EventFacts::Alert(serde_json::from_str(&facts).map_err(unreadable)?)
        }
        other => return Err(Error::unreadable("kind of event", other)),
    };
    let of_alert = text("subject")? == ALERT;
    let unknown = |_| Error::unreadable("subject of an event", &subject);
    let known = DeliveryState::ALL.into_iter().find(|known| known.name() == state);
    Ok(QueuedDelivery {
        id: row.get("id")?,
        event: OutgoingEvent {
            id: event.parse().map_err(|_| Error::unreadable("event id", &event))?,
            subject: if of_alert {
                EventSubject::Alert(subject.parse().map_err(unknown)?)
            } else {
                EventSubject::Recording(subject.parse().map_err(unknown)?)
            },
            facts,
        },
        channel: channel.parse().map_err(|_| Error::unreadable("channel", &channel))?,
        recipient: text("recipient")?,
        state: known.ok_or_else(|| Error::unreadable("state of a delivery", &state))?,
        attempts: count(row, row.as_ref().column_index("attempts")?)?,
        next_attempt: maybe_moment("next_attempt")?,
        retry_until: moment("retry_until")?,
        last_answer: row.get("last_answer")?,
        created_at: moment("created_at")?,
        sent_at: maybe_moment("sent_at")?,
    })
}

#[cfg(test)]
mod tests;
