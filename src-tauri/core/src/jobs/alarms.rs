//! The alarm that a live session has not been recorded for a minute although participants are in the room. It is raised
//! once and withdrawn when this is over.

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::notification::Notification;
use crate::domain::recorder::of_session::latest_attempt;
use crate::domain::recorder::proof::{PROOF_WITHIN, unrecorded_since};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::jobs::notifications::deliver_outbox;
use crate::ports::Topic;
use crate::recorder::live_rooms::{LiveRooms, occupancy};

/// The job that raises and withdraws alarms.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    /// Whether the alarms of an earlier process were deleted from the database: they disappeared from the screen when
    /// that process ended.
    has_begun: bool,
}

impl Job for Alarms {
    const NAME: JobName = JobName { id: "alarms", title: "Alarms about classes that are not recorded" };
    const ACTIVITY: &'static str = "looking for classes that are not recorded";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        if !self.has_begun {
            context.store().forget_shown()?;
            self.has_begun = true;
        }
        let mut changed = false;
        for session in context.store().open_sessions()? {
            changed |= check(context, &session)?;
        }
        if changed {
            context.changed(&[Topic::Sessions]);
            // Deliver the alarm at once: the notifications job runs later in the tick.
            deliver_outbox(context)?;
        }
        Ok(Work::Local.into())
    }
}

/// Raises or withdraws the alarm about one session. Returns whether it did either.
fn check(context: &Context, session: &Session) -> Result<bool, Error> {
    let Some(seen) = occupancy(context, session.id) else { return Ok(false) };
    let latest = latest_attempt(&context.store().recordings_of(session.id)?).cloned();
    let live = matches!(session.state, SessionState::Live(_));
    let since =
        unrecorded_since(session, latest.as_ref(), seen.people, seen.unrecorded_since, context.now()).filter(|_| live);
    let late = since.is_some_and(|since| context.now().since(since) >= PROOF_WITHIN);
    let alarmed = since.is_some() && (seen.alarmed || late);
    let alarm = Notification::not_recorded(session.id);
    // Before the first attempt to record, nothing can be late yet.
    let raises = alarmed && !seen.alarmed && latest.is_some();
    let withdraws = seen.alarmed && !alarmed;
    if raises {
        context.store().raise(&alarm, context.now())?;
    }
    if withdraws {
        context.store().withdraw(&alarm)?;
    }
    if let Some(seen) = LiveRooms::of(context).occupancies().get_mut(&session.id) {
        (seen.unrecorded_since, seen.alarmed) = (since, alarmed);
    }
    Ok(raises || withdraws)
}
