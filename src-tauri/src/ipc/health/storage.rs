//! What takes the minutes of the storage, and emptying the bin.

use hajime_core::actions::health::storage::{self, Storage, StorageDay};
use hajime_core::actions::library::bin::{self, Emptied};
use hajime_core::domain::health::forecast::Growth;
use hajime_core::domain::health::storage::{Expiring, GOAL, Minutes, Way, WayKind};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use super::ProblemDto;
use crate::accounts::{Accounts, blocking};
use crate::ipc::library::description::RefusedDto;
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![storage_overview, bin_empty];

/// Returns what takes the minutes of the storage. Stream is asked if it was not asked lately.
#[hajime_macros::command]
pub(crate) async fn storage_overview(accounts: State<'_, Accounts>) -> Result<StorageDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let problem = storage::refresh(&context).await?;
    // It adds up every recording.
    let shown = blocking(move || storage::overview(&context)).await?;
    Ok(StorageDto::new(shown, problem))
}

/// Deletes every video in the bin for good. `typed` must be “empty the bin”, in capitals or not.
#[hajime_macros::command(changes(Desk, Recordings))]
pub(crate) async fn bin_empty(accounts: State<'_, Accounts>, typed: String) -> Result<DeletionsDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::empty(&here.context, &typed).await?.into())
}

/// What became of emptying the bin.
#[derive(Debug, Serialize, TS)]
pub(crate) struct DeletionsDto {
    deleted: u32,
    minutes: f64,
    /// The recordings whose video was not deleted, and why.
    refused: Vec<RefusedDto>,
}

impl From<Emptied> for DeletionsDto {
    fn from(Emptied { deleted, minutes, refused }: Emptied) -> Self {
        Self { deleted, minutes, refused: refused.into_iter().map(RefusedDto::from).collect() }
    }
}

/// The minutes of recordings that have something in common.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct UseDto {
    name: String,
    minutes: f64,
    recordings: u32,
}

impl From<Minutes> for UseDto {
    fn from(Minutes { name, minutes, recordings }: Minutes) -> Self {
        Self { name, minutes, recordings }
    }
}

/// A way to make room.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WayDto {
    kind: WayKindDto,
    minutes: f64,
    recordings: u32,
    words: String,
    note: String,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "WayKind")]
pub(crate) enum WayKindDto {
    EmptyBin,
    ArchiveUnwatched,
    Rule,
    Buy,
}

impl From<Way> for WayDto {
    fn from(Way { kind, minutes, recordings, words, note }: Way) -> Self {
        let kind = match kind {
            WayKind::EmptyBin => WayKindDto::EmptyBin,
            WayKind::ArchiveUnwatched => WayKindDto::ArchiveUnwatched,
            WayKind::Rule => WayKindDto::Rule,
            WayKind::Buy => WayKindDto::Buy,
        };
        Self { kind, minutes, recordings, words, note }
    }
}

/// A recording that Stream deletes soon.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ExpiringDto {
    id: String,
    title: String,
    instructor: String,
    recorded_at: String,
    expires: String,
    minutes: f64,
    /// For how long it was watched, as far as that was counted; `null` where nothing was counted.
    watched_minutes: Option<f64>,
    /// The last day on which it was watched; `null` if none is known.
    last_watched: Option<String>,
}

/// A recording that waits for room.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WaitingDto {
    id: String,
    title: String,
    /// Until when RealtimeKit keeps its file.
    kept_until: Option<String>,
}

impl From<Recording> for WaitingDto {
    fn from(recording: Recording) -> Self {
        let kept_until = maybe_instant(recording.file_kept_until());
        Self { id: recording.id.to_string(), title: recording.title, kept_until }
    }
}

/// A day of the past, or one ahead.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StorageDayDto {
    date: String,
    used: f64,
    limit: f64,
    forecast: bool,
    /// The minutes that would be stored if the rules were applied; `null` in the past.
    with_rules: Option<f64>,
}

