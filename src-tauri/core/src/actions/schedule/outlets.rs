//! Where the schedule is kept as a calendar for other programs: a file on this computer, and a published address.

use std::path::Path;

use url::Url;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar::outlet::{self, Kind, Outlet};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::outlets::{self, Alone, bring_up_to_date, published_address};

/// The two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlets {
    /// The file; `None` where none is kept.
    pub file: Option<Outlet>,
    /// The published calendar; `None` where none is published.
    pub published: Option<Outlet>,
}

/// Where the schedule is kept.
pub fn all(context: &Context) -> Result<Outlets, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let store = context.store();
    Ok(Outlets { file: store.outlet(Kind::File)?, published: store.outlet(Kind::Published)? })
}

/// Keeps the schedule in a file from now on. A file of that name is replaced.
pub async fn keep_file(context: &Context, path: &Path) -> Result<Outlet, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let refused = |message: String, next| Error::from(Invalid::one("path", message, next));
    let Some(place) = path.to_str().filter(|_| path.is_absolute()) else {
        let message = format!("{} is not a whole path.", path.display());
        return Err(refused(message, "Write it from the root of the disk, for example /home/me/classes.ics."));
    };
    if path.is_dir() {
        return Err(refused(format!("{place} is a folder."), "Add a file name, for example classes.ics."));
    }
    begin(context, &Alone::with(context, Kind::File).await, place.to_owned()).await
}

/// Publishes the coming classes at an address that nobody can guess, or at another one than before.
pub async fn publish(context: &Context) -> Result<Outlet, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    if context.cloudflare().site_name().await?.is_none() || context.store().publication()?.is_none() {
        return Err(Error::Conflict {
            message: "The join page is not published, so there is no address to publish a calendar at.".into(),
            next: "Publish the join page first (Settings, Join page).",
        });
    }
    let alone = Alone::with(context, Kind::Published).await;
    let worker = outlets::worker(context)?;
    if context.store().outlet(Kind::Published)?.is_none() && context.cloudflare().is_served(&worker).await?.is_some() {
        return Err(Error::Conflict {
            message: format!("The account has a Worker “{worker}” already, and this desk does not publish a calendar."),
            next: "Look at that Worker in the Cloudflare dashboard. If nobody needs it, take the published calendar down here, then publish it.",
        });
    }
    begin(context, &alone, outlet::unguessable_name()).await
}

/// The address at which the published calendar is read.
pub async fn address(context: &Context, outlet: &Outlet) -> Result<Url, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    published_address(context, &outlet.place).await?.ok_or(Error::Conflict {
        message: "The account has no name below workers.dev any more.".into(),
        next: "Publish the join page again, then the calendar.",
    })
}

async fn begin(context: &Context, alone: &Alone, place: String) -> Result<Outlet, Error> {
    let kind = alone.kind;
    let before = context.store().outlet(kind)?;
    let outlet = Outlet { kind, place, content: None, written_at: None, due_at: None, trouble: None };
    context.store().set_outlet(&outlet)?;
    let written = bring_up_to_date(context, alone).await;
    if let (Err(_), Kind::File) = (&written, kind) {
        // A file that cannot be written once is not tried again without anybody who looks. What was asked of Cloudflare may have
        // been done although the answer was lost, so that is noted and goes on.
        match before {
            Some(before) => context.store().set_outlet(&before)?,
            None => {
                context.store().remove_outlet(kind)?;
            }
        }
    }
    context.changed(&[Topic::Sessions]);
    context.wake_jobs();
    written?;
    Ok(context.store().outlet(kind)?.unwrap_or(outlet))
}

/// Writes the file no longer. The file stays as it is.
pub async fn forget_file(context: &Context) -> Result<bool, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let _alone = Alone::with(context, Kind::File).await;
    let removed = context.store().remove_outlet(Kind::File)?;
    context.changed(&[Topic::Sessions]);
    Ok(removed)
}

/// Takes the published calendar down, also one that this desk no longer knows of. Returns whether there was one.
pub async fn take_down(context: &Context) -> Result<bool, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let _alone = Alone::with(context, Kind::Published).await;
    let was_served = outlets::take_down(context).await?;
    let was_known = context.store().remove_outlet(Kind::Published)?;
    context.changed(&[Topic::Sessions]);
    Ok(was_served || was_known)
}
