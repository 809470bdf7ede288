//! One room for all classes of a series, so that the address people join with stays the same from class to class.
//!
//! The series has the room code, and every class that is made for it gets this code. A class that has a room of its own
//! when the choice is made keeps it, so that its invitations hold.

use chrono::{DateTime, Utc};

use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::schedule::series::rule_change::is_open;
use crate::domain::schedule::series::{Rooms, Series, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, RoomCode, Session, SessionPhase};
use crate::domain::schedule::start::Start;

impl Series {
    /// Returns the rooms in which the classes are held.
    #[must_use]
    pub const fn rooms(&self) -> Rooms {
        if self.room.is_some() { Rooms::Shared } else { Rooms::Own }
    }

    /// Returns the series with one room for all classes, or with a room for each. `code` is that of a room that may
    /// exist already.
    #[must_use]
    pub fn with_rooms(self, rooms: Rooms, code: Option<RoomCode>) -> Self {
        let room = match rooms {
            Rooms::Own => None,
            Rooms::Shared => self.room.or(code).or_else(|| Some(RoomCode::random())),
        };
        Self { room, ..self }
    }

    /// Makes the class of an occurrence.
    pub(super) fn class_at(&self, start: Start, now: DateTime<Utc>) -> Session {
        let place = SeriesPlace { series: self.id, occurrence: start.local() };
        Session::of_series(Plan { start, ..self.plan.clone() }, place, now).with_code(self.room.clone())
    }
}

impl SeriesSessions {
    /// Lets the classes of a series share one room, or have a room each. If the first class ahead has a room already, that
    /// one is shared, so that its invitations become those of every class.
    pub(super) fn set_rooms(&mut self, id: SeriesId, rooms: Rooms, now: DateTime<Utc>) {
        let of_series = |session: &&Session| session.series.is_some_and(|place| place.series == id);
        let ahead = self.sessions.values().filter(of_series).filter(|session| is_ahead(session, now));
        let first = ahead.min_by_key(|session| session.plan.start.instant());
        let code = first.and_then(|session| session.state.code().cloned());
        if let Some(series) = self.series.get_mut(&id) {
            *series = series.clone().with_rooms(rooms, code);
        }
    }

    /// Gives the classes that have not begun the room codes that follow from their series, where these had other rooms in
    /// `were`. Where a room is no longer shared, the first of its classes keeps it, with the invitations.
    pub(super) fn fit_rooms(&mut self, were: &Self, now: DateTime<Utc>) {
        let room = |all: &Self, session: &Session| all.series.get(&session.series?.series)?.room.clone();
        let mut open: Vec<SessionId> =
            self.sessions.values().filter(|session| is_open(session, now)).map(|session| session.id).collect();
        open.sort_by_key(|id| (self.sessions.get(id).map(|session| session.plan.start.instant()), *id));
        let mut in_use: Vec<RoomCode> = self.series.values().filter_map(|series| series.room.clone()).collect();
        for id in open {
            let Some(session) = self.sessions.get(&id) else { continue };
            let (was, is) = (were.sessions.get(&id).and_then(|before| room(were, before)), room(self, session));
            if was == is {
                continue;
            }
            let code = match session.state.code() {
                None => is,
                Some(own) if Some(own) == was.as_ref() => {
                    if is.is_none() && is_ahead(session, now) && !in_use.contains(own) {
                        in_use.push(own.clone());
                        continue;
                    }
                    is
                }
                Some(_) => continue,
            };
            let session = session.clone().with_code(code);
            self.sessions.insert(id, session);
        }
    }
}

fn is_ahead(session: &Session, now: DateTime<Utc>) -> bool {
    is_open(session, now) && session.state.phase() == SessionPhase::Scheduled
}
