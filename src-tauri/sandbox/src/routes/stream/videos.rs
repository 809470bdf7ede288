//! The routes of videos: copying from a URL, listing, editing, deleting.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::{find, missing, watermarks};
use crate::{
    call::Call,
    clock::{Moment, micros},
    delivery::origins,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields, Query, contains, is_web_address},
    state::{
        Model,
        task::Task,
        video::{Import, Video, VideoJson, VideoState},
    },
    switches::{MetaEdit, Switches},
};

/// The least and most days from creation to the scheduled deletion.
const SCHEDULED_DELETION_DAYS: (i64, i64) = (30, 1_096);
const MAX_META_BYTES: usize = 16 << 10;

/// `POST /stream/copy`
pub fn copy(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let source = match fields.text("input")? {
        Some(input) => input,
        None => fields.required_text("url")?,
    };
    if !is_web_address(&source) {
        return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_010, "Invalid URL"));
    }
    let details = VideoDetails::read(&fields, call.world.with(|model| model.now))?;
    let creator = call.headers.get("upload-creator").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let shown = call.world.with(|model| {
        check_capacity(model, &call.account)?;
        let mut video = new_video(model, &call.account);
        details.apply(&mut video, MetaEdit::Replace);
        video.creator = video.creator.take().or(creator);
        apply_name(&mut video, &fields)?;
        video.watermark = watermarks::requested(model, call, &fields)?;
        video.meta.insert("downloaded-from".into(), source.clone().into());
        video.source = Some(source);
        let shown = video.to_json(&model.host, model.now);
        model.tasks.push(Task::FetchSource { video: video.uid.clone() });
        model.videos.put(video);
        Ok(shown)
    })?;
    Ok(Reply::Result(shown))
}

/// `GET /stream`
pub fn list(call: &Call) -> Answer {
    let query = Query::new(&call.query, ErrorFormat::V4);
    let either = |a: &str, b: &str| {
        Ok::<_, Refusal>(match query.moment(a)? {
            Some(moment) => Some(moment),
            None => query.moment(b)?,
        })
    };
    let (after, before) = (either("start", "after")?, either("end", "before")?);
    let limit = query.count("limit", 0..=1_000)?.filter(|limit| *limit > 0).unwrap_or(1_000);
    let ascending = query.flag("asc")?.unwrap_or(false);
    let with_counts = query.flag("include_counts")?.unwrap_or(false);
    let status = match query.text("status") {
        None => None,
        Some("live-inprogress") => Some(None),
        Some(text) => Some(Some(parse_state(text).ok_or_else(|| query.refuse("status", "is not a video state"))?)),
    };
    let live_only = query.text("type").is_some_and(|kind| kind == "live") || query.text("live_input_id").is_some();
    let ids: BTreeSet<&str> = query.list("id").into_iter().collect();
    let names: BTreeSet<&str> = query.list("name").into_iter().collect();
    let (exact, search, creator) = (query.text("video_name"), query.text("search"), query.text("creator"));
    call.world.with(|model| {
        let fits = |video: &&Video| {
            !live_only
                && (ids.is_empty() || ids.contains(video.uid.as_str()))
                && (names.is_empty()
                    || names.contains(video.uid.as_str())
                    || video.name().is_some_and(|name| names.contains(name)))
                && after.is_none_or(|after| video.created > after)
                && before.is_none_or(|before| video.created < before)
                && status.is_none_or(|status| status == Some(video.state))
                && exact.is_none_or(|exact| video.name() == Some(exact))
                && search.is_none_or(|search| video.name().is_some_and(|name| contains(name, search)))
                && creator.is_none_or(|creator| video.creator.as_deref() == Some(creator))
        };
        let all = || model.videos.owned_by(&call.account);
        let videos: Vec<&Video> = if ascending {
            all().filter(fits).take(limit).collect()
        } else {
            all().rev().filter(fits).take(limit).collect()
        };
        let mut beside = Map::new();
        if with_counts {
            // Cloudflare documents `total` and `range` as members of the envelope, not of the result.
            beside.insert("total".into(), all().filter(fits).count().into());
            beside.insert("range".into(), videos.len().into());
        }
        let shown: Vec<_> = videos.iter().map(|video| VideoJson::of(video, &model.host, model.now)).collect();
        Ok(Reply::list(&shown, beside))
    })
}

/// `GET /stream/{uid}`
pub fn get(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(find(model, call, uid)?.to_json(&model.host, model.now))))
}

