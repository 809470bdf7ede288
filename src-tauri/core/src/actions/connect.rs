//! Checking a connection before it is trusted: what works, what is missing, what to do about it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{App, Client, Error as CloudError, TokenState, VideoEdit};
use crate::domain::ids::{AppId, VideoId};

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The API token is known and active.
    Token,
    /// `Realtime` permission, and the account is in the token's scope.
    Realtime,
    /// `Stream` permission to write.
    Stream,
    /// The RealtimeKit app.
    App,
    /// Presets to join with.
    Presets,
    /// This computer's clock.
    Clock,
}

impl Subject {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Realtime => "realtime",
            Self::Stream => "stream",
            Self::App => "app",
            Self::Presets => "presets",
            Self::Clock => "clock",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Token => "API token",
            Self::Realtime => "Permission: Realtime",
            Self::Stream => "Permission: Stream, Edit",
            Self::App => "RealtimeKit app",
            Self::Presets => "Presets to join with",
            Self::Clock => "Clock",
        }
    }
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Fine.
    Passed(String),
    /// Not fine.
    Failed {
        /// A sentence naming what is wrong.
        message: String,
        /// What to do.
        next: String,
    },
    /// Not tried because something before it failed.
    Skipped,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub subject: Subject,
    /// How it went.
    pub outcome: Outcome,
}

/// All checks, and the apps to choose from.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order they were made.
    pub checks: Vec<Check>,
    /// The account's RealtimeKit apps.
    pub apps: Vec<App>,
}

impl Report {
    /// Whether the connection can be used.
    #[must_use]
    pub fn usable(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| matches!(check.outcome, Outcome::Passed(_)))
    }

    fn note(&mut self, subject: Subject, outcome: Outcome) {
        self.checks.push(Check { subject, outcome });
    }
}

/// A video id that no video has. Editing it asks for the right to write without touching anything.
const NO_VIDEO: &str = "00000000000000000000000000000000";

/// Checks token, permissions, app, presets and clock. Changes nothing at Cloudflare.
pub async fn check(cloud: &Client, app: Option<&AppId>, now: DateTime<Utc>) -> Report {
    let mut report = Report::default();
    let token = token(cloud, now).await;
    let usable = matches!(token, Outcome::Passed(_));
    report.note(Subject::Token, token);
    if !usable {
        for subject in [Subject::Realtime, Subject::Stream, Subject::App, Subject::Presets] {
            report.note(subject, Outcome::Skipped);
        }
        return report;
    }
    let apps = cloud.apps().await;
    let stream = stream(cloud).await;
    match apps {
        Ok(apps) => {
            report.note(Subject::Realtime, Outcome::Passed("Rooms and recordings can be managed.".into()));
            report.note(Subject::Stream, stream);
            let (outcome, chosen) = choose(&apps, app);
            report.note(Subject::App, outcome);
            let presets = match chosen {
                Some(app) => presets(cloud, &app).await,
                None if apps.is_empty() => Outcome::Passed("Made together with the app.".into()),
                None => Outcome::Skipped,
            };
            report.note(Subject::Presets, presets);
            report.apps = apps;
        }
        Err(error) => {
            report.note(Subject::Realtime, failed(&error));
            report.note(Subject::Stream, stream);
            report.note(Subject::App, Outcome::Skipped);
            report.note(Subject::Presets, Outcome::Skipped);
        }
    }
    report.note(Subject::Clock, clock(cloud.clock_skew()));
    report
}

async fn token(cloud: &Client, now: DateTime<Utc>) -> Outcome {
    match cloud.verify_token().await {
        Ok(status) => match status.status {
            TokenState::Active => match status.expires_on {
                Some(expires) if expires - now < TimeDelta::days(14) => {
                    Outcome::Passed(format!("Active, but only until {}.", expires.format("%-d %B %Y")))
                }
                _ => Outcome::Passed("Active.".into()),
            },
            TokenState::Disabled => Outcome::Failed {
                message: "The API token is disabled.".into(),
                next: "Enable it in the Cloudflare dashboard, or make a new one.".into(),
            },
            TokenState::Expired => Outcome::Failed {
                message: "The API token has expired.".into(),
                next: "Make a new one in the Cloudflare dashboard.".into(),
            },
        },
        Err(error) => failed(&error),
    }
}

async fn stream(cloud: &Client) -> Outcome {
    if let Err(error) = cloud.storage_usage().await {
        return failed(&error);
    }
    let Ok(nothing) = NO_VIDEO.parse::<VideoId>() else { return Outcome::Skipped };
    match cloud.edit_video(&nothing, &VideoEdit::default()).await {
        Ok(_) | Err(CloudError::Missing { .. }) => Outcome::Passed("Videos can be imported and shared.".into()),
        Err(error) => failed(&error),
    }
}

fn choose(apps: &[App], wanted: Option<&AppId>) -> (Outcome, Option<AppId>) {
    match (wanted, apps) {
        (Some(id), _) => match apps.iter().find(|app| app.id == *id) {
            Some(app) => (Outcome::Passed(format!("“{}”.", app.name)), Some(app.id.clone())),
            None => {
                let outcome = Outcome::Failed {
                    message: format!("The account has no RealtimeKit app {id}."),
                    next: "Copy the app’s id again, or leave it empty to let Hajime find it.".into(),
                };
                (outcome, None)
            }
        },
        (None, []) => (Outcome::Passed("None yet; one named “Hajime” is made at the first start.".into()), None),
        (None, [only]) => (Outcome::Passed(format!("“{}”.", only.name)), Some(only.id.clone())),
        (None, several) => {
            let outcome = Outcome::Failed {
                message: format!("The account has {} RealtimeKit apps.", several.len()),
                next: "Choose the one to use.".into(),
            };
            (outcome, None)
        }
    }
}

async fn presets(cloud: &Client, app: &AppId) -> Outcome {
    match cloud.presets(app).await {
        Ok(presets) if presets.is_empty() => {
            Outcome::Passed("None yet; a host’s and a participant’s are made at the first start.".into())
        }
        Ok(presets) => Outcome::Passed(format!("{} found.", presets.len())),
        Err(error) => failed(&error),
    }
}

fn clock(skew: Option<TimeDelta>) -> Outcome {
    match skew {
        None => Outcome::Passed("Cloudflare did not say its time; nothing to compare.".into()),
        Some(skew) if super::recordings::clock_is_off(skew) => Outcome::Failed {
            message: format!("This computer’s clock is off by {} seconds.", skew.num_seconds().abs()),
            next: "Turn on automatic time in the system settings: links are dated by the clock.".into(),
        },
        Some(skew) => Outcome::Passed(format!("Within {} seconds of Cloudflare’s.", skew.num_seconds().abs() + 1)),
    }
}

fn failed(error: &CloudError) -> Outcome {
    Outcome::Failed { message: error.user_message(), next: error.next_step() }
}
