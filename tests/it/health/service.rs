//! `hajime-cli service`, with commands of the system that only note what they were told.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::command_line::{printed, program, refused};
use crate::support::{Cloud, skip};

/// A home whose system notes every command, and a service runs once it was restarted.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >> "$HOME/told"
case "$2" in
  restart) touch "$HOME/runs" ;;
  disable) rm -f "$HOME/runs" ;;
  is-active) if [ -e "$HOME/runs" ]; then echo active; else echo inactive; exit 3; fi ;;
esac
"#;

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new(cloud: &Cloud) -> Self {
        let folder = tempfile::Builder::new().prefix("my home ").tempdir().unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let systemctl = bin.join("systemctl");
        std::fs::write(&systemctl, SYSTEMCTL).unwrap();
        std::fs::set_permissions(&systemctl, std::fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.path().join("data 100%");
        std::fs::create_dir(&data).unwrap();
        let lines: Vec<String> = cloud.variables().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        std::fs::write(data.join(".env"), lines.concat()).unwrap();
        Self { folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data 100%")
    }

    fn unit(&self) -> PathBuf {
        self.folder.path().join("config/systemd/user/hajime-watch.service")
    }

    fn command(&self) -> std::process::Command {
        let home = self.folder.path();
        let path = format!("{}:/usr/bin:/bin", home.join("bin").display());
        let mut command = program(&self.data());
        command.env("HOME", home).env("XDG_CONFIG_HOME", home.join("config")).env("PATH", path);
        command
    }

    fn run(&self, verb: &str) -> Output {
        self.command().args(["service", verb]).output().unwrap()
    }

    /// The commands that the system was given since the last time.
    fn told(&self) -> Vec<String> {
        let file = self.folder.path().join("told");
        let told = std::fs::read_to_string(&file).unwrap_or_default();
        std::fs::remove_file(&file).ok();
        told.lines().filter(|line| !line.contains("is-active")).map(str::to_owned).collect()
    }
}

fn facts(view: &Value) -> [Value; 4] {
    ["installed", "running", "ours", "outdated"].map(|name| view[name].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_installed_once_and_removed() {
    let cloud = Cloud::start().await;
    let home = Home::new(&cloud);
    let before = printed(&home.run("status"));
    assert_eq!(facts(&before), [json!(false), json!(false), json!(false), json!(false)], "{before}");
    let installed = printed(&home.run("install"));
    assert_eq!(facts(&installed), [json!(true), json!(true), json!(true), json!(false)], "{installed}");
    assert_eq!(
        home.told(),
        ["--user daemon-reload", "--user enable hajime-watch.service", "--user restart hajime-watch.service"]
    );
    let unit = std::fs::read_to_string(home.unit()).unwrap();
    assert!(unit.contains("data 100%%") && !unit.contains("TOKEN"), "{unit}");
    for (_, value) in cloud.variables() {
        assert!(!unit.contains(value), "{unit}");
    }
    printed(&home.run("install"));
    assert_eq!(home.told(), ["--user enable hajime-watch.service"], "nothing is restarted that runs as it should");
    assert_eq!(printed(&home.run("status"))["running"], json!(true));
    let removed = printed(&home.run("remove"));
    assert_eq!(facts(&removed), [json!(false), json!(false), json!(false), json!(false)], "{removed}");
    assert_eq!(home.told(), ["--user disable --now hajime-watch.service", "--user daemon-reload"]);
    assert!(!home.unit().exists());
    printed(&home.run("remove"));
    assert!(home.told().is_empty(), "there was nothing to remove");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_is_left_alone() {
    let cloud = Cloud::start().await;
    let home = Home::new(&cloud);
    printed(&home.run("install"));
    let changed = std::fs::read_to_string(home.unit()).unwrap().replace("RestartSec=30", "RestartSec=1");
    std::fs::write(home.unit(), &changed).unwrap();
    home.told();
    for verb in ["install", "remove"] {
        let error = refused(&home.run(verb));
        assert_eq!(error["code"], "conflict");
        assert!(error["message"].as_str().unwrap().contains("hajime-watch.service"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(home.unit()).unwrap(), changed);
    assert!(home.told().is_empty());
    let status = printed(&home.run("status"));
    assert_eq!((&status["installed"], &status["ours"]), (&json!(true), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_this_terminal_alone_are_refused() {
    let cloud = Cloud::start().await;
    let home = Home::new(&cloud);
    let output = home.command().envs(cloud.variables()).args(["service", "install"]).output().unwrap();
    assert!(refused(&output)["message"].as_str().unwrap().contains("environment"));
    assert!(!home.unit().exists() && home.told().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_accepts_the_unit() {
    let cloud = Cloud::start().await;
    let home = Home::new(&cloud);
    printed(&home.run("install"));
    let mut verify = std::process::Command::new("systemd-analyze");
    verify.args(["verify", "--user"]).arg(home.unit()).env("XDG_RUNTIME_DIR", home.folder.path());
    match verify.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
        }
        Err(error) => skip(&format!("systemd-analyze: {error}")),
    }
}

/// Waits until the program says that it works, then ends it as systemd does.
fn end(child: &mut std::process::Child, data: &Path) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let works = || {
        let database = rusqlite::Connection::open(data.join("hajime.db")).ok()?;
        database.query_row("SELECT value FROM settings WHERE key = 'worker'", [], |row| row.get::<_, String>(0)).ok()
    };
    let worker = loop {
        match works() {
            Some(worker) => break worker,
            None => assert!(std::time::Instant::now() < deadline, "it did not begin to work"),
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert!(worker.contains("\"service\""), "{worker}");
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "it ends by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_ends_cleanly_when_the_system_asks() {
    let cloud = Cloud::start().await;
    let home = Home::new(&cloud);
    let data = home.data();
    let mut child = home.command().args(["watch", "--service"]).spawn().unwrap();
    tokio::task::spawn_blocking(move || end(&mut child, &data)).await.unwrap();
    let again = printed(&home.command().args(["service", "status"]).output().unwrap());
    assert_eq!(again["worker"], "none");
}
