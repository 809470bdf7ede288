//! The rules by which recordings get the date on which Stream deletes them, and what applying the rules would change.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, SeriesId};
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::library::description::Tag;
use crate::domain::library::retention::{BIN_TIME, DAYS_MAX, DAYS_MIN, Decision, accepted};
use crate::domain::schedule::limits::INSTRUCTOR_MAX;
use crate::domain::search::folded;
use crate::domain::text::one_line;

/// The days for which recordings are kept where nobody chose another time.
pub const DAYS_DEFAULT: u32 = 365;
/// The most rules.
pub const RULES_MAX: usize = 30;
/// The hour of the day, in UTC, at which a video is deleted that is past its time already.
const HOUR_OF_DELETION: u32 = 3;

/// How long recordings are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// This many days after the video was made.
    Days(u32),
    /// Forever.
    Forever,
}

/// The recordings that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Those with this tag.
    Tag(String),
    /// Those of this instructor.
    Instructor(String),
    /// Those of the sessions of this series.
    Series(SeriesId),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it is about.
    pub subject: Subject,
    /// How long these are kept.
    pub term: Term,
}

/// All rules. The first one that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRules {
    /// The rules, in their order.
    pub rules: Vec<Rule>,
    /// How long all other recordings are kept.
    pub others: Term,
}

impl Default for RetentionRules {
    fn default() -> Self {
        Self { rules: Vec::new(), others: Term::Days(DAYS_DEFAULT) }
    }
}

/// What rules decide by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subjects {
    /// The keys of the tags.
    pub tags: Vec<String>,
    /// The name of the instructor.
    pub instructor: String,
    /// The series of the session.
    pub series: Option<SeriesId>,
}

impl Subject {
    fn fits(&self, of: &Subjects) -> bool {
        match self {
            Self::Tag(name) => Tag::check(name).is_ok_and(|tag| of.tags.iter().any(|key| key == tag.key())),
            Self::Instructor(name) => folded(&one_line(name)) == folded(&one_line(&of.instructor)),
            Self::Series(id) => of.series == Some(*id),
        }
    }
}

impl RetentionRules {
    /// Checks the bounds of every rule.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        let mut problem = |message: String, next| {
            problems.push(FieldError { field: "retention", message, next });
        };
        if self.rules.len() > RULES_MAX {
            problem(format!("There are {} rules.", self.rules.len()), "Use at most 30.");
        }
        for term in self.rules.iter().map(|rule| rule.term).chain([self.others]) {
            if let Term::Days(days) = term
                && !(DAYS_MIN..=DAYS_MAX).contains(&days)
            {
                problem(
                    format!("Cloudflare cannot delete a video after {days} days."),
                    "Choose from 30 to 1,096 days, or keep them forever.",
                );
            }
        }
        for rule in &self.rules {
            match &rule.subject {
                Subject::Tag(name) => {
                    if let Err(invalid) = Tag::check(name) {
                        problem(invalid.to_string(), "Write the tag as it stands at the recordings.");
                    }
                }
                Subject::Instructor(name) if !(1..=INSTRUCTOR_MAX).contains(&one_line(name).chars().count()) => {
                    problem("A rule has no name of an instructor, or one that is too long.".into(), "Write the name.");
                }
                Subject::Instructor(_) | Subject::Series(_) => {}
            }
        }
        Invalid::check(problems)
    }

    /// Returns how long a recording is kept, and the number of the rule that says so, counted from 0; `None` where it is
    /// one of all others.
    #[must_use]
    pub fn term_of(&self, of: &Subjects) -> (Option<usize>, Term) {
        let fitting = self.rules.iter().enumerate().find(|(_, rule)| rule.subject.fits(of));
        fitting.map_or((None, self.others), |(number, rule)| (Some(number), rule.term))
    }

    /// Returns when Stream is to delete a video that is made now; `None` for never.
    #[must_use]
    pub fn date_of_new(&self, of: &Subjects, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.term_of(of).1 {
            // Stream counts from when it makes the video, a moment later and by its own clock.
            Term::Days(days) => {
                let hours = i64::from(days).saturating_mul(24);
                let (least, most) = (i64::from(DAYS_MIN).saturating_mul(24), i64::from(DAYS_MAX).saturating_mul(24));
                Some(now.later(TimeDelta::hours(hours.clamp(least.saturating_add(1), most.saturating_sub(1)))))
            }
            Term::Forever => None,
        }
    }
}

