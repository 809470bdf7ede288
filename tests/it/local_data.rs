//! A data folder that is lost, damaged, locked, or on a full or write-protected disk.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::recorder::sync;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use hajime_core::actions::profile::backups;
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::schedule::session::SessionState;
use hajime_core::error::Error;
use hajime_core::jobs::Lease;
use hajime_core::ports::{Clock as _, SystemClock};
use hajime_core::store::{self, Nature, Store, reserve};
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk, skip};

const CLI: &str = env!("CARGO_BIN_EXE_hajime-cli");

/// Runs the command line on a data folder without an account, a keyring or a session bus. Returns whether the command
/// succeeded, and its JSON.
fn cli(folder: &Path, arguments: &[&str]) -> (bool, Value) {
    let mut command = Command::new(CLI);
    command.current_dir(folder).env("HAJIME_DATA_DIR", folder);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    for name in ["CLOUDFLARE_BASE_URL", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_CALLS_APP_ID"] {
        command.env_remove(name);
    }
    let output = command.arg("--json").args(arguments).output().unwrap();
    let said = if output.status.success() { &output.stdout } else { &output.stderr };
    let said = serde_json::from_slice(said).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"));
    (output.status.success(), said)
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    for byte in &mut bytes[4_096..4_120] {
        *byte = !*byte;
    }
    std::fs::write(path, bytes).unwrap();
}

/// Schedules sessions in a data folder and closes the desk again.
fn schedule(cloud: &Cloud, folder: &Path, titles: &[&str]) {
    let desk = TestDesk::open(cloud, folder);
    for title in titles {
        desk.schedule(title);
    }
}

fn titles(cloud: &Cloud, folder: &Path) -> Vec<String> {
    let desk = TestDesk::open(cloud, folder);
    let mut all: Vec<String> =
        sessions::list(&desk.context, None, None).unwrap().into_iter().map(|session| session.plan.title).collect();
    all.sort();
    all
}

/// A small disk in memory, mounted for one test. Only root may mount one; other users skip the test.
pub struct Disk(
    pub PathBuf,
    #[expect(dead_code, reason = "keeps the place until the disk is unmounted")] tempfile::TempDir,
);

impl Disk {
    pub fn mount(size: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("disk");
        std::fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "hajime-test"])
            .arg(&path)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(path, place));
        }
        skip("only root may mount a disk for this test");
        None
    }

    pub fn remount(&self, option: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }

    /// Fills the disk to the last byte.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut file = File::create(self.0.join("filler")).unwrap();
        let piece = [0_u8; 4_096];
        while file.write_all(&piece).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[tokio::test]
async fn an_emptied_database_is_reported_as_lost_and_a_backup_restores_the_schedule() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    schedule(&cloud, folder, &["Karate", "Judo"]);
    let (done, made) = cli(folder, &["backup"]);
    assert!(done && made["bytes"].as_u64().unwrap() > 0, "{made}");
    let database = folder.join(store::FILE_NAME);
    for file in ["hajime.db-wal", "hajime.db-shm"] {
        std::fs::remove_file(folder.join(file)).ok();
    }
    File::create(&database).unwrap();

    assert!(matches!(Store::open(folder), Err(store::Error::Lost { .. })));
    assert_eq!(std::fs::metadata(&database).unwrap().len(), 0, "no new database was created");
    let (done, refusal) = cli(folder, &["export", "--to", "out"]);
    assert!(!done && refusal["code"] == "database_lost", "{refusal}");

    let (done, preview) = cli(folder, &["restore", "latest"]);
    assert!(done && preview["restored"] == false && preview["holds"]["sessions"] == 2, "{preview}");
    assert!(matches!(Store::open(folder), Err(store::Error::Lost { .. })), "a preview changes nothing");
    let (done, restored) = cli(folder, &["restore", "latest", "--yes"]);
    assert!(done && restored["kept"].is_null(), "{restored}");
    assert_eq!(titles(&cloud, folder), ["Judo", "Karate"]);
}

