//! A desk that stops at any request of the life of a door: doing it again finishes, and nothing is left over.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use hajime_core::actions::profile::door::{self, DoorOutcome, DoorState};
use hajime_core::actions::profile::join_page::{self, Request};
use hajime_core::actions::sharing::keys;
use hajime_core::context::Context;
use hajime_core::domain::sharing::key::Purpose;
use hajime_core::error::Error;
use hajime_core::ports::MemorySecrets;
use serde_json::json;

use super::{made, open_door, page, publish, status};
use crate::support::{Cloud, TestDesk, relay_moment};

/// Cells that run at the same time. A cell mostly waits.
const PARALLEL_CELLS: usize = 8;
/// More than the requests of any of these actions.
const REQUESTS_MAX: u64 = 60;

/// What is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    FirstPublication,
    Update,
    Rotation,
    EndOfPlays,
    Removal,
}

async fn act(context: &Context, what: What) -> Result<(), Error> {
    let page = page(if what == What::Update { "2" } else { "1" });
    match what {
        What::FirstPublication => publish(context).await.map(drop),
        What::Update => join_page::publish(context, &page, &Request::default(), &|_| ()).await.map(drop),
        What::Rotation => door::rotate(context, &page, &|_| ()).await.map(drop),
        What::EndOfPlays => door::end_plays(context, &page, &|_| ()).await.map(drop),
        What::Removal => door::remove(context, &page).await.map(drop),
    }
}

/// Kills the action while a request is on its way, or while its reply is; then a new process does it again. Returns whether it was killed, or
/// what was wrong.
async fn cell(what: What, skip: u64, fault: &str) -> Result<bool, String> {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(MemorySecrets::default());
    let open = || TestDesk::with(&cloud, folder.path(), Arc::default(), Some(secrets.clone()));
    if what != What::FirstPublication {
        open_door(&open().context).await;
    }
    // The request or its reply takes longer than the test.
    let rule = json!({ "path": "*", "skip": skip, "count": 1, "fault": { "kind": fault, "seconds": 600.0 } });
    cloud.control("faults", rule).await;
    let is_met = async {
        while cloud.state().await["faults"].as_array().is_some_and(|rules| !rules.is_empty()) {
            relay_moment().await;
        }
        // What the request asked for is carried out meanwhile.
        relay_moment().await;
    };
    let desk = open();
    let killed = tokio::select! {
        done = act(&desk.context, what) => match done {
            Ok(()) => false,
            Err(error) => return Err(format!("{what:?}, request {skip}, {fault}: {error}")),
        },
        () = is_met => true,
    };
    drop(desk);
    cloud.clear_faults().await;
    let wrong = |why: String| Err(format!("{what:?}, request {skip}, {fault}: {why}"));
    if killed {
        match act(&open().context, what).await {
            Ok(()) => {}
            // The removal was done but for what it notes here.
            Err(error) if what == What::Removal && error.message() == "There is no door." => {}
            Err(error) => return wrong(error.to_string()),
        }
    }
    let desk = open();
    let found = made(&cloud).await;
    // A key that came with a lost reply is left for a person to delete: nobody can tell it from a key of another desk.
    let listed = keys::list(&desk.context).await.unwrap().keys;
    let unclaimed: BTreeSet<String> = listed
        .iter()
        .filter(|key| key.key.purpose == Purpose::Unclaimed && key.key.state.is_there())
        .map(|key| key.key.id.to_string())
        .collect();
    let counts = (found.databases.len(), found.tokens.len(), found.keys.difference(&unclaimed).count());
    let expected = if what == What::Removal { (0, 0, 0) } else { (1, 1, 1) };
    if counts != expected {
        return wrong(format!("{counts:?}, {found:?}"));
    }
    let script = if what == What::Update { "2" } else { "1" };
    let seen = door::status(&desk.context, &page(script)).await.unwrap();
    let is_right = match what {
        What::Removal => seen.state == DoorState::None(None),
        _ => seen.state == DoorState::Open && seen.signing_key,
    };
    if is_right { Ok(killed) } else { wrong(format!("{seen:?}")) }
}

async fn survives(what: What) {
    let cells = (0..REQUESTS_MAX).flat_map(|skip| ["stall", "slow_headers"].map(|fault| (skip, fault)));
    let results: Vec<Result<bool, String>> = stream::iter(cells)
        .map(|(skip, fault)| async move { cell(what, skip, fault).await })
        .buffer_unordered(PARALLEL_CELLS)
        .collect()
        .await;
    let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} cells:\n{wrong:#?}", wrong.len());
    assert!(results.iter().any(|result| *result == Ok(true)), "nothing was killed");
    assert!(results.iter().any(|result| *result == Ok(false)), "the action has more requests than the test knows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_publication_that_stops_at_any_request_is_finished_by_the_next_one() {
    survives(What::FirstPublication).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_stops_at_any_request_keeps_the_secrets_or_makes_them_anew() {
    survives(What::Update).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_stops_at_any_request_is_finished_by_the_next_one() {
    survives(What::Rotation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_every_play_may_stop_at_any_request() {
    survives(What::EndOfPlays).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_stops_at_any_request_is_finished_by_the_next_one() {
    survives(What::Removal).await;
}

#[tokio::test]
async fn a_lost_reply_leaves_no_second_database_and_no_second_token() {
    let calls =
        [("POST", "*/d1/database"), ("POST", "*/query"), ("POST", "*/tokens"), ("PUT", "*/scripts/hajime-join")];
    for (method, path) in calls {
        for fault in ["drop_reply", "reset"] {
            let cloud = Cloud::start().await;
            let folder = tempfile::tempdir().unwrap();
            let desk = TestDesk::open(&cloud, folder.path());
            cloud.fault(method, path, 1, json!({ "kind": fault })).await;
            if publish(&desk.context).await.is_err() {
                open_door(&desk.context).await;
            }
            assert_eq!(made(&cloud).await.counts(), (1, 1, 1), "{path}, {fault}");
            assert_eq!(status(&desk.context).await.state, DoorState::Open, "{path}, {fault}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_published_without_a_refused_key_says_so_and_the_next_publication_opens_the_door() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.fault("POST", "*/stream/keys", 1, json!({ "kind": "status", "status": 403 })).await;
    let published = publish(&desk.context).await.unwrap();
    assert!(matches!(published.door, DoorOutcome::Without(_)), "{:?}", published.door);
    open_door(&desk.context).await;
    assert_eq!((made(&cloud).await.counts(), status(&desk.context).await.state), ((1, 1, 1), DoorState::Open));
}
