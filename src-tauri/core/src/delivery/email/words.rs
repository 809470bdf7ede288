//! The words of every letter. Titles and reasons come from elsewhere: they are one line, bounded and plain text.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::delivery::email::page::{self, Part};
use crate::domain::delivery::outgoing_event::AlertFacts;
use crate::domain::text::one_line;
use crate::secret_url::SecretUrl;

/// The longest title in a letter, in characters.
const TITLE_MAX: usize = 120;
/// The longest title in a draft, in characters: its address is bounded.
const DRAFT_TITLE_MAX: usize = 40;
/// The longest reason in a letter, in characters.
const REASON_MAX: usize = 400;
/// Why somebody gets a letter about an alert.
const ALERT_REASON: &str = "You get this because Hajime has this address for whoever hears of failures. Which alerts are mailed is set in \
     Hajime under Health, Alert rules.";

/// A class, as letters name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassFacts {
    /// Its title.
    pub(crate) title: String,
    /// Who taught it; empty where nobody knows.
    pub(crate) instructor: String,
    /// When it was recorded.
    pub(crate) held: DateTime<Utc>,
    /// The zone in which it was planned.
    pub(crate) zone: Tz,
}

/// A recording that can be watched, for one reader.
#[derive(Debug, Clone)]
pub(crate) struct ReadyFacts {
    /// The class.
    pub(crate) class: ClassFacts,
    /// The length of the video.
    pub(crate) length: TimeDelta,
    /// Where this reader finds it.
    pub(crate) place: Place,
}

/// Where a reader finds a recording.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In Hajime, which they have.
    Hajime,
    /// At a link.
    Link {
        /// The address of the page that plays it.
        address: SecretUrl,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// At a link that the writer of a draft puts in.
    Pasted {
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// With the instructor.
    Instructor,
}

/// A recording that failed.
#[derive(Debug, Clone)]
pub(crate) struct FailedFacts {
    /// The class.
    pub(crate) class: ClassFacts,
    /// Why, in one sentence.
    pub(crate) reason: String,
    /// What to do, in one sentence.
    pub(crate) next: String,
}

/// What a letter says. It may hold a link, so it must not get into a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// The subject, one line.
    pub(crate) subject: String,
    /// The content as plain text.
    pub(crate) text: String,
    /// The same content as HTML.
    pub(crate) html: String,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}

impl Words {
    fn new(subject: String, parts: &[Part]) -> Self {
        Self { subject, text: page::text(parts), html: page::html(parts) }
    }
}

/// A letter about one recording that can be watched, or about several that became ready within an hour.
pub(crate) fn ready(all: &[ReadyFacts]) -> Words {
    let mut parts = Vec::new();
    let subject = if let [only] = all {
        parts.push(Part::Words(format!("The recording of {} can be watched.", quoted(&only.class, TITLE_MAX))));
        parts.extend(about(only));
        format!("Ready to watch: {}", short(&only.class.title, TITLE_MAX))
    } else {
        parts.push(Part::Words(format!("{} recordings can be watched.", all.len())));
        for one in all {
            parts.push(Part::Heading(short(&one.class.title, TITLE_MAX)));
            parts.extend(about(one));
        }
        format!("{} recordings are ready to watch", all.len())
    };
    let teaches = all.iter().any(|one| matches!(one.place, Place::Hajime));
    parts.push(Part::Reason(reason(teaches).to_owned()));
    Words::new(subject, &parts)
}

/// A letter about a recording that failed.
pub(crate) fn failed(FailedFacts { class, reason: why, next }: &FailedFacts) -> Words {
    let parts = [
        Part::Words(format!("The recording of {} failed.", quoted(class, TITLE_MAX))),
        Part::Facts(vec![
            ("When", when(class.held, class.zone)),
            ("Why", short(why, REASON_MAX)),
            ("What to do", short(next, REASON_MAX)),
        ]),
        Part::Words(format!("You find it in Hajime under Recordings, {}.", quoted(class, TITLE_MAX))),
        Part::Reason(reason(true).to_owned()),
    ];
    Words::new(format!("Recording failed: {}", short(&class.title, TITLE_MAX)), &parts)
}

/// A letter that an alert has opened, is still open, or is over.
pub(crate) fn alert(facts: &AlertFacts, zone: Tz) -> Words {
    const NAMED: usize = 10;
    let title = short(&facts.title, TITLE_MAX);
    let beginning = match (facts.until, facts.again) {
        (Some(_), _) => "Over",
        (None, true) => "Still open",
        (None, false) => "Alert",
    };
    let mut table = vec![("Since", when(facts.since, zone))];
    table.extend(facts.until.map(|until| ("Until", when(until, zone))));
    table.push(("What was measured", short(&facts.detail, REASON_MAX)));
    let affected = facts.affected_words(NAMED);
    if !affected.is_empty() {
        table.push(("About", short(&affected, REASON_MAX)));
    }
    if facts.held_back > 0 {
        table.push(("Held back", format!("{} messages that follow from it", facts.held_back)));
    }
    if facts.until.is_none() {
        table.push(("What to do", short(&facts.next, REASON_MAX)));
    }
    let parts = [
        Part::Words(format!("{beginning}: {title}.")),
        Part::Facts(table),
        Part::Words("You find it in Hajime under Health, Alerts.".into()),
        Part::Reason(ALERT_REASON.into()),
    ];
    Words::new(format!("{beginning}: {title}"), &parts)
}

