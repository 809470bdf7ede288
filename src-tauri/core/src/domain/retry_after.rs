//! The header `Retry-After` of a server that is not Cloudflare (RFC 9110 §10.2.3).

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds;

/// Reads how long to wait: the header has seconds or an HTTP date. `None` for a date that has passed.
#[must_use]
pub fn read(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let date = bounds::moment(DateTime::parse_from_rfc2822(text.trim()).ok()?.with_timezone(&Utc))?;
    Some(date.signed_duration_since(now)).filter(|wait| *wait > TimeDelta::zero())
}
