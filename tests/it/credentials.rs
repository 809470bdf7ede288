//! Where the command line reads its credentials, and what it does when the keyring does not answer.
#![cfg(unix)]

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::profile::backups;
use hajime_core::actions::sharing::links;
use hajime_core::config::Profile;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, MemorySecrets, SecretError, SecretName, SecretStore, SystemClock};
use secrecy::SecretString;
use serde_json::Value;

use crate::support::{Cloud, TestDesk, variables};

/// Longest time that a command may take, whatever the keyring does.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(5);
const SOME_ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

/// A message bus that accepts connections and never answers, like the bus of a keyring that waits for a password.
struct SilentBus {
    folder: tempfile::TempDir,
    callers: Arc<AtomicUsize>,
}

impl SilentBus {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("bus")).unwrap();
        let callers = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&callers);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for caller in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                held.push(caller);
            }
        });
        Self { folder, callers }
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }
}

/// Prepares the command line with only these variables in its environment.
fn cli(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hajime-cli"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .envs(environment.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .arg("--json")
        .args(arguments);
    command
}

fn said(output: &Output) -> (Vec<Value>, Value) {
    let lines = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let failure = if output.status.success() { Value::Null } else { all.pop().unwrap_or_default() };
    (all.into_iter().map(|note| note["note"].clone()).collect(), failure)
}

struct Served {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Served {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await.unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap() }
    }

    fn connection(&self) -> Profile {
        let info = self.sandbox.info();
        Profile {
            base_url: info.base_url.parse().unwrap(),
            account: info.account_id.parse().unwrap(),
            token: SecretString::from(info.api_token.clone()),
            app: Some(info.app_id.parse().unwrap()),
        }
    }

    fn variables(&self) -> [(&'static str, &str); 4] {
        variables(&self.sandbox)
    }

    /// Runs a command against the sandbox. Returns its output and the time that it took.
    async fn timed(&self, environment: &[(&str, &str)], arguments: &[&str]) -> (Output, Duration) {
        let mut command = cli(self.folder.path(), environment, arguments);
        let began = Instant::now();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        (output, began.elapsed())
    }
}

const ADD_SESSION: [&str; 8] = ["session", "add", "--title", "Judo", "--instructor", "K. Mori", "--start", "now"];

