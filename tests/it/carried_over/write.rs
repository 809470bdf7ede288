//! Writes the data folder of `tests/fixtures/data-folder-2026-11` with the schema of version 9, through the store's own functions.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::config::Connection as Profile;
use hajime_core::domain::cause::Cause;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::link::ShareLink;
use hajime_core::domain::preferences::Preferences;
use hajime_core::domain::quality::Quality;
use hajime_core::domain::recording::{Facts, Recording, Relay};
use hajime_core::domain::rescue::News;
use hajime_core::domain::retry::Retries;
use hajime_core::domain::session::{Plan, Room, RoomCode, Session, SessionState};
use hajime_core::domain::stage::{Announcement, Percent, Resume, Seen, Stage};
use hajime_core::opening;
use hajime_core::ports::MemorySecrets;
use hajime_core::store::{Adopted, Store};
use rusqlite::Connection;

use super::facts::{self, FIRST, SANDBOX, SECOND};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn own_id(kind: &str, number: u32) -> String {
    format!("019ad{kind}-0000-7000-8000-{number:012}")
}

fn cloud_id(kind: &str, number: u32) -> String {
    format!("{kind}0000-0000-4000-9000-{number:012}")
}

fn video_id(number: u32) -> String {
    format!("{number:032x}")
}

fn code(text: &str) -> RoomCode {
    RoomCode::from_stored(text.to_owned())
}

struct Writer {
    store: Store,
    next: u32,
}

struct Class {
    number: u32,
    title: &'static str,
    instructor: &'static str,
    start: &'static str,
    zone: &'static str,
}

impl Writer {
    fn session(&self, class: &Class, state: SessionState, change: impl FnOnce(&mut Session)) -> Session {
        let start = at(class.start);
        let created_at = start.min(facts::now()) - TimeDelta::days(9);
        let mut session = Session {
            id: own_id("5e5", class.number).parse().unwrap(),
            plan: Plan {
                title: class.title.into(),
                instructor: class.instructor.into(),
                start,
                timezone: class.zone.parse().unwrap(),
                length: TimeDelta::hours(1),
                record: true,
                quality: Quality::High,
                max_participants: 50,
            },
            state,
            created_at,
            updated_at: created_at + TimeDelta::milliseconds(1_234),
        };
        change(&mut session);
        self.store.add_session(&session).unwrap();
        session
    }

    /// A recording that was just asked for.
    fn recording(&mut self, session: &Session, title: &str, created_at: DateTime<Utc>) -> Recording {
        self.next += 1;
        Recording {
            id: own_id("4ec", self.next).parse().unwrap(),
            session: session.id,
            room: session.state.room().map(|room| room.id.clone()),
            title: title.into(),
            instructor: session.plan.instructor.clone(),
            timezone: session.plan.timezone,
            quality: session.plan.quality,
            stage: Stage::Requested,
            stage_since: created_at,
            facts: Facts::default(),
            last_check: None,
            next_check: Some(created_at),
            retries: Retries::default(),
            created_at,
            removed_at: None,
        }
    }

    /// Takes a recording through the first `steps` of the way to Stream.
    fn walk(&mut self, session: &Session, title: &str, created_at: DateTime<Utc>, steps: &[Step]) -> Walk<'_> {
        let recording = self.recording(session, title, created_at);
        self.store.add_recording(&recording, "Somebody is in the room; it is to be recorded.").unwrap();
        let mut walk = Walk { store: &self.store, id: recording.id, number: self.next, at: created_at };
        for step in steps {
            walk.take(*step);
        }
        walk
    }
}

#[derive(Clone, Copy)]
enum Step {
    Record,
    Pause,
    Resume,
    Stop,
    Save,
    SaveEmptied,
    Saved,
    Ask,
    Fetch,
    NotFetched,
    Fetched,
    Sent,
    Queue,
    Encode(u8),
    Play(u8),
}

const TO_FILE: [Step; 4] = [Step::Record, Step::Stop, Step::Save, Step::Saved];
const TO_READY: [Step; 10] = [
    Step::Record,
    Step::Stop,
    Step::Save,
    Step::Saved,
    Step::Ask,
    Step::Fetch,
    Step::Queue,
    Step::Encode(41),
    Step::Play(70),
    Step::Play(100),
];

fn then(begin: &[Step], rest: &[Step]) -> Vec<Step> {
    [begin, rest].concat()
}

struct Walk<'a> {
    store: &'a Store,
    id: RecordingId,
    number: u32,
    at: DateTime<Utc>,
}

