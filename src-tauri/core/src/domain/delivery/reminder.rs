//! Reminders of classes: what a person wants to be told, and which reminders are due.
//!
//! A reminder is due in one phase of a class only, so a computer that slept tells what holds now and not what it missed.
//! The desk notes every reminder that it has told, with the start that it was about. A clock that is set back therefore
//! repeats nothing, and a class that is moved to another time is announced again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::ids::SessionId;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Session, SessionState};

/// The minutes before a class at which people may be reminded.
pub const MINUTES_BEFORE: [u32; 4] = [5, 10, 15, 30];
/// The minutes after the planned start at which people may be told that they should be live.
pub const MINUTES_LATE: [u32; 3] = [2, 5, 10];
/// How long after its moment a reminder still counts as told in time. After a longer break the computer slept, or Hajime
/// was closed.
const PUNCTUAL: TimeDelta = TimeDelta::minutes(2);
/// How long after the planned end a person is still told that a class was missed.
const MISSED_PERIOD: TimeDelta = TimeDelta::hours(12);

/// Which reminders a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderSettings {
    /// Minutes before the planned start, one of [`MINUTES_BEFORE`]; `None` for no such reminder.
    pub before_minutes: Option<u32>,
    /// Whether there is a reminder at the planned start.
    pub at_start: bool,
    /// Minutes after the planned start of a class that has not begun, one of [`MINUTES_LATE`]; `None` for no such
    /// reminder.
    pub late_minutes: Option<u32>,
}

impl Default for ReminderSettings {
    fn default() -> Self {
        Self { before_minutes: Some(10), at_start: true, late_minutes: Some(5) }
    }
}

impl ReminderSettings {
    /// Checks that the minutes are among those that can be chosen.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        if self.before_minutes.is_some_and(|minutes| !MINUTES_BEFORE.contains(&minutes)) {
            problems.push(FieldError {
                field: "before_minutes",
                message: "Hajime does not remind at that time before a class.".into(),
                next: "Choose 5, 10, 15 or 30 minutes, or no reminder.",
            });
        }
        if self.late_minutes.is_some_and(|minutes| !MINUTES_LATE.contains(&minutes)) {
            problems.push(FieldError {
                field: "late_minutes",
                message: "Hajime does not remind at that time after the planned start.".into(),
                next: "Choose 2, 5 or 10 minutes, or no reminder.",
            });
        }
        Invalid::check(problems)
    }

    /// Returns whether a person wants no reminder at all.
    #[must_use]
    pub const fn are_off(&self) -> bool {
        self.before_minutes.is_none() && !self.at_start && self.late_minutes.is_none()
    }
}

/// What a reminder says about its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReminderKind {
    /// The class begins soon.
    Soon,
    /// The class begins now.
    Now,
    /// The class should have begun some minutes ago.
    Late,
    /// Hajime could not remind anybody in time, and the class can still be held.
    Overslept,
    /// Hajime could not remind anybody in time, and the planned end has passed.
    Missed,
}

impl ReminderKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Soon, Self::Now, Self::Late, Self::Overslept, Self::Missed];

    /// Returns the stable word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Now => "now",
            Self::Late => "late",
            Self::Overslept => "overslept",
            Self::Missed => "missed",
        }
    }

    /// Reads a kind from its stored word; `None` for an unknown word.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns whether the class can be started from the reminder.
    #[must_use]
    pub const fn offers_start(self) -> bool {
        match self {
            Self::Soon | Self::Now | Self::Late | Self::Overslept => true,
            Self::Missed => false,
        }
    }
}

/// A reminder of one class at one planned start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reminder {
    /// The class.
    pub session: SessionId,
    /// The planned start that the reminder is about.
    pub start: DateTime<Utc>,
    /// What it says.
    pub kind: ReminderKind,
}

/// A reminder that was told, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The reminder.
    pub reminder: Reminder,
    /// When it was told, by the clock of that moment.
    pub at: DateTime<Utc>,
}

/// Returns the span of planned starts that reminders may be about at `now`. The first is long ago, because a class may
/// take a day.
#[must_use]
pub fn span_of_starts(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let longest = MINUTES_BEFORE.into_iter().max().unwrap_or_default();
    (now.earlier(LENGTH_MAX).earlier(MISSED_PERIOD), now.later(minutes(longest)).later(minutes(1)))
}

/// Returns the moment at which a session that begins at `start`, after the span of [`span_of_starts`], comes into it.
#[must_use]
pub fn comes_near_at(start: DateTime<Utc>) -> DateTime<Utc> {
    let (_, to) = span_of_starts(start);
    start.earlier(to.since(start))
}

/// Returns the next moment after `now` at which a reminder of one of these sessions may become due.
#[must_use]
pub fn next_moment(sessions: &[Session], settings: ReminderSettings, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let moments = sessions.iter().flat_map(|session| {
        let class = Class { session, start: session.plan.start.instant(), settings, told: &[], now };
        let kinds = [ReminderKind::Soon, ReminderKind::Now, ReminderKind::Late];
        let end = (!settings.are_off()).then(|| session.plan.end());
        kinds.map(|kind| class.moment_of(kind)).into_iter().flatten().chain(end)
    });
    moments.filter(|moment| *moment > now).min()
}

