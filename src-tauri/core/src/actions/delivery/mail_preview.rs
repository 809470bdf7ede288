//! The letters that would be written, and to whom: about the newest recordings that can be watched, or about an example
//! while there is none.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::actions::guard;
use crate::context::Context;
use crate::delivery::email::words::{self, ClassFacts, FailedFacts, Place, ReadyFacts, Words};
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::mail_recipients::{self, Audience, Recipient};
use crate::domain::delivery::mail_settings::{MailInput, MailSettings, ParticipantMail};
use crate::domain::delivery::outgoing_event::OutgoingKind;
use crate::domain::library::query::{Filter, Query};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::watch_link::Term;
use crate::error::Error;
use crate::recorder::mail::ready_facts;
use crate::recorder::playback::end_of_direct_link;
use crate::recorder::watch_links::need_door;
use crate::secret_url::SecretUrl;

/// How many recordings the letter about several tells of at most.
const SEVERAL: u32 = 3;
/// The classes that stand in where there are no recordings.
const EXAMPLES: [&str; 2] = ["Karate fundamentals", "Evening sparring"];
/// The link in a preview. It opens nothing.
const NO_LINK: &str = "https://customer-example.cloudflarestream.com/the-link-of-each-reader/watch";

/// The same where there is a door.
const NO_WATCH_LINK: &str = "https://join.example.org/w/the-link-of-the-recording";

/// A letter as it would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewedLetter {
    /// When it is written.
    pub occasion: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The content as plain text.
    pub text: String,
    /// The same content as HTML.
    pub html: String,
}

impl PreviewedLetter {
    fn new(occasion: impl Into<String>, to: impl Into<String>, words: Words) -> Self {
        let Words { subject, text, html } = words;
        Self { occasion: occasion.into(), to: to.into(), subject, text, html }
    }
}

/// The letters that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailPreview {
    /// The letters.
    pub letters: Vec<PreviewedLetter>,
    /// Why nobody would be written to, in one sentence; `None` where somebody would be.
    pub nobody: Option<String>,
}

/// The letters that would be written with these settings; with those that are saved where none are given.
pub fn preview(context: &Context, input: Option<&MailInput>) -> Result<MailPreview, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let settings = match input {
        Some(input) => MailSettings::check(input)?,
        None => context.store().mail_settings()?,
    };
    let query = Query { search: String::new(), filter: Filter::Ready, limit: SEVERAL, offset: 0, ..Query::default() };
    let newest = context.store().find_recordings(&query)?;
    let sample = Sample::new(context, &settings, &newest)?;
    if !settings.sends() {
        let text = "Hajime sends nothing by itself. “Write e-mail…” on a recording that is ready opens this draft in your mail program.";
        return Ok(MailPreview { letters: vec![sample.draft()], nobody: Some(text.to_owned()) });
    }
    let letters = sample.letters();
    let nobody = letters.is_empty().then(|| sample.nobody());
    Ok(MailPreview { letters, nobody })
}

/// The class that the letters are about, and the people who would get them.
struct Sample {
    settings: MailSettings,
    /// The newest recordings, filled up with examples to at least two.
    recordings: Vec<ReadyFacts>,
    is_example: bool,
    instructors: Vec<String>,
    participants: usize,
    admins: Vec<String>,
}

impl Sample {
    fn new(context: &Context, settings: &MailSettings, newest: &[Recording]) -> Result<Self, Error> {
        let roster = match newest.first() {
            Some(recording) => context.store().mail_roster(recording.session)?,
            None => (Vec::new(), true),
        };
        let told = |kind| mail_recipients::recipients(settings, &roster.0, roster.1, kind);
        let (ready, failed) = (told(OutgoingKind::RecordingComplete), told(OutgoingKind::RecordingFailed));
        let addresses = |people: &[Recipient], audience| {
            let wanted = people.iter().filter(|one| one.audience == audience);
            wanted.map(|one| one.address.clone()).collect::<Vec<_>>()
        };
        let instructor = context.store().preferences()?.instructor;
        let now = context.now();
        let examples = EXAMPLES.iter().zip([1, 2]).map(|(title, hours)| ReadyFacts {
            class: ClassFacts {
                title: (*title).to_owned(),
                instructor: instructor.clone(),
                held: now.earlier(TimeDelta::hours(hours)),
                zone: Tz::UTC,
            },
            length: TimeDelta::minutes(60),
            place: Place::Hajime,
        });
        let missing = EXAMPLES.len().saturating_sub(newest.len());
        let of_newest = newest.iter().map(|one| ready_facts(&one.title, one, one.expected_length(), Place::Hajime));
        let mut recordings: Vec<ReadyFacts> = of_newest.collect();
        recordings.extend(examples.take(missing));
        let lasting = need_door(context).ok().and_then(|_| Term::new(None, Tz::UTC, None, now).ok());
        let (address, until) = match lasting {
            Some(term) => (NO_WATCH_LINK, term.until),
            None => (NO_LINK, end_of_direct_link(now)),
        };
        let link = address.parse().map(|address| Place::Link { address: SecretUrl::new(&address), until });
        let place = match (settings.participants, link) {
            (ParticipantMail::Link, Ok(link)) => link,
            _ => Place::Instructor,
        };
        for one in &mut recordings {
            one.place = place.clone();
        }
        Ok(Self {
            settings: settings.clone(),
            recordings,
            is_example: newest.is_empty(),
            instructors: addresses(&ready, Audience::Instructor),
            participants: addresses(&ready, Audience::Participant).len(),
            admins: addresses(&failed, Audience::Admin),
        })
    }

