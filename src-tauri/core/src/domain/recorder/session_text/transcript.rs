//! Reads a transcript: JSON or CSV as RealtimeKit writes them, or subtitles (`WebVTT`, `SubRip`).
//!
//! The form is recognised by the first bytes, so that a file in another form than the one that was asked for is read too.
//! A line that cannot be read spoils no other.

use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::bounds::{self, Moved as _};
use crate::domain::recorder::session_text::{
    LINES_MAX, Lines, TranscriptLine, UnreadableFile, cleaned, cleaned_name, unmarked,
};

/// How long a line lasts whose end is not told, in milliseconds.
const UNTOLD_LENGTH_MS: i64 = 4_000;
/// The longest name in front of a colon in subtitles, in characters.
const NAME_IN_TEXT_MAX: usize = 60;
/// The arrow between the two times of a subtitle.
const ARROW: &str = "-->";

/// Whether the text of a subtitle begins with the name of whoever said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamesInText {
    /// `Name: text`, as RealtimeKit writes it.
    Before,
    /// There are none.
    None,
}

/// Reads a transcript. Its times count from its own beginning; in a list, they may be moments, which count from `began`. An
/// empty file, or an empty list, has no lines.
pub fn read(
    file: &[u8],
    names: NamesInText,
    began: Option<DateTime<Utc>>,
) -> Result<Lines<TranscriptLine>, UnreadableFile> {
    let file = unmarked(file).trim_ascii();
    let mut lines = match file.first() {
        None => Vec::new(),
        Some(b'[') => from_json(file, began)?,
        Some(_) if file.starts_with(b"WEBVTT") || begins_as_subtitles(file) => from_subtitles(file, names),
        Some(_) => from_csv(file)?,
    };
    lines.sort_by_key(|line| line.start_ms);
    let cut = lines.len() > LINES_MAX;
    lines.truncate(LINES_MAX);
    Ok(Lines { all: lines, cut })
}

fn begins_as_subtitles(file: &[u8]) -> bool {
    let begin = String::from_utf8_lossy(file.get(..200).unwrap_or(file));
    begin.lines().take(2).any(|line| line.contains(ARROW))
}

fn from_json(file: &[u8], began: Option<DateTime<Utc>>) -> Result<Vec<TranscriptLine>, UnreadableFile> {
    let entries: Vec<&RawValue> = serde_json::from_slice(file).map_err(|_| UnreadableFile)?;
    let had_entries = !entries.is_empty();
    let time = |value: &Value| millis(value).or_else(|| since(value, began?));
    let line = |entry: &RawValue| {
        let entry: Value = serde_json::from_str(entry.get()).ok()?;
        let name = entry.pointer("/peerData/displayName").and_then(Value::as_str).unwrap_or_default();
        let text = entry.get("sentence").and_then(Value::as_str)?;
        line(name, text, time(entry.get("startTime")?)?, entry.get("endTime").and_then(time))
    };
    // One more than is kept tells that there are more.
    let lines: Vec<_> = entries.into_iter().filter_map(line).take(LINES_MAX.saturating_add(1)).collect();
    // A list in another form is no transcript in which nothing was said.
    if lines.is_empty() && had_entries { Err(UnreadableFile) } else { Ok(lines) }
}

/// The milliseconds from `began` to a moment, which is written as text or in milliseconds since 1970.
fn since(value: &Value, began: DateTime<Utc>) -> Option<i64> {
    let at = match value {
        Value::Number(number) => bounds::moment_of_millis(number.as_i64()?)?,
        Value::String(text) => bounds::moment_from(text)?,
        _ => return None,
    };
    Some(at.since(began).num_milliseconds())
}

/// A number of milliseconds, which may be a fraction or written as text.
fn millis(value: &Value) -> Option<i64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let length = bounds::length(number / 1_000.0)?;
    i64::try_from(length.as_millis()).ok()
}