impl Walk<'_> {
    fn see(&mut self, seconds: i64, seen: Seen, note: &str, learn: impl FnOnce(&mut Facts)) -> &mut Self {
        self.at += TimeDelta::seconds(seconds);
        self.store.note_checked(self.id, self.at - TimeDelta::seconds(20), self.at).unwrap();
        self.store.observe(self.id, seen, self.at, note, learn).unwrap().unwrap();
        self
    }

    fn later(&mut self, time: TimeDelta) -> &mut Self {
        self.at += time;
        self
    }

    fn relay(&self, fetched: u64, sent: u64) {
        let relay =
            Relay { total: Some(48), fetched, sent, version: Some("\"5d41402abc4b2a76b9719d911017c592\"".into()) };
        self.store.note_relay(self.id, &relay).unwrap();
    }

    fn take(&mut self, step: Step) {
        let (number, at) = (self.number, self.at);
        let percent = |percent: u8| Percent::clamped(f32::from(percent));
        match step {
            Step::Record => self.see(12, Seen::CloudRecording, "RealtimeKit was seen recording.", |facts| {
                facts.cloud = Some(cloud_id("4ec0", number).parse().unwrap());
                facts.started_at = Some(at + TimeDelta::milliseconds(4_250));
            }),
            Step::Pause => self.see(600, Seen::CloudPaused, "RealtimeKit was seen pausing.", |_| {}),
            Step::Resume => self.see(120, Seen::CloudRecording, "RealtimeKit was seen recording.", |_| {}),
            Step::Stop => self.see(3_000, Seen::StopAsked, "The session was ended.", |_| {}),
            Step::Save => self.see(5, Seen::CloudUploading, "RealtimeKit stopped and saves the file.", |facts| {
                facts.stopped_at = Some(at + TimeDelta::seconds(1));
            }),
            Step::SaveEmptied => {
                let note = "The room was empty; RealtimeKit stopped and saves the file.";
                self.see(900, Seen::CloudUploading, note, |facts| facts.stopped_at = Some(at + TimeDelta::seconds(890)))
            }
            Step::Saved => self.see(60, Seen::CloudUploaded, "RealtimeKit saved the file.", |facts| {
                facts.size = Some(123_456_789 + u64::from(number));
                facts.length = Some(TimeDelta::milliseconds(3_001_500));
                facts.file_expires = facts.stopped_at.map(|stopped| stopped + TimeDelta::days(7));
            }),
            Step::Ask => self.see(2, Seen::ImportAsked, "Stream is asked to import the file.", |_| {}),
            Step::Fetch => self.see(3, Seen::VideoDownloading, "Stream is fetching the file.", |facts| {
                facts.video = Some(video_id(number).parse().unwrap());
            }),
            Step::NotFetched => {
                let seen = Seen::VideoFailed(Cause::SourceUnreachable);
                self.see(30, seen, "Stream reported ERR_FETCH_ORIGIN_ERROR.", Facts::begin_anew)
            }
            Step::Fetched => {
                let note = "The file is on this computer: 48 bytes, of which 16 were here before.";
                self.see(40, Seen::FileFetched, note, |_| {})
            }
            Step::Sent => self.see(50, Seen::FileSent, "Stream has the file: 48 bytes.", |facts| {
                facts.video = Some(video_id(1_000 + number).parse().unwrap());
            }),
            Step::Queue => self.see(20, Seen::VideoQueued, "Stream has the file and will encode it.", |_| {}),
            Step::Encode(done) => self.see(30, Seen::VideoEncoding(percent(done)), "Stream is encoding.", |_| {}),
            Step::Play(done) => {
                let note = "Stream says that it can be watched.";
                self.see(45, Seen::VideoPlayable(percent(done)), note, |facts| {
                    let video = facts.video.as_ref().unwrap();
                    let manifest = format!("https://customer-a1b2c3.cloudflarestream.com/{video}/manifest/video.m3u8");
                    facts.manifest = Some(manifest.parse().unwrap());
                    facts.length = Some(TimeDelta::milliseconds(2_999_875));
                })
            }
        };
    }
}

fn room(number: u32, mark: &str, opened: &str) -> Room {
    Room { id: cloud_id("bbb0", number).parse().unwrap(), code: code(mark), opened_at: at(opened) }
}

fn ended(number: u32, mark: &str, opened: &str) -> SessionState {
    let room = room(number, mark, opened);
    let end = room.opened_at + TimeDelta::minutes(58);
    SessionState::Ended(room, end)
}