impl From<StorageDay> for StorageDayDto {
    fn from(StorageDay { day, used, limit, is_forecast, with_rules }: StorageDay) -> Self {
        Self { date: day.to_string(), used, limit, forecast: is_forecast, with_rules }
    }
}

/// What is known of the storage, in minutes of video.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StorageDto {
    used: Option<f64>,
    limit: Option<f64>,
    left: Option<f64>,
    share: Option<f64>,
    /// When Stream was asked last.
    asked_at: Option<String>,
    /// Why Stream did not tell just now; `null` if it did, or was asked lately.
    problem: Option<ProblemDto>,
    sentence: String,
    library_minutes: f64,
    /// On the list, and deleted before the month is over.
    expiring_minutes: f64,
    bin_minutes: f64,
    /// Videos that this desk does not know.
    other_minutes: f64,
    expiring_count: u32,
    bin_count: u32,
    /// `null` while there are fewer than 14 days of readings.
    growth_per_month: Option<f64>,
    full_on: Option<String>,
    full_on_with_rules: Option<String>,
    /// The share from which on an admin should look.
    goal: f64,
    /// A recording with two tags counts in both.
    by_tag: Vec<UseDto>,
    by_instructor: Vec<UseDto>,
    by_month: Vec<UseDto>,
    /// Kept forever.
    kept: UseDto,
    /// `null` while too few days were counted.
    never_watched: Option<UseDto>,
    /// `null` while less than a year was counted.
    unwatched_year: Option<UseDto>,
    /// The first day from which on all watched minutes were counted.
    watched_since: Option<String>,
    ways: Vec<WayDto>,
    expiring: Vec<ExpiringDto>,
    waiting: Vec<WaitingDto>,
    history: Vec<StorageDayDto>,
}

impl StorageDto {
    fn new(storage: Storage, problem: Option<UserError>) -> Self {
        let reading = storage.reading;
        let counted = storage.watched_since.is_some();
        let expiring =
            |Expiring { id, title, instructor, recorded, expires, minutes, watched_minutes, last_watched }| {
                ExpiringDto {
                    id: id.to_string(),
                    title,
                    instructor,
                    recorded_at: instant(recorded),
                    expires: instant(expires),
                    minutes,
                    watched_minutes: (counted || watched_minutes > 0.0).then_some(watched_minutes),
                    last_watched: last_watched.map(|day| day.to_string()),
                }
            };
        let stored = storage.stored;
        let used = |all: Vec<Minutes>| all.into_iter().map(UseDto::from).collect();
        Self {
            used: reading.map(|reading| reading.used),
            limit: reading.map(|reading| reading.allowed),
            left: reading.map(|reading| reading.left()),
            share: reading.and_then(|reading| reading.share()),
            asked_at: reading.map(|reading| instant(reading.at)),
            problem: problem.map(ProblemDto::from),
            sentence: storage.sentence,
            library_minutes: stored.library.minutes,
            expiring_minutes: stored.expiring.minutes,
            bin_minutes: stored.bin.minutes,
            other_minutes: storage.other_minutes,
            expiring_count: stored.expiring.recordings,
            bin_count: stored.bin.recordings,
            growth_per_month: storage.growth.map(Growth::per_month),
            full_on: storage.full_on.map(|day| day.to_string()),
            full_on_with_rules: storage.full_on_with_rules.map(|day| day.to_string()),
            goal: GOAL,
            by_tag: used(stored.by_tag),
            by_instructor: used(stored.by_instructor),
            by_month: used(stored.by_month),
            kept: stored.kept.into(),
            never_watched: storage.never_watched.map(UseDto::from),
            unwatched_year: storage.unwatched_year.map(UseDto::from),
            watched_since: storage.watched_since.map(|day| day.to_string()),
            ways: storage.ways.into_iter().map(WayDto::from).collect(),
            expiring: storage.expiring.into_iter().map(expiring).collect(),
            waiting: storage.waiting.into_iter().map(WaitingDto::from).collect(),
            history: storage.history.into_iter().map(StorageDayDto::from).collect(),
        }
    }
}
