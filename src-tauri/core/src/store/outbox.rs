//! `outbox`: notifications that wait for delivery. Each is written in the transaction of the change that causes it, and
//! delivered once.
//!
//! A notification that stays on the screen keeps its row until it is withdrawn.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::domain::delivery::notification::{Notification, NotificationKind, Subject};
use crate::store::{Error, Store, to_millis};

/// The next step in the delivery of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Show the notification.
    Show,
    /// Take the notification off the screen: it was shown, and what it says does not hold any more.
    Withdraw,
}

/// A row of the outbox that waits for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The id of the row. Ids follow the order of the queue.
    pub id: i64,
    /// The notification to deliver.
    pub notification: Notification,
    /// The step to do next.
    pub delivery: Delivery,
}

/// The data of a notification's kind, stored as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_left: Option<u32>,
}

/// Queues a notification.
pub(in crate::store) fn add(
    transaction: &Transaction<'_>,
    notification: &Notification,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (subject, id) = subject_columns(&notification.subject);
    let (kind, payload) = kind_columns(notification.kind)?;
    transaction.execute(
        "INSERT INTO outbox (subject, subject_id, kind, payload, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![subject, id, kind, payload, to_millis(now)],
    )?;
    Ok(())
}

impl Store {
    /// Queues a notification that stays, unless it is queued or on the screen already. Returns whether it was queued.
    pub fn raise(&self, notification: &Notification, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(|transaction| {
            let is_up = count_of(transaction, notification, "withdrawn = 0")? > 0;
            if !is_up {
                add(transaction, notification, now)?;
            }
            Ok(!is_up)
        })
    }

    /// Withdraws a notification that stays: deletes it from the queue, or marks it for removal from the screen if it
    /// was shown.
    pub fn withdraw(&self, notification: &Notification) -> Result<(), Error> {
        let (subject, id) = subject_columns(&notification.subject);
        let (kind, _) = kind_columns(notification.kind)?;
        self.write(|transaction| {
            for change in [
                "DELETE FROM outbox WHERE subject = ?1 AND subject_id = ?2 AND kind = ?3 AND delivered_at IS NULL",
                "UPDATE outbox SET withdrawn = 1 WHERE subject = ?1 AND subject_id = ?2 AND kind = ?3",
            ] {
                transaction.execute(change, params![subject, id, kind])?;
            }
            Ok(())
        })
    }

    /// Deletes a notification that the caller has taken off the screen.
    pub fn forget(&self, notification: &Notification) -> Result<(), Error> {
        let (subject, id) = subject_columns(&notification.subject);
        let (kind, _) = kind_columns(notification.kind)?;
        let delete = "DELETE FROM outbox WHERE subject = ?1 AND subject_id = ?2 AND kind = ?3";
        self.writer().execute(delete, params![subject, id, kind])?;
        Ok(())
    }

    /// Deletes the notifications that an earlier process has shown. They disappeared with that process.
    pub fn forget_shown(&self) -> Result<(), Error> {
        self.writer().execute("DELETE FROM outbox WHERE delivered_at IS NOT NULL", [])?;
        Ok(())
    }

    /// Returns every notification that waits to be shown or withdrawn, oldest first.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id, subject, subject_id, kind, payload, withdrawn FROM outbox
             WHERE delivered_at IS NULL OR withdrawn = 1 ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Takes a row out of the queue before the notification is shown or withdrawn. A notification is therefore
    /// delivered once or, if the process ends in between, never. Returns `false` when another process took the row
    /// first.
    pub fn take(&self, entry: &OutboxEntry, now: DateTime<Utc>) -> Result<bool, Error> {
        let connection = self.writer();
        let taken = match entry.delivery {
            Delivery::Show if entry.notification.kind.stays() => connection.execute(
                "UPDATE outbox SET delivered_at = ?2 WHERE id = ?1 AND delivered_at IS NULL",
                params![entry.id, to_millis(now)],
            )?,
            Delivery::Show | Delivery::Withdraw => {
                connection.execute("DELETE FROM outbox WHERE id = ?1", [entry.id])?
            }
        };
        Ok(taken == 1)
    }
}

fn count_of(connection: &Connection, notification: &Notification, also: &str) -> Result<i64, Error> {
    let (subject, id) = subject_columns(&notification.subject);
    let (kind, _) = kind_columns(notification.kind)?;
    let query = format!("SELECT count(*) FROM outbox WHERE subject = ?1 AND subject_id = ?2 AND kind = ?3 AND {also}");
    Ok(connection.query_row(&query, params![subject, id, kind], |row| row.get(0))?)
}

const RECORDING: &str = "recording";
const SESSION: &str = "session";
const ALERT: &str = "alert";
const DESK: &str = "desk";

/// Returns the columns `subject` and `subject_id`. The desk has an empty id.
fn subject_columns(subject: &Subject) -> (&'static str, String) {
    match subject {
        Subject::Recording(id) => (RECORDING, id.to_string()),
        Subject::Session(id) => (SESSION, id.to_string()),
        Subject::Alert(id) => (ALERT, id.clone()),
        Subject::Desk => (DESK, String::new()),
    }
}

const WATCHABLE: &str = "watchable";
const FAILED: &str = "failed";
const EXPIRING: &str = "expiring";
const NOT_RECORDED: &str = "not_recorded";
const MUTED: &str = "muted";
const ALERT_OPENED: &str = "alert_opened";
const ALERT_CLOSED: &str = "alert_closed";

