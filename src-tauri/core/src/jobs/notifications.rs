//! Delivers the notifications in the outbox.

use crate::context::Context;
use crate::context::health::JobName;
use crate::delivery::desktop::{self, About};
use crate::domain::delivery::notification::{Notification, NotificationKind, Subject};
use crate::domain::ids::{RecordingId, SessionId};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::recorder::desktop::note;
use crate::recorder::{attempts, explanation};
use crate::store::{Delivery, OutboxEntry};

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
        deliver_outbox(&turn.context).await?;
        Ok(Work::Local.into())
    }
}

/// Delivers every notification in the outbox that can be worded at present. In the quiet hours of the desk, what can
/// wait stays in the outbox.
pub(crate) async fn deliver_outbox(context: &Context) -> Result<(), Error> {
    let quiet = context.store().desktop()?.quiet.is_some_and(|quiet| quiet.over_at(context.now()).is_some());
    for entry in context.store().outbox()? {
        match entry.delivery {
            Delivery::Show if quiet && entry.notification.kind.keeps_quiet() => {}
            Delivery::Show => show(context, &entry).await?,
            Delivery::Withdraw => {
                if context.store().take(&entry, context.now())? {
                    context.notifier().withdraw(&entry.notification.subject);
                }
            }
        }
    }
    Ok(())
}

async fn show(context: &Context, entry: &OutboxEntry) -> Result<(), Error> {
    match &entry.notification.subject {
        Subject::Recording(id) => show_of_recording(context, entry, *id).await,
        Subject::Session(id) => show_of_session(context, entry, *id).await,
        // No code writes such notifications, and the desktop has no words for them.
        Subject::Alert(_) | Subject::Desk => Ok(()),
    }
}

async fn show_of_recording(context: &Context, entry: &OutboxEntry, id: RecordingId) -> Result<(), Error> {
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
    deliver(context, &entry.notification, &About::Recording(&recording, &sentence)).await
}

async fn show_of_session(context: &Context, entry: &OutboxEntry, id: SessionId) -> Result<(), Error> {
    let Some(session) = context.store().session(id)? else { return Ok(()) };
    if context.store().take(entry, context.now())? {
        deliver(context, &entry.notification, &About::Session(&session)).await?;
    }
    Ok(())
}

/// Shows a notification and notes what became of it.
pub(crate) async fn deliver(context: &Context, notification: &Notification, about: &About<'_>) -> Result<(), Error> {
    match desktop::deliver(context.notifier(), notification, about).await {
        Some(shown) => note(context, &shown),
        None => Ok(()),
    }
}
