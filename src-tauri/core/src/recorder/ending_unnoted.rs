//! Ending a class whose end cannot be noted here, because the disk is full or gone or the database is damaged.

use crate::cloudflare::RecordingAction;
use crate::context::Context;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::{Error, UserError};
use crate::recorder::ending::Ended;
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::realtimekit_app;
use crate::store;

/// Ends a session at Cloudflare whose end cannot be noted here. The jobs find its room closed and empty once they can write again.
pub(crate) async fn end(context: &Context, session: Session, why: &store::Error) -> Result<Ended, Error> {
    let (SessionState::Live(room) | SessionState::Ending(room, _)) = session.state.clone() else {
        return match session.state {
            SessionState::Ended(..) => Ok(Ended { session, already_ended: true, trouble: None }),
            _ => Err(SessionRefusal::NotLive.into()),
        };
    };
    let (app, cloudflare) = (&realtimekit_app::id(context).await?, context.cloudflare());
    // Each step is tried, whatever became of the one before: there are no jobs to try it again.
    let stopped = match cloudflare.active_recording(app, &room.id).await {
        Ok(Some(recording)) => cloudflare.act_on_recording(app, &recording.id, RecordingAction::Stop).await.map(drop),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    let emptied = cloudflare.kick_all(app, &room.id).await.map(drop);
    let closed = cloudflare.close_meeting(app, &room.id).await.map(drop);
    let trouble = match stopped.and(emptied).and(closed) {
        Err(error) => UserError::from(&error),
        Ok(()) => {
            let why = UserError::from(why);
            let message = format!(
                "“{}” was ended at Cloudflare, but that could not be noted here. {}",
                session.plan.title, why.message
            );
            UserError { message, ..why }
        }
    };
    tracing::warn!(session = %session.id, error = %why, "a session was ended without noting it");
    LiveRooms::of(context).occupancies().remove(&session.id);
    let ending = session.begin_ending(context.now())?;
    LiveRooms::of(context).remember(&ending);
    Ok(Ended { session: ending, already_ended: false, trouble: Some(trouble) })
}