#[tokio::test(flavor = "multi_thread")]
async fn environment_credentials_do_not_wait_for_the_keyring() {
    let (served, bus) = (Served::start().await, SilentBus::start());
    let address = bus.address();
    let environment: Vec<_> =
        served.variables().into_iter().chain([("DBUS_SESSION_BUS_ADDRESS", address.as_str())]).collect();
    let (output, took) = served.timed(&environment, &ADD_SESSION).await;
    assert!(output.status.success() && took < COMMAND_TIME_LIMIT, "{took:?} {output:?}");
    let session: Value = serde_json::from_slice(&output.stdout).unwrap();
    let id = session["id"].as_str().unwrap();
    for arguments in [&["session", "start", id][..], &["session", "list"], &["sync"]] {
        let (output, took) = served.timed(&environment, arguments).await;
        assert!(output.status.success() && took < COMMAND_TIME_LIMIT, "{arguments:?} {took:?} {output:?}");
    }
    let (output, took) = served.timed(&environment, &["watch", "--until-idle", "--timeout", "5"]).await;
    assert_eq!(said(&output).1["code"], "timeout");
    assert!(took < COMMAND_TIME_LIMIT + Duration::from_secs(2), "{took:?}");
    assert_eq!(bus.callers.load(Ordering::SeqCst), 0, "these commands need no secret");

    // `doctor` checks the keyring, and reports within the time limit that the keyring does not answer.
    let (output, took) = served.timed(&environment, &["doctor"]).await;
    assert!(output.status.success() && took < COMMAND_TIME_LIMIT, "{took:?} {output:?}");
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let check = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap().clone();
    assert!(check("keyring")["message"].as_str().unwrap().contains("did not answer"), "{checks:?}");
    assert!(check("source")["message"].as_str().unwrap().contains("the environment"), "{checks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_the_token_from_the_keyring_only_to_call_cloudflare() {
    let (served, bus) = (Served::start().await, SilentBus::start());
    let connection = served.connection();
    opening::save_profile(served.folder.path(), &connection, &MemorySecrets::default()).unwrap().unwrap();
    let address = bus.address();
    let environment = [("DBUS_SESSION_BUS_ADDRESS", address.as_str())];
    for arguments in [&ADD_SESSION[..], &["session", "list"], &["recording", "list"], &["link", "list"]] {
        let (output, took) = served.timed(&environment, arguments).await;
        assert!(output.status.success() && took < COMMAND_TIME_LIMIT, "{arguments:?} {took:?} {output:?}");
    }
    assert_eq!(bus.callers.load(Ordering::SeqCst), 0, "local data needs no token");
    for arguments in [&["sync"][..], &["doctor"]] {
        let (output, took) = served.timed(&environment, arguments).await;
        assert!(!output.status.success() && took < COMMAND_TIME_LIMIT, "{arguments:?} {took:?}");
        let (_, failure) = said(&output);
        assert_eq!(failure["code"], "keyring", "{failure}");
        assert!(failure["message"].as_str().unwrap().contains("keyring does not answer"), "{failure}");
    }
    // Credentials in the environment take precedence over the account that was connected in the window.
    let both: Vec<_> = served.variables().into_iter().chain(environment).collect();
    let (output, _) = served.timed(&both, &["sync"]).await;
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ignores_an_account_id_without_a_token_and_says_so() {
    let served = Served::start().await;
    let [base, account, token, app] = served.variables();
    let file = [base, account, token, app].map(|(name, value)| format!("{name}='{value}'\r\n")).concat();
    std::fs::write(served.folder.path().join(".env"), format!("\u{feff}{file}OTHER=\"of somebody\nelse\"\r\n"))
        .unwrap();
    let (output, _) = served.timed(&[("CLOUDFLARE_API_TOKEN", "another-token")], &["doctor"]).await;
    assert!(output.status.success(), "{output:?}");
    let (notes, _) = said(&output);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].as_str().unwrap().starts_with("CLOUDFLARE_API_TOKEN is set in the environment, but"), "{notes:?}");
    let checks = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(checks.contains("/.env, at http://127.0.0.1"), "{checks}");
}

