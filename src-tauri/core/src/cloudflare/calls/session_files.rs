//! The chat and the transcript of a session. RealtimeKit answers with the presigned address of a file, not with the text.

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::redact::PresignedUrl;
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::{AppId, RealtimeKitSessionId};

/// The address of a chat's file; `None` where the reply has none.
struct ChatFile(Option<PresignedUrl>);

impl Entry for ChatFile {
    const WHAT: &'static str = "RealtimeKit chat";

    fn absent() -> Option<Self> {
        Some(Self(None))
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.text("chat_download_url").map(PresignedUrl::new)))
    }
}

/// The address of a transcript's file; `None` where the reply has none.
struct TranscriptFile(Option<PresignedUrl>);

impl Entry for TranscriptFile {
    const WHAT: &'static str = "RealtimeKit transcript";

    fn absent() -> Option<Self> {
        Some(Self(None))
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.text("transcript_download_url").map(PresignedUrl::new)))
    }
}

impl Client {
    /// The address of the chat of a session, as CSV; `None` if RealtimeKit has no chat, or has it not yet.
    pub async fn chat_file(&self, app: &AppId, session: &RealtimeKitSessionId) -> Result<Option<PresignedUrl>, Error> {
        let path = self.kit(app, &format!("/sessions/{session}/chat"));
        let told: Option<ChatFile> = self.find(Call::get(Surface::Realtime, &path)).await?;
        Ok(told.and_then(|ChatFile(address)| address))
    }

    /// The address of the transcript of a session, as JSON; `None` if RealtimeKit has no transcript, or has it not yet.
    pub async fn transcript_file(
        &self,
        app: &AppId,
        session: &RealtimeKitSessionId,
    ) -> Result<Option<PresignedUrl>, Error> {
        let path = self.kit(app, &format!("/sessions/{session}/transcript"));
        let mut call = Call::get(Surface::Realtime, &path);
        call.query = vec![("format", "JSON".to_owned())];
        let told: Option<TranscriptFile> = self.find(call).await?;
        Ok(told.and_then(|TranscriptFile(address)| address))
    }
}
