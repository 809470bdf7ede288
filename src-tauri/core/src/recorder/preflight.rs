//! Makes the checks before a class, all at once and each with a limit of time, and keeps what they found last.
//!
//! Nothing is changed at Cloudflare. Six to eight requests are sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::cloudflare::Error as CloudError;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::SessionId;
use crate::domain::profile::connection_check::Outcome;
use crate::domain::profile::keeping::Keeping;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::preflight::{self, Check, Fix, Preflight, State, Subject};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::recorder::connection;
use crate::recorder::keeping::kept;
use crate::recorder::rooms::{invite_page, is_local};
use crate::recorder::{lifecycle, playback, realtimekit_app};

/// How long a check may take. All of them run at the same time, so this is also how long they take together.
const CHECK_TIMEOUT: Duration = Duration::from_secs(6);
/// How long the measured request waits for the answer to another one.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long results are kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// What the checks found last, in memory.
#[derive(Debug, Default)]
pub(crate) struct Preflights {
    last: Mutex<HashMap<Option<SessionId>, Preflight>>,
    /// Held while checks are made, so that the page and the job do not make the same ones at once.
    running: tokio::sync::Mutex<()>,
}

impl Preflights {
    fn of(context: &Context) -> Arc<Self> {
        context.service()
    }

    fn last(&self) -> MutexGuard<'_, HashMap<Option<SessionId>, Preflight>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was found last for a session, or for the desk; `None` where this process has not checked within a day. What the
/// database answers is checked again, because people are added and classes are started after the checks.
pub(crate) fn last(context: &Context, id: Option<SessionId>) -> Result<Option<Preflight>, Error> {
    let Some(found) = kept_for(context, id) else { return Ok(None) };
    let session = id.map(|id| lifecycle::session(context, id)).transpose()?;
    let mut checks = local(context, session.as_ref())?;
    let asked = found.checks.into_iter().filter(|check| checks.iter().all(|fresh| fresh.subject != check.subject));
    let asked: Vec<Check> = asked.collect();
    checks.extend(asked);
    Ok(Some(Preflight::new(id, found.at, checks)))
}

fn kept_for(context: &Context, session: Option<SessionId>) -> Option<Preflight> {
    Preflights::of(context).last().get(&session).cloned()
}

/// Makes the checks for a session, or for the desk alone. Waits for checks that are being made for the same.
pub(crate) async fn run(context: &Context, id: Option<SessionId>) -> Result<Preflight, Error> {
    let asked_at = context.now();
    let preflights = Preflights::of(context);
    let _alone = preflights.running.lock().await;
    // A result from the future is from before the clock was set back.
    let just_made = |found: &Preflight| (asked_at..=context.now()).contains(&found.at);
    if let Some(found) = kept_for(context, id).filter(just_made) {
        return Ok(found);
    }
    let session = id.map(|id| lifecycle::session(context, id)).transpose()?;
    let checks = Box::pin(checks(context, session.as_ref())).await?;
    let now = context.now();
    let found = Preflight::new(id, now, checks);
    let mut kept = preflights.last();
    kept.retain(|_, earlier| is_within(earlier.at, KEPT_FOR, now));
    kept.insert(id, found.clone());
    Ok(found)
}

async fn checks(context: &Context, session: Option<&Session>) -> Result<Vec<Check>, Error> {
    let recorded = session.is_none_or(|session| session.plan.record);
    let mut checks = local(context, session)?;
    let answered = Notify::new();
    let (token, app, stream, storage, key, page, disk) = tokio::join!(
        limited(Subject::Token, async {
            let found = token(context).await;
            answered.notify_one();
            found
        }),
        limited(Subject::App, app(context, session)),
        limited(Subject::Stream, stream(context, recorded)),
        limited(Subject::Storage, async {
            // The first request may have to look up the name and to agree on a key, which is no part of a round trip.
            let _ = timeout(WARM_UP, answered.notified()).await;
            storage(context, session).await
        }),
        limited(Subject::SigningKey, signing_key(context)),
        limited(Subject::JoinPage, join_page(context)),
        limited(Subject::Disk, disk(context)),
    );
    for found in [token, app, stream, storage, key, page, disk] {
        checks.extend(found);
    }
    recognise_token(&mut checks);
    checks.push(preflight::clock(context.cloudflare().clock_skew()));
    Ok(checks)
}

/// Makes a check, or says that it took too long.
async fn limited(subject: Subject, check: impl Future<Output = Vec<Check>>) -> Vec<Check> {
    match timeout(CHECK_TIMEOUT, check).await {
        Ok(found) => found,
        Err(_) => {
            let late =
                |subject| Check::unknown(subject, format!("There was no answer within {} s.", CHECK_TIMEOUT.as_secs()));
            match subject {
                Subject::App => vec![late(Subject::App), late(Subject::Presets), late(Subject::Recording)],
                Subject::Storage => vec![late(Subject::Storage), late(Subject::Network)],
                subject => vec![late(subject)],
            }
        }
    }
}

/// The checks that the database answers.
fn local(context: &Context, session: Option<&Session>) -> Result<Vec<Check>, Error> {
    let open = context.store().open_sessions()?;
    let live = open.iter().filter(|open| {
        matches!(open.state, SessionState::Live(_)) && session.is_none_or(|session| session.id != open.id)
    });
    let live: Vec<_> = live.map(|open| (open.id, open.plan.title.as_str())).collect();
    let mut checks = vec![preflight::other_classes(&live)];
    if let Some(session) = session {
        let roster = context.store().roster_entries(session.id)?;
        let without = roster.iter().filter(|entry| entry.link_at.is_none());
        let without: Vec<_> = without.map(|entry| entry.person.name.as_str()).collect();
        checks.push(preflight::people(session.id, roster.len(), &without));
    }
    Ok(checks)
}

async fn token(context: &Context) -> Vec<Check> {
    let check = match context.cloudflare().verify_token().await {
        Ok(status) => {
            if let Err(error) = context.store().note_token_expiry(status.expires_on) {
                tracing::debug!(%error, "the end of the API token could not be noted");
            }
            judged(Subject::Token, connection::token(&status, context.now()), Fix::Connection)
        }
        Err(error) if connection::says_what_is_wrong(&error) => {
            Check::blocking(Subject::Token, said(&error), Fix::Connection)
        }
        // Cloudflare's check does not know every kind of token; whether the others work tells more.
        Err(error) => Check::unknown(Subject::Token, said(&error)),
    };
    vec![check]
}

/// Calls a token good that Cloudflare's check does not know, where RealtimeKit takes it.
fn recognise_token(checks: &mut [Check]) {
    let app_answers = checks.iter().any(|check| check.subject == Subject::Presets && check.state == State::Ok);
    for check in checks {
        if check.subject == Subject::Token && check.state == State::Unknown && app_answers {
            *check = Check::passed(Subject::Token, "Works.");
        }
    }
}

/// The app, its presets, and where its recordings go. The later ones need the app.
async fn app(context: &Context, session: Option<&Session>) -> Vec<Check> {
    let cloudflare = context.cloudflare();
    let wanted = match realtimekit_app::known(context) {
        Ok(known) => known.map(|known| known.id),
        Err(error) => return vec![Check::unknown(Subject::App, error.message())],
    };
    let apps = match cloudflare.apps().await {
        Ok(apps) => apps,
        Err(error) => {
            let skipped = |subject| Check::unknown(subject, "Not checked, because the app could not be read.");
            return vec![failed(Subject::App, &error), skipped(Subject::Presets), recording(session, None)];
        }
    };
    let (outcome, chosen) = connection::choose(&apps, wanted.as_ref());
    let mut checks = vec![judged(Subject::App, outcome, Fix::App)];
    match chosen {
        Some(app) => {
            let (presets, kept) = tokio::join!(connection::presets(cloudflare, &app), kept(context, &app));
            checks.push(judged_presets(presets));
            checks.push(recording(session, Some(kept)));
        }
        None if apps.is_empty() => {
            checks.push(Check::passed(Subject::Presets, "Made together with the app."));
            checks.push(recording(session, None));
        }
        None => {
            checks.push(Check::unknown(Subject::Presets, "Not checked, because no app is chosen."));
            checks.push(recording(session, None));
        }
    }
    checks
}

fn judged_presets(outcome: Outcome) -> Check {
    match outcome {
        Outcome::Passed(_) => Check::passed(Subject::Presets, "They fit."),
        // The step of the check in Settings names the terminal; here a button repairs them.
        Outcome::Warned { message, .. } => Check::attention(Subject::Presets, message, Fix::RepairPresets),
        Outcome::Failed { message, next } => Check::unknown(Subject::Presets, format!("{message} {next}")),
        Outcome::Skipped => Check::unknown(Subject::Presets, "Not checked."),
    }
}

/// Whether the class is recorded, and whether Hajime can get at the file. `kept` is `None` where that was not asked.
fn recording(session: Option<&Session>, kept: Option<Result<Keeping, Error>>) -> Check {
    let plan = match session.map(|session| &session.plan) {
        Some(plan) if !plan.record => return Check::passed(Subject::Recording, "Off for this class."),
        Some(plan) => format!("On, {}.", plan.quality.name()),
        None => "Possible.".to_owned(),
    };
    match kept {
        Some(Ok(keeping @ Keeping::InOwnStorage { .. })) => {
            Check::attention(Subject::Recording, keeping.sentence(), Fix::CheckAgain)
        }
        Some(Ok(Keeping::NotKnown | Keeping::AtRealtimeKit { .. }) | Err(_)) | None => {
            Check::passed(Subject::Recording, plan)
        }
    }
}

/// Whether videos can be brought to Stream. A class that is not recorded does not need it.
async fn stream(context: &Context, recorded: bool) -> Vec<Check> {
    if !recorded {
        return vec![Check::passed(Subject::Stream, "Not needed for this class.")];
    }
    // Whether Stream can be read is another check.
    let check = match connection::stream_takes_videos(context.cloudflare()).await {
        Outcome::Passed(_) => Check::passed(Subject::Stream, "Takes videos."),
        Outcome::Failed { message, next } | Outcome::Warned { message, next } => {
            // The class itself can be held, and its file waits for seven days.
            Check::attention(Subject::Stream, format!("{message} {next}"), Fix::Connection)
        }
        Outcome::Skipped => Check::unknown(Subject::Stream, "Not checked."),
    };
    vec![check]
}

/// The minutes left in Stream, and the time of a round trip to Cloudflare.
async fn storage(context: &Context, session: Option<&Session>) -> Vec<Check> {
    let length = session.filter(|session| session.plan.record).map(|session| session.plan.length);
    let began = Instant::now();
    let usage = match context.cloudflare().storage_usage().await {
        Ok(usage) => usage,
        Err(error) => {
            return vec![failed(Subject::Storage, &error), unreached(&error)];
        }
    };
    let network = preflight::network(TimeDelta::from_std(began.elapsed()).unwrap_or(TimeDelta::MAX));
    let storage = preflight::storage(usage.total_storage_minutes, usage.total_storage_minutes_limit, length);
    vec![storage, network]
}

/// What an error says about the way to Cloudflare.
fn unreached(error: &CloudError) -> Check {
    if error.code() == ErrorCode::Offline {
        return Check::blocking(Subject::Network, said(error), Fix::CheckAgain);
    }
    Check::unknown(Subject::Network, "Not measured, because Cloudflare did not answer as it should.")
}

/// Whether this desk can sign links. Without a key of its own, Cloudflare signs them.
async fn signing_key(context: &Context) -> Vec<Check> {
    let subject = Subject::SigningKey;
    if !context.signs_locally() {
        return vec![Check::passed(subject, "Cloudflare signs links.")];
    }
    let check = match (context.store().signing_key(), playback::forget_deleted_key(context).await) {
        (Ok(None), Ok(_)) => Check::passed(subject, "Made with the first link."),
        (_, Ok(true)) => Check::passed(subject, "It was deleted at Cloudflare; the next link makes a new one."),
        (Ok(Some(_)), Ok(false)) => Check::passed(subject, "Works."),
        (_, Err(Error::Cloudflare(error))) => failed(subject, &error),
        (_, Err(error)) => Check::unknown(subject, format!("{} {}", error.message(), error.next())),
        (Err(error), Ok(false)) => Check::unknown(subject, crate::error::database_message(&error)),
    };
    vec![check]
}

/// Whether the page on which people join answers somebody without an account.
async fn join_page(context: &Context) -> Vec<Check> {
    let subject = Subject::JoinPage;
    let page = match invite_page(context) {
        Ok(Some(page)) => page,
        Ok(None) => {
            let sentence = "There is no page for people to join on, so nobody can be invited.";
            return vec![Check::attention(subject, sentence, Fix::JoinPage)];
        }
        Err(error) => return vec![Check::unknown(subject, error.message())],
    };
    let host = page.host_str().unwrap_or_default().to_owned();
    let check = match context.cloudflare().site(&page).await {
        Ok(answer) if answer.status < 400 => {
            if !is_local(&page) {
                Check::passed(subject, "Opens from outside.")
            } else if context.cloudflare().is_on_this_computer() {
                Check::passed(subject, "Opens on this computer.")
            } else {
                let sentence =
                    "Invitations open on this computer only. Publish the join page, so that others can join.";
                Check::attention(subject, sentence, Fix::JoinPage)
            }
        }
        Ok(answer) => {
            let sentence = format!("{host} answered with the status {}. People cannot join there.", answer.status);
            Check::attention(subject, sentence, Fix::JoinPage)
        }
        Err(error) => {
            let sentence = format!("{host} does not open from this computer: {}", error.user_message());
            Check::attention(subject, sentence, Fix::JoinPage)
        }
    };
    vec![check]
}

async fn disk(context: &Context) -> Vec<Check> {
    let subject = Subject::Disk;
    let Some(folder) = context.data_folder().map(ToOwned::to_owned) else {
        return vec![Check::passed(subject, "Not used.")];
    };
    // A network file system may not answer for minutes.
    let free = tokio::task::spawn_blocking(move || fs4::available_space(folder)).await;
    let check = match free {
        Ok(Ok(free)) => preflight::disk(free),
        Ok(Err(_)) | Err(_) => Check::unknown(subject, "The system does not tell how much space is left."),
    };
    vec![check]
}

fn judged(subject: Subject, outcome: Outcome, fix: Fix) -> Check {
    match outcome {
        Outcome::Passed(sentence) => Check::passed(subject, sentence),
        Outcome::Failed { message, next } => Check::blocking(subject, format!("{message} {next}"), fix),
        Outcome::Warned { message, next } => Check::attention(subject, format!("{message} {next}"), fix),
        Outcome::Skipped => Check::unknown(subject, "Not checked."),
    }
}

/// A check whose request failed. A refusal says what is wrong; anything else leaves it unknown.
fn failed(subject: Subject, error: &CloudError) -> Check {
    match error.code() {
        ErrorCode::Credentials | ErrorCode::Permission => match subject {
            Subject::App => Check::blocking(subject, said(error), Fix::Connection),
            _ => Check::attention(subject, said(error), Fix::Connection),
        },
        _ => Check::unknown(subject, said(error)),
    }
}

fn said(error: &CloudError) -> String {
    format!("{} {}", error.user_message(), error.next_step())
}

/// The session that is to begin next; `None` where none is planned within a day. It may be late already.
pub(crate) fn next(context: &Context, now: DateTime<Utc>) -> Result<Option<Session>, Error> {
    let until = now.later(TimeDelta::hours(24));
    let mut waiting = context.store().waiting_sessions(now.earlier(LENGTH_MAX), until)?.into_iter();
    Ok(waiting.find(|session| session.plan.end() > now && session.plan.start.instant() < until))
}

/// What the classes that lie ahead need.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The next session that begins at most [`preflight::CHECK_AHEAD`] from now and was not checked since it came so near.
    pub(crate) due: Option<SessionId>,
    /// When the next one comes so near; `None` where none lies ahead.
    pub(crate) next: Option<DateTime<Utc>>,
}

