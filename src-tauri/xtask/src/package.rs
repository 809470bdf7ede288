//! Makes the packages that people install, a Debian package and an AppImage, with the Tauri CLI from one release build.
//! Tests that the Debian package installs on a clean Debian, opens its window, and leaves no file behind when it is
//! removed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::command::{Failure, Invocation, on_path};
use crate::node;
use crate::project;
use crate::steps::Done;

/// The Tauri CLI that makes the packages. Its version must match `tauri` in `Cargo.lock`.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";
/// The host from which `tauri bundle` downloads the tools for an AppImage. The build downloads nothing else from it.
const APPIMAGE_TOOLS_HOST: &str = "github.com";

/// Builds the app and the command line tool for the packages.
pub fn build(profile: Profile) -> Result<Done, Failure> {
    let mut cargo = Invocation::cargo().args(["build", "--workspace", "--bin", "hajime", "--bin", "hajime-cli"]);
    cargo = cargo.args(["--features", "hajime/custom-protocol"]);
    if profile == Profile::Release {
        cargo = cargo.arg("--release");
    }
    cargo.run()?;
    Ok(Done::Passed)
}

/// The build profile of the programs in the packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// With optimisations, for the packages that people install.
    Release,
    /// Without optimisations, to test the packaging itself.
    Debug,
}

impl Profile {
    fn folder(self) -> PathBuf {
        project::target().join(if self == Self::Release { "release" } else { "debug" })
    }

    fn bundles(self, kind: &str) -> PathBuf {
        self.folder().join("bundle").join(kind)
    }
}

/// Makes the Debian package.
pub fn deb(profile: Profile) -> Result<Done, Failure> {
    let folder = profile.bundles("deb");
    // Deletes the package of an earlier version, which could otherwise be mistaken for the new one.
    fs::remove_dir_all(&folder).ok();
    bundle(profile, "deb").run()?;
    println!("The package is {}", only_file(&folder, "deb")?.display());
    Ok(Done::Passed)
}

/// Makes the AppImage. The Tauri CLI downloads tools for it; the step is skipped if they cannot be downloaded.
pub fn appimage(profile: Profile) -> Result<Done, Failure> {
    let bundle = bundle(profile, "appimage");
    println!("$ {bundle}");
    let (result, said) = bundle.captured();
    if let Err(failure) = result {
        println!("{said}");
        return Err(match missing_tools(&said) {
            Some(address) => Failure::new(format!(
                "the AppImage was not made, because the Tauri CLI could not load its tools from {address}. The Debian package is not affected."
            ))
            .repeat_with("cargo xtask package, where that address can be reached"),
            None => failure,
        });
    }
    println!("The AppImage is {}", only_file(&profile.bundles("appimage"), "AppImage")?.display());
    Ok(Done::Passed)
}

/// Returns the address from which the tools could not be downloaded; `None` if the AppImage failed for another reason.
fn missing_tools(said: &str) -> Option<&str> {
    let start = said.find("https://").map(|start| &said[start..])?;
    let address = start.split(|letter: char| letter.is_whitespace() || "`'\")".contains(letter)).next()?;
    let failed = ["failed to", "Failed to", "error sending", "timed out", "Connection", "dns error", "http status"];
    (address.contains(APPIMAGE_TOOLS_HOST) && failed.iter().any(|words| said.contains(words))).then_some(address)
}

/// The invocation of the Tauri CLI that makes a package of the app and the command line tool.
fn bundle(profile: Profile, kind: &str) -> Invocation {
    let cli = profile.folder().join("hajime-cli");
    let config = json!({ "bundle": { "linux": { kind: { "files": { "/usr/bin/hajime-cli": cli } } } } });
    let mut bundle = node::npm_in(project::root())
        .args(["exec", "--yes", "--package", TAURI_CLI, "--", "tauri", "bundle", "--ci", "--bundles", kind])
        .args(["--config", &config.to_string()]);
    if profile == Profile::Debug {
        bundle = bundle.arg("--debug");
    }
    bundle
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, Failure> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = files.filter(|path| path.extension().is_some_and(|it| it == extension));
    match (found.next(), found.next()) {
        (Some(file), None) => Ok(file),
        (None, _) => Err(Failure::new(format!("there is no .{extension} in {}", folder.display()))),
        (Some(_), Some(_)) => Err(Failure::new(format!("there is more than one .{extension} in {}", folder.display()))),
    }
}

