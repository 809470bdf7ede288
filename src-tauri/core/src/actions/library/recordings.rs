//! The actions on recordings: list, show, play, retry.

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::actions::library::search;
use crate::actions::library::view::{self, RecordingView};
use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::health::cost::StorageCost;
use crate::domain::health::price::PriceName;
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::library::hit::Hit;
use crate::domain::library::query::{Counts, Cursor, Query};
use crate::domain::profile::role::{Permission, Role};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::coverage::{Coverage, coverage};
use crate::domain::recorder::diagnosis::{Likely, likely};
use crate::domain::recorder::event::{EventKind, RecordingEvent};
use crate::domain::recorder::recording::{Facts, Recording, Status};
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::sharing::ledger::{Act, Entry};
use crate::domain::sharing::link::{ShareLink, Validity};
use crate::domain::sharing::rights::Rights;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::signing_keys::Signing;
use crate::recorder::{ledger, playback};
use crate::secret_url::SecretUrl;

pub use crate::recorder::explanation::sentence;
pub use crate::recorder::forecast::expected;

/// A recording with its history and its links.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The recording.
    pub recording: Recording,
    /// Its history, oldest first.
    pub events: Vec<RecordingEvent>,
    /// Its links, newest first.
    pub links: Vec<ShareLink>,
    /// Whether the whole class is in the video; `None` if that is not known.
    pub coverage: Option<Coverage>,
}

/// Everything that the page of one recording shows.
#[derive(Debug, Clone)]
pub struct DetailView {
    /// The recording as people see it.
    pub view: RecordingView,
    /// The likely cause of a failure for which Cloudflare gives no reason.
    pub likely: Option<Likely>,
    /// Its history, oldest first.
    pub events: Vec<RecordingEvent>,
    /// Its links, newest first.
    pub links: Vec<ShareLink>,
    /// Whether the whole class is in the video; `None` if that is not known.
    pub coverage: Option<Coverage>,
    /// What it costs to keep the video; `None` while it cannot be watched.
    pub storage_cost: Option<StorageCost>,
}

/// One page of recordings.
#[derive(Debug, Clone)]
pub struct Page {
    /// The recordings.
    pub rows: Vec<RecordingView>,
    /// Where the words of the search are in each of them.
    pub hits: Vec<Vec<Hit>>,
    /// Words that the search was taken for, because it finds little as it was written.
    pub also: Vec<String>,
    /// How many recordings are not indexed yet, so that the search may not find them; 0 without a search.
    pub behind: u32,
    /// Where the next page begins; `None` at the end, and where the order is by fit.
    pub next: Option<Cursor>,
    /// The number of recordings that match the search and the filter.
    pub total: u32,
    /// How many recordings match the search, by status.
    pub counts: Counts,
    /// The number of recordings that are missing at Cloudflare, whatever the search is.
    pub missing: u32,
}

/// Addresses that play a recording in the window.
#[derive(Debug, Clone)]
pub struct Playback {
    /// The HLS manifest.
    pub hls: SecretUrl,
    /// A still picture of the video.
    pub poster: SecretUrl,
    /// The moment at which the addresses expire.
    pub expires_at: DateTime<Utc>,
}

/// The recording with this id.
pub fn get(context: &Context, id: RecordingId) -> Result<Recording, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    context.store().recording(id)?.ok_or_else(|| Error::NotFound { what: "recording", id: id.to_string() })
}

/// How long a recording is. Refused while Stream has not told it.
pub(crate) fn length(recording: &Recording) -> Result<TimeDelta, Error> {
    recording.facts.length.filter(|length| !length.is_zero()).ok_or_else(|| Error::Conflict {
        message: format!("Stream has not told how long “{}” is.", recording.title),
        next: "Synchronize in Settings, then try again.",
    })
}

/// One recording with its history and its links.
pub fn detail(context: &Context, id: RecordingId) -> Result<Detail, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    let (recording, events) = (get(context, id)?, context.store().recording_events(id)?);
    let mut coverage = coverage(&recording, &events);
    if let Some(found) = coverage {
        let ended = |other: &Recording| other.facts.stopped_at.filter(|_| other.status() != Status::Failed);
        let others = context.store().recordings_of(recording.session)?.into_iter().filter(|other| other.id != id);
        let before = others.filter(|other| ended(other).is_some_and(|ended| ended <= found.began)).max_by_key(ended);
        if let Some(before) = before {
            coverage = Some(found.following(&before, &context.store().recording_events(before.id)?));
        }
    }
    Ok(Detail { recording, events, links: context.store().links_of(id)?, coverage })
}