/// Looks, with one query, at the classes that lie ahead.
pub(crate) fn ahead(context: &Context, now: DateTime<Utc>) -> Result<Ahead, Error> {
    let until = now.later(preflight::CHECK_AHEAD);
    let waiting = context.store().waiting_sessions(now, until)?;
    let start = |session: &&Session| session.plan.start.instant();
    let near = |session: &&Session| start(session) > now && start(session) <= until;
    let due = waiting.iter().find(|session| near(session) && !is_checked(context, session));
    let mut moments = waiting.iter().map(|session| start(&session).earlier(preflight::CHECK_AHEAD));
    Ok(Ahead { due: due.map(|session| session.id), next: moments.find(|at| *at > now) })
}

/// Whether a session was checked at most [`preflight::CHECK_AHEAD`] before its start, and Cloudflare answered.
fn is_checked(context: &Context, session: &Session) -> bool {
    let from = session.plan.start.instant().earlier(preflight::CHECK_AHEAD);
    kept_for(context, Some(session.id))
        .is_some_and(|found| (from..=context.now()).contains(&found.at) && reached(&found))
}

/// Whether Cloudflare answered while the checks were made.
pub(crate) fn reached(found: &Preflight) -> bool {
    // A slow answer is one too.
    found.check(Subject::Network).is_some_and(|check| matches!(check.state, State::Ok | State::Attention))
}
