//! The rate budget and Cloudflare's clock, as the headers of replies report them.
//!
//! `Ratelimit: "default";r=50;t=30` gives the requests left and the seconds until the window resets; `retry-after`
//! comes with status 429. After too many requests, Cloudflare blocks the user for five minutes. While a window has no
//! requests left, nothing is therefore sent at all.
//!
//! A 429 may also concern one product or one kind of call only, for example because a queue is full. Then only this
//! kind of call waits. If a second kind of the same product is refused meanwhile, the whole product waits. If a second
//! product is refused, all calls wait. Such a shared block ends with the first of the blocks that caused it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode, header};
use tokio::time::Instant;

use crate::cloudflare::error::{Blocked, Surface};
use crate::domain::bounds;

/// The block after a 429 for the whole account that names no time: the window of Cloudflare's v4 API.
const DEFAULT_ACCOUNT_BLOCK: Duration = Duration::from_secs(300);
/// The first block of one kind of call after a 429 that names no time. Each later block is twice as long.
const FIRST_DEFAULT_CALL_BLOCK: Duration = Duration::from_secs(30);
/// The longest block. A longer one that Cloudflare asks for is cut to this.
const LONGEST_BLOCK: Duration = Duration::from_secs(900);

/// The rate budget according to the last replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// The requests left in the window; `None` before the first reply that says so.
    pub remaining: Option<u32>,
    /// The time until the window resets.
    pub resets_in: Option<Duration>,
    /// The time until the last block ends; `None` if nothing is blocked.
    pub blocked_for: Option<Duration>,
}

/// A kind of call: a product and what is done, without the ids of what it is done to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    surface: Surface,
    what: String,
}

impl Kind {
    pub(super) fn new(surface: Surface, what: &str) -> Self {
        Self { surface, what: what.to_owned() }
    }

    pub(super) const fn surface(&self) -> Surface {
        self.surface
    }

    /// The kind of a call by its path. Parts of the path that look like ids become `*`.
    pub(super) fn of(surface: Surface, method: &Method, path: &str) -> Self {
        const WORD_MAX: usize = 20;
        let word =
            |part: &str| part.len() <= WORD_MAX && part.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b));
        let parts = path.split('/').map(|part| if word(part) { part } else { "*" });
        Self { surface, what: format!("{method} {}", parts.collect::<Vec<_>>().join("/")) }
    }
}

/// A time during which something is not sent.
#[derive(Debug, Clone, Copy)]
struct Block {
    until: Instant,
    asked: bool,
    /// The refusals in a row.
    refusals: u32,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    remaining: Option<u32>,
    resets_at: Option<Instant>,
    /// The block of all calls.
    account: Option<Block>,
    /// The blocks of single kinds of calls. A call that succeeds ends the block of its kind.
    kinds: HashMap<Kind, Block>,
    skew: Option<TimeDelta>,
}

impl Ledger {
    pub(super) fn budget(&self, now: Instant) -> Budget {
        Budget {
            remaining: self.remaining,
            resets_in: self.resets_at.map(|at| at.saturating_duration_since(now)),
            blocked_for: self.kinds.values().chain(&self.account).filter_map(|block| left(block, now)).max(),
        }
    }

    /// The block of a kind of call; `None` if it may be sent.
    pub(super) fn blocked(&self, kind: &Kind, now: Instant) -> Option<Blocked> {
        let live: Vec<(&Kind, &Block)> = self.kinds.iter().filter(|(_, block)| block.until > now).collect();
        let of_surface = live.iter().filter(|(other, _)| other.surface == kind.surface).count();
        let surfaces: HashSet<Surface> = live.iter().map(|(other, _)| other.surface).collect();
        let counts = |other: &Kind| surfaces.len() > 1 || (of_surface > 1 && other.surface == kind.surface);
        // A call whose kind was refused waits for the end of that block. A block that several kinds share ends when the
        // first of their blocks ends.
        let shortest =
            live.iter().filter(|(other, _)| counts(other)).map(|(_, block)| *block).min_by_key(|block| block.until);
        let own = live.iter().find(|(other, _)| *other == kind).map(|(_, block)| *block);
        let longest = shortest.into_iter().chain(own).chain(&self.account).max_by_key(|block| block.until)?;
        left(longest, now).map(|retry_after| Blocked { retry_after, until: None, asked: longest.asked })
    }

    pub(super) const fn skew(&self) -> Option<TimeDelta> {
        self.skew
    }