/// The table has no header: start in milliseconds, peer, user, our mark, name, text.
fn from_csv(file: &[u8]) -> Result<Vec<TranscriptLine>, UnreadableFile> {
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file);
    let mut row = ByteRecord::new();
    let (mut lines, mut wrong) = (Vec::new(), false);
    while reader.read_byte_record(&mut row).map_err(|_| UnreadableFile)? && lines.len() <= LINES_MAX {
        let cell = |place: usize| row.get(place).map(|cell| String::from_utf8_lossy(cell).into_owned());
        match (cell(0).and_then(|start| millis(&Value::String(start))), cell(4), cell(5)) {
            (Some(start), Some(name), Some(text)) => lines.extend(line(&name, &text, start, None)),
            _ => wrong = true,
        }
    }
    if lines.is_empty() && wrong { Err(UnreadableFile) } else { Ok(lines) }
}

fn from_subtitles(file: &[u8], names: NamesInText) -> Vec<TranscriptLine> {
    let text = String::from_utf8_lossy(file).replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = Vec::new();
    let mut rest = text.split('\n');
    while let Some(timing) = rest.next() {
        let Some((start, end)) = times(timing) else { continue };
        let said: Vec<&str> = rest.by_ref().take_while(|line| !line.trim().is_empty()).collect();
        let (voice, said) = without_marks(&said.join("\n"));
        let (name, said) = match (voice, names) {
            (Some(voice), _) => (voice, said),
            (None, NamesInText::None) => (String::new(), said),
            (None, NamesInText::Before) => match said.split_once(": ") {
                Some((name, said)) if name.chars().count() <= NAME_IN_TEXT_MAX && !name.contains('\n') => {
                    (name.to_owned(), said.to_owned())
                }
                _ => (String::new(), said),
            },
        };
        lines.extend(line(&name, &said, start, Some(end)));
        if lines.len() > LINES_MAX {
            break;
        }
    }
    lines
}

fn line(name: &str, text: &str, start_ms: i64, end_ms: Option<i64>) -> Option<TranscriptLine> {
    let end_ms = end_ms.unwrap_or_else(|| start_ms.saturating_add(UNTOLD_LENGTH_MS)).max(start_ms);
    let text = cleaned(text);
    let is_there = !text.is_empty();
    is_there.then(|| TranscriptLine { start_ms, end_ms, name: cleaned_name(name), text })
}

/// The times of a subtitle; `None` where the line has none.
fn times(line: &str) -> Option<(i64, i64)> {
    let (start, rest) = line.split_once(ARROW)?;
    // Settings of the place on the screen may follow.
    let end = rest.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

/// `hh:mm:ss.ttt` or `mm:ss.ttt`, with a comma in `SubRip`.
fn time(text: &str) -> Option<i64> {
    let text = text.replace(',', ".");
    let mut seconds = 0.0_f64;
    for part in text.split(':') {
        let number: f64 = part.parse().ok().filter(|number: &f64| *number >= 0.0)?;
        seconds = seconds * 60.0 + number;
    }
    i64::try_from(bounds::length(seconds)?.as_millis()).ok()
}

/// The text of a subtitle without its marks, and the name in `<v Name>`.
fn without_marks(text: &str) -> (Option<String>, String) {
    let (mut plain, mut voice, mut rest) = (String::new(), None, text);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((mark, after)) = after.split_once('>') else { break };
        plain.push_str(before);
        if let Some((tag, name)) = mark.split_once(' ')
            && (tag == "v" || tag.starts_with("v."))
        {
            voice = Some(unescaped(name.trim()));
        }
        rest = after;
    }
    plain.push_str(rest);
    (voice, unescaped(&plain))
}

