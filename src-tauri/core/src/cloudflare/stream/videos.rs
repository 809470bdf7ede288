//! Stream videos: import from an address, read, list, edit, delete.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::{Map, json};
use url::Url;

use crate::cloudflare::budget::Kind;
use crate::cloudflare::error::{Blocked, Error, Surface};
use crate::cloudflare::page::{Page, Walk};
use crate::cloudflare::redact::{PresignedUrl, plain};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Listed, Unfit, line};
use crate::domain::ids::VideoId;

/// The name of the metadata in which Stream keeps the address that a video was imported from.
const SOURCE: &str = "downloaded-from";
/// The name of the metadata in which an upload says which desk sends it.
pub(super) const SENDER: &str = "sender";

/// The most sites of a video that are read.
const MAX_SITES_READ: usize = 20;
/// The most pages of the account's list that are read.
const PAGES_MAX: u32 = 100;
/// Stream's largest page (Stream docs, “List videos”, `limit`).
const PER_PAGE: u32 = 1_000;

/// The state of a video at Stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoState {
    /// Stream waits for an upload.
    PendingUpload,
    /// Stream is fetching the file.
    Downloading,
    /// Stream has the file, and an encoder will take it.
    Queued,
    /// Stream is encoding the video.
    InProgress,
    /// The video is encoded, at least so far that it plays.
    Ready,
    /// Stream could not import or encode the video.
    Error,
    /// The video is a live broadcast.
    LiveInProgress,
    /// A state that no document names.
    Unknown(String),
}

impl VideoState {
    const WORDS: [(&'static str, Self); 7] = [
        ("pendingupload", Self::PendingUpload),
        ("downloading", Self::Downloading),
        ("queued", Self::Queued),
        ("inprogress", Self::InProgress),
        ("ready", Self::Ready),
        ("error", Self::Error),
        ("live-inprogress", Self::LiveInProgress),
    ];
}

/// The reason why a video failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoError {
    /// Stream's `errorReasonCode`.
    pub code: String,
    /// Stream's message, filtered.
    pub text: String,
}

/// A Stream video.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    /// The video's uid.
    pub uid: VideoId,
    /// The video's state.
    pub state: VideoState,
    /// The percentage that is encoded; Stream may not report it.
    pub pct: Option<f32>,
    /// The reason why the video failed; `None` if it did not.
    pub error: Option<VideoError>,
    /// Whether the first rendition plays. This may be true long before everything is encoded.
    pub ready_to_stream: bool,
    /// When the first rendition became playable; Stream may not report it.
    pub ready_to_stream_at: Option<DateTime<Utc>>,
    /// The video's name.
    pub name: Option<String>,
    /// The texts in the video's metadata, without its name and the address it was imported from.
    pub meta: BTreeMap<String, String>,
    /// The video's `creator`: Hajime's mark, or that of another program.
    pub creator: Option<String>,
    /// The length; `None` until Stream has read the file.
    pub duration: Option<Duration>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// When the video was made.
    pub created: Option<DateTime<Utc>>,
    /// When Stream deletes the video; `None` for never.
    pub scheduled_deletion: Option<DateTime<Utc>>,
    /// Whether the video plays with a signed token only.
    pub require_signed_urls: bool,
    /// The place of the picture that stands for the video, as a part of its length from 0 to 1.
    pub thumbnail_pct: Option<f64>,
    /// The HLS manifest, whose address contains the uid.
    pub playback_hls: Option<Url>,
    /// The sites that may embed the video; empty if every site may.
    pub allowed_origins: Vec<String>,
    /// The desk that began to upload the video. The relay removes it from the metadata once Stream has the whole file.
    pub sender: Option<String>,
    names_its_source: bool,
}

impl Video {
    /// Whether everybody who has its address can watch it. A video that has failed, or whose file has not come yet, shows
    /// nothing to anybody.
    #[must_use]
    pub fn is_public(&self) -> bool {
        !self.require_signed_urls && !matches!(self.state, VideoState::Error | VideoState::PendingUpload)
    }

    /// Whether the public metadata contains the address that the video was imported from, which opens the file.
    #[must_use]
    pub const fn names_its_source(&self) -> bool {
        self.names_its_source
    }
}

