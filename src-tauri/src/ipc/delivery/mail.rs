//! E-mail: setting it up, testing it, looking at the letters, and drafts for a person’s mail program.

use hajime_core::actions::delivery::mail::{self, Draft, Mail};
use hajime_core::actions::delivery::mail_preview::{self, MailPreview, PreviewedLetter};
use hajime_core::actions::delivery::participants;
use hajime_core::actions::schedule::roster;
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::domain::delivery::mail_draft::MailDraft;
use hajime_core::domain::delivery::mail_settings::{MailInput, MailSender, MailSettings, ParticipantMail};
use hajime_core::domain::delivery::smtp_security::SmtpSecurity;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::{ChannelSettingsDto, TestAnswerDto};
use crate::accounts::Accounts;
use crate::ipc::schedule::roster::RosterDto;
use crate::ipc::{copy, id};
use crate::platform::{ask, browser};

hajime_macros::commands![mail_get, mail_save, mail_remove, mail_test, mail_preview, mail_draft, session_mails_set];

/// How e-mail is set, and how it fared.
#[hajime_macros::command]
pub(crate) async fn mail_get(accounts: State<'_, Accounts>) -> Result<MailDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(mail::get(context).await?.into())
}

/// Sets e-mail. A mail server that letters do not go through yet is confirmed in a dialog of the system first. The
/// password goes to the keyring; `null` keeps the one that is there.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn mail_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    input: MailInputDto,
) -> Result<MailDto, UserError> {
    let context = &accounts.current().await?.context;
    let MailInputDto { settings, password } = input;
    let settings = settings.into();
    if let Some(host) = mail::new_server(context, &settings)?
        && !ask::mail_server(&app, &host).await
    {
        return Err(UserError::new(
            ErrorCode::NotConfirmed,
            "E-mail was not changed, because the question about the mail server was not answered with “Use this server”.",
            "Save it again, and check the question.",
        ));
    }
    Ok(mail::set(context, &settings, password).await?.into())
}

/// Turns e-mail off and forgets the password of the mail server. What waits is not sent.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn mail_remove(accounts: State<'_, Accounts>) -> Result<MailDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(mail::remove(context).await?.into())
}

/// Sends a test to an address. The answer is that of Cloudflare or of the mail server.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn mail_test(accounts: State<'_, Accounts>, to: String) -> Result<TestAnswerDto, UserError> {
    let context = &accounts.current().await?.context;
    let attempt = mail::test(context, &to).await?;
    Ok(TestAnswerDto { accepted: matches!(attempt, Attempt::Accepted { .. }), said: attempt.said().to_owned() })
}

/// The letters that would be written with these settings, and to whom; with those that are saved where none are given.
#[hajime_macros::command]
pub(crate) async fn mail_preview(
    accounts: State<'_, Accounts>,
    input: Option<MailInputDto>,
) -> Result<MailPreviewDto, UserError> {
    let context = &accounts.current().await?.context;
    let settings = input.map(|input| MailInput::from(input.settings));
    Ok(mail_preview::preview(context, settings.as_ref())?.into())
}

/// Opens a draft about a recording in the person’s mail program. Where the draft needs a link, the link is copied to the
/// clipboard, because other users of the computer can read what a program is started with.
#[hajime_macros::command]
pub(crate) async fn mail_draft(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
) -> Result<(), UserError> {
    let context = &accounts.current().await?.context;
    let Draft { draft, link } = mail::draft(context, id(&recording_id)?).await?;
    if link.is_some_and(|link| !copy(&app, link.expose())) {
        return Err(UserError::new(
            ErrorCode::Clipboard,
            "The link for the letter could not be copied to the clipboard, so no draft was opened.",
            "Make a link on the recording’s page, and write the letter by hand.",
        ));
    }
    open_draft(&app, &draft)
}

/// Opens a draft in the person’s mail program.
pub(in crate::ipc) fn open_draft(app: &AppHandle, draft: &MailDraft) -> Result<(), UserError> {
    if browser::write_mail(app, draft) {
        return Ok(());
    }
    Err(UserError::new(
        ErrorCode::Conflict,
        "No mail program could be opened.",
        "Choose a mail program for mailto: addresses in the settings of this computer, or write the letter by hand.",
    ))
}

/// Says for one class whether its participants get e-mail about its recording.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_mails_set(
    accounts: State<'_, Accounts>,
    session_id: String,
    mailed: bool,
) -> Result<RosterDto, UserError> {
    let context = &accounts.current().await?.context;
    let session = id(&session_id)?;
    participants::set_mailed(context, session, mailed)?;
    Ok(roster::get(context, session)?.into())
}

/// Who sends the letters. With `program`, a person does in their mail program, and nothing is sent by itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "MailSender")]
pub(crate) enum MailSenderDto {
    Cloudflare,
    Smtp,
    Program,
}

impl From<MailSenderDto> for MailSender {
    fn from(sender: MailSenderDto) -> Self {
        match sender {
            MailSenderDto::Cloudflare => Self::Cloudflare,
            MailSenderDto::Smtp => Self::Smtp,
            MailSenderDto::Program => Self::Program,
        }
    }
}