/// Installs the package on a clean Debian, opens the window there, and removes the package.
pub fn smoke_test(profile: Profile) -> Result<Done, Failure> {
    let root = Invocation::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root || on_path("debootstrap").is_none() {
        return Ok(Done::Skipped("it takes root and debootstrap".to_owned()));
    }
    let package = only_file(&profile.bundles("deb"), "deb")?;
    let debian = CleanDebian::make()?;
    fs::copy(&package, debian.root.join("hajime.deb")).map_err(|error| Failure::new(format!("no copy: {error}")))?;
    fs::write(debian.root.join("smoke-test"), SMOKE_TEST)
        .map_err(|error| Failure::new(format!("no script: {error}")))?;
    Invocation::new("chroot")
        .arg(&debian.root)
        .args(["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"])
        .args(proxies())
        .args(["sh", "-eu", "/smoke-test"])
        .run()
        .map_err(|failure| {
            Failure::new(format!("the package does not do what it should on a clean Debian: {}", failure.reason))
        })?;
    Ok(Done::Passed)
}

/// This computer's proxy variables that are set, as `name=value`.
fn proxies() -> Vec<OsString> {
    ["http_proxy", "https_proxy", "no_proxy"]
        .iter()
        .filter_map(|name| {
            let mut pair = OsString::from(format!("{name}="));
            pair.push(std::env::var_os(name)?);
            Some(pair)
        })
        .collect()
}

/// The script that runs inside the clean Debian. Every line must succeed.
const SMOKE_TEST: &str = include_str!("package/smoke-test.sh");

/// A new Debian in a temporary folder. Dropping it deletes the folder.
struct CleanDebian {
    root: PathBuf,
}

impl CleanDebian {
    fn make() -> Result<Self, Failure> {
        let root = std::env::temp_dir().join(format!("hajime-clean-debian-{}", std::process::id()));
        let debian = Self { root };
        let suite = release().unwrap_or_else(|| "stable".to_owned());
        Invocation::new("debootstrap").args(["--variant=minbase", &suite]).arg(&debian.root).run()?;
        debian.reach_the_network()?;
        for (kind, place) in [("proc", "proc"), ("tmpfs", "dev/shm")] {
            let place = debian.root.join(place);
            fs::create_dir_all(&place).ok();
            Invocation::new("mount").args(["-t", kind, kind]).arg(place).run()?;
        }
        Ok(debian)
    }
}

impl CleanDebian {
    /// Copies this computer's DNS settings and its download settings of apt, such as a proxy or a tolerated wrong
    /// clock.
    fn reach_the_network(&self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("the clean Debian could not be prepared: {error}"));
        fs::copy("/etc/resolv.conf", self.root.join("etc/resolv.conf")).map_err(failed)?;
        for entry in fs::read_dir("/etc/apt/apt.conf.d").map_err(failed)?.flatten() {
            let settings = fs::read_to_string(entry.path()).unwrap_or_default();
            if settings.contains("Acquire::") {
                fs::write(self.root.join("etc/apt/apt.conf.d").join(entry.file_name()), settings).map_err(failed)?;
            }
        }
        Ok(())
    }
}

impl Drop for CleanDebian {
    fn drop(&mut self) {
        for place in ["proc", "dev/shm"] {
            let place = self.root.join(place);
            if Invocation::new("mountpoint").arg("-q").arg(&place).succeeds()
                && Invocation::new("umount").arg(&place).run().is_err()
            {
                println!("{} is still mounted, so {} is left", place.display(), self.root.display());
                return;
            }
        }
        // `--one-file-system` keeps the deletion out of mounted folders, which belong to this computer.
        let _ = Invocation::new("rm").args(["-rf", "--one-file-system"]).arg(&self.root).run();
    }
}

/// The code name of this computer's Debian release, against whose libraries the package was built; `None` on other
/// systems.
fn release() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let debian = text.lines().any(|line| line == "ID=debian");
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    debian.then(|| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_an_appimage_only_when_its_tools_cannot_be_downloaded() {
        let offline = "        Info Downloading https://github.com/tauri-apps/binary-releases/releases/download/apprun-old/AppRun-x86_64\nfailed to bundle project `Connection refused`";
        assert_eq!(
            missing_tools(offline),
            Some("https://github.com/tauri-apps/binary-releases/releases/download/apprun-old/AppRun-x86_64")
        );
        assert_eq!(missing_tools("failed to bundle project: No such file or directory"), None);
        assert_eq!(missing_tools("Finished, see https://github.com/tauri-apps"), None);
    }

    #[test]
    fn the_command_line_tool_is_in_both_packages() {
        for kind in ["deb", "appimage"] {
            let line = bundle(Profile::Release, kind).to_string();
            assert!(line.contains("/usr/bin/hajime-cli") && line.contains("release/hajime-cli"), "{line}");
            assert!(line.contains(TAURI_CLI), "{line}");
        }
    }
}
