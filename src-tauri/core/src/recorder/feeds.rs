//! Reads a feed and makes the schedule follow it. For the person who adds or refreshes one, and for the job.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use crate::context::Context;
use crate::domain::ids::CalendarId;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::calendar::feed::{self, Counts, Feed, FeedAddress, Refreshed, Trouble, Version};
use crate::domain::schedule::calendar::import::{self, Earlier, Import, Source};
use crate::domain::schedule::calendar::lines::Component;
use crate::domain::schedule::calendar_days::read_zone;
use crate::error::{Error, UserError};
use crate::feed::{Fetched, NoCalendar, fetch};
use crate::ports::{SecretName, Topic};
use crate::recorder::channels::{keyring, with_secrets};
use crate::store::Repeats;

impl From<NoCalendar> for Error {
    fn from(none: NoCalendar) -> Self {
        Self::Feed { message: none.trouble.message, next: none.trouble.next }
    }
}

/// Reads a calendar from its address for a person who looks at it. Returns the file and what identifies it.
pub(crate) async fn ask(context: &Context, address: &FeedAddress) -> Result<(Arc<Vec<u8>>, Version), Error> {
    match fetch(address, &Version::default(), context.now()).await? {
        Fetched::File(bytes, version) => Ok((Arc::new(bytes), version)),
        Fetched::Unchanged => Err(Error::Feed {
            message: format!("{} says that nothing changed, although it was not asked before.", address.host()),
            next: "Try again later.".into(),
        }),
    }
}

/// Who has a feed read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A person, who wants it read whatever was answered before.
    Person,
    /// The job, if it is due.
    Job,
}

/// The locks of the feeds. One at a time asks a feed and imports the answer, or removes the feed.
#[derive(Debug, Default)]
struct Locks(Mutex<BTreeMap<CalendarId, Arc<tokio::sync::Mutex<()>>>>);

/// Waits until nobody else in this process reads or removes a feed.
pub(crate) async fn alone(context: &Context, calendar: CalendarId) -> tokio::sync::OwnedMutexGuard<()> {
    let locks = context.service::<Locks>();
    let lock = Arc::clone(locks.0.lock().unwrap_or_else(PoisonError::into_inner).entry(calendar).or_default());
    lock.lock_owned().await
}

/// Asks a feed and makes the schedule follow it, as one change that can be undone. What goes wrong is kept with the feed, and
/// nothing else changes. `None` where it was removed, where another process read it meanwhile, or where it is not due.
pub(crate) async fn refresh(
    context: &Context,
    calendar: CalendarId,
    reader: Reader,
) -> Result<Option<Refreshed>, Error> {
    let _alone = alone(context, calendar).await;
    let Some(feed) = context.store().feed(calendar)? else { return Ok(None) };
    let now = context.now();
    if reader == Reader::Job && feed.due_at > now {
        return Ok(None);
    }
    // What was not taken over is looked at again, although its calendar is as it was: the reason may lie here.
    let is_whole = feed.counts.refused == 0 && feed.counts.changed_here == 0;
    let known = if reader == Reader::Job && is_whole { feed.version.clone() } else { Version::default() };
    let (feed, import) = match address(context, feed.calendar).await {
        Err(error @ Error::Store(_)) => return Err(error),
        Err(error) => (feed.failed(trouble(&error), None, now), None),
        Ok(address) => match fetch(&address, &known, now).await {
            Ok(Fetched::Unchanged) => (feed.read(None, known, None, now), None),
            Ok(Fetched::File(bytes, version)) => match follow(context, feed.clone(), bytes).await {
                Ok(None) => return Ok(None),
                Ok(Some((import, pace))) => (feed.read(pace, version, Some(counts(&import)), now), Some(import)),
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => (feed.failed(trouble(&error), None, now), None),
            },
            Err(NoCalendar { trouble, retry_after }) => (feed.failed(trouble, retry_after, now), None),
        },
    };
    context.store().note_feed(&feed)?;
    context.changed(&[Topic::Sessions]);
    Ok(Some(Refreshed { feed, import }))
}

