//! How e-mail is set on a desk: who sends it, as whom, and who is written to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Host;

use crate::domain::delivery::letter::{Mailbox, SENDER_NAME_MAX};
use crate::domain::delivery::smtp_security::SmtpSecurity;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::schedule::limits::EMAIL_MAX;
use crate::domain::schedule::person::Email;
use crate::domain::text::one_line;

/// The longest name of a mail server, in bytes (RFC 1035 §2.3.4).
const HOST_MAX: usize = 253;

/// Who sends the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MailSender {
    /// Cloudflare’s Email Sending, with the API token of the account.
    Cloudflare,
    /// The association’s own mail server.
    Smtp,
    /// A person, in their mail program. Hajime sends nothing by itself.
    #[default]
    Program,
}

impl MailSender {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Cloudflare, Self::Smtp, Self::Program];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloudflare => "cloudflare",
            Self::Smtp => "smtp",
            Self::Program => "program",
        }
    }
}

impl fmt::Display for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MailSender {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|sender| sender.name() == text).ok_or_else(|| {
            let message = format!("“{}” does not send e-mail.", beginning(text));
            Invalid::one("sender", message, "Choose cloudflare, smtp or program.")
        })
    }
}

/// What participants of a class are written about its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParticipantMail {
    /// Nothing.
    #[default]
    Nothing,
    /// A link that plays the recording for a day.
    Link,
    /// That the recording is ready, and that the instructor gives it to them.
    Ask,
}

impl ParticipantMail {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Link, Self::Ask];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Link => "link",
            Self::Ask => "ask",
        }
    }
}

impl fmt::Display for ParticipantMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ParticipantMail {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|participants| participants.name() == text).ok_or_else(|| {
            let message = format!("“{}” cannot be written to participants.", beginning(text));
            Invalid::one("participants", message, "Choose nothing, link or ask.")
        })
    }
}

/// What a person typed, unchecked. An empty text stands for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailInput {
    /// Who sends.
    pub sender: MailSender,
    /// The name that letters come from.
    pub from_name: String,
    /// The address that letters come from.
    pub from_address: String,
    /// The mail server.
    pub smtp_host: String,
    /// Its port.
    pub smtp_port: u32,
    /// How the connection to it is encrypted.
    pub smtp_security: SmtpSecurity,
    /// The name to sign in with.
    pub smtp_user: String,
    /// The address of the instructor, for classes whose roster has no host with an address.
    pub instructor: String,
    /// The address of the administrator, who hears of failures beside the instructor.
    pub admin: String,
    /// What participants are written.
    pub participants: ParticipantMail,
}

/// The association’s own mail server. Its password is in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpAccount {
    /// Its name, or its address in numbers; empty while none is set.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: SmtpSecurity,
    /// The name to sign in with; empty where nobody has to.
    pub user: String,
}

impl Default for SmtpAccount {
    fn default() -> Self {
        let security = SmtpSecurity::default();
        Self { host: String::new(), port: security.usual_port(), security, user: String::new() }
    }
}

/// How e-mail is set, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailSettings {
    /// Who sends.
    pub sender: MailSender,
    /// The name that letters come from; empty for none.
    pub from_name: String,
    /// The address that letters come from.
    pub from_address: Option<Email>,
    /// The mail server.
    pub smtp: SmtpAccount,
    /// The instructor, for classes whose roster has no host with an address.
    pub instructor: Option<Email>,
    /// Who hears of failures, too.
    pub admin: Option<Email>,
    /// What participants are written.
    pub participants: ParticipantMail,
}

