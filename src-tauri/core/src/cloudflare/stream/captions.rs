//! The captions of a video. Somebody uploaded them, or Stream generated them (Stream docs, “Add captions”).

use http::Method;

use crate::cloudflare::budget::Kind;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::VideoId;
use crate::domain::recorder::session_text::Language;

/// The captions of a video in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captions {
    /// The language.
    pub language: Language,
    /// Whether Stream generated them. A person may have corrected the others.
    pub generated: bool,
    /// Whether they can be read.
    pub ready: bool,
}

impl Entry for Captions {
    const WHAT: &'static str = "Stream captions";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            language: fields.needed("language")?,
            generated: fields.flag("generated").unwrap_or(false),
            // Captions that somebody uploaded may have no status.
            ready: fields.text("status").is_none_or(|status| status == "ready"),
        })
    }
}

impl Client {
    /// The captions of a video, in the order in which Stream lists them.
    pub async fn captions(&self, video: &VideoId) -> Result<Vec<Captions>, Error> {
        let path = self.account_path(&format!("/stream/{video}/captions"));
        Ok(self.list(Call::get(Surface::Stream, &path)).await?.items)
    }

    /// The captions of a video in one language, as `WebVTT`; `None` if Stream does not have them.
    pub async fn captions_text(&self, video: &VideoId, language: &Language) -> Result<Option<Vec<u8>>, Error> {
        let path = self.account_path(&format!("/stream/{video}/captions/{language}/vtt"));
        let kind = Kind::of(Surface::Stream, &Method::GET, &path);
        let url = self.account_url(&format!("/stream/{video}/captions/{language}/vtt"));
        let response = self.send_raw(&kind, self.authorized(self.http().get(url))?).await?;
        let status = response.status();
        if status.is_success() {
            return self.body(response, status).await.map(Some);
        }
        match self.refusal(&kind, response, Surface::Stream).await {
            Error::Missing { .. } => Ok(None),
            error => Err(error),
        }
    }
}
