//! The metadata of a video, with members of other programs as they are. An edit replaces all metadata as far as the
//! documentation says, so it is read before it is written (Stream docs, “Edit video details”).

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::VideoId;

/// The name of the metadata in which Stream keeps the address that a video was imported from. That address opens the
/// file, so it is never sent back.
const SOURCE: &str = "downloaded-from";

/// The metadata of a video, and when it was made and is deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoMeta {
    uid: VideoId,
    /// When the video was made.
    pub created: Option<DateTime<Utc>>,
    /// When Stream deletes the video; `None` for never.
    pub scheduled_deletion: Option<DateTime<Utc>>,
    members: Map<String, Value>,
}

impl VideoMeta {
    /// Returns the name of the video.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.members.get("name").and_then(Value::as_str)
    }

    /// Returns the members that are texts, by name.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let texts = self.members.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        texts.collect()
    }

    /// Returns the metadata with some members set. All others stay as they are, whatever they hold.
    #[must_use]
    pub fn with(&self, set: &BTreeMap<&'static str, String>) -> Self {
        let mut members = self.members.clone();
        members.remove(SOURCE);
        members.extend(set.iter().map(|(name, text)| ((*name).to_owned(), Value::from(text.clone()))));
        Self { members, ..self.clone() }
    }
}

impl Entry for VideoMeta {
    const WHAT: &'static str = "Stream video";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            uid: fields.needed("uid")?,
            created: fields.moment("created"),
            scheduled_deletion: fields.moment("scheduledDeletion"),
            members: fields.object("meta").unwrap_or_default(),
        })
    }
}

impl Client {
    /// The metadata of a video; `None` where there is no such video.
    pub async fn video_meta(&self, id: &VideoId) -> Result<Option<VideoMeta>, Error> {
        let path = self.account_path(&format!("/stream/{id}"));
        let found: Option<VideoMeta> = self.find(Call::get(Surface::Stream, &path)).await?;
        found.map(|meta| of(meta, id)).transpose()
    }

    /// Writes the metadata of a video and when Stream deletes it; `None` for never. A second call with the same values
    /// changes nothing.
    pub async fn set_video_retention(
        &self,
        id: &VideoId,
        meta: &VideoMeta,
        deletion: Option<DateTime<Utc>>,
    ) -> Result<VideoMeta, Error> {
        let path = self.account_path(&format!("/stream/{id}"));
        let deletion = deletion.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        let body = json!({ "meta": meta.members, "scheduledDeletion": deletion });
        of(self.call(Call::set(Method::POST, Surface::Stream, &path, &body)).await?, id)
    }

    /// Writes the metadata of a video. A second call with the same values changes nothing.
    pub async fn set_video_meta(&self, id: &VideoId, meta: &VideoMeta) -> Result<VideoMeta, Error> {
        let path = self.account_path(&format!("/stream/{id}"));
        let body = json!({ "meta": meta.members });
        of(self.call(Call::set(Method::POST, Surface::Stream, &path, &body)).await?, id)
    }
}

/// Refuses a video with another uid than the one that was asked for.
fn of(meta: VideoMeta, asked: &VideoId) -> Result<VideoMeta, Error> {
    Error::unless_same(VideoMeta::WHAT, asked.as_str(), meta.uid.as_str()).map(|()| meta)
}
