//! `mail show|set|test|preview|participants|remove`: e-mail about recordings.

use clap::{Args, Subcommand, ValueEnum};
use hajime_core::actions::delivery::mail::{self, Mail};
use hajime_core::actions::delivery::mail_preview::{self, MailPreview, PreviewedLetter};
use hajime_core::actions::delivery::participants;
use hajime_core::context::Context;
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::mail_settings::{MailInput, MailSender, ParticipantMail};
use hajime_core::domain::delivery::smtp_security::SmtpSecurity;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::commands::delivery::deliveries;
use crate::commands::{instant, standard_input};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How e-mail is set, and how it fared.
    Show,
    /// Change the settings that are named; the others stay.
    Set(Set),
    /// Send a letter to an address and show the answer.
    Test {
        /// The address.
        to: String,
    },
    /// The letters that would be written, and to whom. Nothing is sent.
    Preview,
    /// Whether the participants of a class get e-mail about its recording.
    Participants {
        /// The class.
        session: String,
        /// `on` or `off`.
        told: OnOff,
    },
    /// Turn e-mail off, and forget the password of the mail server.
    Remove,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Who sends: cloudflare, smtp, or program for your own mail program.
    #[arg(long)]
    sender: Option<MailSender>,
    /// The address that letters come from.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// The name that letters come from.
    #[arg(long, value_name = "NAME")]
    from_name: Option<String>,
    /// The mail server.
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port; without it, the usual one of a new --smtp-security.
    #[arg(long, value_name = "PORT")]
    smtp_port: Option<u32>,
    /// How the connection is encrypted: tls, starttls, or none for a server on this computer.
    #[arg(long)]
    smtp_security: Option<SmtpSecurity>,
    /// The name to sign in with; empty where nobody has to.
    #[arg(long, value_name = "USER")]
    smtp_user: Option<String>,
    /// Read the password of the mail server from standard input. It goes to the keyring.
    #[arg(long)]
    password_stdin: bool,
    /// The address of the instructor, for classes whose list has no host with an address; empty for nobody.
    #[arg(long, value_name = "ADDRESS")]
    instructor: Option<String>,
    /// The address of the administrator, who hears of failures beside the instructor; empty for nobody.
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// What participants are written: nothing, link, or ask.
    #[arg(long)]
    participants: Option<ParticipantMail>,
}

