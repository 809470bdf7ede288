//! What a mail server may do, and what follows: nobody gets a letter twice.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_may_have_left_is_stopped_and_not_repeated() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    mailed.office.does([Does::BreakOff]);
    let id = mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    let first = mailed.office.letters().remove(0).to;
    let stopped = mailed.row(&first);
    assert_eq!(stopped.state, DeliveryState::Stopped);
    assert!(stopped.last_answer.as_ref().unwrap().starts_with("It may have been sent"), "{stopped:?}");
    for _ in 0..5 {
        mailed.pass(40_000).await;
    }
    assert_eq!(mailed.office.letters_to(&first).len(), 1);
    assert_eq!(mailed.office.letters().len(), 3, "the others get theirs");
    // A replay does not write to them again; a person who asks for this one letter does.
    deliveries::replay(context, id).unwrap();
    mailed.pass(40_000).await;
    assert_eq!(mailed.office.letters().len(), 3);
    deliveries::retry(context, stopped.id).unwrap();
    mailed.pass(40_000).await;
    assert_eq!(mailed.office.letters_to(&first).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_being_sent_when_the_process_ended_is_not_repeated() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let id = mailed.ready(&mailed.class("Karate", PEOPLE));
    // What a process writes before it hands over a letter, and the last thing of one that is killed then.
    context.store().begin_delivery(mailed.row("bo@example.org").id).unwrap();
    for _ in 0..5 {
        mailed.pass(40_000).await;
    }
    assert_eq!(mailed.office.recipients(), ["ann@example.org", "cy@example.org"]);
    let bo = mailed.row("bo@example.org");
    assert_eq!(bo.state, DeliveryState::Stopped);
    assert!(bo.last_answer.unwrap().starts_with("It may have been sent"));
    deliveries::replay(context, id).unwrap();
    mailed.pass(40_000).await;
    assert_eq!(mailed.office.letters().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_writes_to_people_who_were_added_and_to_nobody_again() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let session = mailed.class("Karate", PEOPLE);
    mailed.office.does([Does::Take, Does::RefuseRecipient]);
    let id = mailed.ready(&session);
    mailed.send().await;
    assert_eq!(mailed.row("bo@example.org").state, DeliveryState::Failed);
    mailed.add(&session, "Ed <ed@example.org>\n");
    let rows = deliveries::replay(context, id).unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.event.id == rows[0].event.id));
    mailed.pass(4_000).await;
    let everybody = ["ann@example.org", "bo@example.org", "cy@example.org", "ed@example.org"];
    assert_eq!(mailed.office.recipients(), everybody);
    deliveries::replay(context, id).unwrap();
    mailed.pass(4_000).await;
    assert_eq!(mailed.office.recipients(), everybody);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_gets_the_letter_later_and_an_unknown_recipient_holds_up_nobody() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    mailed.office.does([Does::Busy, Does::RefuseRecipient]);
    mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    assert_eq!(mailed.office.letters().len(), 0);
    assert!(mailed.rows().iter().all(|row| row.state == DeliveryState::Waiting));
    for _ in 0..3 {
        mailed.pass(400).await;
    }
    assert_eq!(mailed.office.letters().len(), 2);
    let failed: Vec<_> = mailed.rows().into_iter().filter(|row| row.state == DeliveryState::Failed).collect();
    assert_eq!(failed.len(), 1);
    let noted = mail::get(&mailed.desk.context).await.unwrap().channel;
    assert!(noted.is_on && noted.last_sent.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_waits_with_the_reason_while_its_link_cannot_be_signed() {
    let cloud = Cloud::start().await;
    let mut mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    let session = mailed.class("Karate", PEOPLE);
    let live = hajime_core::actions::recorder::start::start(&mailed.desk.context, session.id).await.unwrap().session;
    cloud.join(&live, "Ada").await;
    mailed.desk.pass(&cloud, 60).await;
    hajime_core::actions::recorder::end::end(&mailed.desk.context, session.id).await.unwrap();
    cloud.fault("POST", "*/stream/keys", 1_000, json!({ "kind": "status", "status": 403 })).await;
    mailed.desk.until_idle(&cloud).await;
    mailed.send().await;
    assert_eq!(mailed.office.recipients(), ["ann@example.org"], "the host needs no link");
    let bo = mailed.row("bo@example.org");
    assert_eq!(bo.state, DeliveryState::Waiting, "{bo:?}");
    assert!(bo.attempts >= 1 && bo.last_answer.is_some_and(|said| !said.is_empty()));
    cloud.clear_faults().await;
    for _ in 0..3 {
        mailed.desk.pass_without_tick(&cloud, 400).await;
        mailed.send().await;
    }
    let everybody = ["ann@example.org", "bo@example.org", "cy@example.org"];
    assert_eq!(mailed.office.recipients(), everybody, "{:?}", mailed.rows());
    let text = mailed.office.letters_to("bo@example.org").remove(0).text();
    let link = text.lines().find(|line| line.ends_with("/watch")).unwrap();
    assert_eq!(cloud.status_of(link).await, 200);
}
