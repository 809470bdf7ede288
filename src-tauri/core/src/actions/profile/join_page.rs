//! The join page that Hajime publishes to the account's own Workers: publish it, see what is published, take it down.
//!
//! Everything here may be repeated, also after a crash: files that are known are not uploaded again, and what this desk publishes is written
//! down before Cloudflare is asked. The page is looked at as everybody else sees it, without the account.

mod look;
mod owned;
mod publish;
mod remove;
mod status;

use url::Url;

pub(super) use crate::actions::profile::join_page::owned::is_ours;
pub(super) use crate::actions::profile::join_page::publish::publish_with;
pub use crate::actions::profile::join_page::publish::{Published, Request, Step, publish};
pub use crate::actions::profile::join_page::remove::{Removed, remove};
pub use crate::actions::profile::join_page::status::{PageState, Status, status};
use crate::context::Context;
use crate::domain::profile::join_page::{NotAPage, WORKER};
use crate::error::Error;
use crate::ports::Topic;

/// The address at which the page is looked at: the hostname of the association's own that invitations open, or else the one below
/// `workers.dev`.
async fn address_in_use(context: &Context, site: Url) -> Result<Url, Error> {
    let opened = context.store().preferences()?.join_page;
    let Some(opened) = opened.filter(|opened| *opened != site) else { return Ok(site) };
    for domain in context.cloudflare().domains_of(WORKER).await? {
        let address = context.cloudflare().custom_address(&domain.hostname)?;
        if address == opened {
            return Ok(address);
        }
    }
    Ok(site)
}

/// The address at which the page is looked at; `None` while the account has no name below `workers.dev`.
pub(super) async fn address(context: &Context) -> Result<Option<Url>, Error> {
    let cloudflare = context.cloudflare();
    Ok(match cloudflare.site_name().await? {
        Some(name) => Some(address_in_use(context, cloudflare.site_address(WORKER, &name)?).await?),
        None => None,
    })
}

/// Makes an address the one that invitations open, or takes it away from there. It is a setting: the change is in the journal.
fn set_address(context: &Context, address: Option<&Url>) -> Result<(), Error> {
    let mut preferences = context.store().preferences()?;
    if preferences.join_page.as_ref() != address {
        preferences.join_page = address.cloned();
        preferences.check()?;
        context.store().set_preferences(&preferences, context.now())?;
    }
    context.changed(&[Topic::Desk]);
    Ok(())
}

impl From<NotAPage> for Error {
    fn from(problem: NotAPage) -> Self {
        match problem {
            NotAPage::NoIndex => Self::Conflict {
                message: "The files of the join page are missing, so there is nothing to publish.".into(),
                next: "Install Hajime again, or build the page first: npm run build in the folder ui.",
            },
            NotAPage::TooLarge { path } => Self::Conflict {
                message: format!(
                    "The file {path} of the join page is larger than 25 MiB, which Workers does not serve."
                ),
                next: "Leave the file out of the folder of the page.",
            },
        }
    }
}
