//! Several recordings that become ready within an hour make one message for each person, and not one each.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::delivery::outgoing_event::OutgoingKind;
use crate::domain::delivery::queued::QueuedDelivery;

/// The shortest time between two messages to one person about recordings that are ready.
pub const DIGEST_PERIOD: TimeDelta = TimeDelta::hours(1);

/// Until when the next message about ready recordings waits, given when the last one to the same person was accepted.
/// The first goes at once; what follows within the hour goes together when the hour is over.
#[must_use]
pub fn held_until(last_accepted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = last_accepted.filter(|last| is_within(*last, DIGEST_PERIOD, now))?;
    Some(last.later(DIGEST_PERIOD)).filter(|until| *until > now)
}

/// Puts deliveries together that go as one message: those about ready recordings to the same recipient of a channel
/// that [digests](crate::domain::delivery::channel::Channel::digests). Every other one goes alone. The order stays.
#[must_use]
pub fn messages(due: Vec<QueuedDelivery>) -> Vec<Vec<QueuedDelivery>> {
    let mut all: Vec<Vec<QueuedDelivery>> = Vec::new();
    for delivery in due {
        let fits = |message: &&mut Vec<QueuedDelivery>| {
            message.first().is_some_and(|first| {
                is_digested(first)
                    && is_digested(&delivery)
                    && (first.channel, &first.recipient) == (delivery.channel, &delivery.recipient)
            })
        };
        match all.iter_mut().find(fits) {
            Some(message) => message.push(delivery),
            None => all.push(vec![delivery]),
        }
    }
    all
}

/// Whether a delivery may share a message with others.
#[must_use]
pub fn is_digested(delivery: &QueuedDelivery) -> bool {
    delivery.channel.digests() && delivery.event.facts.kind() == OutgoingKind::RecordingComplete
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::channel::Channel;
    use crate::domain::delivery::outgoing_event::{EventFacts, EventSubject, OutgoingEvent};
    use crate::domain::delivery::queued::DeliveryState;
    use crate::domain::ids::EventId;
    use crate::domain::recorder::recording::Recording;
    use crate::domain::recorder::stage::Stage;

    fn now() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn delivery(id: i64, channel: Channel, recipient: &str, ready: bool) -> QueuedDelivery {
        let recording = Recording::example(Stage::Ready, now());
        let facts = if ready {
            EventFacts::complete(&recording, now())
        } else {
            EventFacts::failed(&recording, String::new(), now())
        };
        QueuedDelivery {
            id,
            event: OutgoingEvent { id: EventId::new(), subject: EventSubject::Recording(recording.id), facts },
            channel,
            recipient: recipient.to_owned(),
            state: DeliveryState::Waiting,
            attempts: 0,
            next_attempt: Some(now()),
            retry_until: now(),
            last_answer: None,
            created_at: now(),
            sent_at: None,
        }
    }

    #[test]
    fn ready_recordings_for_one_person_make_one_mail_and_everything_else_goes_alone() {
        let all = vec![
            delivery(1, Channel::Email, "ann@example.org", true),
            delivery(2, Channel::Email, "bo@example.org", true),
            delivery(3, Channel::Email, "ann@example.org", true),
            delivery(4, Channel::Email, "ann@example.org", false),
            delivery(5, Channel::Webhook, "example.org", true),
            delivery(6, Channel::Webhook, "example.org", true),
        ];
        let ids = |message: &Vec<QueuedDelivery>| message.iter().map(|one| one.id).collect::<Vec<_>>();
        let together: Vec<_> = messages(all).iter().map(ids).collect();
        assert_eq!(together, [vec![1, 3], vec![2], vec![4], vec![5], vec![6]]);
    }

    #[test]
    fn the_first_mail_goes_at_once_and_the_next_when_the_hour_is_over() {
        assert_eq!(held_until(None, now()), None);
        let last = now() - TimeDelta::minutes(20);
        assert_eq!(held_until(Some(last), now()), Some(now() + TimeDelta::minutes(40)));
        assert_eq!(held_until(Some(now() - DIGEST_PERIOD), now()), None);
        assert_eq!(
            held_until(Some(now() + TimeDelta::days(2)), now()),
            None,
            "a clock that was set back holds nothing"
        );
    }
}
