//! Taking the published page down.

use url::Url;

use super::owned::{Found, find};
use super::set_address;
use crate::actions::guard;
use crate::actions::profile::door;
use crate::context::Context;
use crate::domain::profile::join_page::{JoinPage, WORKER};
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// What was taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Whether the Worker was deleted; not when it was gone before, or when it shows somebody else's page.
    pub deleted: bool,
    /// The address that invitations opened and no longer open.
    pub cleared: Option<Url>,
}

/// Deletes the Worker with its hostnames and its door, and takes its address out of the settings. The page of somebody else is left alone, and so is an own address.
pub async fn remove(context: &Context, page: &JoinPage) -> Result<Removed, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let cloudflare = context.cloudflare();
    let is_recorded = context.store().publication()?.is_some();
    let Found { is_there, address, is_ours } = find(context, page).await?;
    let opened = context.store().preferences()?.join_page;
    let in_use = address.filter(|address| opened.as_ref() == Some(address));
    if !is_ours && !is_recorded && in_use.is_none() {
        return Err(nothing_of_ours(is_there));
    }
    let door = door::begin_take_down(context).await?;
    if is_ours {
        // Deleting a script does not promise that its hostnames go too.
        for domain in cloudflare.domains_of(WORKER).await? {
            cloudflare.detach_domain(&domain).await?;
        }
        cloudflare.delete_script(WORKER).await?;
    }
    if door.is_some() {
        door::end_take_down(context).await?;
    }
    if in_use.is_some() {
        set_address(context, None)?;
    }
    context.store().set_publication(None)?;
    Ok(Removed { deleted: is_ours, cleared: in_use })
}

fn nothing_of_ours(there_is_another: bool) -> Error {
    if there_is_another {
        Error::Conflict {
            message: format!(
                "The Worker “{WORKER}” of the account shows a page that is not Hajime’s, so it was left alone."
            ),
            next: "Delete it in the Cloudflare dashboard, if it is not needed.",
        }
    } else {
        Error::Conflict { message: "The join page is not published.".into(), next: "There is nothing to take down." }
    }
}
