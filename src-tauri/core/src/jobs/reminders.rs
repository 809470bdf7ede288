//! Reminds of classes that begin soon, begin now, or should have begun. Which reminders are due is decided in
//! `domain/delivery/reminder.rs`.

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::delivery::desktop::About;
use crate::domain::delivery::notification::Notification;
use crate::domain::delivery::reminder::{comes_near_at, due, next_moment, span_of_starts};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::jobs::notifications::deliver;

/// The job that reminds of classes. In a process without a desktop it does nothing.
#[derive(Debug, Default)]
pub(crate) struct Reminders {
    next: Option<DateTime<Utc>>,
}

impl Job for Reminders {
    const NAME: JobName = JobName { id: "reminders", title: "Reminders of classes" };
    const ACTIVITY: &'static str = "looking for classes that begin";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        // Another process may put a class on the schedule at any time.
        Due::EveryTick { next: self.next }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let reminded = remind(&turn.context)?;
        self.next = reminded.next;
        Ok(if reminded.any { Work::Local } else { Work::Nothing }.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}

/// What became of the reminders that were due.
#[derive(Debug, Default)]
pub(crate) struct Reminded {
    /// Whether there were any.
    any: bool,
    /// When there may be another one; `None` while no class lies ahead.
    next: Option<DateTime<Utc>>,
}

/// Shows the reminders that are due. Several processes may call this at the same moment: each reminder is shown by the one
/// that notes it first.
pub(crate) fn remind(context: &Context) -> Result<Reminded, Error> {
    // A reminder that a program in a terminal takes would reach nobody.
    if !context.notifier().has_desktop() {
        return Ok(Reminded::default());
    }
    let (store, now) = (context.store(), context.now());
    let (from, to) = span_of_starts(now);
    let mut sessions = store.waiting_sessions(from, to)?;
    let later = sessions.split_off(sessions.partition_point(|session| session.plan.start.instant() <= to));
    let comes_near = later.first().map(|session| comes_near_at(session.plan.start.instant()));
    if sessions.is_empty() {
        return Ok(Reminded { any: false, next: comes_near });
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
    let next = next_moment(&sessions, preferences.reminders, now).into_iter().chain(comes_near).min();
    Ok(Reminded { any, next })
}
