//! Tests the sandbox with the official Cloudflare SDKs for Python and npm.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::command::{Failure, Invocation};
use crate::node;
use crate::project;
use crate::steps::Done;

/// How many times faster than real time the sandbox's clock runs. The tests advance the clock themselves. On a busy
/// machine, a faster clock would skip states that they look for.
const SANDBOX_SPEED: &str = "1";

/// Creates the Python environment, unless it holds the required packages.
pub fn environment() -> Result<Done, Failure> {
    let requirements = project::root().join("tests/conformance/requirements.txt");
    let wanted = fs::read(&requirements)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", requirements.display())))?;
    let stamp = venv().join(".installed-requirements");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Done::Skipped("requirements.txt has not changed".to_owned()));
    }
    Invocation::new("python3").args(["-m", "venv", "--clear"]).arg(venv()).run()?;
    python()
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        .run()?;
    fs::write(&stamp, wanted)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", stamp.display())))?;
    Ok(Done::Passed)
}

/// Starts a sandbox of its own, runs pytest against it, and ends the sandbox.
pub fn run(args: &[OsString]) -> Result<Done, Failure> {
    let tokens = tokens()?;
    let sandbox = Sandbox::start()?;
    let pytest =
        python().args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).args(args).env("PYTHONDONTWRITEBYTECODE", "1");
    let pytest = pytest.env("HAJIME_CLI", project::dev_binary("hajime-cli")).env("HAJIME_TOKENS", tokens);
    again(sandbox.known_to(pytest)?.dir(folder()).run())
}

/// Has the core sign a token for each option of a link. Returns the file with them.
fn tokens() -> Result<PathBuf, Failure> {
    let path = project::target().join("conformance-tokens.json");
    let test = "signing::tests::tokens_for_every_option_verify_with_another_library";
    Invocation::cargo()
        .args(["test", "--quiet", "-p", "hajime-core", "--lib", "--", "--exact", test])
        .env("HAJIME_WRITE_TOKENS", &path)
        .run()?;
    Ok(path)
}

/// Installs the npm SDK, unless it is installed.
pub fn npm_packages() -> Result<Done, Failure> {
    node::install_in(&npm_folder())
}

/// Runs the npm SDK against a sandbox of its own, and checks the replies against its types.
pub fn run_npm() -> Result<Done, Failure> {
    let npm = |script: &str| node::npm_in(&npm_folder()).args(["run", "--silent", script]);
    again(npm("build").run())?;
    let sandbox = Sandbox::start()?;
    again(sandbox.known_to(npm("start"))?.run())?;
    again(npm("check").run())
}

fn again(result: Result<(), Failure>) -> Result<Done, Failure> {
    result.map_err(|failure| Failure::new(failure.reason).repeat_with("cargo xtask conformance"))?;
    Ok(Done::Passed)
}

fn folder() -> PathBuf {
    project::root().join("tests/conformance")
}

fn npm_folder() -> PathBuf {
    folder().join("npm")
}
fn venv() -> PathBuf {
    project::target().join("venv")
}

fn python() -> Invocation {
    Invocation::new(venv().join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" }))
}

/// A sandbox process. Dropping it ends it.
struct Sandbox {
    process: Child,
    info: Value,
}

impl Sandbox {
    fn start() -> Result<Self, Failure> {
        let serve =
            Invocation::new(project::dev_binary("hajime-cli")).args(["sandbox", "serve", "--speed", SANDBOX_SPEED]);
        println!("$ {serve} &");
        let mut process = serve.command().stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| {
            Failure::new(format!("the sandbox could not be started: {error}")).repeat_with(serve.to_string())
        })?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            let mut output = BufReader::new(output);
            let _ = output.read_line(&mut line);
            // Reads and drops the rest of the sandbox's output, so that the sandbox never waits on a full pipe.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        }
        let mut sandbox = Self { process, info: Value::Null };
        sandbox.info = serde_json::from_str(&line).map_err(|_| {
            Failure::new("the first line of the sandbox is not the JSON that says where it listens")
                .repeat_with(serve.to_string())
        })?;
        Ok(sandbox)
    }

    /// Adds the sandbox's addresses and credentials to the environment of an invocation.
    fn known_to(&self, mut invocation: Invocation) -> Result<Invocation, Failure> {
        for (variable, field) in [
            ("CLOUDFLARE_BASE_URL", "base_url"),
            ("CLOUDFLARE_ACCOUNT_ID", "account_id"),
            ("CLOUDFLARE_API_TOKEN", "api_token"),
            ("SANDBOX_APP_ID", "app_id"),
            ("SANDBOX_CONTROL_URL", "control_url"),
        ] {
            invocation = invocation.env(variable, self.field(field)?);
        }
        Ok(invocation)
    }

    fn field(&self, name: &str) -> Result<&str, Failure> {
        self.info[name].as_str().ok_or_else(|| Failure::new(format!("the sandbox does not say its {name}")))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
