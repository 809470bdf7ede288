//! What a live session shows: its people, the proof that it is recorded, and what is asked before the window is closed.

use crate::context::Context;
use crate::domain::recorder::of_session::{latest_attempt, recording_of_session};
use crate::domain::recorder::proof::{Proof, proof};
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::session::{Room, Session, SessionState};
use crate::error::{Error, UserError};
use crate::recorder::live_rooms::occupancy;

/// Everything the live panel shows.
#[derive(Debug, Clone)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// People in the room and when they were counted.
    pub people: Option<crate::recorder::live_rooms::Occupancy>,
    /// Invitations made.
    pub invites_made: u32,
    /// What may be said about its recording.
    pub proof: Proof,
    /// Its recording.
    pub recording: Option<Recording>,
    /// What is in the way of knowing more.
    pub trouble: Option<UserError>,
}

/// A question to answer before the window is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingQuestion {
    /// What is going on.
    pub title: String,
    /// What goes on without the window, and what stops.
    pub description: String,
}

/// Every live session with what is known about it. Needs no network: the jobs keep it fresh.
pub fn live(context: &Context) -> Result<Vec<Live>, Error> {
    let open = context.store().open_sessions()?;
    open.into_iter()
        .filter(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..)))
        .map(|session| live_one(context, session))
        .collect()
}

/// The title of the window: how long the class that began first is on, to the minute.
pub fn window_title(context: &Context) -> Result<String, Error> {
    let (live, _) = on_air(context)?;
    let Some((room, first)) = live.first() else { return Ok("Hajime".to_owned()) };
    let minutes = context.now().signed_duration_since(room.opened_at).num_minutes().max(0);
    let time = if minutes < 60 { format!("{minutes} min") } else { format!("{}:{:02} h", minutes / 60, minutes % 60) };
    let others = live.len().saturating_sub(1);
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    Ok(format!("● Live {time} · {}{more}", first.plan.title))
}

/// What is asked before the window is closed during a class; `None` while nothing is live.
pub fn closing_question(context: &Context) -> Result<Option<ClosingQuestion>, Error> {
    let (live, recorded) = on_air(context)?;
    let title = match live.as_slice() {
        [] => return Ok(None),
        [(_, only)] => format!("“{}” is live", only.plan.title),
        several => format!("{} classes are live", several.len()),
    };
    let goes_on =
        if recorded { "The room and the recording go on at Cloudflare" } else { "The room stays open at Cloudflare" };
    let stops = if recorded {
        "Hajime stops watching them: nobody is warned if recording stops, and the video arrives only after Hajime is opened again."
    } else {
        "Hajime no longer shows who is there, and the room stays open until the class is ended here."
    };
    Ok(Some(ClosingQuestion { title, description: format!("{goes_on}. {stops}") }))
}

/// The classes that are on, the one that began first in front, and whether any of them is to be recorded.
fn on_air(context: &Context) -> Result<(Vec<(Room, Session)>, bool), Error> {
    let mut live: Vec<(Room, Session)> = context
        .store()
        .open_sessions()?
        .into_iter()
        .filter_map(|session| match &session.state {
            SessionState::Live(room) => Some((room.clone(), session)),
            _ => None,
        })
        .collect();
    live.sort_by_key(|(room, _)| room.opened_at);
    let recorded = live.iter().any(|(_, session)| session.plan.record);
    Ok((live, recorded))
}

/// One live session.
pub fn live_one(context: &Context, session: Session) -> Result<Live, Error> {
    let recordings = context.store().recordings_of(session.id)?;
    let people = occupancy(context, session.id);
    let count = people.as_ref().map(|seen| seen.people);
    let unrecorded = people.as_ref().and_then(|seen| seen.unrecorded_since);
    let proof = proof(&session, latest_attempt(&recordings), count, unrecorded, context.now());
    Ok(Live {
        invites_made: context.store().invites_made(session.id)?,
        people,
        proof,
        recording: recording_of_session(&recordings).cloned(),
        trouble: context.health().trouble,
        session,
    })
}
