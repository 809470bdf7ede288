//! Events that a feed no longer has.

use std::collections::BTreeSet;

use super::planning::{Planning, Stays, changed_here, is_as};
use super::{Item, Key, Known};
use crate::domain::ids::{CalendarId, SessionId};
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::Start;

impl Planning<'_> {
    /// Returns whether the feed that brought an event no longer has it. One that it has but that cannot be read is still there.
    pub(super) fn is_gone(&self, key: &Key, known: &Known) -> bool {
        let is_followed = known.fed && matches!(self.source, super::Source::Feed(_));
        is_followed && !self.keys.contains(key) && !self.unreadable.contains(&key.0)
    }

    /// Cancels the classes of the events that the calendar no longer has. What has begun or is over stays.
    pub(super) fn vanished(&mut self, calendar: CalendarId) {
        let earlier = self.earlier;
        let gone = earlier.events.iter().filter(|(_, known)| known.calendar == calendar && !known.gone);
        let gone: Vec<(&Key, &Known)> = gone.filter(|(key, known)| self.is_gone(key, known)).collect();
        for (key, known) in gone {
            match self.take_off(key, known) {
                Ok(Some(taken_off)) => {
                    self.import.gone_events.insert(key.clone(), taken_off);
                }
                Err(Stays::ChangedHere(changed)) => self.import.changed_here.push(changed),
                // It was cancelled here, or it has begun and is over soon.
                Ok(None) | Err(Stays::Refused(_)) => {}
            }
        }
    }

    /// Cancels the classes of an event. Returns those that it cancels; `None` where the event stays as it is, because its class was
    /// cancelled here.
    fn take_off(&mut self, key: &Key, known: &Known) -> Result<Option<BTreeSet<SessionId>>, Stays> {
        if let Some(series) = &known.series {
            let old = self.read_earlier(known);
            let is_as_imported = old.is_some_and(|old| self.is_as_imported(&old, series, false));
            return self.end(&key.0, series, is_as_imported).map(Some);
        }
        let Some(session) = &known.session else { return Ok(Some(BTreeSet::new())) };
        let session = self.import.after.sessions.get(&session.id).unwrap_or(session).clone();
        let (old, phase) = (self.read_earlier(known), session.state.phase());
        if phase == SessionPhase::Cancelled {
            return Ok(old.filter(|old| old.cancelled).map(|_| BTreeSet::new()));
        }
        if session.plan.start.instant() <= self.now {
            return Ok(Some(BTreeSet::new()));
        }
        if phase != SessionPhase::Scheduled {
            return Err("The class has begun, so it is not changed.".into());
        }
        if !old.is_some_and(|old| is_as(&old, &session)) {
            let reason = "The calendar no longer has it, and it was changed here, so it stays.";
            return Err(changed_here(&session, reason));
        }
        if let Some(back) = self.back_in_series(key, &session) {
            return self.change_to(session, &back, false).map(|()| Some(BTreeSet::new()));
        }
        self.import.gone.push(Item { title: session.plan.title.clone(), start: session.plan.start, repeats: None });
        let (id, cancelled) = (session.id, session.clone().cancel(self.now)?);
        self.import.before.sessions.entry(id).or_insert(session);
        self.import.after.sessions.insert(id, cancelled);
        Ok(Some([id].into()))
    }

    /// The plan of a class whose series takes place on its date again as the rule says.
    fn back_in_series(&self, key: &Key, session: &Session) -> Option<Plan> {
        let place = session.series.filter(|_| self.keys.contains(&(key.0.clone(), None)))?;
        let series = self.import.after.series.get(&place.series).or_else(|| self.earlier_series(&key.0))?;
        let start = Start::of_occurrence(place.occurrence, series.plan.start.zone());
        Some(Plan { start, ..series.plan.clone() })
    }
}