/// A letter that shows whether letters arrive.
pub(crate) fn test() -> Words {
    let parts = [
        Part::Words("Hajime can write to this address.".into()),
        Part::Words("It writes when the recording of a class can be watched, and when one failed.".into()),
        Part::Reason("You get this because somebody pressed “Send a test” in Hajime.".into()),
    ];
    Words::new("A test from Hajime".into(), &parts)
}

/// The report of a month: a summary, and its facts by name.
pub(crate) fn report(title: &str, summary: &str, facts: Vec<(&'static str, String)>) -> Words {
    let facts = facts.into_iter().map(|(name, value)| (name, short(&value, REASON_MAX))).collect();
    let parts = [
        Part::Words(summary.to_owned()),
        Part::Facts(facts),
        Part::Words("The whole report is in Hajime under Health. In a terminal: hajime-cli report.".into()),
        Part::Reason("You get this because Hajime has this address for the administrator and mails the report of each month. To get no more of these letters, turn that off under Health.".into()),
    ];
    Words::new(short(title, TITLE_MAX), &parts)
}

/// A draft about one recording: the subject and the plain text, short enough for the address of a draft.
pub(crate) fn draft(ReadyFacts { class, length, place }: &ReadyFacts) -> Words {
    let title = short(&class.title, DRAFT_TITLE_MAX);
    let class =
        ClassFacts { title: title.clone(), instructor: short(&class.instructor, DRAFT_TITLE_MAX), ..class.clone() };
    let facts = ReadyFacts { class, length: *length, place: place.clone() };
    let mut parts = vec![Part::Words(format!("The recording of “{title}” can be watched."))];
    parts.extend(about(&facts));
    Words::new(format!("Ready to watch: {title}"), &parts)
}

/// When and how long, and where this reader finds it.
fn about(ReadyFacts { class, length, place }: &ReadyFacts) -> Vec<Part> {
    let mut facts = vec![("When", when(class.held, class.zone))];
    let instructor = short(&class.instructor, TITLE_MAX);
    if !instructor.is_empty() {
        facts.push(("Instructor", instructor.clone()));
    }
    facts.push(("Length", length_in_words(*length)));
    let mut parts = vec![Part::Facts(facts)];
    let who = if instructor.is_empty() { "the instructor" } else { &instructor };
    let ends = |until: &DateTime<Utc>| {
        format!("The link works until {}. After that, ask {who} for a new one.", when(*until, class.zone))
    };
    match place {
        Place::Hajime => {
            let title = quoted(class, TITLE_MAX);
            parts
                .push(Part::Words(format!("You find it in Hajime under Recordings, {title}. There you can share it.")));
        }
        Place::Link { address, until } => {
            parts.push(Part::Words("Watch it here:".into()));
            let words = format!("Watch {}", quoted(class, TITLE_MAX));
            parts.push(Part::Link { address: address.expose().to_owned(), words });
            parts.push(Part::Words(ends(until)));
        }
        Place::Pasted { until } => {
            parts.push(Part::Words("Watch it here:".into()));
            parts.push(Part::Words("[Paste the link here. Hajime has copied it.]".into()));
            parts.push(Part::Words(ends(until)));
        }
        Place::Instructor => parts.push(Part::Words(format!("To watch it, ask {who}."))),
    }
    parts
}

const fn reason(teaches: bool) -> &'static str {
    if teaches {
        "You get this because Hajime has this address for whoever runs the class. To get no more of these letters, take the address \
         off the list of the class, or out of Settings, E-mail."
    } else {
        "You get this because you are on the list of the class. To get no more of these letters, answer this one and say so."
    }
}

/// A moment in the words of a zone.
pub(crate) fn when(at: DateTime<Utc>, zone: Tz) -> String {
    let here = at.with_timezone(&zone);
    format!("{} ({})", here.format("%A, %-d %B %Y at %H:%M"), zone.name().replace('_', " "))
}

/// Hours and minutes. What is shorter than a minute counts as one.
fn length_in_words(length: TimeDelta) -> String {
    let minutes = length.num_seconds().saturating_add(30).div_euclid(60).max(1);
    let counted = |number: i64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}

fn quoted(class: &ClassFacts, max: usize) -> String {
    format!("“{}”", short(&class.title, max))
}