/// Sessions in every state, in zones with odd offsets and at hours that happen twice.
fn schedule(writer: &Writer) {
    let plan = |number, title, start, zone| Class { number, title, instructor: "R. Alves", start, zone };
    let idle = || SessionState::Scheduled { code: None };
    writer.session(
        &plan(1, "नमस्ते योग 🧘", "2026-12-06T08:00:00Z", "Asia/Kathmandu"),
        idle(),
        |session| {
            session.plan.instructor = "श्रेष्ठ प्रिया".into();
        },
    );
    let tried = SessionState::Scheduled { code: Some(code("HJ-7K2M9Q")) };
    writer.session(
        &plan(2, "Quarter to two, the first time", "2027-04-03T14:45:00Z", "Australia/Lord_Howe"),
        tried,
        |_| {},
    );
    writer.session(
        &plan(3, "Quarter to two, the second time", "2027-04-03T15:15:00Z", "Australia/Lord_Howe"),
        idle(),
        |_| {},
    );
    writer.session(&plan(4, "Half past two, the first time", "2027-10-31T00:30:00Z", "Europe/Berlin"), idle(), |_| {});
    writer.session(&plan(5, "Half past two, the second time", "2027-10-31T01:30:00Z", "Europe/Berlin"), idle(), |_| {});
    writer.session(&plan(6, "With milliseconds", "2026-12-01T10:11:12.345Z", "Pacific/Chatham"), idle(), |_| {});
    writer.session(
        &plan(7, "The longest, the largest", "2027-07-01T16:30:00Z", "America/St_Johns"),
        idle(),
        |session| {
            session.plan.length = TimeDelta::hours(24);
            session.plan.record = false;
            session.plan.quality = Quality::Full;
            session.plan.max_participants = 1_000;
        },
    );
    writer.session(&plan(8, "Missed: attached by hand", "2026-11-20T21:00:00Z", "America/Sao_Paulo"), idle(), |_| {});
    let starting = SessionState::Starting { code: code("HJ-0A1B2C"), since: at("2026-11-29T11:59:30.250Z") };
    writer.session(&plan(9, "Room on its way", "2026-11-29T12:00:00Z", "Asia/Tokyo"), starting, |_| {});
    writer.session(
        &plan(14, "Cancelled", "2026-12-24T17:00:00Z", "Africa/Casablanca"),
        SessionState::Cancelled,
        |_| {},
    );
    writer.session(&plan(15, "An alias of a zone", "2027-01-05T13:30:00Z", "Asia/Calcutta"), idle(), |session| {
        session.plan.quality = Quality::Standard;
        session.plan.length = TimeDelta::minutes(1);
        session.plan.max_participants = 1;
    });
    let elsewhere = |number, title, start| Class { number, title, instructor: "Another desk", start, zone: "UTC" };
    let open = SessionState::Live(room(16, "HJ-ABCDEF", "2026-11-29T11:20:00Z"));
    writer.session(&elsewhere(16, "Held at another desk", "2026-11-29T11:20:00Z"), open, |session| {
        session.created_at = session.plan.start;
        session.updated_at = facts::now();
    });
}

/// Recordings that are being captured.
fn captured(writer: &mut Writer) {
    let class =
        |number, title, start| Class {
            number, title, instructor: "Nguyễn Thị Hồng", start, zone: "Europe/Berlin"
        };
    let live = |number, mark, opened| SessionState::Live(room(number, mark, opened));
    let first = live(10, "HJ-111111", "2026-11-29T11:00:00Z");
    let first = writer.session(&class(10, "カラテ 入門 クラス", "2026-11-29T11:00:00Z"), first, |_| {});
    let second = live(11, "HJ-222222", "2026-11-29T11:05:00Z");
    let second = writer.session(&class(11, "Stage recording", "2026-11-29T11:05:00Z"), second, |_| {});
    let third = live(12, "HJ-333333", "2026-11-29T11:10:00Z");
    let third = writer.session(&class(12, "Stage paused", "2026-11-29T11:10:00Z"), third, |_| {});
    let fourth = SessionState::Ending(room(13, "HJ-444444", "2026-11-29T10:50:02Z"), at("2026-11-29T11:58:00.500Z"));
    let fourth = writer.session(&class(13, "Stage stopping", "2026-11-29T10:50:00Z"), fourth, |_| {});
    let store = writer.store.clone();
    for session in [&first, &second] {
        store.take_host_seat(session.id, &format!("host-{}", session.id), session.plan.start).unwrap();
    }
    let guest = |session: &Session, mark: &str| {
        store.take_seat(session.id, mark, 50, session.plan.start + TimeDelta::minutes(1)).unwrap();
    };
    for mark in ["guest-a1", "guest-a2"] {
        guest(&first, mark);
    }
    guest(&second, "guest-a3");
    let known = |session: &Session, mark: &str, number| {
        store.seat_known(session.id, mark, &cloud_id("faa0", number).parse().unwrap()).unwrap();
    };
    known(&first, &format!("host-{}", first.id), 1);
    known(&first, "guest-a1", 2);
    let minutes = |session: &Session, minutes| session.plan.start + TimeDelta::minutes(minutes);
    writer.walk(&first, "カラテ 入門 クラス", minutes(&first, 1), &[]);
    writer.walk(&second, "Stage recording", minutes(&second, 1), &[Step::Record]);
    writer.walk(&third, "Stage paused", minutes(&third, 1), &[Step::Record, Step::Pause]);
    writer.walk(&fourth, "Stage stopping", minutes(&fourth, 1), &[Step::Record, Step::Pause, Step::Resume, Step::Stop]);
}