    /// Reads the headers of a reply. It arrived at `now`, which is `local` by this computer's clock.
    pub(super) fn read(
        &mut self,
        kind: &Kind,
        status: StatusCode,
        headers: &HeaderMap,
        now: Instant,
        local: DateTime<Utc>,
    ) {
        let mut spent = false;
        if let Some((remaining, resets_in)) = headers.get("ratelimit").and_then(|value| parse(value.to_str().ok()?)) {
            self.remaining = Some(remaining);
            self.resets_at = now.checked_add(resets_in);
            // One more request would block the account for five minutes. Waiting for the window takes less time.
            if remaining == 0 {
                spent = true;
                self.block_account(soon(now, resets_in), true);
            }
        }
        let date = headers.get(header::DATE).and_then(|value| http_date(value.to_str().ok()?));
        if let Some(date) = date {
            self.skew = Some(date.signed_duration_since(local));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let asked = headers
                .get(header::RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, date.unwrap_or(local)));
            if spent {
                self.block_account(soon(now, asked.unwrap_or(DEFAULT_ACCOUNT_BLOCK)), asked.is_some());
            } else {
                self.block_kind(kind, asked, now);
            }
        } else if status.is_success() {
            self.kinds.remove(kind);
        }
    }

    fn block_account(&mut self, until: Instant, asked: bool) {
        if self.account.is_none_or(|block| block.until < until) {
            self.account = Some(Block { until, asked, refusals: 0 });
        }
    }

    fn block_kind(&mut self, kind: &Kind, asked: Option<Duration>, now: Instant) {
        let refusals = self.kinds.get(kind).map_or(0, |block| block.refusals);
        let silent =
            FIRST_DEFAULT_CALL_BLOCK.saturating_mul(2_u32.saturating_pow(refusals.min(4))).min(DEFAULT_ACCOUNT_BLOCK);
        let until = soon(now, asked.unwrap_or(silent));
        self.kinds.insert(kind.clone(), Block { until, asked: asked.is_some(), refusals: refusals.saturating_add(1) });
    }
}

/// The moment `wait` from `now`, but at most [`LONGEST_BLOCK`] later.
fn soon(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait.min(LONGEST_BLOCK)).unwrap_or(now)
}

fn left(block: &Block, now: Instant) -> Option<Duration> {
    Some(block.until.saturating_duration_since(now)).filter(|left| !left.is_zero())
}

/// Parses a date; `None` if it is far from the present, because such a clock is wrong.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    bounds::moment(DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc))
}

/// Parses `retry-after`: seconds, or an HTTP date.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|date| date.signed_duration_since(now).to_std().unwrap_or_default())
}

