//! The text of an invitation: fields in braces that are filled in for each person.

use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::schedule::limits::INVITATION_TEXT_MAX;
use crate::domain::schedule::session::Plan;
use crate::domain::text::{html_escaped, visible};

/// The text of an invitation, checked: every field in it is known, and it has a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationText(String);

/// The text of a desk that has not chosen another one.
const DEFAULT: &str = "Hello {name},

you are invited to “{class}” with {instructor} on {date} at {time} ({zone}).

Join here:
{link}

The link is for you alone. It lets you in when the class begins.";

/// A field that an invitation may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Class,
    Date,
    Time,
    Zone,
    Link,
    Instructor,
}

impl Field {
    const ALL: [(&'static str, Self); 7] = [
        ("name", Self::Name),
        ("class", Self::Class),
        ("date", Self::Date),
        ("time", Self::Time),
        ("zone", Self::Zone),
        ("link", Self::Link),
        ("instructor", Self::Instructor),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }
}

/// The names of the fields, in the order in which people read of them.
#[must_use]
pub fn field_names() -> Vec<&'static str> {
    Field::ALL.iter().map(|(name, _)| *name).collect()
}

/// A piece of a text: words or a field.
enum Piece<'a> {
    Words(&'a str),
    Field(&'a str),
}

/// Splits a text at its fields. A brace without a partner is words.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut left = text;
    while let Some((before, after)) = left.split_once('{') {
        let Some((name, rest)) = after.split_once('}').filter(|(name, _)| !name.contains(['{', '\n'])) else {
            let end = left.len().saturating_sub(after.len());
            let (words, rest) = left.split_at(end);
            pieces.push(Piece::Words(words));
            left = rest;
            continue;
        };
        pieces.push(Piece::Words(before));
        pieces.push(Piece::Field(name));
        left = rest;
    }
    pieces.push(Piece::Words(left));
    pieces
}

impl InvitationText {
    /// Checks a text that a person wrote.
    pub fn check(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n");
        let text = text.split('\n').map(visible).collect::<Vec<_>>().join("\n").trim().to_owned();
        let mut problems = Vec::new();
        let mut note = |message: String, next| problems.push(FieldError { field: "text", message, next });
        let length = text.chars().count();
        if length > INVITATION_TEXT_MAX {
            note(format!("The text has {length} characters."), "Use at most 4000 characters.");
        }
        let names: Vec<&str> = pieces(&text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Field(name) => Some(name),
                Piece::Words(_) => None,
            })
            .collect();
        if let Some(unknown) = names.iter().find(|name| Field::named(name).is_none()) {
            let shown: String = unknown.chars().take(40).collect();
            note(
                format!("There is no field {{{shown}}}."),
                "Use {name}, {class}, {date}, {time}, {zone}, {link} or {instructor}.",
            );
        }
        if !names.iter().any(|name| Field::named(name) == Some(Field::Link)) {
            note("The text has no {link}.".into(), "Write {link} where the person’s own link belongs.");
        }
        Invalid::check(problems)?;
        Ok(Self(text))
    }

    /// Reads a text from the database. One that is no longer valid counts as none.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self::check(text).unwrap_or_default()
    }

    /// Returns the text with its fields in braces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Fills in the fields for one person.
    #[must_use]
    pub fn filled(&self, plan: &Plan, name: &str, link: &str) -> FilledText {
        let local = plan.start.local();
        let value = |field: Field| match field {
            Field::Name => name.to_owned(),
            Field::Class => plan.title.clone(),
            Field::Date => local.format("%A, %-d %B %Y").to_string(),
            Field::Time => local.format("%H:%M").to_string(),
            Field::Zone => plan.start.zone().name().replace('_', " "),
            Field::Link => link.to_owned(),
            Field::Instructor => plan.instructor_name().to_owned(),
        };
        let (mut text, mut html) = (String::new(), String::new());
        for piece in pieces(&self.0) {
            match piece {
                Piece::Words(words) => {
                    text.push_str(words);
                    html.push_str(&html_escaped(words));
                }
                Piece::Field(name) => match Field::named(name) {
                    Some(Field::Link) => {
                        text.push_str(link);
                        let words = format!("Join “{}”", plan.title);
                        html.extend(["<a href=\"", &html_escaped(link), "\">", &html_escaped(&words), "</a>"]);
                    }
                    Some(field) => {
                        text.push_str(&value(field));
                        html.push_str(&html_escaped(&value(field)));
                    }
                    None => {}
                },
            }
        }
        FilledText { plain: text, html: format!("<div dir=\"auto\">{}</div>", html.replace('\n', "<br>\n")) }
    }
}

impl Default for InvitationText {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

/// An invitation with its fields filled in. It holds a link that lets its person in, so it must not get into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct FilledText {
    /// The text; the link stands on one line.
    pub plain: String,
    /// The same text as HTML, in which no line break can cut the link.
    pub html: String,
}

impl FilledText {
    /// Makes a text of words alone.
    #[must_use]
    pub fn of_words(words: &str) -> Self {
        Self { plain: words.to_owned(), html: html_escaped(words) }
    }
}

impl std::fmt::Debug for FilledText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilledText(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://join.example.org/#token=a.b.c&opens=1800000000";

    fn filled(text: &str, title: &str) -> FilledText {
        let mut plan = Plan::example("2026-12-08T17:30:00Z".parse().unwrap());
        plan.title = title.to_owned();
        InvitationText::check(text).unwrap().filled(&plan, "Anna Lindt", LINK)
    }

    #[test]
    fn every_field_is_filled_in_and_the_link_stays_on_one_line() {
        let letter = filled("{name}: {class}, {instructor}, {date} {time} {zone}\n{link}", "Karate");
        assert_eq!(
            letter.plain,
            format!("Anna Lindt: Karate, R. Alves, Tuesday, 8 December 2026 18:30 Europe/Berlin\n{LINK}")
        );
        assert!(
            letter.html.contains("href=\"https://join.example.org/#token=a.b.c&amp;opens=1800000000\""),
            "{}",
            letter.html
        );
        assert_eq!(format!("{letter:?}"), "FilledText(…)");
    }

    #[test]
    fn a_title_is_text_in_html_and_its_braces_are_no_fields() {
        let letter = filled("{class} {link}", "<script>{link}\"</script>");
        assert!(letter.html.contains("&lt;script&gt;{link}&quot;"), "{}", letter.html);
        assert!(!letter.html.contains("<script"), "{}", letter.html);
        assert_eq!(letter.plain, format!("<script>{{link}}\"</script> {LINK}"));
    }

    #[test]
    fn a_text_with_an_unknown_field_without_a_link_or_too_long_is_refused() {
        let said = |text: &str| InvitationText::check(text).map_err(|invalid| invalid.to_string());
        assert_eq!(said("{link} {nmae}"), Err("There is no field {nmae}.".into()));
        assert_eq!(said("Hello"), Err("The text has no {link}.".into()));
        assert!(said(&format!("{{link}}{}", "a".repeat(4_000))).is_err_and(|said| said.contains("4006 characters")));
        assert!(said("a { b } {link}").is_err_and(|said| said.contains("{ b }")));
        assert!(said("an open brace { and {link}").is_ok());
        assert!(InvitationText::check(InvitationText::default().as_str()).is_ok());
    }
}
