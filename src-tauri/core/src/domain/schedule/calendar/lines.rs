//! The lines and components of a calendar file, with their exact text. Lines that were folded are joined.

use std::fmt::Write as _;

use crate::domain::invalid::Invalid;

/// The largest file that is read, in bytes.
pub const FILE_MAX: usize = 32 << 20;
/// The longest line that is read once its parts are joined, in bytes.
pub const LINE_MAX: usize = 256 << 10;
/// The most components, such as events, alarms and time zones.
const COMPONENTS_MAX: usize = 50_000;
/// The most components inside each other.
const DEPTH_MAX: usize = 8;
/// The bytes after which a written line is folded (RFC 5545 §3.1).
const FOLD_AT: usize = 75;

/// One property: a line with its name, its parameters and its value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number of the line in the file, from 1.
    pub number: usize,
    /// The whole line.
    text: String,
    /// Where the name ends.
    name_end: usize,
    /// Where the colon before the value is.
    colon: usize,
}

/// A component: what stands between `BEGIN` and `END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The name, in capital letters.
    pub name: String,
    /// The number of the line with `BEGIN`.
    pub number: usize,
    /// The lines and components inside, in order.
    pub parts: Vec<Part>,
}

/// What a component holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A property.
    Line(Line),
    /// A component.
    Component(Component),
}

impl Line {
    /// Reads a line; `None` where it has no name or no colon outside quotation marks.
    fn read(number: usize, text: String) -> Option<Self> {
        let name_end = text.find([';', ':'])?;
        let mut quoted = false;
        let after = text.bytes().enumerate().skip(name_end);
        let colon = after.into_iter().find_map(|(at, byte)| {
            quoted ^= byte == b'"';
            (byte == b':' && !quoted).then_some(at)
        })?;
        (name_end > 0).then_some(Self { number, text, name_end, colon })
    }

    /// Makes a line from the text that stands in a file.
    #[must_use]
    pub fn of(text: String) -> Option<Self> {
        Self::read(0, text)
    }

    /// Returns whether the property has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.text.get(..self.name_end).is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// Returns the value as written.
    #[must_use]
    pub fn value(&self) -> &str {
        self.text.get(self.colon.saturating_add(1)..).unwrap_or_default()
    }

    /// Returns the value of a parameter without quotation marks.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut rest = self.text.get(self.name_end..self.colon)?;
        while let Some(next) = rest.strip_prefix(';') {
            let mut quoted = false;
            let end = next.find(|letter| {
                quoted ^= letter == '"';
                letter == ';' && !quoted
            });
            let (one, after) = next.split_at(end.unwrap_or(next.len()));
            if let Some((own, value)) = one.split_once('=')
                && own.eq_ignore_ascii_case(name)
            {
                return Some(value.trim_matches('"'));
            }
            rest = after;
        }
        None
    }

    /// Returns the value of a text property without its escapes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut letters = self.value().chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => text.push('\\'),
                },
                other => text.push(other),
            }
        }
        text
    }
}

