//! Setting up e-mail, testing it, and the draft for a person's mail program. The password goes to the keyring and
//! nowhere else.

use secrecy::{ExposeSecret as _, SecretString};

use crate::actions::delivery::channels;
use crate::actions::guard;
use crate::context::Context;
use crate::delivery::email::password;
use crate::delivery::email::words::{self, Place};
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::delivery::mail_draft::MailDraft;
use crate::domain::delivery::mail_recipients::{Audience, Recipient};
use crate::domain::delivery::mail_settings::{MailInput, MailSettings, ParticipantMail, SmtpAccount};
use crate::domain::delivery::outgoing_event::OutgoingKind;
use crate::domain::ids::RecordingId;
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Status;
use crate::domain::schedule::person::{Email, Flaw};
use crate::error::Error;
use crate::ports::{SecretError, Topic};
use crate::recorder::channels::{keyring, open, with_secrets};
use crate::recorder::mail::{link_for_letter, ready_facts};
use crate::recorder::playback::end_of_direct_link;
use crate::secret_url::SecretUrl;

/// What is said of letters that wait when e-mail is set to a person's mail program.
const SENT_BY_HAND: &str = "E-mail was turned off: letters are written by hand.";

/// How e-mail is set, and how it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Whether it is on, its quiet hours, and how it fared.
    pub channel: ChannelSettings,
    /// Who sends, as whom, and who is written to.
    pub settings: MailSettings,
    /// Whether the keyring has the password for the mail server and user of the settings.
    pub password_kept: bool,
}

/// A draft for a mail program.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The draft. It holds no link, because other users of the computer can read what a program is started with.
    pub draft: MailDraft,
    /// The link that the person puts into it, for the clipboard.
    pub link: Option<SecretUrl>,
}

/// How e-mail is set, and how it fared.
pub async fn get(context: &Context) -> Result<Mail, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let settings = context.store().mail_settings()?;
    let password_kept = match settings.smtp.user.as_str() {
        "" => false,
        _ => is_kept(context, settings.smtp.clone()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the keyring did not say whether it has the password of the mail server");
            false
        }),
    };
    Ok(Mail { channel: context.store().channel(Channel::Email)?, settings, password_kept })
}

async fn is_kept(context: &Context, server: SmtpAccount) -> Result<bool, Error> {
    let account = context.account().as_str().to_owned();
    with_secrets(context, move |secrets| {
        Ok::<_, SecretError>(password::kept(keyring(secrets)?, &account, &server)?.is_some())
    })
    .await
}

/// The host of the mail server that letters would go through from now on, where they do not go through it yet. Whoever
/// runs it reads them, so a person confirms it.
pub fn new_server(context: &Context, input: &MailInput) -> Result<Option<String>, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let wanted = MailSettings::check(input)?;
    let present = context.store().mail_settings()?;
    let host = wanted.server().map(|server| server.host.clone());
    Ok(host.filter(|host| present.server().is_none_or(|present| present.host != *host)))
}

/// Sets e-mail. It is on where Hajime sends the letters. Without a password, the one that is kept stays; one that was
/// entered for another server or user is not used.
pub async fn set(context: &Context, input: &MailInput, password: Option<SecretString>) -> Result<Mail, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let settings = MailSettings::check(input)?;
    if let Some(server) = settings.server() {
        let password = password.filter(|password| !password.expose_secret().is_empty());
        // The password is kept before the settings are: nothing is sent with another one.
        settle_password(context, server, password).await?;
    }
    context.store().set_mail(&settings, SENT_BY_HAND)?;
    changed(context);
    get(context).await
}

