//! The chat and the transcript of a class that has ended: fetched until they are there or lost, and shown.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hajime_core::actions::profile::settings;
use hajime_core::actions::recorder::session_texts::{self, TextView};
use hajime_core::actions::recorder::{end, pause, start, sync};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::ids::{RecordingId, SessionId};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::session_text::files::TextFormat;
use hajime_core::domain::recorder::session_text::{SessionText, Source, TextKind};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::{Session, SessionInput};
use serde_json::{Value, json};

use crate::adoption::another_desk;
use crate::command_line;
use crate::support::{Cloud, TestDesk};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A cloud, and a desk with its folder.
struct Class {
    cloud: Cloud,
    desk: TestDesk,
    folder: tempfile::TempDir,
}

impl Class {
    async fn begin(switches: Value) -> Self {
        let cloud = Cloud::start().await;
        cloud.control("switches", switches).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        Self { cloud, desk, folder }
    }

    /// Holds a class in which Ada writes these messages ten seconds apart, and ends it.
    async fn hold(&mut self, messages: &[&str]) -> Session {
        let (session, ada) = self.desk.start_with_ada(&self.cloud, "Karate").await;
        self.desk.pass(&self.cloud, 5).await;
        for text in messages {
            self.desk.pass(&self.cloud, 10).await;
            self.cloud.control("say", json!({ "peer_id": ada, "text": text })).await;
        }
        self.desk.pass(&self.cloud, 10).await;
        end::end(&self.desk.context, session.id).await.unwrap();
        session
    }

    /// Holds a class that is not recorded, in which Ada writes a message; a while after its end it is begun again, and Ada
    /// writes another one. The first chat is kept by then.
    async fn hold_twice(&mut self) -> Session {
        let input = SessionInput { record: false, ..self.desk.input("Karate") };
        let planned = sessions::schedule(&self.desk.context, &input).unwrap();
        for (number, text) in ["Hajime!", "Mate"].into_iter().enumerate() {
            let context = &self.desk.context;
            let started = match number {
                0 => start::start(context, planned.id).await.unwrap(),
                _ => start::start_again(context, planned.id).await.unwrap(),
            };
            let peer = self.cloud.join(&started.session, "Ada").await;
            self.desk.pass(&self.cloud, 10).await;
            self.cloud.control("say", json!({ "peer_id": peer, "text": text })).await;
            self.desk.pass(&self.cloud, 10).await;
            end::end(&self.desk.context, planned.id).await.unwrap();
            if number == 0 {
                self.wait(MINUTE, 3).await;
                assert_eq!(self.chat(&planned).state.name(), "there");
            }
        }
        self.desk.session(&planned)
    }

    /// Waits until the video of the class is there, and lets Stream make captions of it.
    async fn caption(&mut self, session: &Session) {
        let is_ready = |desk: &TestDesk| {
            let recordings = desk.context.store().recordings_of(session.id).unwrap();
            recordings.iter().any(|recording| recording.stage == Stage::Ready)
        };
        self.desk.pass_until(&self.cloud, 20, is_ready).await;
        let video = self.cloud.videos().await[0]["uid"].as_str().unwrap().to_owned();
        let path = format!("/stream/{video}/captions/de/generate");
        self.cloud.send(reqwest::Method::POST, &path, json!({})).await;
    }