/// A recording at rest in every stage on the way to Stream.
fn on_their_way(writer: &mut Writer) {
    let class = Class {
        number: 20,
        title: "Every stage on the way",
        instructor: "Nguyễn Thị Hồng",
        start: "2026-11-29T09:00:00Z",
        zone: "Europe/Berlin",
    };
    let session = writer.session(&class, ended(20, "HJ-9ZZZ99AA", "2026-11-29T09:00:01Z"), |_| {});
    let begun = |minutes| session.plan.start + TimeDelta::minutes(minutes);
    let asked = then(&TO_FILE, &[Step::Ask, Step::Fetch]);
    let again = then(&asked, &[Step::NotFetched]);
    let relayed = then(&again, &[Step::Fetch, Step::NotFetched]);
    writer.walk(&session, "Stage uploading", begun(1), &TO_FILE[..3]);
    writer.walk(&session, "Stage uploaded", begun(2), &TO_FILE);
    writer.walk(&session, "Stage requested", begun(3), &asked[..5]);
    writer.walk(&session, "Stage downloading", begun(4), &asked);
    writer.walk(&session, "Stage requested again", begun(5), &again);
    writer.walk(&session, "Stage downloading again", begun(6), &relayed[..8]);
    let fetching = writer.walk(&session, "Stage fetching", begun(7), &relayed);
    fetching.relay(16, 0);
    let sending = writer.walk(&session, "Stage sending", begun(8), &then(&relayed, &[Step::Fetched]));
    sending.relay(48, 32);
    let mut queued = writer.walk(&session, "Stage queued", begun(9), &then(&relayed, &[Step::Fetched]));
    queued.relay(48, 48);
    queued.take(Step::Sent);
    writer.walk(&session, "Stage encoding", begun(10), &TO_READY[..8]);
    let playable = writer.walk(&session, "Stage playable", begun(11), &TO_READY[..9]);
    let (id, at) = (playable.id, playable.at);
    let remark = "Two videos were made of this recording. The older one is kept.";
    writer.store.remark(id, at + TimeDelta::seconds(1), remark).unwrap();
    let next = facts::now() + TimeDelta::minutes(1);
    writer.store.note_checked(id, at + TimeDelta::seconds(2), next).unwrap();
    // What was seen on another desk, and a fault of this one.
    let waits = writer.walk(&session, "Stage sending elsewhere", begun(12), &then(&relayed, &[Step::Fetched]));
    let (id, at) = (waits.id, waits.at + TimeDelta::seconds(30));
    let remarks = [
        "Another desk is sending the file to Stream. This one waits an hour for it.",
        "Hajime stopped unexpectedly while it looked after this recording. It tries again.",
    ];
    for remark in remarks {
        writer.store.remark(id, at, remark).unwrap();
    }
    writer.store.put_off(id, at + TimeDelta::hours(1)).unwrap();
}

/// Classes that are over, with what their history tells.
fn ready(writer: &mut Writer) {
    let class = |number, title, start| Class { number, title, instructor: "R. Alves", start, zone: "America/New_York" };
    let title = "כיתת יוגה למתחילים \u{201c}א\u{201d} — 'quotes', \"more\" 👩🏽‍🏫 درس";
    let plain = ended(21, "HJ-555555", "2026-11-23T18:00:00Z");
    let plain = writer.session(&class(21, title, "2026-11-23T18:00:00Z"), plain, |_| {});
    writer.walk(&plain, title, plain.plan.start, &TO_READY);

    let paused = ended(22, "HJ-666666", "2026-11-24T18:00:00Z");
    let paused = writer.session(&class(22, "Paused in between", "2026-11-24T18:00:00Z"), paused, |_| {});
    let steps = then(&[Step::Record, Step::Pause, Step::Resume, Step::Stop], &TO_READY[2..]);
    writer.walk(&paused, "Paused in between", paused.plan.start, &steps);

    // The room was empty for a while, so nothing is missing; in the next class something is.
    for (number, mark, title, first) in [
        (23, "HJ-777777", "The room was empty for a while", Step::SaveEmptied),
        (24, "HJ-888888", "Recorded in two parts with a hole", Step::Save),
    ] {
        let day = format!("2026-11-{:02}T18:00:00Z", number + 2);
        let start = Class { number, title, instructor: "R. Alves", start: day.leak(), zone: "America/New_York" };
        let session = writer.session(&start, ended(number, mark, start.start), |_| {});
        let steps = then(&[Step::Record, first], &TO_READY[3..]);
        writer.walk(&session, title, session.plan.start, &steps);
        writer.walk(&session, title, session.plan.start + TimeDelta::minutes(40), &TO_READY);
    }

    // An attempt that came to nothing, and the recording that stands for it.
    let twice = ended(25, "HJ-999999", "2026-11-28T18:00:00Z");
    let twice = writer.session(&class(25, "Two attempts", "2026-11-28T18:00:00Z"), twice, |_| {});
    let note = "RealtimeKit has no recording of the room.";
    writer.walk(&twice, "Two attempts", twice.plan.start, &[]).see(90, Seen::CloudMissing, note, |_| {});
    let long = "A hundred and twenty characters: ".to_owned() + &"x".repeat(87);
    writer.walk(&twice, &long, twice.plan.start + TimeDelta::minutes(2), &TO_READY);

    let found = Class {
        number: 26,
        title: "Found at Cloudflare",
        instructor: "Another desk",
        start: "2026-11-22T18:00:00Z",
        zone: "UTC",
    };
    let session = writer.session(&found, ended(26, "HJ-AAAAAA", found.start), |_| {});
    let mut adopted = writer.recording(&session, found.title, session.plan.start);
    adopted.stage = Stage::Ready;
    adopted.stage_since = at("2026-11-28T07:00:00Z");
    (adopted.last_check, adopted.next_check) = (Some(adopted.stage_since), None);
    adopted.facts.cloud = Some(cloud_id("4ec0", writer.next).parse().unwrap());
    adopted.facts.video = Some(video_id(writer.next).parse().unwrap());
    writer.store.adopt(&[Adopted { session: Some(session), recording: adopted }], "Found at Cloudflare.").unwrap();

    // A video without a room: its class is on the schedule of another desk.
    let roomless = Class {
        number: 27,
        title: "A video without a room",
        instructor: "Another desk",
        start: "2026-11-21T18:00:00Z",
        zone: "Asia/Kathmandu",
    };
    let session = writer.session(&roomless, SessionState::Scheduled { code: None }, |_| {});
    let mut adopted = writer.recording(&session, roomless.title, session.plan.start);
    adopted.stage = Stage::Playable(Percent::clamped(12.0));
    adopted.stage_since = at("2026-11-28T07:00:01Z");
    adopted.facts.video = Some(video_id(writer.next).parse().unwrap());
    writer.store.adopt(&[Adopted { session: None, recording: adopted }], "Found at Cloudflare.").unwrap();
}