impl Entry for Video {
    const WHAT: &'static str = "Stream video";
    const LIST: &'static str = "videos";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let uid = fields.needed("uid")?;
        let mut status = Status::default();
        match fields.within("status", Status::read) {
            Some(told) => status = told,
            None => fields.miss("status"),
        }
        let mut meta = fields.texts("meta");
        Ok(Self {
            uid,
            state: status.state,
            pct: status.pct,
            error: status.error,
            ready_to_stream: fields.flag("readyToStream").unwrap_or(false),
            ready_to_stream_at: fields.moment("readyToStreamAt"),
            names_its_source: meta.remove(SOURCE).is_some(),
            name: meta.remove("name"),
            sender: meta.get(SENDER).cloned(),
            meta,
            creator: fields.text("creator"),
            duration: fields.length("duration"),
            size: fields.bytes("size"),
            created: fields.moment("created"),
            scheduled_deletion: fields.moment("scheduledDeletion"),
            require_signed_urls: fields.flag("requireSignedURLs").unwrap_or(false),
            thumbnail_pct: fields.number("thumbnailTimestampPct"),
            allowed_origins: fields.texts_in("allowedOrigins", MAX_SITES_READ).iter().map(|site| plain(site)).collect(),
            playback_hls: fields.within("playback", |playback| playback.parsed("hls")).flatten(),
        })
    }
}

/// The members of a video's `status`.
struct Status {
    state: VideoState,
    pct: Option<f32>,
    error: Option<VideoError>,
}

impl Default for Status {
    fn default() -> Self {
        Self { state: VideoState::Unknown(String::new()), pct: None, error: None }
    }
}

impl Status {
    fn read(fields: &mut Fields<'_>) -> Self {
        let code = fields.text("errorReasonCode");
        let text = fields.text("errorReasonText").unwrap_or_default();
        Self {
            state: fields.word("state", &VideoState::WORDS, VideoState::Unknown),
            pct: fields.percent("pctComplete"),
            error: code.map(|code| VideoError { code: plain(&code), text: plain(&text) }),
        }
    }
}

/// A video to import.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVideo {
    /// The address from which Stream imports the file.
    pub source: PresignedUrl,
    /// The name of the video.
    pub name: String,
    /// Hajime's marks, which become the video's metadata.
    pub meta: BTreeMap<String, String>,
    /// The mark by which the video is found, at most 64 characters.
    pub creator: Option<String>,
    /// Whether the video plays with a signed token only.
    pub require_signed_urls: bool,
    /// When Stream deletes the video: 30 to 1,096 days ahead; `None` for never.
    pub scheduled_deletion: Option<DateTime<Utc>>,
}

/// A change of a video. Absent fields do not change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VideoEdit {
    /// The new metadata. It replaces all earlier metadata.
    pub meta: Option<BTreeMap<String, String>>,
    /// The moment at which Stream deletes the video; `Some(None)` keeps it for ever.
    pub scheduled_deletion: Option<Option<DateTime<Utc>>>,
    /// The mark by which the video is found, at most 64 characters.
    pub creator: Option<String>,
    /// Whether the video plays with a signed token only.
    pub require_signed_urls: Option<bool>,
    /// The place of the picture that stands for the video, as a part of its length from 0 to 1.
    pub thumbnail_pct: Option<f64>,
}

