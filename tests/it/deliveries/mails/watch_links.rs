//! Letters carry a watch link where the join page has a door: one for a recording, for all who take part.

use hajime_core::actions::sharing::watch_links;
use hajime_core::domain::sharing::watch_link::WatchState;
use serde_json::json;

use super::*;
use crate::watch_links::open_door;

/// Holds a class with people on its list, and lets its letters leave.
async fn letters_of_a_class(cloud: &Cloud, mailed: &mut Mailed) -> RecordingId {
    let session = mailed.class("Karate", PEOPLE);
    let live = hajime_core::actions::recorder::start::start(&mailed.desk.context, session.id).await.unwrap().session;
    cloud.join(&live, "Ada").await;
    mailed.desk.pass(cloud, 5).await;
    mailed.desk.pass(cloud, 60).await;
    hajime_core::actions::recorder::end::end(&mailed.desk.context, session.id).await.unwrap();
    mailed.desk.until_idle(cloud).await;
    mailed.send().await;
    mailed.send().await;
    mailed.desk.context.store().recordings_of(session.id).unwrap().remove(0).id
}

/// The address in the letter to somebody.
fn address_in(mailed: &Mailed, to: &str) -> String {
    let text = mailed.office.letters_to(to).remove(0).text();
    text.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_take_part_get_the_same_link_that_lasts_a_month() {
    let cloud = Cloud::start().await;
    let mut mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    open_door(&mailed.desk.context).await;
    let recording = letters_of_a_class(&cloud, &mut mailed).await;
    let context = &mailed.desk.context;
    let [bo, cy] = ["bo@example.org", "cy@example.org"].map(|to| address_in(&mailed, to));
    assert!(bo == cy && bo.contains("/w/"), "{bo} {cy}");
    let made = watch_links::list(context, recording).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].state, made[0].link.note.as_str()), (WatchState::Works, "Letters to participants"));
    assert_eq!(watch_links::address(context, made[0].link.id).await.unwrap().expose(), bo);
    let until = made[0].ends_at.format("%-d %B %Y").to_string();
    let text = mailed.office.letters_to("bo@example.org").remove(0).text().replace('\n', " ");
    assert!(text.contains("The link works until") && text.contains(&until), "{text}");
    assert!(context.store().links().unwrap().is_empty(), "no link of a day is made");

    // A draft for the same people carries the same link, and another one after that was revoked.
    assert_eq!(mail::draft(context, recording).await.unwrap().link.unwrap().expose(), bo);
    watch_links::revoke(context, made[0].link.id).await.unwrap();
    assert_ne!(mail::draft(context, recording).await.unwrap().link.unwrap().expose(), bo);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_waits_for_the_door_and_leaves_with_a_link_of_a_day_after_three_tries() {
    let cloud = Cloud::start().await;
    let mut mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    open_door(&mailed.desk.context).await;
    cloud.fault("*", "*/d1/database*", 1_000_000, json!({ "kind": "reset" })).await;
    let recording = letters_of_a_class(&cloud, &mut mailed).await;
    assert!(mailed.office.letters_to("bo@example.org").is_empty());
    let waiting = mailed.row("bo@example.org");
    let why = waiting.last_answer.unwrap();
    assert!(waiting.state == DeliveryState::Waiting && why.contains("The door does not know the link"), "{why}");
    for _ in 0..6 {
        mailed.desk.pass_without_tick(&cloud, 3_600).await;
        mailed.send().await;
    }
    assert!(address_in(&mailed, "bo@example.org").ends_with("/watch"));
    assert_eq!(watch_links::list(&mailed.desk.context, recording).unwrap().len(), 1, "the link that waits is kept");
}