#[tokio::test]
async fn a_missing_database_beside_other_data_is_reported_as_lost() {
    for trace in ["turn.lock", "jobs.lock", "relay", "accounts"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(trace)).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(store::Error::Lost { .. })), "{trace}");
        let (done, _) = cli(folder.path(), &["restore", "--empty", "--yes"]);
        assert!(done);
        assert!(Store::open(folder.path()).unwrap().is_empty().unwrap());
    }
    let fresh = tempfile::tempdir().unwrap();
    std::fs::create_dir(fresh.path().join("sandbox")).unwrap();
    assert!(Store::open(fresh.path()).is_ok(), "the sandbox's folder is no trace of a lost database");
}

#[tokio::test]
async fn a_restore_keeps_the_damaged_database_beside_the_backup() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    schedule(&cloud, folder, &["Karate"]);
    cli(folder, &["backup"]);
    schedule(&cloud, folder, &["Judo"]);
    let database = folder.join(store::FILE_NAME);
    damage(&database);
    let damaged = std::fs::read(&database).unwrap();

    assert_eq!(Store::open(folder).unwrap_err().nature(), Nature::Damaged);
    assert_eq!(std::fs::read(&database).unwrap(), damaged, "the damaged database is unchanged");
    let (done, refusal) = cli(folder, &["backup"]);
    assert!(!done && refusal["code"] == "database_damaged", "a damaged database is not backed up: {refusal}");
    let (done, restored) = cli(folder, &["restore", "latest", "--yes"]);
    assert!(done && restored["now"].is_null(), "{restored}");
    let kept = restored["kept"].as_str().unwrap();
    assert_eq!(std::fs::read(kept).unwrap(), damaged);
    assert_eq!(titles(&cloud, folder), ["Karate"]);
}

#[tokio::test]
async fn a_restore_lists_what_would_be_lost_and_can_be_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    schedule(&cloud, folder, &["Karate"]);
    cli(folder, &["backup", "--to", "elsewhere.db"]);
    let copy = folder.join("elsewhere.db");
    let (done, refusal) = cli(folder, &["backup", "--to", "elsewhere.db"]);
    assert!(!done && refusal["code"] == "file", "a file that exists is not overwritten: {refusal}");
    let desk = TestDesk::open(&cloud, folder);
    desk.schedule("Judo");

    let (done, preview) = cli(folder, &["restore", copy.to_str().unwrap()]);
    assert!(done && preview["lost"]["titles"] == json!(["Judo"]), "{preview}");
    // While a desk is open, only that desk may restore its database. It then continues with the backup.
    let mut lease = Lease::default();
    assert!(lease.hold(&desk.context).unwrap());
    let (done, refusal) = cli(folder, &["restore", copy.to_str().unwrap(), "--yes"]);
    assert!(!done && refusal["code"] == "conflict", "{refusal}");
    let restored = backups::restore_desk(&desk.context, &copy).unwrap();
    let now: Vec<_> = sessions::list(&desk.context, None, None).unwrap().into_iter().map(|s| s.plan.title).collect();
    assert_eq!(now, ["Karate"]);
    backups::restore_desk(&desk.context, &restored.kept.unwrap()).unwrap();
    assert_eq!(sessions::list(&desk.context, None, None).unwrap().len(), 2);
}

#[tokio::test]
async fn refuses_to_restore_a_file_that_is_no_whole_backup_of_this_account() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    schedule(&cloud, folder, &["Karate"]);
    cli(folder, &["backup", "--to", "whole.db"]);
    std::fs::write(folder.join("text.db"), "no database".repeat(900)).unwrap();
    std::fs::copy(folder.join("whole.db"), folder.join("damaged.db")).unwrap();
    damage(&folder.join("damaged.db"));
    let other = rusqlite::Connection::open(folder.join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE things (id)").unwrap();
    drop(other);
    std::fs::copy(folder.join("whole.db"), folder.join("foreign.db")).unwrap();
    let foreign = rusqlite::Connection::open(folder.join("foreign.db")).unwrap();
    foreign.execute("UPDATE settings SET value = ?1 WHERE key = 'account_id'", ["f".repeat(32)]).unwrap();
    drop(foreign);
    for name in ["text.db", "damaged.db", "other.db", "foreign.db", "nowhere.db"] {
        let (done, refusal) = cli(folder, &["restore", name, "--yes"]);
        assert!(!done && refusal["code"] == "not_a_copy", "{name}: {refusal}");
    }
    assert_eq!(titles(&cloud, folder), ["Karate"]);
}

