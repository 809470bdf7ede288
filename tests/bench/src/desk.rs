//! A desk on the sandbox, and recordings in flight for which no session is held.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use cloudflare_sandbox::Sandbox;
use hajime_core::config::Profile;
use hajime_core::context::Context;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::recorder::recording::{Facts, Recording};
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::domain::schedule::session::{Plan, Room, RoomCode, Session, SessionState};
use hajime_core::domain::schedule::start::Start;
use hajime_core::opening::{self, Platform};
use hajime_core::ports::{MemorySecrets, Quiet};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::api::{Api, Failure};

pub(crate) fn open(sandbox: &Sandbox, folder: &Path) -> Result<Context, Failure> {
    open_at(sandbox, &sandbox.info().base_url, folder)
}

/// Opens a desk that reaches the sandbox by another address.
pub(crate) fn open_at(sandbox: &Sandbox, base_url: &str, folder: &Path) -> Result<Context, Failure> {
    let info = sandbox.info();
    let connection = Profile {
        base_url: base_url.parse()?,
        account: info.account_id.parse()?,
        token: SecretString::from(info.api_token.clone()),
        app: Some(info.app_id.parse()?),
    };
    let surroundings = Platform {
        secrets: Some(Arc::new(MemorySecrets::default())),
        notifier: Arc::new(Quiet),
        events: Arc::new(Quiet),
        local_join_page: None,
    };
    Ok(opening::open_context(folder, &connection, surroundings)?)
}

/// Adds recordings in flight: half of them wait for RealtimeKit, half for Stream, and none makes progress.
pub(crate) async fn put_in_flight(
    api: &Api,
    sandbox: &Sandbox,
    context: &Context,
    count: usize,
) -> Result<(), Failure> {
    let source = api.recorded(sandbox).await?;
    let for_ever = 1_000_000_000.0;
    let frozen = json!({ "upload_seconds": for_ever, "queue_seconds": for_ever });
    sandbox.control("POST", "switches", &frozen).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let saving = count / 2;
    let meetings = api.many(saving, |number| {
        let title = format!("Session {number} · HJ-{number:08}");
        api.call(Method::POST, api.kit("/meetings"), Some(json!({ "title": title })))
    });
    let mut recorded = Vec::new();
    for meeting in meetings.await? {
        let id = text(&meeting["data"]["id"]);
        sandbox.control("POST", "join", &json!({ "meeting_id": id, "name": "Ada" })).await?;
        // The sandbox draws the picture of each recording; a small picture takes less time.
        let small = json!({ "meeting_id": id, "video_config": { "width": 64, "height": 36 } });
        let started = api.call(Method::POST, api.kit("/recordings"), Some(small)).await?;
        recorded.push((id, text(&started["data"]["id"])));
    }
    sandbox.control("POST", "advance", &json!({ "seconds": 30 })).await?;
    for (room, recording) in &recorded {
        let stop = Some(json!({ "action": "stop" }));
        api.call(Method::PUT, api.kit(&format!("/recordings/{recording}")), stop).await?;
        let facts = Facts { realtimekit_recording: Some(recording.parse()?), ..Facts::default() };
        add(context, room, Stage::Uploading, facts)?;
    }
    let videos =
        api.many(count - saving, |_| api.call(Method::POST, api.stream("/copy"), Some(json!({ "url": source }))));
    for video in videos.await? {
        let facts = Facts { video: Some(text(&video["result"]["uid"]).parse()?), ..Facts::default() };
        add(context, "gone", Stage::Importing(Import::Downloading), facts)?;
    }
    sandbox.control("POST", "advance", &json!({ "seconds": 60 })).await?;
    Ok(())
}

fn add(context: &Context, room: &str, stage: Stage, facts: Facts) -> Result<(), Failure> {
    let now = context.now();
    let plan = Plan {
        title: "Karate".into(),
        instructor: "R. Alves".into(),
        start: Start::at(now - TimeDelta::hours(1), chrono_tz::UTC),
        length: TimeDelta::hours(1),
        record: true,
        quality: Quality::High,
        max_participants: 50,
    };
    let mut session = Session::new(plan, now);
    let opened = Room { id: room.parse()?, code: Some(RoomCode::random()), opened_at: now - TimeDelta::hours(1) };
    session.state = SessionState::Ended(opened, now);
    context.store().add_session(&session)?;
    let recording = Recording { facts, ..Recording::new(&session, stage, now) };
    Ok(context.store().add_recording(&recording, "Put on its way.")?)
}