/// `POST /stream/{uid}`
pub fn edit(call: &Call, uid: &str) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let created = call.world.with(|model| find(model, call, uid).map(|video| video.created))?;
    if fields.text("uid")?.is_some_and(|sent| sent != uid) {
        return Err(fields.refuse("uid", "cannot be changed"));
    }
    let details = VideoDetails::read(&fields, created)?;
    call.world.with(|model| {
        let (now, host, how) = (model.now, model.host.clone(), model.switches.meta_edit);
        let shown = model.videos.edit(uid, |video| {
            details.apply(video, how);
            video.modified = now;
            video.to_json(&host, now)
        });
        shown.map(Reply::Result).ok_or_else(missing)
    })
}

/// `DELETE /stream/{uid}`: deletes the video for good, and answers with an empty body.
pub fn delete(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        model.delete_video(uid);
        Ok(Reply::Empty)
    })
}

/// `GET /stream/{uid}/embed`: HTML with the player.
pub fn embed(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        let uid = &find(model, call, uid)?.uid;
        let src = format!("{}/{uid}/iframe", model.host);
        Ok(Reply::Html(format!(
            "<iframe src=\"{src}\" title=\"Video player\" allow=\"accelerometer; gyroscope; autoplay; encrypted-media; \
             picture-in-picture;\" allowfullscreen=\"true\" style=\"border: none; width: 100%; aspect-ratio: 16 / 9\">\
             </iframe>"
        )))
    })
}

/// `GET /stream/storage-usage`
pub fn storage_usage(call: &Call) -> Answer {
    let creator = Query::new(&call.query, ErrorFormat::V4).text("creator");
    call.world.with(|model| {
        let stored: Vec<&Video> = stored_videos(model, &call.account, creator).collect();
        Ok(Reply::Result(json!({
            "creator": creator,
            "totalStorageMinutes": stored.iter().map(|video| minutes(video)).sum::<f64>(),
            "totalStorageMinutesLimit": model.switches.storage_limit_minutes,
            "videoCount": stored.len(),
        })))
    })
}

/// A new video without a source.
pub fn new_video(model: &mut Model, account: &str) -> Video {
    let created = model.stamp();
    Video {
        uid: ids::hex32(),
        account: account.to_owned(),
        created,
        modified: created,
        meta: Map::new(),
        creator: None,
        allowed_origins: Vec::new(),
        require_signed_urls: false,
        scheduled_deletion: None,
        thumbnail_pct: 0.0,
        max_duration_seconds: None,
        public_details: None,
        upload_expiry: None,
        source: None,
        import: Import::Open,
        state: VideoState::Downloading,
        ready_at: None,
        download: None,
        audio_download: None,
        watermark: None,
        clipped_from: None,
    }
}

/// Copies the request's member `name` into the `meta` of a new video, unless `meta` has a name.
pub fn apply_name(video: &mut Video, fields: &Fields) -> Result<(), Refusal> {
    if let Some(name) = fields.text("name")? {
        video.meta.entry("name").or_insert(name.into());
    }
    Ok(())
}

/// Refuses a new video when the account's storage is full or too many of its videos are queued or encoding.
pub fn check_capacity(model: &Model, account: &str) -> Result<(), Refusal> {
    let used = stored_minutes(model, account);
    let limit = model.switches.storage_limit_minutes;
    #[expect(clippy::cast_precision_loss, reason = "a limit in minutes is far below 2^52")]
    if used >= limit as f64 {
        let note = format!("allocated {limit} minutes");
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_011, "Storage capacity exceeded").with_message(10_011, note));
    }
    let encoding = model.videos.owned_by(account).filter(|video| video.is_encoding()).count();
    if encoding >= model.switches.concurrent_encodes {
        let status = Switches::status(model.switches.too_many_encodes_status);
        return Err(Refusal::v4(status, 10_029, "Too many videos are queued or encoding"));
    }
    Ok(())
}

/// The minutes of all videos that an account stores.
pub fn stored_minutes(model: &Model, account: &str) -> f64 {
    stored_videos(model, account, None).map(minutes).sum()
}

fn stored_videos<'m>(model: &'m Model, account: &str, creator: Option<&str>) -> impl Iterator<Item = &'m Video> {
    let counts = move |video: &&Video| {
        video.is_playable() && creator.is_none_or(|creator| video.creator.as_deref() == Some(creator))
    };
    model.videos.owned_by(account).filter(counts)
}

fn minutes(video: &Video) -> f64 {
    video.footage().map_or(0.0, |footage| crate::state::video::seconds_of(footage.millis) / 60.0)
}

fn parse_state(text: &str) -> Option<VideoState> {
    serde_json::from_value(text.into()).ok()
}

