//! How long recordings stay: rules, keeping forever, the bin, deleting for good, and two desks that decide at once.

use std::collections::BinaryHeap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::actions::library::bin::{self, Deletion};
use hajime_core::actions::library::description::{self, Selected};
use hajime_core::actions::library::{recordings, retention};
use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::sharing::links;
use hajime_core::domain::library::description::DescriptionInput;
use hajime_core::domain::library::query::{Flag, Query};
use hajime_core::domain::library::retention_rules::{RetentionRules, Rule, Subject, Term};
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::{Clock as _, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};

use crate::adoption::{all, another_desk, recorded};
use crate::command_line::{answer, printed, refused, run};
use crate::support::{Cloud, TestDesk};

const DAY: i64 = TimeDelta::days(1).num_seconds();

fn named(recording: &Recording) -> Selected {
    Selected::Named(vec![recording.id])
}

/// Runs the jobs of the account once, which tell Stream what was decided.
async fn tell(desk: &TestDesk) {
    jobs::tick(&desk.context, &mut Jobs::of(&[Group::Account])).await.unwrap();
}

async fn video(cloud: &Cloud, recording: &Recording) -> Value {
    let uid = recording.facts.video.as_ref().unwrap();
    cloud.api(Method::GET, &format!("/stream/{uid}")).await["result"].clone()
}

async fn deletion(cloud: &Cloud, recording: &Recording) -> Option<DateTime<Utc>> {
    let video = video(cloud, recording).await;
    assert!(video["uid"].is_string(), "the video is gone");
    video["scheduledDeletion"].as_str().map(|at| at.parse().unwrap())
}

/// How many days from now Stream deletes the video of a recording, rounded.
async fn days_left(cloud: &Cloud, desk: &TestDesk, recording: &Recording) -> Option<i64> {
    let left = deletion(cloud, recording).await? - desk.context.now();
    Some((left + TimeDelta::hours(12)).num_days())
}

/// The acts about recordings in the ledger of a desk, by name.
fn acts(desk: &TestDesk) -> Vec<String> {
    let rows = desk.context.store().ledger(&Filter::default(), None, 50, SystemClock.now()).unwrap().rows;
    let acts = rows.into_iter().map(|row| row.act).filter(|act| act.starts_with("recording_"));
    acts.collect::<BinaryHeap<_>>().into_sorted_vec()
}

/// A desk with one recording that can be watched, and the sandbox that holds its video.
async fn desk(folder: &Path) -> (Cloud, TestDesk, Recording) {
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder);
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    (cloud, desk, karate)
}

#[tokio::test]
async fn a_new_video_gets_the_date_of_the_first_rule_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, mut desk, karate) = desk(folder.path()).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(365));
    let rules = RetentionRules {
        rules: vec![Rule { subject: Subject::Instructor("r. alves".into()), term: Term::Days(90) }],
        others: Term::Forever,
    };
    retention::save_rules(&desk.context, rules.clone()).unwrap();
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    assert_eq!(days_left(&cloud, &desk, &judo).await, Some(90));
    retention::save_rules(&desk.context, RetentionRules { rules: Vec::new(), ..rules }).unwrap();
    let aikido = recorded(&cloud, &mut desk, "Aikido").await;
    assert_eq!(days_left(&cloud, &desk, &aikido).await, None);
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(365), "those that were there keep their date");
}

#[tokio::test]
async fn the_bin_hides_a_recording_for_thirty_days_and_on_the_twenty_ninth_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    let done = bin::put(&desk.context, &named(&karate)).await.unwrap();
    assert_eq!((done.changed, done.refused.len()), (1, 0));
    assert!(all(&desk).is_empty());
    assert!(links::make(&desk.context, karate.id, Validity::DAY, false).await.is_err());
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(30));
    let shown = bin::bin(&desk.context).unwrap();
    assert_eq!((shown.recordings.len(), shown.minutes > 0), (1, true));
    assert!(shown.recordings[0].told);
    assert_eq!(shown.until, shown.recordings[0].deletion);

    desk.pass_without_tick(&cloud, 29 * DAY).await;
    sync::sync(&desk.context).await.unwrap();
    assert!(all(&desk).is_empty(), "a sync takes nothing out of the bin");
    assert_eq!(bin::restore(&desk.context, &named(&karate)).await.unwrap().changed, 1);
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(336), "it has the date that it had");
    desk.pass_without_tick(&cloud, 2 * DAY).await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(recordings::get(&desk.context, karate.id).unwrap().status(), Status::Ready);
    assert_eq!(all(&desk).len(), 1);

    assert_eq!(acts(&desk), ["recording_binned", "recording_restored"]);
}

