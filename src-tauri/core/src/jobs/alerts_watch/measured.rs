//! What the rules for alerts are compared with, each metric by one query at most. Nothing is asked at Cloudflare.

use chrono::TimeDelta;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::channel::Channel;
use crate::domain::error_code::ErrorCode;
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::reading::{Affected, AffectedKind, Item, Reading, Readings};
use crate::domain::health::price::Dollars;
use crate::domain::health::report::Month;
use crate::domain::profile::role::Fit;
use crate::domain::sharing::key::{KeyState, Purpose};
use crate::error::Error;
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::usage;
use crate::store::Timed;

/// The most things behind one reading.
const THINGS_MAX: u32 = 10_000;
/// The time over which failures are counted, and the fewest recordings.
const FAILURES_WITHIN: TimeDelta = TimeDelta::hours(24);
const FAILURES_OVER: u32 = 20;
/// The most recordings over which failures are counted.
const DECIDED_MAX: u32 = 1_000;
/// How far ahead a file that runs out is looked for: as long as RealtimeKit keeps files.
const RESCUE_AHEAD: TimeDelta = TimeDelta::days(7);
/// How long a recording without sound counts.
const MUTED_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Everything that can be measured now.
pub(super) fn all(context: &Context) -> Result<Readings, Error> {
    let mut readings = Readings::new();
    connection(context, &mut readings)?;
    recordings(context, &mut readings)?;
    classes(context, &mut readings)?;
    desk(context, &mut readings)?;
    Ok(readings)
}

/// Whether Cloudflare answers, and takes the token.
fn connection(context: &Context, readings: &mut Readings) -> Result<(), Error> {
    let trouble = context.health().trouble;
    let of = |codes: &[ErrorCode]| trouble.as_ref().filter(|trouble| codes.contains(&trouble.code));
    let holds = |detail: Option<String>| detail.map_or_else(|| Reading::of(0.0, ""), |words| Reading::of(1.0, words));
    let silent = of(&[ErrorCode::Offline, ErrorCode::CloudflareUnreadable]);
    readings.insert(Metric::Cloudflare, holds(silent.map(|trouble| trouble.message.clone())));
    let refused = of(&[ErrorCode::Credentials, ErrorCode::Permission, ErrorCode::TokenMissing]);
    let role = context.role();
    let lacking = context.store().token_rights()?.filter(|rights| matches!(rights.fit(role), Fit::TooLittle(_)));
    let lacking = lacking.map(|rights| rights.advice(role).0);
    readings.insert(Metric::Token, holds(refused.map(|trouble| trouble.message.clone()).or(lacking)));
    if let Some(skew) = context.cloudflare().clock_skew() {
        let seconds = skew.num_seconds().saturating_abs();
        let detail = format!("This computer’s clock differs from Cloudflare’s by {seconds} seconds.");
        readings.insert(Metric::ClockOff, Reading::of(minutes(skew.abs()), detail));
    }
    if let Some(expires) = context.store().token_expiry()? {
        let reading = match expires {
            None => Reading::of(f64::INFINITY, "The API token does not expire."),
            Some(at) => Reading::of(
                days(at.since(context.now())),
                format!("The API token expires on {}.", at.format("%-d %B %Y")),
            ),
        };
        readings.insert(Metric::TokenExpires, reading);
    }
    Ok(())
}

fn recordings(context: &Context, readings: &mut Readings) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    readings.insert(Metric::FailureShare, failures(context)?);
    let on_their_way = store.recordings_on_their_way(THINGS_MAX)?;
    let late = |timed: &Timed| minutes(now.since(timed.at));
    let detail = match on_their_way.first() {
        Some(first) => format!("“{}” ended {} minutes ago.", first.title, now.since(first.at).num_minutes()),
        None => "No recording is on its way.".to_owned(),
    };
    readings.insert(Metric::NotWatchable, timed(Metric::NotWatchable, on_their_way, late, detail));
    let to_rescue = store.recordings_to_rescue(now, RESCUE_AHEAD, THINGS_MAX)?;
    let left = |timed: &Timed| days(timed.at.since(now));
    let detail = match to_rescue.first() {
        Some(first) => {
            let until = first.at.format("%-d %B at %H:%M UTC");
            format!("Stream does not have “{}”, and RealtimeKit deletes its file on {until}.", first.title)
        }
        None => "No file is about to be deleted.".to_owned(),
    };
    readings.insert(Metric::Rescue, timed(Metric::Rescue, to_rescue, left, detail));
    let muted = store.recordings_without_sound(now.earlier(MUTED_WITHIN), THINGS_MAX)?;
    let muted = muted.into_iter().map(|one| affected(AffectedKind::Recording, one.id, one.title)).collect();
    let detail = "Nothing is heard in the whole recording.";
    readings.insert(Metric::Muted, Reading::of_things(muted, detail));
    if let Some(storage) = store.last_storage_reading()?.filter(|storage| storage.allowed > 0.0) {
        let detail = format!("{:.0} of {:.0} minutes are used.", storage.used, storage.allowed);
        readings.insert(Metric::StorageShare, Reading::of(100.0 * storage.used / storage.allowed, detail));
    }
    readings.insert(Metric::BudgetShare, budget(context)?);
    if let Some(public) = store.noted_public_videos()? {
        let named = |title: String| if title.is_empty() { "a video without a name".to_owned() } else { title };
        let things = public.into_iter().map(|(id, title)| affected(AffectedKind::Desk, id, named(title))).collect();
        readings.insert(Metric::PublicVideo, Reading::of_things(things, "Everybody who has the address can watch it."));
    }
    Ok(())
}

