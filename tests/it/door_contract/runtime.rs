//! The real Worker: `ui/door/runtime.mjs` runs what was published in Cloudflare's runtime.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Door, published};
use crate::support::skip;

/// A running runtime. It ends with its input, when it is dropped.
pub struct Runtime(Child);

/// How long it may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

impl Drop for Runtime {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < ENDS_WITHIN && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui")
}

/// The Worker as one module; `None` where this computer cannot run it.
pub fn built_module() -> Option<String> {
    let can = ui().join("node_modules/miniflare").is_dir() && Command::new("node").arg("--version").output().is_ok();
    if !can {
        skip("the real Worker needs node and ui/node_modules");
        return None;
    }
    let built = Command::new("node").arg("door/module.mjs").current_dir(ui()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(String::from_utf8(built.stdout).unwrap())
}

impl Door {
    /// Has the sandbox send what goes to the script to the real Worker.
    pub async fn run_the_worker(&mut self) {
        let told = json!({
            "base": self.sandbox.info.base_url,
            "control": self.sandbox.info.control_url,
            "account": self.sandbox.info.account_id,
            "script": published::SCRIPT,
            "token": self.sandbox.info.api_token,
        });
        let started = tokio::task::spawn_blocking(move || {
            let mut child = Command::new("node")
                .arg("door/runtime.mjs")
                .current_dir(ui())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            writeln!(child.stdin.as_mut().unwrap(), "{told}").unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            (Runtime(child), line)
        });
        let (runtime, line) = started.await.unwrap();
        self.runtime = Some(runtime);
        let said: Value = serde_json::from_str(&line).expect("the runtime says its port");
        self.sandbox.control("runtime", json!({ "script": published::SCRIPT, "port": said["port"] })).await;
    }
}
