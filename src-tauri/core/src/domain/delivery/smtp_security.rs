//! How the connection to a mail server is encrypted.

use std::fmt;
use std::str::FromStr;

use crate::domain::invalid::Invalid;

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SmtpSecurity {
    /// Encrypted from the first byte (RFC 8314 §3.3).
    #[default]
    Tls,
    /// Encrypted after the command STARTTLS (RFC 3207). Without encryption nothing is sent.
    StartTls,
    /// Not encrypted. Only a server on this computer is reached this way.
    None,
}

impl SmtpSecurity {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Tls, Self::StartTls, Self::None];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }

    /// The port that mail servers use for it (RFC 8314 §7, RFC 6409 §3.1, RFC 5321 §4.5.4.2).
    #[must_use]
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

impl fmt::Display for SmtpSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SmtpSecurity {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|security| security.name() == text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            let message = format!("“{shown}” is not a way to encrypt the connection to a mail server.");
            Invalid::one("smtp_security", message, "Choose tls, starttls or none.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_read_by_its_name_and_no_other_word_is() {
        for security in SmtpSecurity::ALL {
            assert_eq!(security.name().parse::<SmtpSecurity>(), Ok(security));
        }
        for word in ["", "TLS", "ssl", "none "] {
            assert_eq!(word.parse::<SmtpSecurity>().unwrap_err().problems()[0].field, "smtp_security", "{word}");
        }
    }
}