impl MailSettings {
    /// Checks what a person typed. What the chosen sender does not use is left out where it is wrong, because the form
    /// does not show it then.
    pub fn check(input: &MailInput) -> Result<Self, Invalid> {
        let mut problems = Vec::new();
        let by_hand = input.sender == MailSender::Program;
        let mut from_name = one_line(&input.from_name);
        let length = from_name.chars().count();
        if length > SENDER_NAME_MAX && by_hand {
            from_name.clear();
        } else if length > SENDER_NAME_MAX {
            let message = format!("The name has {length} characters.");
            problems.push(FieldError { field: "from_name", message, next: "Use at most 80 characters." });
        }
        let mut address = |field, text: &str| {
            read_address(field, text).unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        };
        let instructor = address("instructor", &input.instructor);
        let (admin, from_address) = if by_hand {
            (input.admin.parse().ok(), input.from_address.parse().ok())
        } else {
            (address("admin", &input.admin), address("from_address", &input.from_address))
        };
        let from_is_missing = !by_hand && one_line(&input.from_address).is_empty();
        if from_is_missing {
            problems.push(FieldError {
                field: "from_address",
                message: "The address that letters come from is empty.".into(),
                next: match input.sender {
                    MailSender::Cloudflare => "Give an address of a domain that Cloudflare sends for.",
                    MailSender::Smtp | MailSender::Program => "Give an address that the mail server sends for.",
                },
            });
        }
        let smtp = match SmtpAccount::check(input) {
            Ok(account) => account,
            Err(_) if input.sender != MailSender::Smtp => SmtpAccount::default(),
            Err(wrong) => {
                problems.extend(wrong);
                SmtpAccount::default()
            }
        };
        Invalid::check(problems)?;
        let (sender, participants) = (input.sender, input.participants);
        Ok(Self { sender, from_name, from_address, smtp, instructor, admin, participants })
    }

    /// The settings as a person would type them.
    #[must_use]
    pub fn input(&self) -> MailInput {
        let text = |address: &Option<Email>| address.as_ref().map(ToString::to_string).unwrap_or_default();
        MailInput {
            sender: self.sender,
            from_name: self.from_name.clone(),
            from_address: text(&self.from_address),
            smtp_host: self.smtp.host.clone(),
            smtp_port: self.smtp.port.into(),
            smtp_security: self.smtp.security,
            smtp_user: self.smtp.user.clone(),
            instructor: text(&self.instructor),
            admin: text(&self.admin),
            participants: self.participants,
        }
    }

    /// Who is written to about alerts: the administrator, else the instructor of the desk. By address, in small letters.
    #[must_use]
    pub fn of_alerts(&self) -> Vec<String> {
        self.admin.as_ref().or(self.instructor.as_ref()).map(Email::key).into_iter().collect()
    }

    /// Whether Hajime sends letters by itself.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.sender != MailSender::Program
    }

    /// The mail server that letters go through; `None` where they go another way.
    #[must_use]
    pub fn server(&self) -> Option<&SmtpAccount> {
        (self.sender == MailSender::Smtp).then_some(&self.smtp)
    }

    /// Whom letters come from; `None` while no address is set.
    #[must_use]
    pub fn from(&self) -> Option<Mailbox> {
        let address = self.from_address.clone()?;
        Some(Mailbox { name: self.from_name.clone(), address })
    }
}

impl SmtpAccount {
    /// Checks the parts of a form that name a mail server.
    fn check(input: &MailInput) -> Result<Self, Vec<FieldError>> {
        let mut problems = Vec::new();
        let mut note = |field, message, next| problems.push(FieldError { field, message, next });
        let host = read_host(&input.smtp_host);
        let security = input.smtp_security;
        match &host {
            None if one_line(&input.smtp_host).is_empty() => {
                note("smtp_host", "The mail server is empty.".into(), "Write its name, for example mail.example.org.");
            }
            None => {
                let message = format!("“{}” is not the name of a mail server.", beginning(&input.smtp_host));
                note("smtp_host", message, "Write the name alone, for example mail.example.org.");
            }
            Some(host) if security == SmtpSecurity::None && !is_on_this_computer(host) => {
                let message =
                    format!("{host} is not on this computer, and the connection to it would not be encrypted.");
                note("smtp_host", message, "Choose TLS or STARTTLS for a server elsewhere.");
            }
            Some(_) => {}
        }
        let port = u16::try_from(input.smtp_port).ok().filter(|port| *port > 0);
        if port.is_none() {
            let message = format!("{} is not a port.", input.smtp_port);
            note("smtp_port", message, "Use 465 for TLS, 587 for STARTTLS, or the port that the mail server names.");
        }
        let user = input.smtp_user.trim();
        if user.chars().any(char::is_control) || user.len() > EMAIL_MAX {
            let message = "The user name has a line break or is longer than 254 characters.".to_owned();
            note("smtp_user", message, "Copy it again from what the mail server’s operator gave you.");
        }
        match (host, port) {
            (Some(host), Some(port)) if problems.is_empty() => Ok(Self { host, port, security, user: user.to_owned() }),
            _ => Err(problems),
        }
    }
}

