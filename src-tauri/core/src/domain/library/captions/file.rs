//! Reads and writes files of captions: `WebVTT` (W3C) and `SubRip`.

use std::fmt::{self, Write as _};

use super::{CUE_TEXT_MAX, CUES_MAX, Cue, FILE_MAX_BYTES};
use crate::domain::text::one_line;

/// The arrow between the two times of a cue.
const ARROW: &str = "-->";
/// The latest end of a cue, in hours.
const HOURS_MAX: u64 = 100;

/// What is wrong with a file of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It is larger than Stream takes.
    TooLarge,
    /// It is not written in UTF-8.
    NotUtf8,
    /// It is neither `WebVTT` nor `SubRip`.
    OtherFormat,
    /// A time is not written as `hh:mm:ss.ttt`.
    Time,
    /// A cue does not end after it begins.
    Order,
    /// A cue has no text that can be seen.
    NoText,
    /// The text of a cue is too long.
    LongText,
    /// There are too many cues.
    ManyCues,
    /// There is no cue.
    NoCues,
}

/// Why a file was refused, and at which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct FileProblem {
    /// What is wrong.
    pub problem: Problem,
    /// The number of the line, from 1; `None` where the file as a whole is wrong.
    pub line: Option<usize>,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "Line {line}: ")?;
        }
        match self.problem {
            Problem::TooLarge => f.write_str("The file is larger than 10 MB."),
            Problem::NotUtf8 => f.write_str("The file is not written in UTF-8."),
            Problem::OtherFormat => f.write_str("The file is neither WebVTT nor SubRip."),
            Problem::Time => f.write_str("A time is not written like 00:01:02.500 --> 00:01:05.000."),
            Problem::Order => f.write_str("The caption does not end after it begins."),
            Problem::NoText => f.write_str("The caption has no text."),
            Problem::LongText => write!(f, "The caption has more than {CUE_TEXT_MAX} characters."),
            Problem::ManyCues => write!(f, "The file has more than {CUES_MAX} captions."),
            Problem::NoCues => f.write_str("The file has no captions."),
        }
    }
}

/// Reads a file that a person gives. Marks, invisible characters and signs that turn the direction of text are left out.
pub fn read(file: &[u8]) -> Result<Vec<Cue>, FileProblem> {
    let whole = |problem| FileProblem { problem, line: None };
    if file.len() > FILE_MAX_BYTES {
        return Err(whole(Problem::TooLarge));
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|_| whole(Problem::NotUtf8))?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let is_webvtt = lines.first().is_some_and(|first| {
        first.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    });
    let begins_with_times =
        lines.iter().filter(|line| !line.trim().is_empty()).take(2).any(|line| line.contains(ARROW));
    if !is_webvtt && !begins_with_times {
        return Err(FileProblem { problem: Problem::OtherFormat, line: Some(1) });
    }
    let mut cues = Vec::new();
    let mut numbered = lines.iter().zip(1_usize..);
    while let Some((timing, number)) = numbered.next() {
        if !timing.contains(ARROW) {
            continue;
        }
        let at = |problem| FileProblem { problem, line: Some(number) };
        let (start_ms, end_ms) = times(timing).ok_or_else(|| at(Problem::Time))?;
        if end_ms <= start_ms {
            return Err(at(Problem::Order));
        }
        let said: Vec<&str> =
            numbered.by_ref().map(|(line, _)| *line).take_while(|line| !line.trim().is_empty()).collect();
        if said.iter().any(|line| line.contains(ARROW)) {
            // Two cues without an empty line between them.
            return Err(at(Problem::Time));
        }
        let text = cue_text(&said.join("\n")).map_err(at)?;
        cues.push(Cue { start_ms, end_ms, text });
        if cues.len() > CUES_MAX {
            return Err(at(Problem::ManyCues));
        }
    }
    if cues.is_empty() {
        return Err(whole(Problem::NoCues));
    }
    cues.sort_by_key(|cue| cue.start_ms);
    Ok(cues)
}

/// The text of a cue as it is kept: without marks, and checked.
fn cue_text(text: &str) -> Result<String, Problem> {
    checked_text(&unescaped(&without_marks(text)))
}

/// Checks a text that a person wrote for a cue, and returns it without what cannot be seen.
pub fn checked_text(text: &str) -> Result<String, Problem> {
    if text.chars().count() > CUE_TEXT_MAX {
        return Err(Problem::LongText);
    }
    let lines: Vec<String> = text.split('\n').map(one_line).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { Err(Problem::NoText) } else { Ok(lines.join("\n")) }
}

/// Writes cues as `WebVTT`.
#[must_use]
pub fn write(cues: &[Cue]) -> String {
    let mut file = "WEBVTT\n".to_owned();
    for Cue { start_ms, end_ms, text } in cues {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Writing to a text cannot fail.
        let _ = write!(file, "\n{} {ARROW} {}\n{text}\n", shown(*start_ms), shown(*end_ms));
    }
    file
}

fn shown(millis: u64) -> String {
    let seconds = millis / 1_000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60, millis % 1_000)
}

fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once(ARROW)?;
    // Settings of the place on the screen may follow.
    Some((time(start.trim())?, time(rest.split_whitespace().next()?)?))
}

