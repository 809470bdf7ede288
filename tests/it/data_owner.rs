//! The account on whose data `backup`, `restore` and `export` work, in a data folder of several accounts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hajime_core::actions::profile::backups;
use hajime_core::actions::schedule::sessions;
use hajime_core::config::Profile;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, MemorySecrets, SystemClock};
use hajime_core::store::FILE_NAME;
use secrecy::SecretString;
use serde_json::Value;

use crate::support::TestDesk;

const FIRST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECOND: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const UNKNOWN: &str = "cccccccccccccccccccccccccccccccc";

/// A data folder with two accounts. Each has two scheduled sessions and a backup that holds the first of them.
struct Data(tempfile::TempDir);

impl Data {
    fn make() -> Self {
        let data = Self(tempfile::tempdir().unwrap());
        for account in [FIRST, SECOND] {
            data.schedule(account, "Karate");
            backups::make(&data.of(account), SystemClock.now()).unwrap();
            data.schedule(account, "Judo");
        }
        data
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Returns the folder with the database of an account.
    fn of(&self, account: &str) -> PathBuf {
        if account == FIRST { self.folder().to_owned() } else { self.folder().join("accounts").join(account) }
    }

    fn context(&self, account: &str) -> TestDesk {
        TestDesk::connected(&connection(account), self.folder(), std::sync::Arc::default(), None)
    }

    fn schedule(&self, account: &str, title: &str) {
        self.context(account).schedule(title);
    }

    fn titles(&self, account: &str) -> Vec<String> {
        let all = sessions::list(&self.context(account).context, None, None).unwrap();
        let mut titles: Vec<_> = all.into_iter().map(|session| session.plan.title).collect();
        titles.sort();
        titles
    }

    fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
            .env_clear()
            .env("HOME", self.folder())
            .env("HAJIME_DATA_DIR", self.folder())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .envs(environment.iter().copied())
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .args(arguments)
            .output()
            .unwrap()
    }

