//! The storage that the account uses at Stream, in minutes of video.

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};

/// The use of Stream's storage.
#[derive(Debug, Clone, PartialEq)]
pub struct StorageUsage {
    /// The minutes that are stored.
    pub total_storage_minutes: f64,
    /// The minutes that are paid for.
    pub total_storage_minutes_limit: f64,
    /// The number of videos that are stored.
    pub video_count: f64,
}

impl Entry for StorageUsage {
    const WHAT: &'static str = "Stream storage";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            total_storage_minutes: fields.number("totalStorageMinutes").unwrap_or(0.0),
            total_storage_minutes_limit: fields.number("totalStorageMinutesLimit").unwrap_or(0.0),
            video_count: fields.number("videoCount").unwrap_or(0.0),
        })
    }
}

impl Client {
    /// Reads the use of Stream's storage.
    pub async fn storage_usage(&self) -> Result<StorageUsage, Error> {
        self.call(Call::get(Surface::Stream, &self.account_path("/stream/storage-usage"))).await
    }
}