impl Component {
    /// Makes an empty component.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), number: 0, parts: Vec::new() }
    }

    /// Reads all components of a file.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, Invalid> {
        if bytes.len() > FILE_MAX {
            let next = "Export a shorter span from the other calendar, then import that.";
            return Err(Invalid::one("file", "The file is larger than 32 MB.", next));
        }
        Self::read_text(&decoded(bytes)?, 0)
    }

    /// Reads all components of a text. `around` is the number of components that were put around those of a file.
    fn read_text(text: &str, around: usize) -> Result<Vec<Self>, Invalid> {
        let (depth_max, count_max) = (DEPTH_MAX.saturating_add(around), COMPONENTS_MAX.saturating_add(around));
        let mut open: Vec<Self> = Vec::new();
        let (mut done, mut count) = (Vec::new(), 0_usize);
        for (number, text) in joined(text)? {
            if text.trim().is_empty() {
                continue;
            }
            let shown: String = text.chars().take(40).collect();
            let Some(line) = Line::read(number, text) else {
                let message = format!("Line {number} is not a line of a calendar file: “{shown}”.");
                return Err(Invalid::one("file", message, NOT_A_CALENDAR));
            };
            if line.is("BEGIN") {
                count = count.saturating_add(1);
                if open.len() >= depth_max || count > count_max {
                    let message =
                        format!("At line {number} the file has too many events, or too many inside each other.");
                    let next = "Export a shorter span from the other calendar, then import that.";
                    return Err(Invalid::one("file", message, next));
                }
                let name = line.value().trim().to_ascii_uppercase();
                open.push(Self { name, number, parts: Vec::new() });
            } else if line.is("END") {
                let ended = open.pop_if(|component| component.name.eq_ignore_ascii_case(line.value().trim()));
                let Some(component) = ended else {
                    let message = format!("Line {number} ends something that did not begin: “{shown}”.");
                    return Err(Invalid::one("file", message, INCOMPLETE));
                };
                match open.last_mut() {
                    Some(parent) => parent.parts.push(Part::Component(component)),
                    None => done.push(component),
                }
            } else {
                match open.last_mut() {
                    Some(component) => component.parts.push(Part::Line(line)),
                    None => {
                        let message = format!("Line {number} is outside of a calendar: “{shown}”.");
                        return Err(Invalid::one("file", message, NOT_A_CALENDAR));
                    }
                }
            }
        }
        if let Some(component) = open.pop() {
            let message = format!("{} begins in line {} and does not end.", component.name, component.number);
            return Err(Invalid::one("file", message, INCOMPLETE));
        }
        if !done.iter().any(|component| component.name == "VCALENDAR") {
            return Err(Invalid::one("file", "The file holds no calendar.", NOT_A_CALENDAR));
        }
        Ok(done)
    }

    /// Reads the text of one component that [`Component::text`] returned. Whatever [`Component::read`] takes is read again.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let wrapped = format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR\n");
        let outer = Self::read_text(&wrapped, 1).ok()?.pop()?;
        outer.parts.into_iter().find_map(|part| match part {
            Part::Component(component) => Some(component),
            Part::Line(_) => None,
        })
    }

    /// Returns the lines of this component, without those of components inside.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(line) => Some(line),
            Part::Component(_) => None,
        })
    }

    /// Returns the components inside.
    pub fn components(&self) -> impl Iterator<Item = &Self> {
        self.parts.iter().filter_map(|part| match part {
            Part::Component(component) => Some(component),
            Part::Line(_) => None,
        })
    }

    /// Returns the first line with this name.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.is(name))
    }

    /// Puts a line in the place of the first with that name, or at the end of the lines.
    pub fn set(&mut self, name: &str, text: String) {
        let Some(line) = Line::of(text) else { return };
        let is_line = |part: &Part| matches!(part, Part::Line(line) if line.is(name));
        if let Some(at) = self.parts.iter_mut().find(|part| is_line(part)) {
            *at = Part::Line(line);
        } else {
            self.add(line);
        }
    }

    /// Adds a line before the components inside.
    pub fn add(&mut self, line: Line) {
        let components = self.parts.iter().position(|part| matches!(part, Part::Component(_)));
        self.parts.insert(components.unwrap_or(self.parts.len()), Part::Line(line));
    }

    /// Returns the component as text, one line for each property, without folding.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, &|out, line| {
            out.push_str(line);
            out.push('\n');
        });
        text.pop();
        text
    }

    /// Writes the component as a file holds it: folded, with CR and LF.
    pub fn write_folded(&self, out: &mut String) {
        self.write(out, &fold);
    }

    fn write(&self, out: &mut String, line: &impl Fn(&mut String, &str)) {
        line(out, &format!("BEGIN:{}", self.name));
        for part in &self.parts {
            match part {
                Part::Line(own) => line(out, &own.text),
                Part::Component(component) => component.write(out, line),
            }
        }
        line(out, &format!("END:{}", self.name));
    }
}