    /// Why nobody is written to.
    fn nobody(&self) -> String {
        if self.is_example {
            return "Nobody would be written to: no instructor is named, for classes whose host has no address."
                .to_owned();
        }
        let title = self.title();
        format!(
            "Nobody would be written to about “{title}”: no host on its list has an address, and no instructor is named."
        )
    }

    fn title(&self) -> &str {
        self.recordings.first().map_or("", |one| one.class.title.as_str())
    }

    fn letters(&self) -> Vec<PreviewedLetter> {
        let mut letters = Vec::new();
        let note = if self.is_example { " (an example, because no recording is ready yet)" } else { "" };
        let one = self.recordings.get(..1).unwrap_or_default();
        let ready = format!("A recording is ready{note}");
        if let Some(to) = self.to_instructors() {
            letters.push(PreviewedLetter::new(&ready, to, words::ready(&in_hajime(one))));
        }
        if let Some(to) = self.to_participants() {
            letters.push(PreviewedLetter::new(&ready, to, words::ready(one)));
        }
        let several = format!("Several become ready within an hour{note}");
        if let Some(to) = self.to_participants() {
            letters.push(PreviewedLetter::new(several, to, words::ready(&self.recordings)));
        } else if let Some(to) = self.to_instructors() {
            letters.push(PreviewedLetter::new(several, to, words::ready(&in_hajime(&self.recordings))));
        }
        let to_admins = self.admins.first().map(|admin| format!("the administrator: {admin}"));
        let to: Vec<String> = self.to_instructors().into_iter().chain(to_admins).collect();
        if let Some(ReadyFacts { class, .. }) = self.recordings.first().filter(|_| !to.is_empty()) {
            let (cause, class) = (Cause::EncodingFailed, class.clone());
            let facts = FailedFacts { class, reason: cause.sentence().to_owned(), next: cause.next().to_owned() };
            letters.push(PreviewedLetter::new("A recording failed", to.join(", and "), words::failed(&facts)));
        }
        letters
    }

    /// The draft for a person's mail program.
    fn draft(&self) -> PreviewedLetter {
        let to: Vec<String> = self.to_instructors().into_iter().chain(self.to_participants()).collect();
        let to = if to.is_empty() { "whom you choose".to_owned() } else { to.join(", and in blind copy ") };
        let words = self.recordings.first().map(|one| {
            let place = match &one.place {
                _ if self.participants == 0 && !self.instructors.is_empty() => Place::Hajime,
                Place::Link { until, .. } if self.participants > 0 => Place::Pasted { until: *until },
                Place::Link { .. } | Place::Pasted { .. } | Place::Instructor | Place::Hajime => Place::Instructor,
            };
            words::draft(&ReadyFacts { place, ..one.clone() })
        });
        let words = words.unwrap_or_else(words::test);
        PreviewedLetter::new("You press “Write e-mail…”", to, words)
    }

    fn to_instructors(&self) -> Option<String> {
        match self.instructors.as_slice() {
            [] => None,
            [only] => Some(format!("the instructor: {only}")),
            several => Some(format!("the instructors: {}", several.join(", "))),
        }
    }

    fn to_participants(&self) -> Option<String> {
        let title = self.title();
        match self.participants {
            0 if self.is_example && self.settings.participants != ParticipantMail::Nothing => {
                Some(format!("the participants of each class, for example {title}"))
            }
            0 => None,
            1 => Some(format!("1 participant of {title}")),
            many => Some(format!("{many} participants of {title}")),
        }
    }
}

/// The same recordings as the instructor reads of them.
fn in_hajime(recordings: &[ReadyFacts]) -> Vec<ReadyFacts> {
    recordings.iter().map(|one| ReadyFacts { place: Place::Hajime, ..one.clone() }).collect()
}
