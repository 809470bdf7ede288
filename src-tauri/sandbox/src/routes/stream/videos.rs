//! Videos: copying from a URL, listing, changing, deleting.

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
    routes::input::{Fields, Manner, Query, contains, is_web_address},
    state::{
        Model,
        task::Task,
        video::{Import, ShownVideo, Video, VideoState},
    },
    switches::{MetaEdit, Switches},
};

/// Deletion may be scheduled this many days after creation, at least and at most.
const DELETION_DAYS: (i64, i64) = (30, 1_096);
const MOST_META_BYTES: usize = 16 << 10;

/// `POST /stream/copy`
pub fn copy(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, Manner::V4)?;
    let source = match fields.text("input")? {
        Some(input) => input,
        None => fields.needed_text("url")?,
    };
    if !is_web_address(&source) {
        return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_010, "Invalid URL"));
    }
    let details = Details::read(&fields, call.world.with(|model| model.now))?;
    let creator = call.headers.get("upload-creator").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let shown = call.world.with(|model| {
        admits_another(model, &call.account)?;
        let mut video = new_video(model, &call.account);
        details.apply(&mut video, MetaEdit::Replace);
        video.creator = video.creator.take().or(creator);
        name(&mut video, &fields)?;
        video.watermark = watermarks::chosen(model, call, &fields)?;
        video.meta.insert("downloaded-from".into(), source.clone().into());
        video.source = Some(source);
        let shown = video.shown(&model.host, model.now);
        model.tasks.push(Task::FetchSource { video: video.uid.clone() });
        model.videos.put(video);
        Ok(shown)
    })?;
    Ok(Reply::Result(shown))
}

/// `GET /stream`
pub fn list(call: &Call) -> Answer {
    let query = Query::new(&call.query, Manner::V4);
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
        Some(text) => Some(Some(state_named(text).ok_or_else(|| query.wrong("status", "is not a video state"))?)),
    };
    let live_only = query.text("type").is_some_and(|kind| kind == "live") || query.text("live_input_id").is_some();
    let ids: BTreeSet<&str> = query.list("id").into_iter().collect();
    let names: BTreeSet<&str> = query.list("name").into_iter().collect();
    let (exact, sought, creator) = (query.text("video_name"), query.text("search"), query.text("creator"));
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
                && sought.is_none_or(|sought| video.name().is_some_and(|name| contains(name, sought)))
                && creator.is_none_or(|creator| video.creator.as_deref() == Some(creator))
        };
        let all = || model.videos.of(&call.account);
        let videos: Vec<&Video> = if ascending {
            all().filter(fits).take(limit).collect()
        } else {
            all().rev().filter(fits).take(limit).collect()
        };
        let mut beside = Map::new();
        if with_counts {
            // The documentation types both as numbers; they are members of the envelope, not of the result.
            beside.insert("total".into(), all().filter(fits).count().into());
            beside.insert("range".into(), videos.len().into());
        }
        let shown: Vec<_> = videos.iter().map(|video| ShownVideo::of(video, &model.host, model.now)).collect();
        Ok(Reply::list(&shown, beside))
    })
}

/// `GET /stream/{uid}`
pub fn get(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(find(model, call, uid)?.shown(&model.host, model.now))))
}

/// `POST /stream/{uid}`
pub fn edit(call: &Call, uid: &str) -> Answer {
    let fields = Fields::read(&call.body, Manner::V4)?;
    let created = call.world.with(|model| find(model, call, uid).map(|video| video.created))?;
    if fields.text("uid")?.is_some_and(|sent| sent != uid) {
        return Err(fields.wrong("uid", "cannot be changed"));
    }
    let details = Details::read(&fields, created)?;
    call.world.with(|model| {
        let (now, host, how) = (model.now, model.host.clone(), model.switches.meta_edit);
        let shown = model.videos.edit(uid, |video| {
            details.apply(video, how);
            video.modified = now;
            video.shown(&host, now)
        });
        shown.map(Reply::Result).ok_or_else(missing)
    })
}

/// `DELETE /stream/{uid}`: for good, and with an empty body.
pub fn delete(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        model.delete_video(uid);
        Ok(Reply::Empty)
    })
}

/// `GET /stream/{uid}/embed`: a snippet of HTML.
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
    let creator = Query::new(&call.query, Manner::V4).text("creator");
    call.world.with(|model| {
        let stored: Vec<&Video> = stored(model, &call.account, creator).collect();
        Ok(Reply::Result(json!({
            "creator": creator,
            "totalStorageMinutes": stored.iter().map(|video| minutes(video)).sum::<f64>(),
            "totalStorageMinutesLimit": model.switches.storage_limit_minutes,
            "videoCount": stored.len(),
        })))
    })
}

