//! Checks the licences and known vulnerabilities of all dependencies.
//!
//! The rules for licences, sources and duplicates are files of the project, and these checks must pass. Lists of
//! vulnerabilities are on the network; a list that cannot be reached is reported and does not count as a failure.

use crate::command::{Failure, Invocation};
use crate::node;
use crate::steps::Done;

/// What to do if cargo-deny is missing. Its installation takes minutes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Build it with cargo.
    Install,
    /// Report that it is missing and continue.
    Skip,
}

/// Checks licences, banned crates and sources with cargo-deny.
pub fn licences(if_missing: IfMissing) -> Result<Done, Failure> {
    if !deny().arg("--version").succeeds() {
        if if_missing == IfMissing::Skip {
            return Ok(Done::Skipped("cargo-deny is not installed; `cargo xtask audit` installs it".to_owned()));
        }
        Invocation::cargo().args(["install", "cargo-deny", "--locked"]).run()?;
    }
    deny().args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]).run()?;
    Ok(Done::Passed)
}

/// Looks for known vulnerabilities in Rust dependencies.
pub fn rust_advisories() -> Result<Done, Failure> {
    if !deny().arg("--version").succeeds() {
        return Ok(Done::Skipped("cargo-deny is not installed; `cargo xtask audit` installs it".to_owned()));
    }
    let check = deny().args(["check", "advisories"]);
    println!("$ {check}");
    let output = check.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(Done::Passed);
    }
    if said.contains("failed to fetch advisory database") || said.contains("failed to load advisory database") {
        return Ok(Done::Skipped("the RustSec advisory database cannot be reached from here".to_owned()));
    }
    println!("{said}");
    Err(Failure::new("cargo-deny found an advisory that concerns us").repeat_with(check.to_string()))
}

/// Looks for known vulnerabilities in the npm packages that ship inside the app.
pub fn npm_packages() -> Result<Done, Failure> {
    let audit = node::npm().args(["audit", "--omit=dev", "--json"]);
    println!("$ {audit}");
    let output = audit.output()?;
    match npm_verdict(&output.stdout) {
        NpmVerdict::Clean => Ok(Done::Passed),
        NpmVerdict::Unreachable(why) => Ok(Done::Skipped(format!("the registry does not answer audits: {why}"))),
        NpmVerdict::Vulnerable(total) => {
            Err(Failure::new(format!("npm knows {total} vulnerabilities in packages we ship"))
                .repeat_with("cd ui && npm audit --omit=dev"))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum NpmVerdict {
    Clean,
    Vulnerable(u64),
    Unreachable(String),
}

/// Reads the report of `npm audit --json`. It has counts under `metadata` if the registry answered, otherwise a
/// message.
fn npm_verdict(report: &[u8]) -> NpmVerdict {
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(report) else {
        return NpmVerdict::Unreachable("no report".to_owned());
    };
    match report.pointer("/metadata/vulnerabilities/total").and_then(serde_json::Value::as_u64) {
        Some(0) => NpmVerdict::Clean,
        Some(total) => NpmVerdict::Vulnerable(total),
        None => {
            let why = report.get("message").or_else(|| report.pointer("/error/summary"));
            NpmVerdict::Unreachable(why.and_then(serde_json::Value::as_str).unwrap_or("no reason given").to_owned())
        }
    }
}

fn deny() -> Invocation {
    Invocation::cargo().arg("deny")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_report_with_vulnerabilities_is_not_read_as_unreachable() {
        let report = |total: u32| format!(r#"{{"metadata":{{"vulnerabilities":{{"total":{total}}}}}}}"#);
        assert_eq!(npm_verdict(report(0).as_bytes()), NpmVerdict::Clean);
        assert_eq!(npm_verdict(report(2).as_bytes()), NpmVerdict::Vulnerable(2));
        let refused = br#"{"message":"request failed","error":{"summary":"","detail":""}}"#;
        assert_eq!(npm_verdict(refused), NpmVerdict::Unreachable("request failed".to_owned()));
        assert_eq!(npm_verdict(b""), NpmVerdict::Unreachable("no report".to_owned()));
    }
}