fn unescaped(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&")];
    marks.into_iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(file: &str, names: NamesInText) -> Vec<(i64, i64, String, String)> {
        let lines = read(file.as_bytes(), names, None).unwrap().all;
        lines.into_iter().map(|line| (line.start_ms, line.end_ms, line.name, line.text)).collect()
    }

    fn said(start: i64, end: i64, name: &str, text: &str) -> (i64, i64, String, String) {
        (start, end, name.to_owned(), text.to_owned())
    }

    #[test]
    fn every_form_gives_the_same_lines() {
        let expected = [said(1_000, 5_000, "Ada, 1st dan", "Hajime!"), said(62_500, 66_500, "Bo", "a < b: yes")];
        let json = r#"[{"startTime":"62500","endTime":66500.0,"sentence":"a < b: yes","peerData":{"displayName":"Bo"}},
            {"startTime":1000,"endTime":5000,"sentence":"Hajime!","peerData":{"displayName":"Ada, 1st dan"}},
            {"startTime":-5,"sentence":"before"},{"sentence":"no time"},null]"#;
        let csv = "1000,peer,user,mark,\"Ada, 1st dan\",Hajime!\r\n62500,peer,user,mark,Bo,a < b: yes\r\nodd row\r\n";
        let vtt = "\u{feff}WEBVTT - Kata\n\nNOTE nothing\n\n1\n00:01.000 --> 00:05.000 align:start\nAda, 1st dan: Hajime!\n\n\
                   00:01:02.500 --> 00:01:06.500\n<v Bo><i>a</i> &lt; b: yes\n";
        let srt = "1\r\n00:00:01,000 --> 00:00:05,000\r\nAda, 1st dan: Hajime!\r\n\r\n2\r\n00:01:02,500 --> 00:01:06,500\r\nBo: a < b: yes\r\n";
        for file in [json, csv, vtt, srt] {
            assert_eq!(told(file, NamesInText::Before), expected, "{file}");
        }
    }

    #[test]
    fn captions_of_a_video_have_no_names() {
        let vtt = "WEBVTT\n\n00:10.000 --> 00:12.000\nRemember: keep\nthe balance\n\n00:00:bad --> 00:14.000\nlost\n";
        assert_eq!(told(vtt, NamesInText::None), [said(10_000, 12_000, "", "Remember: keep\nthe balance")]);
    }

    #[test]
    fn an_empty_transcript_has_no_lines_and_another_form_is_unreadable() {
        for file in ["", "\u{feff}", " \n", "[]", " [ ] ", "WEBVTT\n\n"] {
            assert_eq!(told(file, NamesInText::Before), [], "{file:?}");
        }
        let other_list = r#"[{"startTime":1000,"text":"Hajime!"}]"#;
        for file in ["<html>Bad gateway</html>", "[{", "{\"error\":1}", other_list] {
            assert_eq!(read(file.as_bytes(), NamesInText::Before, None), Err(UnreadableFile), "{file:?}");
        }
    }

    #[test]
    fn moments_count_from_the_beginning_of_the_session() {
        let began = "2026-03-20T18:00:00Z".parse().ok();
        let millis = 1_774_029_602_500_i64;
        let file = format!(
            r#"[{{"startTime":"2026-03-20T18:00:01Z","endTime":"2026-03-20T18:00:02Z","sentence":"Rei"}},
                {{"startTime":{millis},"sentence":"Hajime!"}}]"#
        );
        let lines = read(file.as_bytes(), NamesInText::Before, began).unwrap().all;
        let told: Vec<_> = lines.iter().map(|line| (line.start_ms, line.end_ms, line.text.as_str())).collect();
        assert_eq!(told, [(1_000, 2_000, "Rei"), (2_500, 6_500, "Hajime!")]);
        assert_eq!(read(file.as_bytes(), NamesInText::Before, None), Err(UnreadableFile));
    }

    #[test]
    fn no_more_than_the_limit_of_lines_is_kept() {
        let file = "5,a,b,c,d,e\n".repeat(LINES_MAX + 5);
        let lines = read(file.as_bytes(), NamesInText::Before, None).unwrap();
        assert!(lines.cut && lines.all.len() == LINES_MAX);
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_fail_in_another_way(begin in "(WEBVTT\n|\\[|5,|)", rest in "(\\PC|\n|-->|:|<){0,200}") {
            if let Ok(lines) = read(format!("{begin}{rest}").as_bytes(), NamesInText::Before, None) {
                prop_assert!(lines.all.iter().all(|line| line.end_ms >= line.start_ms && !line.text.is_empty()));
            }
        }
    }
}
