//! Whether the Worker of the page is ours.

use url::Url;

use super::address;
use super::look::{Seen, look};
use crate::context::Context;
use crate::domain::profile::join_page::{JoinPage, WORKER};
use crate::error::Error;

/// The Worker as it was found.
pub(in crate::actions::profile) struct Found {
    /// Whether the account has it.
    pub(in crate::actions::profile) is_there: bool,
    /// Where the page is looked at.
    pub(in crate::actions::profile) address: Option<Url>,
    /// Whether it shows our page; where it shows none, whether this desk published it.
    pub(in crate::actions::profile) is_ours: bool,
}

/// Looks at the Worker and its page.
pub(in crate::actions::profile) async fn find(context: &Context, page: &JoinPage) -> Result<Found, Error> {
    let is_recorded = context.store().publication()?.is_some();
    let served = context.cloudflare().is_served(WORKER).await?;
    let address = address(context).await?;
    let is_ours = match (&address, served) {
        (_, None) => false,
        (Some(address), Some(true)) => match look(context, address, page).await {
            Seen::Ours(_) => true,
            Seen::Another => false,
            Seen::Nothing(_) => is_recorded,
        },
        (None, Some(_)) | (Some(_), Some(false)) => is_recorded,
    };
    Ok(Found { is_there: served.is_some(), address, is_ours })
}

/// Whether the account has the Worker and it is ours.
pub(in crate::actions::profile) async fn is_ours(context: &Context, page: &JoinPage) -> Result<bool, Error> {
    Ok(find(context, page).await?.is_ours)
}
