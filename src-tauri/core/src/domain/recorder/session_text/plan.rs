//! When the texts of a session are asked for, and what follows from an answer.
//!
//! RealtimeKit does not document whether a text that is not there yet is answered differently from one that there never
//! will be. So “there is none” counts only from an hour after the session, and Hajime asks again until the seven days are
//! over.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::recorder::session_text::{SessionText, Source, TextState, TextTrouble};

/// How long RealtimeKit keeps a chat and a transcript (RealtimeKit docs, “Limits”).
pub const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// When Hajime asks, counted in minutes from the end of the session: often at first, at last two hours before RealtimeKit
/// deletes the files.
const ASKS: [i64; 10] = [2, 5, 15, 60, 3 * 60, 8 * 60, 24 * 60, 48 * 60, 96 * 60, 166 * 60];
/// The time after the end from which “there is none” counts, and from which the captions of the video are looked at.
pub const SURELY_MADE_AFTER: TimeDelta = TimeDelta::hours(1);
/// The time after the end from which a text is complete although a part of it is missing.
const COMPLETE_AFTER: TimeDelta = TimeDelta::days(1);
/// How long after the seven days a text is still asked for while Cloudflare cannot be reached.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(8);

/// What Cloudflare answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has the text.
    Found {
        /// Where it comes from.
        source: Source,
        /// The number of lines.
        lines: u32,
        /// Whether there were more lines than are kept.
        cut: bool,
        /// The recording from whose beginning the times count.
        recording: Option<RecordingId>,
        /// Whether every session in the room had its part.
        complete: bool,
    },
    /// It has none.
    Nothing {
        /// Whether Stream said that the video has no captions.
        no_captions: bool,
    },
    /// The text could not be fetched.
    Failed(TextTrouble),
}

/// Returns when the texts of a session that has ended are asked for first.
#[must_use]
pub fn first_ask(ended: DateTime<Utc>) -> DateTime<Utc> {
    ended.later(TimeDelta::minutes(ASKS[0]))
}

/// Returns when they are asked for next; `None` after the last time.
#[must_use]
pub fn next_ask(ended: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    ASKS.into_iter().map(|minutes| ended.later(TimeDelta::minutes(minutes))).find(|at| *at > now)
}