/// Writes one line, folded, with CR and LF.
pub fn fold(out: &mut String, line: &str) {
    let mut width = 0_usize;
    for letter in line.chars() {
        if width.saturating_add(letter.len_utf8()) > FOLD_AT {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(letter);
        width = width.saturating_add(letter.len_utf8());
    }
    let _ = out.write_str("\r\n");
}

/// Returns a text as the value of a property, with escapes.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

const NOT_A_CALENDAR: &str = "Choose a calendar file (.ics) that another calendar exported.";
const INCOMPLETE: &str = "The file is incomplete. Export it again from the other calendar.";

/// Returns the text of a file in UTF-8, or in UTF-16 with a byte order mark.
fn decoded(bytes: &[u8]) -> Result<String, Invalid> {
    let units = |rest: &[u8], of: fn([u8; 2]) -> u16| {
        let pairs = rest.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        String::from_utf16(&pairs.collect::<Vec<_>>()).ok()
    };
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => std::str::from_utf8(rest).ok().map(str::to_owned),
    };
    text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        Invalid::one(
            "file",
            "The file is not text in UTF-8.",
            "Save it in UTF-8, or export it again from the other calendar.",
        )
    })
}

/// Joins folded lines. Lines end with CR, LF or both. Returns each with the number of its first part.
fn joined(text: &str) -> Result<Vec<(usize, String)>, Invalid> {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, part) in unified.split('\n').enumerate() {
        let number = index.saturating_add(1);
        match (part.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, line))) => line.push_str(rest),
            _ => lines.push((number, part.to_owned())),
        }
        if let Some((first, line)) = lines.last().filter(|(_, line)| line.len() > LINE_MAX) {
            let message = format!("Line {first} is longer than 256 kB ({} bytes so far).", line.len());
            let next = "Remove the attachments from the events in the other calendar, then export again.";
            return Err(Invalid::one("file", message, next));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_text_and_are_folded_at_75_bytes_without_splitting_a_letter() {
        let long = format!("X-LONG;A=\"b:c;d\";E=f:{}", "空手".repeat(60));
        let mut file = String::from("BEGIN:VCALENDAR\r\n");
        fold(&mut file, &long);
        file.push_str("END:VCALENDAR\r\n");
        assert!(file.lines().all(|line| line.len() <= 75), "{file}");
        for ends in [file.clone(), file.replace("\r\n", "\n"), file.replace("\r\n", "\r"), format!("\u{feff}{file}")] {
            let read = Component::read(ends.as_bytes()).unwrap();
            let line = read[0].line("x-long").unwrap();
            assert_eq!(
                (line.text.as_str(), line.parameter("a"), line.parameter("E")),
                (&*long, Some("b:c;d"), Some("f"))
            );
            let mut again = String::new();
            read[0].write_folded(&mut again);
            assert_eq!(again, file);
        }
        let utf_16: Vec<u8> = [0xFEFF].into_iter().chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(Component::read(&utf_16).unwrap().len(), 1);
    }

    #[test]
    fn a_calendar_at_the_limits_is_read_again_from_its_text() {
        let inside = |name: &str, depth: usize| {
            format!("{}{}", format!("BEGIN:{name}\n").repeat(depth), format!("END:{name}\n").repeat(depth))
        };
        let deep = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", inside("X", DEPTH_MAX - 1));
        let many = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", inside("X", 1).repeat(COMPONENTS_MAX - 1));
        for file in [deep, many] {
            let read = Component::read(file.as_bytes()).unwrap();
            assert_eq!(Component::from_text(&read[0].text()).as_ref().map(Component::text), Some(read[0].text()));
        }
    }

    #[test]
    fn what_is_no_calendar_is_refused_with_its_line() {
        let message = |bytes: &[u8]| Component::read(bytes).unwrap_err().to_string();
        assert_eq!(message(b"\x00\x01"), "The file is not text in UTF-8.");
        assert_eq!(message(b"SUMMARY:Gr\xfc\xdfe"), "The file is not text in UTF-8.");
        assert_eq!(message(b"hello"), "Line 1 is not a line of a calendar file: “hello”.");
        assert_eq!(message(b""), "The file holds no calendar.");
        assert_eq!(message(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\n"), "VEVENT begins in line 2 and does not end.");
        assert_eq!(message(b"BEGIN:VCALENDAR\nEND:VEVENT"), "Line 2 ends something that did not begin: “END:VEVENT”.");
        let deep = "BEGIN:X\n".repeat(100);
        assert!(message(deep.as_bytes()).starts_with("At line 9 the file has too many"));
        let many = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT\n".repeat(100_000));
        assert!(message(many.as_bytes()).contains("too many events"));
        let long = format!("BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR", "a".repeat(1 << 20));
        assert!(message(long.as_bytes()).starts_with("Line 2 is longer than 256 kB"));
    }
}
