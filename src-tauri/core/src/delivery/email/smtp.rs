//! Sends one letter through a mail server.
//!
//! The connection goes straight to the server: proxies carry HTTP, and the settings of the desktop name none for mail. It is
//! encrypted from the start or by STARTTLS, and the certificate must be one that this computer trusts for the name of the
//! server. Only a server on this computer is reached without encryption.
//!
//! What went wrong before the end of the letter was sent did no harm and may be repeated. What goes wrong after it leaves
//! open whether the letter was sent, so it is never repeated.

mod connection;
mod dialog;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::ClientConfig;

use crate::delivery::email::message;
use crate::delivery::email::smtp::connection::{Place, Wire};
use crate::delivery::email::smtp::dialog::{Dialog, Limits, NoReply, Reply};
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::letter::Letter;
use crate::domain::delivery::smtp_security::SmtpSecurity;
use crate::domain::text::{plain, without_mail_addresses};
use crate::tls;

/// The name that is given to the server. A real one would stand in the headers of every letter.
const EHLO: &str = "EHLO [127.0.0.1]";
/// Cloudflare's mail server (Cloudflare docs, “Send emails with SMTP”).
const CLOUDFLARE: &str = "smtp.mx.cloudflare.net";

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
    let trust = match server.security {
        SmtpSecurity::None => None,
        SmtpSecurity::Tls | SmtpSecurity::StartTls => match tls::client_config() {
            Ok(config) => Some(config),
            Err(error) => {
                tracing::warn!(%error, "no encryption for mail");
                let said = "This computer has no certificates to check a mail server with.".into();
                return Attempt::Later { said, after: None };
            }
        },
    };
    send_trusting(server, letter, now, trust, Limits::default()).await
}

async fn send_trusting(
    server: &SmtpServer,
    letter: &Letter,
    now: DateTime<Utc>,
    trust: Option<Arc<ClientConfig>>,
    limits: Limits,
) -> Attempt {
    let Some(place) = Place::of(&server.host, server.port) else {
        return refused("The name of the mail server cannot be one. Check it under Settings, E-mail.");
    };
    let message = match message::written(letter, now) {
        Ok(message) => message,
        Err(error) => return refused(&format!("The letter cannot be written: {}", plain(&error.to_string()))),
    };
    let visit = Visit { server, place, limits };
    let Some(end) = Instant::now().checked_add(limits.whole) else { return visit.no_reply(NoReply::TooSlow) };
    let mut dialog = match timeout_at(end, visit.arrive(trust)).await {
        Ok(Ok(dialog)) => dialog,
        Ok(Err(attempt)) => return attempt,
        Err(_) => return visit.no_reply(NoReply::TooSlow),
    };
    let offered = timeout_at(end, visit.offer(&mut dialog, letter, &message)).await;
    let attempt = match offered.unwrap_or_else(|_| Err(visit.no_reply(NoReply::TooSlow))) {
        Ok(()) => visit.verdict(dialog.end_of_content(limits.verdict).await),
        Err(attempt) => attempt,
    };
    dialog.leave().await;
    attempt
}

fn refused(said: &str) -> Attempt {
    Attempt::Refused { said: said.to_owned() }
}

/// What a command should lead to.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// It was done: 2xx.
    Done,
    /// The server waits for more: 3xx.
    More,
}

/// One visit to a mail server. Every step fails with what the whole attempt comes to.
struct Visit<'a> {
    server: &'a SmtpServer,
    place: Place,
    limits: Limits,
}

