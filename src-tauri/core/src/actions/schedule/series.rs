//! Recurring classes: put a series on the schedule, and change or leave out several of its sessions at once. Needs no
//! network.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{JournalId, SeriesId, SessionId};
use crate::domain::profile::journal::{Entity, Scope as JournalScope};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::quality::Quality;
use crate::domain::schedule::holiday;
use crate::domain::schedule::limits::{LENGTH_DEFAULT_MINUTES, PARTICIPANTS_DEFAULT};
use crate::domain::schedule::person::Person;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::roster;
use crate::domain::schedule::series::{Rooms, Scope, Series, SeriesEdit, SeriesRefusal, SeriesSessions, SessionChange};
use crate::domain::schedule::session::{Plan, Session, SessionInput, SessionPhase};
use crate::domain::schedule::start::Start;
use crate::error::Error;
use crate::ports::Topic;

/// The number of dates that a preview shows.
const PREVIEWED: usize = 8;
/// How far ahead a preview looks for dates at which the clocks change.
const NOTED_AHEAD: TimeDelta = TimeDelta::days(2 * 365);
/// The most such dates that a preview names.
const NOTES_MAX: usize = 3;

/// Whether a change is made or only shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The change is made.
    Make,
    /// Nothing is changed.
    Show,
}

/// What a change does, session by session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// The sessions that change, by the time at which the rule put them.
    pub sessions: Vec<SessionChange>,
    /// Classes that are not sessions yet and that are left out from now on.
    pub left_out: Vec<NaiveDateTime>,
    /// The first class that changes with the series and is not a session yet; `None` where there is none.
    pub later_from: Option<Start>,
    /// Sessions of the series that keep their time, by start.
    pub kept: Vec<Kept>,
    /// The series that change, as they are afterwards.
    pub series: Vec<Series>,
    /// The entry of the journal that undoes the change; `None` where nothing was changed.
    pub entry: Option<JournalId>,
}

/// A session that a change of its series leaves at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The session.
    pub session: Session,
    /// Why it stays.
    pub why: KeptBecause,
}

/// Why a session stays at its time when its series changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptBecause {
    /// It has begun, or its time is over.
    Begun,
    /// Somebody moved it by hand.
    Moved,
}

/// A series with the sessions that exist so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// The series.
    pub series: Series,
    /// Its sessions, by start.
    pub sessions: Vec<Session>,
}

/// All series by id.
pub fn all(context: &Context) -> Result<BTreeMap<SeriesId, Series>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(guard::series(context, context.store().all_series()?)?.into_iter().map(|series| (series.id, series)).collect())
}

/// The series of a session; `None` for a session of its own.
pub fn of_session(context: &Context, id: SessionId) -> Result<Option<Series>, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    Ok(context.store().series_with_session(id)?.series.into_values().next())
}

/// What a rule would do, before anything is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The series that would be put on the schedule.
    pub series: Series,
    /// Its first starts.
    pub starts: Vec<Start>,
    /// Whether there are more.
    pub more: bool,
    /// The starts of the next two years that the clocks skip or show twice.
    pub changed_clocks: Vec<Start>,
}

/// Says what a rule would do, without the title and the other fields of the form. `start_local` is wall-clock time in
/// `timezone`. Changes nothing.
pub fn preview(context: &Context, start_local: &str, timezone: &str, rule: &str) -> Result<Preview, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let now = context.now();
    let input = SessionInput { start_local: start_local.to_owned(), timezone: timezone.to_owned(), ..example() };
    let series = Series::new(Rule::parse(rule)?, Plan::check(&input, now)?, &[], now)?;
    let mut starts: Vec<Start> = series.starts(now).take(PREVIEWED.saturating_add(1)).collect();
    let more = starts.len() > PREVIEWED;
    starts.truncate(PREVIEWED);
    let until = now.later(NOTED_AHEAD);
    let noted = series.starts(now).take_while(|start| start.instant() < until).filter(|start| start.note().is_some());
    let changed_clocks = noted.take(NOTES_MAX).collect();
    Ok(Preview { series, starts, more, changed_clocks })
}

/// A plan whose fields are all right, so that a preview refuses only what it is asked about.
fn example() -> SessionInput {
    SessionInput {
        title: "Class".into(),
        instructor: "Instructor".into(),
        start_local: String::new(),
        timezone: String::new(),
        duration_minutes: i64::from(LENGTH_DEFAULT_MINUTES),
        record: false,
        quality: Quality::default().name().to_owned(),
        max_participants: i64::from(PARTICIPANTS_DEFAULT),
    }
}

/// How a new series repeats.
#[derive(Debug, Clone, Copy)]
pub struct NewSeries<'a> {
    /// A recurrence rule of RFC 5545.
    pub rule: &'a str,
    /// The days on which there is no class.
    pub left_out: &'a [NaiveDate],
    /// The rooms in which the classes are held.
    pub rooms: Rooms,
}

