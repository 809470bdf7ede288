//! Checks a connection before it is used: what works, what is missing, and what to do about it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{Client, Error as CloudError, TokenState, TokenStatus};
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_off;
use crate::domain::ids::AppId;
use crate::domain::profile::connection_check::{Outcome, Report, Subject};
use crate::domain::profile::realtimekit_app::App;
use crate::recorder::presets::look as look_at_presets;

/// The next step for presets that do not fit.
const REPAIR_PRESETS: &str =
    "Repair them in Settings once the account is connected (in a terminal: hajime-cli app presets --repair).";

/// Checks token, permissions, app, presets and clock. Changes nothing at Cloudflare. `app` is the app that is configured
/// or was chosen.
pub async fn check(cloudflare: &Client, app: Option<&AppId>, now: DateTime<Utc>) -> Report {
    let mut report = Report::default();
    let verified = cloudflare.verify_token().await;
    let verified = match verified {
        Ok(status) => Some(token(&status, now)),
        // Cloudflare did not answer, so nothing is known about the token.
        Err(error @ (CloudError::Unreachable { .. } | CloudError::Lost { .. } | CloudError::RateLimited { .. })) => {
            Some(failed(&error))
        }
        Err(ref error) if says_what_is_wrong(error) => Some(failed(error)),
        Err(_) => None,
    };
    if let Some(Outcome::Failed { .. }) = verified {
        return unusable(report, verified);
    }
    let apps = cloudflare.apps().await;
    let stream = stream(cloudflare).await;
    let token = match (verified, &apps, &stream) {
        (Some(outcome), ..) => outcome,
        // Other calls with this token work. That is stronger evidence than Cloudflare's check of tokens, which does not
        // know it.
        (None, Ok(_), _) | (None, _, Outcome::Passed(_)) => {
            Outcome::Passed("The token works, although Cloudflare’s token check does not recognise it.".into())
        }
        (None, Err(error), _) => return unusable(report, Some(failed(error))),
    };
    report.note(Subject::Token, token);
    match apps {
        Ok(apps) => {
            report.note(Subject::Realtime, Outcome::Passed("Rooms and recordings can be managed.".into()));
            report.note(Subject::Stream, stream);
            let (outcome, chosen) = choose(&apps, app);
            report.note(Subject::App, outcome);
            let presets = match &chosen {
                Some(app) => presets(cloudflare, app).await,
                None if apps.is_empty() => Outcome::Passed("Made together with the app.".into()),
                None => Outcome::Skipped,
            };
            report.note(Subject::Presets, presets);
            (report.apps, report.app) = (apps, chosen);
        }
        Err(error) => {
            report.note(Subject::Realtime, failed(&error));
            report.note(Subject::Stream, stream);
            report.note(Subject::App, Outcome::Skipped);
            report.note(Subject::Presets, Outcome::Skipped);
        }
    }
    report.note(Subject::Workers, workers(cloudflare).await);
    report.note(Subject::Clock, clock(cloudflare.clock_skew()));
    report
}

/// Whether a refusal says what is wrong with the token, so that no other check is needed.
pub(crate) const fn says_what_is_wrong(error: &CloudError) -> bool {
    use crate::cloudflare::CredentialProblem::{Expired, Location, NotYetValid};
    matches!(error, CloudError::Credentials(Location(_) | Expired | NotYetValid))
}

/// The report for a token that cannot be used: all later checks are skipped.
fn unusable(mut report: Report, token: Option<Outcome>) -> Report {
    report.note(Subject::Token, token.unwrap_or(Outcome::Skipped));
    for subject in [Subject::Realtime, Subject::Stream, Subject::App, Subject::Presets, Subject::Workers] {
        report.note(subject, Outcome::Skipped);
    }
    report
}

