//! Enforces the table of layers in `docs/ARCHITECTURE.md`, and that no files import each other in a circle.
//!
//! This file holds the table. The modules in `architecture/` read the source files and compare them with the table:
//!
//! | module | purpose |
//! |---|---|
//! | [`tokens`] | splits a Rust file into words and signs, without comments, strings and code that only tests compile |
//! | [`modules`] | reads the module tree: what each file declares, imports and names |
//! | [`paths`] | finds the file that declares what a path names, also through re-exports |
//! | [`circles`] | finds files that import each other |
//! | [`layers`] | finds arrows that the table does not allow |
//! | [`page`] | reads the imports of TypeScript and Svelte files |
//!
//! An *arrow* leads from one file to another: by a `use`, or by a path in code. Code under `#[cfg(test)]` makes no
//! arrows. A circle between a module and the modules inside it is allowed; the layers bind both of them.
//!
//! `cargo nextest run -p hajime-cli --run-ignored only -E 'test(prints_every_violation)' --no-capture` prints all
//! violations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use circles::Graph;
use layers::{EVERYTHING, Home, Layer, Violation, layer};
use modules::{Crate, Files, Modules};

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/invented.rs"]
mod invented;
#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/page.rs"]
mod page;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/tokens.rs"]
mod tokens;

/// The crates whose files are read.
const CRATES: &[Crate] = &[
    Crate { name: "hajime_core", root: "src-tauri/core/src/lib.rs" },
    Crate { name: "hajime_shell", root: "src-tauri/src/lib.rs" },
    Crate { name: "hajime", root: "src-tauri/src/main.rs" },
    Crate { name: "hajime_cli", root: "src-tauri/cli/src/main.rs" },
    Crate { name: "cloudflare_sandbox", root: "src-tauri/sandbox/src/lib.rs" },
];

/// The layers of the Rust code, from the innermost outwards. Each row has the name of a layer, its files and folders
/// without `.rs`, and the layers that it may use besides itself.
const LAYERS: &[Layer] = &[
    // The core. Its `lib.rs` only declares the modules.
    layer("map", "src-tauri/core/src/lib", ""),
    layer("domain", "src-tauri/core/src/domain", ""),
    // Modules that know nothing of Hajime: proxies for HTTP, encryption, tasks that may panic, addresses that carry a
    // token.
    layer(
        "base",
        "src-tauri/core/src/http_client src-tauri/core/src/files src-tauri/core/src/tls src-tauri/core/src/supervisor src-tauri/core/src/secret_url",
        "",
    ),
    layer("ports", "src-tauri/core/src/ports", "domain"),
    layer("cloudflare", "src-tauri/core/src/cloudflare", "domain base ports"),
    layer("store", "src-tauri/core/src/store", "domain base ports"),
    layer("signing", "src-tauri/core/src/signing", "domain base ports"),
    // `delivery` sends with an HTTP client of its own, so that it cannot see the API token.
    layer("delivery", "src-tauri/core/src/delivery", "domain base ports"),
    // `feed` asks servers that a person names, with a client of its own.
    layer("feed", "src-tauri/core/src/feed", "domain base"),
    // `archive` writes to folders and buckets that a person names, with a client of its own.
    layer("archive", "src-tauri/core/src/archive", "domain base"),
    layer(
        "context",
        "src-tauri/core/src/context src-tauri/core/src/error",
        "domain base ports cloudflare store signing",
    ),
    // `credentials` turns a data folder and the environment into credentials.
    layer("credentials", "src-tauri/core/src/config src-tauri/core/src/environment", "domain base ports"),
    layer("keyring", "src-tauri/core/src/keyring", "domain base ports"),
    layer("desktop", "src-tauri/core/src/desktop_bus", "domain base"),
    // `service` writes the file with which the system starts the program, and runs the system's commands.
    layer("service", "src-tauri/core/src/user_service", "domain base"),
    layer(
        "opening",
        "src-tauri/core/src/opening",
        "domain base ports cloudflare store signing context credentials keyring",
    ),
    layer(
        "recorder",
        "src-tauri/core/src/recorder",
        "domain base ports cloudflare store signing delivery feed archive context",
    ),
    // The status of a job: the job writes it, and actions and presentation read it.
    layer("status", "src-tauri/core/src/jobs/status", "domain ports store context"),
    layer(
        "actions",
        "src-tauri/core/src/actions",
        "domain base ports cloudflare store signing delivery archive service context recorder status",
    ),
    layer(
        "jobs",
        "src-tauri/core/src/jobs",
        "domain base ports cloudflare store signing delivery context recorder status",
    ),
    // The sandbox and the core share no code.
    layer("sandbox", "src-tauri/sandbox/src", ""),
    // The desktop app.
    layer("options", "src-tauri/src/options", ""),
    layer("platform", "src-tauri/src/platform", "domain base ports desktop"),
    // `accounts` knows the account of the window: it opens the account and starts its jobs, or opens the sandbox
    // instead.
    layer(
        "accounts",
        "src-tauri/src/accounts",
        "domain base ports context credentials keyring opening status actions jobs sandbox platform options",
    ),
    // Presentation never uses the store.
    layer(
        "ipc",
        "src-tauri/src/ipc",
        "domain base ports context credentials keyring opening status service actions platform accounts",
    ),
    // The CLI starts the sandbox in `hajime-cli sandbox` and runs the jobs in `hajime-cli watch`.
    layer(
        "cli",
        "src-tauri/cli/src",
        "domain base ports context credentials keyring desktop opening status service actions jobs sandbox",
    ),
    layer("wiring", "src-tauri/src/lib src-tauri/src/main src-tauri/src/wiring src-tauri/cli/src/main", EVERYTHING),
];