/// What changes of a series besides the plan of its classes, unchecked.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeriesInput<'a> {
    /// The new recurrence rule of RFC 5545; `None` where the series keeps its rule.
    pub rule: Option<&'a str>,
    /// The rooms of the classes; `None` where they stay.
    pub rooms: Option<Rooms>,
}

/// Puts a series on the schedule whose classes have a room each. `rule` is a recurrence rule of RFC 5545; on the days in
/// `left_out` there is no class.
pub fn schedule(
    context: &Context,
    input: &SessionInput,
    rule: &str,
    left_out: &[NaiveDate],
    mode: Mode,
) -> Result<Scheduled, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    schedule_as(context, input, &NewSeries { rule, left_out, rooms: Rooms::Own }, Vec::new(), mode)
}

/// Puts a series on the schedule, with people on the roster of every class.
pub fn schedule_as(
    context: &Context,
    input: &SessionInput,
    new: &NewSeries<'_>,
    people: Vec<Person>,
    mode: Mode,
) -> Result<Scheduled, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    let series = Series::new(Rule::parse(new.rule)?, Plan::check(input, now)?, new.left_out, now)?;
    let series = series.with_rooms(new.rooms, None);
    roster::check_size(&people, series.plan.max_participants)?;
    let holidays = context.store().holidays()?;
    let planned = series.sessions_to_make([], now).into_iter();
    let sessions: Vec<Session> = planned.map(|session| holiday::outside(session, &holidays, now)).collect();
    if mode == Mode::Make {
        let all = SeriesSessions {
            series: [(series.id, series.clone())].into(),
            sessions: sessions.iter().map(|session| (session.id, session.clone())).collect(),
            people: [(series.id, people)].into(),
        };
        context.store().schedule_series(series.id, &all, now)?;
        context.changed(&[Topic::Sessions]);
    }
    Ok(Scheduled { series, sessions })
}

/// Changes the plan of a session and of those after it, or of all that have not begun. Only the fields that differ from
/// the session’s plan change.
pub fn edit(
    context: &Context,
    id: SessionId,
    scope: Scope,
    input: &SessionInput,
    mode: Mode,
) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    edit_series(context, id, scope, input, SeriesInput::default(), mode)
}

/// Does what [`edit`] does, and changes the series itself. With another rule, a class keeps its week (its month, its year)
/// and moves there to the day of the new rule.
pub fn edit_series(
    context: &Context,
    id: SessionId,
    scope: Scope,
    input: &SessionInput,
    wanted: SeriesInput<'_>,
    mode: Mode,
) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    let wanted = SeriesEdit { rule: wanted.rule.map(Rule::parse).transpose()?, rooms: wanted.rooms };
    change(context, id, mode, |all| all.edit(id, scope, input, wanted, now))
}

/// Makes a class of its own the first class of a series, which repeats by a rule of RFC 5545, or shows what would change.
/// The class gets the plan of `input` and keeps its room, its people and its invitations.
pub fn begin(
    context: &Context,
    id: SessionId,
    input: &SessionInput,
    rule: &str,
    rooms: Rooms,
    mode: Mode,
) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let session = super::sessions::get(context, id)?;
    let (now, rule, holidays) = (context.now(), Rule::parse(rule)?, context.store().holidays()?);
    let begun = |session: &Session, people: Vec<Person>| {
        let mut after = SeriesSessions::begun_with(session, people, input, rule, rooms, now)?;
        for later in after.sessions.values_mut().filter(|later| later.id != id) {
            *later = holiday::outside(later.clone(), &holidays, now);
        }
        Ok::<_, Error>(after)
    };
    let (before, after) = match mode {
        Mode::Make => {
            let missing = || Error::NotFound { what: "session", id: id.to_string() };
            context.store().begin_series_by_hand(id, now, begun)?.ok_or_else(missing)?
        }
        Mode::Show => {
            let after = begun(&session, context.store().roster_of(id)?)?;
            (SeriesSessions { sessions: [(id, session)].into(), ..SeriesSessions::default() }, after)
        }
    };
    report(context, id, mode, &before, &after)
}

/// Changes the plan of one session, which stays in its series, or shows what would change.
pub fn edit_one(context: &Context, id: SessionId, input: &SessionInput, mode: Mode) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    let before = super::sessions::get(context, id)?;
    let after = match mode {
        Mode::Make => super::sessions::edit(context, id, input)?,
        Mode::Show => before.clone().edit(|plan| Ok::<_, Error>(plan.check_change(input, now)?), now)?,
    };
    Ok(one(before, after))
}

