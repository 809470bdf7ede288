//! What is published.

use chrono::{DateTime, Utc};
use url::Url;

use super::address_in_use;
use super::look::{Seen, look};
use crate::actions::guard;
use crate::context::Context;
use crate::domain::profile::join_page::{JoinPage, PageVersion, SiteName, WORKER};
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// Whether the page is published, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageState {
    /// Nothing is published.
    NotPublished,
    /// This desk published the page, and the Worker is gone.
    Deleted,
    /// The page of this version.
    Current,
    /// A page that an earlier version of Hajime published, or the same one with other files.
    Older(PageVersion),
    /// A page that a later version of Hajime published.
    Later(PageVersion),
    /// A page that is not Hajime's.
    Replaced,
    /// Somebody switched off the address of the Worker.
    SwitchedOff,
    /// The address does not answer; why, as a sentence.
    Silent(String),
}

impl PageState {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotPublished => "not_published",
            Self::Deleted => "deleted",
            Self::Current => "current",
            Self::Older(_) => "older",
            Self::Later(_) => "later",
            Self::Replaced => "replaced",
            Self::SwitchedOff => "switched_off",
            Self::Silent(_) => "silent",
        }
    }

    /// The version of the page that is published, where it tells it.
    #[must_use]
    pub const fn published<'a>(&'a self, this: &'a PageVersion) -> Option<&'a PageVersion> {
        match self {
            Self::Current => Some(this),
            Self::Older(version) | Self::Later(version) => Some(version),
            Self::NotPublished | Self::Deleted | Self::Replaced | Self::SwitchedOff | Self::Silent(_) => None,
        }
    }
}

/// What is published, and whether invitations open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The state.
    pub state: PageState,
    /// The address of the page: a hostname of the association's own if invitations open one, or else below `workers.dev`; `None` while the
    /// account has no name there.
    pub address: Option<Url>,
    /// Whether invitations open the published page.
    pub in_use: bool,
    /// The name to register; `None` once the account has one.
    pub suggested_name: Option<SiteName>,
    /// The version that this Hajime publishes.
    pub this_version: PageVersion,
    /// When this desk published last.
    pub published_at: Option<DateTime<Utc>>,
}

impl Status {
    /// Whether publishing replaces something that a person should look at first.
    #[must_use]
    pub const fn asks_before_replacing(&self) -> bool {
        match self.state {
            PageState::Later(_) | PageState::Replaced => true,
            // Who made a Worker that shows nothing is not known, unless this desk did.
            PageState::SwitchedOff | PageState::Silent(_) => self.published_at.is_none(),
            PageState::NotPublished | PageState::Deleted | PageState::Current | PageState::Older(_) => false,
        }
    }

    /// The state as a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let host = self.address.as_ref().and_then(Url::host_str).unwrap_or_default();
        match &self.state {
            PageState::NotPublished => "The join page is not published.".into(),
            PageState::Deleted => {
                "The join page was published from here, and its Worker was deleted at Cloudflare since.".into()
            }
            PageState::Current if self.in_use => "The join page of this Hajime is published and opens.".into(),
            PageState::Current => "The join page is published, but invitations do not open it.".into(),
            PageState::Older(version) if version.hajime == self.this_version.hajime => {
                "Another build of the join page is published. Publish it again to update it.".into()
            }
            PageState::Older(version) => {
                format!("The page of Hajime {} is published. Publish it again to update it.", version.hajime)
            }
            PageState::Later(version) => {
                format!("The page of Hajime {} is published, which is later than this Hajime.", version.hajime)
            }
            PageState::Replaced => format!("{host} shows a page that is not Hajime’s. Do not send invitations there."),
            PageState::SwitchedOff => {
                format!("{host} is switched off at Cloudflare. Publishing again switches it on.")
            }
            PageState::Silent(why) => format!("The published page does not open. {why}"),
        }
    }
}

/// Looks at what is published: at Cloudflare, and then at the page from outside.
pub async fn status(context: &Context, page: &JoinPage) -> Result<Status, Error> {
    guard::allow(context, Permission::InvitePeople)?;
    let cloudflare = context.cloudflare();
    let publication = context.store().publication()?;
    let served = cloudflare.is_served(WORKER).await?;
    let name = cloudflare.site_name().await?;
    let address = match &name {
        Some(name) => Some(address_in_use(context, cloudflare.site_address(WORKER, name)?).await?),
        None => None,
    };
    let state = match (served, &address) {
        (None, _) if publication.is_some() => PageState::Deleted,
        (None, _) | (_, None) => PageState::NotPublished,
        (Some(false), Some(_)) => PageState::SwitchedOff,
        (Some(true), Some(address)) => match look(context, address, page).await {
            Seen::Ours(version) if version.content == page.version().content => PageState::Current,
            Seen::Ours(version) if version.is_later_than(page.version()) => PageState::Later(version),
            Seen::Ours(version) => PageState::Older(version),
            Seen::Another => PageState::Replaced,
            Seen::Nothing(why) => PageState::Silent(why),
        },
    };
    let in_use = address.is_some() && context.store().preferences()?.join_page == address;
    let suggested_name = name.is_none().then(|| SiteName::suggested(context.account()));
    let published_at = publication.map(|publication| publication.at);
    Ok(Status { state, address, in_use, suggested_name, this_version: page.version().clone(), published_at })
}
