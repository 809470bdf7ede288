//! The state of a text in one sentence.

use crate::domain::recorder::session_text::{SessionText, Source, TextKind, TextState, TextTrouble};

impl TextTrouble {
    /// Why the text could not be fetched, as the second half of a sentence.
    const fn words(self) -> &'static str {
        match self {
            Self::NotAsked => "Cloudflare could not be asked",
            Self::Refused => "Cloudflare refused the request",
            Self::Shut => "the address that RealtimeKit gave did not open the file",
            Self::Untrusted => "RealtimeKit gave an address that Hajime does not trust",
            Self::TooLarge => "the file has more than 20 MB",
            Self::Unreadable => "the file has a form that Hajime does not know",
            Self::TooLate => "Hajime did not ask for it in the seven days for which RealtimeKit keeps it",
        }
    }
}

impl SessionText {
    /// Returns the state of the text in one sentence.
    #[must_use]
    pub fn sentence(&self, kind: TextKind) -> String {
        let what = kind.name();
        match self.state {
            TextState::There => self.of_kept(kind),
            TextState::Waiting if self.lines > 0 && self.source == Some(Source::Captions) => {
                "The captions of the video, because RealtimeKit has made no transcript so far. Hajime asks for it again."
                    .into()
            }
            TextState::Waiting if self.lines > 0 => {
                format!("A part of the {what} is kept. Hajime asks for the rest again.")
            }
            TextState::Waiting => match (self.trouble, self.none_at) {
                (Some(trouble), _) => {
                    format!("The {what} could not be fetched: {}. Hajime tries again.", trouble.words())
                }
                (None, Some(_)) => format!("RealtimeKit has no {what} of this class so far. Hajime asks again."),
                (None, None) => format!("Hajime asks RealtimeKit for the {what} soon."),
            },
            TextState::Absent => match (kind, self.no_captions) {
                (TextKind::Chat, _) => "RealtimeKit has no chat of this class: nobody wrote in the room.".into(),
                (TextKind::Transcript, true) => {
                    "RealtimeKit made no transcript of this class, and its video has no captions.".into()
                }
                (TextKind::Transcript, false) => "RealtimeKit made no transcript of this class.".into(),
            },
            TextState::Lost => {
                let why = match (self.trouble, self.none_at) {
                    (Some(TextTrouble::TooLate), Some(_)) => {
                        "Hajime asked for it only soon after the class, when it may not have been made"
                    }
                    (Some(trouble), _) => trouble.words(),
                    (None, _) => "it is not known why",
                };
                format!("The {what} of this class was not kept: {why}. RealtimeKit has deleted what it had.")
            }
        }
    }

    fn of_kept(&self, kind: TextKind) -> String {
        let source = match (kind, self.source) {
            (TextKind::Chat, _) => "The chat of the room, as RealtimeKit kept it.",
            (TextKind::Transcript, Some(Source::Captions)) => {
                "The captions of the video, because RealtimeKit made no transcript."
            }
            (TextKind::Transcript, _) => "RealtimeKit’s transcript of what was said in the room.",
        };
        let cut = if self.cut { " Only the first 100,000 lines are kept." } else { "" };
        format!("{source}{cut}")
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn every_state_has_a_sentence_of_its_own() {
        let waiting = SessionText::waiting(DateTime::UNIX_EPOCH);
        let mut all = vec![
            waiting.clone(),
            SessionText { none_at: Some(DateTime::UNIX_EPOCH), ..waiting.clone() },
            SessionText { lines: 3, ..waiting.clone() },
            SessionText { lines: 3, source: Some(Source::Captions), ..waiting.clone() },
            SessionText { state: TextState::There, ..waiting.clone() },
            SessionText { state: TextState::There, source: Some(Source::Captions), ..waiting.clone() },
            SessionText { state: TextState::There, cut: true, ..waiting.clone() },
            SessionText { state: TextState::Absent, ..waiting.clone() },
            SessionText { state: TextState::Absent, no_captions: true, ..waiting.clone() },
            SessionText { state: TextState::Lost, ..waiting.clone() },
        ];
        let asked_soon = SessionText { none_at: Some(DateTime::UNIX_EPOCH), ..waiting.clone() };
        all.push(SessionText { trouble: Some(TextTrouble::TooLate), state: TextState::Lost, ..asked_soon });
        for trouble in TextTrouble::ALL {
            all.push(SessionText { trouble: Some(trouble), ..waiting.clone() });
            all.push(SessionText { trouble: Some(trouble), state: TextState::Lost, ..waiting.clone() });
        }
        let mut sentences: Vec<String> = all.iter().map(|text| text.sentence(TextKind::Transcript)).collect();
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), all.len());
        let unknown = SessionText { state: TextState::Lost, ..waiting };
        assert!(unknown.sentence(TextKind::Chat).contains("it is not known why"));
    }
}
