//! The steps of each command. Cheap checks run first, and nothing is compiled twice.
//!
//! Every build covers the whole workspace (`--workspace`), because Cargo compiles a dependency again if a smaller set
//! of packages needs other features of it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::audit::{self, IfMissing};
use crate::command::{Failure, Invocation};
use crate::conformance as sdk;
use crate::node;
use crate::package::{self, Profile};
use crate::project;
use crate::steps::{Done, Steps, Stopped};
use crate::system::{self, Needs};

/// Builds the app and opens it.
pub fn run(steps: &mut Steps, release: bool, args: &[OsString]) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    let cargo = build_programs(&["hajime"], release);
    steps.need("Build the app", || passed(&cargo))?;
    let profile = if release { "release" } else { "debug" };
    let app = project::target().join(profile).join(format!("hajime{}", std::env::consts::EXE_SUFFIX));
    // The app stays open until a person closes it, so the times are printed before it starts.
    steps.summary();
    println!();
    steps.need("Hajime is open", || passed(&Invocation::new(app).args(args)))
}

/// Runs every check and test that is quick and needs neither a window nor Python.
pub fn test_quick(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    checks_and_tests(steps, &SLOW_TESTS)
}

/// Runs every check and test.
pub fn test_all(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    checks_and_tests(steps, &[])?;
    // A build machine always checks licences. On a person's computer, the check is skipped if cargo-deny is missing,
    // because its installation takes minutes.
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

/// Builds every program.
pub fn build(steps: &mut Steps, release: bool) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    let cargo = build_programs(&["hajime", "hajime-cli"], release);
    steps.need("Build the app and the command line tool", || passed(&cargo))
}

/// Tests the sandbox with the official SDKs.
pub fn conformance(steps: &mut Steps, args: &[OsString]) -> Result<(), Stopped> {
    steps.need("Build the sandbox", || passed(&build_programs(&["hajime-cli"], false)))?;
    sdk_checks(steps, args);
    Ok(())
}

/// Tests the app in its real window.
pub fn e2e(steps: &mut Steps, args: &[OsString]) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    steps.need("Build everything", build_everything)?;
    steps.check("Window tests", || window_tests(args));
    Ok(())
}

/// Generates `ui/src/ipc/bindings.ts`.
pub fn bindings(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    steps.need("Write the bindings", || {
        passed(
            &Invocation::cargo()
                .args(["test", "--workspace", "--lib", "--", "the_generated_bindings_equal_the_committed_file"])
                .env("HAJIME_WRITE_BINDINGS", "1"),
        )
    })
}

/// Formats Rust and UI code.
pub fn fmt(steps: &mut Steps) -> Result<(), Stopped> {
    steps.check("Format Rust", || passed(&Invocation::cargo().args(["fmt", "--all"])));
    steps.need("npm packages", node::install)?;
    steps.check("Format the UI", || passed(&node::npm().args(["run", "--if-present", "format"])));
    Ok(())
}

/// Checks formatting, lints and types.
pub fn lint(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::App)?;
    rust_lints(steps);
    for (name, check) in node::checks() {
        steps.check(name, || passed(&check));
    }
    Ok(())
}

/// Checks licences and vulnerabilities.
pub fn audit(steps: &mut Steps) -> Result<(), Stopped> {
    steps.check("Licences and sources", || audit::licences(IfMissing::Install));
    steps.check("Rust advisories", audit::rust_advisories);
    steps.need("npm packages", node::install)?;
    steps.check("npm advisories", audit::npm_packages);
    Ok(())
}

/// Measures the promised speeds and sizes, in a build without the features for tests, which would change the figures.
///
/// The bench `window` runs in the real window, all others run without one.
pub fn bench(steps: &mut Steps, benches: &[OsString]) -> Result<(), Stopped> {
    let (window, others): (Vec<_>, Vec<_>) = benches.iter().cloned().partition(|bench| bench == "window");
    if benches.is_empty() || !others.is_empty() {
        let cargo = |command: &str| Invocation::cargo().args([command, "--release", "--package", "hajime-bench"]);
        steps.need("Build the benches", || passed(&cargo("build").args(["--package", "hajime-cli"])))?;
        steps.check("Benches", || passed(&cargo("run").arg("--").args(&others)));
    }
    if benches.is_empty() || !window.is_empty() { bench_window(steps) } else { Ok(()) }
}

/// Fills a database with believable recordings.
pub fn seed(steps: &mut Steps, recordings: u32, data_dir: &Path) -> Result<(), Stopped> {
    let program = ["run", "--release", "--package", "hajime-bench", "--bin", "hajime-seed", "--"];
    let count = recordings.to_string();
    let cargo = Invocation::cargo().args(program).args(["--recordings", &count, "--data-dir"]).arg(data_dir);
    steps.need("Fill the database", || passed(&cargo))
}