/// Every cause of a failure, for every place where a retry begins.
fn failures(writer: &mut Writer) {
    for (number, mark, title, resume) in [
        (30, "HJ-BBBBBB", "Failed at RealtimeKit", Resume::AtCloud),
        (31, "HJ-CCCCCC", "Failed at the import", Resume::AtImport),
        (32, "HJ-DDDDDD", "Failed at the relay", Resume::AtRelay),
    ] {
        let class =
            Class { number, title, instructor: "Łucja Ørsted", start: "2026-11-27T06:00:00Z", zone: "Asia/Tehran" };
        let session = writer.session(&class, ended(number, mark, class.start), |_| {});
        for (minute, cause) in (1..).zip(Cause::ALL) {
            let created_at = session.plan.start + TimeDelta::minutes(minute);
            let steps = match resume {
                // Some were never seen, some were being recorded, some were over.
                Resume::AtCloud => TO_FILE[..usize::try_from(minute % 4).unwrap()].to_vec(),
                Resume::AtImport => TO_READY[..usize::try_from(5 + minute % 3).unwrap()].to_vec(),
                Resume::AtRelay => then(&TO_READY[..6], &[Step::NotFetched, Step::Fetch, Step::NotFetched]),
            };
            if (cause, resume) == (Cause::SourceUnreachable, Resume::AtRelay)
                || (cause, resume) == (Cause::SourceUnreachable, Resume::AtImport)
            {
                let mut recording = writer.recording(&session, title, created_at);
                recording.stage = Stage::Failed { cause, resume };
                recording.next_check = None;
                writer.store.add_recording(&recording, "Stream could not fetch the file.").unwrap();
                continue;
            }
            let mut walk = writer.walk(&session, title, created_at, &steps);
            if resume == Resume::AtRelay {
                walk.relay(48, 16);
            }
            let note = match cause {
                Cause::ImportRefused => "Stream refused the recording: Decoding Error (10011): “ファイル”.",
                Cause::StorageFull => "Stream refused: Stream’s storage is full.",
                Cause::TookTooLong => "It took longer than it ever should.",
                Cause::OwnStorage => "RealtimeKit saved the file to your own storage.",
                Cause::CloudMissing => "RealtimeKit does not know the recording.",
                Cause::VideoMissing => "The video was deleted from Stream.",
                _ if resume == Resume::AtCloud => "RealtimeKit reported an error.",
                _ => "Stream reported an error.",
            };
            walk.see(7, Seen::Refused(cause), note, |facts| {
                if cause == Cause::OwnStorage {
                    facts.own_storage = Some("my-bucket/hajime/クラス 1.mp4".into());
                }
            });
            let reached = walk.store.recording(walk.id).unwrap().unwrap().stage;
            assert_eq!(reached, Stage::Failed { cause, resume }, "{title}");
        }
    }
    let class = Class {
        number: 33,
        title: "Expires soon",
        instructor: "Łucja Ørsted",
        start: "2026-11-23T06:00:00Z",
        zone: "Asia/Tehran",
    };
    let session = writer.session(&class, ended(33, "HJ-EXP1RE", class.start), |_| {});
    let note = "Stream refused: Stream’s storage is full.";
    writer.walk(&session, class.title, session.plan.start, &TO_FILE).see(
        9,
        Seen::Refused(Cause::StorageFull),
        note,
        |_| {},
    );
}