#[tokio::test]
async fn a_video_whose_time_in_the_bin_is_over_stays_off_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    bin::put(&desk.context, &named(&karate)).await.unwrap();
    tell(&desk).await;
    let before = desk.context.store().outbox().unwrap();
    desk.pass_without_tick(&cloud, 31 * DAY).await;
    assert_eq!(sync::sync(&desk.context).await.unwrap().missing, 1);
    assert_eq!(desk.context.store().outbox().unwrap(), before, "nobody is alarmed about it");
    assert!(all(&desk).is_empty() && bin::bin(&desk.context).unwrap().recordings.is_empty());
    let detail = recordings::detail(&desk.context, karate.id).unwrap();
    assert!(detail.recording.deleted_at().is_some() && detail.recording.removed_at.is_some());
    assert!(detail.events.last().unwrap().note.contains("was over"), "{:?}", detail.events);
    assert_eq!(bin::removed(&desk.context).unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_kept_forever_has_no_date_and_gets_it_back_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    let flagged = |flag| {
        let query = Query { flags: vec![flag], limit: 9, ..Query::default() };
        recordings::list(&desk.context, &query).unwrap().rows.len()
    };
    assert_eq!((flagged(Flag::Kept), flagged(Flag::Expiring)), (0, 0));
    bin::keep(&desk.context, &named(&karate)).await.unwrap();
    tell(&desk).await;
    assert_eq!(deletion(&cloud, &karate).await, None);
    assert_eq!(flagged(Flag::Kept), 1);

    // Somebody gives it a date without Hajime. What is kept forever loses it again.
    let uid = karate.facts.video.as_ref().unwrap();
    let soon = json!({ "scheduledDeletion": desk.context.now() + TimeDelta::days(40) });
    cloud.send(Method::POST, &format!("/stream/{uid}"), soon).await;
    sync::sync(&desk.context).await.unwrap();
    tell(&desk).await;
    assert_eq!(deletion(&cloud, &karate).await, None);

    bin::restore(&desk.context, &named(&karate)).await.unwrap();
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(365));
    desk.pass_without_tick(&cloud, 340 * DAY).await;
    assert_eq!((flagged(Flag::Kept), flagged(Flag::Expiring)), (0, 1));
}