/// Returns the columns `kind` and `payload`.
fn kind_columns(kind: NotificationKind) -> Result<(&'static str, String), Error> {
    let (name, payload) = match kind {
        NotificationKind::Watchable => (WATCHABLE, Payload::default()),
        NotificationKind::Failed => (FAILED, Payload::default()),
        NotificationKind::Expiring { hours_left } => (EXPIRING, Payload { hours_left: Some(hours_left) }),
        NotificationKind::NotRecorded => (NOT_RECORDED, Payload::default()),
        NotificationKind::Muted => (MUTED, Payload::default()),
        NotificationKind::AlertOpened => (ALERT_OPENED, Payload::default()),
        NotificationKind::AlertClosed => (ALERT_CLOSED, Payload::default()),
        // These are shown at once and never wait.
        NotificationKind::Test | NotificationKind::Reminder(_) => {
            return Err(Error::unreadable("notification that waits", format!("{kind:?}")));
        }
    };
    let payload = serde_json::to_string(&payload).map_err(|error| Error::unreadable("notification", error))?;
    Ok((name, payload))
}

fn read(row: &Row<'_>) -> Result<OutboxEntry, Error> {
    let (subject, id): (String, String) = (row.get("subject")?, row.get("subject_id")?);
    let subject = match subject.as_str() {
        RECORDING => Subject::Recording(id.parse().map_err(|_| Error::unreadable("recording id", &id))?),
        SESSION => Subject::Session(id.parse().map_err(|_| Error::unreadable("session id", &id))?),
        ALERT => Subject::Alert(id),
        DESK => Subject::Desk,
        other => return Err(Error::unreadable("notification", other)),
    };
    let (kind, payload): (String, String) = (row.get("kind")?, row.get("payload")?);
    let payload: Payload = serde_json::from_str(&payload).map_err(|_| Error::unreadable("notification", &payload))?;
    let kind = match (kind.as_str(), payload.hours_left) {
        (WATCHABLE, _) => NotificationKind::Watchable,
        (FAILED, _) => NotificationKind::Failed,
        (EXPIRING, Some(hours_left)) => NotificationKind::Expiring { hours_left },
        (NOT_RECORDED, _) => NotificationKind::NotRecorded,
        (MUTED, _) => NotificationKind::Muted,
        (ALERT_OPENED, _) => NotificationKind::AlertOpened,
        (ALERT_CLOSED, _) => NotificationKind::AlertClosed,
        (other, _) => return Err(Error::unreadable("notification", other)),
    };
    let delivery = if row.get("withdrawn")? { Delivery::Withdraw } else { Delivery::Show };
    Ok(OutboxEntry { id: row.get("id")?, notification: Notification { subject, kind }, delivery })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{RecordingId, SessionId};

    fn now() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn waiting(store: &Store) -> Vec<(Notification, Delivery)> {
        store.outbox().unwrap().into_iter().map(|entry| (entry.notification, entry.delivery)).collect()
    }

    fn take_all(store: &Store) {
        for entry in store.outbox().unwrap() {
            assert!(store.take(&entry, now()).unwrap());
        }
    }

    #[test]
    fn a_notification_about_any_subject_reads_back_and_can_be_taken_once() {
        let store = Store::in_memory().unwrap();
        let subjects = [
            Subject::Recording(RecordingId::new()),
            Subject::Session(SessionId::new()),
            Subject::Alert("minutes-left".into()),
            Subject::Desk,
        ];
        let kinds = [
            NotificationKind::Watchable,
            NotificationKind::Failed,
            NotificationKind::Expiring { hours_left: 24 },
            NotificationKind::NotRecorded,
        ];
        let all: Vec<_> =
            subjects.into_iter().zip(kinds).map(|(subject, kind)| Notification { subject, kind }).collect();
        for notification in &all {
            store.write(|transaction| add(transaction, notification, now())).unwrap();
        }
        let entries = store.outbox().unwrap();
        assert_eq!(entries.iter().map(|entry| entry.notification.clone()).collect::<Vec<_>>(), all);
        for entry in &entries {
            assert_eq!([(); 2].map(|()| store.take(entry, now()).unwrap()), [true, false], "{entry:?}");
        }
        assert_eq!(waiting(&store), []);
    }

    #[test]
    fn an_alarm_is_queued_once_and_withdrawn_from_the_screen_only_if_it_was_shown() {
        let store = Store::in_memory().unwrap();
        let alarm = Notification::not_recorded(SessionId::new());
        assert_eq!([(); 2].map(|()| store.raise(&alarm, now()).unwrap()), [true, false]);
        store.withdraw(&alarm).unwrap();
        assert_eq!(waiting(&store), [], "an alarm that was never shown needs no withdrawal");
        store.raise(&alarm, now()).unwrap();
        assert_eq!(waiting(&store), [(alarm.clone(), Delivery::Show)]);
        take_all(&store);
        assert!(!store.raise(&alarm, now()).unwrap(), "the alarm is already on the screen");
        assert_eq!(waiting(&store), []);
        store.withdraw(&alarm).unwrap();
        assert_eq!(waiting(&store), [(alarm.clone(), Delivery::Withdraw)]);
        take_all(&store);
        assert_eq!(waiting(&store), []);
        store.raise(&alarm, now()).unwrap();
        take_all(&store);
        store.forget_shown().unwrap();
        assert!(store.raise(&alarm, now()).unwrap(), "the alarm disappeared with the process that showed it");
    }
}