/// The policy with the fewest requests left, of those listed. Their quoted names are free text and are skipped.
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
        let kind = Kind::new(Surface::Stream, "copy");
        let local = "2026-03-01T12:00:00Z".parse().unwrap();
        ledger.read(&kind, StatusCode::from_u16(status).unwrap(), &headers, now, local);
        ledger.budget(now)
    }

    #[test]
    fn rate_limit_headers_are_read_and_may_be_absent() {
        let budget = read(200, &[("Ratelimit", "\"default\";r=50;t=30")]);
        assert_eq!((budget.remaining, budget.resets_in), (Some(50), Some(Duration::from_secs(30))));
        assert_eq!(read(200, &[]), Budget::default());
        assert_eq!(read(200, &[("Ratelimit", "nonsense")]), Budget::default());
        let several = read(200, &[("Ratelimit", "\"a, b;r=1\";r=900;t=200, \"burst\";r=7;t=5")]);
        assert_eq!((several.remaining, several.resets_in), (Some(7), Some(Duration::from_secs(5))));
    }

    #[test]
    fn a_window_without_requests_left_blocks_until_its_reset() {
        let spent = |t: &str| read(200, &[("Ratelimit", &format!("\"default\";r=0;t={t}"))]).blocked_for;
        assert_eq!(spent("30"), Some(Duration::from_secs(30)));
        assert_eq!(spent("0"), None);
        assert_eq!(spent("99999"), Some(LONGEST_BLOCK));
    }

    #[test]
    fn a_block_lasts_as_long_as_retry_after_says_or_a_default_time() {
        let blocked = |pairs: &[(&'static str, &str)]| read(429, pairs).blocked_for.unwrap().as_secs();
        assert_eq!(blocked(&[("retry-after", "7")]), 7);
        assert_eq!(blocked(&[("retry-after", "Sun, 01 Mar 2026 12:01:00 GMT")]), 60);
        assert_eq!(blocked(&[]), 30);
        assert_eq!(blocked(&[("retry-after", "99999999")]), 900);
        // The account's window has no requests left.
        let spent = ("Ratelimit", "\"default\";r=0;t=40");
        assert_eq!(blocked(&[spent]), 300);
        assert_eq!(blocked(&[spent, ("retry-after", "7")]), 40);
    }

    #[test]
    fn a_refused_call_blocks_itself_then_its_product_then_everything() {
        let now = Instant::now();
        let local = "2026-03-01T12:00:00Z".parse().unwrap();
        let stream = |what| Kind::new(Surface::Stream, what);
        let (copy, list, edit) = (stream("copy"), stream("list"), stream("edit"));
        let rooms = Kind::new(Surface::Realtime, "rooms");
        let mut ledger = Ledger::default();
        let refuse = |ledger: &mut Ledger, kind: &Kind| {
            ledger.read(kind, StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), now, local);
        };
        let blocked = |ledger: &Ledger| [&copy, &list, &edit, &rooms].map(|kind| ledger.blocked(kind, now).is_some());
        refuse(&mut ledger, &copy);
        assert_eq!(blocked(&ledger), [true, false, false, false]);
        assert!(!ledger.blocked(&copy, now).unwrap().asked);
        refuse(&mut ledger, &list);
        assert_eq!(blocked(&ledger), [true, true, true, false]);
        refuse(&mut ledger, &rooms);
        assert_eq!(blocked(&ledger), [true; 4]);
        // A success ends the block of its own kind, and so the shared block.
        ledger.read(&list, StatusCode::OK, &HeaderMap::new(), now, local);
        ledger.read(&rooms, StatusCode::OK, &HeaderMap::new(), now, local);
        assert_eq!(blocked(&ledger), [true, false, false, false]);
        // Each refusal in a row makes the block longer, up to five minutes.
        for seconds in [60, 120, 240, 300, 300] {
            refuse(&mut ledger, &copy);
            assert_eq!(ledger.blocked(&copy, now).unwrap().retry_after.as_secs(), seconds);
        }
    }

    #[test]
    fn the_ids_in_a_path_do_not_change_the_kind_of_call() {
        let kind = |path: &str| Kind::of(Surface::Stream, &Method::POST, path);
        let account = "/accounts/0123456789abcdef0123456789abcdef";
        assert_eq!(
            kind(&format!("{account}/stream/ea95132c15732412d22c1476fa83f27a")),
            kind(&format!("{account}/stream/fa95132c15732412d22c1476fa83f27b"))
        );
        assert_ne!(
            kind(&format!("{account}/stream/copy")),
            kind(&format!("{account}/stream/ea95132c15732412d22c1476fa83f27a"))
        );
        let room = |id: &str| kind(&format!("{account}/realtime/kit/app-1/meetings/{id}/participants"));
        assert_eq!(room("1b9e6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"), room("2b9e6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bee"));
    }

    #[test]
    fn a_call_that_was_not_refused_itself_waits_for_the_shortest_block_of_the_others() {
        let now = Instant::now();
        let local = "2026-03-01T12:00:00Z".parse().unwrap();
        let copy = Kind::new(Surface::Stream, "copy");
        let rooms = |what| Kind::new(Surface::Realtime, what);
        let (list, start) = (rooms("list"), rooms("start"));
        let mut ledger = Ledger::default();
        let refuse = |ledger: &mut Ledger, kind: &Kind, headers: &HeaderMap| {
            ledger.read(kind, StatusCode::TOO_MANY_REQUESTS, headers, now, local);
        };
        let none = HeaderMap::new();
        for _ in 0..5 {
            refuse(&mut ledger, &copy, &none);
        }
        refuse(&mut ledger, &list, &none);
        let waits = |ledger: &Ledger| {
            [&copy, &list, &start]
                .map(|kind| ledger.blocked(kind, now).map_or(0, |blocked| blocked.retry_after.as_secs()))
        };
        assert_eq!(waits(&ledger), [300, 30, 30]);
        // Calls of one product wait for the product's shortest block, not for its longest.
        let edit = Kind::new(Surface::Stream, "edit");
        refuse(&mut ledger, &edit, &none);
        let watch = Kind::new(Surface::Stream, "watch");
        assert_eq!(ledger.blocked(&watch, now).unwrap().retry_after.as_secs(), 30);
        // The block of the account applies to every call.
        let spent: HeaderMap = [(http::HeaderName::from_static("ratelimit"), "\"default\";r=0;t=90".parse().unwrap())]
            .into_iter()
            .collect();
        ledger.read(&start, StatusCode::OK, &spent, now, local);
        assert_eq!(waits(&ledger), [300, 90, 90]);
    }

    #[test]
    fn a_date_outside_2000_to_2100_does_not_change_the_clock_skew() {
        let now = Instant::now();
        let local: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let kind = Kind::new(Surface::Stream, "copy");
        let mut ledger = Ledger::default();
        let skew = |ledger: &mut Ledger, date: &str| {
            let headers: HeaderMap = [(header::DATE, date.parse().unwrap())].into_iter().collect();
            ledger.read(&kind, StatusCode::OK, &headers, now, local);
            ledger.skew()
        };
        for date in
            ["31 Dec 262142 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon"]
        {
            assert_eq!(skew(&mut ledger, date), None, "{date}");
        }
        assert_eq!(skew(&mut ledger, "Sun, 01 Mar 2026 12:01:00 GMT"), Some(TimeDelta::minutes(1)));
        assert_eq!(
            skew(&mut ledger, "31 Dec 262142 23:59:59 GMT"),
            Some(TimeDelta::minutes(1)),
            "what was known stays"
        );
    }
}
