//! Tests with another user of the same computer, who has a user id of their own, and with a program that opens as many
//! connections as it can.
//!
//! Only root can act as another user; build machines usually run as root. Without root, the test that needs another
//! user prints a note and is skipped.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::actions::{self, Plan, Room};
use crate::support::app::{self, Launch};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::process;
use crate::support::wait::{LATER, SOON, until};

/// User id of another user of this computer. No account of the computer has this number.
const STRANGER_UID: &str = "61002";
/// Connections that stay open without sending anything: more than the usual limit of 1,024 open files of a process.
const IDLE_CONNECTIONS: usize = 1_094;

/// Shell script that prints every command line and every environment that its user can read.
const PRINT_PROCESSES: &str =
    r#"for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do cat "$file"; done 2>/dev/null | tr '\0' '\n'"#;
/// Shell script that prints every file that its user can read in the given folders.
const PRINT_FILES: &str = r#"find "$@" -type f -exec cat {} + 2>/dev/null"#;

fn stranger(script: &str, places: &[&Path]) -> String {
    let output = Command::new("setpriv")
        .args(["--reuid", STRANGER_UID, "--regid", STRANGER_UID, "--clear-groups", "--no-new-privs", "--"])
        .args(["sh", "-c", script, "sh"])
        .args(places)
        .current_dir("/")
        .stderr(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn another_user_reads_no_ticket_no_token_and_no_file() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    // Every user may enter the home folder, so only the app itself protects its files.
    std::fs::set_permissions(desktop.home(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(desktop.data_dir()).unwrap();
    // A slow browser gives the other user time to read its command line.
    let slow = desktop.home().join("slow-browser");
    let go_on = desktop.home().join("go-on");
    let opened = desktop.home().join("opened");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\nwhile [ ! -e '{}' ]; do sleep 0.1; done\n",
        opened.display(),
        go_on.display()
    );
    std::fs::write(&slow, script).unwrap();
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o755)).unwrap();
    let window = Launch::sandbox(&desktop, "other-user")
        .env("HAJIME_OPEN_COMMAND", &slow.display().to_string())
        .env("HAJIME_TEST_SECRET", "a-secret-in-the-environment")
        .open()
        .await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Kyudo")).await;
    actions::press_start(page, &session).await;
    let address =
        until("the join page in the browser", LATER, async || desktop.opened_addresses().first().cloned()).await;

    // The other user sees the one-time address of the room but cannot use it.
    let processes = stranger(PRINT_PROCESSES, &[]);
    assert!(processes.contains(&address), "command lines are public");
    let fetch = format!(
        "curl --silent --include --max-time 10 '{address}'; for _ in 1 2 3; do curl --silent --max-time 10 -X POST '{address}'; done"
    );
    assert_eq!(stranger(&fetch, &[]), "", "the stranger got an answer");
    let room = Room::behind(&cloud, &address).await;
    std::fs::write(&go_on, "").unwrap();

    let info = std::fs::read_to_string(desktop.sandbox_info()).unwrap();
    let control = serde_json::from_str::<serde_json::Value>(&info).unwrap()["control_url"].as_str().unwrap().to_owned();
    let files = stranger(PRINT_FILES, &[&desktop.data_dir(), &desktop.sandbox_info()]);
    for (place, text) in [("a process", &processes), ("a file", &files)] {
        for secret in [room.token.as_str(), control.as_str(), "a-secret-in-the-environment", "Kyudo"] {
            assert!(!text.contains(secret), "the stranger found {}… in {place}", &secret[..5]);
        }
    }
    assert_eq!(files, "", "the stranger read a file");
    assert!(!process::running(&app::binary(), &desktop.data_dir().display().to_string()).is_empty());
    actions::end_empty(page).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_thousand_idle_connections_do_not_block_the_end_of_a_session() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "crowded").descriptors(1_024).open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Sumo")).await;
    actions::press_start(page, &session).await;
    let address =
        until("the join page in the browser", LATER, async || desktop.opened_addresses().first().cloned()).await;
    let join_page: std::net::SocketAddr = address.split('/').nth(2).unwrap().parse().unwrap();
    let info: serde_json::Value = serde_json::from_slice(&std::fs::read(desktop.sandbox_info()).unwrap()).unwrap();
    let sandbox: std::net::SocketAddr = info["base_url"].as_str().unwrap().split('/').nth(2).unwrap().parse().unwrap();
    let mut idle = Vec::new();
    for server in [join_page, sandbox] {
        for _ in 0..IDLE_CONNECTIONS {
            idle.push(tokio::time::timeout(SOON, tokio::net::TcpStream::connect(server)).await.unwrap().unwrap());
        }
    }
    let room = Room::behind(&cloud, &address).await;
    actions::record(page, &cloud, &room).await;
    actions::end(page).await;
    assert!(!window.log().contains("Too many open files"), "{}", window.log());
    drop(idle);
    window.close().await;
}