/// A recording on the list that can be watched, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The recording.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
    /// When it was recorded.
    pub recorded: DateTime<Utc>,
    /// The length of its video.
    pub length: Option<TimeDelta>,
    /// When its video was made; `None` if Stream was not asked since Hajime has rules.
    pub created: Option<DateTime<Utc>>,
    /// When Stream deletes it.
    pub present: Option<DateTime<Utc>>,
    /// What was decided last.
    pub decision: Option<Decision>,
    /// What rules decide by.
    pub subjects: Subjects,
}

/// A date that applying the rules would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateChange {
    /// The recording.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
    /// When it was recorded.
    pub recorded: DateTime<Utc>,
    /// The length of its video.
    pub length: Option<TimeDelta>,
    /// The present date.
    pub from: Option<DateTime<Utc>>,
    /// The date that it would have; `None` for never.
    pub to: Option<DateTime<Utc>>,
    /// The number of the rule, counted from 0; `None` where it is one of all others.
    pub rule: Option<usize>,
}

/// What applying the rules would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trial {
    /// The dates that would change, the recording that would be deleted first before the others.
    pub changes: Vec<DateChange>,
    /// How many recordings have the date of their rule already.
    pub unchanged: usize,
    /// How many are left out because somebody keeps them forever.
    pub kept: usize,
    /// How many are left out because Stream deletes no video that is so old.
    pub too_old: usize,
    /// How many are left out because it is not known when their video was made.
    pub unknown: usize,
}

impl Trial {
    /// Tries the rules on recordings.
    #[must_use]
    pub fn of(rules: &RetentionRules, candidates: Vec<Candidate>, now: DateTime<Utc>) -> Self {
        let mut trial = Self::default();
        for one in candidates {
            let (rule, term) = rules.term_of(&one.subjects);
            let Some(created) = one.created else {
                trial.unknown = trial.unknown.saturating_add(1);
                continue;
            };
            if one.decision == Some(Decision::Keep) {
                trial.kept = trial.kept.saturating_add(1);
                continue;
            }
            match wanted(created, one.present, term, now) {
                Wanted::AsItIs => trial.unchanged = trial.unchanged.saturating_add(1),
                Wanted::TooOld => trial.too_old = trial.too_old.saturating_add(1),
                Wanted::Date(to) => trial.changes.push(DateChange {
                    id: one.id,
                    title: one.title,
                    recorded: one.recorded,
                    length: one.length,
                    from: one.present,
                    to,
                    rule,
                }),
            }
        }
        trial.changes.sort_by_key(|change| (change.to.is_none(), change.to, change.id));
        trial
    }

    /// Returns a short text that is another one for another trial, so that nothing else is applied than what was shown.
    #[must_use]
    pub fn name(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"hajime-retention 1\n");
        for change in &self.changes {
            let to = change.to.map_or(i64::MIN, |to| to.timestamp_millis());
            hash.update(change.id.to_string().as_bytes());
            hash.update(to.to_be_bytes());
        }
        let bytes = hash.finalize().first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(bytes))
    }
}

enum Wanted {
    AsItIs,
    Date(Option<DateTime<Utc>>),
    TooOld,
}

/// What a rule wants of a recording. What is past its time stays for as long as it would stay in the bin, so that
/// nothing goes away before somebody can see it.
fn wanted(created: DateTime<Utc>, present: Option<DateTime<Utc>>, term: Term, now: DateTime<Utc>) -> Wanted {
    let Term::Days(days) = term else {
        return if present.is_none() { Wanted::AsItIs } else { Wanted::Date(None) };
    };
    let (due, soon) = (created.later(TimeDelta::days(days.into())), hour_of_deletion(now.later(BIN_TIME)));
    if due < soon {
        if present.is_some_and(|present| present <= soon) {
            return Wanted::AsItIs;
        }
        return accepted(soon, created).map_or(Wanted::TooOld, |date| Wanted::Date(Some(date)));
    }
    match present {
        // A new video gets its date by the clock of the desk that makes it.
        Some(present) if present.since(due).abs() < TimeDelta::days(1) => Wanted::AsItIs,
        _ => Wanted::Date(Some(due)),
    }
}