/// A video without a source yet.
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

/// Gives a new video the name beside its `meta`, unless `meta` has one.
pub fn name(video: &mut Video, fields: &Fields) -> Result<(), Refusal> {
    if let Some(name) = fields.text("name")? {
        video.meta.entry("name").or_insert(name.into());
    }
    Ok(())
}

/// Whether the account may add a video: its storage is not full and the queue for encoders not too long.
pub fn admits_another(model: &Model, account: &str) -> Result<(), Refusal> {
    let used: f64 = stored(model, account, None).map(minutes).sum();
    let limit = model.switches.storage_limit_minutes;
    #[expect(clippy::cast_precision_loss, reason = "a limit in minutes is far below 2^52")]
    if used >= limit as f64 {
        let note = format!("allocated {limit} minutes");
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_011, "Storage capacity exceeded").noting(10_011, note));
    }
    let encoding = model.videos.of(account).filter(|video| video.is_encoding()).count();
    if encoding >= model.switches.concurrent_encodes {
        let status = Switches::status(model.switches.too_many_encodes_status);
        return Err(Refusal::v4(status, 10_029, "Too many videos are queued or encoding"));
    }
    Ok(())
}

fn stored<'m>(model: &'m Model, account: &str, creator: Option<&str>) -> impl Iterator<Item = &'m Video> {
    let counts = move |video: &&Video| {
        video.is_playable() && creator.is_none_or(|creator| video.creator.as_deref() == Some(creator))
    };
    model.videos.of(account).filter(counts)
}

fn minutes(video: &Video) -> f64 {
    video.footage().map_or(0.0, |footage| crate::state::video::seconds_of(footage.millis) / 60.0)
}

fn state_named(text: &str) -> Option<VideoState> {
    serde_json::from_value(text.into()).ok()
}

/// What an integrator says about a member that may also be taken away.
#[derive(Debug)]
pub enum Change<T> {
    /// Nothing was said.
    Keep,
    /// It is to be null.
    Clear,
    /// It is to be this.
    Set(T),
}

impl<T> Change<T> {
    /// What was sent under a name, as it has been read.
    pub fn sent(fields: &Fields, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Set(value),
            None if fields.has(name) => Self::Clear,
            None => Self::Keep,
        }
    }

    /// Makes the change.
    pub fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }
}

/// What an integrator says about a video, at its making or later.
#[derive(Debug)]
pub struct Details {
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

impl Details {
    /// Reads them for a video created at `created`.
    pub fn read(fields: &Fields, created: Moment) -> Result<Self, Refusal> {
        let meta = fields.object("meta")?.map(|meta| meta.members().clone());
        if meta.as_ref().is_some_and(|meta| Value::Object(meta.clone()).to_string().len() > MOST_META_BYTES) {
            return Err(fields.wrong("meta", "is too large"));
        }
        let creator = fields.text("creator")?;
        if creator.as_ref().is_some_and(|creator| creator.chars().count() > 64) {
            return Err(fields.wrong("creator", "is longer than 64 characters"));
        }
        let allowed_origins = fields.texts("allowedOrigins")?;
        if allowed_origins.iter().flatten().any(|pattern| !origins::is_pattern(pattern)) {
            return Err(fields.wrong("allowedOrigins", "must be hosts without scheme and path"));
        }
        let player = fields.object("publicDetails")?;
        if let Some(player) = &player {
            for member in ["title", "share_link", "channel_link", "logo"] {
                player.text(member)?;
            }
        }
        let scheduled_deletion = fields.moment("scheduledDeletion")?;
        if let Some(deletion) = scheduled_deletion {
            let (least, most) = DELETION_DAYS;
            // Whoever computed the bound read a clock a moment before or after this one.
            let slack = TimeDelta::minutes(5);
            let earliest = created + TimeDelta::days(least) - slack;
            if deletion < earliest || deletion > created + TimeDelta::days(most) + slack {
                let why = format!("must be {least} to {most} days after the video's creation at {}", micros(created));
                return Err(fields.wrong("scheduledDeletion", why));
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
                .whole("maxDurationSeconds", 1..=36_000)?
                .and_then(|seconds| u64::try_from(seconds).ok()),
            player: Change::sent(
                fields,
                "publicDetails",
                player.map(|details| Value::Object(details.members().clone())),
            ),
            upload_expiry: fields.moment("uploadExpiry")?,
        })
    }

    /// Writes them to a video.
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
