//! The menu of the tray: what it says and offers at a moment. The window draws it.

use chrono::{DateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::profile::global_keys::KeyAction;
use crate::domain::schedule::limits::EARLY_START;
use crate::domain::schedule::start::Start;

/// The longest title in the menu, in characters.
const TITLE_MAX: usize = 40;

/// What the menu is made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrayState {
    /// The live classes, the one that began first in front.
    pub live: Vec<LiveClass>,
    /// The title of a class whose room is being made.
    pub starting: Option<String>,
    /// The next class that has not begun; it may be late.
    pub next: Option<NextClass>,
    /// The number of recordings in processing.
    pub on_its_way: u32,
    /// The newest recording that can be shared, with its title.
    pub newest: Option<(RecordingId, String)>,
}

/// A live class in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveClass {
    /// The session.
    pub session: SessionId,
    /// Its title.
    pub title: String,
    /// Its planned end.
    pub end: DateTime<Utc>,
    /// How its recording fares.
    pub recording: LiveRecording,
}

/// How the recording of a live class fares, for the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveRecording {
    /// The class is not to be recorded.
    Unwanted,
    /// Nothing is recorded yet, which is no reason for an alarm.
    Waiting,
    /// The class is being recorded.
    On,
    /// The recording is paused.
    Paused,
    /// People are in the room, and nothing is recorded.
    Missing,
}

/// The next class in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextClass {
    /// The session.
    pub session: SessionId,
    /// Its title.
    pub title: String,
    /// Its planned start.
    pub start: Start,
}

/// What a person can choose in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Start a class.
    Start(SessionId),
    /// End a class.
    End(SessionId),
    /// Make a link to a recording and copy it.
    CopyLink(RecordingId),
    /// Show the window.
    Open,
    /// End Hajime.
    Quit,
}

impl Choice {
    /// Returns the id of the menu's entry.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Start(session) => format!("start {session}"),
            Self::End(session) => format!("end {session}"),
            Self::CopyLink(recording) => format!("copy-link {recording}"),
            Self::Open => "open".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// Reads the id of an entry; `None` for any other text.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        let (word, of) = id.split_once(' ').unwrap_or((id, ""));
        match word {
            "start" => Some(Self::Start(of.parse().ok()?)),
            "end" => Some(Self::End(of.parse().ok()?)),
            "copy-link" => Some(Self::CopyLink(of.parse().ok()?)),
            "open" => Some(Self::Open),
            "quit" => Some(Self::Quit),
            _ => None,
        }
    }
}

/// What a global key means at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The same as an entry of the menu.
    Choice(Choice),
    /// A class is live: Today shows it, and asks before it ends there.
    Today,
    /// The class with this title is starting: nothing is started or ended until it is live.
    Starting(String),
    /// There is nothing that the key could start, show or copy.
    Nothing,
}

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line that says something and cannot be chosen. Also an entry that has no effect at present.
    Words(String),
    /// An entry that can be chosen.
    Entry(Choice, String),
    /// A line between groups.
    Separator,
}

/// Returns the menu: the state, the next class, and what can be done.
#[must_use]
pub fn menu(state: &TrayState, now: DateTime<Utc>) -> Vec<Item> {
    let mut items = vec![Item::Words(state_line(state, now))];
    items.extend(state.next.as_ref().map(|next| Item::Words(next_line(next, now))));
    items.push(Item::Separator);
    items.push(match &state.next {
        Some(next) if can_start(next, now) => {
            Item::Entry(Choice::Start(next.session), format!("Start “{}”", short(&next.title)))
        }
        _ => Item::Words("Start (no class begins within an hour)".to_owned()),
    });
    if state.live.is_empty() {
        items.push(Item::Words("End (no class is live)".to_owned()));
    }
    items.extend(
        state.live.iter().map(|live| Item::Entry(Choice::End(live.session), format!("End “{}”…", short(&live.title)))),
    );
    items.push(match &state.newest {
        Some((recording, title)) => {
            Item::Entry(Choice::CopyLink(*recording), format!("Copy a link to “{}”", short(title)))
        }
        None => Item::Words("Copy a link (no recording is ready)".to_owned()),
    });
    items.extend([
        Item::Separator,
        Item::Entry(Choice::Open, "Open Hajime".to_owned()),
        Item::Entry(Choice::Quit, "Quit".to_owned()),
    ]);
    items
}

