use super::*;
use crate::domain::delivery::attempt::{Attempt, outcome};
use crate::domain::delivery::mail_settings::{MailSender, ParticipantMail};
use crate::domain::ids::RecordingId;
use crate::domain::recorder::recording::Facts;
use crate::domain::recorder::stage::{Import, Observation, Percent};
use crate::domain::schedule::person::{Person, PersonInput, Role};
use crate::domain::schedule::session::{Plan, Session};
use crate::store::schedule::roster;

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

fn later(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

/// A database whose webhook and Slack are on.
fn store() -> Store {
    let store = Store::in_memory().unwrap();
    for channel in [Channel::Webhook, Channel::Slack] {
        store
            .change_channel(channel, "", |settings| {
                settings.is_on = true;
                settings.address =
                    (channel == Channel::Webhook).then(|| "https://api.example.org/hook".parse().unwrap());
            })
            .unwrap();
    }
    store
}

fn importing(store: &Store) -> RecordingId {
    let session = Session::new(Plan::example(now()), now());
    store.add_session(&session).unwrap();
    let stage = Stage::Importing(Import::Encoding(Percent::clamped(50.0)));
    let recording = Recording { session: session.id, ..Recording::example(stage, now()) };
    store.add_recording(&recording, "").unwrap();
    recording.id
}

fn see(store: &Store, id: RecordingId, seen: Observation) {
    store.observe(id, seen, now(), "Seen.", |_: &mut Facts| {}).unwrap().unwrap();
}

fn ready() -> Observation {
    Observation::VideoPlayable(Percent::clamped(100.0))
}

fn of(store: &Store, channel: Channel) -> Vec<QueuedDelivery> {
    store.due_deliveries(channel, now(), 100).unwrap()
}

fn attempt(store: &Store, delivery: &QueuedDelivery, attempt: &Attempt, at: DateTime<Utc>) {
    let attempts = store.begin_delivery(delivery.id).unwrap().unwrap();
    let outcome = outcome(delivery.channel, attempt, attempts, delivery.retry_until, at);
    store.end_delivery(delivery.id, delivery.channel, &outcome, at).unwrap();
}

fn accepted() -> Attempt {
    Attempt::Accepted { said: "Answered 200.".into() }
}

#[test]
fn an_event_is_queued_once_for_every_channel_that_is_on_with_one_id() {
    let store = store();
    let id = importing(&store);
    see(&store, id, ready());
    see(&store, id, ready());
    let (webhook, slack) = (of(&store, Channel::Webhook), of(&store, Channel::Slack));
    assert_eq!((webhook.len(), slack.len(), of(&store, Channel::Email).len()), (1, 1, 0));
    assert_eq!(webhook[0].event, slack[0].event);
    assert_eq!(
        (webhook[0].event.recording().unwrap(), webhook[0].event.facts.kind()),
        (id, OutgoingKind::RecordingComplete)
    );
    assert_eq!((webhook[0].recipient.as_str(), slack[0].recipient.as_str()), ("api.example.org", "Slack"));
    assert_eq!(store.delivery(webhook[0].id).unwrap(), Some(webhook[0].clone()));
}

#[test]
fn nothing_is_queued_while_no_channel_is_on() {
    let store = Store::in_memory().unwrap();
    see(&store, importing(&store), ready());
    assert_eq!(store.deliveries(10).unwrap(), []);
    assert_eq!(store.next_delivery().unwrap(), None);
}

#[test]
fn a_change_that_fails_queues_nothing() {
    let store = store();
    let (first, second) = (importing(&store), importing(&store));
    let video = "ea95132c15732412d22c1476fa83f27a";
    let learn = |facts: &mut Facts| facts.video = Some(video.parse().unwrap());
    store.observe(first, ready(), now(), "", learn).unwrap();
    assert!(store.observe(second, ready(), now(), "", learn).is_err(), "the video is another recording's");
    assert_eq!(of(&store, Channel::Webhook).len(), 1);
}

#[test]
fn the_next_event_of_a_recording_waits_for_the_one_before() {
    let store = store();
    let (one, other) = (importing(&store), importing(&store));
    see(&store, one, Observation::VideoFailed(Cause::EncodingFailed));
    see(&store, one, Observation::RetryAsked);
    for seen in [Observation::ImportAsked, ready()] {
        see(&store, one, seen);
    }
    see(&store, other, ready());
    let due = of(&store, Channel::Webhook);
    let kinds: Vec<_> = due.iter().map(|one| (one.event.recording().unwrap(), one.event.facts.kind())).collect();
    assert_eq!(kinds, [(one, OutgoingKind::RecordingFailed), (other, OutgoingKind::RecordingComplete)]);
    attempt(&store, &due[0], &Attempt::Later { said: "Answered 500.".into(), after: None }, now());
    let left: Vec<_> = of(&store, Channel::Webhook).iter().map(|one| one.event.recording().unwrap()).collect();
    assert_eq!(left, [other], "the first is tried again before the second");
    let again = store.due_deliveries(Channel::Webhook, later(1), 100).unwrap();
    attempt(&store, &again[0], &accepted(), later(1));
    let next = store.due_deliveries(Channel::Webhook, later(1), 100).unwrap();
    assert_eq!(
        (next[0].event.recording().unwrap(), next[0].event.facts.kind()),
        (one, OutgoingKind::RecordingComplete)
    );
}

#[test]
fn an_attempt_is_made_once_and_its_end_is_noted_for_the_channel() {
    let store = store();
    see(&store, importing(&store), ready());
    let delivery = of(&store, Channel::Webhook).remove(0);
    assert_eq!([(); 2].map(|()| store.begin_delivery(delivery.id).unwrap()), [Some(1), None]);
    let failed = Attempt::Later { said: "Answered 503.".into(), after: None };
    let over = outcome(Channel::Webhook, &failed, 1, delivery.retry_until, now());
    store.end_delivery(delivery.id, Channel::Webhook, &over, now()).unwrap();
    let channel = store.channel(Channel::Webhook).unwrap();
    assert_eq!((channel.last_sent, channel.last_error), (None, Some(("Answered 503.".into(), now()))));
    attempt(&store, &delivery, &accepted(), later(5));
    let channel = store.channel(Channel::Webhook).unwrap();
    assert_eq!((channel.last_sent, channel.last_error), (Some(later(5)), None));
    let sent = store.delivery(delivery.id).unwrap().unwrap();
    assert_eq!((sent.state, sent.attempts, sent.sent_at), (DeliveryState::Accepted, 2, Some(later(5))));
}

#[test]
fn an_attempt_that_a_crash_cut_off_is_repeated_for_programs_and_not_for_people() {
    let store = store();
    see(&store, importing(&store), ready());
    let event = of(&store, Channel::Webhook)[0].event.clone();
    store.write(|transaction| insert(transaction, &event, Channel::Email, "ann@example.org", now())).unwrap();
    for channel in Channel::ALL {
        store.begin_delivery(of(&store, channel)[0].id).unwrap().unwrap();
    }
    store.resume_deliveries(later(1)).unwrap();
    let states: Vec<_> = store.deliveries(10).unwrap().iter().map(|one| (one.channel, one.state)).collect();
    let expected = [
        (Channel::Email, DeliveryState::Stopped),
        (Channel::Slack, DeliveryState::Waiting),
        (Channel::Webhook, DeliveryState::Waiting),
    ];
    assert_eq!(states, expected);
    let mail = store.deliveries(1).unwrap().remove(0);
    assert!(mail.last_answer.unwrap().starts_with(MAY_HAVE_BEEN_SENT));
    let twice = store.write(|transaction| insert(transaction, &event, Channel::Email, "ann@example.org", now()));
    assert!(!twice.unwrap(), "the same person is not queued twice for one event");
}

#[test]
fn a_restored_copy_writes_to_no_person_about_what_may_have_been_sent_since() {
    let store = store();
    see(&store, importing(&store), ready());
    let event = of(&store, Channel::Webhook)[0].event.clone();
    store.write(|transaction| insert(transaction, &event, Channel::Email, "ann@example.org", now())).unwrap();
    note_restored(&store.writer(), now()).unwrap();
    assert_eq!((of(&store, Channel::Email).len(), of(&store, Channel::Webhook).len()), (0, 1));
    assert!(store.deliveries(1).unwrap()[0].last_answer.as_ref().unwrap().starts_with(MAY_HAVE_BEEN_SENT));
}

#[test]
fn a_channel_that_is_turned_off_stops_what_waits_for_it() {
    let store = store();
    see(&store, importing(&store), ready());
    store.change_channel(Channel::Slack, "Slack was turned off.", |settings| settings.is_on = false).unwrap();
    let slack = store.deliveries(10).unwrap().into_iter().find(|one| one.channel == Channel::Slack).unwrap();
    assert_eq!((slack.state, slack.last_answer.as_deref()), (DeliveryState::Stopped, Some("Slack was turned off.")));
    assert_eq!(of(&store, Channel::Webhook).len(), 1);
}

#[test]
fn a_replay_has_the_id_of_the_event_and_goes_to_every_channel_that_is_on_now() {
    let store = store();
    let id = importing(&store);
    store.change_channel(Channel::Slack, "", |settings| settings.is_on = false).unwrap();
    see(&store, id, ready());
    let sent = of(&store, Channel::Webhook).remove(0);
    attempt(&store, &sent, &accepted(), now());
    store.change_channel(Channel::Slack, "", |settings| settings.is_on = true).unwrap();
    let recording = store.recording(id).unwrap().unwrap();
    let replayed = store.replay(&recording, later(60), || panic!("there is an event")).unwrap();
    assert_eq!(replayed.iter().map(|one| one.channel).collect::<Vec<_>>(), [Channel::Webhook, Channel::Slack]);
    assert!(replayed.iter().all(|one| one.event == sent.event && one.state == DeliveryState::Waiting));
    assert_eq!((replayed[0].id, replayed[0].attempts), (sent.id, 0));
    assert_eq!(replayed[0].retry_until, later(60) + RETRY_PERIOD);
    let unknown = Recording::example(Stage::Ready, now());
    assert_eq!(store.replay(&unknown, now(), || None).unwrap(), []);
}

#[test]
fn a_replay_writes_only_to_people_who_certainly_did_not_get_the_event() {
    let store = Store::in_memory().unwrap();
    let mail = MailSettings {
        sender: MailSender::Cloudflare,
        from_address: Some("dojo@example.org".parse().unwrap()),
        participants: ParticipantMail::Ask,
        ..MailSettings::default()
    };
    store.set_mail(&mail, "").unwrap();
    let id = importing(&store);
    let recording = store.recording(id).unwrap().unwrap();
    let people = ["accepted", "unknown", "refused", "off", "restored", "retried"].map(|name| {
        let email = format!("{name}@example.org");
        Person::new(PersonInput::check(name, &email, Role::Participant).unwrap())
    });
    store.write(|transaction| roster::write_roster(transaction, recording.session, &people)).unwrap();
    see(&store, id, ready());
    let all = of(&store, Channel::Email);
    assert_eq!(all.len(), people.len());
    let named = |name: &str| all.iter().find(|one| one.recipient.starts_with(name)).unwrap();
    let unknown = Attempt::Unknown { said: String::new() };
    attempt(&store, named("accepted"), &accepted(), now());
    attempt(&store, named("unknown"), &unknown, now());
    attempt(&store, named("refused"), &Attempt::Refused { said: String::new() }, now());
    attempt(&store, named("retried"), &unknown, now());
    store.send_again(named("retried").id, now()).unwrap();
    store.stop_delivery(named("retried").id, "E-mail is off.").unwrap();
    store.stop_delivery(named("off").id, "E-mail is off.").unwrap();
    note_restored(&store.writer(), now()).unwrap();
    let replayed = store.replay(&recording, later(60), || None).unwrap();
    assert_eq!(replayed.len(), people.len(), "the others are shown as they are");
    let waiting: Vec<&str> =
        replayed.iter().filter(|one| one.state == DeliveryState::Waiting).map(|one| one.recipient.as_str()).collect();
    assert_eq!(waiting, ["refused@example.org", "off@example.org"]);
    // The copy does not know whether the end of this recording was told before it was put back.
    let begun_before = importing(&store);
    let session = store.recording(begun_before).unwrap().unwrap().session;
    store.write(|transaction| roster::write_roster(transaction, session, &people[..1])).unwrap();
    see(&store, begun_before, ready());
    let told = store.deliveries(1).unwrap().remove(0);
    assert_eq!((told.event.recording().unwrap(), told.state, told.attempts), (begun_before, DeliveryState::Stopped, 1));
}

#[test]
fn what_is_being_sent_is_not_sent_again_by_hand() {
    let store = store();
    see(&store, importing(&store), ready());
    let delivery = of(&store, Channel::Webhook).remove(0);
    store.begin_delivery(delivery.id).unwrap();
    assert!(!store.send_again(delivery.id, now()).unwrap());
}

#[test]
fn a_clock_that_was_set_back_delays_nothing_for_longer_than_a_receiver_may() {
    let store = store();
    see(&store, importing(&store), ready());
    store.put_off_channel(Channel::Webhook, now() + TimeDelta::days(400)).unwrap();
    store.put_off_channel(Channel::Slack, later(10)).unwrap();
    store.bring_deliveries_into_the_present(now(), TimeDelta::hours(24)).unwrap();
    assert_eq!((of(&store, Channel::Webhook).len(), of(&store, Channel::Slack).len()), (1, 0));
    assert_eq!(store.next_delivery().unwrap(), Some(now()));
}

#[test]
fn deliveries_that_are_over_go_when_they_are_old_or_too_many_and_open_ones_stay() {
    let store = store();
    let many = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?1)
                INSERT INTO deliveries (event_id, channel, recipient, subject, subject_id, kind, facts, state, retry_until, created_at)
                SELECT 'e' || value || ?2, 'webhook', 'x', 'recording', 'r' || value, 'recording.failed', '{}', ?2, 0, ?3 FROM n";
    let add = |count: u32, state: &str, at: DateTime<Utc>| {
        store.writer().execute(many, params![count, state, to_millis(at)]).unwrap();
    };
    add(10, "accepted", now() - RETENTION - TimeDelta::days(1));
    add(3, "waiting", now() - RETENTION - TimeDelta::days(1));
    add(OVER_MAX + 20, "failed", now());
    see(&store, importing(&store), ready());
    let count = |state: &str| -> u32 {
        let sql = "SELECT count(*) FROM deliveries WHERE state = ?1";
        store.connection().raw().query_row(sql, [state], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("accepted"), count("failed"), count("waiting")), (0, OVER_MAX, 3 + 2));
}

#[test]
fn what_is_due_is_found_by_an_index() {
    let store = store();
    let connection = store.writer();
    let plan = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let due = plan(DUE, &[&"webhook", &1, &50]);
    assert!(due.contains("deliveries_open") && due.contains("deliveries_by_subject"), "{due}");
    let next = plan(NEXT, &[]);
    assert!(next.contains("deliveries_open"), "{next}");
}