/// Returns what is known of a text after an answer.
#[must_use]
pub fn after(known: &SessionText, answer: &Answer, ended: DateTime<Utc>, now: DateTime<Utc>) -> SessionText {
    let since_end = now.since(ended);
    let mut text = SessionText { asked_at: Some(now), trouble: None, ..known.clone() };
    // A clock that was ahead wrote later moments.
    text.none_at = text.none_at.filter(|at| *at <= now);
    let complete = match *answer {
        Answer::Found { source, lines, cut, recording, complete } => {
            text = SessionText { source: Some(source), lines, cut, recording, ..text };
            complete || since_end >= COMPLETE_AFTER
        }
        Answer::Nothing { no_captions } => {
            if since_end < KEPT_FOR {
                text.none_at = Some(now);
            }
            text.no_captions = no_captions;
            false
        }
        Answer::Failed(trouble) => {
            text.trouble = Some(trouble);
            false
        }
    };
    text.next_ask = if complete { None } else { next_ask(ended, now) };
    if text.next_ask.is_some() {
        text.state = TextState::Waiting;
        return text;
    }
    let surely_none = text.none_at.is_some_and(|at| at.since(ended) >= SURELY_MADE_AFTER);
    text.state = if text.lines > 0 {
        TextState::There
    } else if surely_none {
        TextState::Absent
    } else {
        TextState::Lost
    };
    if text.state == TextState::Lost && since_end >= KEPT_FOR {
        text.trouble = text.trouble.or(Some(TextTrouble::TooLate));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Answer = Answer::Nothing { no_captions: false };

    fn ended() -> DateTime<Utc> {
        "2026-03-20T19:00:00Z".parse().unwrap()
    }

    fn found(complete: bool) -> Answer {
        Answer::Found { source: Source::RealtimeKit, lines: 3, cut: false, recording: None, complete }
    }

    /// Asks whenever the plan says so, and gives these answers; the last one is repeated. Returns what is known at the end
    /// and how often was asked.
    fn played(answers: &[Answer]) -> (SessionText, usize) {
        let mut text = SessionText::waiting(first_ask(ended()));
        let mut asks = 0;
        while let Some(at) = text.next_ask {
            text = after(&text, &answers[asks.min(answers.len() - 1)], ended(), at);
            asks += 1;
        }
        (text, asks)
    }

    #[test]
    fn a_text_that_is_there_is_asked_for_once() {
        let (text, asks) = played(&[found(true)]);
        assert_eq!((text.state, text.lines, asks), (TextState::There, 3, 1));
    }

    #[test]
    fn a_text_that_comes_late_is_found() {
        let (text, asks) = played(&[NOTHING, NOTHING, Answer::Failed(TextTrouble::Shut), found(true)]);
        assert_eq!((text.state, text.trouble, asks), (TextState::There, None, 4));
    }

    #[test]
    fn a_part_is_kept_while_the_rest_is_asked_for_and_a_day_later_it_is_the_whole() {
        let (text, asks) = played(&[found(false)]);
        assert_eq!((text.state, text.lines, asks), (TextState::There, 3, 7));
        let (text, _) = played(&[found(false), NOTHING]);
        assert_eq!((text.state, text.lines), (TextState::There, 3));
    }

    #[test]
    fn after_seven_days_a_text_is_absent_if_cloudflare_said_so_and_lost_if_not() {
        let (text, asks) = played(&[NOTHING]);
        assert_eq!((text.state, text.trouble, asks), (TextState::Absent, None, ASKS.len()));
        let (text, _) = played(&[Answer::Failed(TextTrouble::Unreadable)]);
        assert_eq!((text.state, text.trouble), (TextState::Lost, Some(TextTrouble::Unreadable)));
        // What was answered minutes after the end says nothing.
        let (text, _) = played(&[NOTHING, Answer::Failed(TextTrouble::Refused)]);
        assert_eq!((text.state, text.trouble), (TextState::Lost, Some(TextTrouble::Refused)));
    }

    #[test]
    fn whoever_asks_for_the_first_time_after_seven_days_learns_nothing() {
        let now = ended() + KEPT_FOR + TimeDelta::hours(1);
        let text = after(&SessionText::waiting(first_ask(ended())), &NOTHING, ended(), now);
        assert_eq!((text.state, text.trouble), (TextState::Lost, Some(TextTrouble::TooLate)));
        // An answer of the days in which the text would have been there counts.
        let asked = ended() + TimeDelta::days(4);
        let text = after(&SessionText::waiting(first_ask(ended())), &NOTHING, ended(), asked);
        assert_eq!(after(&text, &NOTHING, ended(), now).state, TextState::Absent);
        // An answer of the first minutes does not.
        let text = after(&SessionText::waiting(first_ask(ended())), &NOTHING, ended(), first_ask(ended()));
        let text = after(&text, &NOTHING, ended(), now);
        assert_eq!((text.state, text.trouble), (TextState::Lost, Some(TextTrouble::TooLate)));
        assert!(text.none_at.is_some());
    }

    #[test]
    fn an_answer_of_a_clock_that_was_ahead_does_not_count() {
        let ahead = ended() + KEPT_FOR - TimeDelta::hours(1);
        let text = after(&SessionText::waiting(first_ask(ended())), &NOTHING, ended(), ahead);
        assert_eq!(text.state, TextState::Absent);
        let text = after(&text, &Answer::Failed(TextTrouble::Refused), ended(), first_ask(ended()));
        assert_eq!((text.state, text.none_at), (TextState::Waiting, None));
        assert!(text.next_ask.is_some());
    }

    #[test]
    fn the_last_question_is_before_realtimekit_deletes_the_files() {
        let last = ended() + TimeDelta::minutes(*ASKS.last().unwrap());
        assert!(ASKS.is_sorted() && last < ended() + KEPT_FOR);
        assert_eq!(next_ask(ended(), last), None);
    }
}
