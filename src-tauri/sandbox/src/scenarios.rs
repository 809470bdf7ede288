//! Named failures for rehearsals. Each scenario is a combination of faults, mishaps and switches.
//!
//! A scenario lasts until its failure has happened, until its time is over, or until [`calm`] is called. Scenarios are
//! not saved: a restarted sandbox has none.

use std::sync::{Arc, PoisonError};

use serde::Serialize;

use crate::{
    account::ACCOUNT_ID,
    faults::{Fault, FaultRule},
    routes,
    state::{Model, mishaps::Mishap},
    world::World,
};

/// A scenario, as the control API lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// The name that the control API and the command line use.
    pub name: &'static str,
    /// The title that a person reads.
    pub title: &'static str,
    /// A sentence for people: what happens, and to which objects.
    pub description: &'static str,
    /// Whether the scenario was begun since the last [`calm`].
    pub active: bool,
}

/// No scenario has the requested name.
#[derive(Debug, thiserror::Error)]
#[error("there is no scenario named {0:?}; the scenarios are {names}", names = names())]
pub struct UnknownScenario(String);

type Begin = fn(&Arc<World>);

const SCENARIOS: &[(&str, &str, &str, Begin)] = &[
    (
        "network-drops",
        "The network drops for two minutes",
        "For two minutes every connection to Cloudflare breaks. People in the room do not notice.",
        |world| world.add_fault(FaultRule::new(Fault::Reset).for_path("/client/*").for_duration(120.0)),
    ),
    (
        "cloudflare-down",
        "Cloudflare is down for three minutes",
        "For three minutes every call is answered with a 502 error page.",
        |world| {
            world
                .add_fault(FaultRule::new(Fault::Html { status: Some(502) }).for_path("/client/*").for_duration(180.0));
        },
    ),
    (
        "slow-network",
        "The network is slow for five minutes",
        "For five minutes every reply takes three seconds longer.",
        |world| {
            world.add_fault(
                FaultRule::new(Fault::SlowHeaders { seconds: 3.0 }).for_path("/client/*").for_duration(300.0),
            );
        },
    ),
    (
        "lost-replies",
        "Replies get lost for five minutes",
        "For five minutes about every third change is carried out, but its reply never arrives.",
        |world| {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let rule = FaultRule::new(Fault::DropReply).for_path("/client/*").for_duration(300.0);
                world.add_fault(FaultRule { method: Some(method.into()), probability: Some(1.0 / 3.0), ..rule });
            }
        },
    ),
    (
        "rate-limited",
        "Cloudflare refuses all calls for five minutes",
        "The account has made too many requests: every call is refused until five minutes have passed.",
        |world| world.exhaust_rate_limits(),
    ),
    (
        "recorder-never-comes",
        "The next recording never starts",
        "The next recording is accepted, but its status stays “starting”.",
        |world| world.queue_mishap(Mishap::RecorderNeverComes),
    ),
    (
        "recording-fails",
        "The next recording fails after a minute",
        "The next recording runs for a minute, then fails without a file.",
        |world| world.queue_mishap(Mishap::RecordingFails { after_seconds: 60.0 }),
    ),
    (
        "recording-lost",
        "The file of the next recording is lost",
        "The next recording runs to its end, but its file never reaches storage.",
        |world| world.queue_mishap(Mishap::UploadFails),
    ),
    (
        "everyone-leaves",
        "Everybody’s connection drops",
        "All people leave all rooms at once. After a minute the recorder leaves too.",
        |world| world.with(remove_all_peers),
    ),
    (
        "stream-cannot-fetch",
        "Stream cannot fetch the file",
        "The links to recordings refuse Stream’s HEAD request, so every import from a link fails.",
        |world| world.with(|model| model.switches.head_refused = true),
    ),
    (
        "file-expired",
        "The recordings’ files have expired",
        "Every file that is not imported yet is deleted, as if seven days had passed since the class.",
        |world| world.with(expire_files),
    ),
    ("storage-full", "The video storage is full", "Stream accepts no more videos until some are deleted.", |world| {
        world.with(fill_storage);
    }),
    (
        "damaged-file",
        "Stream finds the next video damaged",
        "The next import ends with ERR_MALFORMED_VIDEO.",
        |world| world.queue_mishap(Mishap::ImportFails { code: "ERR_MALFORMED_VIDEO".into() }),
    ),
    (
        "encoding-stuck",
        "The next video stops at 30 %",
        "The next import is encoded up to 30 % and then stops.",
        |world| world.queue_mishap(Mishap::EncodeStuck { percent: 30.0 }),
    ),
    (
        "own-bucket",
        "Recordings go to a bucket of your own",
        "From the next class on, RealtimeKit saves recordings to the association’s own storage and gives no link to download them.",
        |world| world.with(|model| model.switches.own_bucket = true),
    ),
    (
        "odd-replies",
        "Replies have undocumented shapes",
        "Empty lists arrive as null, numbers as text, and every list also holds empty entries.",
        |world| {
            world.with(|model| {
                let switches = &mut model.switches;
                (switches.null_lists, switches.odd_entries, switches.numbers_as_text) = (true, true, true);
            });
        },
    ),
    (
        "nameless-kept-out",
        "People without a name cannot join",
        "A person who was invited without a name cannot enter the room.",
        |world| world.with(|model| model.switches.names_required = true),
    ),
    (
        "download-late",
        "Downloads are prepared slowly",
        "A download is ready ten minutes after it was requested.",
        |world| world.with(|model| model.switches.mp4_seconds = 600.0),
    ),
    (
        "download-missing",
        "Downloads are missing",
        "Stream reports a download as ready, but its link answers “not found”.",
        |world| world.with(|model| model.switches.mp4_missing = true),
    ),
    (
        "certain-sites-only",
        "Videos may be shown on one site only",
        "Every video is restricted to dojo.example.org, and requests that name no site are refused too.",
        |world| world.with(restrict_to_one_site),
    ),
    (
        "keys-deleted",
        "Somebody deletes the signing keys",
        "All signing keys of the account are deleted elsewhere, so every link made with them stops working.",
        |world| world.with(delete_keys),
    ),
    (
        "clock-wrong",
        "This computer’s clock is 15 minutes slow",
        "Cloudflare’s clock is 15 minutes ahead of this computer’s.",
        |world| world.with(|model| model.switches.date_skew_seconds = 900),
    ),
];

