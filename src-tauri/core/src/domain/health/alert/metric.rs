//! What can be measured. Every metric has its words, its bounds, and the rule that Hajime brings for it.

use crate::domain::health::alert::channel::AlertChannel::{self, Desktop, Email, Slack};

/// What a number of a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Hundredths of a whole.
    Percent,
    /// Minutes.
    Minutes,
    /// Days.
    Days,
    /// The metric holds or does not hold, without a threshold.
    Holds,
}

impl Unit {
    /// The word in the CLI and the IPC; empty where there is no threshold.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Minutes => "minutes",
            Self::Days => "days",
            Self::Holds => "",
        }
    }

    /// A number in words: `80 %`, `15 min`, `24 h`, `14 days`.
    #[must_use]
    pub fn words(self, value: f64) -> String {
        const LONGEST_IN_HOURS: f64 = 3.0;
        match self {
            Self::Percent => format!("{} %", number(value)),
            Self::Minutes => format!("{} min", number(value)),
            Self::Days if value < LONGEST_IN_HOURS => format!("{} h", number(value * 24.0)),
            Self::Days => format!("{} days", number(value)),
            Self::Holds => number(value),
        }
    }
}

/// With one decimal place, unless it is 0.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can wait for days.
    Notice,
    /// Somebody should look at it today.
    Warning,
    /// Something may be lost meanwhile.
    Critical,
}

impl Severity {
    /// The word in the CLI, the IPC and the webhook.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Whether a metric is a cause of others, or follows from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// While it holds, what follows is not told.
    Cause,
    /// It is not told while a cause holds.
    Follows,
    /// It has nothing to do with a cause.
    Alone,
}

/// The numbers of the rule that Hajime brings for a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brought {
    /// The threshold; `None` where the metric only holds or does not.
    pub threshold: Option<f64>,
    /// The value at which the alert ends, where it differs from the threshold.
    pub closes_at: Option<f64>,
    /// How many minutes it must hold.
    pub for_minutes: u32,
    /// How many minutes it must have been over.
    pub clears_after_minutes: u32,
    /// After how many minutes it is told again.
    pub repeat_minutes: Option<u32>,
    /// Through which channels it is told, each after so many minutes.
    pub channels: &'static [(AlertChannel, u32)],
}

const HOLDS: Brought = Brought {
    threshold: None,
    closes_at: None,
    for_minutes: 0,
    clears_after_minutes: 0,
    repeat_minutes: None,
    channels: &[(Desktop, 0)],
};

/// Everything about a metric.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The word in the CLI, the IPC, the database and the webhook. It never changes.
    pub name: &'static str,
    /// What it measures, in a few words.
    pub label: &'static str,
    /// What its number counts.
    pub unit: Unit,
    /// The lowest and the highest threshold.
    pub bounds: (f64, f64),
    /// Whether low values are bad.
    pub low_is_bad: bool,
    /// How much it matters.
    pub severity: Severity,
    /// The rule as a sentence; `{}` stands for the threshold.
    pub sentence: &'static str,
    /// How it is counted.
    pub explanation: &'static str,
    /// What to do.
    pub next: &'static str,
    /// Whether it is a cause.
    pub place: Place,
    /// Whether the desktop has a notification of its own for it, so that the alert shows none.
    pub shown_elsewhere: bool,
    /// Whether it is told also in quiet hours.
    pub breaks_quiet: bool,
    /// The view of the window where it is put right.
    pub go_to: Option<&'static str>,
    /// The rule that Hajime brings.
    pub brought: Brought,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $about:expr;)*) => {
        /// A metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric {
            $($(#[$doc])* $variant,)*
        }

        impl Metric {
            /// Every metric, causes first, in the order in which rules are shown.
            pub const ALL: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// Everything about it.
            #[must_use]
            pub const fn about(self) -> &'static About {
                match self {
                    $(Self::$variant => const { &$about },)*
                }
            }
        }
    };
}

const ALWAYS: (f64, f64) = (0.0, 0.0);