#[tokio::test]
async fn an_export_holds_every_table_and_no_secret() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    schedule(&cloud, folder, &["=1+1"]);
    let (done, exported) = cli(folder, &["export", "--to", "out"]);
    assert!(done && exported["files"].as_array().unwrap().len() == 6, "{exported}");
    let schedule: Value = serde_json::from_slice(&std::fs::read(folder.join("out/schedule.json")).unwrap()).unwrap();
    assert_eq!(schedule[0]["title"], "=1+1");
    let table = std::fs::read_to_string(folder.join("out/schedule.csv")).unwrap();
    assert!(table.starts_with("\"id\",\"title\"") && table.contains("\"'=1+1\""), "{table}");
    let (done, refusal) = cli(folder, &["export", "--to", "out"]);
    assert!(!done && refusal["code"] == "file", "nothing is overwritten: {refusal}");
}

#[cfg(unix)]
#[tokio::test]
async fn new_files_are_private_and_foreign_folders_keep_their_mode() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    let cloud = Cloud::start().await;
    let home = tempfile::tempdir().unwrap();
    let ours = home.path().join("made").join("by-us");
    schedule(&cloud, &ours, &["Karate"]);
    let copy = backups::make(&ours, SystemClock.now()).unwrap();
    assert_eq!((mode(&ours), mode(&ours.join("hajime.db"))), (0o700, 0o600));
    assert_eq!((mode(&ours.join("backups")), mode(&copy.path)), (0o700, 0o600));
    assert_eq!((mode(&ours.join("turn.lock")), mode(&ours.join("jobs.lock"))), (0o600, 0o600));

    let shared = home.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o777)).unwrap();
    // Only root can change the owner. Without root, the folder keeps its owner and the test still holds.
    chown(&shared, Some(65_534), Some(65_534)).ok();
    symlink(&shared, home.path().join("link")).unwrap();
    schedule(&cloud, &home.path().join("link"), &["Judo"]);
    assert_eq!((mode(&shared), mode(&shared.join("hajime.db"))), (0o777, 0o600));
}

#[tokio::test]
async fn reports_an_unusable_lock_file_and_still_ends_a_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    start::start(&desk.context, session.id).await.unwrap();
    drop(desk);
    for name in ["jobs.lock", "turn.lock"] {
        let path = folder.path().join(name);
        std::fs::remove_file(&path).ok();
        std::fs::create_dir(&path).unwrap();
    }
    let desk = TestDesk::open(&cloud, folder.path());
    let error = Lease::default().hold(&desk.context).unwrap_err();
    assert_eq!(error.code(), "lock");
    assert!(error.message().contains("jobs.lock cannot be used: is a directory"), "{}", error.message());
    let other = desk.schedule("Judo");
    let error = start::start(&desk.context, other.id).await.unwrap_err();
    assert!(error.message().contains("turn.lock cannot be used"), "{}", error.message());
    let ended = end::end(&desk.context, session.id).await.unwrap();
    assert!(matches!(ended.session.state, SessionState::Ended(..)));
}

#[tokio::test]
async fn reports_a_database_that_another_program_has_locked() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let other = rusqlite::Connection::open(folder.path().join(store::FILE_NAME)).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let error = Error::from(Store::open(folder.path()).unwrap_err());
    assert!(error.message().ends_with("is locked by another program."), "{}", error.message());
    assert!(!error.next().contains("full"), "{}", error.next());
}

