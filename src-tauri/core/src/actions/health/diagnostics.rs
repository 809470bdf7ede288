//! Gathers what strangers who support this desk may read: facts, and no secret, name, address or path.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::actions::guard;
use crate::actions::health::desk;
use crate::context::Context;
use crate::domain::delivery::channel::Channel;
use crate::domain::health::diagnostics::{Diagnostics, Scrubber};
use crate::domain::profile::role::{Permission, TokenRights};
use crate::error::{Error, UserError};
use crate::jobs::status;
use crate::store::KnownNames;

/// How many of the last events are told.
const EVENTS_TOLD: u32 = 200;
/// The longest word about the desktop.
const DESKTOP_MAX: usize = 40;

/// The diagnostics of this desk as text. `desktop` is what the session of the desktop calls itself, where that is known.
pub fn text(context: &Context, desktop: Option<&str>) -> Result<String, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let state = desk::status(context)?;
    let health = context.health();
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let trouble = |error: Option<UserError>| error.map(|error| format!("{}: {}", error.code, error.message));
    let worker = state.working.worker().map(|worker| instant(worker.since));
    let facts = vec![
        ("hajime", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("system", Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))),
        ("desktop", desktop.map(desktop_word)),
        ("made", Some(instant(context.now()))),
        ("role", Some(context.role().name().to_owned())),
        ("rights_of_the_token", context.store().token_rights()?.map(rights)),
        ("worker", Some(state.working.name().to_owned())),
        ("worker_since", worker),
        ("clock_off_ms", state.clock_off.map(|off| off.num_milliseconds().to_string())),
        ("requests_used", Some(state.budget_used.to_string())),
        ("last_answer", health.last_ok.map(instant)),
        ("trouble_at_cloudflare", trouble(health.trouble)),
        ("trouble_here", trouble(health.local)),
        ("trouble_with_copies", trouble(health.backup)),
        ("keyring", context.keyring_trouble().map(|error| error.to_string())),
        ("signs_here", Some(context.signs_locally().to_string())),
        ("disk_without_locks", Some(context.works_without_locks().to_string())),
        ("database_bytes", Some(state.database_bytes.to_string())),
        ("database_checked", state.database_check.map(|check| instant(check.at))),
        ("database_whole", state.database_check.map(|check| check.is_whole.to_string())),
        ("odd_replies", Some(context.cloudflare().oddities().len().to_string())),
    ];
    let told = Diagnostics {
        facts,
        settings: settings(context)?,
        connections: state.connections,
        jobs: status::list(context)?,
        stopped: context.supervisor().incidents().into_iter().map(|one| (one.job, one.times)).collect(),
        counts: context.store().counts_for_support()?,
        happened: context.store().happened_last(EVENTS_TOLD)?,
    };
    let KnownNames { people, classes, things } = context.store().known_names()?;
    let kinds = [("class", classes.as_slice()), ("person", people.as_slice()), ("thing", things.as_slice())];
    Ok(told.text(&Scrubber::knowing(kinds)))
}

fn settings(context: &Context) -> Result<Vec<(&'static str, String)>, Error> {
    let all = context.store().preferences()?;
    let mut told = vec![
        ("quality", all.quality.name().to_owned()),
        ("minutes", all.duration_minutes.to_string()),
        ("people", all.max_participants.to_string()),
        ("record", all.record.to_string()),
        ("instructor_is_set", (!all.instructor.trim().is_empty()).to_string()),
        ("own_join_page", all.join_page.is_some().to_string()),
        ("transcripts", all.transcripts.to_string()),
        ("captions", all.captions.is_some().to_string()),
        ("report_by_mail", context.store().mails_report()?.to_string()),
    ];
    for channel in [Channel::Email, Channel::Slack, Channel::Webhook] {
        told.push((channel.name(), if context.store().channel(channel)?.is_on { "on" } else { "off" }.to_owned()));
    }
    Ok(told)
}

fn rights(rights: TokenRights) -> String {
    let yes = |may: bool| if may { "yes" } else { "no" };
    format!("rooms {}, videos {:?}, pages {}", yes(rights.realtime), rights.stream, yes(rights.workers))
}

/// A word that the desktop says of itself, without anything else.
fn desktop_word(word: &str) -> String {
    word.chars().filter(|letter| letter.is_ascii_alphanumeric() || ":-_ ".contains(*letter)).take(DESKTOP_MAX).collect()
}
