//! The page for printing of one class: what was planned, what became of it, who was there, what was written and said.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::health::print::Page;
use crate::domain::recorder::consent::Consent;
use crate::domain::recorder::session_text::{ChatLine, TranscriptLine};
use crate::domain::schedule::attendance_list::Attendee;

/// The most lines of a chat or a transcript on a page. A page with more would be too long to print.
pub const LINES_MAX: usize = 5_000;

/// A recording of the class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedRecording {
    /// The title.
    pub title: String,
    /// How it is, in one sentence.
    pub sentence: String,
    /// When it was recorded; `None` where that is not known.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Its length in minutes.
    pub minutes: Option<i64>,
    /// What the check of picture and sound found.
    pub check: Option<String>,
    /// How many links were made of it.
    pub links: u32,
    /// When it was paused.
    pub pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// A text of the class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrintedText<Line> {
    /// How far it is, in one sentence. It stands where there are no lines.
    pub sentence: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Everything that the page tells.
#[derive(Debug, Clone)]
pub struct ClassPage {
    /// The title of the class.
    pub title: String,
    /// The instructor; may be empty.
    pub instructor: String,
    /// The planned start.
    pub start: DateTime<Utc>,
    /// The planned length in minutes.
    pub minutes: i64,
    /// The zone in which times are shown.
    pub zone: Tz,
    /// The state of the class, as a word.
    pub state: &'static str,
    /// When the room was opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When the class was ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The people.
    pub people: Vec<Attendee>,
    /// Why people who are not on the roster are missing.
    pub people_incomplete: Option<String>,
    /// The recordings.
    pub recordings: Vec<PrintedRecording>,
    /// The chat.
    pub chat: PrintedText<ChatLine>,
    /// The transcript.
    pub transcript: PrintedText<TranscriptLine>,
    /// When the page was made.
    pub made_at: DateTime<Utc>,
}

impl ClassPage {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::default();
        page.facts(&self.facts());
        self.add_people(&mut page);
        self.add_recordings(&mut page);
        let chat = self.chat.lines.iter().map(|line| vec![self.time(line.at), line.name.clone(), line.text.clone()]);
        add_text(&mut page, "Chat", &self.chat.sentence, self.chat.lines.len(), chat);
        let transcript =
            self.transcript.lines.iter().map(|line| vec![place(line.start_ms), line.name.clone(), line.text.clone()]);
        add_text(&mut page, "Transcript", &self.transcript.sentence, self.transcript.lines.len(), transcript);
        let made = self.made_at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M");
        page.written(&self.title, &format!("Times are those of {}. Made on {made} by Hajime.", self.zone.name()))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let day = |at: DateTime<Utc>| at.with_timezone(&self.zone).format("%A, %-d %B %Y, %H:%M").to_string();
        let mut facts = vec![("Planned", format!("{}, {} minutes", day(self.start), self.minutes))];
        if !self.instructor.trim().is_empty() {
            facts.push(("Instructor", self.instructor.clone()));
        }
        facts.push(("State", self.state.to_owned()));
        facts.extend(self.opened_at.map(|at| ("Opened", day(at))));
        facts.extend(self.ended_at.map(|at| ("Ended", day(at))));
        let present = self.people.iter().filter(|one| one.attendance.is_some()).count();
        facts.push(("People", format!("{present} of {} were seen", self.people.len())));
        facts
    }

    fn add_people(&self, page: &mut Page) {
        page.heading("People");
        if let Some(why) = &self.people_incomplete {
            page.note(&format!("Only people on the list are shown. {why}"));
        }
        if self.people.is_empty() {
            page.note("Nobody is on the list, and nobody was seen.");
        }
        let rows: Vec<_> = self
            .people
            .iter()
            .map(|one| {
                let seen = one.attendance;
                let name = if one.name.trim().is_empty() { "no name".to_owned() } else { one.name.clone() };
                let consent = match one.consent {
                    Consent::Agreed => "yes",
                    Consent::Declined => "no",
                    Consent::Unknown => "",
                };
                vec![
                    name,
                    one.role.name().to_owned(),
                    seen.map_or_else(|| "not seen".to_owned(), |seen| self.time(Some(seen.joined_at))),
                    seen.map_or_else(String::new, |seen| self.time(seen.left_at)),
                    seen.map_or_else(String::new, |seen| seen.present.num_minutes().to_string()),
                    consent.to_owned(),
                ]
            })
            .collect();
        page.table(&["Name", "Role", "Joined", "Left", "Minutes", "Agreed to be recorded"], &rows);
    }

    fn add_recordings(&self, page: &mut Page) {
        page.heading("Recordings");
        if self.recordings.is_empty() {
            page.note("There is no recording of this class.");
        }
        for one in &self.recordings {
            let mut facts = vec![("Title", one.title.clone()), ("State", one.sentence.clone())];
            facts.extend(one.recorded_at.map(|at| ("Recorded", self.time(Some(at)))));
            facts.extend(one.minutes.map(|minutes| ("Length", format!("{minutes} minutes"))));
            facts.extend(one.check.clone().map(|check| ("Picture and sound", check)));
            facts.push(("Links made", one.links.to_string()));
            for (from, to) in &one.pauses {
                facts.push(("Paused", format!("{} to {}", self.time(Some(*from)), self.time(*to))));
            }
            page.facts(&facts);
        }
    }

    fn time(&self, at: Option<DateTime<Utc>>) -> String {
        at.map_or_else(String::new, |at| at.with_timezone(&self.zone).format("%H:%M:%S").to_string())
    }
}

