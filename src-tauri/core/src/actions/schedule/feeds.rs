//! Feeds: calendars of other programs that are read again from their address.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::actions::schedule::calendar;
use crate::actions::schedule::series::Mode;
use crate::context::Context;
use crate::domain::clock::is_within;
use crate::domain::ids::CalendarId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar::feed::{Counts, FEEDS_MAX, Feed, FeedAddress, PACE_DEFAULT, Refreshed, Version};
use crate::domain::schedule::calendar::import::{Import, Source};
use crate::domain::schedule::limits::TITLE_MAX;
use crate::domain::text::one_line;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::feeds::{self, Reader};

/// For how long the answer that a person looked at is the one that is imported.
const SHOWN_MAX_AGE: TimeDelta = TimeDelta::minutes(15);

/// What a person says about a feed.
#[derive(Debug, Clone)]
pub struct NewFeed {
    /// The address.
    pub address: FeedAddress,
    /// The name of the feed; `None` for the one that the calendar has.
    pub name: Option<String>,
    /// The zone of times without one.
    pub timezone: String,
    /// Who teaches the classes; `None` for the instructor of the settings, or the organiser of each event.
    pub instructor: Option<String>,
}

/// The answer that was shown last, so that what is confirmed is what was looked at.
#[derive(Debug, Default)]
struct Shown(Mutex<Option<Answer>>);

/// An answer, when it came, and from where.
#[derive(Debug)]
struct Answer {
    at: DateTime<Utc>,
    address: FeedAddress,
    bytes: Arc<Vec<u8>>,
    version: Version,
}

/// Says what following a calendar would do now. Changes nothing.
pub async fn check(context: &Context, new: &NewFeed) -> Result<Import, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let (bytes, version) = feeds::ask(context, &new.address).await?;
    let shown = context.service::<Shown>();
    *shown.0.lock().unwrap_or_else(PoisonError::into_inner) =
        Some(Answer { at: context.now(), address: new.address.clone(), bytes: Arc::clone(&bytes), version });
    first_import(context, &bytes, new, Mode::Show).await
}

/// Imports a calendar and follows it from now on. What was shown by [`check`] a short while ago is what is imported.
pub async fn add(context: &Context, new: NewFeed) -> Result<Refreshed, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let now = context.now();
    if context.store().feeds()?.len() >= FEEDS_MAX {
        return Err(Error::Conflict {
            message: format!("This desk follows {FEEDS_MAX} calendars already."),
            next: "Remove one of them first.",
        });
    }
    let shown = context.service::<Shown>().0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (bytes, version) = match shown {
        Some(Answer { at, address, bytes, version }) if address == new.address && is_within(at, SHOWN_MAX_AGE, now) => {
            (bytes, version)
        }
        _ => feeds::ask(context, &new.address).await?,
    };
    let plan = first_import(context, &bytes, &new, Mode::Show).await?;
    if let Some(known) = context.store().feed(plan.calendar)? {
        return Err(Error::Conflict {
            message: format!("The feed “{}” has these events already.", known.name),
            next: "Refresh that feed, or remove it first.",
        });
    }
    // First, so that nothing is imported where the keyring does not keep the address.
    let address = feeds::keep_address(context, plan.calendar, new.address.clone()).await?;
    let import = first_import(context, &bytes, &new, Mode::Make).await?;
    if address.is_none() && import.calendar != plan.calendar {
        feeds::keep_address(context, import.calendar, new.address.clone()).await?;
        feeds::forget_address(context, plan.calendar).await?;
    }
    let wished = new.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    let own = Some(import.name.clone()).filter(|name| !name.is_empty());
    let name = wished.or(own).unwrap_or_else(|| new.address.host().to_owned());
    let feed = Feed {
        calendar: import.calendar,
        name: name.chars().take(TITLE_MAX).collect(),
        shown: new.address.shown(),
        timezone: new.timezone,
        instructor: new.instructor,
        version: Version::default(),
        pace: PACE_DEFAULT,
        added_at: now,
        asked_at: now,
        good_at: now,
        due_at: now,
        failures: 0,
        trouble: None,
        counts: Counts::default(),
    };
    let feed = feed.read(feeds::wished_pace(&bytes), version, Some(feeds::counts(&import)), now);
    context.store().add_feed(&feed, address.as_ref())?;
    context.changed(&[Topic::Sessions]);
    context.wake_jobs();
    // As it is kept, in milliseconds.
    let feed = context.store().feed(feed.calendar)?.unwrap_or(feed);
    Ok(Refreshed { feed, import: Some(import) })
}

async fn first_import(context: &Context, file: &Arc<Vec<u8>>, new: &NewFeed, mode: Mode) -> Result<Import, Error> {
    let (context, file, new) = (context.clone(), Arc::clone(file), new.clone());
    let supervisor = context.supervisor().clone();
    let work =
        move || calendar::import_from(&context, Source::NewFeed, &file, &new.timezone, new.instructor.as_deref(), mode);
    supervisor.spawn_blocking("reading a calendar", work).join().await?
}

/// All feeds, the oldest first.
pub fn all(context: &Context) -> Result<Vec<Feed>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(context.store().feeds()?)
}

/// Reads a feed now.
pub async fn refresh(context: &Context, calendar: CalendarId) -> Result<Refreshed, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    if let Some(done) = feeds::refresh(context, calendar, Reader::Person).await? {
        return Ok(done);
    }
    // Another process read it meanwhile.
    let feed = context.store().feed(calendar)?.ok_or_else(|| not_found(calendar))?;
    Ok(Refreshed { feed, import: None })
}

/// Follows a calendar no longer. The classes that were made of it stay.
pub async fn remove(context: &Context, calendar: CalendarId) -> Result<Feed, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let _alone = feeds::alone(context, calendar).await;
    let feed = context.store().feed(calendar)?.ok_or_else(|| not_found(calendar))?;
    if context.store().feed_address(calendar)?.is_none() {
        feeds::forget_address(context, calendar).await?;
    }
    context.store().remove_feed(calendar)?;
    context.changed(&[Topic::Sessions]);
    Ok(feed)
}

fn not_found(calendar: CalendarId) -> Error {
    Error::NotFound { what: "feed", id: calendar.to_string() }
}
