//! Cloudflare over REST: RealtimeKit (rooms, participants, recordings) and Stream (video on demand).
//!
//! One `send` owns authorization, time limits, decoding, error bodies, the rate budget and the clock; an endpoint is one expression.
//! Calls that create something are never repeated blindly: Cloudflare has no idempotency keys. Shapes follow Cloudflare's OpenAPI document
//! and the official SDKs; fields nothing depends on are not read.

mod budget;
mod calls;
mod download;
mod envelope;
mod error;
mod oddities;
mod page;
mod redact;
mod resolver;
mod retry;
mod stream;
mod tokens;
mod transport;
mod wire;

pub use budget::Budget;
pub use calls::apps::App;
pub use calls::meetings::{Meeting, NewMeeting};
pub use calls::participants::{Joined, NewParticipant, Participant};
pub use calls::presets::{NewPreset, Preset};
pub use calls::recordings::{
    CloudRecording, NewRecording, RecordingAction, RecordingPages, RecordingStatus, RecordingsQuery,
};
pub use calls::sessions::{ActiveSession, Kicked};
pub use download::Pace;
pub use download::{FilePart, FileReply};
pub use error::{Blocked, CredentialProblem, Error, Surface};
pub use oddities::Oddity;
pub use page::Page;
pub use redact::PresignedUrl;
pub(crate) use redact::plain;
pub use stream::delivery::DeliveryStatus;
pub use stream::downloads::Mp4;
pub use stream::keys::{NewSigningKey, SigningKey, TokenRequest};
pub use stream::storage::StorageUsage;
pub use stream::upload::{NewUpload, Upload, UploadAddress};
pub use stream::videos::{NewVideo, Video, VideoEdit, VideoError, VideoPages, VideoState, VideosQuery};
pub use tokens::{TokenOwner, TokenState, TokenStatus};
pub use transport::{ApiToken, Client, ClientConfig};
