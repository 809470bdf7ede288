//! Captions of a video: uploaded as `WebVTT`, or generated, which takes some time.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{table::Object, video::Footage};
use crate::clock::Moment;

/// The languages in which captions can be generated, each with its name in that language.
const GENERATED_LANGUAGES: [(&str, &str); 12] = [
    ("cs", "Čeština"),
    ("nl", "Nederlands"),
    ("en", "English"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("es", "Español"),
];
/// The length of each generated cue.
const CUE_SECONDS: u64 = 10;

/// The captions of one video in one language.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Caption {
    /// The video's uid and the language in lower case.
    pub id: String,
    /// The uid of the video.
    pub video: String,
    /// The language as a BCP 47 tag.
    pub language: String,
    /// When the captions can be played: at once for an upload, later for generated captions.
    pub ready: Moment,
    /// The uploaded `WebVTT`; `None` for generated captions.
    pub text: Option<String>,
    /// Whether they cannot be generated. It shows when they should be ready.
    #[serde(default)]
    pub fails: bool,
}

impl Object for Caption {
    const KIND: &'static str = "caption";

    fn id(&self) -> &str {
        &self.id
    }
}

impl Caption {
    /// Captions for a video in a language; `text` is `None` to generate them.
    pub fn new(video: &str, language: &str, ready: Moment, text: Option<String>) -> Self {
        Self {
            id: Self::key(video, language),
            video: video.to_owned(),
            language: language.to_owned(),
            ready,
            text,
            fails: false,
        }
    }

    /// The id of captions. It is the same for language tags that differ only in case.
    pub fn key(video: &str, language: &str) -> String {
        format!("{video}/{}", language.to_ascii_lowercase())
    }

    /// Whether the captions can be played.
    pub fn is_ready(&self, now: Moment) -> bool {
        self.ready <= now && !self.fails
    }

    fn status(&self, now: Moment) -> &'static str {
        match (self.ready <= now, self.fails) {
            (false, _) => "inprogress",
            (true, true) => "error",
            (true, false) => "ready",
        }
    }

    /// The language's name for viewers; the tag when the name is not known.
    pub fn label(&self) -> &str {
        let main = self.language.split('-').next().unwrap_or_default();
        GENERATED_LANGUAGES
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(main))
            .map_or(&self.language, |(_, name)| name)
    }

    pub fn to_json(&self, now: Moment) -> Value {
        json!({
            "language": self.language,
            "label": self.label(),
            "generated": self.text.is_none(),
            "status": self.status(now),
        })
    }

    /// The captions as `WebVTT`. Generated captions need the video's `footage`.
    pub fn webvtt(&self, footage: Option<&Footage>) -> String {
        self.text.clone().unwrap_or_else(|| self.generated_text(footage))
    }

    /// Returns generated captions. Nobody speaks in the sandbox's videos, so each cue names the video and the time.
    fn generated_text(&self, footage: Option<&Footage>) -> String {
        let title: String =
            footage.map(|footage| footage.title.as_str()).unwrap_or_default().chars().take(80).collect();
        // A line break would end the cue, and `&`, `<` and `>` have a meaning in WebVTT.
        let title = title.replace(['\r', '\n'], " ").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let millis = footage.map_or(0, |footage| footage.millis);
        let mut text = "WEBVTT\n".to_owned();
        for start in (0..millis).step_by(usize::try_from(CUE_SECONDS * 1_000).unwrap_or(usize::MAX)) {
            let end = (start + CUE_SECONDS * 1_000).min(millis);
            let at = start / 1_000;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{} --> {}\n{title} ({}, {}:{:02})\n",
                timestamp(start),
                timestamp(end),
                self.label(),
                at / 60,
                at % 60
            );
        }
        text
    }
}

/// Whether captions can be generated in a language.
pub fn can_be_generated(language: &str) -> bool {
    GENERATED_LANGUAGES.iter().any(|(tag, _)| *tag == language)
}

/// Whether a text has the form of a BCP 47 tag (RFC 5646): a language of two or three letters, then parts of up to
/// eight characters.
pub fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let main = parts.next().unwrap_or_default();
    let known = (2..=3).contains(&main.len()) && main.bytes().all(|byte| byte.is_ascii_alphabetic());
    let sound = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    known && text.len() <= 35 && parts.all(sound)
}

/// Whether a text is `WebVTT` (W3C, section 4.1): it has the first line of the format, and every cue begins before it
/// ends.
pub fn is_webvtt(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let signed =
        text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
    let timed = |line: &str| {
        let Some((start, rest)) = line.split_once("-->") else { return true };
        let end = rest.split_ascii_whitespace().next().unwrap_or_default();
        matches!((moment(start.trim()), moment(end)), (Some(start), Some(end)) if start < end)
    };
    signed && text.lines().all(timed)
}

/// Parses a `WebVTT` timestamp to milliseconds: `mm:ss.ttt` or `hh:mm:ss.ttt`.
fn moment(text: &str) -> Option<u64> {
    let (whole, millis) = text.split_once('.')?;
    let digits = |text: &str, count: std::ops::RangeInclusive<usize>| {
        let sound = count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        sound.then(|| text.parse::<u64>().ok()).flatten()
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [minutes, seconds] => (0, *minutes, *seconds),
        [hours, minutes, seconds] => (digits(hours, 2..=6)?, *minutes, *seconds),
        _ => return None,
    };
    let (minutes, seconds) = (digits(minutes, 2..=2)?, digits(seconds, 2..=2)?);
    let sound = minutes < 60 && seconds < 60;
    sound.then_some(())?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + digits(millis, 3..=3)?)
}

fn timestamp(millis: u64) -> String {
    let seconds = millis / 1_000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Flaws;

    #[test]
    fn is_language_tag_accepts_bcp_47_tags_only() {
        for tag in ["en", "pt-BR", "zh-Hant-TW", "yue", "de-CH-1996"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for other in ["", "e", "english", "en_US", "en-", "12", "en-toolongpart", "../en", "en\n"] {
            assert!(!is_language_tag(other), "{other}");
        }
    }

    #[test]
    fn generated_captions_are_valid_webvtt_for_any_title() {
        let title = "A --> B & <i>\r\nC".to_owned();
        let footage = Footage {
            title,
            subtitle: String::new(),
            width: 2,
            height: 2,
            millis: 3_725_400,
            bytes: 0,
            flaws: Flaws::default(),
        };
        let caption = Caption::new("v", "de", Moment::default(), None);
        let text = caption.webvtt(Some(&footage));
        assert!(is_webvtt(&text), "{text}");
        assert_eq!(text.matches("-->").count(), 373);
        assert!(text.ends_with("01:02:05.400\nA --&gt; B &amp; &lt;i&gt;  C (Deutsch, 62:00)\n"), "{text}");
    }

    #[test]
    fn is_webvtt_refuses_other_formats_and_cues_that_end_before_they_begin() {
        for good in ["WEBVTT", "\u{feff}WEBVTT - Kata\n\n1\n00:01.000 --> 00:02.000 align:start\nHajime\n"] {
            assert!(is_webvtt(good), "{good}");
        }
        for bad in [
            "",
            "WEBVTTX",
            "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n",
            "WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards\n",
            "WEBVTT\n\n00:61.000 --> 01:01.000\nno such second\n",
            "WEBVTT\n\nsoon --> later\n",
        ] {
            assert!(!is_webvtt(bad), "{bad}");
        }
    }
}