/// What people did with recordings, and what Hajime did by itself.
fn by_hand(writer: &mut Writer) {
    let class = Class {
        number: 40,
        title: "By hand",
        instructor: "R. Alves",
        start: "2026-11-25T10:00:00Z",
        zone: "Australia/Lord_Howe",
    };
    let session = writer.session(&class, ended(40, "HJ-EEEEEE", class.start), |_| {});
    let begun = |hours| session.plan.start + TimeDelta::hours(hours);
    let deleted = |walk: &mut Walk<'_>| {
        walk.later(TimeDelta::hours(30)).see(0, Seen::VideoMissing, "The video was deleted from Stream.", |_| {});
        (walk.id, walk.at)
    };
    let off = |store: &Store, id, at| {
        let change = |_, found: Option<Recording>| {
            Ok::<_, hajime_core::store::Error>(Recording { removed_at: Some(at), ..found.unwrap() })
        };
        store.change_recordings(&[id], at, "Taken off the list by hand.", change).unwrap();
    };
    let store = writer.store.clone();

    let (id, at_then) = deleted(&mut writer.walk(&session, "Removed", begun(1), &TO_READY));
    off(&store, id, at_then + TimeDelta::hours(1));
    let removed = (id, video_id(writer.next));

    let (id, at_then) = deleted(&mut writer.walk(&session, "Removed and restored", begun(2), &TO_READY));
    off(&store, id, at_then + TimeDelta::hours(1));
    let back = |_, found: Option<Recording>| {
        Ok::<_, hajime_core::store::Error>(Recording { removed_at: None, ..found.unwrap() })
    };
    store.change_recordings(&[id], at_then + TimeDelta::hours(2), "Put back on the list by hand.", back).unwrap();

    let mut walk = writer.walk(&session, "Removed and there again", begun(3), &TO_READY);
    let (id, at_then) = deleted(&mut walk);
    off(&store, id, at_then + TimeDelta::hours(1));
    walk.later(TimeDelta::hours(3));
    walk.see(1, Seen::VideoAttached, "Its video is at Stream again, so it is back on the list.", |_| {});
    walk.see(1, Seen::VideoPlayable(Percent::clamped(100.0)), "Stream says that it can be watched.", |_| {});

    let mut walk = writer.walk(&session, "Attached to a failed one", begun(4), &TO_READY[..7]);
    walk.see(20, Seen::VideoFailed(Cause::Damaged), "Stream reported ERR_MALFORMED_VIDEO.", |_| {});
    let (new, old) = (video_id(0xa77a_0001), video_id(walk.number));
    walk.see(
        600,
        Seen::VideoAttached,
        &format!("Attached by hand: the Stream video {new}. The video before it was {old}."),
        |facts| {
            (facts.video, facts.attached, facts.relay) = (Some(new.parse().unwrap()), true, None);
        },
    );
    walk.see(1, Seen::VideoPlayable(Percent::clamped(100.0)), "Stream says that it can be watched.", |_| {});

    let mut walk = writer.walk(&session, "Another recording of RealtimeKit’s attached", begun(5), &TO_FILE[..1]);
    walk.see(9, Seen::CloudErrored, "RealtimeKit reported an error.", |_| {});
    let (new, old) = (cloud_id("a77a", 2), cloud_id("4ec0", walk.number));
    walk.see(
        600,
        Seen::CloudAttached,
        &format!("Attached by hand: RealtimeKit’s recording {new}. RealtimeKit’s recording before it was {old}."),
        |facts| {
            facts.cloud = Some(new.parse().unwrap());
        },
    );

    let missed = store.session(own_id("5e5", 8).parse().unwrap()).unwrap().unwrap();
    let mut attached = writer.recording(&missed, "Missed: attached by hand", missed.plan.start);
    attached.stage = Stage::VIDEO_ATTACHED;
    attached.stage_since = at("2026-11-28T08:00:00.125Z");
    attached.next_check = Some(attached.stage_since);
    attached.facts = Facts { video: Some(video_id(0xa77a_0003).parse().unwrap()), attached: true, ..Facts::default() };
    store.add_recording(&attached, &format!("Attached by hand: the Stream video {}.", video_id(0xa77a_0003))).unwrap();

    let refused = "Stream refused the recording: Account is not allowed to do this (10005).";
    let mut walk = writer.walk(&session, "Tried again by itself", begun(90), &TO_READY[..5]);
    walk.see(5, Seen::Refused(Cause::ImportRefused), refused, |_| {});
    let due = store.recording(walk.id).unwrap().unwrap().next_check.unwrap();
    assert!(store.retry_by_itself(walk.id, due, "Tried again by itself.", Facts::begin_anew).unwrap());
    walk.at = due;
    walk.see(2, Seen::ImportAsked, "Stream is asked to import the file.", |_| {});
    walk.see(2, Seen::Refused(Cause::ImportRefused), refused, |_| {});

    let mut walk = writer.walk(&session, "Tried again by hand", begun(7), &TO_READY[..6]);
    walk.see(5, Seen::VideoFailed(Cause::EncodingFailed), "Stream reported ERR_UNKNOWN.", |_| {});
    walk.see(4_000, Seen::RetryAsked, "Tried again by hand.", Facts::begin_anew);

    let mut walk = writer.walk(&session, "Shared and begun anew", begun(8), &TO_READY);
    let shared = (walk.id, video_id(walk.number));
    walk.see(9_000, Seen::VideoMissing, "The video was deleted from Stream.", |_| {});
    walk.see(4_000, Seen::RetryAsked, "Tried again by itself.", Facts::begin_anew);

    let mut walk = writer.walk(&session, "Given up too early", begun(9), &TO_FILE[..3]);
    walk.see(5, Seen::CloudMissing, "RealtimeKit does not know the recording.", |_| {});
    assert!(store.take_up_again(walk.id, walk.at + TimeDelta::minutes(4), "RealtimeKit has it after all.").unwrap());

    let ready = writer.walk(&session, "Shared", begun(10), &TO_READY);
    let watched = (ready.id, video_id(ready.number));
    let links = [
        (watched.clone(), Some("kid-ABC_123"), "2026-11-29T10:00:00.001Z", 24, false),
        (watched.clone(), Some("kid-ABC_123"), "2026-11-29T10:00:00.002Z", 1, true),
        (watched, None, "2026-11-27T10:00:00Z", 24, false),
        (shared, Some("kid-older"), "2026-11-26T10:00:00Z", 24, true),
        (removed, None, "2026-11-26T09:00:00Z", 2, false),
    ];
    for (number, ((recording, video), kid, made, hours, download)) in (1..).zip(links) {
        add_link(&store, number, recording, &video, kid, at(made), hours, download);
    }
}