/// The layers of the page, written like [`LAYERS`]. `types:ipc` allows only `import type` from the layer `ipc`.
const PAGE_LAYERS: &[Layer] = &[
    // Pure functions.
    layer("lib", "ui/src/lib", "types:ipc"),
    layer("components", "ui/src/components", "lib types:ipc"),
    layer("ipc", "ui/src/ipc", "lib"),
    // A toast of svelte-sonner shows a component.
    layer("toasts", "ui/src/state/toasts", "lib ipc components"),
    layer("state", "ui/src/state", "lib ipc toasts types:views"),
    layer("views", "ui/src/views", "lib ipc toasts state components"),
    // The frame around the views.
    layer("frame", "ui/src/shell ui/src/compact ui/src/App ui/src/main", EVERYTHING),
];

/// Crates that only one folder may name.
const HOMES: &[Home] = &[
    Home { name: "tauri", folder: "src-tauri/src/" },
    // It must never see a time zone.
    Home { name: "rrule", folder: "src-tauri/core/src/domain/schedule/recurrence/expansion.rs" },
];

/// Members of the context through which code reaches a layer without naming its path, each with that layer.
const MEMBERS_OF_CONTEXT: &[(&str, &str)] = &[("store", "store"), ("cloudflare", "cloudflare")];

#[test]
fn layers_use_only_the_layers_that_their_rows_name() {
    let found = rust_violations(&Modules::read(&rust_files(), CRATES));
    assert!(found.is_empty(), "{} arrows that the table does not allow:\n{}", found.len(), lines(&found));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let modules = Modules::read(&rust_files(), CRATES);
    let arrows = modules.arrows();
    let circles = Graph::new(&modules, &arrows).circles();
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), lines(&circles));
}

#[test]
fn every_file_is_part_of_a_crate_and_of_a_layer() {
    let files = rust_files();
    let lost = [lost_files(&files, &Modules::read(&files, CRATES)), lost_page_files()].concat();
    assert!(lost.is_empty(), "no `mod` line or no row of the table for:\n{}", lines(&lost));
}

#[test]
fn page_files_use_only_the_layers_that_their_rows_name() {
    let found = page_violations();
    assert!(found.is_empty(), "{} imports that the table does not allow:\n{}", found.len(), lines(&found));
}

