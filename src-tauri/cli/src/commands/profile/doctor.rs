//! `doctor`: checks the connection, the keyring and what the desktop offers.

use std::sync::Arc;
use std::time::Duration;

use hajime_core::actions::profile::connect::{self, Outcome};
use hajime_core::desktop_bus::{self, Displays};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::desktop::Icon;
use hajime_core::error::UserError;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, SecretError, SecretStore as _, SystemClock};
use serde::Serialize;

use crate::commands::{self, Account, Surrounding};
use crate::output::Output;

/// How long the session bus may take. A command that people wait for does not wait long for it.
const BUS_LIMIT: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    state: &'static str,
    message: String,
    next: Option<String>,
}

pub(crate) async fn doctor(here: &Surrounding<'_>, output: Output) -> Result<(), UserError> {
    let keyring = commands::keyring();
    let (connection, place) = match commands::account(here)? {
        Account::Given(connection, place) => (connection, place),
        Account::Saved(saved) => {
            let kept = keyring.get(&saved.token_name());
            let connection = kept.and_then(|kept| saved.connection(kept.as_ref()));
            (connection.map_err(|error| commands::no_token(&saved, error))?, "the keyring".to_owned())
        }
    };
    // The keyring may answer slowly, so it is checked in parallel to the connection.
    let probe = tokio::task::spawn_blocking(move || keyring.probe());
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    let app = connection.app.clone().or_else(|| opening::chosen_app(here.folder, &connection.account));
    let displays = Displays::named(|name| std::env::var(name).ok());
    let checking = connect::check(&client, app.as_ref(), SystemClock.now());
    let (report, desktop) = tokio::join!(checking, desktop_bus::look(displays, BUS_LIMIT));
    let usable = report.usable();
    let found = format!("Account {} from {place}, at {}.", connection.account, connection.base_url);
    let mut checks = vec![CheckView { name: "source", state: "passed", message: found, next: None }];
    checks.extend(report.checks.into_iter().map(|check| {
        let (state, message, next) = match check.outcome {
            Outcome::Passed(message) => ("passed", message, None),
            Outcome::Failed { message, next } => ("failed", message, Some(next)),
            Outcome::Warned { message, next } => ("warning", message, Some(next)),
            Outcome::Skipped => ("skipped", "Not checked.".to_owned(), None),
        };
        CheckView { name: check.subject.name(), state, message, next }
    }));
    checks.push(match probe.await.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string()))) {
        Ok(()) => CheckView { name: "keyring", state: "passed", message: "Secrets can be kept.".into(), next: None },
        // Not a failure, because Cloudflare signs the links instead of this computer.
        Err(error) => CheckView {
            name: "keyring",
            state: "skipped",
            message: format!("Secrets cannot be kept ({error}); Cloudflare signs the links."),
            next: Some("Install and unlock GNOME Keyring or KWallet.".into()),
        },
    });
    // Hajime works without any of these.
    checks.extend(desktop.findings(Icon::Unknown).into_iter().map(|finding| CheckView {
        name: finding.ability.name(),
        state: if finding.works { "passed" } else { "skipped" },
        message: finding.message,
        next: finding.next.map(str::to_owned),
    }));
    output.print(&checks, |checks| {
        let lines = checks.iter().map(|check| {
            let next = check.next.as_deref().map_or_else(String::new, |next| format!(" {next}"));
            format!("{:<8} {:<13} {}{next}", check.state, check.name, check.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    if usable {
        Ok(())
    } else {
        let first = checks.iter().find(|check| check.state == "failed");
        let (message, next) = first
            .map_or_else(Default::default, |check| (check.message.clone(), check.next.clone().unwrap_or_default()));
        Err(UserError::new(ErrorCode::Credentials, message, next))
    }
}