#[test]
fn ignores_env_files_in_the_working_folder() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let elsewhere = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = format!("http://{}/client/v4", elsewhere.local_addr().unwrap());
    let pair = format!("CLOUDFLARE_ACCOUNT_ID={SOME_ACCOUNT}\nCLOUDFLARE_API_TOKEN=${{GITHUB_TOKEN}}\n");
    std::fs::write(work.path().join(".env"), format!("{pair}CLOUDFLARE_BASE_URL={address}\n")).unwrap();
    let output = cli(data.path(), &[("GITHUB_TOKEN", "of-another-program")], &["doctor"])
        .current_dir(work.path())
        .output()
        .unwrap();
    assert_eq!(said(&output).1["message"], "No Cloudflare account is connected.");
    // Even with a token from the environment, the address in that file is not used.
    let environment = [
        ("CLOUDFLARE_ACCOUNT_ID", SOME_ACCOUNT),
        ("CLOUDFLARE_API_TOKEN", "a-token"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ];
    let output = cli(data.path(), &environment, &["doctor"]).current_dir(work.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(elsewhere.accept().is_err(), "the address in the working folder got no request");

    // The same file in the data folder is read. Variables in its values are not expanded.
    std::fs::rename(work.path().join(".env"), data.path().join(".env")).unwrap();
    let output = cli(data.path(), &[("GITHUB_TOKEN", "of-another-program")], &["doctor"]).output().unwrap();
    let (_, failure) = said(&output);
    assert!(failure["message"].as_str().unwrap().contains("references to other variables"), "{failure}");
    assert!(elsewhere.accept().is_err(), "the token of another program is not sent");
}

#[test]
fn reports_an_env_file_in_utf_16() {
    let data = tempfile::tempdir().unwrap();
    let text = format!("\u{feff}CLOUDFLARE_ACCOUNT_ID={SOME_ACCOUNT}\r\nCLOUDFLARE_API_TOKEN=t\r\n");
    std::fs::write(data.path().join(".env"), text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
        .unwrap();
    let (_, failure) = said(&cli(data.path(), &[], &["session", "list"]).output().unwrap());
    assert!(failure["message"].as_str().unwrap().ends_with("/.env is saved as UTF-16."), "{failure}");
    assert_eq!(failure["next"], "Save it as UTF-8.");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_running_command_shows_no_token_in_proc() {
    let served = Served::start().await;
    let mut child = cli(served.folder.path(), &served.variables(), &["watch"]).stdout(Stdio::null()).spawn().unwrap();
    let told = |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    // Once its database exists, the command has read its environment.
    let began = Instant::now();
    while !served.folder.path().join("hajime.db").is_file() {
        assert!(began.elapsed() < Duration::from_secs(60), "the command never created its database");
        tokio::task::yield_now().await;
    }
    let token = served.sandbox.info().api_token.as_bytes();
    for name in ["environ", "cmdline"] {
        let shown = told(name);
        assert!(!shown.is_empty());
        assert!(!shown.windows(token.len()).any(|window| window == token), "{name}");
    }
    assert!(
        String::from_utf8_lossy(&told("environ")).contains("HAJIME_DATA_DIR="),
        "the other variables are unchanged"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn refuses_an_impossible_token_of_any_length() {
    let data = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    let environment = [("CLOUDFLARE_ACCOUNT_ID", SOME_ACCOUNT), ("CLOUDFLARE_API_TOKEN", long.as_str())];
    let (_, failure) = said(&cli(data.path(), &environment, &["session", "list"]).output().unwrap());
    assert!(failure["message"].as_str().unwrap().starts_with("CLOUDFLARE_API_TOKEN is not an API token"), "{failure}");
}

#[tokio::test]
async fn finds_the_data_of_an_account_id_in_capitals() {
    let cloud = Cloud::start().await;
    for in_own_folder in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let place = if in_own_folder {
            drop(opening::open_store(folder.path(), &SOME_ACCOUNT.parse().unwrap()).unwrap());
            folder.path().join("accounts").join(cloud.sandbox.info().account_id.to_uppercase())
        } else {
            folder.path().to_owned()
        };
        // An earlier version named the folder by the id as it was typed.
        let desk = TestDesk::open(&cloud, &place);
        let session = desk.schedule("Judo");
        drop(desk);
        let raw = rusqlite::Connection::open(place.join("hajime.db")).unwrap();
        let changed = raw.execute("UPDATE settings SET value = upper(value) WHERE key = 'account_id'", []).unwrap();
        assert_eq!(changed, 1);
        drop(raw);
        for spelling in [str::to_lowercase, str::to_uppercase] {
            let account = spelling(&cloud.sandbox.info().account_id).parse().unwrap();
            let store = opening::open_store(folder.path(), &account).unwrap();
            let all = store.sessions(None, None).unwrap();
            assert_eq!(all.iter().map(|found| found.id).collect::<Vec<_>>(), [session.id], "{in_own_folder} {account}");
        }
    }
}

/// A locked keyring that nobody unlocks: it returns no secrets and stores none.
struct LockedKeyring;

impl SecretStore for LockedKeyring {
    fn get(&self, _name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Ok(None)
    }

    fn set(&self, _name: &SecretName, _value: &SecretString) -> Result<(), SecretError> {
        Err(SecretError::Locked)
    }

    fn remove(&self, _name: &SecretName) -> Result<(), SecretError> {
        Err(SecretError::Locked)
    }

    fn probe(&self) -> Result<(), SecretError> {
        Err(SecretError::Locked)
    }
}

async fn recorded(cloud: &Cloud, desk: &mut TestDesk) -> hajime_core::domain::ids::RecordingId {
    let session = desk.schedule("Judo");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(cloud).await;
    desk.context.store().recordings_of(session.id).unwrap()[0].id
}

#[tokio::test]
async fn with_a_locked_keyring_cloudflare_signs_links_and_no_key_is_left_at_stream() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(Arc::new(LockedKeyring)));
    let recording = recorded(&cloud, &mut desk).await;
    for _ in 0..2 {
        assert!(links::make(&desk.context, recording, Validity::DAY, false).await.unwrap().verified());
    }
    assert_eq!(cloud.api(reqwest::Method::GET, "/stream/keys").await["result"], serde_json::json!([]));
}

#[tokio::test]
async fn forgetting_an_account_leaves_none_of_its_secrets() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(MemorySecrets::default());
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(keyring.clone()));
    let connection = cloud.connection();
    opening::save_profile(folder.path(), &connection, keyring.as_ref()).unwrap().unwrap();
    let recording = recorded(&cloud, &mut desk).await;
    let first = links::make(&desk.context, recording, Validity::DAY, false).await.unwrap().link.kid.unwrap();
    let store = desk.context.store().clone();
    // The keyring also holds the upload address of an earlier run, and a signing key that was replaced.
    let upload = SecretName::Upload(recording);
    keyring.set(&upload, &"video address".to_owned().into()).unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("hajime.db")).unwrap();
    raw.execute("UPDATE recording_work SET relay_total = 1, relay_fetched = 1, relay_sent = 1", []).unwrap();
    let second: hajime_core::domain::ids::KeyId = "a-second-key".parse().unwrap();
    let columns = "kid, name, purpose, state, origin, made_at, changed_at";
    let replaced = format!("INSERT INTO signing_keys ({columns}) VALUES (?1, '', 'desk', 'replaced', 'made', 0, 0)");
    raw.execute(&replaced, [second.as_str()]).unwrap();
    keyring.set(&SecretName::SigningKey(second.clone()), &"pem".to_owned().into()).unwrap();

    opening::forget_profile(folder.path(), keyring.as_ref()).unwrap();
    let account = connection.account.as_str().to_owned();
    for name in [SecretName::ApiToken(account), SecretName::SigningKey(first), SecretName::SigningKey(second), upload] {
        assert!(keyring.get(&name).unwrap().is_none(), "{name:?}");
    }
    assert_eq!(opening::saved_account(folder.path()).unwrap(), None);
    assert_eq!(store.signing_key().unwrap(), None);
}

