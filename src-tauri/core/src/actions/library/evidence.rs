//! The evidence of a recording, for the people who support the users of this desk. It holds everything that was seen of
//! the recording, and no secret.
//!
//! Evidence is made of what the database holds, so it cannot contain a secret. Titles, addresses, paths and people are
//! left out nevertheless, because strangers read it.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::cloudflare::plain;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::diagnosis::likely;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;

/// The evidence of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The name and value of each fact. An unknown fact has no value.
    pub facts: Vec<(&'static str, Option<String>)>,
    /// The whole history, oldest first.
    pub history: Vec<Happened>,
}

/// One line of the recording's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The time, to the millisecond.
    pub at: String,
    /// The stage before; `None` for the first line.
    pub from: Option<String>,
    /// The stage after.
    pub to: String,
    /// The event, in words.
    pub note: String,
}

impl Evidence {
    /// The evidence as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from("Evidence of a recording, from Hajime\n\n");
        for (name, value) in &self.facts {
            writeln!(text, "{name}: {}", value.as_deref().unwrap_or("-")).ok();
        }
        text.push_str("\nWhat happened\n");
        for Happened { at, from, to, note } in &self.history {
            writeln!(text, "{at}  {} -> {to}  {note}", from.as_deref().unwrap_or("-")).ok();
        }
        text
    }
}

/// Collects the evidence of a recording.
pub fn evidence(context: &Context, id: RecordingId) -> Result<Evidence, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    let detail = recordings::detail(context, id)?;
    let session = context.store().session(detail.recording.session)?;
    let health = context.health();
    let mut facts = about(&detail.recording, context.now());
    facts.extend([
        ("likely_reason", likely(&detail.recording, &detail.events).map(|guess| guess.sentence().to_owned())),
        ("coverage", detail.coverage.map(|coverage| coverage.sentence())),
        ("session_state", session.as_ref().map(|session| session.state.name().to_owned())),
        ("session_planned_start", session.as_ref().map(|session| instant(session.plan.start.instant()))),
        ("session_planned_minutes", session.as_ref().map(|session| session.plan.length.num_minutes().to_string())),
        ("session_ended", session.as_ref().and_then(|session| session.state.ended_at()).map(instant)),
        ("links_made", Some(detail.links.len().to_string())),
        ("last_answer_from_cloudflare", health.last_ok.map(instant)),
        ("trouble", health.trouble.map(|trouble| format!("{}: {}", trouble.code, sayable(&trouble.message)))),
        ("clock_skew_ms", context.cloudflare().clock_skew().map(|skew| skew.num_milliseconds().to_string())),
        ("hajime", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("system", Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))),
        ("made", Some(instant(context.now()))),
    ]);
    let history = detail.events.into_iter().map(|event| Happened {
        at: instant(event.at),
        from: event.from.map(|stage| stage.name().to_owned()),
        to: event.to.name().to_owned(),
        note: sayable(&event.note),
    });
    Ok(Evidence { facts, history: history.collect() })
}

fn about(recording: &Recording, now: DateTime<Utc>) -> Vec<(&'static str, Option<String>)> {
    let cause = match recording.stage {
        Stage::Failed { cause, .. } => Some(cause),
        _ => None,
    };
    let (facts, relay) = (&recording.facts, recording.facts.relay.as_ref());
    vec![
        ("recording", Some(recording.id.to_string())),
        ("session", Some(recording.session.to_string())),
        ("room", recording.room.as_ref().map(ToString::to_string)),
        ("realtimekit_recording", facts.realtimekit_recording.as_ref().map(ToString::to_string)),
        ("stream_video", facts.video.as_ref().map(ToString::to_string)),
        ("cut_from", facts.clip.map(|clip| clip.of.to_string())),
        ("attached_by_hand", Some(facts.attached.to_string())),
        ("status", Some(recording.status().name().to_owned())),
        ("stage", Some(recording.stage.name().to_owned())),
        ("stage_since", Some(instant(recording.stage_since))),
        ("sentence", Some(recording.sentence())),
        ("cause", cause.map(|cause| cause.code().to_owned())),
        ("next_step", cause.map(|cause| cause.next().to_owned())),
        ("retry_can_help", cause.map(|_| recording.is_retryable(now).to_string())),
        ("quality", Some(recording.quality.name().to_owned())),
        ("timezone", Some(recording.timezone.name().to_owned())),
        ("asked_for", Some(instant(recording.created_at))),
        ("capture_began", facts.started_at.map(instant)),
        ("capture_ended", facts.stopped_at.map(instant)),
        ("length_ms", facts.length.map(|length| length.num_milliseconds().to_string())),
        ("size_bytes", facts.size.map(|size| size.to_string())),
        ("file_kept_until", facts.file_expires.map(instant)),
        ("relay_total_bytes", relay.and_then(|relay| relay.total).map(|bytes| bytes.to_string())),
        ("relay_fetched_bytes", relay.map(|relay| relay.fetched.to_string())),
        ("relay_sent_bytes", relay.map(|relay| relay.sent.to_string())),
        ("last_check", recording.work.last_check.map(instant)),
        ("next_check", recording.work.next_check().map(instant)),
        ("tried_again_by_itself", Some(recording.work.auto_retries.made.to_string())),
    ]
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The words without addresses, tokens and paths. The folders of a path may name people.
fn sayable(words: &str) -> String {
    let is_place = |word: &str| {
        let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric() && !['/', '\\', '~'].contains(&c));
        bare.starts_with(['/', '~']) || bare.contains('\\')
    };
    let kept = words.split(' ').map(|word| if is_place(word) { "…" } else { word });
    plain(&kept.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_addresses_and_tokens_are_replaced_by_an_ellipsis() {
        let words = "The database /home/ada/.local/hajime.db and C:\\Users\\Ada cannot be opened: https://x.y/?X-Amz-Signature=1 eyJhbGci.x.y";
        assert_eq!(sayable(words), "The database … and … cannot be opened: … …");
        assert_eq!(
            sayable("Stream refused: 12 and/or 13 MB (ERR_UNKNOWN)."),
            "Stream refused: 12 and/or 13 MB (ERR_UNKNOWN)."
        );
    }
}