    fn done(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Value {
        let output = self.run(environment, &[&["--json"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Value {
        let output = self.run(environment, &[&["--json"], arguments].concat());
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stderr).unwrap()
    }
}

fn connection(account: &str) -> Profile {
    Profile {
        base_url: "http://127.0.0.1:9/client/v4".parse().unwrap(),
        account: account.parse().unwrap(),
        token: SecretString::from("token"),
        app: None,
    }
}

fn environment(account: &str) -> [(&str, &str); 2] {
    [("CLOUDFLARE_ACCOUNT_ID", account), ("CLOUDFLARE_API_TOKEN", "token")]
}

#[test]
fn backup_restore_and_export_use_the_account_of_the_other_commands() {
    for place in ["environment", "file", "connected", "named"] {
        let data = Data::make();
        let (mut variables, mut named) = (Vec::new(), Vec::new());
        match place {
            "environment" => variables.extend(environment(SECOND)),
            "file" => {
                let text = format!("CLOUDFLARE_ACCOUNT_ID={SECOND}\nCLOUDFLARE_API_TOKEN=token\n");
                std::fs::write(data.folder().join(".env"), text).unwrap();
            }
            "connected" => {
                opening::save_profile(data.folder(), &connection(SECOND), &MemorySecrets::default()).unwrap().unwrap();
            }
            _ => {
                variables.extend(environment(FIRST));
                named.extend(["--account", SECOND]);
            }
        }
        let done = |arguments: &[&str]| data.done(&variables, &[arguments, &named].concat());

        let restored = done(&["restore", "latest", "--yes"]);
        assert_eq!(restored["account"], SECOND, "{place}: {restored}");
        assert_eq!(data.titles(SECOND), ["Karate"], "{place}");
        assert_eq!(data.titles(FIRST), ["Judo", "Karate"], "{place}: the other account's schedule stays");
        let copied = done(&["backup"]);
        assert_eq!(copied["account"], SECOND, "{place}: {copied}");
        assert!(Path::new(copied["path"].as_str().unwrap()).starts_with(data.of(SECOND)), "{place}: {copied}");
        let listed = done(&["backup", "list"]);
        assert!(listed.as_array().unwrap().iter().all(|copy| copy["account"] == SECOND), "{place}: {listed}");
        let exported = done(&["export", "--to", "out"]);
        assert_eq!(exported["account"], SECOND, "{place}: {exported}");
        let schedule = std::fs::read(data.folder().join("out/schedule.json")).unwrap();
        let schedule: Value = serde_json::from_slice(&schedule).unwrap();
        assert_eq!(schedule.as_array().unwrap().len(), 1, "{place}: {schedule}");
    }
}

#[test]
fn prints_the_account_whose_data_it_works_on() {
    let data = Data::make();
    for arguments in [&["backup"][..], &["backup", "list"], &["restore", "latest"], &["export", "--to", "out"]] {
        let output = data.run(&environment(SECOND), arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with(&format!("Data of the Cloudflare account {SECOND}")), "{arguments:?}: {said}");
    }
}

#[test]
fn refuses_an_account_without_data_and_creates_nothing() {
    let data = Data::make();
    for arguments in [&["backup"][..], &["restore", "latest", "--yes"], &["export", "--to", "out"]] {
        for refused in [
            data.refused(&[], &[arguments, &["--account", UNKNOWN]].concat()),
            data.refused(&environment(UNKNOWN), arguments),
        ] {
            assert_eq!(refused["code"], "not_found", "{arguments:?}: {refused}");
            let next = refused["next"].as_str().unwrap();
            assert!(next.contains(FIRST) && next.contains(SECOND), "{arguments:?}: {next}");
        }
    }
    assert!(!data.of(UNKNOWN).exists() && !data.folder().join("out").exists());
    assert_eq!(data.titles(FIRST), ["Judo", "Karate"]);
}

#[test]
fn restore_asks_for_the_account_while_the_first_database_is_damaged() {
    let data = Data::make();
    std::fs::write(data.folder().join(FILE_NAME), "no database".repeat(900)).unwrap();
    for file in ["hajime.db-wal", "hajime.db-shm"] {
        std::fs::remove_file(data.folder().join(file)).ok();
    }
    let refused = data.refused(&environment(SECOND), &["restore", "latest", "--yes"]);
    assert_eq!(refused["code"], "database_damaged", "{refused}");
    assert!(refused["next"].as_str().unwrap().contains(FIRST), "{refused}");
    // A backup of another account is refused.
    let copy = backups::newest_whole(&data.of(SECOND)).unwrap();
    let refused = data.refused(&[], &["restore", copy.path.to_str().unwrap(), "--yes", "--account", FIRST]);
    assert_eq!(refused["code"], "not_a_copy", "{refused}");
    let restored = data.done(&environment(SECOND), &["restore", "latest", "--yes", "--account", FIRST]);
    assert_eq!(restored["account"], FIRST, "{restored}");
    assert_eq!(data.titles(FIRST), ["Karate"]);
    assert_eq!(data.titles(SECOND), ["Judo", "Karate"]);
}

#[test]
fn a_new_empty_database_is_not_taken_for_that_of_another_account() {
    for with_copies in [true, false] {
        let data = Data::make();
        std::fs::remove_file(data.of(FIRST).join(FILE_NAME)).unwrap();
        if !with_copies {
            std::fs::remove_dir_all(backups::folder_of_copies(data.folder())).unwrap();
        }
        backups::begin_anew(data.folder(), SystemClock.now()).unwrap();
        assert_eq!(data.titles(SECOND), ["Judo", "Karate"], "with backups: {with_copies}");
        assert!(data.titles(FIRST).is_empty());
        data.schedule(FIRST, "Aikido");
        assert_eq!(data.titles(SECOND), ["Judo", "Karate"]);
        assert!(!data.folder().join("accounts").join(FIRST).exists(), "the first account keeps the top of the folder");
    }
}