/// A change to a member that can be null.
#[derive(Debug)]
pub enum Change<T> {
    /// The member was not sent and keeps its value.
    Keep,
    /// The member becomes null.
    Clear,
    /// The member gets this value.
    Set(T),
}

impl<T> Change<T> {
    /// Returns the change that a request makes. `value` is the parsed member; `None` when it is absent or null.
    pub fn sent(fields: &Fields, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Set(value),
            None if fields.has(name) => Self::Clear,
            None => Self::Keep,
        }
    }

    /// Applies the change.
    pub fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }
}

/// The members of a video that a request sets, at its creation or later.
#[derive(Debug)]
pub struct VideoDetails {
    meta: Option<Map<String, Value>>,
    creator: Change<String>,
    allowed_origins: Option<Vec<String>>,
    require_signed_urls: Option<bool>,
    scheduled_deletion: Change<Moment>,
    thumbnail_pct: Option<f64>,
    max_duration_seconds: Option<u64>,
    player: Change<Value>,
    upload_expiry: Option<Moment>,
}

impl VideoDetails {
    /// Parses the members for a video created at `created`.
    pub fn read(fields: &Fields, created: Moment) -> Result<Self, Refusal> {
        let meta = fields.object("meta")?.map(|meta| meta.members().clone());
        if meta.as_ref().is_some_and(|meta| Value::Object(meta.clone()).to_string().len() > MAX_META_BYTES) {
            return Err(fields.refuse("meta", "is too large"));
        }
        let creator = fields.text("creator")?;
        if creator.as_ref().is_some_and(|creator| creator.chars().count() > 64) {
            return Err(fields.refuse("creator", "is longer than 64 characters"));
        }
        let allowed_origins = fields.texts("allowedOrigins")?;
        if allowed_origins.iter().flatten().any(|pattern| !origins::is_pattern(pattern)) {
            return Err(fields.refuse("allowedOrigins", "must be hosts without scheme and path"));
        }
        let player = fields.object("publicDetails")?;
        if let Some(player) = &player {
            for member in ["title", "share_link", "channel_link", "logo"] {
                player.text(member)?;
            }
        }
        let scheduled_deletion = fields.moment("scheduledDeletion")?;
        if let Some(deletion) = scheduled_deletion {
            let (least, most) = SCHEDULED_DELETION_DAYS;
            // The dates may be exceeded a little, because the client computed them with another clock.
            let slack = TimeDelta::minutes(5);
            let earliest = created + TimeDelta::days(least) - slack;
            if deletion < earliest || deletion > created + TimeDelta::days(most) + slack {
                let why = format!("must be {least} to {most} days after the video's creation at {}", micros(created));
                return Err(fields.refuse("scheduledDeletion", why));
            }
        }
        Ok(Self {
            meta,
            creator: Change::sent(fields, "creator", creator),
            allowed_origins,
            require_signed_urls: fields.flag("requireSignedURLs")?,
            scheduled_deletion: Change::sent(fields, "scheduledDeletion", scheduled_deletion),
            thumbnail_pct: fields.number("thumbnailTimestampPct", 0.0..=1.0)?,
            max_duration_seconds: fields
                .integer("maxDurationSeconds", 1..=36_000)?
                .and_then(|seconds| u64::try_from(seconds).ok()),
            player: Change::sent(
                fields,
                "publicDetails",
                player.map(|details| Value::Object(details.members().clone())),
            ),
            upload_expiry: fields.moment("uploadExpiry")?,
        })
    }

    /// Sets the members that were sent on a video. `meta_edit` decides what happens to the old `meta`.
    pub fn apply(self, video: &mut Video, meta_edit: MetaEdit) {
        if let Some(meta) = self.meta {
            match meta_edit {
                MetaEdit::Replace => video.meta = meta,
                MetaEdit::Merge => video.meta.extend(meta),
            }
        }
        self.creator.apply(&mut video.creator);
        self.scheduled_deletion.apply(&mut video.scheduled_deletion);
        self.player.apply(&mut video.public_details);
        if let Some(origins) = self.allowed_origins {
            video.allowed_origins = origins;
        }
        if let Some(required) = self.require_signed_urls {
            video.require_signed_urls = required;
        }
        if let Some(pct) = self.thumbnail_pct {
            video.thumbnail_pct = pct;
        }
        if self.max_duration_seconds.is_some() {
            video.max_duration_seconds = self.max_duration_seconds;
        }
        if self.upload_expiry.is_some() {
            video.upload_expiry = self.upload_expiry;
        }
    }
}