#[tokio::test]
async fn uses_another_journal_mode_where_wal_is_refused_and_loses_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    schedule(&cloud, folder.path(), &["Karate"]);
    // Network disks refuse the shared memory file that WAL needs. A folder in its place has the same effect.
    let shared = folder.path().join("hajime.db-shm");
    std::fs::remove_file(&shared).ok();
    std::fs::create_dir(&shared).unwrap();
    schedule(&cloud, folder.path(), &["Judo"]);
    assert_eq!(titles(&cloud, folder.path()), ["Judo", "Karate"]);
    let desk = TestDesk::open(&cloud, folder.path());
    assert!(desk.context.store().reading_only().is_none(), "the database is writable");
}

#[tokio::test]
async fn reads_on_a_write_protected_disk_and_writes_again_once_it_is_writable() {
    let Some(volume) = Disk::mount("16m") else { return };
    let cloud = Cloud::start().await;
    schedule(&cloud, &volume.0, &["Karate"]);
    volume.remount("ro");
    let desk = TestDesk::open(&cloud, &volume.0);
    assert_eq!(sessions::list(&desk.context, None, None).unwrap().len(), 1);
    let refused = sessions::schedule(&desk.context, &desk.input("Judo")).unwrap_err();
    assert_eq!(refused.code(), "read_only", "{}", refused.message());
    let why = desk.context.store().reading_only().expect("the store reports that it is read only");
    assert!(Error::from(Store::open(&volume.0.join("none")).unwrap_err()).message().contains("none"));
    assert!(why.to_string().contains("hajime.db"), "{why}");
    volume.remount("rw");
    desk.context.store().try_to_write_again();
    sessions::schedule(&desk.context, &desk.input("Judo")).unwrap();
    assert_eq!(titles(&cloud, &volume.0), ["Judo", "Karate"]);
}

#[tokio::test]
async fn ends_a_session_on_a_full_disk_with_and_without_the_reserve() {
    let Some(volume) = Disk::mount("16m") else { return };
    let cloud = Cloud::start().await;
    let desk = TestDesk::open(&cloud, &volume.0);
    reserve::keep(&volume.0).unwrap();
    let (first, second) = (desk.schedule("Karate"), desk.schedule("Judo"));
    for session in [&first, &second] {
        start::start(&desk.context, session.id).await.unwrap();
        let session = desk.session(session);
        cloud.join(&session, "Ada").await;
    }
    volume.fill();
    // Free space in existing pages may still hold a few sessions.
    let full = (0..5_000).find_map(|_| sessions::schedule(&desk.context, &desk.input("Aikido")).err()).unwrap();
    assert_eq!(full.code(), "disk_full", "{}", full.message());
    assert!(!sessions::list(&desk.context, None, None).unwrap().is_empty(), "every table can be read");

    let ended = end::end(&desk.context, first.id).await.unwrap();
    assert!(ended.trouble.is_none() && matches!(ended.session.state, SessionState::Ended(..)), "{ended:?}");
    assert!(!volume.0.join("reserve").exists(), "the reserve file was deleted");

    volume.fill();
    let full = (0..5_000).find_map(|_| sessions::schedule(&desk.context, &desk.input("Aikido")).err()).unwrap();
    assert_eq!(full.code(), "disk_full");
    let ended = end::end(&desk.context, second.id).await.unwrap();
    let trouble = ended.trouble.expect("it could not be noted");
    assert!(trouble.message.starts_with("“Judo” was ended at Cloudflare"), "{}", trouble.message);
    let room = desk.session(&second).state.room().unwrap().id.to_string();
    let path = format!("/realtime/kit/{}/meetings/{room}", cloud.sandbox.info().app_id);
    let meeting = cloud.api(reqwest::Method::GET, &path).await;
    assert_eq!(meeting["data"]["status"], "INACTIVE", "{meeting}");

    // A desk that is opened on the full disk can still read everything.
    drop(desk);
    let desk = TestDesk::open(&cloud, &volume.0);
    assert!(!sessions::list(&desk.context, None, None).unwrap().is_empty());
    std::fs::remove_file(volume.0.join("filler")).unwrap();
    let mut desk = TestDesk::open(&cloud, &volume.0);
    sync::sync(&desk.context).await.unwrap();
    desk.until_idle(&cloud).await;
    assert!(matches!(desk.session(&second).state, SessionState::Ended(..)), "the end is saved once the disk has room");
}