/// Returns all scenarios, in the order of `SCENARIOS`.
pub fn list(world: &Arc<World>) -> Vec<Scenario> {
    world.with(|model| {
        let shown = |(name, title, description, _): &(&'static str, &'static str, &'static str, Begin)| Scenario {
            name,
            title,
            description,
            active: model.scenarios.names.contains(name),
        };
        SCENARIOS.iter().map(shown).collect()
    })
}

/// Begins a scenario, after saving the switches for [`calm`] to restore.
pub fn begin(world: &Arc<World>, name: &str) -> Result<(), UnknownScenario> {
    let (name, _, _, begin) =
        SCENARIOS.iter().find(|(known, ..)| *known == name).ok_or_else(|| UnknownScenario(name.to_owned()))?;
    world.with(|model| {
        model.scenarios.names.insert(name);
        let switches = &model.switches;
        model.scenarios.switches_before.get_or_insert_with(|| switches.clone());
    });
    begin(world);
    Ok(())
}

/// Ends all scenarios, faults, mishaps and rate-limit blocks, and restores the switches. Objects that have failed
/// already stay failed.
pub fn calm(world: &Arc<World>) {
    world.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    world.rate_limits.lock().unwrap_or_else(PoisonError::into_inner).reset();
    world.with(|model| {
        model.mishaps.clear();
        let ended = std::mem::take(&mut model.scenarios);
        if let Some(before) = ended.switches_before {
            model.switches = before;
        }
    });
}

fn names() -> String {
    SCENARIOS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

/// Leaves no room beside what is stored, so that deleting a video makes room.
fn fill_storage(model: &mut Model) {
    #[expect(clippy::cast_possible_truncation, reason = "the minutes of the videos are far within the bounds of i64")]
    let stored = routes::stream::videos::stored_minutes(model, ACCOUNT_ID).floor() as i64;
    model.switches.storage_limit_minutes = stored;
}

fn remove_all_peers(model: &mut Model) {
    let live: Vec<String> =
        model.sessions.iter().filter(|session| session.is_live()).map(|session| session.id.clone()).collect();
    for session in live {
        model.remove_peers(&session, |_| true);
    }
}

fn expire_files(model: &mut Model) {
    let now = model.now;
    let kept: Vec<String> = model
        .recordings
        .iter()
        .filter(|recording| recording.expires.is_some_and(|expires| expires > now))
        .map(|recording| recording.id.clone())
        .collect();
    for id in kept {
        model.change_recording(&id, |recording| recording.expires = Some(now));
    }
}

fn delete_keys(model: &mut Model) {
    let ids: Vec<String> = model.keys.iter().map(|key| key.id.clone()).collect();
    for id in ids {
        model.keys.remove(&id);
    }
}

fn restrict_to_one_site(model: &mut Model) {
    model.switches.origin_required = true;
    let uids: Vec<String> = model.videos.iter().map(|video| video.uid.clone()).collect();
    for uid in uids {
        model.videos.edit(&uid, |video| video.allowed_origins = vec!["dojo.example.org".to_owned()]);
    }
}
