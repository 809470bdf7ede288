//! Why a page has no door.

use crate::cloudflare::{CredentialProblem, Error as CloudError};
use crate::error::{Error, UserError};

/// Why a page is published without a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// This build of Hajime, or the folder that was named, holds none.
    NotBuilt,
    /// The API token may not use D1.
    Database,
    /// The API token may make no other tokens, or none for RealtimeKit.
    Token,
    /// The token that was made for the door does not work at RealtimeKit.
    UselessToken,
    /// Something else was refused; what, as a sentence.
    Refused(String),
}

impl Lack {
    /// The reason in words: what is missing, what for, and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotBuilt => "This page comes without a door, so there are no class links and no watch links.".into(),
            Self::Database => {
                "The API token lacks the permission “D1: Edit”. The database of class links and watch links needs it. Add it in the \
                 Cloudflare dashboard (Account, D1, Edit) and publish again."
                    .into()
            }
            Self::Token => {
                "The door needs a token of its own for RealtimeKit, and this API token may make none. Add the permission “Account API \
                 Tokens: Edit” and publish again, or make a token with “Realtime: Edit” and nothing else, and paste it."
                    .into()
            }
            Self::UselessToken => {
                "The token that Hajime made for the door does not work at RealtimeKit, so it was deleted. Make one with “Realtime: Edit” \
                 and nothing else in the Cloudflare dashboard, and paste it."
                    .into()
            }
            Self::Refused(why) => format!("The door was not published. {why}"),
        }
    }
}

/// Whether Cloudflare refused a call because a permission is missing.
pub(super) const fn is_forbidden(error: &CloudError) -> bool {
    matches!(error, CloudError::Credentials(CredentialProblem::PermissionMissing(_)) | CloudError::Forbidden { .. })
}

/// What follows for a page whose door cannot be made: a refusal leaves it out. Whatever may pass is an error.
pub(super) fn of(error: Error, forbidden: Option<Lack>) -> Result<Lack, Error> {
    match &error {
        Error::Cloudflare(refusal) if is_forbidden(refusal) => {
            Ok(forbidden.unwrap_or_else(|| Lack::Refused(UserError::from(&error).message)))
        }
        Error::Cloudflare(CloudError::Refused { .. } | CloudError::Conflict { .. })
        | Error::SeveralApps { .. }
        | Error::UnknownApp { .. }
        | Error::AccountFull { .. } => Ok(Lack::Refused(UserError::from(&error).message)),
        _ => Err(error),
    }
}
