//! Writes the letters about recordings and hands them to Cloudflare or to the mail server. What a letter says depends
//! on who reads it.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::cloudflare::DeliveryStatus;
use crate::context::Context;
use crate::delivery::email::password;
use crate::delivery::email::smtp::{self, SmtpServer};
use crate::delivery::email::words::{self, ClassFacts, FailedFacts, Place, ReadyFacts, Words};
use crate::delivery::unusable::Unusable;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::letter::{Letter, Mailbox, Unsubscribe};
use crate::domain::delivery::mail_recipients::Audience;
use crate::domain::delivery::mail_settings::{MailSender, MailSettings, ParticipantMail};
use crate::domain::delivery::outgoing_event::{AlertFacts, EventFacts};
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::ids::{EventId, LinkId};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::schedule::person::Email;
use crate::domain::sharing::link::ShareLink;
use crate::domain::sharing::rights::Rights;
use crate::error::Error;
use crate::ports::{SecretError, SecretStore};
use crate::recorder::playback::{
    Signed, Watchable, Wish, end_of_direct_link, note_link, sign, sign_with_new_key, signing_time, watchable,
};
use crate::recorder::signing_keys::Signing;
use crate::recorder::watch_links::{self, Made};
use crate::secret_url::SecretUrl;

/// What to do about a failure whose recording moved on meanwhile.
const LOOK_IT_UP: &str = "Open it in Hajime to see how far it is now.";

/// How often a letter is tried that waits for the door. Then it leaves with a link of a day.
const DOOR_ATTEMPTS: u32 = 3;

/// Sends letters as e-mail is set.
pub(crate) struct Mailer {
    settings: MailSettings,
    from: Mailbox,
    way: Way,
}

enum Way {
    Cloudflare,
    Smtp(SmtpServer),
}

/// What a letter tells of one delivery.
pub(crate) enum Item {
    /// A recording can be watched.
    Ready(ReadyFacts),
    /// A recording failed.
    Failed(FailedFacts),
    /// An alert, and the zone of the desk.
    Alert(AlertFacts, Tz),
}

impl Mailer {
    /// Opens e-mail as it is set, with the password from the keyring. This may wait for the keyring.
    pub(crate) fn open(
        settings: MailSettings,
        secrets: Option<&Arc<dyn SecretStore>>,
        account: &str,
    ) -> Result<Self, Unusable> {
        let from = settings.from().ok_or(DeliveryRefusal::Off(Channel::Email))?;
        let way = match settings.sender {
            MailSender::Program => return Err(DeliveryRefusal::Off(Channel::Email).into()),
            MailSender::Cloudflare => Way::Cloudflare,
            MailSender::Smtp => {
                let server = &settings.smtp;
                let no_password = || DeliveryRefusal::NoSmtpPassword(server.host.clone());
                let password = if server.user.is_empty() {
                    None
                } else {
                    let secrets = secrets.ok_or_else(|| SecretError::Unavailable("none was offered".into()))?;
                    Some(password::kept(secrets, account, server)?.ok_or_else(no_password)?)
                };
                Way::Smtp(SmtpServer {
                    host: server.host.clone(),
                    port: server.port,
                    security: server.security,
                    user: server.user.clone(),
                    password,
                })
            }
        };
        Ok(Self { settings, from, way })
    }

