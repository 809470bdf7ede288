//! Sends the events that wait in the table of deliveries, through every channel that is on.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::attempt::{self, Attempt};
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::delivery::digest;
use crate::domain::delivery::outgoing_event::{EventFacts, EventSubject, OutgoingKind};
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::delivery::retry_schedule::ASKED_WAIT_MAX;
use crate::domain::ids::AlertId;
use crate::domain::recorder::recording::{Recording, Status};
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Work};
use crate::ports::Topic;
use crate::recorder::attempts;
use crate::recorder::channels::{self, OpenChannel};

/// The most deliveries of a channel that are read at once.
const MAX_AT_ONCE: u32 = 50;
/// How long a channel rests whose receiver did not take the last event, and one whose secret the keyring does not give.
const REST_AFTER_FAILURE: TimeDelta = TimeDelta::minutes(1);
/// How long a failure waits while another attempt to record may follow.
const WAIT_FOR_END_OF_SESSION: TimeDelta = TimeDelta::seconds(15);
/// How long a run sends through a channel before the rest waits for the next run. The other channels wait for the end
/// of the run, and the driver cancels a run of an hour, which could be in the middle of a letter.
const LONGEST_RUN: Duration = Duration::from_secs(60);
/// The time between two looks where nothing waits.
const IDLE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Sends what is due.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    clock_moved: bool,
}

impl Job for Deliveries {
    const NAME: JobName = JobName { id: "deliveries", title: "Messages by e-mail, Slack and webhook" };
    const ACTIVITY: &'static str = "telling people by e-mail, Slack and webhook";
    const GROUP: Group = Group::Outward;
    const PATIENCE: Patience = Patience::Beside(Duration::ZERO);
    // A receiver that does not answer says nothing about Cloudflare.
    const CONCERN: Concern = Concern::Data;

    fn due(&self, context: &Context) -> Due {
        match context.store().next_delivery() {
            _ if self.clock_moved => Due::EveryTick { next: None },
            Ok(Some(next)) => Due::At(next),
            Ok(None) => Due::At(context.now().later(IDLE_INTERVAL)),
            Err(_) => Due::EveryTick { next: None },
        }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        if std::mem::take(&mut self.clock_moved) {
            context.store().bring_deliveries_into_the_present(now, ASKED_WAIT_MAX)?;
        }
        // Only one run at a time sends, in the one process that holds the lease: whatever is being sent now was left by
        // one that ended.
        context.store().resume_deliveries(now)?;
        let [webhook, slack, email] = Channel::ALL.map(|channel| deliver(context, channel));
        let (webhook, slack, email) = tokio::join!(webhook, slack, email);
        let mut trouble = None;
        for result in [webhook, slack, email] {
            trouble = trouble.or(result?);
        }
        Ok(Report { work: Work::Local, trouble })
    }

    fn clock_moved(&mut self) {
        self.clock_moved = true;
    }
}

/// Sends what is due in a channel. Answers with what keeps the whole channel from sending.
async fn deliver(context: &Context, channel: Channel) -> Result<Option<UserError>, Error> {
    let mut open: Option<OpenChannel> = None;
    let began = Instant::now();
    // Whatever is looked at is not due any more afterwards, so this ends.
    loop {
        let due = context.store().due_deliveries(channel, context.now(), MAX_AT_ONCE)?;
        if due.is_empty() {
            return Ok(None);
        }
        for message in digest::messages(due) {
            let message = worth_saying(context, channel, message)?;
            if message.is_empty() {
                continue;
            }
            let opened = match &open {
                Some(opened) => opened,
                None => match channels::open(context, channel).await {
                    Ok(opened) => open.insert(opened),
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(error) => {
                        context.store().put_off_channel(channel, context.now().later(REST_AFTER_FAILURE))?;
                        return Ok(Some(UserError::from(&error)));
                    }
                },
            };
            let takes_more = send(context, channel, opened, message).await?;
            context.changed(&[Topic::Deliveries]);
            if !takes_more || began.elapsed() > LONGEST_RUN {
                return Ok(None);
            }
        }
    }
}

/// Sends one message. Answers whether the receiver takes more.
async fn send(
    context: &Context,
    channel: Channel,
    opened: &OpenChannel,
    message: Vec<QueuedDelivery>,
) -> Result<bool, Error> {
    let store = context.store();
    // What takes long is done before the attempt begins: where the process ends meanwhile, nothing was sent, and the
    // deliveries still wait.
    let prepared = match opened.prepare(context, &message).await {
        Err(error @ Error::Store(_)) => return Err(error),
        prepared => prepared,
    };
    let mut begun = Vec::new();
    for delivery in message {
        if let Some(attempts) = store.begin_delivery(delivery.id)? {
            begun.push(QueuedDelivery { attempts, ..delivery });
        }
    }
    let (attempt, takes_more) = match prepared {
        Ok(prepared) => {
            let Some(attempt) = opened.send(context, &begun, prepared).await else { return Ok(true) };
            let takes_more = matches!(attempt, Attempt::Accepted { .. } | Attempt::Refused { .. });
            (attempt, takes_more)
        }
        // Nothing was sent. The others may well be.
        Err(error) => (Attempt::Later { said: error.message(), after: None }, true),
    };
    let now = context.now();
    let rest = match &attempt {
        _ if takes_more => None,
        Attempt::Accepted { .. } | Attempt::Refused { .. } | Attempt::Gone { .. } => None,
        Attempt::Later { after: Some(after), .. } => Some((*after).min(ASKED_WAIT_MAX)),
        Attempt::Later { after: None, .. } | Attempt::Unknown { .. } => Some(REST_AFTER_FAILURE),
    };
    if let Some(rest) = rest {
        // What was just attempted does not wait at this moment, so it keeps its own time.
        store.put_off_channel(channel, now.later(rest))?;
    }
    for delivery in &begun {
        let outcome = attempt::outcome(channel, &attempt, delivery.attempts, delivery.retry_until, now);
        tracing::debug!(delivery = delivery.id, %channel, state = outcome.state.name(), "a delivery was attempted");
        store.end_delivery(delivery.id, channel, &outcome, now)?;
    }
    if let Attempt::Gone { said } = &attempt {
        // It wants no more, so nothing more is queued for it until a person turns it on again.
        store.change_channel(channel, said, |settings| settings.is_on = false)?;
    }
    Ok(takes_more)
}