fn add_text(page: &mut Page, heading: &str, sentence: &str, all: usize, rows: impl Iterator<Item = Vec<String>>) {
    page.heading(heading);
    let rows: Vec<_> = rows.take(LINES_MAX).collect();
    if rows.is_empty() {
        page.note(sentence);
    } else if rows.len() < all {
        page.note(&format!("The first {} of {all} lines. Save the text itself to have them all.", rows.len()));
    }
    page.table(&["Time", "Name", heading], &rows);
}

/// A place in the video, as 1:02:03. A moment before the recording is negative.
fn place(milliseconds: i64) -> String {
    let seconds = milliseconds.saturating_div(1_000).unsigned_abs();
    let sign = if milliseconds < 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{sign}{hours}:{minutes:02}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::person::Role;

    #[test]
    fn hostile_words_of_people_are_text_and_keep_their_direction_to_themselves() {
        let hostile = "\u{202e}</bdi><script>x</script>";
        let line = ChatLine { at: Some(DateTime::UNIX_EPOCH), name: hostile.into(), text: format!("one\n{hostile}") };
        let said = TranscriptLine { start_ms: -3_723_000, end_ms: 0, name: hostile.into(), text: hostile.into() };
        let page = ClassPage {
            title: hostile.into(),
            instructor: hostile.into(),
            start: DateTime::UNIX_EPOCH,
            minutes: 60,
            zone: Tz::Europe__Berlin,
            state: "ended",
            opened_at: None,
            ended_at: None,
            people: vec![Attendee {
                name: hostile.into(),
                email: None,
                role: Role::Participant,
                attendance: None,
                consent: Consent::Unknown,
            }],
            people_incomplete: Some(hostile.into()),
            recordings: vec![PrintedRecording {
                title: hostile.into(),
                sentence: hostile.into(),
                recorded_at: None,
                minutes: Some(58),
                check: Some(hostile.into()),
                links: 2,
                pauses: vec![(DateTime::UNIX_EPOCH, None)],
            }],
            chat: PrintedText { sentence: String::new(), lines: vec![line] },
            transcript: PrintedText { sentence: String::new(), lines: vec![said] },
            made_at: DateTime::UNIX_EPOCH,
        };
        let html = page.html();
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
        assert_eq!(html.matches("<bdi>").count(), html.matches("</bdi>").count());
        assert!(html.contains("01:00:00") && html.contains("-1:02:03"), "{html}");
    }

    #[test]
    fn a_text_without_lines_says_how_far_it_is() {
        let mut page = Page::default();
        add_text(&mut page, "Chat", "The chat is kept after the class.", 0, std::iter::empty());
        assert!(page.written("x", "").contains("The chat is kept after the class."));
    }
}
