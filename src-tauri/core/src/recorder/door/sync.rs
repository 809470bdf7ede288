//! Tells the door what it must know and asks what it saw, in one request.
//!
//! Nothing is lost when the reply is: rows stay in the queue until the door is known to have them, the higher version of a row holds there,
//! what is revoked stays revoked, and a play counts once for its number.

pub(super) mod statements;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::cloudflare::{self, Ran};
use crate::context::Context;
use crate::domain::bounds::{Moved as _, moment_of_millis};
use crate::domain::ids::{DatabaseId, SessionId};
use crate::domain::profile::door::DoorTrouble;
use crate::domain::profile::preset::PresetPair;
use crate::domain::schedule::session::SessionState;
use crate::domain::sharing::door_exchange::{DoorNews, DoorReply, QueuedRow};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::door::rows::{self, AHEAD, BEHIND, REVOKED_KEPT};
use crate::recorder::door::{seats, seen};
use crate::recorder::{ledger, realtimekit_app};

/// The most bytes of rows that one request tells: four statements of the size that D1 takes as one value.
const REQUEST_BYTES: usize = 5_000_000;
/// The most requests of one exchange. What is left goes with the next one.
const REQUESTS_MAX: usize = 8;

/// Held during an exchange, so that one process tells the same rows once.
#[derive(Debug, Default)]
struct Exchanging(Mutex<()>);

/// What an exchange is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// That the door knows what it must know. Where it does, no request is sent.
    Told,
    /// Also what it saw.
    Seen,
}

/// What an exchange came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Exchanged {
    /// How many requests were sent.
    pub(crate) requests: usize,
    /// What keeps the door from doing its work, as it noted last; `None` where it noted nothing.
    pub(crate) trouble: Option<DoorTrouble>,
}

/// What there is to tell the door.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ToTell {
    /// Whether people come now or soon, or wait.
    pub(crate) is_near: bool,
    /// Whether something is not told.
    pub(crate) waits: bool,
    /// Whether the door does not know yet of somebody to keep out.
    pub(crate) urgent: bool,
}

/// Works out what the door must know, and queues what it does not. Asks for the names of the presets once.
pub(crate) async fn gather(context: &Context) -> Result<ToTell, Error> {
    let (store, now) = (context.store().clone(), context.cloudflare_now());
    if store.revoke_join_links_of_absent_people(context.now())? > 0 {
        context.changed(&[Topic::Sessions]);
    }
    let span = (now.earlier(BEHIND), now.later(AHEAD));
    let read = move || -> Result<_, Error> { Ok(store.door_sources(span, now.earlier(REVOKED_KEPT))?) };
    let sources = context.supervisor().spawn_blocking("reading what the door must know", read).join().await??;
    let needs_presets = sources.join_links.iter().any(|link| link.revoked_at.is_none());
    let presets = if needs_presets { presets(context).await } else { None };
    let store = context.store().clone();
    let compare = move || -> Result<ToTell, Error> {
        store.want_door_rows(&rows::wanted(&sources, presets, now), now)?;
        Ok(ToTell {
            is_near: rows::is_near(&sources, now) || store.somebody_waits_at_door()?,
            waits: !store.door_knows_everything()?,
            urgent: store.has_urgent_door_rows()?,
        })
    };
    context.supervisor().spawn_blocking("comparing what the door knows", compare).join().await?
}

/// The presets of the app; `None` where they are not known now. Whom to keep out is told without them.
async fn presets(context: &Context) -> Option<PresetPair> {
    let found = realtimekit_app::presets(context).await;
    found
        .inspect_err(|error| tracing::warn!(%error, "without the presets, the door keeps its class links as they are"))
        .ok()
}

/// Tells the door what it must know, and asks what it saw. Without an open door nothing is done.
pub(crate) async fn exchange(context: &Context, wants: Wants) -> Result<Exchanged, Error> {
    if !is_there(context)? {
        return Ok(Exchanged::default());
    }
    gather(context).await?;
    send(context, wants).await
}

/// Tells the door what waits in the queue, and asks what it saw.
pub(crate) async fn send(context: &Context, wants: Wants) -> Result<Exchanged, Error> {
    let service = context.service::<Exchanging>();
    let _alone = service.0.lock().await;
    if !is_there(context)? {
        return Ok(Exchanged::default());
    }
    let mut done = Exchanged::default();
    while done.requests < REQUESTS_MAX {
        let queued = context.store().door_rows_to_push(REQUEST_BYTES)?;
        if queued.is_empty() && wants == Wants::Told {
            break;
        }
        let tells = !queued.is_empty();
        let (trouble, is_full) = match once(context, queued).await {
            Ok(answered) => answered,
            Err(error) => {
                note(context, &error)?;
                return Err(error);
            }
        };
        done = Exchanged { requests: done.requests.saturating_add(1), trouble };
        let is_told = !tells || context.store().door_knows_everything()?;
        if is_told && !is_full {
            break;
        }
    }
    Ok(done)
}

