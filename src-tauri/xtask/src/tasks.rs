//! What each command is made of. The order is chosen so that cheap checks speak first and nothing is compiled twice.
//!
//! Everything of the workspace is always built together (`--workspace`), because Cargo compiles a dependency again when a
//! different choice of packages asks for different features of it.

use std::ffi::OsString;
use std::fs;

use crate::audit::{self, IfMissing};
use crate::command::{Failure, Invocation};
use crate::conformance as sdk;
use crate::node;
use crate::package::{self, Profile};
use crate::project;
use crate::steps::{Done, Steps, Stopped};
use crate::system::{self, Needs};

/// Opens the app.
pub fn run(steps: &mut Steps, release: bool, args: &[OsString]) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    let cargo = build_programs(&["hajime"], release);
    steps.need("Build the app", || passed(&cargo))?;
    let profile = if release { "release" } else { "debug" };
    let app = project::target().join(profile).join(format!("hajime{}", std::env::consts::EXE_SUFFIX));
    // The app stays open for as long as its owner likes, so the times are told before it starts.
    steps.summary();
    println!();
    steps.need("Hajime is open", || passed(&Invocation::new(app).args(args)))
}

/// Everything that needs neither a window nor Python nor much patience.
pub fn test_quick(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    checks_and_tests(steps, &LONG)
}

/// Everything.
pub fn test_all(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    checks_and_tests(steps, &[])?;
    // A build machine checks licences always; a person who has not got cargo-deny is not made to wait for it.
    let if_missing = if std::env::var_os("CI").is_some() { IfMissing::Install } else { IfMissing::Skip };
    steps.check("Licences and sources", || audit::licences(if_missing));
    steps.check("Rust advisories", audit::rust_advisories);
    steps.check("npm advisories", audit::npm_packages);
    steps.check("Crashes and faults, briefly", || run_chaos(&["--minutes".into(), "0.5".into()]));
    steps.check("The sandbox at a thousand times the speed", fast_sandbox);
    sdk_checks(steps, &[]);
    steps.check("Window tests", || window_tests(&[]));
    Ok(())
}

/// Builds without running anything.
pub fn build(steps: &mut Steps, release: bool) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    let cargo = build_programs(&["hajime", "hajime-cli"], release);
    steps.need("Build the app and the command line tool", || passed(&cargo))
}

/// The official SDKs against the sandbox.
pub fn conformance(steps: &mut Steps, args: &[OsString]) -> Result<(), Stopped> {
    steps.need("Build the sandbox", || passed(&build_programs(&["hajime-cli"], false)))?;
    sdk_checks(steps, args);
    Ok(())
}

/// The real window.
pub fn e2e(steps: &mut Steps, args: &[OsString]) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    steps.need("Build everything", build_everything)?;
    steps.check("Window tests", || window_tests(args));
    Ok(())
}

/// Writes `ui/src/ipc/bindings.ts` again.
pub fn bindings(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    steps.need("Write the bindings", || {
        passed(
            &Invocation::cargo()
                .args(["test", "--workspace", "--lib", "--", "the_pages_bindings_are_current"])
                .env("HAJIME_WRITE_BINDINGS", "1"),
        )
    })
}

/// Formats everything.
pub fn fmt(steps: &mut Steps) -> Result<(), Stopped> {
    steps.check("Format Rust", || passed(&Invocation::cargo().args(["fmt", "--all"])));
    steps.need("npm packages", node::install)?;
    steps.check("Format the UI", || passed(&node::npm().args(["run", "--if-present", "format"])));
    Ok(())
}

/// Formatting, lints, types.
pub fn lint(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    rust_lints(steps);
    for (name, check) in node::checks() {
        steps.check(name, || passed(&check));
    }
    Ok(())
}

/// Licences and vulnerabilities.
pub fn audit(steps: &mut Steps) -> Result<(), Stopped> {
    steps.check("Licences and sources", || audit::licences(IfMissing::Install));
    steps.check("Rust advisories", audit::rust_advisories);
    steps.need("npm packages", node::install)?;
    steps.check("npm advisories", audit::npm_packages);
    Ok(())
}

