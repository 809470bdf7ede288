//! Opens the embedded sandbox. Its data is in a folder of its own, and one process at a time may use it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::PoisonError;

use cloudflare_sandbox::Sandbox;
use hajime_core::config::Profile;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use hajime_core::opening;
use secrecy::SecretString;

use super::opener::Opener;
use super::{ActiveProfile, NotOpen, Source, internal};
use crate::platform::private_file;

impl Opener {
    /// Releases the lock, so that another process can open the sandbox.
    pub(super) fn leave_sandbox(&self) {
        *self.sandbox_lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Locks the sandbox for this process. Two processes would overwrite each other's state of the sandbox.
    fn enter_sandbox(&self, folder: &Path) -> Result<(), NotOpen> {
        let mut held = self.sandbox_lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let path = folder.join("open.lock");
        match File::options().create(true).truncate(false).write(true).open(path) {
            Ok(file) => match file.try_lock() {
                Ok(()) => *held = Some(file),
                Err(TryLockError::WouldBlock) => {
                    let message = "The sandbox is open in another Hajime window.";
                    let next = "Close that window, then try again.";
                    return Err(UserError::new(ErrorCode::Conflict, message, next).into());
                }
                Err(TryLockError::Error(error)) => tracing::warn!(%error, "the sandbox cannot be locked here"),
            },
            Err(error) => tracing::warn!(%error, "the sandbox cannot be locked here"),
        }
        Ok(())
    }

    /// Starts the sandbox and opens its account. Writes the sandbox's addresses to the file of `--sandbox-info`.
    pub(super) async fn sandbox(&self) -> Result<ActiveProfile, NotOpen> {
        let folder = self.folder.join("sandbox");
        opening::make_data_folder(&folder).map_err(|error| {
            UserError::new(
                ErrorCode::Database,
                format!("The folder {} cannot be made: {error}.", folder.display()),
                "Check its permissions, or choose another with --data-dir.",
            )
        })?;
        self.enter_sandbox(&folder)?;
        let options = cloudflare_sandbox::Options {
            port: 0,
            state: Some(folder.join("cloudflare.db")),
            speed: self.options.sandbox_speed.unwrap_or(1.0),
        };
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            UserError::new(
                ErrorCode::Internal,
                format!("The sandbox could not be started: {error}."),
                "Choose another folder with --data-dir, or connect an account.",
            )
        })?;
        let info = sandbox.info();
        let unusable = |_| internal();
        let connection = Profile {
            base_url: info.base_url.parse().map_err(|_| internal())?,
            account: info.account_id.parse().map_err(unusable)?,
            token: SecretString::from(info.api_token.clone()),
            // Hajime finds the sandbox’s app as it finds that of an account, so that another one can be chosen.
            app: None,
        };
        if let Some(file) = &self.options.sandbox_info {
            let open = serde_json::json!({
                "base_url": info.base_url, "account_id": info.account_id, "app_id": info.app_id, "control_url": info.control_url,
            });
            if let Err(error) = private_file::write(file, open.to_string().as_bytes()) {
                tracing::warn!(%error, "the sandbox’s addresses could not be written");
            }
        }
        let saved = opening::saved_account(&self.folder).ok().flatten().map(|saved| saved.account);
        let context = self.desk_in(&folder, &connection, Source::Sandbox, self.keyring.clone()).await?;
        Ok(ActiveProfile { sandbox: Some(sandbox), saved, ..context })
    }
}