/// C source of a library that makes every lock fail, as on a file system without locks.
const NO_LOCKS: &str = r"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int refuse(void) { errno = ENOLCK; return -1; }
int flock(int fd, int operation) { (void)fd; (void)operation; return refuse(); }
#ifdef RECORD_LOCKS_TOO
static int pass_on(const char *name, int fd, int command, void *argument) {
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) return refuse();
    int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, name);
    return real(fd, command, argument);
}
#define PASS_ON(name) \
    int name(int fd, int command, ...) { \
        va_list arguments; va_start(arguments, command); void *argument = va_arg(arguments, void *); va_end(arguments); \
        return pass_on(#name, fd, command, argument); \
    }
PASS_ON(fcntl)
PASS_ON(fcntl64)
#endif
";

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn schedules_starts_and_ends_a_session_on_a_disk_without_locks() {
    let cloud = Cloud::start().await;
    for define in ["FLOCK_ONLY", "RECORD_LOCKS_TOO"] {
        let folder = tempfile::tempdir().unwrap();
        let (source, library) = (folder.path().join("no-locks.c"), folder.path().join("no-locks.so"));
        std::fs::write(&source, NO_LOCKS).unwrap();
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", &format!("-D{define}"), "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status()
            .unwrap();
        assert!(compiled.success());
        let run = |arguments: &[&str]| {
            let output = Command::new(CLI)
                .current_dir(folder.path())
                .env("LD_PRELOAD", &library)
                .env("HAJIME_DATA_DIR", folder.path().join("data"))
                .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
                .envs(cloud.variables())
                .arg("--json")
                .args(arguments)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{define} {arguments:?}: {said}");
            assert!(said.lines().count() == 1 && said.contains("has no locks"), "{define} {arguments:?}: {said}");
            serde_json::from_slice::<Value>(&output.stdout).unwrap()
        };
        let made = run(&["session", "add", "--title", "Judo", "--instructor", "R. Alves", "--start", "now"]);
        let id = made["id"].as_str().unwrap();
        run(&["session", "start", id]);
        assert_eq!(run(&["session", "end", id])["status"], "ended", "{define}");
        run(&["sync"]);
        run(&["backup"]);
    }
}

#[tokio::test]
async fn a_repeated_wall_clock_hour_moves_no_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let mut input = desk.input("Judo");
    input.start_local = "2027-10-31T01:30:00Z".into();
    input.timezone = "Europe/Berlin".into();
    let session = sessions::schedule(&desk.context, &input).unwrap();
    assert_eq!(session.plan.start.instant().to_rfc3339(), "2027-10-31T01:30:00+00:00");
    // The window's form sends wall-clock time to the minute.
    input.start_local = "2027-10-31T02:30".into();
    input.title = "Judo for beginners".into();
    let edited = sessions::edit(&desk.context, session.id, &input).unwrap();
    assert_eq!((edited.plan.title.as_str(), edited.plan.start), ("Judo for beginners", session.plan.start));
}

#[tokio::test]
async fn saves_a_title_of_fifty_emoji_under_a_valid_file_name() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule(&"\u{1f94b}".repeat(50));
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    let saved = hajime_core::actions::library::export::save_into(&desk.context, id, folder.path()).await.unwrap();
    let name = saved.path.file_name().unwrap().to_str().unwrap();
    assert!(name.len() <= 143 && name.starts_with('\u{1f94b}') && saved.bytes > 0, "{name}");
    // The name may be as long as the disk allows, because the partial file is named after the recording's id.
    let longest = folder.path().join(format!("{}.mp4", "x".repeat(251)));
    assert!(hajime_core::actions::library::export::save_copy(&desk.context, id, &longest).await.is_ok());
}