#[test]
fn no_two_layers_of_a_table_may_use_each_other() {
    let contradictions = [LAYERS, PAGE_LAYERS].map(layers::contradictions).concat();
    assert!(contradictions.is_empty(), "{}", lines(&contradictions));
}

#[test]
#[ignore = "prints a report and checks nothing"]
fn prints_every_violation() {
    let files = rust_files();
    let modules = Modules::read(&files, CRATES);
    let arrows = modules.arrows();
    println!("{} files, {} imports between them", files.len(), arrows.len());
    for (title, found) in [("layers", rust_violations(&modules)), ("page", page_violations())] {
        println!("\n# {title}: {} arrows that the table does not allow", found.len());
        let rules: BTreeSet<&str> = found.iter().map(|violation| violation.rule.as_str()).collect();
        for rule in rules {
            let of_rule: Vec<&Violation> = found.iter().filter(|violation| violation.rule == rule).collect();
            println!("\n{rule} ({})", of_rule.len());
            for violation in of_rule {
                println!("  {} {}", violation.place, violation.arrow);
            }
        }
    }
    let graph = Graph::new(&modules, &arrows);
    for ring in graph.rings() {
        println!("\n# ring of {} files that lead to each other\n  {}", ring.len(), Vec::from_iter(ring).join("\n  "));
    }
    let circles = graph.circles();
    println!("\n# {} circles\n{}", circles.len(), lines(&circles));
    let lost = [lost_files(&files, &modules), lost_page_files()].concat();
    println!("\n# no `mod` line or no row of the table for {} files\n{}", lost.len(), lines(&lost));
}

fn rust_violations(modules: &Modules) -> Vec<Violation> {
    let mut found = layers::violations(LAYERS, &modules.arrows());
    found.extend(layers::strays(HOMES, &modules.outside()));
    for (member, layer) in MEMBERS_OF_CONTEXT {
        found.extend(layers::reaches(LAYERS, "context", member, layer, &modules.members(member)));
    }
    found
}

fn page_violations() -> Vec<Violation> {
    layers::violations(PAGE_LAYERS, &page::arrows(&page_files()))
}

/// Returns the files that no module declares and the files that no row of the table holds.
fn lost_files(files: &Files, modules: &Modules) -> Vec<String> {
    let declared: BTreeSet<&String> = modules.all.iter().map(|module| &module.file).collect();
    let is_lost = |file: &&String| {
        let is_test = modules.test_files.contains(*file);
        !is_test && (!declared.contains(*file) || layers::layer_of(LAYERS, file).is_none())
    };
    files.keys().filter(is_lost).cloned().collect()
}

fn lost_page_files() -> Vec<String> {
    let is_lost = |file: &String| !page::is_test(file) && layers::layer_of(PAGE_LAYERS, file).is_none();
    page_files().into_keys().filter(is_lost).collect()
}

fn page_files() -> Files {
    let mut files = Files::new();
    collect(&root().join("ui/src"), &["ts", "svelte"], &mut files);
    files
}

fn rust_files() -> Files {
    let mut files = Files::new();
    for folder in ["src-tauri/core/src", "src-tauri/src", "src-tauri/cli/src", "src-tauri/sandbox/src"] {
        collect(&root().join(folder), &["rs"], &mut files);
    }
    files
}

/// Reads all files in a folder and its subfolders whose extension is one of `ends`.
fn collect(folder: &Path, ends: &[&str], files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ends, files);
        } else if path.extension().is_some_and(|end| ends.iter().any(|wanted| end == *wanted)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Returns the folder of the repository: `HAJIME_ROOT`, or the folder that Cargo knows.
fn root() -> PathBuf {
    let given = std::env::var_os("HAJIME_ROOT").map(PathBuf::from);
    let from_cargo = || option_env!("CARGO_MANIFEST_DIR").map(|folder| Path::new(folder).join("../.."));
    given.or_else(from_cargo).unwrap_or_else(|| PathBuf::from("."))
}

fn lines(found: &[impl ToString]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