metrics! {
    /// Cloudflare does not answer.
    Cloudflare = About {
        name: "cloudflare",
        label: "Cloudflare does not answer",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Critical,
        sentence: "Cloudflare does not answer",
        explanation: "There is no network, or Cloudflare answers with errors of its own. What follows from it is listed inside and not told.",
        next: "Check the network of this computer, then Cloudflare’s status page. Nothing is lost: Hajime goes on by itself.",
        place: Place::Cause,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("health"),
        brought: Brought {
            for_minutes: 2,
            clears_after_minutes: 1,
            channels: &[(Desktop, 0), (Slack, 5)],
            ..HOLDS
        },
    };
    /// The API token is refused or lacks a permission.
    Token = About {
        name: "token",
        label: "The API token is refused",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Critical,
        sentence: "The API token is refused or lacks a permission",
        explanation: "Cloudflare refused a request because of the token, or the token cannot do what the role of this desk needs. What follows from it is listed inside and not told.",
        next: "Make a token with the permissions that Settings, Account names, and connect the account with it.",
        place: Place::Cause,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("settings"),
        brought: Brought { channels: &[(Desktop, 0), (Email, 0)], ..HOLDS },
    };
    /// The share of recordings that failed.
    FailureShare = About {
        name: "failure_share",
        label: "Share of recordings that fail",
        unit: Unit::Percent,
        bounds: (0.0, 99.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "More than {} of recordings fail",
        explanation: "Counted over the recordings that were decided in the last 24 hours, and over the last 20 where these are fewer, so that one bad day is no alarm. Fewer than 20 count as 20. A failed attempt does not count where another recording of the class is ready, nor does a video that could be watched and was deleted later.",
        next: "Open the failed recordings: each says what happened and what can still be saved.",
        place: Place::Follows,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("recordings"),
        brought: Brought {
            threshold: Some(5.0),
            closes_at: Some(4.0),
            channels: &[(Desktop, 0), (Email, 15)],
            ..HOLDS
        },
    };
    /// Minutes since the end of the class whose video is the latest.
    NotWatchable = About {
        name: "not_watchable",
        label: "Minutes until a video can be watched",
        unit: Unit::Minutes,
        bounds: (1.0, 1_440.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "A video is later than {}",
        explanation: "Counted from the end of the recording, for every recording that is neither ready nor failed.",
        next: "Open the recording to see how far it is. Stream may be slow today; Hajime goes on by itself.",
        place: Place::Follows,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("recordings"),
        brought: Brought { threshold: Some(15.0), channels: &[(Desktop, 0), (Slack, 0)], ..HOLDS },
    };
    /// The share of Stream's storage that is used.
    StorageShare = About {
        name: "storage_share",
        label: "Share of the storage in use",
        unit: Unit::Percent,
        bounds: (1.0, 100.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "Storage is over {}",
        explanation: "The minutes stored at Stream against the minutes that are paid for, as Stream last said.",
        next: "Empty the bin, archive what nobody watches, or buy storage. The view Storage shows the shortest way.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("storage"),
        brought: Brought {
            threshold: Some(80.0),
            closes_at: Some(78.0),
            clears_after_minutes: 60,
            repeat_minutes: Some(4_320),
            channels: &[(Desktop, 0), (Email, 0)],
            ..HOLDS
        },
    };
    /// A live class has no proof of recording.
    NotRecorded = About {
        name: "not_recorded",
        label: "A class is not being recorded",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Critical,
        sentence: "A class is not being recorded",
        explanation: "People are in the room, and Cloudflare has not confirmed a recording for a minute. It cannot be switched off while a class is live.",
        next: "Open the class and press Record again.",
        place: Place::Alone,
        shown_elsewhere: true,
        breaks_quiet: true,
        go_to: Some("schedule"),
        brought: HOLDS,
    };
    /// Days until RealtimeKit deletes a file that Stream does not have.
    Rescue = About {
        name: "rescue",
        label: "Time left to save a recording",
        unit: Unit::Days,
        bounds: (0.1, 6.0),
        low_is_bad: true,
        severity: Severity::Critical,
        sentence: "A recording that is not at Stream is deleted within {}",
        explanation: "RealtimeKit keeps the file of a recording for seven days. It is told also in quiet hours.",
        next: "Save the file to this computer, or make room at Stream and try the recording again.",
        place: Place::Alone,
        shown_elsewhere: true,
        breaks_quiet: true,
        go_to: Some("recordings"),
        brought: Brought { threshold: Some(1.0), channels: &[(Desktop, 0), (Email, 0), (Slack, 0)], ..HOLDS },
    };
    /// Minutes since a planned class should have begun.
    NotStarted = About {
        name: "not_started",
        label: "A planned class was not started",
        unit: Unit::Minutes,
        bounds: (1.0, 120.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "A planned class was not started after {}",
        explanation: "Counted from the planned start, until the planned end.",
        next: "Start the class, or cancel it.",
        place: Place::Alone,
        shown_elsewhere: true,
        breaks_quiet: true,
        go_to: Some("schedule"),
        brought: Brought { threshold: Some(5.0), ..HOLDS },
    };
    /// A recording of the last day has no sound.
    Muted = About {
        name: "muted",
        label: "A recording has no sound",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "A recording has no sound",
        explanation: "Nothing is heard in the whole of a recording that became ready in the last 24 hours.",
        next: "Look at the microphone before the next class.",
        place: Place::Alone,
        shown_elsewhere: true,
        breaks_quiet: false,
        go_to: Some("recordings"),
        brought: HOLDS,
    };
    /// Days until the API token expires.
    TokenExpires = About {
        name: "token_expires",
        label: "Time until the API token expires",
        unit: Unit::Days,
        bounds: (1.0, 90.0),
        low_is_bad: true,
        severity: Severity::Warning,
        sentence: "The API token expires within {}",
        explanation: "As Cloudflare said when the token was last checked.",
        next: "Make a new token in the Cloudflare dashboard, and connect the account with it.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("settings"),
        brought: Brought { threshold: Some(14.0), channels: &[(Desktop, 0), (Email, 0)], ..HOLDS },
    };
    /// The age of the oldest signing key in use, in days.
    KeyAge = About {
        name: "key_age",
        label: "Age of a signing key",
        unit: Unit::Days,
        bounds: (1.0, 1_095.0),
        low_is_bad: false,
        severity: Severity::Notice,
        sentence: "A signing key is older than {}",
        explanation: "The keys of this desk and of groups. Keys of single recordings are short-lived and do not count.",
        next: "Replace the key under Signing keys. Links that it signed work on until they end.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("keys"),
        brought: Brought { threshold: Some(180.0), ..HOLDS },
    };
    /// A background job fails.
    JobFails = About {
        name: "job_fails",
        label: "A background job fails",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "A background job fails",
        explanation: "The last run of a job failed, and so did every run since.",
        next: "Open the background jobs: each says what is wrong and what to do.",
        place: Place::Follows,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("health"),
        brought: Brought { for_minutes: 60, channels: &[(Desktop, 0), (Email, 0)], ..HOLDS },
    };
    /// A channel does not take messages.
    DeliveriesFail = About {
        name: "deliveries_fail",
        label: "Messages do not arrive",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "Messages do not arrive",
        explanation: "E-mail, Slack or the webhook is on and did not take the last message.",
        next: "Send a test under Settings: the answer says what is wrong. What waits is sent for three days.",
        place: Place::Follows,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("settings"),
        brought: Brought { for_minutes: 60, channels: &[(Desktop, 0), (Email, 0), (Slack, 0)], ..HOLDS },
    };
    /// A video plays without a signed link.
    PublicVideo = About {
        name: "public_video",
        label: "A video is public",
        unit: Unit::Holds,
        bounds: ALWAYS,
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "A video is public",
        explanation: "Everybody who has its address can watch it. Looked for whenever the account is compared with Cloudflare.",
        next: "Close it under Signing keys, unless a page of yours shows it on purpose.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("keys"),
        brought: Brought { channels: &[(Desktop, 0), (Email, 0)], ..HOLDS },
    };
    /// The minutes by which this computer's clock differs from Cloudflare's.
    ClockOff = About {
        name: "clock_off",
        label: "Difference of the clock",
        unit: Unit::Minutes,
        bounds: (0.5, 60.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "The clock is off by more than {}",
        explanation: "This computer’s clock, compared with the time in Cloudflare’s answers.",
        next: "Turn on automatic time in the system settings: links are dated by the clock.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("health"),
        brought: Brought { threshold: Some(4.0), for_minutes: 5, ..HOLDS },
    };
    /// The share of the month's budget that is spent.
    BudgetShare = About {
        name: "budget_share",
        label: "Share of the budget",
        unit: Unit::Percent,
        bounds: (1.0, 1_000.0),
        low_is_bad: false,
        severity: Severity::Warning,
        sentence: "This month costs more than {} of the budget",
        explanation: "The cost of this month by the prices in Settings, against the budget that is set there. It is an estimate.",
        next: "Look at the view Health to see what costs most, or set another budget.",
        place: Place::Alone,
        shown_elsewhere: false,
        breaks_quiet: false,
        go_to: Some("health"),
        brought: Brought { threshold: Some(100.0), channels: &[(Desktop, 0), (Email, 0)], ..HOLDS },
    };
}

impl Metric {
    /// Finds a metric by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.about().name == name)
    }

    /// Whether a value is beyond a threshold. Without one, every value above 0 is.
    #[must_use]
    pub fn is_beyond(self, value: f64, threshold: Option<f64>) -> bool {
        match threshold {
            Some(threshold) if self.about().low_is_bad => value < threshold,
            Some(threshold) => value > threshold,
            None => value > 0.0,
        }
    }

    /// The rule as a sentence.
    #[must_use]
    pub fn sentence(self, threshold: Option<f64>) -> String {
        let about = self.about();
        about.sentence.replace("{}", &threshold.map(|value| about.unit.words(value)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own_and_a_threshold_where_its_sentence_has_a_place_for_it() {
        for metric in Metric::ALL {
            let about = metric.about();
            assert_eq!(Metric::named(about.name), Some(metric));
            assert_eq!(about.sentence.contains("{}"), about.brought.threshold.is_some(), "{}", about.name);
            assert_eq!(about.unit == Unit::Holds, about.brought.threshold.is_none(), "{}", about.name);
            if let Some(threshold) = about.brought.threshold {
                assert!((about.bounds.0..=about.bounds.1).contains(&threshold), "{}", about.name);
            }
        }
    }

    #[test]
    fn a_threshold_is_worded_by_its_unit() {
        for (metric, threshold, words) in [
            (Metric::FailureShare, Some(5.0), "More than 5 % of recordings fail"),
            (Metric::NotWatchable, Some(12.5), "A video is later than 12.5 min"),
            (Metric::Rescue, Some(1.0), "A recording that is not at Stream is deleted within 24 h"),
            (Metric::TokenExpires, Some(14.0), "The API token expires within 14 days"),
            (Metric::Token, None, "The API token is refused or lacks a permission"),
        ] {
            assert_eq!(metric.sentence(threshold), words);
        }
    }

    #[test]
    fn a_low_value_is_beyond_the_threshold_of_what_runs_out() {
        assert!(Metric::Rescue.is_beyond(0.5, Some(1.0)) && !Metric::Rescue.is_beyond(1.0, Some(1.0)));
        assert!(Metric::StorageShare.is_beyond(81.0, Some(80.0)) && !Metric::StorageShare.is_beyond(80.0, Some(80.0)));
        assert!(Metric::Token.is_beyond(1.0, None) && !Metric::Token.is_beyond(0.0, None));
    }
}