impl Visit<'_> {
    /// Reaches the server, encrypts the connection and signs in.
    async fn arrive(&self, trust: Option<Arc<ClientConfig>>) -> Result<Dialog<Box<dyn Wire>>, Attempt> {
        let name = self.place.name();
        let wire: Box<dyn Wire> = match (self.server.security, trust) {
            (SmtpSecurity::None, _) => {
                // A name could mean this computer and lead to another one.
                let here =
                    |stream: &tokio::net::TcpStream| stream.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
                let stream = if self.place.is_here() { Some(self.place.connect(self.limits).await?) } else { None };
                match stream.filter(here) {
                    Some(stream) => Box::new(stream),
                    None => {
                        return Err(refused(&format!(
                            "Without encryption, letters go only to a mail server on this computer, and {name} is not on it. \
                             Choose TLS or STARTTLS."
                        )));
                    }
                }
            }
            (_, None) => return Err(refused("This computer cannot make encrypted connections.")),
            (SmtpSecurity::Tls, Some(trust)) => {
                let stream = self.place.connect(self.limits).await?;
                self.place.encrypt(stream, trust, self.limits).await?
            }
            (SmtpSecurity::StartTls, Some(trust)) => {
                let mut dialog = Dialog::new(self.place.connect(self.limits).await?, self.limits);
                self.greet(&mut dialog).await?;
                let extensions = self.introduce(&mut dialog).await?;
                if extensions.extension("STARTTLS").is_none() {
                    return Err(refused(&format!(
                        "{name} offers no encryption on port {}, so nothing was sent. Choose TLS and its port, usually \
                         465, or ask who runs the server.",
                        self.server.port
                    )));
                }
                self.ask(&mut dialog, "STARTTLS", "did not begin the encryption").await?;
                let Some(stream) = dialog.into_stream() else {
                    return Err(refused(&format!(
                        "{name} said something before the encryption began that could come from somebody in between, so \
                         nothing was sent."
                    )));
                };
                self.place.encrypt(stream, trust, self.limits).await?
            }
        };
        let mut dialog = Dialog::new(wire, self.limits);
        if self.server.security != SmtpSecurity::StartTls {
            self.greet(&mut dialog).await?;
        }
        // What the server offered before the encryption does not count.
        let extensions = self.introduce(&mut dialog).await?;
        self.sign_in(&mut dialog, &extensions).await?;
        Ok(dialog)
    }

    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(&self, dialog: &mut Dialog<S>) -> Result<Reply, Attempt> {
        self.judge(dialog.greeting().await, Wanted::Done, "did not let this computer in")
    }

    async fn introduce<S: AsyncRead + AsyncWrite + Unpin>(&self, dialog: &mut Dialog<S>) -> Result<Reply, Attempt> {
        self.ask(dialog, EHLO, "did not accept the introduction").await
    }

    async fn sign_in<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        dialog: &mut Dialog<S>,
        extensions: &Reply,
    ) -> Result<(), Attempt> {
        let SmtpServer { user, password, .. } = self.server;
        if user.is_empty() {
            return Ok(());
        }
        let name = self.place.name();
        let Some(password) = password else {
            return Err(refused(&format!("There is no password for {name}. Type it under Settings, E-mail.")));
        };
        let ways = extensions.extension("AUTH").unwrap_or_default();
        let offers = |way: &str| ways.iter().any(|offered| offered == way);
        let what = "did not accept the name and the password";
        if offers("PLAIN") {
            let blob = STANDARD.encode(format!("\0{user}\0{}", password.expose_secret()));
            self.ask(dialog, &format!("AUTH PLAIN {blob}"), what).await?;
        } else if offers("LOGIN") {
            self.ask_to_go_on(dialog, "AUTH LOGIN", what).await?;
            self.ask_to_go_on(dialog, &STANDARD.encode(user), what).await?;
            self.ask(dialog, &STANDARD.encode(password.expose_secret()), what).await?;
        } else {
            return Err(refused(&format!(
                "{name} offers no way to sign in with a name and a password on port {}. Ask who runs it which port and \
                 which encryption to use.",
                self.server.port
            )));
        }
        Ok(())
    }

    /// Hands over the letter, all but its end.
    async fn offer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        dialog: &mut Dialog<S>,
        letter: &Letter,
        message: &[u8],
    ) -> Result<(), Attempt> {
        let from = format!("MAIL FROM:<{}>", letter.from.address);
        self.ask(dialog, &from, "did not accept the sender").await?;
        self.ask(dialog, &format!("RCPT TO:<{}>", letter.to), "did not accept the recipient").await?;
        self.ask_to_go_on(dialog, "DATA", "did not accept the letter").await?;
        dialog.content(message).await.map_err(|missing| self.no_reply(missing))
    }

    /// Sends a command that is done with its reply.
    async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        dialog: &mut Dialog<S>,
        line: &str,
        refusal: &str,
    ) -> Result<Reply, Attempt> {
        self.judge(dialog.command(line).await, Wanted::Done, refusal)
    }

    /// Sends a command after which the server waits for more.
    async fn ask_to_go_on<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        dialog: &mut Dialog<S>,
        line: &str,
        refusal: &str,
    ) -> Result<Reply, Attempt> {
        self.judge(dialog.command(line).await, Wanted::More, refusal)
    }

    /// What a reply before the end of the letter comes to.
    fn judge(&self, reply: Result<Reply, NoReply>, wanted: Wanted, refusal: &str) -> Result<Reply, Attempt> {
        let reply = reply.map_err(|missing| self.no_reply(missing))?;
        match (reply.code, wanted) {
            (200..=299, Wanted::Done) | (300..=399, Wanted::More) => Ok(reply),
            // The server is at another step of the dialog than this computer.
            (200..=399, _) => Err(self.no_reply(NoReply::Unreadable)),
            _ => Err(self.refusal(&reply, refusal)),
        }
    }

    /// What the reply to the end of the letter comes to.
    fn verdict(&self, reply: Result<Reply, NoReply>) -> Attempt {
        let name = self.place.name();
        match reply {
            Ok(reply) if reply.is_done() => {
                let words = self.words(&reply);
                // Such a reply can mean that everybody it was for is on Cloudflare's list of people who get nothing.
                let silent = name == CLOUDFLARE && !reply.lines.iter().any(|line| line.contains('<'));
                let doubt =
                    if silent { " It named no letter, so the person may have unsubscribed before." } else { "" };
                Attempt::Accepted { said: format!("{name} took it.{words}{doubt}") }
            }
            Ok(reply) if reply.code >= 400 => self.refusal(&reply, "did not take the letter"),
            Ok(_) | Err(NoReply::Unreadable) => {
                Attempt::Unknown { said: format!("{name} gave no answer to the letter that a mail server gives.") }
            }
            Err(NoReply::TooSlow) => {
                Attempt::Unknown { said: format!("{name} did not say in time whether it took it.") }
            }
            Err(NoReply::Broken) => {
                Attempt::Unknown { said: format!("The connection to {name} broke before it said whether it took it.") }
            }
        }
    }

    fn refusal(&self, reply: &Reply, refusal: &str) -> Attempt {
        let said = format!("{} {refusal} ({}).{}", self.place.name(), reply.code, self.words(reply));
        if reply.is_for_now() { Attempt::Later { said, after: None } } else { Attempt::Refused { said } }
    }

    /// What a step without a reply comes to, before the end of the letter was sent.
    fn no_reply(&self, missing: NoReply) -> Attempt {
        let name = self.place.name();
        let said = match missing {
            NoReply::Broken => format!("The connection to {name} broke before the letter was sent."),
            NoReply::TooSlow => format!("{name} did not answer in time."),
            NoReply::Unreadable => format!("{name} does not answer as a mail server does."),
        };
        Attempt::Later { said, after: None }
    }

    /// What the server said, fit to be shown: one bounded line without the name, the password and addresses.
    fn words(&self, reply: &Reply) -> String {
        let mut text = reply.lines.join(" ");
        for secret in self.secrets() {
            text = text.replace(&secret, "…");
        }
        let shown = plain(&without_mail_addresses(&text));
        if shown.is_empty() { String::new() } else { format!(" It said: {shown}") }
    }

    /// What a server could repeat of the signing in, the longest first.
    fn secrets(&self) -> Vec<String> {
        let user = self.server.user.as_str();
        let password = self.server.password.as_ref().map_or("", |password| password.expose_secret());
        let mut secrets = vec![
            STANDARD.encode(format!("\0{user}\0{password}")),
            STANDARD.encode(password),
            STANDARD.encode(user),
            password.to_owned(),
        ];
        // A name of one or two letters is part of many words.
        secrets.extend(Some(user.to_owned()).filter(|user| user.len() > 2));
        secrets.retain(|secret| !secret.is_empty());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

#[cfg(test)]
mod tests;