    /// Gathers what a letter tells of a delivery, and makes the link that it holds. Nothing is sent.
    pub(crate) async fn item(&self, context: &Context, delivery: &QueuedDelivery) -> Result<Item, Error> {
        let QueuedDelivery { event, recipient, .. } = delivery;
        if let EventFacts::Alert(facts) = &event.facts {
            // A desk has no zone of its own but the one of its quiet hours.
            let quiet = context.store().channel(Channel::Email)?.quiet;
            return Ok(Item::Alert(facts.clone(), quiet.map_or(Tz::UTC, |quiet| quiet.zone())));
        }
        let gone = || Error::NotFound { what: "recording", id: delivery.id.to_string() };
        let recording = event.recording().map(|id| context.store().recording(id)).transpose()?.flatten();
        let recording = recording.ok_or_else(gone)?;
        match &event.facts {
            EventFacts::Alert(_) => Err(gone()),
            EventFacts::Failed(facts) => Ok(Item::Failed(failed_facts(&facts.title, &recording, facts.error.clone()))),
            EventFacts::Complete(facts) => {
                let told = context.store().mail_recipients(recording.session, event.facts.kind())?;
                let audience = told.iter().find(|one| one.address == *recipient).map(|one| one.audience);
                let place = match (audience, self.settings.participants) {
                    (Some(Audience::Participant), ParticipantMail::Link) => {
                        let may_wait = delivery.attempts < DOOR_ATTEMPTS;
                        let (address, until) = link_for_letter(context, &recording, may_wait).await?;
                        Place::Link { address, until }
                    }
                    (Some(Audience::Participant), ParticipantMail::Ask | ParticipantMail::Nothing) | (None, _) => {
                        Place::Instructor
                    }
                    (Some(Audience::Instructor | Audience::Admin), _) => Place::Hajime,
                };
                let length = TimeDelta::try_seconds(facts.duration).unwrap_or_default();
                Ok(Item::Ready(ready_facts(&facts.title, &recording, length, place)))
            }
        }
    }

    /// Sends one letter that tells of these deliveries, which have one recipient.
    pub(crate) async fn send(&self, context: &Context, message: &[(QueuedDelivery, Item)]) -> Option<Attempt> {
        let (first, _) = message.first()?;
        let Ok(to) = first.recipient.parse::<Email>() else {
            return Some(Attempt::Refused { said: "This is not an e-mail address.".into() });
        };
        let mut ready = Vec::new();
        for (_, item) in message {
            match item {
                Item::Ready(facts) => ready.push(facts.clone()),
                // A failure goes alone.
                Item::Failed(facts) => {
                    return Some(self.post(context, self.letter(to, words::failed(facts), vec![first.event.id])).await);
                }
                // So does an alert.
                Item::Alert(facts, zone) => {
                    let words = words::alert(facts, *zone);
                    return Some(self.post(context, self.letter(to, words, vec![first.event.id])).await);
                }
            }
        }
        let events = message.iter().map(|(delivery, _)| delivery.event.id).collect();
        Some(self.post(context, self.letter(to, words::ready(&ready), events)).await)
    }

    /// Sends a letter that shows whether letters arrive. It goes to the sender where nobody else is named.
    pub(crate) async fn test(&self, context: &Context, to: Option<&Email>) -> Attempt {
        let to = to.unwrap_or(&self.from.address).clone();
        self.post(context, self.letter(to, words::test(), Vec::new())).await
    }

    /// Sends a letter of these words that tells of no recording.
    pub(crate) async fn write(&self, context: &Context, to: &Email, words: Words) -> Attempt {
        self.post(context, self.letter(to.clone(), words, Vec::new())).await
    }

    fn letter(&self, to: Email, words: Words, event_ids: Vec<EventId>) -> Letter {
        let Words { subject, text, html } = words;
        let unsubscribe = Some(Unsubscribe::Mail(self.from.address.clone()));
        Letter { from: self.from.clone(), to, subject, text, html, unsubscribe, event_ids }
    }

    async fn post(&self, context: &Context, letter: Letter) -> Attempt {
        match &self.way {
            Way::Cloudflare => context.cloudflare().send_email(&letter).await,
            Way::Smtp(server) => smtp::send(server, &letter, context.now()).await,
        }
    }
}

/// What a letter says about a recording that can be watched.
pub(crate) fn ready_facts(title: &str, recording: &Recording, length: TimeDelta, place: Place) -> ReadyFacts {
    ReadyFacts { class: class_facts(title, recording), length, place }
}

