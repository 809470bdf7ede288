//! The captions of a video. Somebody uploaded them, or Stream generated them (Stream docs, “Add captions”).

use http::{Method, header};
use serde_json::json;

use crate::cloudflare::budget::Kind;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::form::{Form, Part};
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
    /// How far they are.
    pub status: CaptionsStatus,
}

/// How far captions are at Stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionsStatus {
    /// Stream makes them.
    InProgress,
    /// They can be read.
    Ready,
    /// Stream could not make them. They are deleted before they are made again.
    Failed,
}

impl Entry for Captions {
    const WHAT: &'static str = "Stream captions";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            language: fields.needed("language")?,
            generated: fields.flag("generated").unwrap_or(false),
            // Captions that somebody uploaded may have no status.
            status: match fields.text("status").as_deref() {
                None | Some("ready") => CaptionsStatus::Ready,
                Some("error") => CaptionsStatus::Failed,
                Some(_) => CaptionsStatus::InProgress,
            },
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

    /// Asks Stream to make captions of a video that is ready. It refuses where the video has captions in this language.
    pub async fn generate_captions(&self, video: &VideoId, language: &Language) -> Result<(), Error> {
        let path = self.account_path(&format!("/stream/{video}/captions/{language}/generate"));
        self.done(Call::once(Method::POST, Surface::Stream, &path, &json!({}))).await
    }

    /// Uploads captions as `WebVTT`, in the place of those that the video has in this language.
    pub async fn put_captions(&self, video: &VideoId, language: &Language, text: &str) -> Result<(), Error> {
        let path = format!("/stream/{video}/captions/{language}");
        let kind = Kind::of(Surface::Stream, &Method::PUT, &self.account_path(&path));
        let form = Form::of([Part { name: "file", file_name: Some("captions.vtt"), media_type: "text/vtt", text }]);
        let request = self
            .http()
            .put(self.account_url(&path))
            .timeout(self.pace().longest(form.body.len()))
            .header(header::CONTENT_TYPE, form.media_type)
            .body(form.body);
        self.send_form(&kind, self.authorized(request)?, &[]).await.map(drop)
    }

    /// Deletes the captions of a video in one language. Captions that are gone already are no error.
    pub async fn delete_captions(&self, video: &VideoId, language: &Language) -> Result<(), Error> {
        let path = self.account_path(&format!("/stream/{video}/captions/{language}"));
        match self.done(Call::delete(Surface::Stream, &path)).await {
            Err(Error::Missing { .. }) => Ok(()),
            done => done,
        }
    }
}
