//! The service that watches while nobody has a window open.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::user_service::{Found, Trouble, UserService};

/// What is known of the service.
pub async fn status(context: &Context, service: &UserService) -> Result<Found, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    service.look().await.map_err(Error::from)
}

/// Installs the service and starts it.
pub async fn install(context: &Context, service: &UserService) -> Result<Found, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    service.install().await.map_err(Error::from)
}

/// Stops the service and removes it. Returns whether there was one.
pub async fn remove(context: &Context, service: &UserService) -> Result<bool, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    service.remove().await.map_err(Error::from)
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        let conflict = |message: String, next| Self::Conflict { message, next };
        match trouble {
            Trouble::NoManager => conflict(
                "Hajime cannot install a service on this system.".into(),
                "Start hajime-cli watch by other means. On Windows: schtasks /create /tn Hajime /sc onlogon /tr \"hajime-cli watch\".",
            ),
            Trouble::NoHome => {
                conflict("The variable HOME names no folder.".into(), "Set HOME to your home folder, then try again.")
            }
            Trouble::InAppImage => conflict(
                "This program runs from an AppImage and has no path that lasts.".into(),
                "Take it out of the AppImage with --appimage-extract, put hajime-cli where it can stay, and install the service with that one.",
            ),
            Trouble::NotOurs(file) => conflict(
                format!("{} was written or changed by somebody else, so it was left as it is.", file.display()),
                "Move the file away if it is not needed, then try again.",
            ),
            Trouble::Unwritable(error) => conflict(
                format!("The service cannot be installed: {error}."),
                "Move hajime-cli or the data to a path without quotation marks, backslashes and line breaks.",
            ),
            Trouble::File { path, why } => Self::file(&path, &why),
            Trouble::Refused { command, said } => conflict(
                format!("The system refused “{command}”: {said}"),
                "Run this command in a terminal of your desktop session to see why. Without a session of systemd there are no services of users.",
            ),
        }
    }
}