/// The promised speeds and sizes. Built by itself: its figures mean nothing with the features that tests turn on.
///
/// `window` is measured in the real window, everything else without one.
pub fn bench(steps: &mut Steps, benches: &[OsString]) -> Result<(), Stopped> {
    let (window, others): (Vec<_>, Vec<_>) = benches.iter().cloned().partition(|bench| bench == "window");
    if benches.is_empty() || !others.is_empty() {
        let cargo = |command: &str| Invocation::cargo().args([command, "--release", "--package", "hajime-bench"]);
        steps.need("Build the benches", || passed(&cargo("build").args(["--package", "hajime-cli"])))?;
        steps.check("Benches", || passed(&cargo("run").arg("--").args(&others)));
    }
    if benches.is_empty() || !window.is_empty() { bench_window(steps) } else { Ok(()) }
}

/// Hajime's window beside an empty one: release builds, measured by the programs that test the window.
fn bench_window(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    let programs = ["hajime", "hajime-cli", "hajime-empty-window"];
    let built = programs
        .iter()
        .fold(Invocation::cargo().args(["build", "--release"]), |cargo, name| cargo.args(["--package", name]));
    steps.need("Build the windows", || passed(&built))?;
    let harness = Invocation::cargo().args(["test", "--workspace", "--test", "e2e"]);
    steps.need("Build the harness", || passed(&harness.clone().arg("--no-run")))?;
    let [app, cli, empty] = programs.map(project::release_binary);
    let measured = harness
        .args(["--", "--ignored", "--nocapture", "--test-threads=1", "speeds::"])
        .env("HAJIME_E2E_APP", app)
        .env("HAJIME_CLI", cli)
        .env("HAJIME_EMPTY_WINDOW", empty);
    steps.check("The window beside an empty one", || passed(&measured));
    Ok(())
}

/// Every kind of fault at every call, as a table.
pub fn faults(steps: &mut Steps) -> Result<(), Stopped> {
    let name = "every_fault_at_every_call_ends_well_or_with_a_cause";
    long_test(steps, "Every fault at every call", name, "")
}

/// Every tampered reply, as a table.
pub fn hostile(steps: &mut Steps, word: Option<&str>) -> Result<(), Stopped> {
    long_test(steps, "Every tampered reply", "every_tampered_reply_harms_nothing", word.unwrap_or_default())
}

/// One of the tests that take minutes, with its table on our output. `word` chooses a part of what it has.
fn long_test(steps: &mut Steps, title: &'static str, name: &str, word: &str) -> Result<(), Stopped> {
    let test = ["test", "--workspace", "--test", "it"];
    steps.need("Build the tests", || passed(&Invocation::cargo().args(test).arg("--no-run")))?;
    steps.check(title, || {
        let run = Invocation::cargo().args(test).args(["--", "--ignored", "--nocapture", name]);
        passed(&if word.is_empty() { run } else { run.env("HAJIME_ONLY", word) })
    });
    Ok(())
}

/// Crashes and faults.
pub fn chaos(steps: &mut Steps, args: &[OsString]) -> Result<(), Stopped> {
    steps.need("Build the harness", || passed(&build_programs(&["hajime-cli", "hajime-chaos"], false)))?;
    steps.check("Crashes and faults", || run_chaos(args));
    Ok(())
}

fn run_chaos(args: &[OsString]) -> Result<Done, Failure> {
    passed(
        &Invocation::new(project::dev_binary("hajime-chaos"))
            .args(args)
            .env("HAJIME_CLI", project::dev_binary("hajime-cli")),
    )
}

/// The screenshots of the whole flow.
pub fn shots(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    steps.need("Build everything", build_everything)?;
    steps.need("Take the screenshots", || window_tests(&["flow::".into()]))?;
    let folder = project::target().join("e2e-artifacts");
    println!("\nScreenshots are in {}:", folder.display());
    let mut names: Vec<_> =
        fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.file_name()).collect();
    names.sort();
    for name in names {
        println!("  {}", name.to_string_lossy());
    }
    Ok(())
}

/// What people install.
pub fn package(steps: &mut Steps, debug: bool) -> Result<(), Stopped> {
    let profile = if debug { Profile::Debug } else { Profile::Release };
    prepare(steps, Needs::App)?;
    steps.need("Build the app and the command line tool", || package::build(profile))?;
    steps.check("Debian package", || package::deb(profile));
    steps.check("Installed, opened and removed on a clean Debian", || package::smoke_test(profile));
    steps.check("AppImage", || package::appimage(profile));
    Ok(())
}

/// What has to be there before anything of the shell compiles: libraries, npm packages, and the UI it embeds.
fn prepare(steps: &mut Steps, needs: Needs) -> Result<(), Stopped> {
    steps.need("System packages", || system::ensure(needs))?;
    steps.need("npm packages", node::install)?;
    steps.need("Build the UI", node::build)
}

