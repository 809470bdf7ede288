//! One round: a few sessions from the plan to the ready recording, and the count of recordings that were lost or
//! duplicated.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::{Failure, cloud::Cloud, copies, desk::Desk};

const SESSIONS_PER_ROUND: usize = 4;
/// Periods in which the jobs may run until every session is recorded. The jobs are killed several times a second, so
/// they need many periods.
const MAX_WORK_PERIODS: usize = 20;
const ACTIVE_STATUSES: [&str; 3] = ["INVOKED", "RECORDING", "PAUSED"];

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rounds: u64,
    pub(crate) kills: u64,
    pub(crate) recordings: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// Jobs and processes that ended by a panic.
    pub(crate) dead_jobs: u64,
    /// Other expectations that the run violated, one sentence each.
    pub(crate) wrong: Vec<String>,
    faults: BTreeMap<String, u64>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, kills, recordings, lost, duplicated, dead_jobs, wrong, faults } = self;
        let all: u64 = faults.values().sum();
        write!(
            f,
            "{rounds} rounds, {kills} kills, {all} faults, {recordings} recordings: {lost} lost, {duplicated} duplicated, {dead_jobs} dead jobs"
        )?;
        if f.alternate() {
            for (kind, count) in faults {
                write!(f, "\n{count:>8} × {kind}")?;
            }
        }
        for wrong in wrong {
            write!(f, "\n  ✗ {wrong}")?;
        }
        Ok(())
    }
}

impl Tally {
    /// Adds the result of another round.
    pub(crate) fn add(&mut self, other: Self) {
        let Self { rounds, kills, recordings, lost, duplicated, dead_jobs, wrong, faults } = other;
        self.rounds += rounds;
        self.kills += kills;
        self.recordings += recordings;
        self.lost += lost;
        self.duplicated += duplicated;
        self.dead_jobs += dead_jobs;
        self.wrong.extend(wrong);
        for (kind, count) in faults {
            *self.faults.entry(kind).or_default() += count;
        }
    }
}

struct RunSession {
    id: String,
    room: String,
}

/// Runs the sessions of one round on one or two desks.
pub(crate) async fn round(
    cli: &Path,
    tampered: bool,
    mut chance: StdRng,
    desks: usize,
    number: u64,
) -> Result<Tally, Failure> {
    let mut tally = Tally { rounds: 1, ..Tally::default() };
    let cloud = Cloud::start(cli, tampered).await?;
    let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
    let desk = |folder: &Path| -> Result<Desk<'_>, Failure> {
        Ok(Desk { cli, cloud: &cloud, folder: folder.to_owned(), said: NamedTempFile::new()? })
    };
    let first = desk(folders[0].path())?;
    cloud.switch_on_faults(&mut chance).await?;

    let mut sessions = Vec::new();
    for number in 0..SESSIONS_PER_ROUND {
        let title = format!("Session {number}");
        let add =
            ["session", "add", "--title", &title, "--instructor", "R. Alves", "--start", "now", "--quality", "480p"];
        let made = first.ask(&add).await?.ok_or("a session could not be scheduled")?;
        let session = made["id"].as_str().ok_or("a session without an id")?.to_owned();
        let started = first.insist(&["session", "start", &session], &mut chance, &mut tally.kills).await?;
        let room = started["room_id"].as_str().ok_or("a session without a room")?.to_owned();
        cloud.join(&room).await?;
        sessions.push(RunSession { id: session, room });
    }
    let mut all = vec![first];
    for _ in 0..MAX_WORK_PERIODS {
        work(&all, &mut chance, 2_000..6_000, &mut tally).await?;
        if recorded(&cloud, &sessions).await? {
            break;
        }
    }
    if desks == 2 {
        // The second desk starts with a copy of the first desk's data, as after a restored backup.
        copy(folders[0].path(), folders[1].path())?;
        all.push(desk(folders[1].path())?);
        work(&all, &mut chance, 1_000..3_000, &mut tally).await?;
    }
    for session in &sessions {
        for desk in &all {
            desk.insist(&["session", "end", &session.id], &mut chance, &mut tally.kills).await?;
        }
    }
    work(&all, &mut chance, 12_000..20_000, &mut tally).await?;
    cloud.switch_off_faults(&mut tally.faults).await?;
    for desk in &all {
        desk.ask(&["watch", "--until-idle", "--timeout", "200"])
            .await?
            .ok_or("a desk is not done after 200 seconds")?;
    }
    for desk in &all {
        retry(desk, &sessions).await?;
    }
    // The desk that finished first does not yet know what the other desk did.
    for desk in &all {
        desk.ask(&["sync"]).await?.ok_or("a desk cannot sync")?;
    }
    judge(&cloud, &all, &sessions, number, &mut tally).await?;
    if let ([desk, ..], Some(recording)) = (all.as_slice(), first_ready(&all, &sessions).await?) {
        let wrong = copies::make(desk, &recording, &mut chance, &mut tally.kills).await?;
        tally.wrong.extend(wrong.into_iter().map(|wrong| format!("round {number}: {wrong}")));
    }
    for desk in &all {
        tally.dead_jobs += desk.dead_jobs()?;
    }
    if cloud.foreign_bytes() > 0 {
        tally.wrong.push(format!("round {number}: {} bytes reached a foreign host", cloud.foreign_bytes()));
    }
    Ok(tally)
}

