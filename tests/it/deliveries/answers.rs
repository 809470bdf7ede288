//! What a receiver may answer, and what follows.

use hajime_core::actions::delivery::{channels, deliveries};
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::queued::DeliveryState;
use hajime_core::domain::delivery::quiet_hours::QuietHours;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::stage::Observation;

use super::receiver::Answer;
use super::{Told, is_written_in};
use crate::support::Cloud;

fn state(told: &Told) -> (DeliveryState, u32, String) {
    let delivery = told.newest();
    (delivery.state, delivery.attempts, delivery.last_answer.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_receiver_is_left_alone_for_as_long_as_it_asks() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(429).with("retry-after", "900")]);
    told.ready("Karate");
    told.ready("Aikido");
    told.send().await;
    assert_eq!(told.receiver.count(), 1, "the second event waits, too");
    told.pass(890).await;
    assert_eq!(told.receiver.count(), 1);
    told.pass(11).await;
    let events = told.receiver.events();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].id(), events[1].id(), "the same event has the same id");
    assert!(told.webhook().iter().all(|one| one.state == DeliveryState::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_receiver_gets_the_event_again_for_three_days() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer((0..100).map(|_| Answer::of(500).saying("no database")));
    told.ready("Karate");
    told.send().await;
    assert_eq!(state(&told), (DeliveryState::Waiting, 1, "Answered 500. It said: no database".into()));
    told.pass(5).await;
    assert_eq!(state(&told).1, 2, "soon at first");
    for _ in 0..80 {
        told.pass(3_600).await;
    }
    let (state, attempts, said) = state(&told);
    assert_eq!(state, DeliveryState::Failed);
    assert!((10..=12).contains(&attempts), "{attempts}");
    assert!(said.starts_with("Given up after"), "{said}");
    assert_eq!(told.receiver.log().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_is_not_asked_again_until_a_person_sends_it_again() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(401).saying("bad signature")]);
    told.ready("Karate");
    told.send().await;
    assert_eq!(state(&told), (DeliveryState::Failed, 1, "Answered 401. It said: bad signature".into()));
    told.pass(400_000).await;
    assert_eq!(told.receiver.count(), 1);
    let again = deliveries::retry(&told.desk.context, told.newest().id).unwrap();
    assert_eq!(again.state, DeliveryState::Waiting);
    told.send().await;
    assert_eq!(state(&told).0, DeliveryState::Accepted);
    assert_eq!(told.receiver.log().into_values().collect::<Vec<_>>(), [2], "one id, twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_wants_no_more_gets_no_more() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(410)]);
    for title in ["Karate", "Aikido"] {
        told.ready(title);
    }
    told.send().await;
    told.ready("Judo");
    told.pass(100_000).await;
    assert_eq!(told.receiver.count(), 1);
    assert!(told.webhook().iter().all(|one| one.state == DeliveryState::Stopped));
    assert_eq!(told.webhook().len(), 2, "nothing is queued any more");
    let channel = channels::get(&told.desk.context, Channel::Webhook).unwrap();
    assert!(!channel.is_on && channel.last_error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_followed_nowhere_and_tried_again() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(307).with("location", &told.receiver.slack())]);
    told.ready("Karate");
    told.send().await;
    assert_eq!(told.receiver.messages().len(), 0);
    let (state, _, said) = state(&told);
    assert_eq!(state, DeliveryState::Waiting);
    assert!(said.contains("redirect"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_200_with_an_error_is_accepted_and_shown() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(200).saying("{\"error\": \"unknown recording\"}")]);
    told.ready("Karate");
    told.send().await;
    let (state, _, said) = state(&told);
    assert_eq!(state, DeliveryState::Accepted);
    assert!(said.contains("unknown recording"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_recording_arrive_in_the_order_in_which_they_happened() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.receiver.answer([Answer::of(500)]);
    let id = super::importing(&told.desk, "Karate");
    told.see(id, Observation::VideoFailed(Cause::EncodingFailed));
    told.send().await;
    told.see(id, Observation::RetryAsked);
    told.see(id, Observation::ImportAsked);
    told.see(id, Observation::VideoPlayable(hajime_core::domain::recorder::stage::Percent::clamped(100.0)));
    told.send().await;
    assert_eq!(told.receiver.count(), 1, "the second event waits for the first");
    told.pass(120).await;
    told.pass(120).await;
    let kinds: Vec<_> = told.receiver.events().iter().map(|event| event.json()["event"].clone()).collect();
    assert_eq!(kinds, ["recording.failed", "recording.failed", "recording.complete"]);
    let failed = told.receiver.events()[0].json();
    let mut names: Vec<&String> = failed["data"].as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["error", "recordingId", "roomId", "timestamp"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_events_back_until_they_are_over() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let now = told.desk.context.now();
    let clock = |hours| (now + chrono::TimeDelta::hours(hours)).format("%H:%M").to_string();
    let quiet = QuietHours::parse(&clock(-1), &clock(2), "UTC").unwrap();
    channels::set_quiet_hours(&told.desk.context, Channel::Webhook, Some(quiet)).unwrap();
    told.ready("Karate");
    told.send().await;
    told.pass(3_600).await;
    assert_eq!(told.receiver.count(), 0);
    told.pass(3_700).await;
    assert_eq!(told.receiver.count(), 1);
    assert_eq!(state(&told).1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_is_told_in_its_own_words_what_is_wrong() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    channels::remove(&told.desk.context, Channel::Webhook).await.unwrap();
    told.turn_slack_on().await;
    let slack = |told: &Told| {
        let newest = deliveries::list(&told.desk.context, 1).unwrap().remove(0);
        (newest.state, newest.last_answer.unwrap_or_default())
    };
    for (answer, state, words) in [
        (Answer::of(400).saying("invalid_payload"), DeliveryState::Failed, "does not understand the message"),
        (Answer::of(404).saying("no_service"), DeliveryState::Failed, "the address was revoked"),
        (Answer::of(200).saying("<html>Sign in</html>"), DeliveryState::Waiting, "Something else than Slack answered"),
        (Answer::of(429).with("retry-after", "30"), DeliveryState::Waiting, "Answered 429"),
        (Answer::of(410).saying("channel_is_archived"), DeliveryState::Stopped, "the channel is archived"),
    ] {
        told.receiver.answer([answer]);
        told.ready("Karate");
        told.pass(86_400).await;
        let (found, said) = slack(&told);
        assert_eq!(found, state, "{said}");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("s3cretOfSlack"), "{said}");
        // What waits would be sent before the next one.
        told.pass(86_400).await;
    }
    assert!(!channels::get(&told.desk.context, Channel::Slack).unwrap().is_on);
    for secret in ["s3cretOfSlack", &told.secret] {
        assert!(!is_written_in(told.folder.path(), secret));
    }
}
