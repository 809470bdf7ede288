//! The rate budget and the clock, as Cloudflare's headers tell them.
//!
//! `Ratelimit: "default";r=50;t=30` names what remains and the seconds to the reset; `retry-after` comes with 429. Past the limit Cloudflare
//! blocks everything a user does for five minutes, so while a block lasts nothing is sent at all.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

/// The block that follows a 429 which names no time: the v4 API's window.
const SILENT_BLOCK: Duration = Duration::from_secs(300);
/// No block is believed to be longer.
const LONGEST_BLOCK: Duration = Duration::from_secs(900);

/// What is known of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Requests left in the window.
    pub remaining: Option<u32>,
    /// When the window ends.
    pub resets_in: Option<Duration>,
    /// For how long nothing may be sent.
    pub blocked_for: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    remaining: Option<u32>,
    resets_at: Option<Instant>,
    blocked_until: Option<Instant>,
    skew: Option<TimeDelta>,
}

impl Ledger {
    pub(super) fn budget(&self, now: Instant) -> Budget {
        Budget {
            remaining: self.remaining,
            resets_in: self.resets_at.map(|at| at.saturating_duration_since(now)),
            blocked_for: self.blocked_for(now),
        }
    }

    pub(super) fn blocked_for(&self, now: Instant) -> Option<Duration> {
        self.blocked_until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    pub(super) const fn skew(&self) -> Option<TimeDelta> {
        self.skew
    }

    /// Reads the headers of a reply that began at `sent` and arrived at `local`.
    pub(super) fn read(&mut self, status: StatusCode, headers: &HeaderMap, now: Instant, local: DateTime<Utc>) {
        if let Some((remaining, resets_in)) = headers.get("ratelimit").and_then(|value| parse(value.to_str().ok()?)) {
            self.remaining = Some(remaining);
            self.resets_at = Some(now + resets_in);
            // One request too many would block everything for five minutes; waiting for the window costs less.
            if remaining == 0 {
                let reset = now + resets_in.min(LONGEST_BLOCK);
                self.blocked_until = Some(self.blocked_until.map_or(reset, |until| until.max(reset)));
            }
        }
        let date = headers.get(header::DATE).and_then(|value| http_date(value.to_str().ok()?));
        if let Some(date) = date {
            self.skew = Some(date - local);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let asked = headers
                .get(header::RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, date.unwrap_or(local)));
            self.blocked_until = Some(now + asked.unwrap_or(SILENT_BLOCK).min(LONGEST_BLOCK));
        }
    }
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}

/// Seconds, or an HTTP date.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|date| (date - now).to_std().unwrap_or_default())
}

/// The tightest of the policies listed. Their quoted names are free text and are left out.
fn parse(text: &str) -> Option<(u32, Duration)> {
    let unquoted: String = text.split('"').step_by(2).collect();
    let policy = |policy: &str| {
        let part = |name: &str| {
            policy.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok())
        };
        Some((part("r")?, Duration::from_secs(u64::from(part("t")?))))
    };
    unquoted
        .split(',')
        .filter_map(policy)
        .min_by_key(|(remaining, resets_in)| (*remaining, std::cmp::Reverse(*resets_in)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, pairs: &[(&'static str, &str)]) -> Budget {
        let mut ledger = Ledger::default();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = Instant::now();
        ledger.read(StatusCode::from_u16(status).unwrap(), &headers, now, "2026-03-01T12:00:00Z".parse().unwrap());
        ledger.budget(now)
    }

    #[test]
    fn headers_are_read_and_their_absence_is_fine() {
        let budget = read(200, &[("Ratelimit", "\"default\";r=50;t=30")]);
        assert_eq!((budget.remaining, budget.resets_in), (Some(50), Some(Duration::from_secs(30))));
        assert_eq!(read(200, &[]), Budget::default());
        assert_eq!(read(200, &[("Ratelimit", "nonsense")]), Budget::default());
        let several = read(200, &[("Ratelimit", "\"a, b;r=1\";r=900;t=200, \"burst\";r=7;t=5")]);
        assert_eq!((several.remaining, several.resets_in), (Some(7), Some(Duration::from_secs(5))));
    }

    #[test]
    fn a_spent_window_is_waited_for() {
        let spent = |t: &str| read(200, &[("Ratelimit", &format!("\"default\";r=0;t={t}"))]).blocked_for;
        assert_eq!(spent("30"), Some(Duration::from_secs(30)));
        assert_eq!(spent("0"), None);
        assert_eq!(spent("99999"), Some(LONGEST_BLOCK));
    }

    #[test]
    fn blocks_last_as_long_as_asked_and_five_minutes_when_nothing_is_said() {
        let blocked = |pairs: &[(&'static str, &str)]| read(429, pairs).blocked_for.unwrap().as_secs();
        assert_eq!(blocked(&[("retry-after", "7")]), 7);
        assert_eq!(blocked(&[("retry-after", "Sun, 01 Mar 2026 12:01:00 GMT")]), 60);
        assert_eq!(blocked(&[]), 300);
        assert_eq!(blocked(&[("retry-after", "99999999")]), 900);
    }
}
