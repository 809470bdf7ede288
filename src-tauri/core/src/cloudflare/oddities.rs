//! Parts of Cloudflare's replies that could not be read. Each appears once in the log and in the list, however often it
//! is seen.

use std::collections::HashSet;
use std::fmt;

use crate::cloudflare::redact::plain;

/// The most oddities that are remembered, because a server might send them without end.
const REMEMBERED_MAX: usize = 200;
/// The most characters of an id that are kept.
const ID_SHOWN_MAX: usize = 64;

/// A part of a reply that could not be read and was left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Oddity {
    /// The kind of thing: `Stream video`, `RealtimeKit recording`, …
    pub what: &'static str,
    /// The id of the thing, if it can be read.
    pub id: Option<String>,
    /// What is wrong with it and what was done about it, as the second half of a sentence.
    pub why: String,
}

impl Oddity {
    pub(crate) fn new(what: &'static str, id: Option<&str>, why: impl Into<String>) -> Self {
        let id = id.map(|id| plain(id).chars().take(ID_SHOWN_MAX).collect::<String>()).filter(|id| !id.is_empty());
        Self { what, id, why: why.into() }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} {id}: {}", self.what, self.why),
            None => write!(f, "{} without a readable id: {}", self.what, self.why),
        }
    }
}

/// All oddities since the client was made.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    known: HashSet<Oddity>,
    in_order: Vec<Oddity>,
}

impl Oddities {
    /// Adds an oddity, and logs it if it is new.
    pub(super) fn note(&mut self, oddity: Oddity) {
        if self.known.len() < REMEMBERED_MAX && self.known.insert(oddity.clone()) {
            tracing::warn!(%oddity, "Cloudflare sent something that cannot be read");
            self.in_order.push(oddity);
        }
    }

    /// The oddities, the oldest first.
    pub(super) fn all(&self) -> Vec<Oddity> {
        self.in_order.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_oddity_is_kept_once_and_at_most_200_are_kept() {
        let mut oddities = Oddities::default();
        for n in 0..1_000 {
            let id = format!("id-{}", n % 300);
            oddities.note(Oddity::new("Stream video", Some(&id), "its uid cannot be read; it was left out"));
        }
        assert_eq!(oddities.all().len(), REMEMBERED_MAX);
        assert_eq!(oddities.all()[0].to_string(), "Stream video id-0: its uid cannot be read; it was left out");
    }

    #[test]
    fn an_id_that_looks_like_an_address_or_a_token_is_hidden() {
        for id in ["https://r2.example/x?X-Amz-Signature=abc", "eyJhbGciOi.x.y", &"x".repeat(90)] {
            assert_eq!(Oddity::new("Stream video", Some(id), "odd").id.as_deref(), Some("…"), "{id}");
        }
        assert_eq!(Oddity::new("Stream video", Some(" \n"), "odd").id, None);
    }
}
