//! Reads Hajime's variables from a `.env` file that may also belong to other programs.
//!
//! There is no standard for these files. The crates that read them replace `${…}` by values from the environment, which
//! could send another program's secret to Cloudflare, and they refuse a whole file for one line that Hajime does not
//! need. This module reads only the variables it is asked for, skips every other line, and takes each value literally.

/// The reason why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserError {
    /// The file is UTF-16, as some editors on Windows save it.
    Utf16,
    /// A line that begins with one of the names is not of the form `NAME=value`, or its opening quotation mark is never
    /// closed. Lines are counted from one.
    Line(usize),
}

/// Returns the values of `names` in the file, each with its name, in the order of their lines. If a name occurs several
/// times, its last value counts.
pub(super) fn read<'name>(bytes: &[u8], names: &[&'name str]) -> Result<Vec<(&'name str, String)>, UserError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(UserError::Utf16);
    }
    // A value that is not UTF-8 cannot be one of Hajime's; other programs may have such lines.
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let mut found = Vec::new();
    let (mut rest, mut number) = (text.as_str(), 1);
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let (ours, end) = one(line, rest, names).map_err(|NotAPair| UserError::Line(number))?;
        found.extend(ours);
        number = rest[..end].matches('\n').count().saturating_add(number).saturating_add(1);
        rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
    }
    Ok(found)
}

struct NotAPair;

type Pair<'name> = (&'name str, String);

/// Reads the assignment that begins with `line`. Returns its value, if the name is one of `names`, and the offset in
/// `rest` at which its last line ends.
fn one<'name>(line: &str, rest: &str, names: &[&'name str]) -> Result<(Option<Pair<'name>>, usize), NotAPair> {
    let assignment = line.trim_start();
    let assignment = assignment.strip_prefix("export ").map_or(assignment, str::trim_start);
    let word = assignment.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let name = names.iter().copied().find(|name| *name == word);
    let after = assignment[word.len()..].trim_start();
    let Some(value) = after.strip_prefix('=').filter(|_| !word.is_empty()) else {
        return if name.is_some() { Err(NotAPair) } else { Ok((None, line.len())) };
    };
    let begins = line.len().saturating_sub(value.trim_start().len());
    let value = &rest[begins..];
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
    let Some(quote) = quote else {
        let plain = value.split('\n').next().unwrap_or_default();
        let comment = plain.find(" #").or_else(|| plain.find("\t#")).unwrap_or(plain.len());
        let plain = if plain.starts_with('#') { "" } else { plain[..comment].trim_end() };
        return Ok((name.map(|name| (name, plain.to_owned())), line.len()));
    };
    match closing(&value[1..], quote) {
        Some(length) => {
            let closes = begins.saturating_add(1).saturating_add(length);
            let end = rest[closes..].find('\n').map_or(rest.len(), |more| closes.saturating_add(more));
            Ok((name.map(|name| (name, value[1..=length].to_owned())), end))
        }
        // In another program's line, the quotation mark may be an apostrophe.
        None if name.is_none() => Ok((None, line.len())),
        None => Err(NotAPair),
    }
}

/// The length of the text before the closing quotation mark. A backslash escapes a quotation mark, except in text
/// within single ones.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut hidden = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !hidden;
        hidden = c == '\\' && !hidden && quote != '\'';
        closes.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["ACCOUNT", "TOKEN"];

    fn all(bytes: &[u8]) -> Vec<(&'static str, String)> {
        read(bytes, &NAMES).unwrap()
    }

    fn token(text: &str) -> String {
        let found = all(text.as_bytes());
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        found[0].1.clone()
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_not_part_of_a_value() {
        let both = vec![("ACCOUNT", "1".to_owned()), ("TOKEN", "2".to_owned())];
        assert_eq!(all(b"\xef\xbb\xbfACCOUNT=1\r\nTOKEN=2\r\n"), both);
        assert_eq!(all(b"ACCOUNT=1\rTOKEN=2"), both);
        assert_eq!(all(b"ACCOUNT=\"1\"\r\nTOKEN='2'\r\n"), both);
    }

    #[test]
    fn every_way_to_write_a_value_is_read() {
        for text in [
            "TOKEN=abc",
            "  TOKEN = abc  ",
            "export TOKEN=abc",
            "export   TOKEN=abc # mine",
            "TOKEN=\"abc\" # mine",
            "TOKEN='abc'",
            "TOKEN=`abc`",
            "TOKEN=abc\t# mine",
            "TOKEN=old\nTOKEN=abc",
        ] {
            assert_eq!(all(text.as_bytes()).last().unwrap().1, "abc", "{text:?}");
        }
        assert_eq!(token("TOKEN=a#b"), "a#b");
        assert_eq!(token("TOKEN=\"a # b\""), "a # b");
        assert_eq!(token("TOKEN=# none"), "");
        assert_eq!(token("TOKEN="), "");
        assert_eq!(token("TOKEN=\"two\nlines\""), "two\nlines");
        assert_eq!(token(r#"TOKEN="a\"b""#), r#"a\"b"#);
    }

    #[test]
    fn references_to_other_variables_are_returned_unchanged() {
        assert_eq!(token("TOKEN=${GITHUB_TOKEN}"), "${GITHUB_TOKEN}");
        assert_eq!(token("TOKEN=\"$HOME\""), "$HOME");
    }

    #[test]
    fn lines_of_other_programs_are_skipped() {
        let foreign = [
            "just words, not a setting",
            "KEY=\"-----BEGIN KEY-----\nTOKEN=inside\n-----END KEY-----\"",
            "NOTE='it\nTOKEN=inside\nends here'",
            "NOTE='an apostrophe that nobody closes",
            "MY_TOKEN=other",
            "TOKENS=other",
            "token=other",
            "<<<<<<< HEAD",
            "=x",
            "# TOKEN=commented out",
            "    - TOKEN: yaml",
        ];
        for line in foreign {
            assert_eq!(token(&format!("{line}\nTOKEN=abc\n")), "abc", "{line:?}");
        }
        assert_eq!(all(b"NAME=J\xfcrgen\nTOKEN=abc\n"), [("TOKEN", "abc".to_owned())]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_with_one_of_the_names_but_no_equals_sign_is_an_error_with_its_number() {
        assert_eq!(read(b"A=1\nTOKEN abc\n", &NAMES), Err(UserError::Line(2)));
        assert_eq!(read(b"A=\"1\n2\"\nTOKEN=\"abc\n", &NAMES), Err(UserError::Line(3)));
        assert_eq!(read(b"\r\nTOKEN: abc\r\n", &NAMES), Err(UserError::Line(2)));
    }

    #[test]
    fn utf_16_is_refused_with_and_without_a_byte_order_mark() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(read(&wide("\u{feff}TOKEN=abc"), &NAMES), Err(UserError::Utf16));
        assert_eq!(read(&wide("TOKEN=abc"), &NAMES), Err(UserError::Utf16));
        let big: Vec<_> = "\u{feff}TOKEN=abc".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&big, &NAMES), Err(UserError::Utf16));
    }
}
