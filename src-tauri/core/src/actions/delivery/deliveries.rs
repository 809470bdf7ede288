//! The events on their way out: what became of them, and sending one again.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::outgoing_event::EventFacts;
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::ids::RecordingId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Status;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::explanation;

/// The newest deliveries.
pub fn list(context: &Context, limit: u32) -> Result<Vec<QueuedDelivery>, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    Ok(context.store().deliveries(limit)?)
}

/// One delivery.
pub fn get(context: &Context, id: i64) -> Result<QueuedDelivery, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    context.store().delivery(id)?.ok_or_else(|| Error::NotFound { what: "delivery", id: id.to_string() })
}

/// Sends a delivery again, with the id that its event has. The process that runs the jobs does it at once.
pub fn retry(context: &Context, id: i64) -> Result<QueuedDelivery, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    get(context, id)?;
    if !context.store().send_again(id, context.now())? {
        return Err(DeliveryRefusal::BeingSent(id).into());
    }
    woken(context);
    get(context, id)
}

/// Sends the last event of a recording again to every channel that is on, with the id that it has. One that happened
/// while no channel was on gets its id now. A person who got it by e-mail, or may have got it, is not written to again.
pub fn replay(context: &Context, id: RecordingId) -> Result<Vec<QueuedDelivery>, Error> {
    guard::allow_recording(context, Permission::ManageChannels, id)?;
    let recording = context.store().recording(id)?;
    let recording = recording.ok_or_else(|| Error::NotFound { what: "recording", id: id.to_string() })?;
    let sentence = explanation::sentence(context, &recording)?;
    let now = context.now();
    let facts = match recording.status() {
        Status::Ready => Some(EventFacts::complete(&recording, recording.stage_since)),
        Status::Failed => Some(EventFacts::failed(&recording, sentence, recording.stage_since)),
        Status::Recording | Status::Processing => None,
    };
    let has_event = facts.is_some();
    let queued = context.store().replay(&recording, now, || facts)?;
    if queued.is_empty() {
        let mails = context.store().channel(Channel::Email)?.is_on;
        return Err(match (has_event, mails) {
            (false, _) => DeliveryRefusal::NoEvent(recording.title),
            (true, true) => DeliveryRefusal::Nobody(recording.title),
            (true, false) => DeliveryRefusal::NoChannel,
        }
        .into());
    }
    woken(context);
    Ok(queued)
}

fn woken(context: &Context) {
    context.changed(&[Topic::Deliveries]);
    context.wake_jobs();
}