#[tokio::test]
async fn of_two_desks_keep_counts_before_restore_and_restore_before_bin_in_either_order() {
    #[derive(Debug, Clone, Copy)]
    enum Wish {
        Bin,
        Restore,
        Keep,
    }
    async fn decide(desk: &TestDesk, recording: &Recording, wish: Wish) {
        let selected = named(recording);
        match wish {
            Wish::Bin => bin::put(&desk.context, &selected).await,
            Wish::Restore => bin::restore(&desk.context, &selected).await,
            Wish::Keep => bin::keep(&desk.context, &selected).await,
        }
        .unwrap();
    }
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, first, karate) = desk(one.path()).await;
    let second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let theirs = all(&second).remove(0);
    let stands = |desk: &TestDesk, recording: &Recording| {
        let view = recordings::detail_view(&desk.context, recording.id).unwrap().view;
        (view.recording.removed_at.is_some(), view.kept)
    };
    // What both know before, what each decides, and what counts: whether it is in the bin, and whether it is kept.
    for (before, greater, lesser, counts) in [
        (Wish::Restore, Wish::Keep, Wish::Bin, (false, true)),
        (Wish::Bin, Wish::Keep, Wish::Restore, (false, true)),
        (Wish::Keep, Wish::Restore, Wish::Bin, (false, false)),
    ] {
        for first_has_greater in [true, false] {
            for first_tells_first in [true, false] {
                decide(&first, &karate, before).await;
                tell(&first).await;
                sync::sync(&second.context).await.unwrap();
                let (ours, other) = if first_has_greater { (greater, lesser) } else { (lesser, greater) };
                decide(&first, &karate, ours).await;
                decide(&second, &theirs, other).await;
                if first_tells_first {
                    tell(&first).await;
                    tell(&second).await;
                } else {
                    tell(&second).await;
                    tell(&first).await;
                }
                for desk in [&first, &second, &first, &second] {
                    sync::sync(&desk.context).await.unwrap();
                    tell(desk).await;
                }
                let case = format!("{ours:?} here, {other:?} there, this one tells first: {first_tells_first}");
                assert_eq!(stands(&first, &karate), counts, "{case}");
                assert_eq!(stands(&second, &theirs), counts, "{case}");
                assert_eq!(deletion(&cloud, &karate).await.is_none(), counts.1, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn deleting_for_good_is_confirmed_by_the_title_and_gives_way_to_what_another_desk_decided() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, first, karate) = desk(one.path()).await;
    assert!(bin::delete(&first.context, karate.id, "Karate").await.is_err(), "it is not in the bin");
    bin::put(&first.context, &named(&karate)).await.unwrap();
    tell(&first).await;
    let second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let theirs = bin::bin(&second.context).unwrap().recordings.remove(0).view.recording;

    assert!(bin::delete(&first.context, karate.id, "karate").await.is_err(), "the title is another one");
    bin::restore(&second.context, &named(&theirs)).await.unwrap();
    tell(&second).await;
    assert!(matches!(bin::delete(&first.context, karate.id, "Karate").await.unwrap(), Deletion::Overruled));
    assert_eq!(days_left(&cloud, &first, &karate).await, Some(365));
    assert_eq!(all(&first).len(), 1);

    // Putting it in the bin anew is a decision that the deleting desk does not know either.
    bin::put(&first.context, &named(&karate)).await.unwrap();
    tell(&first).await;
    sync::sync(&second.context).await.unwrap();
    bin::restore(&second.context, &named(&theirs)).await.unwrap();
    bin::put(&second.context, &named(&theirs)).await.unwrap();
    tell(&second).await;
    assert!(matches!(bin::delete(&first.context, karate.id, "Karate").await.unwrap(), Deletion::Overruled));
    assert!(video(&cloud, &karate).await["uid"].is_string());

    assert!(matches!(bin::delete(&first.context, karate.id, "Karate").await.unwrap(), Deletion::Done));
    assert!(video(&cloud, &karate).await.is_null());
    let gone = recordings::get(&first.context, karate.id).unwrap();
    assert!(gone.deleted_at().is_some() && gone.removed_at.is_some());
    // The other desk sees that the video was deleted.
    sync::sync(&second.context).await.unwrap();
    assert!(recordings::get(&second.context, theirs.id).unwrap().deleted_at().is_some());
}

#[tokio::test]
async fn a_crash_between_the_intent_and_the_call_loses_neither() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    bin::put(&desk.context, &named(&karate)).await.unwrap();
    // The process ends before it tells Stream.
    drop(desk);
    let desk = TestDesk::open(&cloud, folder.path());
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(30));

    let uid = karate.facts.video.as_ref().unwrap();
    // More often than the client repeats the call by itself.
    cloud.fault("DELETE", &format!("*/stream/{uid}"), 50, json!({ "kind": "drop_reply" })).await;
    assert!(matches!(bin::delete(&desk.context, karate.id, "Karate").await.unwrap(), Deletion::Waits(_)));
    assert!(bin::bin(&desk.context).unwrap().recordings[0].deleting);
    drop(desk);
    cloud.clear_faults().await;
    // The video is gone although the reply was lost: that counts as done, also where a sync sees it first.
    let desk = TestDesk::open(&cloud, folder.path());
    sync::sync(&desk.context).await.unwrap();
    assert!(recordings::get(&desk.context, karate.id).unwrap().deleted_at().is_some());
    assert!(bin::bin(&desk.context).unwrap().recordings.is_empty());
    assert_eq!(acts(&desk), ["recording_binned"]);
    for _ in 0..2 {
        tell(&desk).await;
        assert_eq!(acts(&desk), ["recording_binned", "recording_deleted"]);
    }
}

#[tokio::test]
async fn a_video_that_was_deleted_elsewhere_is_shown_as_such_and_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, mut desk, karate) = desk(folder.path()).await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    bin::put(&desk.context, &named(&karate)).await.unwrap();
    bin::keep(&desk.context, &named(&judo)).await.unwrap();
    for recording in [&karate, &judo] {
        let uid = recording.facts.video.as_ref().unwrap();
        cloud.api(Method::DELETE, &format!("/stream/{uid}")).await;
    }
    assert_eq!(desk.context.store().retention_to_tell().unwrap().len(), 2);
    assert_eq!(sync::sync(&desk.context).await.unwrap().missing, 2);
    assert_eq!(desk.context.store().retention_to_tell().unwrap(), []);
    for recording in [&karate, &judo] {
        let detail = recordings::detail(&desk.context, recording.id).unwrap();
        assert!(detail.recording.deleted_at().is_some());
        assert_eq!(detail.events.last().unwrap().note, "The video was deleted from Stream.");
    }
    assert_eq!(all(&desk).len(), 1, "what was in the bin stays off the list");
    assert!(!acts(&desk).contains(&"recording_deleted".to_owned()), "this desk deleted nothing");
}

