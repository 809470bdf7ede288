//! Installs npm packages and builds the UI, each only after a change.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use crate::command::{Failure, Invocation};
use crate::project;
use crate::steps::Done;

/// The oldest Node.js that the UI's build tools run on, as major and minor version.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// An invocation of npm in the UI's folder.
pub fn npm() -> Invocation {
    Invocation::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).dir(project::ui())
}

/// An invocation of npm in another folder.
pub fn npm_in(folder: &Path) -> Invocation {
    npm().dir(folder)
}

/// Installs exactly the packages of the UI's lock file, unless they are installed.
pub fn install() -> Result<Done, Failure> {
    check_version()?;
    install_in(&project::ui())
}

/// Installs exactly the packages of the lock file in another folder, unless they are installed.
pub fn install_in(folder: &Path) -> Result<Done, Failure> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).map_err(|error| Failure::new(format!("{} cannot be read: {error}", lock.display())))?;
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(Done::Skipped("package-lock.json has not changed".to_owned()));
    }
    npm_in(folder).args(["ci", "--no-audit", "--no-fund"]).run()?;
    write_stamp(&stamp, &lock)?;
    Ok(Done::Passed)
}

/// Builds the UI into `ui/dist`, unless it was built from the same sources.
pub fn build() -> Result<Done, Failure> {
    let stamp = project::ui().join("node_modules/.built-sources");
    let sources = fingerprint(&project::ui()).map_err(|error| Failure::new(format!("ui/ cannot be read: {error}")))?;
    let built = project::ui().join("dist/index.html").is_file();
    if built && fs::read(&stamp).is_ok_and(|old| old == sources.to_le_bytes()) {
        return Ok(Done::Skipped("the sources have not changed".to_owned()));
    }
    npm().args(["run", "build"]).run()?;
    write_stamp(&stamp, &sources.to_le_bytes())?;
    Ok(Done::Passed)
}

/// The checks among the scripts of `ui/package.json`.
pub fn checks() -> [(&'static str, Invocation); 2] {
    [("UI lints", "lint"), ("UI types", "check")].map(|(name, script)| (name, npm().args(["run", script])))
}

/// The UI's own tests.
pub fn tests() -> (&'static str, Invocation) {
    ("UI tests", npm().args(["run", "test"]))
}

fn check_version() -> Result<(), Failure> {
    let advice = format!(
        "Install Node.js {}.{} or newer (https://nodejs.org/); npm comes with it.",
        OLDEST_NODE.0, OLDEST_NODE.1
    );
    let Ok(output) = Invocation::new("node").arg("--version").output() else {
        return Err(Failure::new(format!("Node.js is not installed. {advice}")));
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if parsed(&version).is_none_or(|version| version < OLDEST_NODE) {
        return Err(Failure::new(format!("Node.js {version} is too old. {advice}")));
    }
    if npm().arg("--version").succeeds() { Ok(()) } else { Err(Failure::new(format!("npm does not run. {advice}"))) }
}

fn parsed(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn write_stamp(path: &Path, content: &[u8]) -> Result<(), Failure> {
    fs::write(path, content).map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
}

/// A hash of the names and contents of all source files.
fn fingerprint(dir: &Path) -> std::io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    hash_dir(dir, &mut hasher)?;
    Ok(hasher.finish())
}

fn hash_dir(dir: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    let mut entries = fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if name == "node_modules" || name == "dist" {
            continue;
        }
        name.hash(hasher);
        if entry.file_type()?.is_dir() {
            hash_dir(&entry.path(), hasher)?;
        } else {
            fs::read(entry.path())?.hash(hasher);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_node_versions() {
        assert_eq!(parsed("v20.20.2"), Some((20, 20)));
        assert!(parsed("v20.9.0") < Some(OLDEST_NODE), "versions are compared as numbers");
        assert_eq!(parsed("20"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn the_fingerprint_changes_with_sources_and_ignores_build_output() {
        let dir = std::env::temp_dir().join(format!("xtask-fingerprint-{}", std::process::id()));
        fs::create_dir_all(dir.join("src")).unwrap();
        fs::create_dir_all(dir.join("node_modules")).unwrap();
        fs::write(dir.join("src/app.ts"), "one").unwrap();
        let before = fingerprint(&dir).unwrap();
        fs::write(dir.join("node_modules/junk.js"), "x").unwrap();
        assert_eq!(fingerprint(&dir).unwrap(), before);
        fs::write(dir.join("src/app.ts"), "two").unwrap();
        assert_ne!(fingerprint(&dir).unwrap(), before);
        fs::remove_dir_all(&dir).unwrap();
    }
}
