//! The MP4 of a video, and its sound as an M4A. Stream makes each only on request, which takes a while (Stream docs,
//! “Download videos”).

use http::Method;
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::VideoId;
use crate::domain::recorder::stage::Percent;

/// The state of a video's MP4, or of the file with its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mp4 {
    /// The file was not requested yet.
    NotAsked,
    /// Stream is making the file: the percentage, if Stream reports it.
    InProgress(Option<Percent>),
    /// The file can be downloaded.
    Ready,
    /// Stream could not make the file.
    Failed,
}

impl Entry for Mp4 {
    const WHAT: &'static str = "Stream download";

    fn absent() -> Option<Self> {
        Some(Self::NotAsked)
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self::within("default", fields))
    }
}

impl Mp4 {
    fn within(name: &'static str, fields: &mut Fields<'_>) -> Self {
        let file = fields.within(name, |file| {
            let percent = file.percent("percentComplete").map(Percent::clamped);
            // A status that no document names counts as in progress.
            match file.text("status").as_deref() {
                Some("ready") => Self::Ready,
                Some("error") => Self::Failed,
                _ => Self::InProgress(percent),
            }
        });
        file.unwrap_or(Self::NotAsked)
    }

    /// The state after the file was requested. The reply may lack the status.
    fn requested(self) -> Self {
        match self {
            Self::NotAsked => Self::InProgress(None),
            known => known,
        }
    }
}

/// The state of a video's M4A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct M4a(pub Mp4);

impl Entry for M4a {
    const WHAT: &'static str = "Stream download";

    fn absent() -> Option<Self> {
        Some(Self(Mp4::NotAsked))
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(Mp4::within("audio", fields)))
    }
}

impl Client {
    /// Asks Stream to make the MP4. A second request changes nothing.
    pub async fn create_mp4(&self, id: &VideoId) -> Result<Mp4, Error> {
        let path = self.account_path(&format!("/stream/{id}/downloads"));
        let answer: Mp4 = self.call(Call::set(Method::POST, Surface::Stream, &path, &json!({}))).await?;
        Ok(answer.requested())
    }

    /// Asks Stream to make the M4A. A second request changes nothing.
    pub async fn create_m4a(&self, id: &VideoId) -> Result<Mp4, Error> {
        let path = self.account_path(&format!("/stream/{id}/downloads/audio"));
        let answer: M4a = self.call(Call::set(Method::POST, Surface::Stream, &path, &json!({}))).await?;
        Ok(answer.0.requested())
    }

    /// Reads the state of the M4A.
    pub async fn m4a(&self, id: &VideoId) -> Result<Mp4, Error> {
        let path = self.account_path(&format!("/stream/{id}/downloads"));
        Ok(self.call::<M4a>(Call::get(Surface::Stream, &path)).await?.0)
    }

    /// Reads the state of the MP4.
    pub async fn mp4(&self, id: &VideoId) -> Result<Mp4, Error> {
        let path = self.account_path(&format!("/stream/{id}/downloads"));
        self.call(Call::get(Surface::Stream, &path)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::wire;

    #[test]
    fn every_reply_about_a_download_gives_one_state() {
        let read = |text: &str| wire::one::<Mp4>(text).unwrap().value.unwrap();
        assert_eq!(read("null"), Mp4::NotAsked);
        assert_eq!(read("{}"), Mp4::NotAsked);
        assert_eq!(read(r#"{"default":null}"#), Mp4::NotAsked);
        assert_eq!(read(r#"{"default":{"status":"ready","url":"x","percentComplete":100}}"#), Mp4::Ready);
        assert_eq!(read(r#"{"default":{"status":"error"}}"#), Mp4::Failed);
        let half = Mp4::InProgress(Some(Percent::clamped(50.0)));
        assert_eq!(read(r#"{"default":{"status":"inprogress","percentComplete":50.5}}"#), half);
        assert_eq!(read(r#"{"default":{"status":"inprogress","percentComplete":"50"}}"#), half);
        assert_eq!(read(r#"{"default":{"status":"waiting"}}"#), Mp4::InProgress(None));
        let sound = |text: &str| wire::one::<M4a>(text).unwrap().value.unwrap().0;
        assert_eq!(sound(r#"{"default":{"status":"ready"}}"#), Mp4::NotAsked);
        assert_eq!(sound(r#"{"audio":{"status":"ready"}}"#), Mp4::Ready);
    }
}