/// Retries failed recordings by hand after the faults are switched off. Auto-retry would make the same retries minutes
/// later.
async fn retry(desk: &Desk<'_>, sessions: &[RunSession]) -> Result<(), Failure> {
    let mut tried = false;
    for session in sessions {
        let shown = desk.ask(&["session", "show", &session.id]).await?.ok_or("a session is gone")?;
        for recording in shown["recordings"].as_array().into_iter().flatten() {
            if recording["status"] == "FAILED" {
                let id = recording["id"].as_str().ok_or("a recording without an id")?;
                // A retry of an attempt that captured nothing is refused.
                tried |= desk.ask(&["recording", "retry", id]).await?.is_some();
            }
        }
    }
    if tried {
        let done = desk.ask(&["watch", "--until-idle", "--timeout", "200"]).await?;
        done.ok_or("a desk is not done 200 seconds after a retry")?;
    }
    Ok(())
}

/// Returns whether every session is being recorded.
async fn recorded(cloud: &Cloud, sessions: &[RunSession]) -> Result<bool, Failure> {
    for session in sessions {
        let made = cloud.recordings(&session.room).await?;
        if !made.iter().any(|recording| recording["status"] == "RECORDING") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The id of a recording that can be watched; `None` if there is none, which [`judge`] reports.
async fn first_ready(desks: &[Desk<'_>], sessions: &[RunSession]) -> Result<Option<String>, Failure> {
    let (Some(desk), Some(session)) = (desks.first(), sessions.first()) else { return Ok(None) };
    let shown = desk.ask(&["session", "show", &session.id]).await?.ok_or("a session is gone")?;
    let mut known = shown["recordings"].as_array().into_iter().flatten();
    Ok(known.find(|one| one["status"] == "READY").and_then(|one| one["id"].as_str()).map(str::to_owned))
}

async fn work(
    desks: &[Desk<'_>],
    chance: &mut StdRng,
    millis: std::ops::Range<u64>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_millis(chance.random_range(millis));
    let mut own = || StdRng::seed_from_u64(chance.random());
    tally.kills += match desks {
        [one, two] => {
            let (one, two) = tokio::join!(one.work(until, own()), two.work(until, own()));
            one? + two?
        }
        desks => {
            let mut kills = 0;
            for desk in desks {
                kills += desk.work(until, own()).await?;
            }
            kills
        }
    };
    Ok(())
}

async fn judge(
    cloud: &Cloud,
    desks: &[Desk<'_>],
    sessions: &[RunSession],
    round: u64,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let videos = cloud.videos().await?;
    let mut expected = 0;
    for session in sessions {
        let made = cloud.recordings(&session.room).await?;
        let files: Vec<&Value> = made.iter().filter(|recording| recording["status"] == "UPLOADED").collect();
        if made.iter().any(|recording| ACTIVE_STATUSES.iter().any(|state| recording["status"] == *state)) {
            tally.wrong.push(format!("round {round}: a recording of an ended session still runs: {made:?}"));
        }
        if files.is_empty() {
            tally.lost += 1;
            tally.wrong.push(format!("round {round}: a session was not recorded: {made:?}"));
        }
        for file in files {
            tally.recordings += 1;
            expected += 1;
            let mark = format!("hajime-{}", file["id"].as_str().unwrap_or_default());
            let of_it: Vec<&str> = videos
                .iter()
                .filter(|video| video["creator"] == mark.as_str())
                .filter_map(|video| video["uid"].as_str())
                .collect();
            match of_it.as_slice() {
                [] => {
                    tally.lost += 1;
                    tally.wrong.push(format!("round {round}: no video of {file}"));
                }
                [kept] => {
                    for (number, desk) in desks.iter().enumerate() {
                        let shown = desk.ask(&["session", "show", &session.id]).await?.ok_or("a session is gone")?;
                        let mut known = shown["recordings"].as_array().into_iter().flatten();
                        if !known.any(|one| one["status"] == "READY" && one["video_id"] == *kept) {
                            tally.lost += 1;
                            tally.wrong.push(format!("round {round}, desk {number}: {kept} is not shown: {shown}"));
                        }
                    }
                }
                more => {
                    tally.duplicated += u64::try_from(more.len() - 1)?;
                    tally.wrong.push(format!("round {round}: {more:?} are all of {file}"));
                }
            }
        }
    }
    if videos.len() > expected {
        tally.duplicated += u64::try_from(videos.len() - expected)?;
        tally.wrong.push(format!("round {round}: {} videos of {expected} recordings", videos.len()));
    }
    for desk in desks {
        let said = desk.integrity()?;
        if said != "ok" {
            tally.wrong.push(format!("round {round}: a database is damaged: {said}"));
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
