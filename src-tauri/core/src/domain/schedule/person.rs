//! A person on the roster of a session, and the checks of their name and e-mail address.

use std::fmt;
use std::str::FromStr;

use url::Host;

use crate::domain::ids::PersonId;
use crate::domain::schedule::limits::{EMAIL_MAX, PERSON_NAME_MAX};
use crate::domain::text::one_line;

/// The characters that no name has. They would mean something in HTML, in a mail header or in an address.
const NOT_IN_NAMES: [char; 14] = ['<', '>', '@', ':', '/', '\\', '"', '{', '}', '[', ']', '|', '=', '?'];
/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;

/// The role that a person has in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Takes part in the session.
    #[default]
    Participant,
    /// Helps to run the session, with the rights of a host.
    Host,
}

impl Role {
    /// Every role, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Participant, Self::Host];

    /// Returns the stable word in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Host => "host",
        }
    }
}

impl FromStr for Role {
    type Err = Flaw;

    /// Reads a role as people write it in a list.
    fn from_str(text: &str) -> Result<Self, Flaw> {
        match text.trim().to_lowercase().as_str() {
            "participant" | "student" | "member" | "attendee" | "guest" | "teilnehmer" | "teilnehmerin" | "schüler"
            | "schülerin" | "mitglied" => Ok(Self::Participant),
            "host" | "co-host" | "cohost" | "instructor" | "co-instructor" | "assistant" | "teacher" | "trainer"
            | "trainerin" | "sensei" | "lehrer" | "lehrerin" => Ok(Self::Host),
            other => Err(Flaw::UnknownRole { role: beginning(other) }),
        }
    }
}

/// A checked e-mail address. Its domain is in the ASCII form that mail servers use, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Returns the address as a mail program sends to it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Returns what two spellings of one address have in common: hardly any server tells capital letters apart.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let text = text.trim();
        let refused = || Flaw::NoAddress { text: beginning(text) };
        let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
        if !local.is_ascii() {
            return Err(Flaw::LettersInAddress { text: beginning(text) });
        }
        let atom = |letter: u8| letter.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&letter);
        let atoms_fit = local.split('.').all(|atoms| !atoms.is_empty() && atoms.bytes().all(atom));
        if !atoms_fit || local.len() > LOCAL_PART_MAX {
            return Err(refused());
        }
        // The dot that ends a full domain name is no part of an address.
        let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(refused()) };
        let labels: Vec<&str> = domain.split('.').collect();
        let label_fits = |label: &&str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
        };
        if labels.len() < 2 || !labels.iter().all(label_fits) {
            return Err(refused());
        }
        let address = format!("{local}@{domain}");
        if address.len() > EMAIL_MAX {
            return Err(refused());
        }
        Ok(Self(address))
    }
}

/// What is wrong with a name, an address or a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// There is neither a name nor an address.
    #[error("There is no name and no address.")]
    Empty,
    /// Nothing of the name can be seen.
    #[error("The name has no letter that can be seen.")]
    InvisibleName,
    /// The name is too long.
    #[error("The name has {length} characters; {max} are the most.", max = PERSON_NAME_MAX)]
    LongName {
        /// The number of characters.
        length: usize,
    },
    /// The name has a character that no name has.
    #[error("“{name}” is no name: it has the character {character}.")]
    OddName {
        /// The beginning of the name.
        name: String,
        /// The character.
        character: char,
    },
    /// The name has no letter.
    #[error("“{name}” is no name: it has no letter.")]
    NameWithoutLetter {
        /// The beginning of the name.
        name: String,
    },
    /// The text is no e-mail address.
    #[error("“{text}” is no e-mail address.")]
    NoAddress {
        /// The beginning of the text.
        text: String,
    },
    /// The part before the `@` has letters that most mail servers refuse.
    #[error("“{text}” has other letters than a to z before the @, which most mail servers refuse.")]
    LettersInAddress {
        /// The beginning of the text.
        text: String,
    },
    /// The word is no role.
    #[error("“{role}” is no role; use participant or host.")]
    UnknownRole {
        /// The beginning of the word.
        role: String,
    },
    /// A quotation mark is not closed on its line.
    #[error("A quotation mark is opened and not closed on this line.")]
    OpenQuote,
    /// The columns of the line cannot be told apart.
    #[error(
        "It is not clear what each part is. Write one person on a line, as Name <address>, or name the columns in the first line."
    )]
    Unclear,
    /// The person is on an earlier line.
    #[error("“{who}” is on line {line} already.")]
    Repeated {
        /// The address, or the name of a person without one.
        who: String,
        /// The line of the first mention.
        line: usize,
    },
}

/// The beginning of a text from outside, for a message.
fn beginning(text: &str) -> String {
    /// More is not needed to find the text again.
    const SHOWN_MAX: usize = 60;
    let text = one_line(text);
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    text.chars().take(SHOWN_MAX).chain(['…']).collect()
}

/// A person as somebody typed or pasted them, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonInput {
    /// The name that others see in the room.
    pub name: String,
    /// The address; `None` where nobody gave one.
    pub email: Option<Email>,
    /// The role in the room.
    pub role: Role,
}