async fn settle_password(context: &Context, server: &SmtpAccount, password: Option<SecretString>) -> Result<(), Error> {
    let refused = |field, message: String, next| Err(Invalid::one(field, message, next).into());
    match (server.user.as_str(), password) {
        ("", None) => Ok(()),
        ("", Some(_)) => {
            let message = "There is a password and no user name.".to_owned();
            refused("smtp_user", message, "Enter the user name, or leave out the password.")
        }
        (_, Some(password)) => {
            password::checked(&password)?;
            let (account, server) = (context.account().as_str().to_owned(), server.clone());
            with_secrets(context, move |secrets| password::keep(keyring(secrets)?, &account, &server, &password)).await
        }
        (user, None) if is_kept(context, server.clone()).await? => {
            tracing::debug!(user_is_set = !user.is_empty(), "the password of the mail server stays");
            Ok(())
        }
        (user, None) => {
            let message = format!("No password of {user} at {} is kept.", server.host);
            refused("smtp_password", message, "Enter it. A password is kept for one mail server and user.")
        }
    }
}

/// Turns e-mail off and forgets its password. Who is written to stays as it was set. What waits is not sent.
pub async fn remove(context: &Context) -> Result<Mail, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    channels::remove(context, Channel::Email).await?;
    get(context).await
}

/// Sends a letter to an address, also in the quiet hours, and notes how it went.
pub async fn test(context: &Context, to: &str) -> Result<Attempt, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let to: Email = to.parse().map_err(|flaw: Flaw| {
        Invalid::one("mail_to", flaw.to_string(), "Write the address that gets the test as ann@example.org.")
    })?;
    let attempt = open(context, Channel::Email).await?.test_to(context, &to).await;
    let result = if matches!(attempt, Attempt::Accepted { .. }) { Ok(()) } else { Err(attempt.said()) };
    context.store().note_channel(Channel::Email, result, context.now())?;
    changed(context);
    Ok(attempt)
}

/// Makes a draft about a recording that can be watched: to the instructors, with the participants in blind copy, by the
/// settings. Where participants get a link, one is made.
pub async fn draft(context: &Context, id: RecordingId) -> Result<Draft, Error> {
    guard::allow_recording(context, Permission::InvitePeople, id)?;
    let recording = context.store().recording(id)?;
    let recording = recording.ok_or_else(|| Error::NotFound { what: "recording", id: id.to_string() })?;
    if recording.status() != Status::Ready {
        return Err(Error::NotReady { sentence: recording.sentence() });
    }
    let settings = context.store().mail_settings()?;
    let people = context.store().mail_recipients(recording.session, OutgoingKind::RecordingComplete)?;
    let (to, bcc) = (in_role(&people, Audience::Instructor), in_role(&people, Audience::Participant));
    let written = |place| {
        let facts = ready_facts(&recording.title, &recording, recording.expected_length(), place);
        let words = words::draft(&facts);
        MailDraft::new(&to, &bcc, &words.subject, &words.text).ok_or_else(|| too_many(&to, &bcc))
    };
    if settings.participants == ParticipantMail::Link && !bcc.is_empty() {
        // No link is made for a draft that mail programs would cut.
        written(Place::Pasted { until: end_of_direct_link(context.now()) })?;
        let (address, until) = link_for_letter(context, &recording, false).await?;
        return Ok(Draft { draft: written(Place::Pasted { until })?, link: Some(address) });
    }
    let only_instructors = bcc.is_empty() && !to.is_empty();
    Ok(Draft { draft: written(if only_instructors { Place::Hajime } else { Place::Instructor })?, link: None })
}

fn too_many(to: &[Email], bcc: &[Email]) -> Error {
    let people = to.len().saturating_add(bcc.len());
    Error::Conflict {
        message: format!(
            "The addresses of {people} people do not fit into a draft, because mail programs cut long ones."
        ),
        next: "Have Hajime send the letters, under Settings, E-mail. Or copy a link and write to them yourself.",
    }
}

fn in_role(people: &[Recipient], audience: Audience) -> Vec<Email> {
    let wanted = people.iter().filter(|one| one.audience == audience);
    wanted.filter_map(|one| one.address.parse().ok()).collect()
}

fn changed(context: &Context) {
    context.changed(&[Topic::Deliveries]);
    context.wake_jobs();
}