/// One recording with everything that its page shows.
pub fn detail_view(context: &Context, id: RecordingId) -> Result<DetailView, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    let Detail { recording, events, links, coverage } = detail(context, id)?;
    let likely = likely(&recording, &events);
    let price = context.store().preferences()?.prices.at(PriceName::Stored, context.now().date_naive());
    let length = recording.facts.length.filter(|_| recording.status() == Status::Ready);
    let storage_cost = length.map(|length| StorageCost::of(length, price.rate));
    Ok(DetailView { view: view::view(context, recording)?, likely, events, links, coverage, storage_cost })
}

/// The recordings of a session, newest first.
pub fn of_session(context: &Context, session: SessionId) -> Result<Vec<RecordingView>, Error> {
    guard::allow_session(context, Permission::Watch, session)?;
    view::views(context, guard::recordings(context, context.store().recordings_of(session)?)?)
}

/// The recordings with these ids, in no particular order. One that does not exist is left out.
pub fn some(context: &Context, ids: &[RecordingId]) -> Result<Vec<RecordingView>, Error> {
    guard::allow(context, Permission::Watch)?;
    view::views(context, guard::recordings(context, context.store().recordings_with_ids(ids)?)?)
}

/// A page of recordings with how many there are.
pub fn list(context: &Context, query: &Query) -> Result<Page, Error> {
    guard::allow(context, Permission::Watch)?;
    let search::FoundPage { rows, next, also, behind } = search::find(context, query)?;
    let (rows, hits) = rows.into_iter().map(|row| (row.view, row.hits)).unzip();
    let mut counts = context.store().count_recordings(&guard::narrowed(context, query)?.bounded().at(context.now()))?;
    if context.role() == Role::Staff {
        counts = Counts { all: counts.ready, ready: counts.ready, ..Counts::default() };
    }
    Ok(Page { rows, hits, also, behind, next, total: counts.of(query.filter), counts, missing: missing(context)? })
}

/// The number of recordings that are missing at Cloudflare, whatever is searched.
pub fn missing(context: &Context) -> Result<u32, Error> {
    guard::allow(context, Permission::Watch)?;
    if context.role() == Role::Admin {
        return Ok(context.store().count_missing(context.now())?);
    }
    if !guard::may(context, Permission::TendRecordings) {
        return Ok(0);
    }
    let missing = guard::recordings(context, context.store().missing_recordings(context.now())?)?;
    Ok(u32::try_from(missing.len()).unwrap_or(u32::MAX))
}

/// Retries a failed recording, from the stage at which it failed.
pub fn retry(context: &Context, id: RecordingId) -> Result<Recording, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    let recording = get(context, id)?;
    match recording.stage {
        Stage::Failed { .. } if recording.is_retryable(context.now()) => {}
        Stage::Failed { cause, .. } if cause.retryable() => {
            return Err(Error::Conflict {
                message: format!("Trying again cannot help: nothing of “{}” is left at Cloudflare.", recording.title),
                next: Cause::RecorderMissing.next(),
            });
        }
        Stage::Failed { cause, .. } => {
            return Err(Error::Conflict {
                message: format!("Trying again cannot help: {}", cause.sentence()),
                next: cause.next(),
            });
        }
        _ => {
            return Err(Error::Conflict {
                message: format!("“{}” has not failed.", recording.title),
                next: "Wait until it is ready.",
            });
        }
    }
    let note = EventKind::RetriedByHand.note("Tried again by hand.");
    context.store().observe(id, Observation::RetryAsked, context.now(), note, Facts::begin_anew)?;
    context.changed(&[Topic::Recordings]);
    context.wake_jobs();
    get(context, id)
}

/// The addresses that play a recording in the window for some hours. They are no share link: they never leave this
/// computer.
pub async fn play(context: &Context, id: RecordingId) -> Result<Playback, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    let recording = get(context, id)?;
    let video = playback::watchable(context, &recording)?;
    let issued_at = playback::signing_time(context);
    let expires_at = issued_at.later(Validity::DAY.span().part(4));
    let rights = Rights::to_watch(false);
    let wish = playback::Wish { signing: Signing::ForDesk, rights: &rights, issued_at, expires_at };
    let signed = playback::sign(context, video, wish).await?;
    let entry = Entry {
        recording: Some(id),
        session: Some(recording.session),
        video: Some(video.id.clone()),
        kid: signed.kid.clone(),
        expires_at: Some(expires_at),
        fingerprint: Some(signed.fingerprint.clone()),
        ..ledger::entry(context, Act::Played)
    };
    // A database that cannot be written keeps nobody from watching.
    if let Err(error) = ledger::write(context, |signer| context.store().write_ledger(signer, &[entry])).await {
        tracing::warn!(%error, "the playing was not entered in the ledger");
    }
    Ok(Playback { hls: SecretUrl::new(&signed.urls.hls), poster: SecretUrl::new(&signed.urls.thumbnail), expires_at })
}
