//! The preferences of a desk: defaults for new sessions, the instructor, and the join page.

use url::Url;

use crate::domain::address::names_this_computer;
use crate::domain::delivery::reminder::ReminderSettings;
use crate::domain::health::price::Prices;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::library::captions::can_be_generated;
use crate::domain::library::retention_rules::RetentionRules;
use crate::domain::profile::global_keys::GlobalKeys;
use crate::domain::recorder::auto_end::AutoEnd;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::session_text::Language;
use crate::domain::schedule::limits::{
    INSTRUCTOR_MAX, LENGTH_DEFAULT_MINUTES, LENGTH_MAX_MINUTES, PARTICIPANTS_DEFAULT, PARTICIPANTS_MAX,
};

/// The default for recording new sessions, where the preferences name no other choice.
pub const RECORD_DEFAULT: bool = true;

/// Defaults for new sessions, the address of the join page, and how long recordings are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Recording quality of a new session.
    pub quality: Quality,
    /// Length of a new session in minutes, 1 to 1440.
    pub duration_minutes: u32,
    /// The number of people that a new session may invite.
    pub max_participants: u32,
    /// True if a new session is recorded.
    pub record: bool,
    /// The name of the person who usually teaches at this desk; may be empty.
    pub instructor: String,
    /// The address at which the join page is hosted; `None` keeps it on this computer.
    pub join_page: Option<Url>,
    /// The rule by which live classes end by themselves.
    pub auto_end: AutoEnd,
    /// Which reminders of classes are wanted.
    pub reminders: ReminderSettings,
    /// Whether transcripts of classes are made and kept.
    pub transcripts: bool,
    /// The language in which Stream makes captions of every new video; `None` if it makes none by itself.
    pub captions: Option<Language>,
    /// The keys that work in every program.
    pub keys: GlobalKeys,
    /// How long recordings are kept.
    pub retention: RetentionRules,
    /// The prices that people set.
    pub prices: Prices,
    /// What a month at Cloudflare may cost, in cents; `None` for no limit.
    pub budget_cents: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            quality: Quality::default(),
            duration_minutes: LENGTH_DEFAULT_MINUTES,
            max_participants: PARTICIPANTS_DEFAULT,
            record: RECORD_DEFAULT,
            instructor: String::new(),
            join_page: None,
            auto_end: AutoEnd::default(),
            reminders: ReminderSettings::default(),
            transcripts: true,
            captions: None,
            keys: GlobalKeys::default(),
            retention: RetentionRules::default(),
            prices: Prices::default(),
            budget_cents: None,
        }
    }
}

impl Preferences {
    /// Checks the bounds of every field. The join page must be `https` or on this computer, because browsers give the
    /// camera to secure pages only.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        if !(1..=LENGTH_MAX_MINUTES).contains(&self.duration_minutes) {
            problems.push(FieldError {
                field: "default_duration_minutes",
                message: format!("{} minutes is not a session length.", self.duration_minutes),
                next: "Choose from 1 to 1440 minutes.",
            });
        }
        if !(1..=PARTICIPANTS_MAX).contains(&self.max_participants) {
            problems.push(FieldError {
                field: "default_max_participants",
                message: format!("{} participants cannot be invited.", self.max_participants),
                next: "Choose a number from 1 to 1000.",
            });
        }
        if self.instructor.chars().count() > INSTRUCTOR_MAX {
            problems.push(FieldError {
                field: "instructor",
                message: "The instructor’s name is too long.".into(),
                next: "Use at most 80 characters.",
            });
        }
        if let Some(language) = self.captions.as_ref().filter(|language| !can_be_generated(language)) {
            problems.push(FieldError {
                field: "captions",
                message: format!("Stream makes no captions in “{language}”."),
                next: "Choose one of cs, nl, en, fr, de, it, ja, ko, pl, pt, ru and es.",
            });
        }
        if let Some(page) = &self.join_page {
            if page.scheme() != "https" && !(page.scheme() == "http" && names_this_computer(page)) {
                problems.push(FieldError {
                    field: "join_page_url",
                    message: format!("The join page {page} is not an https address."),
                    next: "Host the page at an https address: browsers give the camera to secure pages only.",
                });
            }
            if !page.username().is_empty() || page.password().is_some() {
                problems.push(FieldError {
                    field: "join_page_url",
                    message: "The join page’s address has a name or password before its @.".into(),
                    next: "Remove everything between // and @. It can make a false site look like the real one.",
                });
            }
            if page.fragment().is_some() {
                problems.push(FieldError {
                    field: "join_page_url",
                    message: "The join page’s address has a # part.".into(),
                    next: "Leave out everything from the #: the token goes there.",
                });
            }
        }
        for part in [self.retention.check(), self.prices.check()] {
            if let Err(invalid) = part {
                problems.extend(invalid.problems().iter().cloned());
            }
        }
        Invalid::check(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_join_page_must_be_https_or_local_without_credentials_or_fragment() {
        let problems = |address: &str| {
            let preferences = Preferences { join_page: Some(address.parse().unwrap()), ..Preferences::default() };
            preferences.check().err().map(|invalid| invalid.to_string())
        };
        assert_eq!(problems("https://join.example.org/"), None);
        assert_eq!(problems("http://127.0.0.1:8080/join/"), None);
        for (address, words) in [
            ("https://join.example.org@evil.example/", "before its @"),
            ("https://:secret@evil.example/", "before its @"),
            ("http://join.example.org/", "not an https address"),
            ("https://join.example.org/#token=x", "has a # part"),
        ] {
            assert!(problems(address).is_some_and(|said| said.contains(words)), "{address}");
        }
    }
}
