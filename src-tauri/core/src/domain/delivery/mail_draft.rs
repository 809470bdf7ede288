//! A draft for a person’s mail program, as a `mailto:` address (RFC 6068).

use std::fmt;

use crate::domain::schedule::person::Email;

/// The longest address, in bytes. Windows hands at most 2,083 to a program, and some mail programs take no more than
/// 2,000.
pub const DRAFT_MAX: usize = 2_000;

/// A draft. Its address always begins with `mailto:`.
#[derive(Clone, PartialEq, Eq)]
pub struct MailDraft(String);

impl fmt::Debug for MailDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailDraft(…)")
    }
}

impl MailDraft {
    /// A draft to these people, with the others in blind copy. `None` where it is longer than [`DRAFT_MAX`].
    #[must_use]
    pub fn new(to: &[Email], bcc: &[Email], subject: &str, text: &str) -> Option<Self> {
        let mut address = format!("mailto:{}", addresses(to));
        let mut separator = '?';
        let mut field = |name: &str, value: String| {
            if !value.is_empty() {
                address.extend([separator]);
                address.extend([name, "=", &value]);
                separator = '&';
            }
        };
        field("bcc", addresses(bcc));
        field("subject", encoded(subject, ""));
        // A line break is CRLF (RFC 6068 §5).
        field("body", encoded(&text.replace("\r\n", "\n").replace('\n', "\r\n"), ""));
        (address.len() <= DRAFT_MAX).then_some(Self(address))
    }

    /// The address that a mail program opens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn addresses(all: &[Email]) -> String {
    all.iter().map(|email| encoded(email.as_str(), "@")).collect::<Vec<_>>().join(",")
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3) and those that are kept.
fn encoded(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(letter) || (byte.is_ascii() && kept.contains(letter)) {
            encoded.push(letter);
        } else {
            let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0').to_ascii_uppercase();
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(all: &[&str]) -> Vec<Email> {
        all.iter().map(|email| email.parse().unwrap()).collect()
    }

    #[test]
    fn whatever_is_in_a_draft_stays_inside_its_field() {
        let to = people(&["ann+judo@example.org"]);
        let bcc = people(&["o'brien@example.org", "a&b=c?d%e@example.org"]);
        let draft = MailDraft::new(&to, &bcc, "Karate & Tea?bcc=eve@example.org", "One\nTwo\r\n空手 #1").unwrap();
        assert_eq!(
            draft.as_str(),
            "mailto:ann%2Bjudo@example.org?bcc=o%27brien@example.org,a%26b%3Dc%3Fd%25e@example.org\
             &subject=Karate%20%26%20Tea%3Fbcc%3Deve%40example.org&body=One%0D%0ATwo%0D%0A%E7%A9%BA%E6%89%8B%20%231"
        );
        let read: url::Url = draft.as_str().parse().unwrap();
        assert_eq!(read.scheme(), "mailto");
        let names: Vec<String> = read.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["bcc", "subject", "body"]);
        let body = read.query_pairs().find(|(name, _)| name == "body").unwrap().1.into_owned();
        assert_eq!(body, "One\r\nTwo\r\n空手 #1");
        assert_eq!(format!("{draft:?}"), "MailDraft(…)");
    }

    #[test]
    fn a_draft_that_mail_programs_would_cut_is_none() {
        let crowd: Vec<String> = (0..200).map(|number| format!("person{number}@example.org")).collect();
        let crowd: Vec<Email> = crowd.iter().map(|email| email.parse().unwrap()).collect();
        assert_eq!(MailDraft::new(&[], &crowd, "Karate", ""), None);
        assert!(MailDraft::new(&[], &crowd[..60], "Karate", "").unwrap().as_str().len() <= DRAFT_MAX);
        assert_eq!(MailDraft::new(&[], &[], "", "").unwrap().as_str(), "mailto:");
    }
}
