//! Share links: signed playback addresses. The ledger lists every link made, never its token.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{KeyGroupId, KeyId, LinkId, RecordingId, VideoId};
use crate::domain::invalid::Invalid;
use crate::domain::sharing::rights::Rights;

/// The time for which a link works. Stream does not accept tokens that expire more than 24 hours ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity(TimeDelta);

impl Validity {
    /// The default and the maximum: 24 hours.
    pub const DAY: Self = Self(TimeDelta::hours(24));

    /// Accepts whole hours from 1 to 24.
    pub fn hours(hours: i64) -> Result<Self, Invalid> {
        if (1..=24).contains(&hours) {
            Ok(Self(TimeDelta::hours(hours)))
        } else {
            Err(Invalid::one(
                "hours",
                format!("A link cannot work for {hours} hours: Cloudflare accepts 1 to 24."),
                "Choose from 1 to 24 hours.",
            ))
        }
    }

    /// Returns the validity as a length of time.
    #[must_use]
    pub const fn span(self) -> TimeDelta {
        self.0
    }
}

/// What a person asks of a new link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// The time for which it works, from now on.
    pub validity: Validity,
    /// What it allows, from when, and for whom.
    pub rights: Rights,
    /// The group whose key signs it, unless the recording has a key of its own; `None` for the key of the desk.
    pub group: Option<KeyGroupId>,
    /// The moment of the video at which it begins, in seconds; `None` for the beginning.
    pub start_at: Option<u32>,
    /// The language of the captions that are shown from the start, such as `de`; `None` for none.
    pub captions: Option<String>,
}

impl LinkOptions {
    /// A link with these rights, from the beginning of the video, signed with the key of the desk.
    #[must_use]
    pub const fn plain(validity: Validity, rights: Rights) -> Self {
        Self { validity, rights, group: None, start_at: None, captions: None }
    }

    /// Refuses a link that begins after it ends, starts after the end of the video, or names no language.
    pub fn check(&self, expires_at: DateTime<Utc>, length: Option<TimeDelta>) -> Result<(), Invalid> {
        self.rights.check(expires_at)?;
        check_start(self.start_at, length)?;
        if let Some(code) = self.captions.as_ref().filter(|code| !is_language(code)) {
            let message = format!("“{}” is no code of a language.", code.chars().take(20).collect::<String>());
            return Err(Invalid::one("captions", message, "Use a code such as de or en."));
        }
        Ok(())
    }
}

/// Refuses a link that starts after the end of the video.
pub(crate) fn check_start(start_at: Option<u32>, length: Option<TimeDelta>) -> Result<(), Invalid> {
    let too_late = |start: &u32| length.is_some_and(|length| i64::from(*start) >= length.num_seconds());
    match start_at.filter(too_late) {
        Some(start) => {
            let message = format!("The video ends before {start} s.");
            Err(Invalid::one("start_at", message, "Choose a moment within the video."))
        }
        None => Ok(()),
    }
}

/// Whether a text has the form of a language's code, such as `de` or `pt-BR` (RFC 5646).
fn is_language(code: &str) -> bool {
    let letters = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    let mut parts = code.split('-');
    parts.next().is_some_and(|part| letters(part, 2, 3)) && parts.all(|part| letters(part, 2, 8))
}

/// One link of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    /// Hajime's id of the link.
    pub id: LinkId,
    /// The recording that the link plays.
    pub recording: RecordingId,
    /// The title of the recording.
    pub recording_title: String,
    /// The video that the link plays.
    pub video: VideoId,
    /// The key that signed the token; `None` when Cloudflare signed the token and did not name the key.
    pub kid: Option<KeyId>,
    /// The moment at which the link was made.
    pub created_at: DateTime<Utc>,
    /// The moment at which the link ends.
    pub expires_at: DateTime<Utc>,
    /// True if the link allows downloading the file.
    pub download: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_cannot_work_is_refused_by_its_field() {
        let ends: DateTime<Utc> = "2026-12-02T20:00:00Z".parse().unwrap();
        let hour = Some(TimeDelta::hours(1));
        let plain = || LinkOptions::plain(Validity::DAY, Rights::to_watch(false));
        let field = |options: LinkOptions| options.check(ends, hour).err().map(|refused| refused.problems()[0].field);
        let begins = |not_before| LinkOptions { rights: Rights { not_before, ..Rights::default() }, ..plain() };
        assert_eq!(field(plain()), None);
        assert_eq!(field(begins(Some(ends))), Some("not_before"));
        assert_eq!(field(begins(Some(ends - TimeDelta::hours(1)))), None);
        assert_eq!(field(LinkOptions { start_at: Some(3_600), ..plain() }), Some("start_at"));
        assert_eq!(field(LinkOptions { start_at: Some(3_599), ..plain() }), None);
        assert_eq!(field(LinkOptions { captions: Some("de&x=1".to_owned()), ..plain() }), Some("captions"));
        assert_eq!(field(LinkOptions { captions: Some("pt-BR".to_owned()), ..plain() }), None);
        // Where the length is not known, any moment may be right.
        assert_eq!(LinkOptions { start_at: Some(99_999), ..plain() }.check(ends, None), Ok(()));
    }
}