/// `hh:mm:ss.ttt` or `mm:ss.ttt`, with a comma in `SubRip`.
fn time(text: &str) -> Option<u64> {
    let (whole, millis) = text.split_once(['.', ','])?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let fits = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [minutes, seconds] => (0, *minutes, *seconds),
        [hours, minutes, seconds] => (number(hours, 1..=3)?, *minutes, *seconds),
        _ => return None,
    };
    let (minutes, seconds) = (number(minutes, 2..=2)?, number(seconds, 2..=2)?);
    if hours >= HOURS_MAX || minutes >= 60 || seconds >= 60 {
        return None;
    }
    let seconds = hours.saturating_mul(60).saturating_add(minutes).saturating_mul(60).saturating_add(seconds);
    Some(seconds.saturating_mul(1_000).saturating_add(number(millis, 3..=3)?))
}

/// The text without everything between `<` and `>`.
fn without_marks(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((_, after)) = after.split_once('>') else { break };
        plain.push_str(before);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn unescaped(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&")];
    marks.into_iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(file: &str) -> (Problem, Option<usize>) {
        let FileProblem { problem, line } = read(file.as_bytes()).unwrap_err();
        (problem, line)
    }

    #[test]
    fn both_formats_give_the_same_cues_and_are_written_as_webvtt() {
        let webvtt = "\u{feff}WEBVTT - Kata\r\n\r\nNOTE by hand\r\n\r\n1\r\n00:01.000 --> 00:02.500 align:start\r\n<v Ito>Hajime\r\n\r\n01:00:00.000 --> 01:00:01.000\r\na &lt; b\r\nand c\r\n";
        let subrip =
            "1\n00:00:01,000 --> 00:00:02,500\n<i>Hajime</i>\n\n2\n01:00:00,000 --> 01:00:01,000\na < b\nand c\n\n";
        let expected = vec![
            Cue { start_ms: 1_000, end_ms: 2_500, text: "Hajime".into() },
            Cue { start_ms: 3_600_000, end_ms: 3_601_000, text: "a < b\nand c".into() },
        ];
        assert_eq!(
            (read(webvtt.as_bytes()).unwrap(), read(subrip.as_bytes()).unwrap()),
            (expected.clone(), expected.clone())
        );
        let written = write(&expected);
        assert_eq!(
            written,
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHajime\n\n01:00:00.000 --> 01:00:01.000\na &lt; b\nand c\n"
        );
        assert_eq!(read(written.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_line_that_is_wrong() {
        assert_eq!(problem("hello"), (Problem::OtherFormat, Some(1)));
        assert_eq!(problem("WEBVTTX\n\n"), (Problem::OtherFormat, Some(1)));
        assert_eq!(problem("WEBVTT\n"), (Problem::NoCues, None));
        assert_eq!(problem("WEBVTT\n\n00:02.000 --> 00:01.000\nback\n"), (Problem::Order, Some(3)));
        assert_eq!(problem("WEBVTT\n\n00:01.000 --> soon\nx\n"), (Problem::Time, Some(3)));
        assert_eq!(problem("1\n00:00:61,000 --> 00:01:02,000\nx\n"), (Problem::Time, Some(2)));
        assert_eq!(problem("WEBVTT\n\n00:01.000 --> 00:02.000\n\n"), (Problem::NoText, Some(3)));
        let long = format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n", "x".repeat(10_000));
        assert_eq!(problem(&long), (Problem::LongText, Some(3)));
        let many = "\n00:01.000 --> 00:02.000\nx\n".repeat(CUES_MAX + 1);
        assert_eq!(problem(&format!("WEBVTT\n{many}")).0, Problem::ManyCues);
        assert_eq!(read(&[0xff, 0xfe, 0x41]).unwrap_err().problem, Problem::NotUtf8);
        assert_eq!(read(&vec![b' '; FILE_MAX_BYTES + 1]).unwrap_err().problem, Problem::TooLarge);
        assert_eq!(
            read(b"WEBVTT\n\n00:02.000 --> 00:01.000\nback\n").unwrap_err().to_string(),
            "Line 3: The caption does not end after it begins."
        );
    }

    #[test]
    fn hostile_text_loses_marks_and_what_cannot_be_seen() {
        let file = "WEBVTT\n\n00:01.000 --> 00:02.000\n<script>alert(1)</script>\u{202e}abc\u{200b}d\u{7}\n";
        let cues = read(file.as_bytes()).unwrap();
        assert!(!cues[0].text.contains(['<', '\u{202e}', '\u{200b}', '\u{7}']), "{:?}", cues[0].text);
    }

    proptest! {
        #[test]
        fn no_file_breaks_reading_and_what_was_read_is_written_and_read_again(text in ".{0,400}", ms in 0_u64..9_000_000) {
            let _ = read(text.as_bytes());
            let file = format!("WEBVTT\n\n{} --> {}\n{}\n", shown(ms), shown(ms + 1), text.replace("-->", ""));
            if let Ok(cues) = read(file.as_bytes()) {
                prop_assert_eq!(read(write(&cues).as_bytes()).unwrap(), cues);
            }
        }
    }
}