#[tokio::test]
async fn a_decision_that_somebody_overwrote_is_told_again_and_what_is_written_beside_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    bin::keep(&desk.context, &named(&karate)).await.unwrap();
    let exam = DescriptionInput { tags: Some(vec!["Exam".into()]), ..DescriptionInput::default() };
    description::edit(&desk.context, karate.id, &exam).unwrap();
    tell(&desk).await;
    let meta = async || video(&cloud, &karate).await["meta"].as_object().unwrap().clone();
    let both = meta().await;
    assert!(both["hajime_retention"].as_str().unwrap().contains("keep"));
    assert!(both.values().any(|text| text.as_str().is_some_and(|text| text.contains("Exam"))), "{both:?}");

    let uid = karate.facts.video.as_ref().unwrap();
    let mut without = both.clone();
    without.remove("hajime_retention");
    cloud.send(Method::POST, &format!("/stream/{uid}"), json!({ "meta": without })).await;
    assert!(!meta().await.contains_key("hajime_retention"));
    sync::sync(&desk.context).await.unwrap();
    tell(&desk).await;
    assert_eq!(meta().await, both);
}

#[tokio::test]
async fn what_stream_refuses_is_told_later() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    let uid = karate.facts.video.clone().unwrap();
    cloud.fault("POST", &format!("*/stream/{uid}"), 1, json!({ "kind": "status", "status": 400 })).await;
    bin::keep(&desk.context, &named(&karate)).await.unwrap();
    let mut jobs = Jobs::of(&[Group::Account]);
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    assert!(deletion(&cloud, &karate).await.is_some());
    cloud.clear_faults().await;
    desk.pass_without_tick(&cloud, 180).await;
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    assert_eq!(deletion(&cloud, &karate).await, None);
}

#[tokio::test]
async fn a_change_of_several_lists_what_it_refused_and_is_undone_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, mut desk, karate) = desk(folder.path()).await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    let (live, _) = desk.start_with_ada(&cloud, "Aikido").await;
    desk.pass(&cloud, 30).await;
    let everything = Selected::Matching { query: Box::default(), except: Vec::new() };
    let done = bin::put(&desk.context, &everything).await.unwrap();
    assert_eq!((done.changed, done.refused.len()), (2, 1));
    assert_eq!(done.refused[0].1, live.plan.title);
    tell(&desk).await;
    journal::undo(&desk.context, done.change.unwrap()).unwrap();
    assert_eq!(all(&desk).len(), 3);
    tell(&desk).await;
    for recording in [&karate, &judo] {
        assert_eq!(days_left(&cloud, &desk, recording).await, Some(365));
    }
    assert!(journal::undo(&desk.context, done.change.unwrap()).is_err(), "it was undone before");
}

#[tokio::test]
async fn a_trial_lists_exactly_what_is_applied_and_one_undo_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, mut desk, karate) = desk(folder.path()).await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    let aikido = recorded(&cloud, &mut desk, "Aikido").await;
    let exam = DescriptionInput { tags: Some(vec!["Exam".into()]), ..DescriptionInput::default() };
    description::edit(&desk.context, judo.id, &exam).unwrap();
    bin::keep(&desk.context, &named(&aikido)).await.unwrap();
    tell(&desk).await;
    let rules = RetentionRules {
        rules: vec![Rule { subject: Subject::Tag("exam".into()), term: Term::Forever }],
        others: Term::Days(60),
    };
    let shown = retention::preview(&desk.context, &rules).unwrap();
    let listed: Vec<_> = shown.changes.iter().map(|change| (change.id, change.to.is_some())).collect();
    assert_eq!(listed, [(karate.id, true), (judo.id, false)]);
    assert_eq!(shown.kept, 1);
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(365), "a trial changes nothing");
    assert!(retention::apply(&desk.context, &shown.name()).is_err(), "other rules are saved than were tried");
    retention::save_rules(&desk.context, rules.clone()).unwrap();
    let applied = retention::apply(&desk.context, &shown.name()).unwrap();
    assert_eq!(applied.changed, 2);
    assert_eq!(
        retention::preview(&desk.context, &rules).unwrap().changes,
        [],
        "what is on its way is not listed again"
    );
    tell(&desk).await;
    assert_eq!(deletion(&cloud, &karate).await.map(|at| at.timestamp()), shown.changes[0].to.map(|at| at.timestamp()));
    assert_eq!(deletion(&cloud, &judo).await, None);
    assert_eq!(retention::preview(&desk.context, &rules).unwrap().changes, []);

    journal::undo(&desk.context, applied.change.unwrap()).unwrap();
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(365));
    assert_eq!(days_left(&cloud, &desk, &judo).await, Some(365));
    assert_eq!(acts(&desk), ["recording_kept"], "a date is no act of the ledger");
}