pub(crate) fn token(status: &TokenStatus, now: DateTime<Utc>) -> Outcome {
    let day = |at: DateTime<Utc>| at.format("%-d %B %Y").to_string();
    match (status.status, status.not_before, status.expires_on) {
        (TokenState::Disabled, ..) => Outcome::Failed {
            message: "The API token is disabled.".into(),
            next: "Enable it in the Cloudflare dashboard, or make a new one.".into(),
        },
        (TokenState::Expired, ..) => Outcome::Failed {
            message: "The API token has expired.".into(),
            next: "Make a new one in the Cloudflare dashboard.".into(),
        },
        (_, Some(begins), _) if begins > now => Outcome::Failed {
            message: format!("The API token works only from {} on.", day(begins)),
            next: "Wait until then, or change “TTL” of the token in the Cloudflare dashboard.".into(),
        },
        (_, _, Some(expires)) if expires.since(now) < TimeDelta::days(14) => {
            Outcome::Passed(format!("Active, but only until {}.", day(expires)))
        }
        (TokenState::Active, ..) => Outcome::Passed("Active.".into()),
        (TokenState::Unknown, ..) => Outcome::Passed("Known to Cloudflare.".into()),
    }
}

pub(crate) async fn stream(cloudflare: &Client) -> Outcome {
    if let Err(error) = cloudflare.storage_usage().await {
        return failed(&error);
    }
    stream_takes_videos(cloudflare).await
}

/// Whether the token may bring videos to Stream. Changes nothing.
pub(crate) async fn stream_takes_videos(cloudflare: &Client) -> Outcome {
    match cloudflare.check_may_change_videos().await {
        Ok(()) => Outcome::Passed("Videos can be imported and shared.".into()),
        Err(error) => failed(&error),
    }
}

pub(crate) fn choose(apps: &[App], wanted: Option<&AppId>) -> (Outcome, Option<AppId>) {
    match (wanted, apps) {
        (Some(id), _) => match apps.iter().find(|app| app.id == *id) {
            Some(app) => (Outcome::Passed(format!("“{}”.", app.name)), Some(app.id.clone())),
            None => {
                let outcome = Outcome::Failed {
                    message: format!("The account has no RealtimeKit app {id}."),
                    next: "Copy the app’s id again, or choose one of the account’s apps.".into(),
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

pub(crate) async fn presets(cloudflare: &Client, app: &AppId) -> Outcome {
    match look_at_presets(cloudflare, app).await {
        Ok(presets) if presets.in_use.is_empty() => {
            Outcome::Passed("None yet; a host’s and a participant’s are made at the first start.".into())
        }
        Ok(presets) if presets.fit() => Outcome::Passed(presets.sentence()),
        // They are repaired in Settings, and for that the account has to be connected.
        Ok(presets) => Outcome::Warned { message: presets.sentence(), next: REPAIR_PRESETS.into() },
        Err(error) => failed(&error),
    }
}

/// Whether the join page can be published. Everything else works without that permission.
async fn workers(cloudflare: &Client) -> Outcome {
    match cloudflare.check_may_change_workers().await {
        Ok(()) => Outcome::Passed("The join page can be published.".into()),
        Err(error) => Outcome::Warned {
            message: error.user_message(),
            next: format!("Only publishing the join page needs it. {}", error.next_step()),
        },
    }
}

pub(crate) fn clock(skew: Option<TimeDelta>) -> Outcome {
    match skew {
        None => Outcome::Passed("Cloudflare did not say its time; nothing to compare.".into()),
        Some(skew) if is_off(skew) => Outcome::Failed {
            message: format!("This computer’s clock is off by {} seconds.", skew.num_seconds().abs()),
            next: "Turn on automatic time in the system settings: links are dated by the clock.".into(),
        },
        Some(skew) => Outcome::Passed(format!(
            "Within {} seconds of Cloudflare’s.",
            skew.num_seconds().saturating_abs().saturating_add(1)
        )),
    }
}

fn failed(error: &CloudError) -> Outcome {
    Outcome::Failed { message: error.user_message(), next: error.next_step() }
}
