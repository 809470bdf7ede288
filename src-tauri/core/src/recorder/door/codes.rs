//! The codes of links. A code is derived from a secret in the keyring and the id of its link, so that the address of a link can be copied
//! again at any time and no code is ever written to disk.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::SecretString;
use sha2::Sha256;

use crate::context::Context;
use crate::domain::sharing::door_link::CodeHash;
use crate::error::Error;
use crate::ports::SecretName;
use crate::recorder::secrets;

/// The lock file of the process that makes the secret.
const LOCK: &str = "door.lock";
/// The characters of a code. Each has six random bits, so that a code has 192.
const CODE_CHARS: usize = 32;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To join a class.
    Join,
    /// To watch a recording.
    Watch,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Watch => "watch",
        }
    }
}

/// The code of the link with this id.
///
/// Refused where the keyring does not answer: only it has the secret. Links without the door need no such secret.
pub(crate) async fn code(context: &Context, kind: Kind, id: &str) -> Result<SecretString, Error> {
    let name = SecretName::DoorSecret(context.account().as_str().to_owned());
    let secret = secrets::need_bytes(context, name, LOCK).await.map_err(|error| match error {
        Error::Secret(trouble) => Error::Conflict {
            message: format!("The address of a link of the door cannot be made. {}", trouble.user_message()),
            next: "Unlock the keyring of this computer, or set one up, then try again. Links without the door work without it.",
        },
        other => other,
    })?;
    // Every length is valid for an HMAC, so the second key is never used.
    let code = Hmac::<Sha256>::new_from_slice(&secret)
        .unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()))
        .chain_update(kind.word())
        .chain_update(" ")
        .chain_update(id)
        .finalize()
        .into_bytes();
    Ok(URL_SAFE_NO_PAD.encode(code).chars().take(CODE_CHARS).collect::<String>().into())
}

/// What the door keeps of a code.
pub(crate) fn kept(code: &SecretString) -> CodeHash {
    CodeHash::of(code)
}
