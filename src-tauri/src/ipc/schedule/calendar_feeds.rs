//! Feeds, which are calendars that are read again from their address, and the calendars that Hajime keeps for other programs.

use std::path::Path;

use hajime_core::actions::schedule::conflicts;
use hajime_core::actions::schedule::feeds::{self, NewFeed};
use hajime_core::actions::schedule::outlets;
use hajime_core::context::Context;
use hajime_core::domain::schedule::calendar::feed::{Feed, FeedAddress, Refreshed, Trouble};
use hajime_core::domain::schedule::calendar::outlet::Outlet;
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use super::calendar_files::{CalendarCheckDto, change_of};
use crate::accounts::Accounts;
use crate::ipc::{id, instant, maybe_instant};

hajime_macros::commands![
    feeds_list,
    feed_check,
    feed_add,
    feed_refresh,
    feed_remove,
    calendar_places,
    calendar_keep_file,
    calendar_publish,
    calendar_take_down,
];

/// Returns all feeds, the oldest first.
#[hajime_macros::command]
pub(crate) async fn feeds_list(accounts: State<'_, Accounts>) -> Result<Vec<FeedDto>, UserError> {
    let here = accounts.current().await?;
    Ok(feeds::all(&here.context)?.into_iter().map(FeedDto::from).collect())
}

/// Reads a calendar from its address and returns what following it would do now. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn feed_check(accounts: State<'_, Accounts>, feed: FeedDraft) -> Result<CalendarCheckDto, UserError> {
    let here = accounts.current().await?;
    let import = feeds::check(&here.context, &feed.parsed()?).await?;
    let context = here.context.clone();
    let work = move || conflicts::of_import(&context, &import).map(|conflicts| CalendarCheckDto::of(import, conflicts));
    let checked = here.context.supervisor().spawn_blocking("comparing a calendar with the schedule", work);
    Ok(checked.join().await.map_err(Error::from)??)
}

/// Imports a calendar from its address, as one change that can be undone, and reads it again from then on.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn feed_add(accounts: State<'_, Accounts>, feed: FeedDraft) -> Result<FollowedDto, UserError> {
    let here = accounts.current().await?;
    followed(&here.context, feeds::add(&here.context, feed.parsed()?).await?)
}

/// Reads a feed now.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn feed_refresh(accounts: State<'_, Accounts>, feed: String) -> Result<FollowedDto, UserError> {
    let here = accounts.current().await?;
    followed(&here.context, feeds::refresh(&here.context, id(&feed)?).await?)
}

/// Follows a calendar no longer. The classes that were made of it stay.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn feed_remove(accounts: State<'_, Accounts>, feed: String) -> Result<FeedDto, UserError> {
    let here = accounts.current().await?;
    Ok(feeds::remove(&here.context, id(&feed)?).await?.into())
}

/// Returns where the schedule is kept as a calendar for other programs.
#[hajime_macros::command]
pub(crate) async fn calendar_places(accounts: State<'_, Accounts>) -> Result<CalendarPlacesDto, UserError> {
    let here = accounts.current().await?;
    places(&here.context).await
}

/// Keeps the schedule in a file from now on; with `null`, no longer.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn calendar_keep_file(
    accounts: State<'_, Accounts>,
    path: Option<String>,
) -> Result<CalendarPlacesDto, UserError> {
    let here = accounts.current().await?;
    match path {
        Some(path) => {
            outlets::keep_file(&here.context, Path::new(path.trim())).await?;
        }
        None => {
            outlets::forget_file(&here.context).await?;
        }
    }
    places(&here.context).await
}

/// Publishes the coming classes at a new address that nobody can guess. An address from before opens no longer.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn calendar_publish(accounts: State<'_, Accounts>) -> Result<CalendarPlacesDto, UserError> {
    let here = accounts.current().await?;
    outlets::publish(&here.context).await?;
    places(&here.context).await
}

/// Takes the published calendar down.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn calendar_take_down(accounts: State<'_, Accounts>) -> Result<CalendarPlacesDto, UserError> {
    let here = accounts.current().await?;
    outlets::take_down(&here.context).await?;
    places(&here.context).await
}

async fn places(context: &Context) -> Result<CalendarPlacesDto, UserError> {
    let all = outlets::all(context)?;
    // Where the address cannot be asked for now, the place is shown without it.
    let address = match &all.published {
        Some(published) => outlets::address(context, published).await.ok().map(String::from),
        None => None,
    };
    Ok(CalendarPlacesDto {
        file: all.file.map(|file| CalendarPlaceDto::of(Some(file.place.clone()), file)),
        published: all.published.map(|published| CalendarPlaceDto::of(address, published)),
    })
}

fn followed(context: &Context, done: Refreshed) -> Result<FollowedDto, UserError> {
    let change = done.import.as_ref().map(|import| change_of(context, import)).transpose()?.flatten();
    let import = done.import.map(|import| CalendarCheckDto::of(import, Vec::new()));
    Ok(FollowedDto { feed: done.feed.into(), import, change })
}

/// What a person says about a feed.
#[derive(Debug, Deserialize, TS)]
pub(crate) struct FeedDraft {
    address: String,
    /// Empty for the name that the calendar has.
    name: String,
    timezone: String,
}

impl FeedDraft {
    fn parsed(self) -> Result<NewFeed, UserError> {
        let address = FeedAddress::read(&self.address).map_err(Error::from)?;
        let name = Some(self.name).filter(|name| !name.trim().is_empty());
        Ok(NewFeed { address, name, timezone: self.timezone, instructor: None })
    }
}

/// A feed.
#[derive(Debug, Serialize, TS)]
pub(crate) struct FeedDto {
    id: String,
    name: String,
    /// The address, without what may be a secret.
    address: String,
    /// The time between two questions.
    every_minutes: i64,
    /// When the calendar was last read whole.
    read_at: String,
    next_at: String,
    /// How many classes were changed here and there. They stay as they are here.
    changed_here: u32,
    refused: u32,
    trouble: Option<TroubleDto>,
}

/// Why something could not be read or written.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TroubleDto {
    message: String,
    next: String,
}

/// What became of a feed that was asked.
#[derive(Debug, Serialize, TS)]
pub(crate) struct FollowedDto {
    feed: FeedDto,
    /// What was imported; `null` if the calendar is as it was.
    import: Option<CalendarCheckDto>,
    /// The change by which it is undone; `null` if nothing changed.
    change: Option<String>,
}

/// Where the schedule is kept as a calendar for other programs.
#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarPlacesDto {
    file: Option<CalendarPlaceDto>,
    published: Option<CalendarPlaceDto>,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarPlaceDto {
    /// The path of the file, or the address; `null` where the address is not known now.
    place: Option<String>,
    written_at: Option<String>,
    trouble: Option<TroubleDto>,
}

impl From<Trouble> for TroubleDto {
    fn from(Trouble { message, next }: Trouble) -> Self {
        Self { message, next }
    }
}

impl From<Feed> for FeedDto {
    fn from(feed: Feed) -> Self {
        Self {
            id: feed.calendar.to_string(),
            name: feed.name,
            address: feed.shown,
            every_minutes: feed.pace.num_minutes(),
            read_at: instant(feed.good_at),
            next_at: instant(feed.due_at),
            changed_here: feed.counts.changed_here,
            refused: feed.counts.refused,
            trouble: feed.trouble.map(TroubleDto::from),
        }
    }
}

impl CalendarPlaceDto {
    fn of(place: Option<String>, outlet: Outlet) -> Self {
        Self { place, written_at: maybe_instant(outlet.written_at), trouble: outlet.trouble.map(TroubleDto::from) }
    }
}
