//! What a desk tells strangers who support it: facts, and no secret, name, address or path.
//!
//! Only the fields of [`Diagnostics`] are written, so nothing else can be in the text. Words that came from elsewhere, such
//! as the message of an error, pass the [`Scrubber`]. People and classes have placeholders that are the same in the whole
//! text.

mod scrubber;

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

pub use scrubber::Scrubber;

use crate::domain::health::desk::Connection;
use crate::domain::profile::job_status::JobStatus;

/// The longest word that is taken over as it is.
const WORD_MAX: usize = 60;

/// The number of rows of a table in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What is counted.
    pub of: String,
    /// The state.
    pub state: String,
    /// How many there are.
    pub number: u64,
}

/// Something that happened, without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of thing that it happened to.
    pub entity: String,
    /// The id of that thing. It becomes a placeholder.
    pub subject: String,
    /// What happened.
    pub what: What,
}

/// What happened to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A recording moved to another stage.
    Moved {
        /// Why, as the kind of the event.
        kind: String,
        /// The stage before.
        from: Option<String>,
        /// The stage after.
        to: String,
    },
    /// A person changed something.
    Changed {
        /// The names of the fields.
        fields: Vec<String>,
    },
}

/// Everything that is told.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    /// Facts about the desk, each with its name. They are words of Hajime, numbers and moments.
    pub facts: Vec<(&'static str, Option<String>)>,
    /// The settings, without names and addresses.
    pub settings: Vec<(&'static str, String)>,
    /// The connections.
    pub connections: Vec<Connection>,
    /// The jobs.
    pub jobs: Vec<JobStatus>,
    /// Background work that stopped unexpectedly, and how often.
    pub stopped: Vec<(&'static str, u64)>,
    /// Counts by state.
    pub counts: Vec<Count>,
    /// What happened last, newest first.
    pub happened: Vec<Happened>,
}

impl Diagnostics {
    /// The text. `scrubber` knows the names of this desk.
    #[must_use]
    pub fn text(&self, scrubber: &Scrubber) -> String {
        let mut text = String::from("Diagnostics of Hajime. Names, addresses and ids were left out.\n");
        let heading = |text: &mut String, words: &str| {
            writeln!(text, "\n## {words}").ok();
        };
        heading(&mut text, "Desk");
        for (name, value) in &self.facts {
            let value = value.as_deref().map_or_else(|| "-".to_owned(), |value| scrubber.scrub(value));
            writeln!(text, "{name}: {value}").ok();
        }
        heading(&mut text, "Connections");
        for one in &self.connections {
            let at = one.at.map_or_else(|| "-".to_owned(), instant);
            let took = one.milliseconds.map_or_else(|| "-".to_owned(), |took| format!("{took} ms"));
            writeln!(text, "{}: {}, {took}, {at} {}", word(one.name), one.state.name(), scrubber.scrub(&one.detail))
                .ok();
        }
        heading(&mut text, "Settings");
        for (name, value) in &self.settings {
            writeln!(text, "{name}: {}", scrubber.scrub(value)).ok();
        }
        heading(&mut text, "Jobs");
        for job in &self.jobs {
            let moment = |at: Option<DateTime<Utc>>| at.map_or_else(|| "-".to_owned(), instant);
            let took = job.took.map_or_else(|| "-".to_owned(), |took| format!("{} ms", took.as_millis()));
            writeln!(
                text,
                "{}: last {}, took {took}, next {}, {} runs, {} failures in a row",
                word(&job.name),
                moment(job.last_run),
                moment(job.next_run),
                job.runs,
                job.failures_in_a_row
            )
            .ok();
            if let Some(error) = &job.last_error {
                let said = scrubber.scrub(&format!("{} {}", error.message, error.next));
                writeln!(text, "  {}: {said}", word(&error.code)).ok();
            }
        }
        for (activity, times) in &self.stopped {
            writeln!(text, "stopped unexpectedly {times} times while {activity}").ok();
        }
        heading(&mut text, "Counts");
        for Count { of, state, number } in &self.counts {
            writeln!(text, "{} {}: {number}", word(of), word(state)).ok();
        }
        heading(&mut text, "What happened last");
        let mut places = Placeholders::default();
        for Happened { at, entity, subject, what } in &self.happened {
            let subject = places.of(&word(entity), subject);
            let what = match what {
                What::Moved { kind, from, to } => {
                    format!("{} -> {} {}", from.as_deref().map_or_else(|| "-".to_owned(), word), word(to), word(kind))
                }
                What::Changed { fields } => {
                    // A field may be named by people, such as a tag.
                    let fields = fields.iter().map(|field| scrubber.scrub(&word(field)));
                    format!("changed {}", fields.collect::<Vec<_>>().join(", "))
                }
            };
            writeln!(text, "{} {subject} {what}", instant(*at)).ok();
        }
        text
    }
}

/// Placeholders for ids: the first recording is “recording 1”.
#[derive(Debug, Default)]
struct Placeholders {
    known: HashMap<(String, String), usize>,
    counted: HashMap<String, usize>,
}

impl Placeholders {
    fn of(&mut self, kind: &str, id: &str) -> String {
        let counted = self.counted.entry(kind.to_owned()).or_default();
        let number = *self.known.entry((kind.to_owned(), id.to_owned())).or_insert_with(|| {
            *counted = counted.saturating_add(1);
            *counted
        });
        format!("{kind} {number}")
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A word of Hajime itself: small letters, digits, spaces and underscores. Anything else did not come from Hajime.
fn word(text: &str) -> String {
    let is_ours = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || " _-.".contains(letter);
    let fits = !text.is_empty() && text.len() <= WORD_MAX && text.to_ascii_lowercase().chars().all(is_ours);
    if fits && !scrubber::is_id(text) { text.to_owned() } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_placeholder() {
        let at = DateTime::UNIX_EPOCH;
        let moved = |subject: &str| Happened {
            at,
            entity: "recording".into(),
            subject: subject.into(),
            what: What::Moved { kind: "noted".into(), from: None, to: "ready".into() },
        };
        let changed = Happened {
            at,
            entity: "session".into(),
            subject: "a".into(),
            what: What::Changed { fields: vec!["title".into(), "ada@example.org".into()] },
        };
        let told =
            Diagnostics { happened: vec![moved("a"), moved("b"), moved("a"), changed], ..Diagnostics::default() };
        let text = told.text(&Scrubber::default());
        let (_, lines) = text.split_once("## What happened last\n").unwrap();
        let lines: Vec<_> = lines.lines().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(
            lines,
            [
                "recording 1 - -> ready noted",
                "recording 2 - -> ready noted",
                "recording 1 - -> ready noted",
                "session 1 changed title, …"
            ]
        );
    }
}
