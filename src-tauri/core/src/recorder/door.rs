//! The door of the join page, as this desk works with it: the addresses of its links, what it must know, and what it saw.
//!
//! | module | for |
//! |---|---|
//! | [`codes`] | derives the codes of links |
//! | [`rows`] | what the door must know, from what the database holds |
//! | [`sync`] | tells and asks the door in one request |
//! | [`seen`] | reads what the door saw |
//! | [`seats`] | which places are free again |
//! | [`live`] | lets people in who wait, locks a class, and keeps out whom the host removed |

pub(crate) mod codes;
pub(crate) mod live;
mod rows;
mod seats;
mod seen;
pub(crate) mod sync;

use secrecy::ExposeSecret as _;
use url::Url;

use crate::context::Context;
use crate::domain::schedule::join_link::JoinLink;
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::sharing::watch_link::WatchLink;
use crate::error::{Error, UserError};
use crate::recorder::door::codes::Kind;
use crate::secret_url::SecretUrl;

/// The address of the published page behind which the door is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DoorAddress(pub(crate) Url);

/// Whether the door knows what it must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It knows everything.
    Done,
    /// It is told later, because of this.
    Waits(UserError),
}

/// The address of the open door; `None` where there is none. Sends no request.
pub(crate) fn is_open(context: &Context) -> Result<Option<DoorAddress>, Error> {
    let store = context.store();
    if !store.door()?.is_some_and(|door| door.is_open) {
        return Ok(None);
    }
    Ok(store.preferences()?.join_page.map(DoorAddress))
}

/// The address of a link to join. It is the same each time.
pub(crate) async fn join_url(context: &Context, link: &JoinLink) -> Result<SecretUrl, Error> {
    url(context, Kind::Join, &link.id.to_string(), &link.hash).await
}

/// The address of a link to watch. It is the same each time.
pub(crate) async fn watch_url(context: &Context, link: &WatchLink) -> Result<SecretUrl, Error> {
    url(context, Kind::Watch, &link.id.to_string(), &link.hash).await
}

async fn url(context: &Context, kind: Kind, id: &str, kept: &CodeHash) -> Result<SecretUrl, Error> {
    let Some(DoorAddress(mut page)) = is_open(context)? else {
        return Err(Error::Conflict {
            message: "The join page has no open door, so its links have no address.".to_owned(),
            next: "Publish the join page (Settings, Join page).",
        });
    };
    let code = codes::code(context, kind, id).await?;
    if codes::kept(&code) != *kept {
        return Err(Error::Conflict {
            message: "The keyring has another secret than the one with which this link was made, so its address cannot be copied. \
                      Whoever has the address can go on using it."
                .to_owned(),
            next: "Make a new link, and revoke this one if nobody needs it.",
        });
    }
    let room = match kind {
        Kind::Join => "j",
        Kind::Watch => "w",
    };
    page.set_query(None);
    page.set_fragment(None);
    // Every page in the settings is an address of HTTP, which has a path.
    if let Ok(mut path) = page.path_segments_mut() {
        path.pop_if_empty().extend([room, code.expose_secret()]);
    }
    Ok(SecretUrl::new(&page))
}

/// Tells the door now what it must know. A door that cannot be reached is told later.
pub(crate) async fn push(context: &Context) -> Result<Pushed, Error> {
    match sync::exchange(context, sync::Wants::Told).await {
        Ok(_) => Ok(Pushed::Done),
        Err(error @ Error::Store(_)) => Err(error),
        Err(error) => Ok(Pushed::Waits(UserError::from(&error))),
    }
}