    /// Moves the clock of the desk alone.
    fn set_clock(&self, seconds: i64) {
        self.desk.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// Lets this time pass in steps, and the jobs run after each.
    async fn wait(&mut self, step: i64, times: usize) {
        for _ in 0..times {
            self.desk.pass(&self.cloud, step).await;
        }
    }

    fn chat(&self, session: &Session) -> TextView {
        session_texts::state(&self.desk.context, session.id, TextKind::Chat).unwrap()
    }

    fn transcript(&self, session: &Session) -> TextView {
        session_texts::state(&self.desk.context, session.id, TextKind::Transcript).unwrap()
    }

    fn written(&self, session: SessionId) -> Vec<(String, String)> {
        let lines = session_texts::whole_chat(&self.desk.context, session).unwrap();
        lines.into_iter().map(|(line, _)| (line.name, line.text)).collect()
    }

    fn said(&self, session: SessionId) -> Vec<(i64, String)> {
        let lines = session_texts::whole_transcript(&self.desk.context, session).unwrap().lines;
        lines.into_iter().map(|line| (line.start_ms, line.text)).collect()
    }
}

fn ada(text: &str) -> (String, String) {
    ("Ada".to_owned(), text.to_owned())
}

#[tokio::test]
async fn the_chat_and_the_transcript_are_kept_with_their_places_in_the_video() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!", "Mate"]).await;
    assert_eq!((class.chat(&session).state.name(), class.transcript(&session).state.name()), ("waiting", "waiting"));
    class.wait(MINUTE, 3).await;
    assert_eq!(class.chat(&session).state.name(), "there", "{:?}", class.chat(&session));
    assert_eq!(class.written(session.id), [ada("Hajime!"), ada("Mate")]);
    let told = class.transcript(&session);
    assert_eq!((told.state.name(), told.lines, told.source.unwrap().name()), ("there", 2, "realtimekit"));
    // The recorder joins three seconds after Ada, and the first message is written 15 seconds after her.
    let said = class.said(session.id);
    assert_eq!(said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Hajime!", "Mate"]);
    assert!((8_000..16_000).contains(&said[0].0), "{said:?}");
    let told = session_texts::transcript(&class.desk.context, session.id, 1).unwrap();
    assert!(told.in_video && told.lines.len() == 1);
    let (_, place) = session_texts::chat(&class.desk.context, session.id, 0).unwrap().remove(0);
    assert!(place.is_some_and(|place| (place - said[0].0).abs() <= 1), "{place:?} {said:?}");
}

#[tokio::test]
async fn a_pause_is_not_in_the_places_of_a_transcript() {
    let mut class = Class::begin(json!({})).await;
    let (session, ada) = class.desk.start_with_ada(&class.cloud, "Karate").await;
    class.wait(10, 2).await;
    pause::pause(&class.desk.context, session.id).await.unwrap();
    class.wait(10, 6).await;
    pause::resume(&class.desk.context, session.id).await.unwrap();
    class.wait(10, 1).await;
    class.cloud.control("say", json!({ "peer_id": ada, "text": "Hajime!" })).await;
    end::end(&class.desk.context, session.id).await.unwrap();
    class.wait(MINUTE, 3).await;
    let place = class.said(session.id)[0].0;
    assert!((20_000..35_000).contains(&place), "{place}");
}

#[tokio::test]
async fn a_mark_quotes_line_breaks_emoji_and_hostile_text_are_read() {
    let mut class = Class::begin(json!({ "chat_bom": true })).await;
    let hostile = "\"Ippon\", she said\n=1+1 🥋 <script>alert(1)</script> \u{202e}evil\u{1b}[31m";
    let session = class.hold(&[hostile, &"x".repeat(4_000)]).await;
    class.wait(MINUTE, 3).await;
    let written = class.written(session.id);
    assert_eq!(written[0], ada("\"Ippon\", she said\n=1+1 🥋 <script>alert(1)</script> evil [31m"));
    assert_eq!(written[1].1.len(), 4_000);
}

#[tokio::test]
async fn a_class_in_which_nobody_wrote_or_spoke_has_neither_text_after_seven_days() {
    for (no_chat, content) in [("not_found", "empty_list"), ("empty_file", "no_bytes")] {
        let mut class = Class::begin(json!({ "no_chat": no_chat, "transcript_content": content })).await;
        let session = class.hold(&[]).await;
        class.wait(MINUTE, 70).await;
        for told in [class.chat(&session), class.transcript(&session)] {
            assert_eq!(told.state.name(), "waiting");
            assert!(told.sentence.contains("so far") && told.next_ask.is_some(), "{told:?}");
        }
        class.wait(6 * HOUR, 30).await;
        let (chat, transcript) = (class.chat(&session), class.transcript(&session));
        assert_eq!((chat.state.name(), transcript.state.name()), ("none", "none"), "{no_chat}");
        assert!(chat.sentence.contains("nobody wrote"), "{chat:?}");
        assert!(transcript.sentence.contains("its video has no captions"), "{transcript:?}");
    }
}

#[tokio::test]
async fn texts_that_are_made_late_are_found() {
    let mut class = Class::begin(json!({ "files_after_seconds": 2 * HOUR })).await;
    let session = class.hold(&["Hajime!"]).await;
    class.wait(10 * MINUTE, 9).await;
    assert_eq!(class.chat(&session).lines, 0);
    class.wait(10 * MINUTE, 12).await;
    assert_eq!(class.written(session.id), [ada("Hajime!")]);
    assert_eq!(class.transcript(&session).source.unwrap().name(), "realtimekit");
}

#[tokio::test]
async fn a_desk_that_was_off_for_seven_days_says_that_the_texts_are_lost() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.desk.pass_without_tick(&class.cloud, 8 * DAY).await;
    class.desk.tick().await;
    let told = class.transcript(&session);
    assert_eq!(told.state.name(), "lost");
    assert!(told.sentence.contains("did not ask for it in the seven days"), "{told:?}");
}

