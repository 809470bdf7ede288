//! The routes of live inputs and their outputs. The routes only store objects; see [`crate::state::live_input`].

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{missing, videos::Change};
use crate::{
    call::Call,
    delivery::origins,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields, Query},
    state::{
        Model,
        live_input::{LiveInput, Output, Recording, RecordingMode},
    },
};

const MAX_LIVE_INPUTS: usize = 1_000;
const MAX_OUTPUTS_PER_INPUT: usize = 50;
const RETENTION_DAYS: std::ops::RangeInclusive<f64> = 30.0..=1_096.0;

/// `/stream/live_inputs/…`
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    Some(match (&call.method, rest) {
        (&Method::GET, []) => list(call),
        (&Method::POST, []) => create(call),
        (&Method::GET, [uid]) => get(call, uid),
        (&Method::PUT, [uid]) => update(call, uid),
        (&Method::DELETE, [uid]) => delete(call, uid),
        (&Method::GET, [uid, "videos"]) => videos(call, uid),
        (&Method::GET, [uid, "outputs"]) => outputs(call, uid),
        (&Method::POST, [uid, "outputs"]) => add_output(call, uid),
        (&Method::PUT, [uid, "outputs", output]) => switch_output(call, uid, output),
        (&Method::DELETE, [uid, "outputs", output]) => delete_output(call, uid, output),
        _ => return None,
    })
}

fn list(call: &Call) -> Answer {
    let with_counts = Query::new(&call.query, ErrorFormat::V4).flag("include_counts")?.unwrap_or(false);
    call.world.with(|model| {
        let mut inputs: Vec<&LiveInput> = inputs_of(model, call).collect();
        inputs.sort_by_key(|input| std::cmp::Reverse(input.created));
        let listed: Vec<Value> = inputs.iter().map(|input| input.to_list_json()).collect();
        let mut result = json!({ "liveInputs": listed });
        if with_counts {
            result["range"] = inputs.len().into();
            result["total"] = inputs.len().into();
        }
        Ok(Reply::Result(result))
    })
}

fn create(call: &Call) -> Answer {
    let changes = LiveInputChanges::read(&call.body)?;
    let key = call.headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    call.world.with(|model| {
        // A repeated request with the same `Idempotency-Key` returns the same input.
        let made =
            key.as_ref().and_then(|key| inputs_of(model, call).find(|input| input.made_with.as_ref() == Some(key)));
        if let Some(made) = made {
            return Ok(Reply::Result(made.to_json(&model.host)));
        }
        if inputs_of(model, call).count() >= MAX_LIVE_INPUTS {
            return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_012, "Too many live inputs"));
        }
        let created = model.stamp();
        let mut input = LiveInput {
            uid: ids::hex32(),
            account: call.account.clone(),
            created,
            modified: created,
            meta: Map::new(),
            enabled: true,
            default_creator: None,
            delete_after_days: None,
            low_latency: false,
            recording: Recording::default(),
            outputs: Vec::new(),
            made_with: key,
            seed: ids::hex32(),
        };
        changes.apply(&mut input);
        let shown = input.to_json(&model.host);
        model.live_inputs.put(input);
        Ok(Reply::Result(shown))
    })
}

fn get(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(find(model, call, uid)?.to_json(&model.host))))
}

fn update(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| ()))?;
    let changes = LiveInputChanges::read(&call.body)?;
    edit(call, uid, |input, host| {
        changes.apply(input);
        Ok(Reply::Result(input.to_json(host)))
    })
}

/// Answers with an empty body, as the deletion of a video does.
fn delete(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        model.live_inputs.remove(uid);
        Ok(Reply::Empty)
    })
}

/// Returns the videos of the input's broadcasts: always none, because no input accepts a broadcast.
fn videos(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| Reply::Result(json!([]))))
}

fn outputs(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(find(model, call, uid)?.outputs.iter().map(Output::to_json).collect())))
}

fn add_output(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| ()))?;
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let url = fields.required_text("url")?;
    let known = url::Url::parse(&url).is_ok_and(|url| ["rtmp", "rtmps", "srt"].contains(&url.scheme()));
    if !known {
        return Err(fields.refuse("url", "must be an RTMP, RTMPS or SRT address"));
    }
    let stream_key = fields.required_text("streamKey")?;
    let enabled = fields.flag("enabled")?.unwrap_or(true);
    edit(call, uid, |input, _| {
        if input.outputs.len() >= MAX_OUTPUTS_PER_INPUT {
            return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_012, "Too many outputs"));
        }
        let output = Output { uid: ids::hex32(), url, stream_key, enabled };
        let shown = output.to_json();
        input.outputs.push(output);
        Ok(Reply::Result(shown))
    })
}

