//! Sends one letter through a mail server.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::letter::Letter;
use crate::domain::delivery::smtp_security::SmtpSecurity;

/// A mail server, and the account there.
#[derive(Debug, Clone)]
pub(crate) struct SmtpServer {
    /// Its name, or its address in numbers.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// How the connection is encrypted.
    pub(crate) security: SmtpSecurity,
    /// The name to sign in with; empty where nobody has to.
    pub(crate) user: String,
    /// The password that goes with it.
    pub(crate) password: Option<SecretString>,
}

/// Sends a letter. `now` becomes its date.
pub(crate) async fn send(server: &SmtpServer, letter: &Letter, now: DateTime<Utc>) -> Attempt {
    let _ = (server, letter, now);
    Attempt::Refused { said: "Nothing is sent yet.".into() }
}