/// What a letter says about a recording that failed: the reason of that moment, and what to do now.
pub(crate) fn failed_facts(title: &str, recording: &Recording, reason: String) -> FailedFacts {
    let next = match recording.stage {
        Stage::Failed { cause, .. } => cause.next(),
        _ => LOOK_IT_UP,
    };
    FailedFacts { class: class_facts(title, recording), reason, next: next.to_owned() }
}

fn class_facts(title: &str, recording: &Recording) -> ClassFacts {
    ClassFacts {
        title: title.to_owned(),
        instructor: recording.instructor.clone(),
        held: recording.facts.started_at.unwrap_or(recording.created_at),
        zone: recording.timezone,
    }
}

/// A link for a letter, with its end: where there is a door, the watch link that letters about the recording carry; else one of a
/// day. Where the door does not know the watch link yet, the letter waits if it may.
pub(crate) async fn link_for_letter(
    context: &Context,
    recording: &Recording,
    may_wait: bool,
) -> Result<(SecretUrl, DateTime<Utc>), Error> {
    if watch_links::need_door(context).is_err() {
        return link_of_a_day(context, recording).await;
    }
    let video = watchable(context, recording)?;
    let rights = Rights::to_watch(false);
    play(context, video, Signing::ForDesk, &rights).await?;
    match watch_links::for_letters(context, recording).await {
        Ok(Made { link, url, waits: None }) => Ok((url, link.until)),
        Ok(Made { waits: Some(why), .. }) if may_wait => Err(Error::Conflict {
            message: format!("The door does not know the link of this letter yet: {}", why.message),
            next: "Hajime tries again by itself.",
        }),
        Err(error @ Error::Store(_)) => Err(error),
        waits => {
            let why = waits.err().map(|error| error.message());
            tracing::warn!(why, "a letter gets a link of a day, because the door has none for it");
            link_of_a_day(context, recording).await
        }
    }
}

/// Makes a link that plays a recording for a day from now, tests it and enters it in the ledger. Answers with its
/// address and its end.
async fn link_of_a_day(context: &Context, recording: &Recording) -> Result<(SecretUrl, DateTime<Utc>), Error> {
    let video = watchable(context, recording)?;
    let rights = Rights::to_watch(false);
    let (signed, expires_at) = play(context, video, Signing::ForLink(recording.id, None), &rights).await?;
    let link = ShareLink {
        id: LinkId::new(),
        recording: recording.id,
        recording_title: recording.title.clone(),
        video: video.id.clone(),
        kid: signed.kid.clone(),
        created_at: context.now().trunc_subsecs(3),
        expires_at,
        download: false,
    };
    note_link(context, &link, recording.session, &rights, &signed).await?;
    Ok((SecretUrl::new(&signed.urls.watch), expires_at))
}

/// Signs an address that plays a video for a day from now, and tests it. Answers with its end too.
async fn play(
    context: &Context,
    video: Watchable<'_>,
    signing: Signing<'_>,
    rights: &Rights,
) -> Result<(Signed, DateTime<Utc>), Error> {
    let issued_at = signing_time(context);
    let expires_at = end_of_direct_link(issued_at);
    let wish = Wish { signing, rights, issued_at, expires_at };
    let mut signed = sign(context, video, wish).await?;
    let mut status = context.cloudflare().check_delivery(&signed.urls.hls).await;
    if let Some(renewed) = sign_with_new_key(context, &status, &signed, video, wish).await? {
        signed = renewed;
        status = context.cloudflare().check_delivery(&signed.urls.hls).await;
    }
    match status? {
        DeliveryStatus::Playable => Ok((signed, expires_at)),
        DeliveryStatus::Refused(status) => Err(Error::LinkRefused { status }),
        DeliveryStatus::Failed => Err(Error::LinkRefused { status: 424 }),
        DeliveryStatus::NotReady(_) => {
            let sentence = "Cloudflare’s network does not have the video everywhere yet.".to_owned();
            Err(Error::NotReady { sentence })
        }
    }
}
