//! Another user of the same computer, with a user id of their own, finds no secret and reads no file of the desk.
//!
//! Only root can act as another user; build machines usually run as root. Without root these tests are skipped, and
//! fail where `CI` is set.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use axum::Router;
use axum::http::Extensions;
use axum::routing::get;
use local_listener::{Limits, peers};
use serde_json::Value;

use crate::support::{skip, token_in};

/// User id of the desk's owner. No account of the computer has this number.
const OWNER_UID: u32 = 61_001;
/// User id of another user of the same computer. No account of the computer has this number.
const STRANGER_UID: u32 = 61_002;

/// Shell script that prints all command lines, environments and files that its user can read.
const READ_EVERYTHING: &str = r#"
    for line in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do cat "$line"; done 2>/dev/null | tr '\0' '\n'
    find "$@" -type f -exec cat {} + 2>/dev/null
"#;

fn can_become_others() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root {
        skip("only root can become another user");
    }
    root
}

/// Prepares a program that runs as another user, with an empty environment.
fn as_user(uid: u32, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let id = uid.to_string();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &id, "--regid", &id, "--clear-groups", "--no-new-privs", "--"])
        .arg(program)
        .current_dir("/")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    command
}

/// Returns everything that a user can read in the process list and in these folders.
fn found_by(uid: u32, places: &[&Path]) -> String {
    let output = as_user(uid, "sh").args(["-c", READ_EVERYTHING, "sh"]).args(places).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A desk of [`OWNER_UID`] on a sandbox of theirs, in a folder that every user may list: only the app itself protects
/// its files.
struct Desk {
    home: tempfile::TempDir,
    program: PathBuf,
    info: Value,
    sandbox: Child,
}

impl Desk {
    fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        chown(home.path(), Some(OWNER_UID), Some(OWNER_UID)).unwrap();
        // The built program may lie in a folder that only root can enter, so the test runs a copy of it.
        let program = home.path().join("hajime-cli");
        std::fs::copy(env!("CARGO_BIN_EXE_hajime-cli"), &program).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["data", "state"] {
            let folder = home.path().join(folder);
            std::fs::create_dir(&folder).unwrap();
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
            chown(&folder, Some(OWNER_UID), Some(OWNER_UID)).unwrap();
        }
        let mut sandbox = as_user(OWNER_UID, &program)
            .args(["sandbox", "serve", "--port", "0", "--state"])
            .arg(home.path().join("state/cloudflare.db"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = sandbox.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        let info = serde_json::from_str(&line).expect("the first line is JSON");
        Self { home, program, info, sandbox }
    }

    fn get(&self, key: &str) -> &str {
        self.info[key].as_str().unwrap()
    }

    fn cli(&self, arguments: &[&str]) -> Command {
        let mut command = as_user(OWNER_UID, &self.program);
        command
            .env("HAJIME_DATA_DIR", self.home.path().join("data"))
            .env("CLOUDFLARE_BASE_URL", self.get("base_url"))
            .env("CLOUDFLARE_ACCOUNT_ID", self.get("account_id"))
            .env("CLOUDFLARE_API_TOKEN", self.get("api_token"))
            .env("CLOUDFLARE_CALLS_APP_ID", self.get("app_id"))
            .env("HAJIME_SANDBOX_CONTROL_URL", self.get("control_url"))
            .arg("--json")
            .args(arguments);
        command
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        let Output { status, stdout, stderr } = self.cli(arguments).output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        serde_json::from_slice(&stdout).unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.sandbox.kill().ok();
        self.sandbox.wait().ok();
    }
}

#[test]
fn another_user_reads_no_token_and_no_database() {
    if !can_become_others() {
        return;
    }
    let context = Desk::open();
    let title = "A class that is nobody else’s business";
    let session = context.ok(&[
        "session",
        "add",
        "--title",
        title,
        "--instructor",
        "R. Alves",
        "--start",
        "now",
        "--quality",
        "480p",
    ]);
    let id = session["id"].as_str().unwrap();
    let started = context.ok(&["session", "start", id]);
    let join = started["join_url"].as_str().unwrap();
    let token = token_in(join);
    let mut watching =
        context.cli(&["watch", "--timeout", "600"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();

    let places = [context.home.path()];
    let secrets = [context.get("api_token"), context.get("control_url"), token.as_str()];
    let owner = found_by(OWNER_UID, &places);
    // The program removes the API token from its environment at its start, so not even the owner finds the token there.
    // The address of the control API shows that the search works.
    assert!(owner.contains(context.get("control_url")), "the owner finds the control address, so the search works");
    assert!(owner.contains(title), "the owner reads their own database");
    let stranger = found_by(STRANGER_UID, &places);
    assert!(stranger.contains("watch"), "the stranger sees which processes there are");
    for secret in secrets {
        assert!(!stranger.contains(secret), "the stranger found {}…", &secret[..8]);
    }
    assert!(!stranger.contains(title), "the stranger read the database");
    for (folder, file) in [("data", "hajime.db"), ("state", "cloudflare.db")] {
        let file = context.home.path().join(folder).join(file);
        assert!(file.is_file());
        let read = as_user(STRANGER_UID, "cat").arg(&file).stderr(Stdio::null()).output().unwrap();
        assert!(!read.status.success() && read.stdout.is_empty(), "the stranger opened {}", file.display());
        let write = as_user(STRANGER_UID, "sh").args(["-c", ": >> \"$0\""]).arg(&file).stderr(Stdio::null()).status();
        assert!(!write.unwrap().success(), "the stranger may write to {}", file.display());
    }
    watching.kill().ok();
    watching.wait().ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_server_answers_only_its_own_user() {
    if !can_become_others() {
        return;
    }
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let here = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(|| async { "the room" }));
    let admit = |socket: tokio::net::TcpStream, peer: SocketAddr| {
        let same = peers::peer(peer, socket.local_addr().ok()?) == peers::Peer::SameUser;
        same.then(|| (socket, Extensions::new()))
    };
    tokio::spawn(local_listener::serve(
        listener,
        app,
        Limits { connections: 1, ..Limits::default() },
        admit,
        std::future::pending(),
    ));
    let ask = |mut command: Command| {
        let address = format!("http://{here}/");
        let curl = command.args(["--silent", "--max-time", "10", &address]).output();
        String::from_utf8(curl.unwrap().stdout).unwrap()
    };
    for _ in 0..3 {
        assert_eq!(ask(as_user(STRANGER_UID, "curl")), "");
        assert_eq!(ask(as_user(0, "curl")), "the room");
    }
}
