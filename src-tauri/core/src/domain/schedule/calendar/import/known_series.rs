//! A series that an earlier import made, and that the calendar has again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};

use super::planning::{InFile, Planning, Stays, changed_here};
use super::{ChangedHere, Item, Known};
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::schedule::calendar::event::Event;
use crate::domain::schedule::holiday;
use crate::domain::schedule::series::{Series, SeriesSessions};
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::Start;

/// Why a series stays as it is here.
const CHANGED: &str = "The series was changed here and in the calendar, so it stays as it is here.";

impl Planning<'_> {
    /// Makes a series follow its event, unless somebody changed it here. `old` is the event as it was imported.
    pub(super) fn known_series(
        &mut self,
        known: &Known,
        old: Option<&Event>,
        series: &Series,
        event: &Event,
    ) -> Result<(), Stays> {
        let Some(rule) = event.rule.clone() else {
            return Err("It was a series and repeats no longer. End that series here, then import it again.".into());
        };
        let is_same = old.is_some_and(|old| old.means_the_same_as(event));
        if event.cancelled && !is_same {
            let is_as_imported = known.gone || old.is_some_and(|old| self.is_as_imported(old, series, false));
            return self.end(&event.uid, series, is_as_imported).map(|_| ());
        }
        let wanted = self.plan(event).map_err(Stays::from).and_then(|wanted| {
            let plan = Plan { title: wanted.title, start: wanted.start, length: wanted.length, ..series.plan.clone() };
            self.series_of(event, plan, rule)
        });
        let (wanted, days) = match wanted {
            Ok(wanted) => wanted,
            // All its classes may be over by now.
            Err(_) if is_same => {
                self.import.same = self.import.same.saturating_add(1);
                return Ok(());
            }
            Err(stays) => return Err(stays),
        };
        let in_file = InFile { id: series.id, days: days.clone(), is_known: true };
        if !old.is_some_and(|old| self.is_as_imported(old, series, known.gone)) {
            self.series.insert(event.uid.clone(), in_file);
            if is_same {
                self.import.same = self.import.same.saturating_add(1);
                return Ok(());
            }
            return Err(Stays::ChangedHere(ChangedHere {
                title: series.plan.title.clone(),
                start: series.plan.start,
                reason: CHANGED.to_owned(),
            }));
        }
        let was_left_out: BTreeSet<NaiveDate> = old.into_iter().flat_map(|old| old.left_out.iter().copied()).collect();
        let dates = self.dates_of_their_own(&event.uid, series);
        let by_hand = series.exceptions.iter().filter(|local| {
            let day = local.date();
            !was_left_out.contains(&day) && !dates.contains_key(&day)
        });
        let kept = dates.iter().filter(|(_, stays)| **stays).map(|(day, _)| *day);
        let left_out: BTreeSet<NaiveDate> = by_hand.map(NaiveDateTime::date).chain(kept).collect();
        let room = series.room.clone();
        let mut wanted = Series { id: series.id, created_at: series.created_at, room, ..wanted };
        wanted.exceptions.extend(left_out.iter().filter_map(|day| days.get(day).copied()));
        let is_left_out = |day: &NaiveDate| days.get(day).is_some_and(|local| wanted.exceptions.contains(local));
        let mut restored: BTreeSet<NaiveDate> = was_left_out.into_iter().filter(|day| !is_left_out(day)).collect();
        let sessions = self.classes_of(series.id);
        let taken_off = self.taken_off(&event.uid);
        let taken_off = sessions.iter().filter(|one| taken_off.contains(&one.id));
        let taken_off = taken_off.filter_map(|one| Some(one.series?.occurrence.date()));
        restored.extend(taken_off.filter(|day| !is_left_out(day)));
        if wanted == *series && restored.is_empty() {
            self.series.insert(event.uid.clone(), in_file);
            self.import.same = self.import.same.saturating_add(1);
            return Ok(());
        }
        let before = SeriesSessions {
            series: [(series.id, series.clone())].into(),
            sessions: sessions.into_iter().map(|session| (session.id, session)).collect(),
            ..SeriesSessions::default()
        };
        let mut after = before.clone().follow(wanted, &restored, self.now)?;
        for (id, session) in &mut after.sessions {
            let was = before.sessions.get(id).map(|session| session.state.phase());
            let now_is = session.state.phase();
            if was.is_none() || was == Some(SessionPhase::Cancelled) && now_is == SessionPhase::Scheduled {
                *session = holiday::outside(session.clone(), &self.earlier.holidays, self.now);
            }
        }
        self.series.insert(event.uid.clone(), in_file);
        if after == before {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(());
        }
        if let Some(series) = after.series.get(&series.id) {
            let start = series.starts(self.now).find(|start| start.instant() >= self.now).unwrap_or(series.plan.start);
            let repeats = Some(series.sentence());
            self.import.changed.push(Item { title: series.plan.title.clone(), start, repeats });
        }
        self.import.before.series.extend(before.series);
        self.import.before.sessions.extend(before.sessions);
        self.import.after.series.extend(after.series);
        self.import.after.sessions.extend(after.sessions);
        Ok(())
    }

    /// Cancels what lies ahead of a series and ends it there. Classes that a person changed stay and are named. Returns the
    /// classes that are cancelled.
    pub(super) fn end(
        &mut self,
        uid: &str,
        series: &Series,
        is_as_imported: bool,
    ) -> Result<BTreeSet<SessionId>, Stays> {
        let classes = self.classes_of(series.id);
        let ahead = |session: &&Session| {
            session.state.phase() == SessionPhase::Scheduled && session.plan.start.instant() > self.now
        };
        let local = self.now.with_timezone(&series.plan.start.zone()).naive_local();
        if series.ends_before.is_some_and(|end| end <= local) && !classes.iter().any(|one| ahead(&one)) {
            return Ok(BTreeSet::new());
        }
        if !is_as_imported {
            let reason = "The calendar no longer has this series, and it was changed here, so it stays.".to_owned();
            let (title, start) = (series.plan.title.clone(), series.plan.start);
            return Err(Stays::ChangedHere(ChangedHere { title, start, reason }));
        }
        let start = classes.iter().filter(ahead).map(|one| one.plan.start).min_by_key(Start::instant);
        let repeats = Some(series.sentence());
        self.import.gone.push(Item {
            title: series.plan.title.clone(),
            start: start.unwrap_or(series.plan.start),
            repeats,
        });
        let of_dates = self.classes_of_dates(uid);
        let mut taken_off = BTreeSet::new();
        for session in classes.iter().filter(ahead).filter(|session| !of_dates.contains(&session.id)) {
            let plan = &session.plan;
            let is_as_the_series = (&plan.title, &plan.instructor, plan.length)
                == (&series.plan.title, &series.plan.instructor, series.plan.length);
            if session.is_moved() || !is_as_the_series {
                self.import.changed_here.push(ChangedHere {
                    title: plan.title.clone(),
                    start: plan.start,
                    reason: "The calendar no longer has its series, and it was changed here, so it stays.".to_owned(),
                });
                continue;
            }
            self.import.before.sessions.entry(session.id).or_insert_with(|| session.clone());
            self.import.after.sessions.insert(session.id, session.clone().cancel(self.now)?);
            taken_off.insert(session.id);
        }
        let ended = Series { ends_before: Some(local.max(series.counts_from)), ..series.clone() };
        self.before_of_series(series);
        self.import.after.series.insert(series.id, ended);
        Ok(taken_off)
    }

    /// The classes of a series that follow an event of their own: that of a date that the file has, or that the feed no longer
    /// has.
    fn classes_of_dates(&self, uid: &str) -> BTreeSet<SessionId> {
        let known = self.earlier.events.range((uid.to_owned(), None)..).take_while(|(key, _)| key.0 == uid);
        let dates = known.filter(|(key, _)| key.1.is_some());
        let own = dates.filter(|(key, known)| self.keys.contains(*key) || self.is_gone(key, known));
        own.filter_map(|(_, known)| known.session.as_ref()).map(|session| session.id).collect()
    }

    /// The classes that were cancelled because the calendar had neither the series nor, where it does not have it now, their date.
    fn taken_off(&self, uid: &str) -> BTreeSet<SessionId> {
        let known = self.earlier.events.range((uid.to_owned(), None)..).take_while(|(key, _)| key.0 == uid);
        let gone = known.filter(|(key, known)| known.gone && (key.1.is_none() || !self.keys.contains(*key)));
        gone.flat_map(|(_, known)| known.taken_off.iter().copied()).collect()
    }

    /// Changes the class that a series has on a date, unless somebody changed it here.
    pub(super) fn change_date(
        &mut self,
        session: Session,
        series: SeriesId,
        event: &Event,
        wanted: &Plan,
    ) -> Result<SessionId, Stays> {
        let id = session.id;
        let phase = session.state.phase();
        if !matches!(phase, SessionPhase::Scheduled | SessionPhase::Cancelled) {
            return Err("The class has begun, so it is not changed.".into());
        }
        let is_cancelled = phase == SessionPhase::Cancelled;
        if event.cancelled && is_cancelled {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(id);
        }
        let of_series = self.import.after.series.get(&series).or_else(|| self.earlier_series(&event.uid));
        let as_the_series = of_series.is_some_and(|series| {
            (&session.plan.title, session.plan.length) == (&series.plan.title, series.plan.length)
        });
        if session.is_moved() || is_cancelled || !as_the_series {
            return Err(changed_here(&session, "It was changed here and in the calendar, so it stays as it is here."));
        }
        self.change_to(session, wanted, event.cancelled)?;
        Ok(id)
    }

    /// Notes a series as it was before the import changes it.
    pub(super) fn before_of_series(&mut self, series: &Series) {
        let is_new = !self.import.after.series.contains_key(&series.id);
        if is_new {
            self.import.before.series.entry(series.id).or_insert_with(|| series.clone());
            self.import.after.series.insert(series.id, series.clone());
        }
    }

    /// The series that an earlier import made of the event with this id.
    pub(super) fn earlier_series(&self, uid: &str) -> Option<&Series> {
        self.earlier.events.get(&(uid.to_owned(), None))?.series.as_ref()
    }

    /// The classes of a series, as the import leaves them so far.
    pub(super) fn classes_of(&self, series: SeriesId) -> Vec<Session> {
        let earlier = self.earlier.of_series.get(&series).into_iter().flatten();
        let mut classes: BTreeMap<SessionId, Session> = earlier.map(|one| (one.id, one.clone())).collect();
        let of_it = |one: &&Session| one.series.is_some_and(|place| place.series == series);
        classes.extend(self.import.after.sessions.values().filter(of_it).map(|one| (one.id, one.clone())));
        classes.into_values().collect()
    }

    /// The class that a series has on a day by its rule.
    pub(super) fn class_on(&self, series: SeriesId, day: NaiveDate) -> Option<Session> {
        self.classes_of(series).into_iter().find(|one| one.series.is_some_and(|place| place.occurrence.date() == day))
    }

    /// The days of a series that have an event but no class of the series, and whether they stay left out.
    fn dates_of_their_own(&self, uid: &str, series: &Series) -> BTreeMap<NaiveDate, bool> {
        let zone = series.plan.start.zone();
        let from = (uid.to_owned(), None);
        let known = self.earlier.events.range(from..).take_while(|(key, _)| key.0 == uid);
        let dates = known.filter_map(|(key, known)| {
            let in_series = known.session.as_ref().is_some_and(|session| session.series.is_some());
            let day = key.1?.with_timezone(&zone).date_naive();
            (!in_series).then(|| (day, !known.gone && !self.is_gone(key, known)))
        });
        dates.collect()
    }

    /// Returns whether a series is as its event said when it was imported.
    pub(super) fn is_as_imported(&self, old: &Event, series: &Series, was_ended: bool) -> bool {
        let plan = Plan { title: old.title.clone(), start: old.start, length: old.length, ..series.plan.clone() };
        let same_plan = (&plan.title, plan.length, plan.start.local(), plan.start.zone())
            == (&series.plan.title, series.plan.length, series.plan.start.local(), series.plan.start.zone());
        let same_rule = old.rule.as_ref() == Some(&series.rule);
        let whole = series.counts_from == series.plan.start.local() && (was_ended || series.ends_before.is_none());
        let extra = series.extra.iter().all(|local| old.extra.contains(local));
        let every = Series { exceptions: BTreeSet::new(), ends_before: None, ..series.clone() };
        let has = |local: &NaiveDateTime| series.extra.contains(local) || every.on(local.date(), self.now).is_some();
        same_plan && same_rule && whole && extra && old.extra.iter().all(has)
    }
}