#[expect(clippy::too_many_arguments, reason = "one for each fact")]
fn add_link(
    store: &Store,
    number: u32,
    recording: RecordingId,
    video: &str,
    kid: Option<&str>,
    created_at: DateTime<Utc>,
    hours: i64,
    download: bool,
) {
    let link = ShareLink {
        id: own_id("11a", number).parse().unwrap(),
        recording,
        recording_title: String::new(),
        video: video.parse().unwrap(),
        kid: kid.map(|kid| kid.parse().unwrap()),
        created_at,
        expires_at: created_at + TimeDelta::hours(hours),
        download,
    };
    store.add_link(&link).unwrap();
}

/// Shows every notice but a few, and warns of the files that expire.
fn tell(store: &Store, kept: usize) {
    let (mut watchable, mut failed) = (0, 0);
    for notice in store.pending_notices().unwrap() {
        let count = match notice.news {
            News::Stage(Announcement::Watchable) => &mut watchable,
            News::Stage(Announcement::Failed) => &mut failed,
            News::Expiring(_) => continue,
        };
        *count += 1;
        if *count > kept {
            store.take_notice(notice.id).unwrap();
        }
    }
    // One warning was shown, one waits to be shown.
    assert!(store.warn_of_expiry(facts::now() - TimeDelta::hours(20)).unwrap());
    for notice in store.pending_notices().unwrap().iter().filter(|notice| matches!(notice.news, News::Expiring(_))) {
        store.take_notice(notice.id).unwrap();
    }
    assert!(store.warn_of_expiry(facts::now()).unwrap());
}

fn first(folder: &Path) {
    let store = opening::open_store(folder, &FIRST.parse().unwrap()).unwrap();
    let mut writer = Writer { store: store.clone(), next: 0 };
    schedule(&writer);
    captured(&mut writer);
    on_their_way(&mut writer);
    ready(&mut writer);
    failures(&mut writer);
    by_hand(&mut writer);
    tell(&store, 2);
    store.set_app(Some(&cloud_id("aaa0", 1).parse().unwrap())).unwrap();
    store.set_signing_key(Some(&"kid-ABC_123".parse().unwrap())).unwrap();
    let preferences = Preferences {
        quality: Quality::Full,
        duration_minutes: 75,
        max_participants: 12,
        record: false,
        instructor: "Łucja “先生” Ørsted 🥋".into(),
        join_page: Some("https://join.example.org/klassen/?l=%C3%B6".parse().unwrap()),
    };
    store.set_preferences(&preferences).unwrap();
    let relay = folder.join("relay");
    std::fs::create_dir(&relay).unwrap();
    for recording in store.every_recording().unwrap().iter().filter(|recording| recording.stage.relaying()) {
        let fetched = recording.facts.relay.as_ref().map_or(0, |relay| relay.fetched);
        let file = b"\0\0\0\x18ftypmp42".iter().copied().chain(std::iter::repeat(b'.'));
        let file: Vec<u8> = file.take(usize::try_from(fetched).unwrap()).collect();
        std::fs::write(relay.join(format!("{}.part", recording.id)), file).unwrap();
    }
}

