//! Reminds of classes that begin soon, begin now, or should have begun. Which reminders are due is decided in
//! `domain/delivery/reminder.rs`.

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::delivery::desktop::About;
use crate::domain::delivery::notification::Notification;
use crate::domain::delivery::reminder::{due, span_of_starts};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::jobs::notifications::deliver;

/// The job that reminds of classes. In a process without a desktop it does nothing.
#[derive(Debug, Default)]
pub(crate) struct Reminders;

impl Job for Reminders {
    const NAME: JobName = JobName { id: "reminders", title: "Reminders of classes" };
    const ACTIVITY: &'static str = "looking for classes that begin";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let told = remind(&turn.context)?;
        Ok(if told { Work::Local } else { Work::Nothing }.into())
    }
}

/// Shows the reminders that are due. Returns whether there were any. Several processes may call this at the same moment:
/// each reminder is shown by the one that notes it first.
pub(crate) fn remind(context: &Context) -> Result<bool, Error> {
    // A reminder that a program in a terminal takes would reach nobody.
    if !context.notifier().has_desktop() {
        return Ok(false);
    }
    let (store, now) = (context.store(), context.now());
    let (from, to) = span_of_starts(now);
    let sessions = store.sessions(Some(from), Some(to))?;
    if sessions.is_empty() {
        return Ok(false);
    }
    let preferences = store.preferences()?;
    let told = store.told_reminders(from, to)?;
    let mut any = false;
    for reminder in due(&sessions, &preferences.instructor, preferences.reminders, &told, now) {
        let Some(session) = sessions.iter().find(|session| session.id == reminder.session) else { continue };
        if store.claim_reminder(&reminder, now)? {
            any = true;
            deliver(context, &Notification::reminder(&reminder), &About::Reminder(session, now))?;
        }
    }
    Ok(any)
}