/// The next hour of deletion, so that the same trial on the same day has the same dates.
fn hour_of_deletion(from: DateTime<Utc>) -> DateTime<Utc> {
    let hour = NaiveTime::from_hms_opt(HOUR_OF_DELETION, 0, 0).unwrap_or_default();
    let next = from.date_naive().checked_add_days(Days::new(1));
    next.map_or(from, |day| day.and_time(hour).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn days(number: i64) -> DateTime<Utc> {
        now() + TimeDelta::days(number)
    }

    fn candidate(created: i64, present: Option<i64>, tags: &[&str]) -> Candidate {
        Candidate {
            id: RecordingId::new(),
            title: "Karate".into(),
            recorded: days(created),
            length: None,
            created: Some(days(created)),
            present: present.map(days),
            decision: None,
            subjects: Subjects { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..Subjects::default() },
        }
    }

    fn rules() -> RetentionRules {
        let rule = |subject, term| Rule { subject, term };
        RetentionRules {
            rules: vec![
                rule(Subject::Tag("Exam".into()), Term::Forever),
                rule(Subject::Instructor("M.  Ito".into()), Term::Days(90)),
            ],
            others: Term::Days(365),
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let of = |tags: &[&str], instructor: &str| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            rules().term_of(&Subjects { tags, instructor: instructor.into(), series: None })
        };
        assert_eq!(of(&["exam"], "M. Ito"), (Some(0), Term::Forever));
        assert_eq!(of(&["kids"], "m. ito"), (Some(1), Term::Days(90)));
        assert_eq!(of(&[], "R. Alves"), (None, Term::Days(365)));
    }

    #[test]
    fn a_trial_lists_what_would_change_and_applying_it_leaves_nothing_to_change() {
        let mut candidates = vec![
            candidate(-10, None, &[]),
            candidate(-10, Some(355), &[]),
            candidate(-10, Some(355), &["exam"]),
            candidate(-400, None, &[]),
            candidate(-1_080, None, &[]),
            Candidate { decision: Some(Decision::Keep), ..candidate(-10, None, &[]) },
            Candidate { created: None, ..candidate(-10, None, &[]) },
        ];
        let trial = Trial::of(&rules(), candidates.clone(), now());
        let to: Vec<_> = trial.changes.iter().map(|change| change.to.map(|to| to.to_rfc3339())).collect();
        assert_eq!(to, [Some("2026-04-20T03:00:00+00:00".into()), Some("2027-03-10T12:00:00+00:00".into()), None]);
        assert_eq!((trial.unchanged, trial.kept, trial.too_old, trial.unknown), (1, 1, 1, 1));
        for one in &mut candidates {
            if let Some(change) = trial.changes.iter().find(|change| change.id == one.id) {
                one.present = change.to;
            }
        }
        for later in [0, 5, 29] {
            assert_eq!(Trial::of(&rules(), candidates.clone(), days(later)).changes, [], "{later} days later");
        }
        assert_ne!(trial.name(), Trial::default().name());
    }

    #[test]
    fn rules_that_cloudflare_cannot_follow_are_refused() {
        for (rules, fine) in [
            (rules(), true),
            (RetentionRules { others: Term::Days(29), ..rules() }, false),
            (RetentionRules { others: Term::Days(1_096), ..rules() }, true),
            (RetentionRules { others: Term::Days(1_097), ..rules() }, false),
            (
                RetentionRules {
                    rules: vec![Rule { subject: Subject::Tag(" ".into()), term: Term::Forever }],
                    ..rules()
                },
                false,
            ),
        ] {
            assert_eq!(rules.check().is_ok(), fine, "{rules:?}");
        }
    }
}