impl PersonInput {
    /// Checks what somebody gave. A person without a name is called by the part of the address before the `@`, because
    /// everybody in a room needs a name.
    pub fn check(name: &str, email: &str, role: Role) -> Result<Self, Flaw> {
        let email = if one_line(email).is_empty() { None } else { Some(email.parse::<Email>()?) };
        let name = match (&email, name.trim().is_empty()) {
            (None, true) => return Err(Flaw::Empty),
            (Some(email), true) => {
                check_name(&email.local_part().replace(['.', '_', '+'], " ")).unwrap_or_else(|_| "Guest".to_owned())
            }
            (_, false) => check_name(name)?,
        };
        Ok(Self { name, email, role })
    }

    /// Returns what makes two entries the same person: the address, or the name where there is none.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.name, self.email.as_ref())
    }
}

/// A person on the roster of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person's id. A class that takes the person over keeps it.
    pub id: PersonId,
    /// The name that others see in the room.
    pub name: String,
    /// The address; `None` where nobody gave one.
    pub email: Option<Email>,
    /// The role in the room.
    pub role: Role,
}

impl Person {
    /// Puts a checked person on a roster.
    #[must_use]
    pub fn new(input: PersonInput) -> Self {
        let PersonInput { name, email, role } = input;
        Self { id: PersonId::new(), name, email, role }
    }

    /// Returns what makes two entries the same person, as [`PersonInput::key`] does.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.name, self.email.as_ref())
    }

    /// The mark that Cloudflare receives for the person. It holds no personal data.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{MARK_OF_PEOPLE}{}", self.id)
    }
}

/// The beginning of the marks of people on a roster. Seats without a person have other marks.
pub const MARK_OF_PEOPLE: &str = "person-";

fn key(name: &str, email: Option<&Email>) -> String {
    email.map_or_else(|| name.to_lowercase(), Email::key)
}

/// Returns what a name from a file has of a name: without the characters that no name has, and cut to its length. `None`
/// where that leaves no letter.
#[must_use]
pub fn readable_name(text: &str) -> Option<String> {
    let name: String = one_line(text).chars().filter(|letter| !NOT_IN_NAMES.contains(letter)).collect();
    check_name(&one_line(&name).chars().take(PERSON_NAME_MAX).collect::<String>()).ok()
}

fn check_name(text: &str) -> Result<String, Flaw> {
    let name = one_line(text);
    if name.is_empty() {
        return Err(Flaw::InvisibleName);
    }
    let length = name.chars().count();
    if length > PERSON_NAME_MAX {
        return Err(Flaw::LongName { length });
    }
    if let Some(character) = name.chars().find(|letter| NOT_IN_NAMES.contains(letter)) {
        return Err(Flaw::OddName { name: beginning(&name), character });
    }
    if !name.chars().any(char::is_alphabetic) {
        return Err(Flaw::NameWithoutLetter { name: beginning(&name) });
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_and_its_domain_is_written_in_ascii() {
        for (typed, kept) in [
            ("a.lindt@example.org", "a.lindt@example.org"),
            (" A.Lindt+judo@Example.ORG ", "A.Lindt+judo@example.org"),
            ("o'brien@example.co.uk", "o'brien@example.co.uk"),
            ("anna@bücher.example", "anna@xn--bcher-kva.example"),
            ("kenji@例え.jp", "kenji@xn--r8jz45g.jp"),
        ] {
            assert_eq!(typed.parse::<Email>().unwrap().as_str(), kept);
        }
        for typed in [
            "anna",
            "@example.org",
            "anna@",
            "anna@localhost",
            "anna@127.0.0.1",
            "anna@[::1]",
            "a b@example.org",
            ".anna@example.org",
            "anna..b@example.org",
            "anna@example..org",
            "anna@-a.org",
            "anna@exa mple.org",
            "anna@example.org\nBcc: eve@example.org",
            "\"anna\"@example.org",
            "anna@example.org,eve@example.org",
            "änna@example.org",
            "anna@example.org>",
            "javascript:alert(1)",
        ] {
            assert!(typed.parse::<Email>().is_err(), "{typed:?}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert!(long.parse::<Email>().is_err());
    }

    #[test]
    fn a_name_is_cleaned_and_refused_where_it_is_none() {
        let name = |text: &str| PersonInput::check(text, "", Role::Participant).map(|person| person.name);
        assert_eq!(name("  Anna \u{202e} Lindt "), Ok("Anna Lindt".into()));
        assert_eq!(name("中村 健司"), Ok("中村 健司".into()));
        assert_eq!(name("علی رضایی"), Ok("علی رضایی".into()));
        assert_eq!(name("Anne-Marie O’Brien (guest)"), Ok("Anne-Marie O’Brien (guest)".into()));
        assert_eq!(name("\u{200b}\u{202e}\u{3164}"), Err(Flaw::InvisibleName));
        assert_eq!(name(&"a".repeat(10_000)), Err(Flaw::LongName { length: 10_000 }));
        assert!(matches!(name("<b>Anna</b>"), Err(Flaw::OddName { character: '<', .. })));
        assert!(matches!(name("Anna\r\nBcc: eve"), Err(Flaw::OddName { character: ':', .. })));
        assert!(matches!(name("12345"), Err(Flaw::NameWithoutLetter { .. })));
        assert_eq!(name(" "), Err(Flaw::Empty));
    }

    #[test]
    fn a_person_without_a_name_is_called_by_their_address() {
        let person = PersonInput::check("", "a.lindt@example.org", Role::Host).unwrap();
        assert_eq!((person.name.as_str(), person.role), ("a lindt", Role::Host));
        let odd = PersonInput::check("", "123@example.org", Role::Participant).unwrap();
        assert_eq!(odd.name, "Guest");
    }
}
