//! Why a channel that is set up cannot be used now.

use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::ports::SecretError;

/// Why a channel cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is not set up, or not wholly.
    Refused(DeliveryRefusal),
    /// The keyring did not answer.
    Secret(SecretError),
}

impl From<DeliveryRefusal> for Unusable {
    fn from(refusal: DeliveryRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SecretError> for Unusable {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}