/// Returns the reminders that are due and were not told, one for each class at most.
///
/// `instructor` is the person who teaches at this desk: only their classes count, and classes without a known
/// instructor. Where it is empty, all classes count.
#[must_use]
pub fn due(
    sessions: &[Session],
    instructor: &str,
    settings: ReminderSettings,
    told: &[Told],
    now: DateTime<Utc>,
) -> Vec<Reminder> {
    let of_this_desk = sessions.iter().filter(|session| is_taught_by(session, instructor));
    of_this_desk
        .filter_map(|session| {
            let start = session.plan.start.instant();
            let about = |told: &&Told| told.reminder.session == session.id && told.reminder.start == start;
            let told: Vec<Told> = told.iter().filter(about).copied().collect();
            let kind = Class { session, start, settings, told: &told, now }.due()?;
            Some(Reminder { session: session.id, start, kind })
        })
        .collect()
}

/// Returns whether a class counts at a desk at which `instructor` teaches.
#[must_use]
pub fn is_taught_by(session: &Session, instructor: &str) -> bool {
    let (own, theirs) = (instructor.trim(), session.plan.instructor.trim());
    own.is_empty() || theirs.is_empty() || own.to_lowercase() == theirs.to_lowercase()
}

/// One class and what was told about it.
struct Class<'a> {
    session: &'a Session,
    start: DateTime<Utc>,
    settings: ReminderSettings,
    told: &'a [Told],
    now: DateTime<Utc>,
}

impl Class<'_> {
    fn due(&self) -> Option<ReminderKind> {
        // A session of another desk that is still on the schedule lies in the past and was held there.
        let waits = matches!(self.session.state, SessionState::Scheduled { .. });
        if !waits || self.session.origin != Origin::Here || self.settings.are_off() {
            return None;
        }
        let kind = match self.now {
            now if now < self.start => self.before(),
            now if now < self.session.plan.end() => self.during(),
            _ => self.afterwards(),
        }?;
        (!self.was_told(kind)).then_some(kind)
    }

    fn before(&self) -> Option<ReminderKind> {
        let moment = self.moment_of(ReminderKind::Soon)?;
        (self.now >= moment && self.is_news(moment)).then_some(ReminderKind::Soon)
    }

    fn during(&self) -> Option<ReminderKind> {
        let in_time = |kind| {
            let moment = self.moment_of(kind)?;
            (self.is_news(moment) && is_within(moment, PUNCTUAL, self.now)).then_some(kind)
        };
        let late = self.moment_of(ReminderKind::Late).filter(|late| self.now >= *late);
        match late {
            // Whoever heard of the start, or heard of the break a while ago, hears that the class is late.
            Some(late) if self.was_told(ReminderKind::Now) && self.is_news(late) => Some(ReminderKind::Late),
            Some(late) if self.overslept_until_shortly_before(late) => None,
            Some(_) => in_time(ReminderKind::Late).or_else(|| self.overslept()),
            None => in_time(ReminderKind::Now).or_else(|| self.overslept()),
        }
    }

    /// A reminder that came too late for every other one, while the class can still be held.
    fn overslept(&self) -> Option<ReminderKind> {
        self.missed_every_moment().then_some(ReminderKind::Overslept)
    }

    fn afterwards(&self) -> Option<ReminderKind> {
        let ended = self.session.plan.end();
        let known = self.was_told(ReminderKind::Overslept);
        let recent = is_within(ended, MISSED_PERIOD, self.now);
        (recent && !known && self.missed_every_moment()).then_some(ReminderKind::Missed)
    }

    /// Whether the moment of at least one wanted reminder has passed and nobody was told at any of them. Where reminders
    /// from the start on are wanted, one before the start does not count.
    fn missed_every_moment(&self) -> bool {
        let from_start = [ReminderKind::Now, ReminderKind::Late];
        let wanted: Vec<_> = from_start.into_iter().filter_map(|kind| Some((kind, self.moment_of(kind)?))).collect();
        let wanted = if wanted.is_empty() {
            self.moment_of(ReminderKind::Soon).map(|moment| (ReminderKind::Soon, moment)).into_iter().collect()
        } else {
            wanted
        };
        let passed = wanted.iter().any(|(_, moment)| *moment <= self.now && self.is_news(*moment));
        passed && !wanted.iter().any(|(kind, _)| self.was_told(*kind))
    }

    /// When a reminder of this kind is wanted; `None` where none is.
    fn moment_of(&self, kind: ReminderKind) -> Option<DateTime<Utc>> {
        match kind {
            ReminderKind::Soon => self.settings.before_minutes.map(|before| self.start.earlier(minutes(before))),
            ReminderKind::Now => self.settings.at_start.then_some(self.start),
            ReminderKind::Late => self.settings.late_minutes.map(|late| self.start.later(minutes(late))),
            ReminderKind::Overslept | ReminderKind::Missed => None,
        }
    }

    /// Whether a reminder of this moment tells something new: somebody who made or changed the class later than that
    /// was here. A change in the future was noted by a wrong clock and says nothing.
    fn is_news(&self, moment: DateTime<Utc>) -> bool {
        let changed = self.session.updated_at;
        moment >= changed || changed > self.now
    }

    fn was_told(&self, kind: ReminderKind) -> bool {
        self.told.iter().any(|told| told.reminder.kind == kind)
    }

    /// Whether a person heard of the break so shortly before `late` that another reminder then is too much.
    fn overslept_until_shortly_before(&self, late: DateTime<Utc>) -> bool {
        let mut told = self.told.iter().filter(|told| told.reminder.kind == ReminderKind::Overslept);
        told.any(|told| told.at > late.earlier(PUNCTUAL))
    }
}

fn minutes(count: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(count))
}

#[cfg(test)]
mod tests;
