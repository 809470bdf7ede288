//! Reads the file of a chat: CSV with a header, or a JSON list of objects with the same names.
//!
//! A line that cannot be read spoils no other. A message that is not text is named and its address left out, because the
//! address may open the file for anybody.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::bounds;
use crate::domain::recorder::session_text::{
    ChatLine, LINES_MAX, Lines, UnreadableFile, cleaned, cleaned_name, unmarked,
};

const NAME: &str = "displayname";
const KIND: &str = "payloadtype";
const TEXT: &str = "payload";
const AT: &str = "createdat";

/// Reads a chat. An empty file is a chat without lines.
pub fn read(file: &[u8]) -> Result<Lines<ChatLine>, UnreadableFile> {
    let file = unmarked(file);
    let mut lines = match file.trim_ascii_start().first() {
        None => Lines { all: Vec::new(), cut: false },
        Some(b'[') => from_json(file)?,
        Some(_) => from_csv(file)?,
    };
    sort(&mut lines.all);
    Ok(lines)
}

/// Sorts lines by time. The order stays where times are equal, and a line without a time stays after the one before it.
pub fn sort(lines: &mut Vec<ChatLine>) {
    let mut last = None;
    let timed = |line: ChatLine| {
        last = line.at.or(last);
        (last, line)
    };
    let mut timed: Vec<_> = lines.drain(..).map(timed).collect();
    timed.sort_by_key(|(at, _)| *at);
    lines.extend(timed.into_iter().map(|(_, line)| line));
}

fn from_csv(file: &[u8]) -> Result<Lines<ChatLine>, UnreadableFile> {
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file);
    let mut row = ByteRecord::new();
    let mut next = |row: &mut ByteRecord| reader.read_byte_record(row).map_err(|_| UnreadableFile);
    if !next(&mut row)? {
        return Ok(Lines { all: Vec::new(), cut: false });
    }
    let columns: HashMap<String, usize> =
        row.iter().enumerate().map(|(place, name)| (words(name).trim().to_ascii_lowercase(), place)).collect();
    if !columns.contains_key(TEXT) {
        return Err(UnreadableFile);
    }
    let mut lines = Lines { all: Vec::new(), cut: false };
    while next(&mut row)? {
        let cell = |name: &str| columns.get(name).and_then(|place| row.get(*place)).map(words).unwrap_or_default();
        if !add(&mut lines, line(&cell(NAME), &cell(KIND), &cell(TEXT), &cell(AT))) {
            break;
        }
    }
    Ok(lines)
}

fn from_json(file: &[u8]) -> Result<Lines<ChatLine>, UnreadableFile> {
    let entries: Vec<&RawValue> = serde_json::from_slice(file).map_err(|_| UnreadableFile)?;
    let had_entries = !entries.is_empty();
    let mut lines = Lines { all: Vec::new(), cut: false };
    for entry in entries {
        let Ok(Value::Object(members)) = serde_json::from_str(entry.get()) else { continue };
        let named = |name: &str| members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name));
        let cell = |name: &str| named(name).and_then(|(_, value)| value.as_str()).unwrap_or_default();
        if !add(&mut lines, line(cell(NAME), cell(KIND), cell(TEXT), cell(AT))) {
            break;
        }
    }
    // A list in another form is no chat in which nobody wrote.
    if lines.all.is_empty() && had_entries { Err(UnreadableFile) } else { Ok(lines) }
}

/// Adds a line; `false` when there are as many as are kept.
fn add(lines: &mut Lines<ChatLine>, line: Option<ChatLine>) -> bool {
    if line.is_some() && lines.all.len() >= LINES_MAX {
        lines.cut = true;
        return false;
    }
    lines.all.extend(line);
    true
}

fn line(name: &str, kind: &str, text: &str, at: &str) -> Option<ChatLine> {
    let text = match kind.trim().to_ascii_lowercase().as_str() {
        "" | "text" | "text_message" => cleaned(text),
        kind if kind.contains("image") => "(a picture)".to_owned(),
        kind if kind.contains("file") => "(a file)".to_owned(),
        _ if is_address(text) => "(something that is not text)".to_owned(),
        _ => cleaned(text),
    };
    let is_there = !text.is_empty();
    is_there.then(|| ChatLine { at: bounds::moment_from(at), name: cleaned_name(name), text })
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.contains("://") && !text.contains(char::is_whitespace)
}