impl Set {
    /// The settings with those that are named in the place of the present ones.
    fn over(self, present: MailInput) -> MailInput {
        let usual_port = self.smtp_security.map(|security| u32::from(security.usual_port()));
        MailInput {
            sender: self.sender.unwrap_or(present.sender),
            from_name: self.from_name.unwrap_or(present.from_name),
            from_address: self.from.unwrap_or(present.from_address),
            smtp_host: self.smtp_host.unwrap_or(present.smtp_host),
            smtp_port: self.smtp_port.or(usual_port).unwrap_or(present.smtp_port),
            smtp_security: self.smtp_security.unwrap_or(present.smtp_security),
            smtp_user: self.smtp_user.unwrap_or(present.smtp_user),
            instructor: self.instructor.unwrap_or(present.instructor),
            admin: self.admin.unwrap_or(present.admin),
            participants: self.participants.unwrap_or(present.participants),
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OnOff {
    On,
    Off,
}

/// How e-mail is set. The names are stable.
#[derive(Debug, Serialize)]
struct MailView {
    on: bool,
    sender: &'static str,
    from_name: String,
    from_address: String,
    smtp_host: String,
    smtp_port: u32,
    smtp_security: &'static str,
    smtp_user: String,
    password_kept: bool,
    instructor: String,
    admin: String,
    participants: &'static str,
    last_sent: Option<String>,
    last_error: Option<String>,
}

impl From<Mail> for MailView {
    fn from(Mail { channel, settings, password_kept }: Mail) -> Self {
        let input = settings.input();
        Self {
            on: channel.is_on,
            sender: input.sender.name(),
            from_name: input.from_name,
            from_address: input.from_address,
            smtp_host: input.smtp_host,
            smtp_port: input.smtp_port,
            smtp_security: input.smtp_security.name(),
            smtp_user: input.smtp_user,
            password_kept,
            instructor: input.instructor,
            admin: input.admin,
            participants: input.participants.name(),
            last_sent: channel.last_sent.map(instant),
            last_error: channel.last_error.map(|(said, _)| said),
        }
    }
}

impl MailView {
    fn lines(&self) -> String {
        let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        let mut lines = vec![
            format!("E-mail is {}. Sender: {}", if self.on { "on" } else { "off" }, self.sender),
            format!("From: {} {}", self.from_name, or_none(&self.from_address)),
        ];
        if self.sender == MailSender::Smtp.name() {
            let password = if self.password_kept { "in the keyring" } else { "none" };
            let (host, port, security) = (&self.smtp_host, self.smtp_port, self.smtp_security);
            lines.push(format!("Mail server: {host}:{port}, {security}"));
            lines.push(format!("User: {}, password: {password}", or_none(&self.smtp_user)));
        }
        lines.push(format!("Instructor: {}", or_none(&self.instructor)));
        lines.push(format!("Administrator: {}", or_none(&self.admin)));
        lines.push(format!("Participants: {}", self.participants));
        lines.extend(self.last_sent.iter().map(|at| format!("Last accepted: {at}")));
        lines.extend(self.last_error.iter().map(|said| format!("Last error: {said}")));
        lines.join("\n")
    }
}

/// A letter that would be written. The names are stable.
#[derive(Debug, Serialize)]
struct LetterView {
    occasion: String,
    to: String,
    subject: String,
    text: String,
    html: String,
}

/// The letters that would be written. The names are stable.
#[derive(Debug, Serialize)]
struct PreviewView {
    letters: Vec<LetterView>,
    nobody: Option<String>,
}

impl From<MailPreview> for PreviewView {
    fn from(MailPreview { letters, nobody }: MailPreview) -> Self {
        let view =
            |PreviewedLetter { occasion, to, subject, text, html }| LetterView { occasion, to, subject, text, html };
        Self { letters: letters.into_iter().map(view).collect(), nobody }
    }
}

impl PreviewView {
    fn lines(&self) -> String {
        let letters = self.letters.iter().map(|LetterView { occasion, to, subject, text, .. }| {
            format!("# {occasion}\nTo {to}\nSubject: {subject}\n\n{text}")
        });
        self.nobody.iter().cloned().chain(letters).collect::<Vec<_>>().join("\n")
    }
}

/// Whether the participants of a class are written to. The names are stable.
#[derive(Debug, Serialize)]
struct ParticipantsView {
    session_id: String,
    mails_participants: bool,
}

/// Runs a command. `input` is what was on standard input, if it was taken from there already.
pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    match command {
        Command::Show => print(mail::get(context).await?, output),
        Command::Set(set) => {
            let password = if set.password_stdin { Some(password(input)?) } else { None };
            let input = set.over(mail::get(context).await?.settings.input());
            print(mail::set(context, &input, password).await?, output);
        }
        Command::Test { to } => {
            deliveries::print_test(Channel::Email.name(), &mail::test(context, &to).await?, output);
        }
        Command::Preview => {
            output.print(&PreviewView::from(mail_preview::preview(context, None)?), PreviewView::lines);
        }
        Command::Participants { session, told } => {
            let (id, told) = (session.parse()?, matches!(told, OnOff::On));
            participants::set_mailed(context, id, told)?;
            let view = ParticipantsView { session_id: id.to_string(), mails_participants: told };
            output.print(&view, |view| {
                let words = if view.mails_participants {
                    "Its participants are written to, by the settings of e-mail."
                } else {
                    "Its participants get no e-mail about its recording."
                };
                words.to_owned()
            });
        }
        Command::Remove => print(mail::remove(context).await?, output),
    }
    Ok(())
}

fn print(mail: Mail, output: Output) {
    output.print(&MailView::from(mail), MailView::lines);
}

/// The password on standard input, without the line break at its end.
fn password(input: Option<SecretString>) -> Result<SecretString, UserError> {
    let unread = |message: &str| {
        UserError::new(
            ErrorCode::InvalidInput,
            message,
            "Give it on standard input, for example from a file: hajime-cli mail set --password-stdin < password.txt",
        )
    };
    let text = standard_input(input).map_err(|_| unread("The password on standard input cannot be read."))?;
    let password = text.expose_secret().trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(unread("There is no password on standard input."));
    }
    Ok(SecretString::from(password))
}
