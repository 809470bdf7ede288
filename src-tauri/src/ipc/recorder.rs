//! Starting and ending sessions, live sessions and their recordings, and the sync with Cloudflare.

use hajime_core::actions::recorder::live::{self, LiveView};
use hajime_core::actions::recorder::{end, pause, start, sync};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::sync_report::SyncReport;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use self::live_room::{CountdownDto, NextClassDto};
use super::library::recordings::{PublicStatus, RecordingDto};
use super::schedule::SessionDto;
use super::user_error::UserErrorShape;
use super::{id, maybe_instant};
use crate::accounts::{Accounts, ActiveProfile};
use crate::platform::browser;

pub(crate) mod history;
pub(crate) mod live_room;
pub(crate) mod open_rooms;
pub(crate) mod waiting;

hajime_macros::commands![
    session_start,
    session_start_again,
    session_rejoin,
    session_end,
    live_list,
    recording_pause,
    recording_resume,
    sync_now,
];

/// How many unreadable entries at Cloudflare are sent to the page at most.
const MAX_ODD_ENTRIES: usize = 20;

/// Opens the room and lets the host in. `early` confirms a start long before the planned one.
#[hajime_macros::command(changes(Sessions, Recordings))]
pub(crate) async fn session_start(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
    early: bool,
) -> Result<StartedDto, UserError> {
    let (here, id) = (accounts.current().await?, super::id(&id)?);
    let context = &here.context;
    let started = if early { start::start_early(context, id).await } else { start::start(context, id).await };
    opened(&app, &here, started?)
}

/// Opens a session again that was ended by mistake before anything was recorded.
#[hajime_macros::command(changes(Sessions, Recordings))]
pub(crate) async fn session_start_again(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, UserError> {
    let here = accounts.current().await?;
    let started = start::start_again(&here.context, super::id(&id)?).await?;
    opened(&app, &here, started)
}

/// Opens the room of a live session in the host's browser again. `session_start` does the same for a live session.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_rejoin(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, UserError> {
    session_start(app, accounts, id, false).await
}

fn opened(app: &AppHandle, here: &ActiveProfile, started: start::Started) -> Result<StartedDto, UserError> {
    let handover = here.loopback.as_ref().zip(started.join).and_then(|(loopback, join)| loopback.hand_over(join));
    Ok(StartedDto {
        session: sessions::view(&here.context, started.session)?.into(),
        already_live: started.already_live,
        opened: handover.is_some_and(|handover| browser::open(app, &handover)),
    })
}

/// Stops recording, removes everybody and closes the room.
#[hajime_macros::command(changes(Sessions, Recordings, Desk))]
pub(crate) async fn session_end(accounts: State<'_, Accounts>, id: String) -> Result<EndedDto, UserError> {
    let context = &accounts.current().await?.context;
    let ended = end::view(context, end::end(context, super::id(&id)?).await?)?;
    Ok(EndedDto {
        session: ended.session.into(),
        already_ended: ended.already_ended,
        recording: ended.recording.map(PublicStatus::from),
        waits_for: ended.trouble,
    })
}

#[hajime_macros::command]
pub(crate) async fn live_list(accounts: State<'_, Accounts>) -> Result<Vec<LiveDto>, UserError> {
    let context = &accounts.current().await?.context;
    Ok(live::views(context)?.into_iter().map(LiveDto::from).collect())
}

