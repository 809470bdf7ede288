//! A letter as the bytes of an internet message (RFC 5322, MIME): the text, and the same as HTML.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, address::AddressError};

use crate::domain::bounds;
use crate::domain::delivery::letter::Letter;

/// Why a letter has no such form.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    /// An address is not one for the library that writes messages.
    #[error("an address cannot be written: {0}")]
    Address(#[from] AddressError),
    /// A part of the message is missing.
    #[error("{0}")]
    Message(#[from] lettre::error::Error),
}

/// Writes a letter with the date `now`. Every line ends with CR and LF, and every byte is ASCII.
pub(super) fn written(letter: &Letter, now: DateTime<Utc>) -> Result<Vec<u8>, Unwritable> {
    let name = Some(undecoded(&letter.from.shown_name())).filter(|name| !name.is_empty());
    // A clock that is far off must not keep a letter from being written.
    let date = SystemTime::from(bounds::moment(now).unwrap_or_default());
    let mut message = Message::builder()
        .from(Mailbox::new(name, letter.from.address.as_str().parse::<Address>()?))
        .to(Mailbox::new(None, letter.to.as_str().parse::<Address>()?))
        .subject(undecoded(&letter.shown_subject()))
        .date(date)
        .message_id(Some(letter.message_id(now)));
    for (name, value) in letter.extra_headers() {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let content = MultiPart::alternative_plain_html(lines(&letter.text), lines(&letter.html));
    Ok(message.multipart(content)?.formatted())
}

/// A text that a mail program shows as it is. `=?` would begin an encoded word (RFC 2047), which could hide what was
/// taken out of the text before.
fn undecoded(text: &str) -> String {
    text.replace("=?", "= ?")
}

/// A text whose lines end with LF only and that has no other control characters. A bare CR could be taken for the end of a
/// line by some servers, and so for the end of the letter.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests;
