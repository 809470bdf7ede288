//! The role of this desk: what it may do, switching it, the admin passphrase, and what the API token may really do.

use std::path::Path;

use chrono::{DateTime, Utc};
use rand::Rng as _;
use secrecy::SecretString;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::invalid::Invalid;
use crate::domain::profile::passphrase::{self, SALT_BYTES};
use crate::domain::profile::role::{Permission, Role, TokenRights, why_resting};
use crate::domain::sharing::ledger::Act;
use crate::error::Error;
use crate::jobs::status;
use crate::ports::Topic;
use crate::recorder::{ledger, token_rights};

/// The role of this desk, and how its token compares with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// The role.
    pub role: Role,
    /// The instructor whose classes count as own; empty if the settings name none.
    pub instructor: String,
    /// Whether an admin passphrase is set.
    pub has_passphrase: bool,
    /// When the next passphrase may be tried; `None` if now.
    pub wait_until: Option<DateTime<Utc>>,
    /// What the token may do; `None` while that was not tried.
    pub rights: Option<TokenRights>,
    /// How the token compares with the role, and what to do about it.
    pub advice: Option<(String, Option<&'static str>)>,
    /// The background jobs that do not run here, by title, each with the reason.
    pub resting: Vec<(String, String)>,
}

/// The role of this desk. Sends no request.
pub fn show(context: &Context) -> Result<RoleView, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let (store, role) = (context.store(), context.role());
    let rights = store.token_rights()?;
    let rests = |status: status::JobStatus| Some((status.title, why_resting(&status.name, role, rights.as_ref())?));
    Ok(RoleView {
        role,
        instructor: store.preferences()?.instructor,
        has_passphrase: store.passphrase()?.is_some(),
        wait_until: store.passphrase_attempts()?.wait_until(context.now()),
        advice: rights.map(|rights| rights.advice(role)),
        resting: status::list(context)?.into_iter().filter_map(rests).collect(),
        rights,
    })
}

/// Returns why a background job does not run on this desk; `None` if it runs.
pub fn why_job_rests(context: &Context, job: &str) -> Result<Option<String>, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(why_resting(job, context.role(), context.store().token_rights()?.as_ref()))
}

/// Tries what the token may really do. Changes nothing at Cloudflare.
pub async fn try_token(context: &Context) -> Result<RoleView, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    token_rights::try_out(context).await?;
    context.wake_jobs();
    show(context)
}

/// Gives this desk another role. A stronger one needs the admin passphrase; a weaker one needs that there is one, because
/// otherwise nobody could switch back.
pub async fn set(context: &Context, role: Role, given: Option<&SecretString>) -> Result<RoleView, Error> {
    guard::allow(context, Permission::SwitchRole)?;
    let before = context.role();
    if role == before {
        return show(context);
    }
    let Some(stored) = context.store().passphrase()? else {
        return Err(Error::Conflict {
            message: "No admin passphrase is set, so nobody could switch the role back.".into(),
            next: "Set the admin passphrase first (in a terminal: role passphrase).",
        });
    };
    if role > before {
        let given = given.ok_or_else(|| {
            Invalid::one("passphrase", "A stronger role needs the admin passphrase.", "Type the admin passphrase.")
        })?;
        confirm(context, given, stored).await?;
    }
    if role == Role::Instructor && context.store().preferences()?.instructor.trim().is_empty() {
        return Err(Error::Conflict {
            message: "The settings of this desk name no instructor, so no class would be the own one.".into(),
            next: "Write the instructor’s name in Settings first.",
        });
    }
    if !role.may_change() {
        let live = context.store().open_sessions()?.into_iter().next();
        if let Some(session) = live {
            return Err(Error::Conflict {
                message: format!("“{}” is live, and a desk of staff cannot look after it.", session.plan.title),
                next: "End the class first.",
            });
        }
    }
    let entry = ledger::entry(context, Act::RoleChanged).with_note(&format!("{} to {}", before.name(), role.name()));
    ledger::write(context, |signer| context.store().set_role(signer, role, &[entry])).await?;
    context.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    context.wake_jobs();
    show(context)
}

/// Sets the admin passphrase. One that is set already must be given too.
pub async fn set_passphrase(
    context: &Context,
    new: &SecretString,
    present: Option<&SecretString>,
) -> Result<(), Error> {
    guard::allow(context, Permission::SetPassphrase)?;
    passphrase::check(new)?;
    if let Some(stored) = context.store().passphrase()? {
        let present = present.ok_or_else(|| {
            Invalid::one("present", "An admin passphrase is set already.", "Type the present passphrase too.")
        })?;
        confirm(context, present, stored).await?;
    }
    let (new, salt) = (new.clone(), rand::rng().random::<[u8; SALT_BYTES]>());
    let hash = aside(context, move || passphrase::hash(&new, salt))
        .await?
        .ok_or(Error::WrongPassphrase { wait_until: None })?;
    let entry = ledger::entry(context, Act::PassphraseSet);
    ledger::write(context, |signer| context.store().set_passphrase(signer, &hash, &[entry])).await?;
    context.changed(&[Topic::Desk]);
    Ok(())
}

/// Refuses a wrong passphrase. Each attempt is counted before it is looked at, so that no interruption hides one.
async fn confirm(context: &Context, given: &SecretString, stored: String) -> Result<(), Error> {
    if let Some(until) = context.store().begin_passphrase_attempt(context.now())? {
        return Err(Error::PassphraseWait { until });
    }
    let given = given.clone();
    if aside(context, move || passphrase::fits(&given, &stored)).await? {
        return Ok(context.store().forget_passphrase_attempts()?);
    }
    let entry = ledger::entry(context, Act::PassphraseWrong);
    ledger::write(context, |signer| context.store().write_ledger(signer, &[entry])).await?;
    context.changed(&[Topic::Desk]);
    Err(Error::WrongPassphrase { wait_until: context.store().passphrase_attempts()?.wait_until(context.now()) })
}

/// Runs the slow work of a passphrase on a thread for blocking work.
async fn aside<T: Send + 'static>(context: &Context, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    Ok(context.supervisor().spawn_blocking("checking the admin passphrase", work).join().await?)
}

/// Refuses to change or forget an account whose desk has a role that may not do so. `folder` holds its database.
pub fn may_change_account(folder: &Path) -> Result<(), Error> {
    guard::allow_folder(folder, Permission::ManageAccount)
}
