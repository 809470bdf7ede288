//! Making an app. Cloudflare's API cannot delete one, so a lost reply must not make two.

use crate::actions::guard;
use crate::cloudflare::Client;
use crate::context::Context;
use crate::domain::profile::realtimekit_app::{App, AppName};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;

/// Makes an app in the open account. It is not in use before somebody chooses it.
pub async fn create(context: &Context, name: &AppName) -> Result<App, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let made = create_at(context.cloudflare(), name).await?;
    context.changed(&[Topic::Desk]);
    Ok(made)
}

/// Makes an app in the account of a client. An app of that name must not exist. After a lost reply the apps are listed
/// again: the one of that name is the one that was made.
pub async fn create_at(cloudflare: &Client, name: &AppName) -> Result<App, Error> {
    if named(cloudflare, name).await?.is_some() {
        return Err(Error::Conflict {
            message: format!("The account has an app “{name}” already."),
            next: "Choose that app, or give the new one another name.",
        });
    }
    match cloudflare.create_app(name).await {
        Ok(made) => Ok(made),
        Err(error) if error.outcome_unknown() => match named(cloudflare, name).await? {
            Some(made) => Ok(made),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn named(cloudflare: &Client, name: &AppName) -> Result<Option<App>, Error> {
    let wanted = name.as_str().to_lowercase();
    Ok(cloudflare.apps().await?.into_iter().find(|app| app.name.to_lowercase() == wanted))
}
