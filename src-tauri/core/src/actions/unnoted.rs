//! Ending a class whose end cannot be noted here, because the disk is full or gone or the database is damaged.

use super::sessions::Ended;
use super::{Desk, Error, Trouble};
use crate::cloudflare::RecordingAction;
use crate::domain::session::{Session, SessionState};
use crate::store;

/// Ends a session at Cloudflare whose end cannot be noted here. The jobs find its room closed and empty once they can write again.
pub(super) async fn end(desk: &Desk, session: Session, why: &store::Error) -> Result<Ended, Error> {
    let (SessionState::Live(room) | SessionState::Ending(room, _)) = session.state.clone() else {
        return match session.state {
            SessionState::Ended(..) => Ok(Ended { session, already_ended: true, trouble: None }),
            _ => Err(Error::NotLive),
        };
    };
    let (app, cloud) = (desk.app().await?, desk.cloud());
    // Each step is tried, whatever became of the one before: there are no jobs to try it again.
    let stopped = match cloud.active_recording(app, &room.id).await {
        Ok(Some(recording)) => cloud.act_on_recording(app, &recording.id, RecordingAction::Stop).await.map(drop),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    let emptied = cloud.kick_all(app, &room.id).await.map(drop);
    let closed = cloud.close_meeting(app, &room.id).await.map(drop);
    let trouble = match stopped.and(emptied).and(closed) {
        Err(error) => Trouble::from(&error),
        Ok(()) => {
            let why = Trouble::from(why);
            let message = format!(
                "“{}” was ended at Cloudflare, but that could not be noted here. {}",
                session.plan.title, why.message
            );
            Trouble { message, ..why }
        }
    };
    tracing::warn!(session = %session.id, error = %why, "a session was ended without noting it");
    desk.board().remove(&session.id);
    let ending = Session { state: SessionState::Ending(room, desk.now()), ..session };
    desk.remember(&ending);
    Ok(Ended { session: ending, already_ended: false, trouble: Some(trouble) })
}