#[tokio::test]
async fn a_text_that_cloudflare_never_gave_is_lost_with_the_reason() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "*/transcript", 1_000, json!({ "kind": "status", "status": 400 })).await;
    class.wait(6 * HOUR, 20).await;
    assert_eq!(class.chat(&session).state.name(), "there", "one odd answer spoils no other");
    let told = class.transcript(&session);
    assert!(told.state.name() == "waiting" && told.sentence.contains("Cloudflare refused the request"), "{told:?}");
    class.wait(6 * HOUR, 14).await;
    let told = class.transcript(&session);
    assert_eq!(told.state.name(), "lost");
    assert!(told.sentence.contains("Cloudflare refused the request"), "{told:?}");
}

#[tokio::test]
async fn an_address_that_has_died_is_asked_for_again() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "/recordings-storage/chat_*", 1, json!({ "kind": "status", "status": 403 })).await;
    class.wait(MINUTE, 3).await;
    assert_eq!(class.written(session.id), [ada("Hajime!")]);
}

#[tokio::test]
async fn an_address_that_never_opens_the_file_is_tried_later() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "/recordings-storage/chat_*", 2, json!({ "kind": "status", "status": 403 })).await;
    class.wait(MINUTE, 3).await;
    let told = class.chat(&session);
    assert_eq!(told.state.name(), "waiting");
    assert!(told.sentence.contains("did not open the file"), "{told:?}");
    class.wait(MINUTE, 4).await;
    assert_eq!(class.written(session.id), [ada("Hajime!")]);
}

#[tokio::test]
async fn a_file_that_is_no_chat_is_tried_later() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "/recordings-storage/chat_*", 1, json!({ "kind": "html", "status": 200 })).await;
    class.wait(MINUTE, 3).await;
    assert!(class.chat(&session).sentence.contains("a form that Hajime does not know"), "{:?}", class.chat(&session));
    class.wait(MINUTE, 4).await;
    assert_eq!(class.chat(&session).state.name(), "there");
}

#[tokio::test]
async fn a_lost_connection_is_tried_again_soon() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "/recordings-storage/chat_*", 1, json!({ "kind": "cut_body" })).await;
    class.wait(MINUTE, 6).await;
    assert_eq!(class.written(session.id), [ada("Hajime!")]);
}

#[tokio::test]
async fn a_desk_that_is_killed_while_it_fetches_a_file_fetches_it_again() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!", "Mate"]).await;
    let slow = json!({ "kind": "slow_body", "seconds": 60 });
    class.cloud.fault("GET", "/recordings-storage/chat_*", 1, slow).await;
    class.wait(MINUTE, 3).await;
    assert!(class.cloud.state().await["faults"].as_array().unwrap().is_empty(), "the file is being fetched");
    assert_eq!(class.written(session.id), []);
    let Class { cloud, desk, folder } = class;
    let clock = Arc::clone(&desk.clock);
    drop(desk);
    let desk = TestDesk::with(&cloud, folder.path(), clock, None);
    let mut class = Class { cloud, desk, folder };
    class.desk.tick().await;
    class.wait(MINUTE, 2).await;
    assert_eq!(class.written(session.id), [ada("Hajime!"), ada("Mate")]);
    assert_eq!(class.said(session.id).len(), 2);
}

#[tokio::test]
async fn another_desk_that_adopts_the_class_keeps_the_same_lines() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!", "Mate"]).await;
    class.desk.until_idle(&class.cloud).await;
    class.wait(MINUTE, 3).await;
    let folder = tempfile::tempdir().unwrap();
    let mut other = another_desk(&class.cloud, &class.desk, folder.path());
    sync::sync(&other.context).await.unwrap();
    for _ in 0..4 {
        other.pass(&class.cloud, MINUTE).await;
    }
    let chat = |desk: &TestDesk| session_texts::whole_chat(&desk.context, session.id).unwrap();
    assert_eq!((chat(&other), chat(&other).len()), (chat(&class.desk), 2));
    let transcript = |desk: &TestDesk| session_texts::whole_transcript(&desk.context, session.id).unwrap();
    assert_eq!(transcript(&other).lines.len(), 2);
    assert_eq!(transcript(&other), transcript(&class.desk));
}