fn is_there(context: &Context) -> Result<bool, Error> {
    Ok(context.store().door()?.is_some_and(|door| door.is_open))
}

/// The id of the door's database.
pub(super) fn database(context: &Context) -> Result<DatabaseId, Error> {
    let door = context.store().door()?;
    door.and_then(|door| door.database.parse().ok()).ok_or_else(gone)
}

fn gone() -> Error {
    Error::Conflict {
        message: "The door’s database is gone, so its links let nobody in.".to_owned(),
        next: "Publish the join page again (Settings, Join page). Hajime then tells the door everything anew.",
    }
}

/// The error as a person reads it: a database that is not there has its own words.
pub(super) fn explained(error: cloudflare::Error) -> Error {
    match error {
        cloudflare::Error::Missing { .. } => gone(),
        other => other.into(),
    }
}

/// Notes why an exchange failed.
fn note(context: &Context, error: &Error) -> Result<(), Error> {
    let Some(door) = context.store().door()? else { return Ok(()) };
    if context.store().note_door_trouble(&door.database, &error.message())? {
        context.changed(&[Topic::Desk]);
    }
    Ok(())
}

/// Sends one request. Returns what troubles the door, and whether it may have seen more than it told.
async fn once(context: &Context, queued: Vec<QueuedRow>) -> Result<(Option<DoorTrouble>, bool), Error> {
    let database = database(context)?;
    let known = context.store().door_exchange()?;
    let cursor = if known.database == database.as_str() { known.cursor } else { 0 };
    let live = live_classes(context)?;
    let freed = seats::left(context, &live).await?;
    let mut sent = statements::to_tell(&queued);
    sent.extend(statements::to_free(&freed));
    let tells = sent.len();
    sent.extend(statements::to_ask(cursor, &live, context.cloudflare_now()));
    let ran = context.cloudflare().run_in_database(&database, &sent).await.map_err(explained)?;
    let now = context.cloudflare_now();
    let mut reply = DoorReply {
        database: database.to_string(),
        at: now,
        told: queued,
        freed,
        cursor,
        waiting_of: live,
        ..DoorReply::default()
    };
    let trouble = read(ran.get(tells..).unwrap_or_default(), &mut reply, now);
    let is_full = reply.began_anew || reply.is_full;
    store(context, &reply).await?;
    Ok((trouble, is_full))
}

/// Reads the answers to [`statements::to_ask`].
fn read(ran: &[Ran], reply: &mut DoorReply, now: DateTime<Utc>) -> Option<DoorTrouble> {
    let [events, last, waiting, troubles] = ran else { return None };
    let newest = last.rows.first().and_then(seen::seq);
    // The numbers only grow, so lower ones are those of a database that began anew.
    reply.began_anew = newest.is_some_and(|newest| newest < reply.cursor);
    if reply.began_anew {
        reply.cursor = 0;
    } else {
        reply.cursor = events.rows.iter().filter_map(seen::seq).fold(reply.cursor, i64::max);
        reply.plays = events.rows.iter().filter_map(|row| seen::play(row, now)).collect();
        reply.is_full = events.rows.len() >= statements::EVENTS_MAX;
    }
    let people = events.rows.iter().chain(&waiting.rows);
    reply.seats = people.filter_map(|row| seen::seat(row, now)).collect();
    troubles.rows.iter().filter_map(trouble).max_by_key(|trouble| trouble.at)
}

fn trouble(row: &seen::Columns) -> Option<DoorTrouble> {
    Some(DoorTrouble {
        reason: row.get("reason")?.as_str()?.to_owned(),
        at: moment_of_millis(cloudflare::whole_number(row, "at")?)?,
        times: u64::try_from(cloudflare::whole_number(row, "times")?).ok()?,
    })
}

async fn store(context: &Context, reply: &DoorReply) -> Result<(), Error> {
    let mut news = DoorNews::default();
    if reply.plays.is_empty() {
        news = context.store().end_door_exchange(reply)?;
    } else {
        ledger::write(context, |signer| {
            let (end, new) = context.store().end_door_exchange_with_plays(signer, reply)?;
            news = new;
            Ok(end)
        })
        .await?;
    }
    if news.plays {
        context.changed(&[Topic::Links, Topic::Recordings]);
    }
    if news.people {
        context.changed(&[Topic::Sessions]);
    }
    Ok(())
}

/// The classes whose rooms are open.
fn live_classes(context: &Context) -> Result<Vec<SessionId>, Error> {
    let open = context.store().open_sessions()?;
    let live = open.into_iter().filter(|session| matches!(session.state, SessionState::Live(_)));
    Ok(live.map(|session| session.id).collect())
}
