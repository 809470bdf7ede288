//! The alarm: a live session that has not been recorded for a minute although participants are there. Raised once, withdrawn when it is over.

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::recorder::proof::{PROOF_WITHIN, unrecorded_since};
use crate::domain::schedule::session::SessionState;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::ports::{Notice, Topic};
use crate::recorder::live_rooms::{LiveRooms, occupancy};

/// Raises and withdraws the alarms.
#[derive(Debug, Default)]
pub(crate) struct Alarms;

impl Job for Alarms {
    const NAME: JobName = JobName { id: "alarms", title: "Alarms about classes that are not recorded" };
    const ACTIVITY: &'static str = "looking for classes that are not recorded";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        raise_alarms(&turn.context)?;
        Ok(Work::Local.into())
    }
}

fn raise_alarms(context: &Context) -> Result<(), Error> {
    for session in context.store().open_sessions()? {
        let Some(seen) = occupancy(context, session.id) else { continue };
        let latest = context.store().recordings_of(session.id)?.into_iter().next();
        let live = matches!(session.state, SessionState::Live(_));
        let since = unrecorded_since(&session, latest.as_ref(), seen.people, seen.unrecorded_since, context.now())
            .filter(|_| live);
        let late = since.is_some_and(|since| context.now().since(since) >= PROOF_WITHIN);
        let alarmed = since.is_some() && (seen.alarmed || late);
        if let Some(seen) = LiveRooms::of(context).occupancies().get_mut(&session.id) {
            (seen.unrecorded_since, seen.alarmed) = (since, alarmed);
        }
        if seen.alarmed && !alarmed {
            context.notifier().withdraw(session.id);
            context.changed(&[Topic::Sessions]);
        }
        if let (true, false, Some(recording)) = (alarmed, seen.alarmed, latest) {
            context.changed(&[Topic::Sessions]);
            context.notifier().notify(&Notice {
                title: format!("Not being recorded: {}", session.plan.title),
                body: "People are in the room, and Cloudflare has not confirmed a recording for a minute. Open Hajime and press Record again."
                    .into(),
                recording: recording.id,
                alarm: Some(session.id),
            });
        }
    }
    Ok(())
}