fn switch_output(call: &Call, uid: &str, output: &str) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| ()))?;
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let enabled = fields.flag("enabled")?.ok_or_else(|| fields.refuse("enabled", "is required"))?;
    edit(call, uid, |input, _| {
        let output = input.outputs.iter_mut().find(|known| known.uid == output).ok_or_else(missing)?;
        output.enabled = enabled;
        Ok(Reply::Result(output.to_json()))
    })
}

fn delete_output(call: &Call, uid: &str, output: &str) -> Answer {
    edit(call, uid, |input, _| {
        let at = input.outputs.iter().position(|known| known.uid == output).ok_or_else(missing)?;
        input.outputs.remove(at);
        Ok(Reply::Empty)
    })
}

fn inputs_of<'m>(model: &'m Model, call: &'m Call) -> impl Iterator<Item = &'m LiveInput> {
    model.live_inputs.iter().filter(|input| input.account == call.account)
}

fn find<'m>(model: &'m Model, call: &Call, uid: &str) -> Result<&'m LiveInput, Refusal> {
    model.live_inputs.get(uid).filter(|input| input.account == call.account).ok_or_else(missing)
}

/// Changes an input. `change` also gets the delivery host, such as `http://127.0.0.1:8080`.
fn edit(call: &Call, uid: &str, change: impl FnOnce(&mut LiveInput, &str) -> Answer) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        let (now, host) = (model.now, model.host.clone());
        let changed = model.live_inputs.edit(uid, |input| {
            let before = std::mem::replace(&mut input.modified, now);
            change(input, &host).inspect_err(|_| input.modified = before)
        });
        changed.unwrap_or_else(|| Err(missing()))
    })
}

/// The changes a request makes to an input; `None` leaves a member as it is.
struct LiveInputChanges {
    meta: Option<Map<String, Value>>,
    enabled: Option<bool>,
    default_creator: Option<String>,
    delete_after_days: Change<f64>,
    low_latency: Option<bool>,
    mode: Option<RecordingMode>,
    require_signed_urls: Option<bool>,
    allowed_origins: Option<Vec<String>>,
    timeout_seconds: Option<i64>,
    hide_live_viewer_count: Option<bool>,
}

impl LiveInputChanges {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let fields = Fields::read(body, ErrorFormat::V4)?;
        let recording =
            fields.object("recording")?.unwrap_or_else(|| Fields::from_members(Map::new(), ErrorFormat::V4));
        let days = fields.number("deleteRecordingAfterDays", RETENTION_DAYS)?;
        let mode = recording.one_of("mode", &["off", "automatic"])?;
        let allowed_origins = recording.texts("allowedOrigins")?;
        if allowed_origins.iter().flatten().any(|pattern| !origins::is_pattern(pattern)) {
            return Err(recording.refuse("allowedOrigins", "must be hosts without scheme and path"));
        }
        Ok(Self {
            meta: fields.object("meta")?.map(|meta| meta.members().clone()),
            enabled: fields.flag("enabled")?,
            default_creator: fields.text("defaultCreator")?,
            delete_after_days: Change::sent(&fields, "deleteRecordingAfterDays", days),
            low_latency: fields.flag("preferLowLatency")?,
            mode: mode.map(|mode| if mode == "automatic" { RecordingMode::Automatic } else { RecordingMode::Off }),
            require_signed_urls: recording.flag("requireSignedURLs")?,
            allowed_origins,
            timeout_seconds: recording.integer("timeoutSeconds", 0..=86_400)?,
            hide_live_viewer_count: recording.flag("hideLiveViewerCount")?,
        })
    }

    fn apply(self, input: &mut LiveInput) {
        let set = |to: &mut bool, said: Option<bool>| *to = said.unwrap_or(*to);
        set(&mut input.enabled, self.enabled);
        set(&mut input.low_latency, self.low_latency);
        let recording = &mut input.recording;
        set(&mut recording.require_signed_urls, self.require_signed_urls);
        set(&mut recording.hide_live_viewer_count, self.hide_live_viewer_count);
        recording.mode = self.mode.unwrap_or(recording.mode);
        recording.timeout_seconds = self.timeout_seconds.unwrap_or(recording.timeout_seconds);
        if let Some(origins) = self.allowed_origins {
            recording.allowed_origins = origins;
        }
        if let Some(meta) = self.meta {
            input.meta = meta;
        }
        if self.default_creator.is_some() {
            input.default_creator = self.default_creator;
        }
        self.delete_after_days.apply(&mut input.delete_after_days);
    }
}
