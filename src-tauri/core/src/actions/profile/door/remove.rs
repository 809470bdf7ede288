//! Taking the door down: its links die, and its code, secrets, key, token and database are deleted. Each step can be repeated.

use super::{cleanup, database};
use crate::actions::guard;
use crate::actions::profile::join_page::is_ours;
use crate::cloudflare::Error as CloudError;
use crate::context::Context;
use crate::domain::ids::DatabaseId;
use crate::domain::profile::door::{DATABASE, Door, DoorFacts, DoorWork, KEY_SECRET, TOKEN_SECRET};
use crate::domain::profile::join_page::{JoinPage, WORKER, headers};
use crate::domain::profile::role::Permission;
use crate::domain::sharing::ledger::Act;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::ledger;
use crate::store::DoorLinks;

/// What was taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenDown {
    /// The links of this desk that died.
    pub links: DoorLinks,
}

/// Takes the door down. The page stays, without code.
pub async fn remove(context: &Context, page: &JoinPage) -> Result<TakenDown, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let cloudflare = context.cloudflare();
    let Some(taken) = begin_take_down(context).await? else {
        return Err(Error::Conflict { message: "There is no door.".into(), next: "There is nothing to take down." });
    };
    if is_ours(context, page).await? {
        cloudflare.deploy(WORKER, page.files(), &headers(), None, &|_| ()).await?;
    }
    end_take_down(context).await?;
    Ok(taken)
}

/// Revokes the links and notes what is to be deleted; `None` where there is no door, and none was being taken down.
pub(in crate::actions::profile) async fn begin_take_down(context: &Context) -> Result<Option<TakenDown>, Error> {
    let (store, cloudflare) = (context.store(), context.cloudflare());
    let mut work = store.door_work()?;
    let known = store.door()?;
    let hints = known.is_some() || work != DoorWork::default() || has_secrets(context).await?;
    let found = match cloudflare.find_database(DATABASE).await {
        Ok(found) => found.map(|database| database.id),
        Err(error) if hints => return Err(error.into()),
        // Nothing says that there is a door, and D1 need not work where there is none.
        Err(error) => {
            tracing::debug!(%error, "D1 did not say whether there is a database of a door");
            None
        }
    };
    if found.is_none() && !hints {
        return Ok(None);
    }
    let facts = match &found {
        Some(database) => match database::facts(context, database).await {
            // A database without tables tells nothing.
            Err(Error::Cloudflare(CloudError::Refused { .. } | CloudError::Missing { .. })) => store.door_facts()?,
            facts => facts?,
        },
        None => store.door_facts()?,
    };
    work.keys.extend(facts.signing_key);
    work.tokens.extend(facts.token);
    let database = found.map(|id| id.to_string()).or(known.as_ref().map(|door| door.database.clone()));
    work.taken_down = database.or(work.taken_down).or_else(|| Some(String::new()));
    store.set_door_work(&work)?;
    if let Some(door) = known.filter(|door| door.is_open) {
        store.set_door(Some(&Door { is_open: false, ..door }))?;
    }
    let links = store.living_door_links(context.cloudflare_now())?;
    if links != DoorLinks::default() {
        let mut entry = ledger::entry(context, Act::LinkRevoked);
        entry.note =
            format!("The door was taken down: {} class links and {} watch links.", links.classes, links.watching);
        let now = context.now();
        ledger::write(context, |signer| store.revoke_door_links(signer, now, &[entry])).await?;
        context.changed(&[Topic::Links, Topic::Sessions]);
    }
    Ok(Some(TakenDown { links }))
}

/// Deletes what was noted: the secrets of the Worker, if it is still there, the keys and tokens, and last the database.
pub(in crate::actions::profile) async fn end_take_down(context: &Context) -> Result<(), Error> {
    let (store, cloudflare) = (context.store(), context.cloudflare());
    if has_secrets(context).await? {
        for name in [KEY_SECRET, TOKEN_SECRET] {
            cloudflare.delete_secret(WORKER, name).await?;
        }
    }
    let mut work = store.door_work()?;
    cleanup::settle(context, &mut work, &DoorFacts::default()).await?;
    if let Some(left) = work.tokens.first() {
        return Err(Error::Conflict {
            message: format!("The token “{}” of the door could not be deleted.", left.name),
            next: "Add the permission Account API Tokens: Edit, and take the door down again to finish.",
        });
    }
    if let Some(database) = work.taken_down.as_deref().and_then(|id| id.parse::<DatabaseId>().ok()) {
        cloudflare.delete_database(&database).await?;
    }
    store.set_door(None)?;
    store.set_door_answered_at(None)?;
    store.set_door_facts(None)?;
    store.set_door_work(&DoorWork::default())?;
    context.changed(&[Topic::Desk, Topic::Links]);
    Ok(())
}

async fn has_secrets(context: &Context) -> Result<bool, Error> {
    let names = context.cloudflare().secret_names(WORKER).await?.unwrap_or_default();
    Ok(names.iter().any(|name| [KEY_SECRET, TOKEN_SECRET].contains(&name.as_str())))
}
