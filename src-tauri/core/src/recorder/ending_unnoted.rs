//! Ends a session that cannot be noted as ended, because the disk is full or missing or the database is damaged.

use crate::cloudflare::RecordingAction;
use crate::context::Context;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::{Error, UserError};
use crate::recorder::ending::Ended;
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::realtimekit_app;
use crate::store;

/// Ends the session at Cloudflare only. Once the database can be written, the jobs find the room closed and empty and
/// note the end.
pub(crate) async fn end(context: &Context, session: Session, why: &store::Error) -> Result<Ended, Error> {
    let (SessionState::Live(room) | SessionState::Ending(room, _)) = session.state.clone() else {
        return match session.state {
            SessionState::Ended(..) => Ok(Ended { session, already_ended: true, trouble: None }),
            _ => Err(SessionRefusal::NotLive.into()),
        };
    };
    let (app, cloudflare) = (&realtimekit_app::id(context).await?, context.cloudflare());
    // Every step is tried even if an earlier one failed, because the jobs cannot repeat them without the database.
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