fn words(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str =
        "id,participantId,sessionId,meetingId,displayName,pinned,isEdited,payloadType,payload,createdAt\r\n";

    fn told(file: &str) -> Vec<(String, String)> {
        read(file.as_bytes()).unwrap().all.into_iter().map(|line| (line.name, line.text)).collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn quotes_commas_line_breaks_emoji_and_a_byte_order_mark_are_read() {
        let file = format!(
            "\u{feff}{HEADER}1,p,s,m,\"Ada, 1st dan\",false,false,TEXT_MESSAGE,\"\"\"Ippon\"\", she said\r\n=1+1 🥋\",2026-03-20T18:00:02.500Z\r\n\
             2,p,s,m,Bo · not to be recorded,false,false,TEXT_MESSAGE,Hajime!,2026-03-20T18:00:01.000Z\r\n"
        );
        let lines = read(file.as_bytes()).unwrap();
        assert_eq!(told(&file), [pair("Bo", "Hajime!"), pair("Ada, 1st dan", "\"Ippon\", she said\n=1+1 🥋")]);
        assert_eq!(lines.all[1].at.unwrap().timestamp_millis(), 1_774_029_602_500);
        assert!(!lines.cut);
    }

    #[test]
    fn hostile_text_is_cut_and_shows_what_it_is() {
        let long = "x".repeat(9_000);
        let file =
            format!("{HEADER}1,,,,A\u{202e}b\u{7},,,,evil\u{202e}txt\u{1b}[31m,soon\n2,,,,C,,,TEXT,{long},\n3\n");
        let lines = read(file.as_bytes()).unwrap().all;
        assert_eq!((lines[0].name.as_str(), lines[0].text.as_str(), lines[0].at), ("Ab", "eviltxt [31m", None));
        assert_eq!((lines.len(), lines[1].text.chars().count()), (2, 4_000));
        assert_eq!(read(b"payload\n\xff\xfe<script>\n").unwrap().all[0].text, "\u{fffd}\u{fffd}<script>");
    }

    #[test]
    fn the_address_of_a_picture_or_a_file_is_left_out_and_text_of_another_kind_is_kept() {
        let file = format!(
            "{HEADER}1,,,,A,,,IMAGE_MESSAGE,https://r2.example/x?X-Amz-Signature=1,\n2,,,,A,,,FILE,https://r2.example/y,\n3,,,,A,,,POLL,https://z,\n4,,,,A,,,CUSTOM,Which kata? See https://z,\n"
        );
        let texts: Vec<String> = told(&file).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["(a picture)", "(a file)", "(something that is not text)", "Which kata? See https://z"]);
    }

    #[test]
    fn an_empty_file_has_no_lines_and_another_form_is_unreadable() {
        for file in ["", "\u{feff}", "\r\n", HEADER, "[]"] {
            assert_eq!(told(file), [], "{file:?}");
        }
        for file in ["<html>Bad gateway</html>", "[{]", "name,text\r\nA,b\r\n", r#"[{"from":"A","message":"b"}]"#] {
            assert_eq!(read(file.as_bytes()), Err(UnreadableFile), "{file:?}");
        }
        let json = r#"[{"displayName":"A","payload":"b","createdAt":"2026-03-20T18:00:02Z"},5,{"payload":7}]"#;
        assert_eq!(told(json), [pair("A", "b")]);
    }

    #[test]
    fn a_line_without_a_time_stays_after_the_one_before_it() {
        let file = "payload,createdAt\nthird,2026-03-20T18:00:03Z\nfourth,\nfirst,2026-03-20T18:00:01Z\nsecond,soon\n";
        let texts: Vec<String> = told(file).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["first", "second", "third", "fourth"]);
    }

    #[test]
    fn no_more_than_the_limit_of_lines_is_kept() {
        let file = format!("payload\n{}", "x\n".repeat(LINES_MAX + 5));
        let lines = read(file.as_bytes()).unwrap();
        assert!(lines.cut && lines.all.len() == LINES_MAX);
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_fail_in_another_way(file in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(lines) = read(&file) {
                prop_assert!(lines.all.iter().all(|line| !line.text.is_empty()));
            }
        }
    }
}