/// The share of the budget that this month has cost so far.
fn budget(context: &Context) -> Result<Reading, Error> {
    let Some(budget) = context.store().preferences()?.budget_cents.map(f64::from).filter(|cents| *cents > 0.0) else {
        return Ok(Reading::of(0.0, "No budget is set."));
    };
    let month = Month::of(context.cloudflare_now().date_naive());
    let cost = usage::cost_of(context, month)?.map_or(0.0, |cost| cost.total());
    let detail = format!("{} costs {} so far, and the budget is {}.", month.title(), Dollars(cost), Dollars(budget));
    Ok(Reading::of(100.0 * cost / budget, detail))
}

/// The share of failures among the recordings of the last day, and among the last twenty where these are fewer.
fn failures(context: &Context) -> Result<Reading, Error> {
    let since = context.now().earlier(FAILURES_WITHIN);
    let mut decided = context.store().decided_recordings(DECIDED_MAX)?;
    let recent = decided.iter().filter(|one| one.at >= since).count();
    let counted = recent.max(usize::try_from(FAILURES_OVER).unwrap_or_default());
    decided.truncate(counted);
    let (total, known) = (u32::try_from(counted).unwrap_or(u32::MAX), decided.len());
    let failed: Vec<_> = decided.into_iter().filter(|one| one.failed).collect();
    let count = u32::try_from(failed.len()).unwrap_or(u32::MAX);
    let share = 100.0 * f64::from(count) / f64::from(total);
    let things = failed
        .into_iter()
        .map(|one| Item { affected: affected(AffectedKind::Recording, one.id, one.title), value: None });
    let detail = format!("{count} of the last {known} recordings failed.");
    Ok(Reading { value: Some(share), items: things.collect(), detail })
}

fn classes(context: &Context, readings: &mut Readings) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    let waiting = store.classes_not_started(now, THINGS_MAX)?;
    let late = |timed: &Timed| minutes(now.since(timed.at));
    let detail = match waiting.first() {
        Some(first) => {
            format!("“{}” should have begun {} minutes ago.", first.title, now.since(first.at).num_minutes())
        }
        None => "No class is late.".to_owned(),
    };
    let mut reading = timed(Metric::NotStarted, waiting, late, detail);
    for item in &mut reading.items {
        item.affected.kind = AffectedKind::Session;
    }
    readings.insert(Metric::NotStarted, reading);
    let rooms = LiveRooms::of(context);
    let alarmed: Vec<_> =
        rooms.occupancies().iter().filter(|(_, seen)| seen.alarmed).map(|(session, _)| *session).collect();
    let mut things = Vec::new();
    for id in alarmed {
        let session = store.session(id)?;
        things.extend(session.map(|found| affected(AffectedKind::Session, id.to_string(), found.plan.title)));
    }
    let detail = "People are in the room, and Cloudflare has not confirmed a recording for a minute.";
    readings.insert(Metric::NotRecorded, Reading::of_things(things, detail));
    Ok(())
}

/// Keys, jobs and channels.
fn desk(context: &Context, readings: &mut Readings) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    let keys = store
        .keys()?
        .into_iter()
        .filter(|key| key.state == KeyState::InUse && matches!(key.purpose, Purpose::Desk | Purpose::Group(_)));
    let mut oldest: Option<(f64, String)> = None;
    let mut items = Vec::new();
    for key in keys {
        let age = days(now.since(key.made_at));
        if oldest.as_ref().is_none_or(|(oldest, _)| age > *oldest) {
            oldest = Some((age, key.name.clone()));
        }
        items.push(Item { affected: affected(AffectedKind::Key, key.id.to_string(), key.name), value: Some(age) });
    }
    let detail = oldest.map(|(age, name)| format!("“{name}” was made {age:.0} days ago.")).unwrap_or_default();
    readings.insert(Metric::KeyAge, Reading::worst(Metric::KeyAge, items, detail));
    let health = context.health();
    let failing = health.jobs().filter_map(|job| Some((job, job.last_error.as_ref()?)));
    let (mut jobs, mut detail) = (Vec::new(), String::new());
    for (job, error) in failing {
        if detail.is_empty() {
            detail = format!("{}: {}", job.title, error.message);
        }
        jobs.push(affected(AffectedKind::Job, job.name.clone(), job.title.clone()));
    }
    readings.insert(Metric::JobFails, Reading::of_things(jobs, detail));
    let (mut silent, mut detail) = (Vec::new(), String::new());
    for channel in Channel::ALL {
        let settings = store.channel(channel)?;
        let Some((said, _)) = settings.last_error.filter(|_| settings.is_on) else { continue };
        if detail.is_empty() {
            detail = format!("{}: {said}", channel.title());
        }
        silent.push(affected(AffectedKind::Channel, channel.name().to_owned(), channel.title().to_owned()));
    }
    readings.insert(Metric::DeliveriesFail, Reading::of_things(silent, detail));
    Ok(())
}

fn affected(kind: AffectedKind, id: String, title: String) -> Affected {
    Affected { kind, id, title }
}

fn timed(metric: Metric, all: Vec<Timed>, value: impl Fn(&Timed) -> f64, detail: String) -> Reading {
    let items = all
        .into_iter()
        .map(|one| Item { value: Some(value(&one)), affected: affected(AffectedKind::Recording, one.id, one.title) });
    Reading::worst(metric, items.collect(), detail)
}

/// A length in minutes; 0 for one that is negative.
fn minutes(length: TimeDelta) -> f64 {
    length.to_std().unwrap_or_default().as_secs_f64() / 60.0
}

/// A length in days; 0 for one that is negative.
fn days(length: TimeDelta) -> f64 {
    minutes(length) / (24.0 * 60.0)
}
