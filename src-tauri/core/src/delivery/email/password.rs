//! The password of the mail server in the keyring. It is kept together with the server and the user that it is for, so
//! that it goes nowhere else: neither a changed form nor a restored database sends it to another server.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::delivery::mail_settings::SmtpAccount;
use crate::domain::invalid::Invalid;
use crate::ports::{SecretError, SecretName, SecretStore};

/// The longest password, in bytes.
const PASSWORD_MAX: usize = 1_000;

/// Checks a password that somebody typed. It is never repeated.
pub(crate) fn checked(password: &SecretString) -> Result<(), Invalid> {
    let text = password.expose_secret();
    if text.chars().any(char::is_control) || text.len() > PASSWORD_MAX {
        let message = "The password has a line break or is longer than 1000 characters.";
        return Err(Invalid::one("smtp_password", message, "Copy it again, without what stands before and after it."));
    }
    Ok(())
}

/// Keeps a password for a server and user.
pub(crate) fn keep(
    secrets: &Arc<dyn SecretStore>,
    account: &str,
    server: &SmtpAccount,
    password: &SecretString,
) -> Result<(), SecretError> {
    let kept = format!("{}\n{}\n{}", server.host, server.user, password.expose_secret());
    secrets.set(&name(account), &SecretString::from(kept))
}

/// The password that is kept for this server and user.
pub(crate) fn kept(
    secrets: &Arc<dyn SecretStore>,
    account: &str,
    server: &SmtpAccount,
) -> Result<Option<SecretString>, SecretError> {
    let Some(kept) = secrets.get(&name(account))? else { return Ok(None) };
    let mut parts = kept.expose_secret().splitn(3, '\n');
    let fits = parts.next() == Some(server.host.as_str()) && parts.next() == Some(server.user.as_str());
    Ok(parts.next().filter(|_| fits).map(SecretString::from))
}

fn name(account: &str) -> SecretName {
    SecretName::SmtpPassword(account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemorySecrets;

    #[test]
    fn a_password_is_given_out_for_its_server_and_user_only() {
        let secrets: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        let server =
            |host: &str, user: &str| SmtpAccount { host: host.into(), user: user.into(), ..SmtpAccount::default() };
        let ours = server("mail.example.org", "dojo");
        keep(&secrets, "account", &ours, &"pass word:é".into()).unwrap();
        let found = |server: &SmtpAccount| {
            kept(&secrets, "account", server).unwrap().map(|found| found.expose_secret().to_owned())
        };
        assert_eq!(found(&ours).as_deref(), Some("pass word:é"));
        assert_eq!(found(&SmtpAccount { port: 587, ..ours.clone() }).as_deref(), Some("pass word:é"));
        assert_eq!(found(&server("mail.example.net", "dojo")), None);
        assert_eq!(found(&server("mail.example.org", "eve")), None);
        assert_eq!(found(&server("mail.example.org\ndojo", "")), None);
    }

    #[test]
    fn a_password_on_two_lines_is_refused_and_not_repeated() {
        let said = checked(&"s3cret\nMAIL FROM:<eve@example.org>".into()).unwrap_err();
        assert_eq!(said.problems()[0].field, "smtp_password");
        assert!(!said.to_string().contains("s3cret"), "{said}");
        assert!(checked(&"a".repeat(2_000).into()).is_err());
        assert!(checked(&"abcd efgh ijkl mnop".into()).is_ok());
    }
}
