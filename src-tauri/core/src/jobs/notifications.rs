//! Delivers the notifications in the outbox.

use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;

use crate::context::Context;
use crate::context::health::JobName;
use crate::delivery::desktop::{self, About};
use crate::domain::delivery::notification::{Notification, NotificationKind, Subject};
use crate::domain::health::alert::episode::Alert;
use crate::domain::ids::{RecordingId, SessionId};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::recorder::desktop::note;
use crate::recorder::{attempts, explanation};
use crate::store::{Delivery, OutboxEntry};
use crate::supervisor::Task;

/// The job that delivers the outbox.
#[derive(Debug, Default)]
pub(crate) struct Notifications;

impl Job for Notifications {
    const NAME: JobName = JobName { id: "notifications", title: "Notifications" };
    const ACTIVITY: &'static str = "showing notifications";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        deliver_outbox(&turn.context)?;
        Ok(Work::Local.into())
    }
}

/// Delivers every notification in the outbox that can be worded at present. In the quiet hours of the desk, what can
/// wait stays in the outbox.
pub(crate) fn deliver_outbox(context: &Context) -> Result<(), Error> {
    let entries = context.store().outbox()?;
    if entries.is_empty() {
        return Ok(());
    }
    let quiet = context.store().desktop()?.quiet.is_some_and(|quiet| quiet.over_at(context.now()).is_some());
    for entry in entries {
        match entry.delivery {
            Delivery::Show if quiet && entry.notification.kind.keeps_quiet() => {}
            Delivery::Show => show(context, &entry)?,
            Delivery::Withdraw => {
                if context.store().take(&entry, context.now())? {
                    context.notifier().withdraw(&entry.notification.subject);
                }
            }
        }
    }
    Ok(())
}

fn show(context: &Context, entry: &OutboxEntry) -> Result<(), Error> {
    match &entry.notification.subject {
        Subject::Recording(id) => show_of_recording(context, entry, *id),
        Subject::Session(id) => show_of_session(context, entry, *id),
        Subject::Alert(id) => show_of_alert(context, entry, id),
        // No code writes such notifications, and the desktop has no words for them.
        Subject::Desk => Ok(()),
    }
}

fn show_of_recording(context: &Context, entry: &OutboxEntry, id: RecordingId) -> Result<(), Error> {
    let Some(recording) = context.store().recording(id)? else { return Ok(()) };
    let failed = entry.notification.kind == NotificationKind::Failed;
    // While the session is live, another attempt may follow, so the notification waits until the session has ended.
    if failed && attempts::is_on(context, &recording)? {
        return Ok(());
    }
    if !context.store().take(entry, context.now())? {
        return Ok(());
    }
    // A video that a person deleted needs no notification, nor does a failed attempt that another recording stands for.
    if failed && (recording.deleted_at().is_some() || attempts::is_superseded(context, &recording)?) {
        return Ok(());
    }
    let sentence = explanation::sentence(context, &recording)?;
    deliver(context, &entry.notification, &About::Recording(&recording, &sentence))
}

fn show_of_session(context: &Context, entry: &OutboxEntry, id: SessionId) -> Result<(), Error> {
    let Some(session) = context.store().session(id)? else { return Ok(()) };
    if context.store().take(entry, context.now())? {
        deliver(context, &entry.notification, &About::Session(&session))?;
    }
    Ok(())
}

/// What is over before it was shown needs no notification.
fn show_of_alert(context: &Context, entry: &OutboxEntry, id: &str) -> Result<(), Error> {
    let alert = id.parse().ok().map(|id| context.store().alert(id)).transpose()?.flatten();
    let is_open = alert.as_ref().is_some_and(Alert::is_open);
    if context.store().take(entry, context.now())?
        && let Some(alert) = alert
        && is_open == (entry.notification.kind == NotificationKind::AlertOpened)
    {
        deliver(context, &entry.notification, &About::Alert(&alert))?;
    }
    Ok(())
}

/// Notifications that the desktop has not answered for yet.
#[derive(Debug, Default)]
struct Unanswered(Mutex<Vec<Task<()>>>);

/// Shows a notification and notes what becomes of it. A desktop that does not answer delays nothing else.
pub(crate) fn deliver(context: &Context, notification: &Notification, about: &About<'_>) -> Result<(), Error> {
    let Some(mut showing) = desktop::deliver(context.notifier(), notification, about) else { return Ok(()) };
    if let Some(shown) = (&mut showing).now_or_never() {
        return note(context, &shown);
    }
    let told = context.clone();
    let task = context.supervisor().spawn("noting what became of a notification", async move {
        if let Err(error) = note(&told, &showing.await) {
            tracing::warn!(%error, "what became of a notification could not be noted");
        }
    });
    let unanswered = context.service::<Unanswered>();
    let mut tasks = unanswered.0.lock().unwrap_or_else(PoisonError::into_inner);
    tasks.retain(|task| !task.is_finished());
    tasks.push(task);
    Ok(())
}