impl From<MailSender> for MailSenderDto {
    fn from(sender: MailSender) -> Self {
        match sender {
            MailSender::Cloudflare => Self::Cloudflare,
            MailSender::Smtp => Self::Smtp,
            MailSender::Program => Self::Program,
        }
    }
}

/// How the connection to a mail server is encrypted. Only one on this computer is reached without.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "SmtpSecurity")]
pub(crate) enum SmtpSecurityDto {
    Tls,
    StartTls,
    None,
}

impl From<SmtpSecurityDto> for SmtpSecurity {
    fn from(security: SmtpSecurityDto) -> Self {
        match security {
            SmtpSecurityDto::Tls => Self::Tls,
            SmtpSecurityDto::StartTls => Self::StartTls,
            SmtpSecurityDto::None => Self::None,
        }
    }
}

impl From<SmtpSecurity> for SmtpSecurityDto {
    fn from(security: SmtpSecurity) -> Self {
        match security {
            SmtpSecurity::Tls => Self::Tls,
            SmtpSecurity::StartTls => Self::StartTls,
            SmtpSecurity::None => Self::None,
        }
    }
}

/// What participants are written: nothing, a link of a day, or that they ask the instructor.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ParticipantMail")]
pub(crate) enum ParticipantMailDto {
    Nothing,
    Link,
    Ask,
}

impl From<ParticipantMailDto> for ParticipantMail {
    fn from(participants: ParticipantMailDto) -> Self {
        match participants {
            ParticipantMailDto::Nothing => Self::Nothing,
            ParticipantMailDto::Link => Self::Link,
            ParticipantMailDto::Ask => Self::Ask,
        }
    }
}

impl From<ParticipantMail> for ParticipantMailDto {
    fn from(participants: ParticipantMail) -> Self {
        match participants {
            ParticipantMail::Nothing => Self::Nothing,
            ParticipantMail::Link => Self::Link,
            ParticipantMail::Ask => Self::Ask,
        }
    }
}

/// How e-mail is set. An empty text stands for none.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct MailSettingsDto {
    sender: MailSenderDto,
    from_name: String,
    from_address: String,
    smtp_host: String,
    smtp_port: u32,
    smtp_security: SmtpSecurityDto,
    smtp_user: String,
    /// The address of the instructor, for classes whose list has no host with an address.
    instructor: String,
    /// The address of the administrator, who hears of failures beside the instructor.
    admin: String,
    participants: ParticipantMailDto,
}

impl From<MailSettingsDto> for MailInput {
    fn from(settings: MailSettingsDto) -> Self {
        Self {
            sender: settings.sender.into(),
            from_name: settings.from_name,
            from_address: settings.from_address,
            smtp_host: settings.smtp_host,
            smtp_port: settings.smtp_port,
            smtp_security: settings.smtp_security.into(),
            smtp_user: settings.smtp_user,
            instructor: settings.instructor,
            admin: settings.admin,
            participants: settings.participants.into(),
        }
    }
}

impl From<MailSettings> for MailSettingsDto {
    fn from(settings: MailSettings) -> Self {
        let input = settings.input();
        Self {
            sender: input.sender.into(),
            from_name: input.from_name,
            from_address: input.from_address,
            smtp_host: input.smtp_host,
            smtp_port: input.smtp_port,
            smtp_security: input.smtp_security.into(),
            smtp_user: input.smtp_user,
            instructor: input.instructor,
            admin: input.admin,
            participants: input.participants.into(),
        }
    }
}

#[derive(Debug, Deserialize, TS)]
pub(crate) struct MailInputDto {
    settings: MailSettingsDto,
    /// The password of the mail server; `null` keeps the one that is kept.
    #[ts(type = "string | null")]
    password: Option<SecretString>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MailDto {
    channel: ChannelSettingsDto,
    settings: MailSettingsDto,
    /// Whether the keyring has the password for the mail server and user of the settings.
    password_kept: bool,
}

impl From<Mail> for MailDto {
    fn from(Mail { channel, settings, password_kept }: Mail) -> Self {
        Self { channel: channel.into(), settings: settings.into(), password_kept }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LetterDto {
    /// When it is written, for example “A recording is ready”.
    occasion: String,
    /// To whom, in words.
    to: String,
    subject: String,
    text: String,
    html: String,
}

impl From<PreviewedLetter> for LetterDto {
    fn from(PreviewedLetter { occasion, to, subject, text, html }: PreviewedLetter) -> Self {
        Self { occasion, to, subject, text, html }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MailPreviewDto {
    letters: Vec<LetterDto>,
    /// Why nobody would be written to, in one sentence.
    nobody: Option<String>,
}

impl From<MailPreview> for MailPreviewDto {
    fn from(MailPreview { letters, nobody }: MailPreview) -> Self {
        Self { letters: letters.into_iter().map(LetterDto::from).collect(), nobody }
    }
}
