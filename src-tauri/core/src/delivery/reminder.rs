//! The words of a reminder. They name the class and its times, and no person: others may see a locked screen.

use chrono::{DateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::delivery::notification::Button;
use crate::domain::delivery::reminder::ReminderKind;
use crate::domain::schedule::session::Session;
use crate::ports::Message;

/// Puts a reminder into words.
pub(crate) fn message(kind: ReminderKind, session: &Session, now: DateTime<Utc>) -> Message {
    let plan = &session.plan;
    let zone = plan.start.zone();
    let time = |at: DateTime<Utc>| at.with_timezone(&zone).format("%H:%M").to_string();
    let (start, end) = (time(plan.start.instant()), time(plan.end()));
    let title = match kind {
        ReminderKind::Soon => format!("“{}” starts {}", plan.title, in_minutes(plan.start.instant(), now)),
        ReminderKind::Now => format!("“{}” starts now", plan.title),
        ReminderKind::Late => format!("“{}” should have started at {start}", plan.title),
        ReminderKind::Overslept => format!("“{}” was to start at {start}", plan.title),
        ReminderKind::Missed => format!("“{}” was missed", plan.title),
    };
    let body = match kind {
        ReminderKind::Soon => format!("It is planned for {start} to {end}."),
        ReminderKind::Now => format!("It is planned for {start} to {end}. The room opens when you start the class."),
        ReminderKind::Late => "The room is not open yet. It opens when you start the class.".to_owned(),
        ReminderKind::Overslept => format!(
            "Hajime could not remind you: this computer slept, or Hajime was closed. The class can still be started; it is planned until {end}."
        ),
        ReminderKind::Missed => format!(
            "It was planned for {start} to {end} and was not started here. This computer slept, or Hajime was closed."
        ),
    };
    let buttons = if kind.offers_start() { vec![Button::Start] } else { Vec::new() };
    Message { title, body, buttons }
}

/// The time to a start, in whole minutes rounded up.
fn in_minutes(start: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match start.since(now).num_seconds().saturating_add(59).div_euclid(60) {
        ..=1 => "in a minute".to_owned(),
        minutes => format!("in {minutes} minutes"),
    }
}