#[tokio::test]
async fn a_class_that_was_begun_again_has_what_was_written_both_times() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold_twice().await;
    class.cloud.fault("GET", "/recordings-storage/chat_*", 1, json!({ "kind": "cut_body" })).await;
    class.wait(MINUTE, 8).await;
    assert_eq!(class.written(session.id), [ada("Hajime!"), ada("Mate")]);
    assert_eq!(class.chat(&session).state.name(), "there");
}

#[tokio::test]
async fn a_refused_file_of_one_session_in_the_room_spoils_no_other() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold_twice().await;
    let app = class.cloud.sandbox.info().app_id.clone();
    let held = class.cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/sessions")).await;
    let held = held["data"]["sessions"].as_array().unwrap();
    assert_eq!(held.len(), 2, "{held:?}");
    let first = held.iter().min_by_key(|one| one["started_at"].as_str().unwrap()).unwrap()["id"].as_str().unwrap();
    class.cloud.fault("GET", &format!("*/{first}/chat"), 100, json!({ "kind": "status", "status": 400 })).await;
    forget(&class, &session);
    class.wait(MINUTE, 3).await;
    assert_eq!(class.written(session.id), [ada("Mate")]);
    assert_eq!(class.chat(&session).state.name(), "waiting");
    class.cloud.clear_faults().await;
    class.wait(HOUR, 2).await;
    assert_eq!(class.written(session.id), [ada("Hajime!"), ada("Mate")]);
}

#[tokio::test]
async fn a_clock_that_was_set_wrongly_loses_no_text() {
    for ahead in [9 * DAY, -3 * DAY] {
        let mut class = Class::begin(json!({})).await;
        let session = class.hold(&["Hajime!"]).await;
        class.cloud.fault("GET", "*/chat", 1_000, json!({ "kind": "status", "status": 400 })).await;
        class.wait(MINUTE, 3).await;
        class.set_clock(ahead);
        class.desk.tick().await;
        assert_eq!(class.chat(&session).state.name(), if ahead > 0 { "lost" } else { "waiting" });
        class.cloud.clear_faults().await;
        class.set_clock(-ahead);
        class.desk.tick().await;
        class.wait(MINUTE, 3).await;
        assert_eq!(class.written(session.id), [ada("Hajime!")], "{ahead}");
        assert_eq!(class.chat(&session).state.name(), "there");
    }
}

#[tokio::test]
async fn the_captions_of_the_video_take_the_place_of_an_empty_transcript() {
    let mut class = Class::begin(json!({ "transcript_content": "empty_list" })).await;
    let session = class.hold(&["Hajime!"]).await;
    class.caption(&session).await;
    class.wait(10 * MINUTE, 8).await;
    let told = class.transcript(&session);
    assert_eq!((told.state.name(), told.source.map(Source::name)), ("waiting", Some("captions")), "{told:?}");
    assert!(told.sentence.contains("The captions of the video"), "{told:?}");
    let told = session_texts::whole_transcript(&class.desk.context, session.id).unwrap();
    assert!(told.in_video && told.lines[0].text.contains("Karate"), "{told:?}");
    class.wait(6 * HOUR, 5).await;
    let told = class.transcript(&session);
    assert_eq!((told.state.name(), told.source.map(Source::name)), ("there", Some("captions")), "{told:?}");
}

#[tokio::test]
async fn a_refused_transcript_does_not_keep_the_captions_away() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.cloud.fault("GET", "*/transcript", 1_000, json!({ "kind": "status", "status": 400 })).await;
    class.caption(&session).await;
    class.wait(10 * MINUTE, 8).await;
    assert_eq!(class.transcript(&session).source.map(Source::name), Some("captions"));
}

#[tokio::test]
async fn a_transcript_that_realtimekit_makes_late_replaces_longer_captions_for_good() {
    let mut class = Class::begin(json!({ "files_after_seconds": 2 * HOUR })).await;
    let session = class.hold(&["Hajime!"]).await;
    class.caption(&session).await;
    class.wait(10 * MINUTE, 8).await;
    let captions = class.said(session.id);
    assert!(captions.len() > 1 && class.transcript(&session).source == Some(Source::Captions), "{captions:?}");
    class.wait(10 * MINUTE, 12).await;
    assert_eq!(class.transcript(&session).source, Some(Source::RealtimeKit));
    assert_eq!(class.said(session.id).into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["Hajime!"]);
    // RealtimeKit has no file any more.
    class.cloud.control("switches", json!({ "transcript_content": "empty_list" })).await;
    forget(&class, &session);
    class.wait(10 * MINUTE, 2).await;
    assert_eq!(class.transcript(&session).source, Some(Source::RealtimeKit));
}