#[tokio::test]
async fn the_links_of_recordings_in_the_bin_stop_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_cloud, desk, karate) = desk(folder.path()).await;
    links::make(&desk.context, karate.id, Validity::DAY, false).await.unwrap();
    let refused = bin::stop_links(&desk.context, &[karate.id], false).await.unwrap();
    assert_eq!((refused.stopped.len(), refused.refused.len()), (0, 1), "it is not in the bin");
    bin::put(&desk.context, &named(&karate)).await.unwrap();
    assert_eq!(bin::bin(&desk.context).unwrap().links, 1);
    let stopped = bin::stop_links(&desk.context, &[karate.id], true).await.unwrap();
    assert_eq!((stopped.stopped.len(), stopped.refused.len()), (1, 0));
    assert_eq!(stopped.stopped[0].1.confirmed, Some(true));
}

#[tokio::test]
async fn no_keyring_is_needed_to_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    let clock = std::sync::Arc::clone(&desk.clock);
    drop(desk);
    let desk = TestDesk::with(&cloud, folder.path(), clock, None);
    bin::put(&desk.context, &named(&karate)).await.unwrap();
    tell(&desk).await;
    assert_eq!(days_left(&cloud, &desk, &karate).await, Some(30));
    assert!(matches!(bin::delete(&desk.context, karate.id, "Karate").await.unwrap(), Deletion::Done));
    assert_eq!(acts(&desk), ["recording_binned", "recording_deleted"], "the entries wait for their signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_keeps_bins_restores_deletes_and_applies_rules() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    drop(desk);
    let id = karate.id.to_string();
    let ok = |arguments: &[&str]| printed(&run(&cloud, folder.path(), arguments));
    assert_eq!(ok(&["recording", "keep", &id])["changed"], 1);
    assert_eq!(ok(&["recording", "restore", &id])["changed"], 1);
    assert_eq!(ok(&["recording", "bin", &id])["changed"], 1);
    let bin = ok(&["recording", "bin"]);
    assert_eq!(bin["recordings"][0]["id"], id);
    assert!(bin["minutes_counted"].as_u64().unwrap() > 0 && bin["counted_until"].is_string());
    assert_eq!(refused(&run(&cloud, folder.path(), &["recording", "delete", &id]))["code"], "not_confirmed");
    let deleted = run(&cloud, folder.path(), &["recording", "delete", &id, "--yes-delete", "Karate"]);
    let deleted = answer(&deleted).1;
    assert_eq!(deleted["outcome"], "deleted", "{deleted}");

    assert_eq!(ok(&["retention", "show"])["others_days"], 365);
    assert_eq!(ok(&["retention", "set", "never"])["others_days"], Value::Null);
    assert_eq!(ok(&["retention", "add", "--tag", "kids", "--keep", "90"])["rules"][0]["days"], 90);
    assert_eq!(refused(&run(&cloud, folder.path(), &["retention", "set", "29"]))["code"], "invalid_input");
    assert_eq!(ok(&["retention", "remove", "1"])["rules"], json!([]));
    let trial = ok(&["retention", "preview"]);
    assert_eq!(refused(&run(&cloud, folder.path(), &["retention", "apply"]))["code"], "not_confirmed");
    let applied = ok(&["retention", "apply", "--trial", trial["trial"].as_str().unwrap()]);
    assert_eq!(applied["changed"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_whose_video_is_deleted_before_a_day_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = desk(folder.path()).await;
    let left = days_left(&cloud, &desk, &karate).await.unwrap();
    sync::sync(&desk.context).await.unwrap();
    let found = |days: i64| {
        let before = desk.context.now() + TimeDelta::days(days);
        recordings::list(&desk.context, &Query { expires_before: Some(before), limit: 9, ..Query::default() }).unwrap()
    };
    assert_eq!((found(left - 2).rows.len(), found(left + 2).rows.len()), (0, 1));
    let day = |days: i64| (desk.context.now() + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    for (day, count) in [(day(left - 2), 0), (day(left + 2), 1)] {
        let found = printed(&run(&cloud, folder.path(), &["recording", "search", "--expires-before", &day]));
        assert_eq!(found["recordings"].as_array().unwrap().len(), count, "{found}");
    }
}