#[hajime_macros::command(changes(Sessions, Recordings))]
pub(crate) async fn recording_pause(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, UserError> {
    let (context, session) = (&accounts.current().await?.context, id(&session_id)?);
    pause::pause(context, session).await?;
    Ok(live::view(context, session)?.into())
}

/// Resumes the recording of a live session, or starts another recording if the last one has stopped.
#[hajime_macros::command(changes(Sessions, Recordings))]
pub(crate) async fn recording_resume(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, UserError> {
    let (context, session) = (&accounts.current().await?.context, id(&session_id)?);
    pause::resume(context, session).await?;
    Ok(live::view(context, session)?.into())
}

/// Syncs with the whole Cloudflare account at once.
#[hajime_macros::command(changes(Desk, Sessions, Recordings))]
pub(crate) async fn sync_now(accounts: State<'_, Accounts>) -> Result<SyncReportDto, UserError> {
    // Only the context is kept during the sync. If the account is closed meanwhile, its jobs stop.
    let context = accounts.current().await?.context.clone();
    sync::make_due(&context)?;
    let report = sync::sync(&context).await?;
    Ok(SyncReportDto::new(report, sync::unreadable_entries(&context)))
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProofState {
    NotRecorded,
    WaitingForPeople,
    Starting,
    Recording,
    Paused,
    Stopped,
    Alarm,
}

impl From<&Proof> for ProofState {
    fn from(proof: &Proof) -> Self {
        match proof {
            Proof::NotRecorded => Self::NotRecorded,
            Proof::WaitingForPeople => Self::WaitingForPeople,
            Proof::Starting(_) => Self::Starting,
            Proof::Recording(_) => Self::Recording,
            Proof::Paused(_) => Self::Paused,
            Proof::Stopped(_) => Self::Stopped,
            Proof::Alarm(..) => Self::Alarm,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LiveDto {
    session: SessionDto,
    people: Option<u32>,
    people_checked_at: Option<String>,
    invites_made: u32,
    proof: ProofState,
    proof_since: Option<String>,
    proof_sentence: String,
    recording: Option<RecordingDto>,
    /// The instructor’s next class, if it begins before the planned end.
    overlapped: Option<NextClassDto>,
    /// When the running recording ends by itself and another one begins, if that is before the planned end.
    recording_cut: Option<String>,
    /// The instructor’s next class, if it begins within six hours after the planned end.
    next_class: Option<NextClassDto>,
    /// When Cloudflare last said that the recording is running or paused; `null` if this process never heard it.
    confirmed_at: Option<String>,
    /// Since when nobody has been in the room; `null` if somebody is there.
    empty_since: Option<String>,
    /// The countdown after which the class ends by itself; `null` while none runs.
    countdown: Option<CountdownDto>,
    /// Whether the class may end by itself after its planned end.
    ends_by_itself: bool,
    #[ts(as = "Option<UserErrorShape>")]
    error: Option<UserError>,
}

impl From<LiveView> for LiveDto {
    fn from(live: LiveView) -> Self {
        Self {
            session: live.session.into(),
            people: live.people.as_ref().map(|seen| seen.people),
            empty_since: maybe_instant(live.people.as_ref().and_then(|seen| seen.empty_since)),
            people_checked_at: maybe_instant(live.people.map(|seen| seen.at)),
            invites_made: live.invites_made,
            proof: (&live.proof).into(),
            proof_since: maybe_instant(live.proof.since()),
            proof_sentence: live.proof.sentence().to_owned(),
            recording: live.recording.map(RecordingDto::from),
            overlapped: live.overlapped.map(NextClassDto::from),
            recording_cut: maybe_instant(live.recording_cut),
            next_class: live.next_class.map(NextClassDto::from),
            confirmed_at: maybe_instant(live.confirmed_at),
            countdown: live.countdown.map(CountdownDto::from),
            ends_by_itself: live.ends_by_itself,
            error: live.trouble,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StartedDto {
    session: SessionDto,
    already_live: bool,
    opened: bool,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct EndedDto {
    session: SessionDto,
    already_ended: bool,
    /// The status of the session's latest recording; `null` if it has none.
    recording: Option<PublicStatus>,
    /// Why the session has not ended yet; `null` if it has. Hajime continues to end it by itself.
    #[ts(as = "Option<UserErrorShape>")]
    waits_for: Option<UserError>,
}

/// The result of a sync, in numbers.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SyncReportDto {
    /// Recordings that other desks made and this desk did not know.
    found: usize,
    /// Recordings that were brought up to date.
    updated: usize,
    /// Recordings whose video was deleted from Stream.
    missing: usize,
    /// Open rooms of other desks that this desk did not know.
    opened: usize,
    /// Sessions that other desks ended.
    closed: usize,
    /// Entries at Cloudflare that could not be read completely.
    odd: usize,
    /// Descriptions of the first entries that could not be read since Hajime was started.
    odd_entries: Vec<String>,
}

impl SyncReportDto {
    fn new(report: SyncReport, mut odd_entries: Vec<String>) -> Self {
        let SyncReport { found, updated, missing, rooms: opened, closed, odd, videos: _ } = report;
        odd_entries.truncate(MAX_ODD_ENTRIES);
        Self { found, updated, missing, opened, closed, odd, odd_entries }
    }
}