#[tokio::test]
async fn times_that_count_from_another_recording_are_no_places_in_the_video() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!"]).await;
    class.wait(MINUTE, 3).await;
    let context = class.desk.context.clone();
    let saved = |format| session_texts::written(&context, session.id, TextKind::Transcript, format);
    assert!(saved(TextFormat::Vtt).unwrap().contains("-->"));
    let now = context.now();
    let of_another = |known| SessionText { recording: Some(RecordingId::new()), ..known };
    context.store().note_session_text(session.id, TextKind::Transcript, now, None, of_another).unwrap();
    assert!(!session_texts::whole_transcript(&context, session.id).unwrap().in_video);
    let refused = saved(TextFormat::Vtt).unwrap_err();
    assert!(refused.code() == "conflict" && refused.to_string().contains("not places in the video"), "{refused}");
    assert!(saved(TextFormat::Text).unwrap().contains("Hajime!"));
}

/// Makes both texts of the session due, as they are at the times at which Cloudflare is asked.
fn forget(class: &Class, session: &Session) {
    let context = &class.desk.context;
    let now = context.now();
    for kind in [TextKind::Chat, TextKind::Transcript] {
        let due = |known| SessionText { next_ask: Some(now), ..known };
        context.store().note_session_text(session.id, kind, now, None, due).unwrap();
    }
}

#[tokio::test]
async fn transcripts_that_are_turned_off_are_neither_made_nor_asked_for() {
    let mut class = Class::begin(json!({})).await;
    let off = Preferences { transcripts: false, ..settings::get(&class.desk.context).unwrap() };
    settings::save(&class.desk.context, &off).unwrap();
    let session = class.hold(&["Hajime!"]).await;
    class.wait(MINUTE, 3).await;
    assert_eq!((class.chat(&session).state.name(), class.transcript(&session).state.name()), ("there", "off"));
    settings::save(&class.desk.context, &Preferences { transcripts: true, ..off }).unwrap();
    class.wait(MINUTE, 3).await;
    assert_eq!(class.transcript(&session).lines, 0, "RealtimeKit was told to make none");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_and_writes_both() {
    let mut class = Class::begin(json!({})).await;
    let session = class.hold(&["Hajime!", "=1+1"]).await;
    class.wait(MINUTE, 3).await;
    let Class { cloud, folder, desk } = class;
    drop(desk);
    let id = session.id.to_string();
    let cli = |arguments: &[&str]| command_line::run(&cloud, folder.path(), arguments);
    let chat = command_line::printed(&cli(&["session", "chat", &id]));
    assert_eq!((&chat["state"], &chat["all"][1]["text"]), (&json!("there"), &json!("=1+1")));
    assert!(chat["all"][0]["place_ms"].is_i64() && chat["all"][0]["at"].is_string(), "{chat}");
    let transcript = command_line::printed(&cli(&["session", "transcript", &id]));
    assert_eq!((&transcript["source"], &transcript["in_video"]), (&json!("realtimekit"), &json!(true)));
    let history = command_line::printed(&cli(&["session", "history", &id]));
    assert_eq!((&history["chat"]["lines"], &history["transcript"]["lines"]), (&json!(2), &json!(2)));
    let text = |format: &str| {
        let output = cli(&["session", "transcript", &id, "--format", format]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(
        text("vtt").starts_with("WEBVTT\n\n00:00:") && text("vtt").contains("\n<v Ada>Hajime!\n"),
        "{}",
        text("vtt")
    );
    assert!(text("txt").contains("  Ada: Hajime!\n") && text("csv").contains(",Ada,\"'=1+1\"\r\n"));
    assert_eq!(serde_json::from_str::<Value>(&text("json")).unwrap()[0]["text"], "Hajime!");
    let planned = command_line::printed(&cli(&[
        "session",
        "add",
        "--title",
        "Judo",
        "--instructor",
        "R. Alves",
        "--start",
        "2027-01-01T10:00",
    ]));
    let refused = command_line::refused(&cli(&["session", "chat", planned["id"].as_str().unwrap(), "--format", "txt"]));
    assert_eq!(refused["code"], "conflict");
}
