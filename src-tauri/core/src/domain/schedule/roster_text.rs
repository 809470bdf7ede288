//! Reads people from text that somebody pasted and from CSV files.
//!
//! Every line is read for itself, so one odd line, also one with a quotation mark that is never closed, spoils no
//! other. What cannot be understood is listed with its line and the reason.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::domain::invalid::Invalid;
use crate::domain::schedule::limits::{ROSTER_LINES_MAX, ROSTER_TEXT_MAX};
use crate::domain::schedule::person::{Email, Flaw, PersonInput, Role};

/// What was read from a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RosterText {
    /// The people, each with the line they are on. Lines count from 1.
    pub people: Vec<(usize, PersonInput)>,
    /// The lines that were not understood.
    pub wrong: Vec<WrongLine>,
}

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLine {
    /// The number of the line, from 1.
    pub line: usize,
    /// The reason.
    pub flaw: Flaw,
}

/// The separators of fields. Where a line has several, the first of them separates.
const SEPARATORS: [char; 3] = [';', '\t', ','];

/// Decodes a file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it.
pub fn decode(bytes: &[u8]) -> Result<String, Invalid> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
        if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        bytes => String::from_utf8(bytes.to_vec()).ok(),
    };
    text.ok_or_else(|| {
        Invalid::one("people", "The file is not in UTF-8.", "Save it as “CSV UTF-8”, or copy the lines and paste them.")
    })
}

/// Reads the people in a text. Refused if the text is far longer than a roster can be.
pub fn read(text: &str) -> Result<RosterText, Invalid> {
    if text.len() > ROSTER_TEXT_MAX {
        let message = format!("The list has {} bytes; at most {ROSTER_TEXT_MAX} are read.", text.len());
        return Err(Invalid::one("people", message, "Take out everything except names and addresses."));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() > ROSTER_LINES_MAX {
        let message = format!("The list has {} lines; at most {ROSTER_LINES_MAX} are read.", lines.len());
        return Err(Invalid::one("people", message, "Take out everything except names and addresses."));
    }
    let mut lines = lines.into_iter().enumerate().map(|(index, line)| (index.saturating_add(1), line)).peekable();
    let mut read = Reading::default();
    // Spreadsheets may name the separator in the first line.
    let named = |line: &str| line.trim_start().strip_prefix("sep=").and_then(|rest| rest.chars().next());
    let separator = lines.peek().and_then(|(_, line)| named(line)).filter(|named| SEPARATORS.contains(named));
    if separator.is_some() {
        lines.next();
    }
    while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
    let columns = lines.peek().and_then(|(_, line)| Columns::of(line, separator));
    if columns.is_some() {
        lines.next();
    }
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        if !quotes_close(line) {
            read.note(number, Err(Flaw::OpenQuote));
            continue;
        }
        match &columns {
            Some(columns) => {
                let fields = split(line, columns.separator);
                if fields.iter().any(|field| !field.is_empty()) {
                    read.note(number, columns.person(&fields));
                }
            }
            None => free_line(line, |person| read.note(number, person)),
        }
    }
    Ok(read.done)
}

/// The people read so far, and who was on which line.
#[derive(Default)]
struct Reading {
    done: RosterText,
    lines: HashMap<String, usize>,
}

impl Reading {
    fn note(&mut self, line: usize, person: Result<PersonInput, Flaw>) {
        let person = person.and_then(|person| match self.lines.entry(person.key()) {
            Entry::Occupied(known) => {
                let who = person.email.map_or(person.name, |email| email.to_string());
                Err(Flaw::Repeated { who, line: *known.get() })
            }
            Entry::Vacant(free) => {
                free.insert(line);
                Ok(person)
            }
        });
        match person {
            Ok(person) => self.done.people.push((line, person)),
            Err(flaw) => self.done.wrong.push(WrongLine { line, flaw }),
        }
    }
}

fn quotes_close(line: &str) -> bool {
    line.matches('"').count().is_multiple_of(2)
}

/// Splits a line into fields without blanks around them. A separator between quotation marks does not split, wherever
/// they begin: spreadsheets quote whole fields, and mail programs quote names within one.
fn split(line: &str, separator: char) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    fields.push(field);
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    First,
    Last,
    Email,
    Role,
}