/// The deliveries of a message that are to be sent now. The others are put off or stopped.
fn worth_saying(
    context: &Context,
    channel: Channel,
    message: Vec<QueuedDelivery>,
) -> Result<Vec<QueuedDelivery>, Error> {
    let store = context.store();
    let settings = store.channel(channel)?;
    let mut now_sent = Vec::new();
    for delivery in message {
        match verdict(context, &settings, &delivery)? {
            Verdict::Send => now_sent.push(delivery),
            Verdict::Wait(until) => store.put_off_delivery(delivery.id, until)?,
            Verdict::Stop(why) => store.stop_delivery(delivery.id, &why)?,
        }
    }
    Ok(now_sent)
}

enum Verdict {
    Send,
    Wait(DateTime<Utc>),
    Stop(String),
}

fn verdict(context: &Context, settings: &ChannelSettings, delivery: &QueuedDelivery) -> Result<Verdict, Error> {
    let now = context.now();
    if !settings.is_on {
        return Ok(Verdict::Stop(format!("{} is off.", settings.channel.title())));
    }
    let rings = matches!(&delivery.event.facts, EventFacts::Alert(facts) if facts.breaks_quiet);
    if let Some(over) = settings.quiet.filter(|_| !rings).and_then(|quiet| quiet.over_at(now)) {
        return Ok(Verdict::Wait(over));
    }
    if let EventSubject::Alert(id) = delivery.event.subject {
        return Ok(not_worth_telling(context, id, delivery)?.map_or(Verdict::Send, |why| Verdict::Stop(why.to_owned())));
    }
    if delivery.channel == Channel::Email
        && let Some(why) = not_worth_a_letter(context, delivery)?
    {
        return Ok(Verdict::Stop(why.to_owned()));
    }
    if digest::is_digested(delivery) {
        let last = context.store().last_accepted(delivery.channel, &delivery.recipient)?;
        if let Some(until) = digest::held_until(last, now) {
            return Ok(Verdict::Wait(until));
        }
    }
    if delivery.event.facts.kind() == OutgoingKind::RecordingFailed
        && let Some(recording) = recording_of(context, delivery)?
    {
        // While the session is live, another attempt may follow. What is said of failures on the desktop holds here,
        // too.
        if attempts::is_on(context, &recording)? {
            return Ok(Verdict::Wait(now.later(WAIT_FOR_END_OF_SESSION)));
        }
        if attempts::is_superseded(context, &recording)? {
            return Ok(Verdict::Stop("Another recording of the class stands for it.".into()));
        }
        if recording.deleted_at().is_some() {
            return Ok(Verdict::Stop("Its video was deleted from Stream.".into()));
        }
    }
    Ok(Verdict::Send)
}

fn recording_of(context: &Context, delivery: &QueuedDelivery) -> Result<Option<Recording>, Error> {
    Ok(delivery.event.recording().map(|id| context.store().recording(id)).transpose()?.flatten())
}

/// Why nobody is told of an alert any more; `None` where it is worth telling. Nobody hears of an end without a beginning.
fn not_worth_telling(context: &Context, id: AlertId, delivery: &QueuedDelivery) -> Result<Option<&'static str>, Error> {
    let store = context.store();
    let QueuedDelivery { channel, recipient, .. } = delivery;
    if *channel == Channel::Email && !store.alert_mail_recipients()?.contains(recipient) {
        return Ok(Some("This person is not told of alerts any more, by the settings."));
    }
    if delivery.event.facts.kind() == OutgoingKind::AlertClosed {
        let told = store.opening_left(id, *channel, recipient)?;
        return Ok((!told).then_some("Its beginning was not told."));
    }
    let is_open = store.alert(id)?.is_some_and(|alert| alert.is_open());
    Ok((!is_open).then_some("It was over before it could be told."))
}

/// Why nobody is written to about a delivery any more; `None` where it is worth a letter.
fn not_worth_a_letter(context: &Context, delivery: &QueuedDelivery) -> Result<Option<&'static str>, Error> {
    let Some(recording) = recording_of(context, delivery)? else {
        return Ok(Some("Hajime has its recording no longer."));
    };
    let kind = delivery.event.facts.kind();
    let told = context.store().mail_recipients(recording.session, kind)?;
    if !told.iter().any(|one| one.address == delivery.recipient) {
        return Ok(Some("This person is not told of it any more, by the list of the class and the settings."));
    }
    let is_ready = recording.status() == Status::Ready;
    Ok((kind == OutgoingKind::RecordingComplete && !is_ready).then_some("The recording cannot be watched any more."))
}
