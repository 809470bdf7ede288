//! Makes a class of its own the first class of a series.

use chrono::{DateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::invalid::Invalid;
use crate::domain::schedule::limits::START_HORIZON;
use crate::domain::schedule::person::Person;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::roster;
use crate::domain::schedule::series::{Rooms, Series, SeriesRefusal, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Session, SessionInput};

impl SeriesSessions {
    /// Returns a series that begins with `session`, which gets the plan of `input`, and the classes that are to be made
    /// now. The session keeps its room, its people and its invitations; `people` come to every later class, and with
    /// [`Rooms::Shared`] so do the room and the invitations.
    pub fn begun_with(
        session: &Session,
        people: Vec<Person>,
        input: &SessionInput,
        rule: Rule,
        rooms: Rooms,
        now: DateTime<Utc>,
    ) -> Result<Self, SeriesRefusal> {
        if session.series.is_some() {
            return Err(SeriesRefusal::HasSeries { title: session.plan.title.clone() });
        }
        let first = session.clone().edit(|plan| Ok::<_, SeriesRefusal>(plan.check_change(input, now)?), now)?;
        check_reach(&first, &rule, now)?;
        let rule = rule.with_days_of(first.plan.start.local());
        let code = first.state.code().cloned();
        let series = Series::new(rule, first.plan.clone(), &[], now)?.with_rooms(rooms, code);
        roster::check_size(&people, series.plan.max_participants)?;
        let place = SeriesPlace { series: series.id, occurrence: series.counts_from };
        if series.starts(now).next().map(|start| start.local()) != Some(place.occurrence) {
            let day = place.occurrence.format("%A, %-d %B %Y");
            let message = format!("The rule has no class on {day}, the day of this class.");
            return Err(
                Invalid::one("rrule", message, "Choose days among which it is, or move the class first.").into()
            );
        }
        let plan = Plan { start: series.plan.start, ..first.plan.clone() };
        let first = Session { plan, series: Some(place), ..first };
        let first = match rooms {
            Rooms::Own => first,
            Rooms::Shared => first.with_code(series.room.clone()),
        };
        let later = series.sessions_to_make([&first], now);
        Ok(Self {
            people: [(series.id, people)].into(),
            sessions: std::iter::once(first).chain(later).map(|session| (session.id, session)).collect(),
            series: [(series.id, series)].into(),
        })
    }
}

/// Refuses a class that lies further ahead than a series reaches, or after the end of the rule.
fn check_reach(first: &Session, rule: &Rule, now: DateTime<Utc>) -> Result<(), Invalid> {
    let start = &first.plan.start;
    let day = start.local().format("%A, %-d %B %Y");
    if start.instant() > now.later(START_HORIZON) {
        let message = format!("The class is on {day}, and a series reaches five years ahead.");
        return Err(Invalid::one("start_local", message, "Move the class nearer first."));
    }
    if rule.ends_before(start) {
        let message = format!("The rule ends before {day}, the day of this class.");
        return Err(Invalid::one("rrule", message, "Let the rule end later, or move the class first."));
    }
    Ok(())
}
