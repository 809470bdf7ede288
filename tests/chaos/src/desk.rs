//! A desk: a data folder, and the processes that run on it until they are killed.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use rand::{Rng as _, rngs::StdRng};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

use crate::{Failure, cloud::Cloud};

/// Longest time that a process runs without writing a recording event.
const SILENT_PROCESS_LIFETIME: Duration = Duration::from_secs(1);
/// Longest time that a command may take when it is not killed.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(240);

pub(crate) struct Desk<'a> {
    pub(crate) cli: &'a Path,
    pub(crate) cloud: &'a Cloud,
    pub(crate) folder: PathBuf,
    /// The standard error of the desk's processes. A panic is reported there with its place in the source.
    pub(crate) said: NamedTempFile,
}

impl Desk<'_> {
    /// Starts a command and drops its standard output.
    fn begin(&self, arguments: &[&str]) -> Result<Child, Failure> {
        let said = OpenOptions::new().append(true).open(self.said.path())?;
        Ok(self.command(arguments).stdout(Stdio::null()).stderr(said).spawn()?)
    }

    /// Returns the number of panics in jobs and processes.
    pub(crate) fn dead_jobs(&self) -> Result<u64, Failure> {
        let said = std::fs::read_to_string(self.said.path())?;
        Ok(said.lines().filter(|line| line.contains("stopped unexpectedly at")).count().try_into()?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.cli);
        command
            .arg("--json")
            .args(arguments)
            .current_dir(&self.folder)
            .env("HAJIME_DATA_DIR", &self.folder)
            .env("CLOUDFLARE_BASE_URL", self.cloud.address())
            .env("CLOUDFLARE_ACCOUNT_ID", self.cloud.get("account_id"))
            .env("CLOUDFLARE_API_TOKEN", self.cloud.get("api_token"))
            .env("CLOUDFLARE_CALLS_APP_ID", self.cloud.get("app_id"))
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end and returns its JSON; `None` when the command was refused.
    pub(crate) async fn ask(&self, arguments: &[&str]) -> Result<Option<Value>, Failure> {
        let output = tokio::time::timeout(COMMAND_TIME_LIMIT, self.command(arguments).output()).await;
        let output = output.map_err(|_| format!("{arguments:?} hangs"))??;
        OpenOptions::new().append(true).open(self.said.path())?.write_all(&output.stderr)?;
        Ok(if output.status.success() { Some(serde_json::from_slice(&output.stdout)?) } else { None })
    }

    /// Repeats a command until it succeeds, and kills some of the runs.
    pub(crate) async fn insist(
        &self,
        arguments: &[&str],
        chance: &mut StdRng,
        kills: &mut u64,
    ) -> Result<Value, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < COMMAND_TIME_LIMIT {
            if chance.random_bool(0.4) {
                let mut child = self.begin(arguments)?;
                tokio::time::sleep(Duration::from_millis(chance.random_range(5..250))).await;
                *kills += u64::from(kill(&mut child).await?);
            } else if let Some(done) = self.ask(arguments).await? {
                return Ok(done);
            }
        }
        Err(format!("{arguments:?} never succeeds").into())
    }

    /// Runs the jobs until `until`, in processes that are killed either at a random moment or after they have written
    /// something. Returns the number of kills.
    pub(crate) async fn work(&self, until: Instant, mut chance: StdRng) -> Result<u64, Failure> {
        let mut kills = 0;
        while Instant::now() < until {
            let watch = ["watch", "--until-idle", "--timeout", "600"];
            let mut child = self.begin(&watch)?;
            if chance.random_bool(0.5) {
                // Most processes live for a short time; some live long enough to complete all work.
                let longest = if chance.random_bool(0.6) { 300 } else { 2_500 };
                tokio::time::sleep(Duration::from_millis(chance.random_range(5..longest))).await;
            } else {
                self.next_transition(&mut child, until.min(Instant::now() + SILENT_PROCESS_LIFETIME)).await?;
            }
            kills += u64::from(kill(&mut child).await?);
        }
        Ok(kills)
    }

    /// Waits until the history of a recording has one more event, the process has ended, or `until` has passed.
    async fn next_transition(&self, child: &mut Child, until: Instant) -> Result<(), Failure> {
        let before = self.lines();
        while Instant::now() < until && child.try_wait()?.is_none() && self.lines() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    fn lines(&self) -> i64 {
        let Ok(database) = self.database() else { return 0 };
        database.query_row("SELECT count(*) FROM recording_events", [], |row| row.get(0)).unwrap_or(0)
    }

    fn database(&self) -> Result<Connection, Failure> {
        let path = find(&self.folder, "hajime.db").ok_or("there is no database yet")?;
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        database.busy_timeout(Duration::from_secs(5))?;
        Ok(database)
    }

    /// Returns the result of SQLite's `integrity_check`.
    pub(crate) fn integrity(&self) -> Result<String, Failure> {
        Ok(self.database()?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
    }
}

/// Kills a process without warning. Returns whether it was still running.
async fn kill(child: &mut Child) -> Result<bool, Failure> {
    let running = child.try_wait()?.is_none();
    child.kill().await.ok();
    Ok(running)
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { (entry.file_name() == name).then_some(path) }
    })
}