/// Returns what a global key means. A key is easily pressed twice, so it ends no class by itself, and starts none while
/// another one is starting or live.
#[must_use]
pub fn of_key(action: KeyAction, state: &TrayState, now: DateTime<Utc>) -> Meaning {
    let choice = match action {
        KeyAction::Show => Some(Choice::Open),
        KeyAction::StartOrEnd if !state.live.is_empty() => return Meaning::Today,
        KeyAction::StartOrEnd => match (&state.starting, &state.next) {
            (Some(title), _) => return Meaning::Starting(short(title)),
            (None, Some(next)) if can_start(next, now) => Some(Choice::Start(next.session)),
            (None, _) => None,
        },
        KeyAction::CopyLink => state.newest.as_ref().map(|(recording, _)| Choice::CopyLink(*recording)),
    };
    choice.map_or(Meaning::Nothing, Meaning::Choice)
}

fn can_start(next: &NextClass, now: DateTime<Utc>) -> bool {
    next.start.instant().since(now) <= EARLY_START
}

fn state_line(state: &TrayState, now: DateTime<Utc>) -> String {
    match (state.live.as_slice(), state.on_its_way) {
        ([], 0) => "No class is live".to_owned(),
        ([], 1) => "A recording is on its way".to_owned(),
        ([], several) => format!("{several} recordings are on their way"),
        ([live], _) => format!("{}: {}, {}", recording_words(live.recording), short(&live.title), left(live.end, now)),
        (several, _) => {
            let missing = several.iter().any(|live| live.recording == LiveRecording::Missing);
            let alarm = if missing { ", one is not recorded" } else { "" };
            format!("{} classes are live{alarm}", several.len())
        }
    }
}

const fn recording_words(recording: LiveRecording) -> &'static str {
    match recording {
        LiveRecording::Unwanted | LiveRecording::Waiting => "Live",
        LiveRecording::On => "Live and recording",
        LiveRecording::Paused => "Live, recording paused",
        LiveRecording::Missing => "Not recording",
    }
}

/// The time to the planned end, in whole minutes: the menu changes once a minute at most.
fn left(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match end.since(now).num_seconds().saturating_add(59).div_euclid(60) {
        ..=0 => "over its planned end".to_owned(),
        minutes => format!("{minutes} min left"),
    }
}

fn next_line(next: &NextClass, now: DateTime<Utc>) -> String {
    let zone = next.start.zone();
    let (start, today) = (next.start.instant().with_timezone(&zone), now.with_timezone(&zone).date_naive());
    let when = if start.date_naive() == today { start.format("%H:%M") } else { start.format("%a %-d %b, %H:%M") };
    let late = if next.start.instant() < now { "Not started" } else { "Next" };
    format!("{late}: {}, {when}", short(&next.title))
}