/// Measures Hajime's window and an empty window, both from release builds, with the programs that also test the window.
fn bench_window(steps: &mut Steps) -> Result<(), Stopped> {
    prepare(steps, Needs::AppAndTests)?;
    let programs = ["hajime", "hajime-cli", "hajime-empty-window"];
    let built = programs
        .iter()
        .fold(Invocation::cargo().args(["build", "--release"]), |cargo, name| cargo.args(["--package", name]));
    steps.need("Build the windows", || passed(&built))?;
    let harness = Invocation::cargo().args(["test", "--workspace", "--test", "e2e"]);
    steps.need("Build the harness", || passed(&harness.clone().arg("--no-run")))?;
    // The command line tool, which runs the sandbox, stands beside the app.
    let [app, _, empty] = programs.map(project::release_binary);
    let measured = harness
        .args(["--", "--ignored", "--nocapture", "--test-threads=1", "speeds::"])
        .env("HAJIME_E2E_APP", app)
        .env("HAJIME_EMPTY_WINDOW", empty);
    steps.check("The window beside an empty one", || passed(&measured));
    Ok(())
}

/// Runs the test with every kind of fault at every call, and prints its table.
pub fn faults(steps: &mut Steps) -> Result<(), Stopped> {
    let name = "every_fault_at_every_call_ends_well_or_with_a_cause";
    long_test(steps, "Every fault at every call", name, "")
}

/// Runs the test with every tampered reply, and prints its table.
pub fn hostile(steps: &mut Steps, word: Option<&str>) -> Result<(), Stopped> {
    long_test(steps, "Every tampered reply", "every_tampered_reply_harms_nothing", word.unwrap_or_default())
}

/// Runs a test that takes minutes and prints a table. `word` selects a part of its scenarios.
fn long_test(steps: &mut Steps, title: &'static str, name: &str, word: &str) -> Result<(), Stopped> {
    let test = ["test", "--workspace", "--test", "it"];
    steps.need("Build the tests", || passed(&Invocation::cargo().args(test).arg("--no-run")))?;
    steps.check(title, || {
        let run = Invocation::cargo().args(test).args(["--", "--ignored", "--nocapture", name]);
        passed(&if word.is_empty() { run } else { run.env("HAJIME_ONLY", word) })
    });
    Ok(())
}

/// Runs the harness that kills the app and breaks its network.
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

/// Takes the screenshots of the main flow.
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

/// Makes and tests the packages that people install.
pub fn package(steps: &mut Steps, debug: bool) -> Result<(), Stopped> {
    let profile = if debug { Profile::Debug } else { Profile::Release };
    prepare(steps, Needs::App)?;
    steps.need("Build the app and the command line tool", || package::build(profile))?;
    steps.check("Debian package", || package::deb(profile));
    steps.check("Installed, opened and removed on a clean Debian", || package::smoke_test(profile));
    steps.check("AppImage", || package::appimage(profile));
    Ok(())
}

/// Installs and builds what the shell needs to compile: system libraries, npm packages, and the UI that the shell
/// embeds.
fn prepare(steps: &mut Steps, needs: Needs) -> Result<(), Stopped> {
    steps.need("System packages", || system::ensure(needs))?;
    steps.need("npm packages", node::install)?;
    steps.need("Build the UI", node::build)
}

/// Filters for the tests that `--quick` leaves out. They are slow even after everything is built, because they wait in
/// real time, start programs or decode video.
const SLOW_TESTS: [&str; 12] = [
    "every_fault::a_fault",
    "tamper::a_sample",
    "reports_every_kind_of_fault",
    "cli::schedules_records_and_shares",
    "media::tests",
    "checks_every_recording_at_once_when_the_network_is_back",
    "resumes_an_upload_after_the_process_died",
    "resumes_interrupted_downloads",
    "keeps_an_unseen_recording",
    "repeats_requests_that_never_arrived",
    "warns_72_24_and_6_hours",
    "two_hundred_concurrent_clients",
];

/// Runs the UI's checks in parallel to the Rust build and tests. The UI's checks use one thread, and the Rust tests
/// wait half of their time.
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

/// Builds programs. A debug build names a test target as well, so that Cargo includes the development dependencies and
/// their features. Without them, switching between `run` and `test` would compile half of everything again. A release
/// build leaves them out.
fn build_programs(names: &[&str], release: bool) -> Invocation {
    let kind = if release { ["--release"].as_slice() } else { &["--test", "e2e"] };
    names
        .iter()
        .fold(Invocation::cargo().args(["build", "--workspace"]).args(kind), |cargo, name| cargo.args(["--bin", name]))
}

fn build_everything() -> Result<Done, Failure> {
    passed(&Invocation::cargo().args(["build", "--workspace", "--all-targets"]))
}

/// Runs the tests with nextest if it is installed, because nextest runs all binaries at once; otherwise with Cargo.
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

/// Runs the sandbox's tests with a fast clock. They must pass while the clock runs as well as when it jumps.
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

/// Runs the window tests, which start their own display, bus, keyring and window manager; see `tests/e2e`.
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