fn trouble(error: &Error) -> Trouble {
    let words = UserError::from(error);
    Trouble { message: words.message, next: words.next }
}

/// What an import did, and how often the calendar wishes to be read.
type Followed = (Import, Option<TimeDelta>);

/// Why nothing is imported.
enum Stop {
    /// The feed was removed, or another process read it.
    Superseded,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Imports an answer; `None` where the feed was removed meanwhile, or another process read it.
async fn follow(context: &Context, feed: Feed, bytes: Vec<u8>) -> Result<Option<Followed>, Error> {
    let context = context.clone();
    let supervisor = context.supervisor().clone();
    let work = move || {
        let (zone, now) = (read_zone(&feed.timezone)?, context.now());
        let defaults = with_instructor(context.store().preferences()?, feed.instructor.as_deref());
        let plan = |earlier: &Earlier| {
            if earlier.feeds.get(&feed.calendar) != Some(&feed.asked_at) {
                return Err(Stop::Superseded);
            }
            Ok(import::plan(&bytes, zone, &defaults, earlier, Source::Feed(feed.calendar), now)?)
        };
        match context.store().import_calendar(Repeats::Nothing, now, plan) {
            Ok(import) => Ok(Some((import, wished_pace(&bytes)))),
            Err(Stop::Superseded) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    };
    supervisor.spawn_blocking("reading a calendar", work).join().await?
}

/// The settings with another instructor.
pub(crate) fn with_instructor(settings: Preferences, instructor: Option<&str>) -> Preferences {
    match instructor {
        Some(name) => Preferences { instructor: name.to_owned(), ..settings },
        None => settings,
    }
}

/// How often a calendar wishes to be read.
pub(crate) fn wished_pace(bytes: &[u8]) -> Option<TimeDelta> {
    let calendars = Component::read(bytes).ok()?;
    feed::pace(calendars.iter().find(|component| component.name == "VCALENDAR")?)
}

/// What an import did, in numbers.
pub(crate) fn counts(import: &Import) -> Counts {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Counts {
        new: number(import.new.len()),
        changed: number(import.changed.len()),
        gone: number(import.gone.len()),
        changed_here: number(import.changed_here.len()),
        refused: number(import.refused.len()),
    }
}

/// The address of a feed, from the database or the keyring.
async fn address(context: &Context, calendar: CalendarId) -> Result<FeedAddress, Error> {
    if let Some(address) = context.store().feed_address(calendar)? {
        return Ok(address);
    }
    let name = SecretName::FeedAddress(calendar);
    let kept = with_secrets(context, move |secrets| keyring(secrets)?.get(&name)).await?;
    let read = kept.and_then(|text| FeedAddress::read(text.expose_secret()).ok());
    read.ok_or_else(|| Error::Feed {
        message: "This computer’s keyring no longer has the address of the calendar.".into(),
        next: "Remove the feed here and add it again with its address. What was imported stays.".into(),
    })
}

/// Keeps the address of a feed: in the keyring, as whoever has it can read the calendar. Returns what the database may hold.
pub(crate) async fn keep_address(
    context: &Context,
    calendar: CalendarId,
    address: FeedAddress,
) -> Result<Option<FeedAddress>, Error> {
    if address.is_of_this_computer() {
        return Ok(Some(address));
    }
    let (name, secret) = (SecretName::FeedAddress(calendar), SecretString::from(address.url().as_str()));
    with_secrets(context, move |secrets| keyring(secrets)?.set(&name, &secret)).await?;
    Ok(None)
}

/// Takes the address of a feed out of the keyring.
pub(crate) async fn forget_address(context: &Context, calendar: CalendarId) -> Result<(), Error> {
    let name = SecretName::FeedAddress(calendar);
    with_secrets(context, move |secrets| keyring(secrets)?.remove(&name)).await
}
