//! Publishing the page: below `workers.dev`, and at a hostname of the association's own where one is wished.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use url::Url;

use super::look::{Seen, look};
use super::{address_in_use, set_address};
use crate::actions::guard;
use crate::actions::profile::door::{self, DoorOutcome, DoorStep, Given};
use crate::cloudflare::{self, UploadedFiles};
use crate::context::Context;
use crate::domain::invalid::Invalid;
use crate::domain::profile::hostname::Hostname;
use crate::domain::profile::join_page::{JoinPage, PageVersion, Publication, SiteName, WORKER, headers};
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// How often a new address is asked before it is said to be silent: half a minute, which names need to become known.
const CHECKS_OF_NEW: usize = 9;
/// How often an address that was known before is asked: two seconds.
const CHECKS_OF_KNOWN: usize = 3;

/// What a person decides about a publication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The name below `workers.dev` to register if the account has none; Hajime suggests one when it is absent.
    pub name: Option<SiteName>,
    /// A hostname of the account's own zones that shows the page from now on, and that invitations open. Without one the address stays.
    pub hostname: Option<Hostname>,
    /// Whether a page that is not ours, or that a later version of Hajime published, is replaced.
    pub replace: bool,
}

/// A page that was published and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its address, which invitations open from now on.
    pub address: Url,
    /// Its version.
    pub version: PageVersion,
    /// How many files it has.
    pub files: usize,
    /// How many of them were uploaded; Cloudflare had the others.
    pub uploaded: usize,
    /// What became of the door behind it.
    pub door: DoorOutcome,
}

/// How far a publication is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking at what the account has.
    Looking,
    /// Registering the account's name below `workers.dev`.
    Naming,
    /// Comparing and uploading files.
    Uploading(UploadedFiles),
    /// Having the page served.
    Serving,
    /// Having the page shown at a hostname.
    Attaching,
    /// Looking at the published page from outside.
    Checking,
    /// What is done for the door.
    Door(DoorStep),
}

impl Step {
    /// The step in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Looking => "Looking at what the account has…".into(),
            Self::Naming => "Registering the address…".into(),
            Self::Uploading(UploadedFiles { of: 0, .. }) => "Cloudflare has every file already…".into(),
            Self::Uploading(UploadedFiles { done, of }) => format!("Uploading files: {done} of {of}…"),
            Self::Serving => "Switching the address on…".into(),
            Self::Attaching => "Connecting the hostname…".into(),
            Self::Checking => "Opening the page to check it…".into(),
            Self::Door(step) => step.words().into(),
        }
    }
}

