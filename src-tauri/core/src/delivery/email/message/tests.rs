use super::*;
use crate::domain::delivery::letter::{Mailbox as Sender, Unsubscribe};
use crate::domain::ids::EventId;

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

fn letter() -> Letter {
    Letter {
        from: Sender { name: "Dojo Köln".into(), address: "dojo@example.org".parse().unwrap() },
        to: "ann@example.net".parse().unwrap(),
        subject: "“Karate” is ready".into(),
        text: "It can be watched.\n.\nMüller\n".into(),
        html: "<p>It can be watched.</p>".into(),
        unsubscribe: Some(Unsubscribe::Mail("off@example.org".parse().unwrap())),
        event_ids: vec![EventId::new(), EventId::new()],
    }
}

fn message(letter: &Letter) -> String {
    let bytes = written(letter, now()).unwrap();
    assert!(bytes.is_ascii());
    String::from_utf8(bytes).unwrap()
}

/// The headers of a message, unfolded, and its body.
fn parts(message: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    (head.split("\r\n").map(|line| header(line).unwrap()).collect(), body)
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}

const NAMES: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "X-Hajime-Event",
    "MIME-Version",
    "Content-Type",
];

#[test]
fn a_letter_has_exactly_the_headers_that_it_should_have() {
    let letter = letter();
    let message = message(&letter);
    let (headers, body) = parts(&message);
    assert_eq!(names(&headers), NAMES);
    let value = |name: &str| headers.iter().find(|(one, _)| one == name).unwrap().1.clone();
    assert_eq!(value("To"), "ann@example.net");
    assert!(value("From").ends_with("<dojo@example.org>"), "{}", value("From"));
    assert_eq!(value("Date"), "Sun, 29 Nov 2026 12:00:00 +0000");
    assert_eq!(value("Message-ID"), letter.message_id(now()));
    assert_eq!(value("Auto-Submitted"), "auto-generated");
    assert_eq!(value("List-Unsubscribe"), "<mailto:off@example.org?subject=unsubscribe>");
    assert_eq!(value("X-Hajime-Event"), format!("{} {}", letter.event_ids[0], letter.event_ids[1]));
    assert!(value("Content-Type").starts_with("multipart/alternative; boundary="));
    let (text, html) = (body.find("Content-Type: text/plain").unwrap(), body.find("Content-Type: text/html").unwrap());
    assert!(text < html, "a mail program shows the last form that it can");
}

#[test]
fn hostile_names_subjects_and_texts_never_become_headers_or_the_end_of_the_letter() {
    let hostile = [
        "a\r\nBcc: eve@example.com".to_owned(),
        "a\nBcc: eve@example.com\n\n<script>".to_owned(),
        "a\rBcc: eve@example.com".to_owned(),
        "a\u{2028}Bcc: eve@example.com\u{85}Cc: x".to_owned(),
        "\u{202e}gnp.exe\u{200f}\u{0}".to_owned(),
        "=?utf-8?Q?a=0D=0ABcc:_eve@example.com?=".to_owned(),
        "\"Ann\" <eve@example.com>, \\".to_owned(),
        "x".repeat(10_000),
        "é".repeat(10_000),
        "\r\n.\r\nMAIL FROM:<eve@example.com>\r\n".to_owned(),
    ];
    for text in hostile {
        let mut one = letter();
        one.from.name.clone_from(&text);
        one.subject.clone_from(&text);
        one.text.clone_from(&text);
        one.html.clone_from(&text);
        let message = message(&one);
        let (headers, _) = parts(&message);
        assert_eq!(names(&headers), NAMES, "{message}");
        assert!(message.lines().all(|line| line.len() <= 998), "{text}");
        let bare = |byte: char, beside: &str| message.matches(byte).count() != message.matches(beside).count();
        assert!(!bare('\r', "\r\n") && !bare('\n', "\r\n"), "a line of “{text}” ends with CR or LF alone");
        assert!(!message.contains('\0'));
        let shown = |name: &str| headers.iter().find(|(one, _)| one == name).unwrap().1.clone();
        assert!(!shown("Subject").contains("=?utf-8?Q?a="), "{}", shown("Subject"));
        assert!(shown("From").ends_with("<dojo@example.org>"), "{}", shown("From"));
    }
}

#[test]
fn a_letter_from_nobody_by_name_has_the_address_alone() {
    let mut one = letter();
    one.from.name = "\u{200b}".into();
    let message = message(&one);
    assert!(message.contains("From: dojo@example.org\r\n"), "{message}");
}

#[test]
fn a_clock_that_is_far_off_keeps_no_letter_from_being_written() {
    for odd in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert!(written(&letter(), odd).is_ok(), "{odd}");
    }
}
