//! An e-mail to one person, before it is put into the form of a transport.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::domain::ids::EventId;
use crate::domain::schedule::person::Email;
use crate::domain::text::one_line;

/// The longest name of a sender, in characters.
pub const SENDER_NAME_MAX: usize = 80;
/// The longest subject, in characters. Cloudflare takes 998; a mail program shows far fewer.
pub const SUBJECT_MAX: usize = 200;
/// The most events that a letter names, so that the header stays below the 2,048 bytes that Cloudflare takes.
const NAMED_EVENTS_MAX: usize = 50;

/// A name and an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name that mail programs show; empty for none.
    pub name: String,
    /// The address.
    pub address: Email,
}

impl Mailbox {
    /// The name on one line, without invisible characters and not longer than [`SENDER_NAME_MAX`].
    #[must_use]
    pub fn shown_name(&self) -> String {
        one_line(&self.name).chars().take(SENDER_NAME_MAX).collect()
    }
}

/// Where a person asks to get no more letters (RFC 2369 §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsubscribe {
    /// By an e-mail to this address.
    Mail(Email),
    /// On this page. Its address begins with `https:`.
    Page(Url),
}

/// An e-mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The sender.
    pub from: Mailbox,
    /// The recipient.
    pub to: Email,
    /// The subject. See [`Letter::shown_subject`].
    pub subject: String,
    /// The content as plain text.
    pub text: String,
    /// The same content as HTML.
    pub html: String,
    /// Where the person asks to get no more letters; `None` where nobody can be asked.
    pub unsubscribe: Option<Unsubscribe>,
    /// The events that the letter tells of; none for a test.
    pub event_ids: Vec<EventId>,
}

impl Letter {
    /// The subject on one line, without invisible characters and not longer than [`SUBJECT_MAX`].
    #[must_use]
    pub fn shown_subject(&self) -> String {
        one_line(&self.subject).chars().take(SUBJECT_MAX).collect()
    }

    /// The headers besides sender, recipient, subject, date and id. Their values are ASCII on one line.
    ///
    /// `Auto-Submitted` keeps programs from answering (RFC 3834 §5). `X-Hajime-Event` names the events, so that a letter
    /// that came twice can be told from two letters.
    #[must_use]
    pub fn extra_headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned())];
        if let Some(unsubscribe) = &self.unsubscribe {
            let address = match unsubscribe {
                Unsubscribe::Mail(address) => format!("<mailto:{}?subject=unsubscribe>", in_mailto(address)),
                Unsubscribe::Page(page) => format!("<{page}>"),
            };
            headers.push(("List-Unsubscribe", address));
        }
        let events: Vec<String> = self.event_ids.iter().take(NAMED_EVENTS_MAX).map(ToString::to_string).collect();
        if !events.is_empty() {
            headers.push(("X-Hajime-Event", events.join(" ")));
        }
        headers
    }

    /// The id of the message, on the domain of the sender. Each attempt to send the same events to the same person has
    /// the same id, so that a server which took an earlier attempt can tell. A letter without events has an id of its
    /// moment.
    #[must_use]
    pub fn message_id(&self, now: DateTime<Utc>) -> String {
        let mut digest = Sha256::new();
        digest.update(self.to.key());
        for event in &self.event_ids {
            digest.update(event.to_string());
        }
        if self.event_ids.is_empty() {
            digest.update(now.timestamp_micros().to_be_bytes());
        }
        // Half of the digest is enough to tell letters apart.
        let id = digest.finalize().iter().take(16).fold(0_u128, |id, byte| id << 8 | u128::from(*byte));
        let domain = self.from.address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        format!("<{id:032x}@{domain}>")
    }
}

/// An address in a `mailto:` URL: what would end it or mean something else there is encoded (RFC 6068 §2). The address is
/// ASCII.
fn in_mailto(address: &Email) -> String {
    let encode = |byte: u8| {
        let letter = char::from(byte);
        let stays = letter.is_ascii_alphanumeric() || "@.-_~!$'*+".contains(letter);
        if stays { letter.to_string() } else { format!("%{byte:02X}") }
    };
    address.as_str().bytes().map(encode).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn letter() -> Letter {
        Letter {
            from: Mailbox { name: "Dojo".into(), address: "dojo@example.org".parse().unwrap() },
            to: "ann@example.net".parse().unwrap(),
            subject: "Ready".into(),
            text: "Ready".into(),
            html: "<p>Ready</p>".into(),
            unsubscribe: None,
            event_ids: vec![EventId::new()],
        }
    }

    #[test]
    fn a_repeated_letter_has_its_id_again_and_every_other_letter_another() {
        let one = letter();
        let later = now() + chrono::TimeDelta::hours(2);
        assert_eq!(one.message_id(now()), one.message_id(later));
        assert!(one.message_id(now()).ends_with("@example.org>"), "{}", one.message_id(now()));
        let to_another = Letter { to: "bo@example.net".parse().unwrap(), ..one.clone() };
        let of_another = Letter { event_ids: vec![EventId::new()], ..one.clone() };
        assert_ne!(one.message_id(now()), to_another.message_id(now()));
        assert_ne!(one.message_id(now()), of_another.message_id(now()));
        let test = Letter { event_ids: Vec::new(), ..one };
        assert_ne!(test.message_id(now()), test.message_id(later), "two tests are two letters");
    }

    #[test]
    fn names_and_subjects_stay_on_one_visible_line_of_a_bounded_length() {
        let mut one = letter();
        one.subject = format!("Karate\r\nBcc: eve@example.org\u{202e}{}", "x".repeat(10_000));
        one.from.name = "Dojo\n\u{200f}<eve@example.org>".into();
        assert!(one.shown_subject().starts_with("Karate Bcc: eve@example.orgx"), "{}", one.shown_subject());
        assert_eq!(one.shown_subject().chars().count(), SUBJECT_MAX);
        assert_eq!(one.from.shown_name(), "Dojo <eve@example.org>");
    }

    #[test]
    fn the_headers_of_a_digest_of_a_thousand_events_fit_into_what_cloudflare_takes() {
        let mut one = letter();
        one.event_ids = (0..1_000).map(|_| EventId::new()).collect();
        let headers = one.extra_headers();
        let (_, events) = headers.iter().find(|(name, _)| *name == "X-Hajime-Event").unwrap();
        assert!(events.len() <= 2_048 && events.starts_with(&one.event_ids[0].to_string()), "{}", events.len());
    }

    #[test]
    fn the_address_to_unsubscribe_at_is_one_url() {
        let mut one = letter();
        let value = |letter: &Letter| {
            let headers = letter.extra_headers();
            headers.into_iter().find(|(name, _)| *name == "List-Unsubscribe").map(|(_, value)| value)
        };
        assert_eq!(value(&one), None);
        one.unsubscribe = Some(Unsubscribe::Mail("a?b&c%d@example.org".parse().unwrap()));
        assert_eq!(value(&one).unwrap(), "<mailto:a%3Fb%26c%25d@example.org?subject=unsubscribe>");
        one.unsubscribe = Some(Unsubscribe::Page("https://example.org/off?a=<b>".parse().unwrap()));
        assert_eq!(value(&one).unwrap(), "<https://example.org/off?a=%3Cb%3E>");
    }
}
