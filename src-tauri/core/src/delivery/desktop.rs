//! Notifications on the desktop.

use chrono::{DateTime, Utc};

use crate::delivery::reminder;
use crate::domain::delivery::notification::{Button, Notification, NotificationKind, Subject};
use crate::domain::health::alert::episode::Alert;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::schedule::session::Session;
use crate::ports::{Message, NotShown, Notifier, Showing};

/// The subject of a notification with what the words need.
pub(crate) enum About<'a> {
    /// A recording, and its state in one sentence.
    Recording(&'a Recording, &'a str),
    /// A session.
    Session(&'a Session),
    /// An alert.
    Alert(&'a Alert),
    /// A session that begins or should have begun, at this moment.
    Reminder(&'a Session, DateTime<Utc>),
}

/// Begins to show a notification. `None` if the state of its subject has changed so that it has nothing to say.
pub(crate) fn deliver(notifier: &dyn Notifier, notification: &Notification, about: &About<'_>) -> Option<Showing> {
    let message = message(notification.kind, about)?;
    Some(notifier.notify(notification, &message))
}

/// Shows a notification that a person asked for.
pub(crate) async fn test(notifier: &dyn Notifier) -> Result<(), NotShown> {
    let message = Message {
        title: "A test from Hajime".to_owned(),
        body: "This is how Hajime tells you that a recording is ready, or that a class is not recorded.".to_owned(),
        buttons: Vec::new(),
    };
    notifier.notify(&Notification { subject: Subject::Desk, kind: NotificationKind::Test }, &message).await
}

fn message(kind: NotificationKind, about: &About<'_>) -> Option<Message> {
    let (title, body, button) = match (kind, about) {
        (NotificationKind::Watchable, About::Recording(recording, _)) => (
            format!("Ready to watch: {}", recording.title),
            "The recording can be played and shared.".to_owned(),
            Some(Button::CopyLink),
        ),
        (NotificationKind::Failed, About::Recording(recording, sentence)) => (
            format!("Recording failed: {}", recording.title),
            (*sentence).to_owned(),
            matches!(recording.stage, Stage::Failed { cause, .. } if cause.retryable()).then_some(Button::Retry),
        ),
        (NotificationKind::Expiring { hours_left }, About::Recording(recording, _)) => {
            let until = recording.rescue_until()?.with_timezone(&recording.timezone);
            (
                format!("{hours_left} hours left to save “{}”", recording.title),
                format!(
                    "Stream does not have this recording yet, and Cloudflare deletes its file on {}. Save a copy to this computer.",
                    until.format("%-d %B at %H:%M")
                ),
                None,
            )
        }
        (NotificationKind::Muted, About::Recording(recording, _)) => (
            format!("No sound: {}", recording.title),
            "Nothing is heard in the whole recording: it was muted throughout. Look at the microphone before the next class."
                .to_owned(),
            None,
        ),
        (NotificationKind::NotRecorded, About::Session(session)) => (
            format!("Not being recorded: {}", session.plan.title),
            "People are in the room, and Cloudflare has not confirmed a recording for a minute. Open Hajime and press Record again."
                .to_owned(),
            Some(Button::RecordAgain),
        ),
        (NotificationKind::Reminder(kind), About::Reminder(session, now)) => {
            return Some(reminder::message(kind, session, *now));
        }
        (NotificationKind::AlertOpened, About::Alert(alert)) => {
            (alert.title(), format!("{} {}", alert.detail, alert.metric.about().next), None)
        }
        (NotificationKind::AlertClosed, About::Alert(alert)) => {
            (format!("Over: {}", alert.title()), alert.detail.clone(), None)
        }
        (NotificationKind::AlertOpened | NotificationKind::AlertClosed | NotificationKind::Test, _)
        | (_, About::Alert(_))
        | (NotificationKind::NotRecorded | NotificationKind::Reminder(_), About::Recording(..))
        | (NotificationKind::NotRecorded, About::Reminder(..))
        | (NotificationKind::Reminder(_), About::Session(_))
        | (
            NotificationKind::Watchable
            | NotificationKind::Failed
            | NotificationKind::Expiring { .. }
            | NotificationKind::Muted,
            About::Session(_) | About::Reminder(..),
        ) => return None,
    };
    Some(Message { title, body, buttons: button.into_iter().collect() })
}
