//! Cloudflare over REST: RealtimeKit (rooms, participants, recordings), Stream (video on demand), Workers (the published join page), D1 (the
//! database of its door), the making of API tokens, and the analytics of these.
//!
//! All requests go through one `send`, which adds the authorization and handles time limits, decoding, error bodies,
//! the rate budget and Cloudflare's clock; an endpoint is one expression. Calls that create something are never
//! repeated blindly, because Cloudflare has no idempotency keys. The formats follow Cloudflare's OpenAPI document and
//! the official SDKs. Fields that Hajime does not use are not read.

mod analytics;
mod budget;
mod calls;
mod d1;
mod download;
mod email;
mod envelope;
mod error;
mod form;
mod oddities;
mod pace;
mod page;
mod redact;
mod resolver;
mod retry;
mod stream;
#[cfg(test)]
mod test_server;
mod tokens;
mod transport;
mod wire;
mod workers;

pub use crate::cloudflare::analytics::rooms::RoomDay;
pub use crate::cloudflare::analytics::watched::{KEPT_DAYS, Watched, windows};
pub use crate::cloudflare::budget::Budget;
pub use crate::cloudflare::calls::meetings::{Meeting, NewMeeting};
pub use crate::cloudflare::calls::participants::{Joined, NewParticipant, Participant};
pub use crate::cloudflare::calls::presets::{NewPreset, Preset};
pub use crate::cloudflare::calls::recordings::{
    NewRecording, RealtimeKitRecording, RecordingAction, RecordingPages, RecordingStatus, RecordingsQuery,
};
pub use crate::cloudflare::calls::sessions::{ActiveSession, Kicked, PastSession, Peer};
pub use crate::cloudflare::d1::{Database, Ran, Statement, whole_number};
pub use crate::cloudflare::download::{FilePart, FileReply, TextReply};
pub use crate::cloudflare::error::{Blocked, CredentialProblem, Error, Surface};
pub use crate::cloudflare::oddities::Oddity;
pub use crate::cloudflare::pace::Pace;
pub use crate::cloudflare::page::Page;
pub use crate::cloudflare::redact::PresignedUrl;
pub(crate) use crate::cloudflare::redact::plain;
pub use crate::cloudflare::stream::captions::{Captions, CaptionsStatus};
pub use crate::cloudflare::stream::clips::NewClip;
pub use crate::cloudflare::stream::delivery::{DeliveredFile, DeliveryStatus};
pub use crate::cloudflare::stream::downloads::Mp4;
pub use crate::cloudflare::stream::keys::{NewSigningKey, SigningKey, TokenRequest};
pub use crate::cloudflare::stream::storage::StorageUsage;
pub use crate::cloudflare::stream::upload::{NewUpload, Upload, UploadAddress};
pub use crate::cloudflare::stream::videos::{
    NewVideo, Video, VideoEdit, VideoError, VideoPages, VideoState, VideosQuery,
};
pub use crate::cloudflare::tokens::{MadeToken, PermissionGroup, TokenOwner, TokenState, TokenStatus};
pub use crate::cloudflare::transport::{ApiToken, Client, ClientConfig};
pub use crate::cloudflare::workers::code::{Binding, Code};
pub use crate::cloudflare::workers::deploy::UploadedFiles;
pub use crate::cloudflare::workers::domains::AttachedDomain;
pub use crate::cloudflare::workers::site::SiteAnswer;
