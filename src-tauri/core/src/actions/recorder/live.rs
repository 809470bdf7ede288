//! The live panel with the occupancy and the proof of recording.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::library::view::{self, RecordingView};
use crate::actions::schedule::sessions::{self, SessionView};
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::auto_end::{AutoEnd, Countdown};
use crate::domain::recorder::of_session::{latest_attempt, recording_of_session};
use crate::domain::recorder::proof::{Proof, proof};
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Room, Session, SessionState};
use crate::error::{Error, UserError};
use crate::recorder::auto_end::Countdowns;
use crate::recorder::live_rooms::{LiveRooms, Occupancy, occupancy};
use crate::recorder::planned_end::{next_class, overlapped, recording_cut};

/// Everything the live panel shows.
#[derive(Debug, Clone)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// The people in the room, and when they were counted; `None` before the first count.
    pub people: Option<Occupancy>,
    /// The number of invitations made.
    pub invites_made: u32,
    /// The proof of recording.
    pub proof: Proof,
    /// The latest recording of the session.
    pub recording: Option<Recording>,
    /// The instructor's next class, if it begins before the planned end.
    pub overlapped: Option<Session>,
    /// When the running recording ends by itself and another one begins, if that is before the planned end.
    pub recording_cut: Option<DateTime<Utc>>,
    /// The instructor's next class, if it begins within six hours after the planned end.
    pub next_class: Option<Session>,
    /// When RealtimeKit last said that the recording is running or paused; `None` if this process never heard it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The countdown after which the class ends by itself; `None` while none runs.
    pub countdown: Option<Countdown>,
    /// Whether the rule of the desk for classes that end by themselves holds for this class.
    pub ends_by_itself: bool,
    /// The error that may keep the panel from being up to date.
    pub trouble: Option<UserError>,
}

/// The live panel as people see it.
#[derive(Debug, Clone)]
pub struct LiveView {
    /// The session.
    pub session: SessionView,
    /// The people in the room, and when they were counted; `None` before the first count.
    pub people: Option<Occupancy>,
    /// The number of invitations made.
    pub invites_made: u32,
    /// The proof of recording.
    pub proof: Proof,
    /// The latest recording of the session.
    pub recording: Option<RecordingView>,
    /// The instructor's next class, if it begins before the planned end.
    pub overlapped: Option<Session>,
    /// When the running recording ends by itself and another one begins, if that is before the planned end.
    pub recording_cut: Option<DateTime<Utc>>,
    /// The instructor's next class, if it begins within six hours after the planned end.
    pub next_class: Option<Session>,
    /// When RealtimeKit last said that the recording is running or paused; `None` if this process never heard it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The countdown after which the class ends by itself; `None` while none runs.
    pub countdown: Option<Countdown>,
    /// Whether the rule of the desk for classes that end by themselves holds for this class.
    pub ends_by_itself: bool,
    /// The error that may keep the panel from being up to date.
    pub trouble: Option<UserError>,
}

/// All sessions that are live or ending, with what is known about each. Sends no request: the jobs keep the data fresh.
pub fn live(context: &Context) -> Result<Vec<Live>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let mut open = guard::sessions(context, context.store().open_sessions()?)?;
    open.retain(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..)));
    let ids = || open.iter().map(|session| session.id);
    let (mut recordings, invitations) =
        (context.store().recordings_of_all(ids())?, context.store().invitations_of_all(ids())?);
    let live = open.into_iter().map(|session| {
        let recordings = recordings.remove(&session.id).unwrap_or_default();
        let invites_made = invitations.get(&session.id).copied().unwrap_or_default();
        live_with(context, session, &recordings, invites_made)
    });
    live.collect()
}

/// All live panels, as people see them.
pub fn views(context: &Context) -> Result<Vec<LiveView>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let live = live(context)?;
    let shown = sessions::views(context, live.iter().map(|live| live.session.clone()).collect())?;
    live.into_iter().zip(shown).map(|(live, session)| live_view(context, live, session)).collect()
}