impl Column {
    fn of(heading: &str) -> Option<Self> {
        let plain: String = heading.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
        match plain.as_str() {
            "name" | "fullname" | "displayname" | "participant" | "participantname" | "student" | "member" | "nom"
            | "nombre" | "nome" | "teilnehmer" | "anzeigename" | "名前" | "氏名" => Some(Self::Name),
            "firstname" | "givenname" | "forename" | "vorname" | "prénom" | "名" => Some(Self::First),
            "lastname" | "surname" | "familyname" | "nachname" | "familienname" | "apellido" | "apellidos"
            | "cognome" | "姓" => Some(Self::Last),
            "email"
            | "mail"
            | "emailaddress"
            | "emailadresse"
            | "mailadresse"
            | "courriel"
            | "correo"
            | "correoelectrónico"
            | "メール"
            | "メールアドレス" => Some(Self::Email),
            "role" | "rolle" | "rol" | "ruolo" | "rôle" => Some(Self::Role),
            _ => None,
        }
    }
}

/// The columns that the first line names.
struct Columns {
    separator: char,
    /// The meaning of each column; `None` for one that says nothing about who a person is.
    meanings: Vec<Option<Column>>,
}

impl Columns {
    /// Reads the first line; `None` where it names no columns.
    fn of(line: &str, separator: Option<char>) -> Option<Self> {
        if line.contains('@') || !quotes_close(line) {
            return None;
        }
        let meanings = |separator: char| -> Vec<Option<Column>> {
            let mut seen = Vec::new();
            let first_only = |column: Option<Column>| {
                let column = column.filter(|column| !seen.contains(column));
                seen.extend(column);
                column
            };
            split(line, separator).iter().map(|heading| Column::of(heading)).map(first_only).collect()
        };
        let known = |meanings: &[Option<Column>]| meanings.iter().flatten().count();
        let separators = separator.map_or_else(|| SEPARATORS.to_vec(), |named| vec![named]);
        let read = separators.into_iter().map(|separator| Self { separator, meanings: meanings(separator) });
        // Of several that fit equally well, the last one counts, so the list is turned around: a single column of names
        // may hold commas.
        let best = read.rev().max_by_key(|columns| known(&columns.meanings))?;
        let tells_who = best.meanings.iter().flatten().any(|column| *column != Column::Role);
        tells_who.then_some(best)
    }

    fn person(&self, fields: &[String]) -> Result<PersonInput, Flaw> {
        let of = |column: Column| {
            let place = self.meanings.iter().position(|meaning| *meaning == Some(column));
            place.and_then(|place| fields.get(place)).map_or("", String::as_str)
        };
        let role = match of(Column::Role) {
            "" => Role::default(),
            role => role.parse()?,
        };
        let full = of(Column::Name);
        let parts = format!("{} {}", of(Column::First), of(Column::Last));
        let name = if full.is_empty() { parts.trim().to_owned() } else { given_name_first(full) };
        let name = name.as_str();
        match named_address(of(Column::Email)) {
            Some((own_name, email)) => PersonInput::check(if name.is_empty() { &own_name } else { name }, &email, role),
            // A column of names may hold whole addresses.
            None => match named_address(name).filter(|_| of(Column::Email).is_empty()) {
                Some((own_name, email)) => PersonInput::check(&own_name, &email, role),
                None => PersonInput::check(name, of(Column::Email), role),
            },
        }
    }
}

/// Reads `Name <address>`, `<address>` and `Name address`; `None` where a text has another form.
fn named_address(text: &str) -> Option<(String, String)> {
    let Some((name, rest)) = text.split_once('<') else {
        let (name, address) = text.trim().rsplit_once(char::is_whitespace)?;
        return address.parse::<Email>().ok().map(|email| (given_name_first(name), email.to_string()));
    };
    let (address, after) = rest.split_once('>')?;
    if !after.trim().is_empty() || !address.contains('@') || address.contains('<') {
        return None;
    }
    Some((given_name_first(name.trim().trim_matches(['"', '\''])), address.trim().to_owned()))
}

/// Turns “Lindt, Anna”, as mail programs write it, into “Anna Lindt”.
fn given_name_first(name: &str) -> String {
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') && !first.trim().is_empty() && !last.trim().is_empty() => {
            format!("{} {}", first.trim(), last.trim())
        }
        _ => name.trim().to_owned(),
    }
}

/// Reads a line without named columns: a person, or addresses one after the other.
fn free_line(line: &str, mut note: impl FnMut(Result<PersonInput, Flaw>)) {
    let has = |separator: char| split(line, separator).len() > 1;
    let separator = SEPARATORS.into_iter().find(|separator| has(*separator)).unwrap_or(',');
    let fields: Vec<String> = split(line, separator).into_iter().filter(|field| !field.is_empty()).collect();
    let addresses = fields.iter().filter(|field| is_address(field)).count();
    if addresses > 1 {
        if addresses < fields.len() {
            return note(Err(Flaw::Unclear));
        }
        for field in &fields {
            let (name, email) = named_address(field).unwrap_or_else(|| (String::new(), field.clone()));
            note(PersonInput::check(&name, &email, Role::default()));
        }
        return;
    }
    note(one_person(&fields));
}