/// Cancels one session, or shows what would change. Its series never makes it again.
pub fn skip_one(context: &Context, id: SessionId, mode: Mode) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let before = super::sessions::get(context, id)?;
    let after = match mode {
        Mode::Make => super::sessions::cancel(context, id)?,
        Mode::Show => before.clone().cancel(context.now())?,
    };
    Ok(one(before, after))
}

/// Cancels a session and those after it. The series ends before it.
pub fn skip_following(context: &Context, id: SessionId, mode: Mode) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let now = context.now();
    change(context, id, mode, |all| all.end_before(id, now))
}

/// Leaves out the class of a day, also one that is not a session yet. `id` is any session of the series.
pub fn skip_day(context: &Context, id: SessionId, date: NaiveDate, mode: Mode) -> Result<Changed, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let now = context.now();
    change(context, id, mode, |all| all.skip_day(id, date, now))
}

fn one(before: Session, after: Session) -> Changed {
    let sessions = if before.plan == after.plan && before.state == after.state {
        Vec::new()
    } else {
        vec![SessionChange { before: Some(before), after }]
    };
    Changed { sessions, ..Changed::default() }
}

fn change(
    context: &Context,
    id: SessionId,
    mode: Mode,
    change: impl FnOnce(SeriesSessions) -> Result<SeriesSessions, SeriesRefusal>,
) -> Result<Changed, Error> {
    let session = super::sessions::get(context, id)?;
    let (now, holidays) = (context.now(), context.store().holidays()?);
    let change = |before: SeriesSessions| {
        let known: BTreeSet<SessionId> = before.sessions.keys().copied().collect();
        let mut after = change(before)?;
        for session in after.sessions.values_mut().filter(|session| !known.contains(&session.id)) {
            *session = holiday::outside(session.clone(), &holidays, now);
        }
        Ok::<_, SeriesRefusal>(after)
    };
    let changed = match mode {
        Mode::Make => context.store().change_series_by_hand(id, now, |before| Ok::<_, Error>(change(before)?))?,
        Mode::Show => {
            let before = context.store().series_with_session(id)?;
            let after = change(before.clone())?;
            Some((before, after))
        }
    };
    let (before, after) = changed.ok_or(SeriesRefusal::NoSeries { title: session.plan.title })?;
    report(context, id, mode, &before, &after)
}

/// Says what a change did, or would do, and tells the page about it.
fn report(
    context: &Context,
    id: SessionId,
    mode: Mode,
    before: &SeriesSessions,
    after: &SeriesSessions,
) -> Result<Changed, Error> {
    let now = context.now();
    if mode == Mode::Make {
        context.changed(&[Topic::Sessions]);
    }
    // A series whose exceptions only moved to another time leaves out nothing new.
    let left_out = after.series.values().flat_map(|series| {
        let known = before.series.get(&series.id).filter(|other| other.exceptions.len() < series.exceptions.len());
        known.into_iter().flat_map(|other| series.exceptions.difference(&other.exceptions).copied())
    });
    let later = after.series.values().filter(|series| {
        let other = before.series.get(&series.id);
        other.is_none_or(|other| (&other.plan, &other.rule, &other.room) != (&series.plan, &series.rule, &series.room))
    });
    let changing: Vec<Series> = later.cloned().collect();
    let later_from = changing
        .iter()
        .filter_map(|series| series.first_without_session(after.sessions.values(), now))
        .min_by_key(Start::instant);
    let entry = match (mode, before.series.keys().chain(after.series.keys()).next()) {
        (Mode::Make, Some(series)) if before != after => newest_entry(context, *series)?,
        _ => None,
    };
    let kept = kept(after, id, now);
    Ok(Changed {
        sessions: after.changes_since(before),
        left_out: left_out.collect(),
        later_from,
        kept,
        series: changing,
        entry,
    })
}

/// The newest entry of the journal about a series.
pub fn newest_entry(context: &Context, series: SeriesId) -> Result<Option<JournalId>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let entries = context.store().journal(JournalScope::Of(Entity::Series(series)), 1)?;
    Ok(entries.first().map(|entry| entry.id))
}

/// The sessions of the series of `id` that keep their time whatever becomes of the series.
fn kept(after: &SeriesSessions, id: SessionId, now: DateTime<Utc>) -> Vec<Kept> {
    let series = after.sessions.get(&id).and_then(|session| session.series).map(|place| place.series);
    let of_series = after.sessions.values().filter(|session| session.series.map(|place| place.series) == series);
    let mut kept: Vec<Kept> = of_series
        .filter_map(|session| {
            let open = matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled);
            let why = match (open && session.plan.end() > now, session.is_moved()) {
                (false, _) => KeptBecause::Begun,
                (true, true) => KeptBecause::Moved,
                (true, false) => return None,
            };
            Some(Kept { session: session.clone(), why })
        })
        .collect();
    kept.sort_by_key(|kept| kept.session.plan.start.instant());
    kept
}
