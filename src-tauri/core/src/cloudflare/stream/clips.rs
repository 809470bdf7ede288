//! Clips: Stream makes a part of a video a video of its own (Stream docs, “Clip videos”).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::stream::videos::{Video, instant};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::VideoId;
use crate::domain::recorder::clip::ClipRange;

/// A clip to make. It always asks for a signed token.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClip {
    /// The video that it is cut from.
    pub source: VideoId,
    /// The part.
    pub range: ClipRange,
    /// The name of the clip.
    pub name: String,
    /// Hajime's marks and what people wrote, which become the metadata of the clip.
    pub meta: BTreeMap<String, String>,
    /// The mark by which the clip is found, at most 64 characters.
    pub creator: String,
    /// The sites that may embed it; empty if every site may.
    pub allowed_origins: Vec<String>,
    /// When Stream deletes the clip: 30 to 1,096 days ahead; `None` for never.
    pub scheduled_deletion: Option<DateTime<Utc>>,
}

/// The answer to a request for a clip. Cloudflare's SDKs until 7.1 declare an object of its own, without the uid of the
/// clip, and those since 7.3 a video.
struct Cut {
    video: Option<Video>,
    creator: Option<String>,
}

impl Entry for Cut {
    const WHAT: &'static str = "Stream clip";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let creator = fields.text("creator");
        let named: Option<VideoId> = fields.parsed("uid");
        let video = named.map(|_| Video::read(fields)).transpose()?;
        Ok(Self { video, creator })
    }
}

impl Client {
    /// Asks Stream for a clip. Stream answers at once and cuts later. Returns `None` where the answer does not name the
    /// clip, which is then found by its mark.
    pub async fn clip(&self, new: &NewClip) -> Result<Option<Video>, Error> {
        let mut meta = new.meta.clone();
        meta.insert("name".to_owned(), line(&new.name));
        let mut body = json!({
            "clippedFromVideoUID": new.source.as_str(),
            "startTimeSeconds": new.range.begin(),
            "endTimeSeconds": new.range.end(),
            "meta": meta,
            "creator": new.creator,
            "requireSignedURLs": true,
        });
        if !new.allowed_origins.is_empty() {
            body["allowedOrigins"] = json!(new.allowed_origins);
        }
        if let Some(at) = new.scheduled_deletion {
            body["scheduledDeletion"] = json!(instant(at));
        }
        let cut: Cut = self.call(Call::post(Surface::Stream, &self.account_path("/stream/clip"), &body)).await?;
        if let Some(answered) = &cut.creator {
            Error::unless_same("Stream clip of", &new.creator, answered)?;
        }
        Ok(cut.video)
    }
}