#[tokio::test]
async fn an_account_is_not_forgotten_while_its_token_cannot_be_removed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let connection = cloud.connection();
    assert_eq!(opening::save_profile(folder.path(), &connection, &LockedKeyring).unwrap(), Err(SecretError::Locked));
    let saved = opening::saved_account(folder.path()).unwrap().unwrap();
    assert_eq!((&saved.account, &saved.base_url), (&connection.account, &connection.base_url));
    assert_eq!(saved.connection(None).unwrap_err(), SecretError::Gone);
    assert!(opening::forget_profile(folder.path(), &LockedKeyring).is_err());
    assert!(opening::saved_account(folder.path()).unwrap().is_some());
}

/// A computer without a keyring: every access fails.
struct NoKeyring;

impl SecretStore for NoKeyring {
    fn get(&self, _name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Err(SecretError::Unavailable("no session bus".into()))
    }

    fn set(&self, _name: &SecretName, _secret: &SecretString) -> Result<(), SecretError> {
        Err(SecretError::Unavailable("no session bus".into()))
    }

    fn remove(&self, _name: &SecretName) -> Result<(), SecretError> {
        Err(SecretError::Unavailable("no session bus".into()))
    }
}

#[tokio::test]
async fn without_a_keyring_an_account_is_forgotten_only_if_no_keyring_had_its_token() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let connection = cloud.connection();
    let keyring = MemorySecrets::default();
    let saved = || opening::saved_account(folder.path()).unwrap().is_some();
    opening::save_profile(folder.path(), &connection, &keyring).unwrap().unwrap();
    // The account is connected again without a keyring. The first keyring may still hold the token.
    assert!(opening::save_profile(folder.path(), &connection, &NoKeyring).unwrap().is_err());
    assert!(opening::forget_profile(folder.path(), &NoKeyring).is_err());
    assert!(saved());
    opening::forget_profile(folder.path(), &keyring).unwrap();
    assert!(!saved());

    assert!(opening::save_profile(folder.path(), &connection, &NoKeyring).unwrap().is_err());
    opening::forget_profile(folder.path(), &NoKeyring).unwrap();
    assert!(!saved());

    // A backup that is restored on a new computer says nothing about the keyring of that computer.
    opening::save_profile(folder.path(), &connection, &keyring).unwrap().unwrap();
    opening::open_store(folder.path(), &connection.account).unwrap();
    let copy = backups::make(folder.path(), SystemClock.now()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().join("new");
    backups::restore(&elsewhere, &copy.path, SystemClock.now()).unwrap();
    assert!(opening::saved_account(&elsewhere).unwrap().is_some());
    opening::forget_profile(&elsewhere, &NoKeyring).unwrap();
    assert!(opening::saved_account(&elsewhere).unwrap().is_none());
}