/// The live panel of one session, as people see it.
pub fn view(context: &Context, session: SessionId) -> Result<LiveView, Error> {
    guard::allow_session(context, Permission::SeeSchedule, session)?;
    let live = live_one(context, sessions::get(context, session)?)?;
    let session = sessions::view(context, live.session.clone())?;
    live_view(context, live, session)
}

/// The number of sessions that are live or ending.
pub fn count(context: &Context) -> Result<u32, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(context.store().live_count()?)
}

fn live_view(context: &Context, live: Live, session: SessionView) -> Result<LiveView, Error> {
    Ok(LiveView {
        session,
        people: live.people,
        invites_made: live.invites_made,
        proof: live.proof,
        recording: live.recording.map(|recording| view::view(context, recording)).transpose()?,
        overlapped: live.overlapped,
        recording_cut: live.recording_cut,
        next_class: live.next_class,
        confirmed_at: live.confirmed_at,
        countdown: live.countdown,
        ends_by_itself: live.ends_by_itself,
        trouble: live.trouble,
    })
}

/// The title of the window: how long the class that began first has been on, its title, and the number of other live
/// classes.
pub fn window_title(context: &Context) -> Result<String, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let live = on_air(context)?;
    let Some((room, first)) = live.first() else { return Ok("Hajime".to_owned()) };
    let minutes = context.now().signed_duration_since(room.opened_at).num_minutes().max(0);
    let time = if minutes < 60 { format!("{minutes} min") } else { format!("{}:{:02} h", minutes / 60, minutes % 60) };
    let others = live.len().saturating_sub(1);
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    Ok(format!("● Live {time} · {}{more}", first.plan.title))
}

/// The live sessions, the one that began first in front.
fn on_air(context: &Context) -> Result<Vec<(Room, Session)>, Error> {
    let mut live: Vec<(Room, Session)> = guard::sessions(context, context.store().open_sessions()?)?
        .into_iter()
        .filter_map(|session| match &session.state {
            SessionState::Live(room) => Some((room.clone(), session)),
            _ => None,
        })
        .collect();
    live.sort_by_key(|(room, _)| room.opened_at);
    Ok(live)
}

/// The live panel of one session.
pub fn live_one(context: &Context, session: Session) -> Result<Live, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let recordings = context.store().recordings_of(session.id)?;
    let invites_made = context.store().invites_made(session.id)?;
    live_with(context, session, &recordings, invites_made)
}

fn live_with(context: &Context, session: Session, recordings: &[Recording], invites_made: u32) -> Result<Live, Error> {
    let people = occupancy(context, session.id);
    let count = people.as_ref().map(|seen| seen.people);
    let unrecorded = people.as_ref().and_then(|seen| seen.unrecorded_since);
    let proof = proof(&session, latest_attempt(recordings), count, unrecorded, context.now());
    let recording = recording_of_session(recordings).cloned();
    let (overlapped, recording_cut) = (overlapped(context, &session)?, recording_cut(&session, recordings));
    let next_class = next_class(context, &session)?;
    let confirmed_at = match proof {
        Proof::Recording(_) | Proof::Paused(_) => {
            latest_attempt(recordings).and_then(|latest| LiveRooms::of(context).confirmed(latest.id))
        }
        _ => None,
    };
    let countdown = Countdowns::of(context).all().get(&session.id).copied();
    let ends_by_itself = matches!(session.state, SessionState::Live(_))
        && session.origin == Origin::Here
        && context.store().preferences()?.auto_end != AutoEnd::Off
        && !context.store().kept_open()?.contains(&session.id);
    let trouble = context.health().trouble;
    Ok(Live {
        session,
        people,
        invites_made,
        proof,
        recording,
        overlapped,
        recording_cut,
        next_class,
        confirmed_at,
        countdown,
        ends_by_itself,
        trouble,
    })
}