/// An address that may be left out.
fn read_address(field: &'static str, text: &str) -> Result<Option<Email>, FieldError> {
    if one_line(text).is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|flaw: crate::domain::schedule::person::Flaw| FieldError {
        field,
        message: flaw.to_string(),
        next: "Write it as ann@example.org.",
    })
}

/// The name of a server in the form that computers look up, or its address in numbers.
fn read_host(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    if let Ok(number) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Some(number.to_string());
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) if name.len() <= HOST_MAX && name.split('.').all(|label| !label.is_empty()) => Some(name),
        Host::Domain(_) => None,
        Host::Ipv4(number) => Some(number.to_string()),
        Host::Ipv6(number) => Some(number.to_string()),
    }
}

fn is_on_this_computer(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|number| number.is_loopback())
}

fn beginning(text: &str) -> String {
    one_line(text).chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(sender: MailSender) -> MailInput {
        MailInput {
            sender,
            from_name: "Harbour Dojo".into(),
            from_address: "Dojo@Example.org".into(),
            smtp_host: "Mail.Example.org".into(),
            smtp_port: 465,
            smtp_user: "dojo".into(),
            ..MailInput::default()
        }
    }

    fn fields(input: &MailInput) -> Vec<&'static str> {
        let refused = MailSettings::check(input).err();
        refused.iter().flat_map(Invalid::problems).map(|problem| problem.field).collect()
    }

    #[test]
    fn settings_read_back_as_they_were_typed() {
        for sender in MailSender::ALL {
            let settings = MailSettings::check(&input(sender)).unwrap();
            assert_eq!(settings.smtp.host, "mail.example.org");
            assert_eq!(MailSettings::check(&settings.input()).unwrap(), settings);
            assert_eq!(settings.sends(), sender != MailSender::Program);
        }
        assert_eq!(MailSettings::check(&MailSettings::default().input()), Ok(MailSettings::default()));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = MailInput {
            from_name: "a".repeat(81),
            from_address: "nobody".into(),
            smtp_host: "https://mail.example.org".into(),
            smtp_port: 70_000,
            smtp_user: "dojo\r\nRCPT TO:<eve@example.org>".into(),
            instructor: "ann@example.org\nBcc: eve@example.org".into(),
            admin: "@".into(),
            ..input(MailSender::Smtp)
        };
        assert_eq!(
            fields(&wrong),
            ["from_name", "instructor", "admin", "from_address", "smtp_host", "smtp_port", "smtp_user"]
        );
        let empty = MailInput { sender: MailSender::Smtp, smtp_port: 465, ..MailInput::default() };
        assert_eq!(fields(&empty), ["from_address", "smtp_host"]);
    }

    #[test]
    fn what_the_sender_does_not_use_is_left_out_where_it_is_wrong() {
        let odd = MailInput { smtp_host: "a b".into(), smtp_port: 0, ..input(MailSender::Cloudflare) };
        assert_eq!(MailSettings::check(&odd).unwrap().smtp, SmtpAccount::default());
        let odd = MailInput {
            from_name: "a".repeat(81),
            from_address: "nobody".into(),
            admin: "nobody".into(),
            ..input(MailSender::Program)
        };
        let checked = MailSettings::check(&odd).unwrap();
        assert_eq!((checked.from_name.as_str(), checked.from_address, checked.admin), ("", None, None));
    }

    #[test]
    fn only_a_server_on_this_computer_is_reached_without_encryption() {
        let fields_of = |host: &str| {
            let smtp_security = SmtpSecurity::None;
            fields(&MailInput { smtp_host: host.into(), smtp_security, ..input(MailSender::Smtp) })
        };
        for here in ["localhost", "127.0.0.1", "::1", "[::1]"] {
            assert_eq!(fields_of(here), Vec::<&str>::new(), "{here}");
        }
        for elsewhere in ["mail.example.org", "192.168.1.5", "localhost.example.org"] {
            assert_eq!(fields_of(elsewhere), ["smtp_host"], "{elsewhere}");
        }
    }
}