/// Publishes the page with its door, checks both from outside, and has invitations open the page. `progress` hears of every step.
pub async fn publish(
    context: &Context,
    page: &JoinPage,
    request: &Request,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Published, Error> {
    publish_with(context, page, request, Given::default(), progress).await
}

/// Does the same, with secrets of the door that are new although it has them.
pub(in crate::actions::profile) async fn publish_with(
    context: &Context,
    page: &JoinPage,
    request: &Request,
    given: Given,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Published, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    progress(Step::Looking);
    let cloudflare = context.cloudflare();
    let served = cloudflare.is_served(WORKER).await?;
    let known = cloudflare.site_name().await?;
    let mut is_new = known.is_none() || served != Some(true);
    let name = match known {
        Some(name) => name,
        None => {
            progress(Step::Naming);
            register(context, request.name.clone()).await?
        }
    };
    let site = cloudflare.site_address(WORKER, &name)?;
    if served.is_some() && !request.replace {
        refuse_another(context, &site, page).await?;
    }
    let attached = match &request.hostname {
        Some(hostname) => shows_ours(context, hostname, request.replace).await?,
        None => false,
    };
    let of_door = |step| progress(Step::Door(step));
    let mut door = door::prepare(context, page, served.is_some(), given, &of_door).await?;
    let publication = Publication { version: page.version().clone(), at: context.now() };
    context.store().set_publication(Some(&publication))?;
    let uploading = |uploaded| progress(Step::Uploading(uploaded));
    let uploaded = cloudflare.deploy(WORKER, page.files(), &headers(), door.code().as_ref(), &uploading).await?;
    door.deployed(context).await?;
    if served != Some(true) {
        progress(Step::Serving);
        cloudflare.serve(WORKER).await?;
    }
    if let Some(hostname) = request.hostname.as_ref().filter(|_| !attached) {
        progress(Step::Attaching);
        attach(context, hostname).await?;
        is_new = true;
    }
    let address = match &request.hostname {
        Some(hostname) => cloudflare.custom_address(hostname)?,
        None => address_in_use(context, site).await?,
    };
    progress(Step::Checking);
    check(context, &address, page, is_new).await?;
    set_address(context, Some(&address))?;
    let door = door.finish(context, &address, &of_door).await?;
    let files = page.files().len();
    Ok(Published { address, version: page.version().clone(), files, uploaded: uploaded.of, door })
}

/// Registers the account's name. Whatever is answered, the name that the account has afterwards counts: the answer may have been lost.
async fn register(context: &Context, wanted: Option<SiteName>) -> Result<SiteName, Error> {
    let cloudflare = context.cloudflare();
    let wanted = wanted.unwrap_or_else(|| SiteName::suggested(context.account()));
    let error = match cloudflare.register_site_name(&wanted).await {
        Ok(name) => return Ok(name),
        Err(error) => error,
    };
    if let Some(name) = cloudflare.site_name().await? {
        return Ok(name);
    }
    match error {
        cloudflare::Error::Conflict { .. } | cloudflare::Error::Refused { .. } | cloudflare::Error::Missing { .. } => {
            let free = free_name(context, &wanted).await?;
            let free = free.map_or_else(String::new, |free| format!(" “{free}” is free."));
            let message = format!("The name “{wanted}” cannot be had below workers.dev.{free}");
            Err(Invalid::one("name", message, "Choose another name.").into())
        }
        error => Err(error.into()),
    }
}

/// Whether a hostname shows the page already. One that shows another Worker is taken from it only if a person says so.
async fn shows_ours(context: &Context, hostname: &Hostname, replace: bool) -> Result<bool, Error> {
    match context.cloudflare().domain(hostname).await? {
        None => Ok(false),
        Some(domain) if domain.script == WORKER => Ok(true),
        Some(_) if replace => Ok(false),
        Some(_) => Err(Error::Conflict {
            message: format!("{hostname} shows another Worker of the account."),
            next: "Choose another hostname. To have it show the join page instead, confirm the replacement (--replace).",
        }),
    }
}

/// Has a hostname show the page. What Cloudflare refuses is said at the field: a hostname outside the account's zones, most of the time.
async fn attach(context: &Context, hostname: &Hostname) -> Result<(), Error> {
    context.cloudflare().attach_domain(hostname, WORKER).await.map_err(|error| match error {
        cloudflare::Error::Conflict { .. } | cloudflare::Error::Refused { .. } | cloudflare::Error::Missing { .. } => {
            let message = format!("{hostname} cannot show the join page. {}", error.user_message());
            let next = "Take a name below a domain of this Cloudflare account that has no DNS record yet, such as join.example.org.";
            Invalid::one("hostname", message, next).into()
        }
        error => error.into(),
    })
}

async fn free_name(context: &Context, taken: &SiteName) -> Result<Option<SiteName>, Error> {
    for name in taken.alternatives(context.account()) {
        if name != *taken && context.cloudflare().is_site_name_free(&name).await? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Refuses to replace what is not ours, or what a later Hajime published, unless a person says so.
async fn refuse_another(context: &Context, address: &Url, page: &JoinPage) -> Result<(), Error> {
    let host = address.host_str().unwrap_or_default();
    match look(context, address, page).await {
        Seen::Ours(version) if version.is_later_than(page.version()) => Err(Error::Conflict {
            message: format!("Hajime {} published the join page, which is later than this Hajime.", version.hajime),
            next: "Update Hajime on this computer. To go back to the older page, confirm the replacement (--replace).",
        }),
        Seen::Ours(_) => Ok(()),
        Seen::Another => Err(Error::Conflict {
            message: format!("{host} shows a page that is not Hajime’s: somebody changed the Worker “{WORKER}”."),
            next: "Look at that page. To put Hajime’s page in its place, confirm the replacement (--replace).",
        }),
        Seen::Nothing(_) if context.store().publication()?.is_some() => Ok(()),
        Seen::Nothing(_) => Err(Error::Conflict {
            message: format!(
                "The account has a Worker “{WORKER}” that this Hajime did not publish, and it shows no page."
            ),
            next: "Look at that Worker in the Cloudflare dashboard. To replace it, confirm the replacement (--replace).",
        }),
    }
}

/// Looks at the page from outside until it is the one that was published.
async fn check(context: &Context, address: &Url, page: &JoinPage, is_new: bool) -> Result<(), Error> {
    let looks = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(if is_new { CHECKS_OF_NEW } else { CHECKS_OF_KNOWN });
    let look_once = || async {
        match look(context, address, page).await {
            Seen::Ours(version) if version.content == page.version().content => Ok(()),
            other => Err(other),
        }
    };
    let host = address.host_str().unwrap_or_default();
    look_once.retry(looks).await.map_err(|seen| match seen {
        Seen::Nothing(why) => Error::Conflict {
            message: format!("The page was published, but it does not open yet. {why}"),
            next: "A new address can take some minutes. Publish again then: no file is uploaded twice.",
        },
        Seen::Ours(version) => Error::Conflict {
            message: format!("{host} still shows the page of before, which Hajime {} published.", version.hajime),
            next: "Publish again in a minute: no file is uploaded twice.",
        },
        Seen::Another => Error::Conflict {
            message: format!("{host} shows something else than what was published."),
            next: "Check whether a proxy or another person changes the page. Invitations were left as they were.",
        },
    })
}