/// A text on one line, without invisible characters, cut where it is too long.
fn short(text: &str, max: usize) -> String {
    // Telling visible characters apart is slow, and nothing beyond four times the length is shown.
    let beginning: String = text.chars().take(max.saturating_mul(4)).collect();
    let line = one_line(&beginning);
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A title that would mean something in HTML, in a header, in an address and to the eye.
    const HOSTILE: &str = "<img src=x onerror=alert(1)> \u{202e}nekorb\r\nBcc: eve@example.org\u{200b} & “Tea” 空手";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn class(title: &str) -> ClassFacts {
        ClassFacts {
            title: title.into(),
            instructor: "R. Alves".into(),
            held: at("2026-12-08T17:30:00Z"),
            zone: Tz::Europe__Berlin,
        }
    }

    #[test]
    fn the_report_of_a_month_says_its_facts_and_how_to_stop_it() {
        let words =
            report("Live classes in October 2026", "All 3 goals were met.", vec![("Alerts", HOSTILE.to_owned())]);
        assert_eq!(words.subject, "Live classes in October 2026");
        assert!(words.text.contains("All 3 goals were met.") && words.text.contains("turn that off"), "{}", words.text);
        assert!(!words.html.contains("<img"), "{}", words.html);
    }

    fn item(title: &str, place: Place) -> ReadyFacts {
        ReadyFacts { class: class(title), length: TimeDelta::minutes(58), place }
    }

    fn link() -> Place {
        let address: url::Url = "https://customer-f33z.cloudflarestream.com/TOKEN/watch?a=1&b=2".parse().unwrap();
        Place::Link { address: SecretUrl::new(&address), until: at("2026-12-09T18:31:00Z") }
    }

    fn shown(words: &Words) -> String {
        format!("Subject: {}\n\n{}\n=====\n{}", words.subject, words.text, words.html)
    }

    #[test]
    fn to_the_instructor() {
        insta::assert_snapshot!(shown(&ready(&[item("Karate", Place::Hajime)])));
    }

    #[test]
    fn to_a_participant_with_a_link() {
        insta::assert_snapshot!(shown(&ready(&[item("Karate", link())])));
    }

    #[test]
    fn to_a_participant_who_asks_the_instructor() {
        insta::assert_snapshot!(shown(&ready(&[item("Karate", Place::Instructor)])));
    }

    #[test]
    fn of_several_recordings() {
        let mut night = item("Night class", link());
        night.length = TimeDelta::minutes(121);
        night.class.instructor = String::new();
        let several = [item("Karate", link()), night, item("Aikido", Place::Instructor)];
        insta::assert_snapshot!(shown(&ready(&several)));
    }

    #[test]
    fn of_a_failure() {
        let reason = "Stream could not encode the video.".to_owned();
        let facts = FailedFacts { class: class("Karate"), reason, next: "Try again.".into() };
        insta::assert_snapshot!(shown(&failed(&facts)));
    }

    #[test]
    fn a_test_letter() {
        insta::assert_snapshot!(shown(&test()));
    }

    #[test]
    fn a_draft_without_its_link() {
        let place = Place::Pasted { until: at("2026-12-09T18:31:00Z") };
        let Words { subject, text, .. } = draft(&item("Karate", place));
        insta::assert_snapshot!(format!("Subject: {subject}\n\n{text}"));
    }

    #[test]
    fn of_a_hostile_title_and_reason() {
        let facts = FailedFacts { class: class(HOSTILE), reason: HOSTILE.into(), next: "Try again.".into() };
        let words = failed(&facts);
        for part in [&words.subject, &words.text, &words.html] {
            assert!(!part.contains(['\u{202e}', '\u{200b}', '\r']), "{part}");
        }
        assert!(!words.subject.contains('\n') && !words.html.contains("<img"));
        insta::assert_snapshot!(shown(&words));
        insta::assert_snapshot!(shown(&ready(&[item(HOSTILE, link()), item(HOSTILE, Place::Hajime)])));
    }

    #[test]
    fn a_title_of_ten_thousand_characters_makes_a_short_letter() {
        for title in ["長".repeat(10_000), "\u{202e}".repeat(10_000), "a b ".repeat(2_500)] {
            let words = ready(&[item(&title, Place::Hajime)]);
            assert!(words.subject.chars().count() <= 140, "{}", words.subject);
            assert!(words.text.chars().count() < 1_000 && words.html.chars().count() < 1_500, "{}", words.text);
        }
        let many = vec![item(&"長".repeat(10_000), link()); 50];
        assert!(ready(&many).html.len() < 100_000);
    }

    #[test]
    fn letters_load_nothing_from_the_network_and_call_nothing_delivered() {
        let all = [
            ready(&[item("Karate", link()), item("Aikido", Place::Hajime)]),
            failed(&FailedFacts { class: class("Karate"), reason: "It.".into(), next: "Do.".into() }),
            test(),
        ];
        for words in all {
            let html = words.html.to_lowercase();
            for loads in ["<img", "<script", "<link", "src=", "url(", "http-equiv", "<iframe"] {
                assert!(!html.contains(loads), "{loads}");
            }
            assert!(!html.contains("delivered") && !words.text.contains("delivered"));
        }
    }

    #[test]
    fn lengths_are_in_hours_and_minutes() {
        for (seconds, words) in [
            (0, "1 minute"),
            (89, "1 minute"),
            (90, "2 minutes"),
            (3_600, "1 hour"),
            (3_660, "1 hour 1 minute"),
            (7_320, "2 hours 2 minutes"),
        ] {
            assert_eq!(length_in_words(TimeDelta::seconds(seconds)), words);
        }
    }
}
