//! Stream's storage, counted in minutes of video.

use serde::Deserialize;

use super::super::error::{Error, Surface};
use super::super::transport::{Call, Client};

/// How much is stored.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageUsage {
    /// Minutes stored.
    #[serde(default)]
    pub total_storage_minutes: f64,
    /// Minutes paid for.
    #[serde(default)]
    pub total_storage_minutes_limit: f64,
    /// Videos stored.
    #[serde(default)]
    pub video_count: f64,
}

impl Client {
    /// How much is stored.
    pub async fn storage_usage(&self) -> Result<StorageUsage, Error> {
        self.call(Call::get(Surface::Stream, &self.account_path("/stream/storage-usage"))).await
    }
}
