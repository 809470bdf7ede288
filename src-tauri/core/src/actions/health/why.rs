//! Why a figure is what it is: the recordings and classes behind it.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::delivery::queued::DeliveryState;
use crate::domain::health::figure::{DETECTION_GOAL, Figure, WATCHABLE_GOAL};
use crate::domain::health::period::Period;
use crate::domain::health::proof::{self, Proven};
use crate::domain::health::row::{LeftOut, Narrowed, Outcome, RecordingRow};
use crate::domain::health::timing::{self, Timing};
use crate::domain::health::words;
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::schedule::origin::shown_instructor;
use crate::error::Error;
use crate::store::Told;

/// The most rows that are told, the newest ones.
pub const ROWS_MAX: usize = 1_000;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A recording.
    Recording(RecordingId),
    /// A class.
    Session(SessionId),
}

/// A recording or a class, and what it counts as in a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What it is about.
    pub subject: Subject,
    /// Its title.
    pub title: String,
    /// The instructor, as people read it.
    pub instructor: String,
    /// The moment by which it belongs to the period.
    pub at: DateTime<Utc>,
    /// What it counts as, in words.
    pub verdict: String,
    /// The time that was measured, in words; `None` where none was.
    pub value: Option<String>,
    /// Whether it counts.
    pub counts: bool,
    /// Whether it speaks for the figure; `None` where it does not count.
    pub met: Option<bool>,
}

/// What a row counts as, before its title is known.
struct Verdict {
    words: String,
    value: Option<String>,
    met: Option<bool>,
}

impl Verdict {
    fn counted(words: impl Into<String>, met: bool) -> Self {
        Self { words: words.into(), value: None, met: Some(met) }
    }

    fn left_out(why: &str) -> Self {
        Self { words: format!("left out: {why}"), value: None, met: None }
    }
}

/// Returns the recordings or classes behind a figure, newest first, [`ROWS_MAX`] at most.
pub fn recordings(context: &Context, figure: Figure, days: u32, narrowed: &Narrowed) -> Result<Vec<Counted>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let store = context.store();
    let period = Period::last(days, context.now())?;
    if figure == Figure::Deliveries {
        let limit = u32::try_from(ROWS_MAX).unwrap_or(u32::MAX);
        return deliveries(context, store.deliveries_told(&period, narrowed, limit)?);
    }
    let rows = store.figure_rows(&period)?;
    if figure == Figure::Proof {
        return classes(context, &period, narrowed, &rows);
    }
    let newest = rows.iter().rev().filter(|row| narrowed.has(&row.instructor, row.series));
    let shown = newest.filter_map(|row| verdict(figure, row).map(|verdict| (row, verdict)));
    let shown: Vec<(&RecordingRow, Verdict)> = shown.take(ROWS_MAX).collect();
    let mut titles = store.titles_of_recordings(shown.iter().map(|(row, _)| row.id))?;
    let counted = shown.into_iter().map(|(row, Verdict { words, value, met })| Counted {
        subject: Subject::Recording(row.id),
        title: titles.remove(&row.id).unwrap_or_default(),
        instructor: row.instructor_name().to_owned(),
        at: row.asked_at,
        verdict: words,
        value,
        counts: met.is_some(),
        met,
    });
    Ok(counted.collect())
}

/// What a recording counts as in a figure; `None` where the figure is not about it.
fn verdict(figure: Figure, row: &RecordingRow) -> Option<Verdict> {
    let timed = |timing: Timing, goal| match timing {
        Timing::Took(time) => {
            Some(Verdict { value: Some(words::duration(time)), ..Verdict::counted("counted", time <= goal) })
        }
        Timing::LeftOut(why) => Some(Verdict::left_out(why.words())),
        Timing::Nothing => None,
    };
    match figure {
        Figure::Success => Some(match row.outcome() {
            Outcome::Succeeded => Verdict::counted("became a video", true),
            Outcome::Failed(cause) => {
                let why = cause.map_or("A newer version of Hajime noted the cause.", Cause::sentence);
                Verdict::counted(format!("failed: {why}"), false)
            }
            Outcome::Undecided => Verdict { words: "undecided: it is on its way".into(), value: None, met: None },
            Outcome::LeftOut(LeftOut::Clip) => Verdict::left_out("it was cut out of another recording"),
            Outcome::LeftOut(LeftOut::Attached) => Verdict::left_out("a person attached its video"),
            Outcome::LeftOut(LeftOut::Superseded) => {
                Verdict::left_out("it captured nothing, and another recording of the class stands for it or still may")
            }
        }),
        Figure::Watchable => timed(timing::watchable(row), WATCHABLE_GOAL),
        Figure::Detection => timed(timing::detection(row), DETECTION_GOAL),
        Figure::Relay => (row.outcome() == Outcome::Succeeded).then(|| {
            let through = if row.is_relayed { "went through this computer" } else { "Stream fetched the file itself" };
            Verdict::counted(through, !row.is_relayed)
        }),
        Figure::Proof | Figure::Deliveries => None,
    }
}

fn classes(
    context: &Context,
    period: &Period,
    narrowed: &Narrowed,
    rows: &[RecordingRow],
) -> Result<Vec<Counted>, Error> {
    let store = context.store();
    let asked = proof::asked(rows);
    let mut all = store.classes_held(period, |class| asked.contains_key(&class))?;
    all.retain(|class| narrowed.has(&class.instructor, class.series));
    all.reverse();
    all.truncate(ROWS_MAX);
    let mut titles = store.titles_of_sessions(all.iter().map(|class| class.id))?;
    let counted = all.into_iter().map(|class| {
        let proven = proof::proven(&class, asked.get(&class.id));
        let (verdict, time) = match proven {
            Proven::InTime(time) => ("seen being recorded in time", Some(time)),
            Proven::Late(time) => ("without proof: seen being recorded too late", Some(time)),
            Proven::Never => ("without proof: never seen being recorded", None),
            Proven::NotAsked => ("without proof: no recording was asked for", None),
            Proven::Empty => ("left out: nobody came", None),
        };
        let without = proven.counts();
        Counted {
            subject: Subject::Session(class.id),
            title: titles.remove(&class.id).unwrap_or_default(),
            instructor: shown_instructor(&class.instructor).to_owned(),
            at: class.opened_at,
            verdict: verdict.to_owned(),
            value: time.map(words::duration),
            counts: without.is_some(),
            met: without.map(|without| !without),
        }
    });
    Ok(counted.collect())
}

fn deliveries(context: &Context, all: Vec<Told>) -> Result<Vec<Counted>, Error> {
    let store = context.store();
    let mut rows = Vec::with_capacity(all.len());
    for Told { recording, channel, state, at } in all {
        let Some(about) = store.recording(recording)? else { continue };
        let met = match state {
            DeliveryState::Accepted => Some(true),
            DeliveryState::Failed => Some(false),
            DeliveryState::Waiting | DeliveryState::Sending | DeliveryState::Stopped => None,
        };
        rows.push(Counted {
            subject: Subject::Recording(recording),
            instructor: about.instructor_name().to_owned(),
            title: about.title,
            at,
            verdict: format!("{}: {}", channel.title(), state.name()),
            value: None,
            counts: state != DeliveryState::Stopped,
            met,
        });
    }
    Ok(rows)
}