fn is_address(field: &str) -> bool {
    named_address(field).is_some() || field.parse::<Email>().is_ok()
}

/// Reads the fields of one person: a name in one or two parts, an address and a role, in any order.
fn one_person(fields: &[String]) -> Result<PersonInput, Flaw> {
    let mut names: Vec<String> = Vec::new();
    let mut address: Option<String> = None;
    let mut role: Option<Role> = None;
    let mut named_in_address = None;
    for field in fields {
        if let Some((name, email)) = named_address(field) {
            named_in_address = Some(name).filter(|name| !name.is_empty());
            address = Some(email);
        } else if field.contains('@') && address.is_none() {
            address = Some(field.clone());
        } else if let (true, Ok(read)) = (fields.len() > 1 && role.is_none(), field.parse()) {
            role = Some(read);
        } else {
            names.push(field.clone());
        }
    }
    let name = match (names.as_slice(), named_in_address) {
        ([], beside_address) => beside_address.unwrap_or_default(),
        // “Lindt, Anna <a.lindt@example.org>”
        ([last], Some(first)) => format!("{first} {last}"),
        ([one], None) => one.clone(),
        ([first, last], None) if address.is_some() => format!("{first} {last}"),
        _ => return Err(Flaw::Unclear),
    };
    PersonInput::check(&name, address.as_deref().unwrap_or_default(), role.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the name, the address and the role of everybody who was understood.
    fn people(text: &str) -> Vec<String> {
        let read = read(text).unwrap();
        assert_eq!(read.wrong, [], "{text:?}");
        let shown = |(_, person): &(usize, PersonInput)| {
            let email = person.email.as_ref().map_or("-", Email::as_str);
            format!("{}|{email}|{}", person.name, person.role.name())
        };
        read.people.iter().map(shown).collect()
    }

    fn wrong(text: &str) -> Vec<(usize, Flaw)> {
        read(text).unwrap().wrong.into_iter().map(|wrong| (wrong.line, wrong.flaw)).collect()
    }

    #[test]
    fn one_person_on_a_line_is_read_in_every_usual_form() {
        for (line, expected) in [
            ("A. Lindt <a.lindt@example.org>", "A. Lindt|a.lindt@example.org|participant"),
            ("\"Lindt, Anna\" <a.lindt@example.org>", "Anna Lindt|a.lindt@example.org|participant"),
            ("Lindt, Anna <a.lindt@example.org>", "Anna Lindt|a.lindt@example.org|participant"),
            ("V. Kovac, v.kovac@example.org", "V. Kovac|v.kovac@example.org|participant"),
            ("v.kovac@example.org; V. Kovac; host", "V. Kovac|v.kovac@example.org|host"),
            ("Anna\tLindt\ta.lindt@example.org", "Anna Lindt|a.lindt@example.org|participant"),
            ("a.lindt@example.org", "a lindt|a.lindt@example.org|participant"),
            ("<a.lindt@example.org>", "a lindt|a.lindt@example.org|participant"),
            ("Anna Lindt a.lindt@example.org", "Anna Lindt|a.lindt@example.org|participant"),
            ("Anna Lindt", "Anna Lindt|-|participant"),
            ("中村 健司 <kenji@例え.jp>", "中村 健司|kenji@xn--r8jz45g.jp|participant"),
        ] {
            assert_eq!(people(line), [expected], "{line}");
        }
    }

    #[test]
    fn a_line_of_addresses_from_a_mail_program_is_several_people() {
        let expected = ["Anna Lindt|a@example.org|participant", "Ben|b@example.org|participant"];
        assert_eq!(people("Anna Lindt <a@example.org>; Ben <b@example.org>;"), expected);
        assert_eq!(people("\"Lindt, Anna\" <a@example.org>, Ben <b@example.org>"), expected);
        assert_eq!(people("Lindt, Anna <a@example.org>; Ben <b@example.org>"), expected);
        let quoted = "Ben <b@example.org>, \"Lindt, Anna\" <a@example.org>";
        assert_eq!(people(quoted), [expected[1], expected[0]]);
        assert_eq!(wrong("Anna, a@example.org, Ben, b@example.org"), [(1, Flaw::Unclear)]);
    }

    #[test]
    fn tables_are_read_by_their_headings_in_any_order() {
        let expected = ["Anna Lindt|a@example.org|host", "Ben Okoye|-|participant"];
        for text in [
            "\u{feff}Role,E-mail,Name\r\nhost,a@example.org,Anna Lindt\r\n,,Ben Okoye\r\n",
            "sep=;\nName;Belt;E-Mail-Adresse;Rolle\nLindt, Anna;brown;a@example.org;host\nBen Okoye;white;;\n",
            "First Name\tLast Name\tE-mail Address\tRole\nAnna\tLindt\ta@example.org\tSensei\nBen\tOkoye\t\t\n",
            "\n\nname,role\n\"Anna Lindt <a@example.org>\",host\n\nBen Okoye,student\n",
        ] {
            assert_eq!(people(text), expected, "{text:?}");
        }
        assert_eq!(
            wrong("name,email\n,\nAnna,anna\n,nobody"),
            [(3, Flaw::NoAddress { text: "anna".into() }), (4, Flaw::NoAddress { text: "nobody".into() }),]
        );
        assert_eq!(wrong("name;role\nAnna;wizard"), [(2, Flaw::UnknownRole { role: "wizard".into() })]);
    }

    #[test]
    fn hostile_lines_are_listed_and_spoil_no_other_line() {
        let long = "a".repeat(10_000);
        let text = format!(
            "<script>alert(1)</script> <x@example.org>\n\u{200b}\u{202e}\n{long}\nEve\"\nBcc: eve@example.org\nAnna\nanna"
        );
        let read = read(&text).unwrap();
        assert_eq!(
            read.people.iter().map(|(line, person)| (*line, person.name.as_str())).collect::<Vec<_>>(),
            [(6, "Anna")]
        );
        let lines: Vec<usize> = read.wrong.iter().map(|wrong| wrong.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 7]);
        assert_eq!(read.wrong[2].flaw, Flaw::LongName { length: 10_000 });
        assert_eq!(read.wrong[3].flaw, Flaw::OpenQuote);
        assert_eq!(read.wrong[5].flaw, Flaw::Repeated { who: "anna".into(), line: 6 });
    }

    #[test]
    fn a_text_far_longer_than_a_roster_is_refused_with_the_number() {
        let lines = read(&"a\n".repeat(ROSTER_LINES_MAX)).unwrap_err().to_string();
        assert_eq!(lines, "The list has 10001 lines; at most 10000 are read.");
        assert!(read(&"a".repeat(ROSTER_TEXT_MAX + 1)).is_err());
    }

    #[test]
    fn files_are_decoded_as_utf_8_or_as_utf_16_with_its_mark() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain("Jürgen".encode_utf16()).flat_map(bytes).collect()
        };
        assert_eq!(decode(&utf16(u16::to_le_bytes)).unwrap(), "Jürgen");
        assert_eq!(decode(&utf16(u16::to_be_bytes)).unwrap(), "Jürgen");
        assert_eq!(decode("Jürgen".as_bytes()).unwrap(), "Jürgen");
        assert!(decode(b"J\xfcrgen").is_err());
        assert!(decode(&[0xff, 0xfe, 0x41]).is_err());
    }

    proptest! {
        #[test]
        fn every_line_with_text_is_understood_or_listed(
            lines in prop::collection::vec("([\\PC\t,;<>\"'@.]{0,30}|[a-z]{1,8} <[a-z]{1,8}@[a-z]{1,8}\\.org>)", 0..12)
        ) {
            let read = read(&lines.join("\n")).unwrap();
            let last = lines.len().max(1);
            for (line, person) in &read.people {
                prop_assert!((1..=last).contains(line));
                let again = PersonInput::check(&person.name, person.email.as_ref().map_or("", Email::as_str), person.role);
                prop_assert_eq!(again.as_ref(), Ok(person), "what was read passes the checks again");
                prop_assert!(!person.name.chars().any(char::is_control));
            }
            prop_assert!(read.wrong.iter().all(|wrong| (1..=last).contains(&wrong.line)));
            let keys: std::collections::HashSet<String> = read.people.iter().map(|(_, person)| person.key()).collect();
            prop_assert_eq!(keys.len(), read.people.len(), "nobody is there twice");
        }

        #[test]
        fn good_lines_between_odd_ones_are_all_read(
            names in prop::collection::btree_set("[A-Z][a-z]{2,9}", 1..9),
            odd in "[<>:@\"]{1,9}",
        ) {
            let text: Vec<String> =
                names.iter().map(|name| format!("{odd}\n{name} Lindt <{}@example.org>", name.to_lowercase())).collect();
            let read = read(&text.join("\n")).unwrap();
            prop_assert_eq!(read.people.len(), names.len());
        }
    }
}