/// The UI is checked beside Rust: its checks are single-threaded, and the Rust tests spend half their time waiting.
/// Tests that take long whatever is already built: they wait for real time to pass, start programs or decode what was encoded.
const LONG: [&str; 12] = [
    "every_fault::a_fault",
    "tamper::a_sample",
    "every_kind_of_trouble",
    "cli::the_whole_job",
    "media::tests",
    "a_network_that_is_back_finds_everything_due",
    "a_process_that_dies_while_sending",
    "downloads_cut_short",
    "a_recording_nobody_has_seen_yet",
    "what_never_arrived_is_asked_for_again",
    "what_runs_out_is_warned_of_once",
    "two_hundred_clients",
];

fn checks_and_tests(steps: &mut Steps, without: &[&str]) -> Result<(), Stopped> {
    let ui = Steps::beside(node::checks().into_iter().chain([node::tests()]).collect());
    rust_lints(steps);
    let built = steps.need("Build everything", build_everything);
    if built.is_ok() {
        rust_tests(steps, without);
    }
    steps.collect(ui);
    built
}

fn rust_lints(steps: &mut Steps) {
    steps.check("Rust formatting", || passed(&Invocation::cargo().args(["fmt", "--all", "--check"])));
    steps.check("Rust lints", || {
        passed(&Invocation::cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
    });
}

/// Builds programs. Unoptimised ones get the same features of their dependencies that the tests have: naming any test target
/// makes Cargo count the development dependencies in, and without that, going from `run` to `test` would compile half of
/// everything again. What is handed to people is built without them.
fn build_programs(names: &[&str], release: bool) -> Invocation {
    let kind = if release { ["--release"].as_slice() } else { &["--test", "e2e"] };
    names
        .iter()
        .fold(Invocation::cargo().args(["build", "--workspace"]).args(kind), |cargo, name| cargo.args(["--bin", name]))
}

fn build_everything() -> Result<Done, Failure> {
    passed(&Invocation::cargo().args(["build", "--workspace", "--all-targets"]))
}

/// Nextest when it is there, because it runs all binaries at once; plain Cargo otherwise.
fn rust_tests(steps: &mut Steps, without: &[&str]) {
    let skipped = || std::iter::once("--").chain(without.iter().flat_map(|name| ["--skip", *name]));
    let nextest = Invocation::cargo().args(["nextest", "--version"]).succeeds();
    if nextest {
        steps.check("Rust tests", || {
            passed(&Invocation::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(skipped()))
        });
        steps.check("Rust examples in docs", || passed(&Invocation::cargo().args(["test", "--workspace", "--doc"])));
    } else {
        steps.check("Rust tests", || {
            passed(&Invocation::cargo().args(["test", "--workspace", "--no-fail-fast"]).args(skipped()))
        });
    }
}

/// What the sandbox shows when its time jumps must also be true while it runs.
fn fast_sandbox() -> Result<Done, Failure> {
    passed(
        &Invocation::cargo()
            .args(["test", "--workspace", "--test", "it", "--", "sandbox::"])
            .env("HAJIME_SANDBOX_SPEED", "1000"),
    )
}

fn sdk_checks(steps: &mut Steps, args: &[OsString]) {
    let mut ready = false;
    steps.check("Python environment", || sdk::environment().inspect(|_| ready = true));
    if ready {
        steps.check("Conformance with the Python SDK", || sdk::run(args));
    }
    ready = false;
    steps.check("npm SDK", || sdk::npm_packages().inspect(|_| ready = true));
    if ready {
        steps.check("Conformance with the npm SDK", sdk::run_npm);
    }
}

/// The tests bring up their own display, bus, keyring and window manager; see `tests/e2e`.
fn window_tests(args: &[OsString]) -> Result<Done, Failure> {
    Invocation::cargo()
        .args(["test", "--workspace", "--test", "e2e", "--", "--ignored", "--test-threads=1", "--nocapture"])
        .args(["--skip", "speeds::"])
        .args(args)
        .env("HAJIME_E2E_APP", project::dev_binary("hajime"))
        .run()
        .map_err(|failure| Failure::new(failure.reason).repeat_with("cargo xtask e2e"))?;
    Ok(Done::Passed)
}

fn passed(invocation: &Invocation) -> Result<Done, Failure> {
    invocation.run().map(|()| Done::Passed)
}