fn short(title: &str) -> String {
    match title.char_indices().nth(TITLE_MAX) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-12-01T17:12:00Z".parse().unwrap()
    }

    fn next(in_minutes: i64) -> NextClass {
        let start = Start::at(now() + TimeDelta::minutes(in_minutes), Tz::Europe__Berlin);
        NextClass { session: SessionId::new(), title: "Kids judo".into(), start }
    }

    fn live(recording: LiveRecording) -> LiveClass {
        let end = now() + TimeDelta::seconds(1_063);
        LiveClass { session: SessionId::new(), title: "Karate".into(), end, recording }
    }

    fn words(state: &TrayState) -> Vec<String> {
        let said = |item| match item {
            Item::Words(words) => format!("({words})"),
            Item::Entry(_, words) => words,
            Item::Separator => "-".to_owned(),
        };
        menu(state, now()).into_iter().map(said).collect()
    }

    #[test]
    fn without_classes_only_opening_and_quitting_can_be_chosen() {
        assert_eq!(
            words(&TrayState::default()),
            [
                "(No class is live)",
                "-",
                "(Start (no class begins within an hour))",
                "(End (no class is live))",
                "(Copy a link (no recording is ready))",
                "-",
                "Open Hajime",
                "Quit",
            ]
        );
    }

    #[test]
    fn the_next_class_can_be_started_from_an_hour_before_it() {
        let lines = |in_minutes| words(&TrayState { next: Some(next(in_minutes)), ..TrayState::default() });
        assert_eq!(lines(61)[1], "(Next: Kids judo, 19:13)");
        assert!(lines(61)[3].starts_with("(Start"));
        assert_eq!(lines(60)[3], "Start “Kids judo”");
        assert_eq!(lines(-5)[1], "(Not started: Kids judo, 18:07)");
        assert_eq!(lines(24 * 60)[1], "(Next: Kids judo, Wed 2 Dec, 18:12)");
    }

    #[test]
    fn live_classes_are_said_with_their_recording_and_can_be_ended() {
        let one = |recording| words(&TrayState { live: vec![live(recording)], ..TrayState::default() });
        assert_eq!(one(LiveRecording::On)[0], "(Live and recording: Karate, 18 min left)");
        assert_eq!(one(LiveRecording::Missing)[0], "(Not recording: Karate, 18 min left)");
        assert_eq!(one(LiveRecording::Unwanted)[3], "End “Karate”…");
        let both = vec![live(LiveRecording::On), live(LiveRecording::Missing)];
        assert_eq!(
            words(&TrayState { live: both, ..TrayState::default() })[0],
            "(2 classes are live, one is not recorded)"
        );
    }

    #[test]
    fn a_ready_recording_offers_a_link_and_those_on_their_way_are_counted() {
        let newest = Some((RecordingId::new(), "K".repeat(200)));
        let said = words(&TrayState { newest, on_its_way: 2, ..TrayState::default() });
        assert_eq!(said[0], "(2 recordings are on their way)");
        assert!(said[4].starts_with("Copy a link to “KKK") && said[4].chars().count() < 64, "{}", said[4]);
    }

    #[test]
    fn a_key_starts_the_next_class_only_while_no_other_one_is_starting_or_live() {
        let pressed = |state: &TrayState| of_key(KeyAction::StartOrEnd, state, now());
        let soon = TrayState { next: Some(next(60)), ..TrayState::default() };
        let begun = Choice::Start(soon.next.as_ref().unwrap().session);
        assert_eq!(pressed(&soon), Meaning::Choice(begun));
        let starting = TrayState { starting: Some("Karate".to_owned()), ..soon.clone() };
        assert_eq!(pressed(&starting), Meaning::Starting("Karate".to_owned()));
        let busy = TrayState { live: vec![live(LiveRecording::On)], ..starting };
        assert_eq!(pressed(&busy), Meaning::Today);
        assert_eq!(pressed(&TrayState { next: Some(next(61)), ..TrayState::default() }), Meaning::Nothing);
    }

    #[test]
    fn a_key_copies_the_newest_link_and_shows_the_window() {
        let newest = RecordingId::new();
        let ready = TrayState { newest: Some((newest, "Karate".to_owned())), ..TrayState::default() };
        assert_eq!(of_key(KeyAction::CopyLink, &ready, now()), Meaning::Choice(Choice::CopyLink(newest)));
        assert_eq!(of_key(KeyAction::CopyLink, &TrayState::default(), now()), Meaning::Nothing);
        assert_eq!(of_key(KeyAction::Show, &TrayState::default(), now()), Meaning::Choice(Choice::Open));
    }

    #[test]
    fn every_choice_reads_back_from_its_id() {
        let session = SessionId::new();
        for choice in [
            Choice::Start(session),
            Choice::End(session),
            Choice::CopyLink(RecordingId::new()),
            Choice::Open,
            Choice::Quit,
        ] {
            assert_eq!(Choice::from_id(&choice.id()), Some(choice));
        }
        assert_eq!(Choice::from_id("start nothing"), None);
    }
}
