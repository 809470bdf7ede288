//! The menu of the tray, read from the database. Sends no request.

use chrono::TimeDelta;

use crate::actions::guard;
use crate::actions::recorder::live;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::reminder::is_taught_by;
use crate::domain::ids::SessionId;
use crate::domain::profile::global_keys::KeyAction;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::proof::Proof;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Session, SessionState};
use crate::domain::schedule::tray_menu::{self, Item, LiveClass, LiveRecording, Meaning, NextClass, TrayState};
use crate::error::Error;

/// How far ahead the menu looks for the next class.
const HORIZON: TimeDelta = TimeDelta::days(14);

/// The menu, and whether a class is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayMenu {
    /// The entries, from top to bottom.
    pub items: Vec<Item>,
    /// Whether a class is live, which the icon shows.
    pub is_live: bool,
}

/// Reads the menu.
pub fn menu(context: &Context) -> Result<TrayMenu, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let state = state(context)?;
    Ok(TrayMenu { items: tray_menu::menu(&state, context.now()), is_live: !state.live.is_empty() })
}

/// What a global key means at present.
pub fn of_key(context: &Context, action: KeyAction) -> Result<Meaning, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(tray_menu::of_key(action, &state(context)?, context.now()))
}

fn state(context: &Context) -> Result<TrayState, Error> {
    let (store, now) = (context.store(), context.now());
    let ready = guard::recordings(context, store.recordings_since(Status::Ready, None, 1)?)?;
    let newest = ready.into_iter().next().map(|Recording { id, title, .. }| (id, title));
    if !guard::may(context, Permission::SeeSchedule) {
        return Ok(TrayState { live: Vec::new(), starting: None, next: None, on_its_way: 0, newest });
    }
    let mut live: Vec<_> = live::live(context)?
        .into_iter()
        .filter_map(|live| match &live.session.state {
            SessionState::Live(room) => Some((room.opened_at, class(&live))),
            _ => None,
        })
        .collect();
    live.sort_by_key(|(opened_at, _)| *opened_at);
    let is_starting = |session: &Session| matches!(session.state, SessionState::Starting { .. });
    let starting = store.open_sessions()?.into_iter().find(is_starting).map(|session| session.plan.title);
    let instructor = store.preferences()?.instructor;
    let is_next = |session: &Session| {
        matches!(session.state, SessionState::Scheduled { .. })
            && session.origin == Origin::Here
            && is_taught_by(session, &instructor)
            && session.plan.end() > now
    };
    let next = store.sessions(Some(now), Some(now.later(HORIZON)))?.into_iter().find(is_next);
    let next = next.map(|Session { id, plan, .. }| NextClass { session: id, title: plan.title, start: plan.start });
    Ok(TrayState {
        live: live.into_iter().map(|(_, class)| class).collect(),
        starting,
        next,
        on_its_way: store.count_since(Status::Processing, None)?,
        newest,
    })
}

/// Whether ending a class from the menu may send somebody away, so that a person is asked first: somebody is in its room,
/// or nobody knows.
pub fn asks_before_ending(context: &Context, session: SessionId) -> Result<bool, Error> {
    guard::allow_session(context, Permission::RunClasses, session)?;
    let all = live::live(context)?;
    let known = all.into_iter().find(|live| live.session.id == session);
    Ok(known.is_none_or(|live| live.people.is_none_or(|people| people.people > 0)))
}

fn class(live: &live::Live) -> LiveClass {
    let recording = match live.proof {
        Proof::NotRecorded => LiveRecording::Unwanted,
        Proof::WaitingForPeople | Proof::Starting(_) | Proof::Stopped(_) => LiveRecording::Waiting,
        Proof::Recording(_) => LiveRecording::On,
        Proof::Paused(_) => LiveRecording::Paused,
        Proof::Alarm(..) => LiveRecording::Missing,
    };
    let Session { id, plan, .. } = &live.session;
    LiveClass { session: *id, title: plan.title.clone(), end: plan.end(), recording }
}
