//! Taking the published page down.

use url::Url;

use super::look::{Seen, look};
use super::{address_in_use, set_address};
use crate::actions::guard;
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

/// Deletes the Worker with its hostnames and takes its address out of the settings. The page of somebody else is left alone, and so is an own address.
pub async fn remove(context: &Context, page: &JoinPage) -> Result<Removed, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let cloudflare = context.cloudflare();
    let is_recorded = context.store().publication()?.is_some();
    let served = cloudflare.is_served(WORKER).await?;
    let name = cloudflare.site_name().await?;
    let address = match &name {
        Some(name) => Some(address_in_use(context, cloudflare.site_address(WORKER, name)?).await?),
        None => None,
    };
    let is_ours = match (&address, served) {
        (_, None) => false,
        (Some(address), Some(true)) => match look(context, address, page).await {
            Seen::Ours(_) => true,
            Seen::Another => false,
            Seen::Nothing(_) => is_recorded,
        },
        (None, Some(_)) | (Some(_), Some(false)) => is_recorded,
    };
    let opened = context.store().preferences()?.join_page;
    let in_use = address.filter(|address| opened.as_ref() == Some(address));
    if !is_ours && !is_recorded && in_use.is_none() {
        return Err(nothing_of_ours(served.is_some()));
    }
    if is_ours {
        // Deleting a script does not promise that its hostnames go too.
        for domain in cloudflare.domains_of(WORKER).await? {
            cloudflare.detach_domain(&domain).await?;
        }
        cloudflare.delete_script(WORKER).await?;
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
