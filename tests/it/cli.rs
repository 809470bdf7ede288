//! The command line as a process: exit codes, JSON output, and a session from its plan to its link, driven from two
//! terminals.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use hajime_core::ports::{Clock as _, SystemClock};
use serde_json::Value;

const CLI: &str = env!("CARGO_BIN_EXE_hajime-cli");

/// A sandbox in a separate process.
struct Served {
    child: Child,
    info: Value,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(CLI)
            .args(["sandbox", "serve", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let info = serde_json::from_str(&line).expect("the first line is JSON");
        Self { child, info }
    }

    fn get(&self, key: &str) -> &str {
        self.info[key].as_str().unwrap()
    }

    fn cli(&self, folder: &Path, arguments: &[&str]) -> Output {
        cli_without_account(folder)
            .env("CLOUDFLARE_BASE_URL", self.get("base_url"))
            .env("CLOUDFLARE_ACCOUNT_ID", self.get("account_id"))
            .env("CLOUDFLARE_API_TOKEN", self.get("api_token"))
            .env("CLOUDFLARE_CALLS_APP_ID", self.get("app_id"))
            .arg("--json")
            .args(arguments)
            .output()
            .unwrap()
    }

    fn ok(&self, folder: &Path, arguments: &[&str]) -> Value {
        let output = self.cli(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, folder: &Path, arguments: &[&str]) -> Value {
        let output = self.cli(folder, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        serde_json::from_slice(&output.stderr).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Prepares the command line without an account, a keyring or a session bus.
fn cli_without_account(folder: &Path) -> Command {
    let mut command = Command::new(CLI);
    command
        .current_dir(folder)
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    for name in ["CLOUDFLARE_BASE_URL", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_CALLS_APP_ID"] {
        command.env_remove(name);
    }
    command
}

fn add(title: &str) -> Vec<&str> {
    vec!["session", "add", "--title", title, "--instructor", "R. Alves", "--start", "now", "--quality", "480p"]
}

#[test]
fn sets_sandbox_faults_and_mishaps_from_the_command_line() {
    let cloud = Served::start(&["--scenario", "recorder-never-comes"]);
    let folder = tempfile::tempdir().unwrap();
    let sandbox = |arguments: &[&str]| {
        let output = cli_without_account(folder.path())
            .env("HAJIME_SANDBOX_CONTROL_URL", cloud.get("control_url"))
            .args(["--json", "sandbox"])
            .args(arguments)
            .output()
            .unwrap();
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        (output.status.success(), serde_json::from_slice::<Value>(said).unwrap())
    };
    let active = || {
        let (_, reply) = sandbox(&["rehearse"]);
        let all = reply["scenarios"].as_array().unwrap().clone();
        assert!(all.len() >= 10 && all.iter().all(|scenario| scenario["description"].is_string()));
        let active = all.iter().filter(|scenario| scenario["active"] == true);
        active.map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(active(), ["recorder-never-comes"]);
    assert!(sandbox(&["rehearse", "storage-full"]).0);
    assert_eq!(active(), ["recorder-never-comes", "storage-full"]);
    let (done, refusal) = sandbox(&["rehearse", "earthquake"]);
    assert!(!done && refusal["message"].as_str().unwrap().contains("storage-full"), "{refusal}");

    assert!(sandbox(&["fault", "status", "--status", "503", "--path", "*/stream*", "--count", "1"]).0);
    let doctor = cloud.ok(folder.path(), &["doctor"]);
    assert!(doctor.as_array().unwrap().iter().any(|check| check["name"] == "stream"), "{doctor}");
    let (_, state) = sandbox(&["calm"]);
    assert_eq!((&state["faults"], &state["mishaps"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert!(active().is_empty());

    let moment = |value: &Value| value["now"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let (_, before) = sandbox(&["send", "GET", "state"]);
    let (_, after) = sandbox(&["advance", "3600"]);
    assert!(moment(&after) - moment(&before) >= chrono::TimeDelta::hours(1));
    assert_eq!(sandbox(&["speed", "60"]).1["speed"], 60.0);
    assert!(!sandbox(&["speed", "0"]).0);
}

#[test]
fn schedules_records_and_shares_a_session_from_two_terminals() {
    let cloud = Served::start(&["--speed", "60"]);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let doctor = cloud.ok(folder, &["doctor"]);
    assert!(doctor.as_array().unwrap().iter().any(|check| check["name"] == "stream" && check["state"] == "passed"));

    let session = cloud.ok(folder, &add("Karate"));
    let id = session["id"].as_str().unwrap();
    for key in ["id", "title", "start", "end", "timezone", "status", "room_id"] {
        assert!(session.get(key).is_some(), "{key}");
    }
    let started = cloud.ok(folder, &["session", "start", id]);
    assert!(started["join_url"].as_str().unwrap().contains("/room#token="));
    let room = started["room_id"].as_str().unwrap();
    let control = cloud.get("control_url");
    cloud.ok(folder, &["sandbox", "join", "--control-url", control, "--room", room, "--name", "Ada"]);
    // `watch` reaches its timeout while the session is live.
    let watching = cloud.refused(folder, &["watch", "--until-idle", "--timeout", "7"]);
    assert_eq!(watching["code"], "timeout");
    let shown = cloud.ok(folder, &["session", "show", id]);
    assert_eq!(shown["recordings"][0]["status"], "RECORDING");
    assert_eq!(cloud.ok(folder, &["session", "end", id])["status"], "ended");
    assert_eq!(cloud.ok(folder, &["session", "end", id])["already_ended"], true);

    assert_eq!(cloud.ok(folder, &["watch", "--until-idle", "--timeout", "120"])["idle"], true);
    let recordings = cloud.ok(folder, &["recording", "list"]);
    let recording = &recordings[0];
    assert_eq!(recording["status"], "READY");
    for key in ["id", "session_id", "title", "stage", "cause", "video_id", "next_check", "retries", "expected_ready"] {
        assert!(recording.get(key).is_some(), "{key}");
    }
    let shown = cloud.ok(folder, &["recording", "show", recording["id"].as_str().unwrap()]);
    assert_eq!(shown["coverage"]["complete"], true, "{shown}");
    let link = cloud.ok(folder, &["link", "make", recording["id"].as_str().unwrap()]);
    assert!(link["expires_at"].is_string() && link.get("kid").is_some());
    let status = |url: &str| {
        let reply = Command::new("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", url]).output().unwrap();
        String::from_utf8(reply.stdout).unwrap()
    };
    assert_eq!(status(link["url"].as_str().unwrap()), "200");
    assert_eq!(status(link["hls_url"].as_str().unwrap()), "200");
    assert_eq!(cloud.ok(folder, &["link", "list"]).as_array().unwrap().len(), 1);

    assert_eq!(cloud.ok(folder, &["recording", "candidates", id]), serde_json::json!([]));
    let video = recording["video_id"].as_str().unwrap();
    let again = cloud.ok(folder, &["recording", "attach", id, "--video", video]);
    assert_eq!((&again["already_attached"], &again["id"]), (&Value::Bool(true), &recording["id"]));
    let unknown = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c";
    let refused = cloud.refused(folder, &["recording", "attach", id, "--cloud-recording", unknown]);
    assert_eq!(refused["code"], "not_found");
    assert!(refused["message"].as_str().unwrap().contains(unknown) && refused["next"].is_string(), "{refused}");
    for both in [vec![], vec!["--video", video, "--cloud-recording", unknown]] {
        let arguments = [vec!["recording", "attach", id], both].concat();
        assert_eq!(cloud.cli(folder, &arguments).status.code(), Some(2));
    }
    let evidence = cloud.ok(folder, &["recording", "evidence", recording["id"].as_str().unwrap()]);
    assert_eq!(evidence["facts"]["stream_video"], video);
    assert!(evidence["history"].as_array().unwrap().len() > 4, "{evidence}");
    assert_eq!(cloud.ok(folder, &["sync"])["missing"], 0);
    bin_and_restore_a_missing_recording(&cloud, folder, recording["id"].as_str().unwrap());
    let without_end =
        ["link", "make", recording["id"].as_str().unwrap(), "--download", "--wait", "18446744073709551615"];
    assert_eq!(cloud.ok(folder, &without_end)["file"]["state"], "ready");
}

fn bin_and_restore_a_missing_recording(cloud: &Served, folder: &Path, id: &str) {
    let listed = |arguments: &[&str]| cloud.ok(folder, arguments).as_array().unwrap().len();
    assert_eq!(listed(&["recording", "missing"]), 0);
    // The database says that the video is deleted and that RealtimeKit has no recording.
    let store = hajime_core::opening::open_store(folder, &cloud.get("account_id").parse().unwrap()).unwrap();
    let seen = hajime_core::domain::recorder::stage::Observation::VideoMissing;
    store
        .observe(id.parse().unwrap(), seen, SystemClock.now(), "", |facts| facts.realtimekit_recording = None)
        .unwrap();

    let gone = cloud.ok(folder, &["recording", "gone"]);
    assert_eq!((&gone[0]["id"], &gone[0]["cause"]), (&id.into(), &"video_missing".into()));
    assert_eq!((&gone[0]["links_made"], &gone[0]["removed_at"]), (&1.into(), &Value::Null));
    assert!(gone[0]["deleted_at"].is_string());
    assert_eq!(listed(&["recording", "list", "--status", "failed"]), 0);
    assert_eq!(listed(&["recording", "list", "--status", "deleted"]), 1);
    let changed = |command: &str| cloud.ok(folder, &["recording", command, id])["changed"].clone();
    assert_eq!(changed("bin"), 1);
    assert_eq!((listed(&["recording", "list"]), listed(&["recording", "missing"])), (0, 0));
    assert_eq!(listed(&["recording", "missing", "--removed"]), 1);
    assert!(cloud.ok(folder, &["recording", "show", id])["removed_at"].is_string());
    assert_eq!(listed(&["link", "list"]), 1);
    assert_eq!(changed("restore"), 1);
    assert_eq!((listed(&["recording", "list"]), listed(&["recording", "missing"])), (1, 1));
    for incomplete in [&["recording", "keep"], &["recording", "restore"]] {
        assert_eq!(cloud.refused(folder, incomplete)["code"], "conflict");
    }
    // Stream still has the video, so a sync finds it and restores the recording.
    assert_eq!(changed("bin"), 1);
    assert_eq!(cloud.ok(folder, &["sync"])["updated"], 1);
    assert_eq!((listed(&["recording", "list"]), listed(&["recording", "missing", "--removed"])), (1, 0));
}

#[test]
fn refuses_bad_input_with_a_sentence_and_a_next_step() {
    let cloud = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let long = "x".repeat(121);
    let edited = |name: &'static str, value: &'static str| {
        let mut arguments = add("Karate");
        arguments.extend([name, value]);
        arguments
    };
    let cases = [
        (add(""), "title is empty"),
        (add(&long), "121 characters"),
        (edited("--length", "0"), "not above zero"),
        (edited("--length", "1441"), "more than 24 hours"),
        (edited("--timezone", "Mars/Olympus"), "Mars/Olympus"),
        (edited("--max-participants", "0"), "0 participants"),
        (vec!["session", "add", "--title", "K", "--instructor", "R", "--start", "2020-01-01T10:00"], "in the past"),
        (vec!["session", "show", "nonsense"], "nonsense"),
        (vec!["link", "make", "01890000-0000-7000-8000-000000000000"], "no recording"),
    ];
    for (arguments, words) in cases {
        let refused = cloud.refused(folder, &arguments);
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(words), "{message} lacks {words}");
        assert!(!refused["next"].as_str().unwrap().is_empty(), "{message}");
        assert!(refused["code"].is_string());
    }
    assert!(cloud.ok(folder, &["session", "list"]).as_array().unwrap().is_empty());
    assert_eq!(cloud.cli(folder, &["session", "fly"]).status.code(), Some(2));
}

#[test]
fn watches_until_idle_with_a_huge_or_zero_timeout() {
    let cloud = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    for seconds in ["18446744073709551615", "9223372036854775808", "0"] {
        assert_eq!(
            cloud.ok(folder.path(), &["watch", "--until-idle", "--timeout", seconds])["idle"],
            true,
            "{seconds}"
        );
    }
}

#[test]
fn names_the_variables_to_set_without_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let output = cli_without_account(folder.path()).args(["session", "list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let failure: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(failure["next"].as_str().unwrap().contains("CLOUDFLARE_ACCOUNT_ID"));

    std::fs::write(
        folder.path().join(".env"),
        "CLOUDFLARE_ACCOUNT_ID=0123456789abcdef0123456789abcdef\nCLOUDFLARE_API_TOKEN nonsense'\n",
    )
    .unwrap();
    let output = cli_without_account(folder.path()).args(["session", "list"]).output().unwrap();
    let failure: Value = serde_json::from_slice(&output.stderr).unwrap();
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("line 2") && !message.contains("nonsense"), "{message}");
}

#[test]
fn refuses_a_damaged_database_and_leaves_it_unchanged() {
    let cloud = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hajime.db");
    std::fs::write(&path, "not a database at all, but somebody’s".repeat(99)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = cloud.refused(folder.path(), &["session", "list"]);
    assert!(
        refused["code"] == "database_damaged" && refused["message"].as_str().unwrap().contains("hajime.db"),
        "{refused}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