fn second(folder: &Path) {
    let account = SECOND.parse().unwrap();
    let store = opening::open_store(folder, &account).unwrap();
    assert!(store.folder().unwrap().ends_with(format!("accounts/{SECOND}")));
    let mut writer = Writer { store: store.clone(), next: 500 };
    let class = |number, title, start| Class { number, title, instructor: "M. Ito", start, zone: "Asia/Tokyo" };
    writer.session(&class(501, "剣道 🥋", "2026-12-02T10:00:00Z"), SessionState::Scheduled { code: None }, |_| {});
    let over = writer.session(
        &class(502, "剣道 🥋", "2026-11-28T10:00:00Z"),
        ended(502, "HJ-FFFFFF", "2026-11-28T10:00:00Z"),
        |_| {},
    );
    store.take_host_seat(over.id, &format!("host-{}", over.id), over.plan.start).unwrap();
    store.take_seat(over.id, "guest-b1", 50, over.plan.start).unwrap();
    let ready = writer.walk(&over, "剣道 🥋", over.plan.start, &TO_READY);
    let watched = (ready.id, video_id(ready.number));
    add_link(&store, 501, watched.0, &watched.1, Some("kid-second"), at("2026-11-28T12:00:00Z"), 24, false);
    let relayed = then(&TO_READY[..6], &[Step::NotFetched, Step::Fetch, Step::NotFetched, Step::Fetched]);
    let sending = writer.walk(&over, "Stage sending", over.plan.start + TimeDelta::minutes(1), &relayed);
    sending.relay(48, 8);
    let folder_of_files = store.folder().unwrap().join("relay");
    let id = sending.id;
    std::fs::create_dir(&folder_of_files).unwrap();
    std::fs::write(folder_of_files.join(format!("{id}.part")), [b'.'; 48]).unwrap();
    store.set_app(Some(&cloud_id("aaa0", 2).parse().unwrap())).unwrap();
    store.set_signing_key(Some(&"kid-second".parse().unwrap())).unwrap();
    // The account that is connected in Settings is named in the folder's own database.
    let connection = Profile {
        base_url: "https://cloudflare.example.org/client/v4".parse().unwrap(),
        account,
        token: String::from("never-written").into(),
        app: None,
    };
    opening::save_connection(folder, &connection, &MemorySecrets::default()).unwrap().unwrap();
}

fn sandbox(folder: &Path) {
    let folder = folder.join("sandbox");
    let store = opening::open_store(&folder, &SANDBOX.parse().unwrap()).unwrap();
    let mut writer = Writer { store: store.clone(), next: 700 };
    let class = Class {
        number: 701,
        title: "Rehearsal",
        instructor: "R. Alves",
        start: "2026-11-29T08:00:00Z",
        zone: "Asia/Kathmandu",
    };
    let session = writer.session(&class, ended(701, "HJ-123456", class.start), |_| {});
    writer.walk(&session, "Rehearsal", session.plan.start, &TO_READY);
    store.set_app(Some(&cloud_id("aaa0", 3).parse().unwrap())).unwrap();
}

/// Makes a database one small file.
fn pack(folder: &Path, number: u32, page: u32) {
    let database = Connection::open(folder.join("hajime.db")).unwrap();
    let desk = own_id("de5", number);
    database.execute("UPDATE settings SET value = ?1 WHERE key = 'desk_id'", [desk]).unwrap();
    database.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0)).unwrap();
    database.execute_batch(&format!("PRAGMA page_size = {page}; VACUUM;")).unwrap();
    let found: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

#[test]
#[ignore = "writes the fixture"]
fn write_the_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/data-folder-2026-11");
    let data = folder.join("data");
    std::fs::remove_dir_all(&data).ok();
    std::fs::create_dir_all(&data).unwrap();
    first(&data);
    second(&data);
    sandbox(&data);
    let others = [data.clone(), data.join("accounts").join(SECOND), data.join("sandbox")];
    for place in &others {
        Store::open(place).unwrap().desk_id().unwrap();
    }
    for (number, place) in (1..).zip(&others) {
        pack(place, number, 1_024);
    }
    let copy = tempfile::tempdir().unwrap();
    super::copy(&data, copy.path());
    let facts = serde_json::to_string_pretty(&facts::of(copy.path())).unwrap();
    std::fs::write(folder.join("expected.json"), facts).unwrap();
}