/// The videos to list: newest first, or oldest first if `between` is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideosQuery {
    /// Only videos with these ids.
    pub ids: Vec<VideoId>,
    /// Only videos with this `creator`.
    pub creator: Option<String>,
    /// Only videos created before this moment.
    pub before: Option<DateTime<Utc>>,
    /// Only videos created between these two moments, oldest first.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// At most this many, 1 to 1,000.
    pub limit: Option<u32>,
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Client {
    /// The block of imports, if Stream has refused the last one for a while.
    #[must_use]
    pub fn copy_blocked(&self) -> Option<Blocked> {
        self.blocked(&Kind::of(Surface::Stream, &Method::POST, &self.account_path("/stream/copy")))
    }

    /// Asks Stream to import a file. Stream answers at once and fetches the file later.
    pub async fn copy(&self, new: &NewVideo) -> Result<Video, Error> {
        let mut meta = new.meta.clone();
        meta.insert("name".to_owned(), line(&new.name));
        let mut body =
            json!({ "url": new.source.expose(), "meta": meta, "requireSignedURLs": new.require_signed_urls });
        if let Some(creator) = &new.creator {
            body["creator"] = json!(creator);
        }
        if let Some(at) = new.scheduled_deletion {
            body["scheduledDeletion"] = json!(instant(at));
        }
        let video: Video = self.call(Call::post(Surface::Stream, &self.account_path("/stream/copy"), &body)).await?;
        if let (Some(asked), Some(answered)) = (&new.creator, &video.creator) {
            Error::unless_same("Stream video of", asked, answered)?;
        }
        Ok(video)
    }

    /// One video by its uid.
    pub async fn video(&self, id: &VideoId) -> Result<Option<Video>, Error> {
        let path = self.account_path(&format!("/stream/{id}"));
        self.find(Call::get(Surface::Stream, &path)).await?.map(|video| that(video, id)).transpose()
    }

    /// One page of videos, in the order of [`VideosQuery`].
    pub async fn videos(&self, query: &VideosQuery) -> Result<Vec<Video>, Error> {
        Ok(self.listed_videos(query).await?.items)
    }

    /// All videos of the account, page by page, the newest first.
    #[must_use]
    pub fn video_pages(&self) -> VideoPages<'_> {
        VideoPages { client: self, walk: Walk::new("of Stream videos", PAGES_MAX), before: None }
    }

    async fn listed_videos(&self, query: &VideosQuery) -> Result<Listed<Video>, Error> {
        let mut call = Call::get(Surface::Stream, &self.account_path("/stream"));
        if !query.ids.is_empty() {
            let ids: Vec<&str> = query.ids.iter().map(VideoId::as_str).collect();
            call.query.push(("id", ids.join(",")));
        }
        if let Some(creator) = &query.creator {
            call.query.push(("creator", creator.clone()));
        }
        if let Some(before) = query.before {
            call.query.push(("before", instant(before)));
        }
        if let Some((start, end)) = query.between {
            call.query.extend([("start", instant(start)), ("end", instant(end)), ("asc", "true".to_owned())]);
        }
        if let Some(limit) = query.limit {
            call.query.push(("limit", limit.to_string()));
        }
        let mut listed: Listed<Video> = self.list(call).await?;
        let asked_for = |video: &Video| {
            let of_creator = query.creator.as_ref().is_none_or(|creator| video.creator.as_ref() == Some(creator));
            of_creator && (query.ids.is_empty() || query.ids.contains(&video.uid))
        };
        self.keep_asked_for(&mut listed.items, |video| video.uid.as_str(), asked_for);
        Ok(listed)
    }

    /// Changes a video. A second call with the same values changes nothing.
    pub async fn edit_video(&self, id: &VideoId, edit: &VideoEdit) -> Result<Video, Error> {
        let mut body = Map::new();
        if let Some(meta) = &edit.meta {
            body.insert("meta".into(), json!(meta));
        }
        if let Some(at) = edit.scheduled_deletion {
            body.insert("scheduledDeletion".into(), json!(at.map(instant)));
        }
        if let Some(creator) = &edit.creator {
            body.insert("creator".into(), json!(creator));
        }
        if let Some(required) = edit.require_signed_urls {
            body.insert("requireSignedURLs".into(), json!(required));
        }
        if let Some(pct) = edit.thumbnail_pct {
            body.insert("thumbnailTimestampPct".into(), json!(pct));
        }
        let path = self.account_path(&format!("/stream/{id}"));
        that(self.call(Call::set(Method::POST, Surface::Stream, &path, &body)).await?, id)
    }

    /// Checks whether the token may change videos, by asking to change one that does not exist. Changes nothing: Stream
    /// answers that there is no such video, or that the permission is missing.
    pub async fn check_may_change_videos(&self) -> Result<(), Error> {
        const NO_VIDEO: &str = "00000000000000000000000000000000";
        let path = self.account_path(&format!("/stream/{NO_VIDEO}"));
        let call = Call::set(Method::POST, Surface::Stream, &path, &json!({})).changing_nothing();
        match self.done(call).await {
            Ok(()) | Err(Error::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes a video for good. It is no error if the video does not exist.
    pub async fn delete_video(&self, id: &VideoId) -> Result<(), Error> {
        match self.done(Call::delete(Surface::Stream, &self.account_path(&format!("/stream/{id}")))).await {
            Ok(()) | Err(Error::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Refuses a video with another uid than the one that was asked for.
fn that(video: Video, asked: &VideoId) -> Result<Video, Error> {
    Error::unless_same(Video::WHAT, asked.as_str(), video.uid.as_str()).map(|()| video)
}

/// The pages of the account's videos, newest first. Only one page at a time is in memory. Stream has no page numbers,
/// so each page begins before the oldest video of the previous page.
pub struct VideoPages<'a> {
    client: &'a Client,
    walk: Walk,
    before: Option<DateTime<Utc>>,
}

impl VideoPages<'_> {
    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Page<Video>>, Error> {
        if let Err(odd) = self.walk.next() {
            self.client.note_odd(odd);
            return Ok(None);
        }
        let query = VideosQuery { before: self.before, limit: Some(PER_PAGE), ..VideosQuery::default() };
        let listed = self.client.listed_videos(&query).await?;
        if let Err(odd) = self.walk.take(&listed) {
            self.client.note_odd([odd]);
            return Ok(None);
        }
        let oldest = listed.items.iter().filter_map(|video| video.created).min();
        if u32::try_from(listed.told).is_ok_and(|told| told < PER_PAGE) {
            self.walk.end();
        } else if oldest.is_none() || self.before.is_some_and(|before| oldest >= Some(before)) {
            self.walk.end();
            self.client.note_odd([self.walk.odd("its next page would not begin before this one")]);
        }
        self.before = oldest;
        Ok(Some(Page::new(listed, None)))
    }
}
