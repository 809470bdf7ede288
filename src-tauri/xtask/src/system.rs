//! Packages of the operating system. On Debian and its derivatives they are installed; elsewhere the missing ones are
//! listed.

use std::fs;

use crate::command::{Failure, Invocation, on_path};
use crate::steps::Done;

/// The purpose for which the machine needs packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// To build the app and play video in its window.
    App,
    /// Also to run the tests in an invisible window, with a keyring and Python.
    AppAndTests,
}

/// Debian packages for building and running the app. The `GStreamer` plugins are only recommended by WebKitGTK,
/// but a web view without them cannot play a recording.
const APP_PACKAGES: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-libav",
];

/// The Debian packages that the tests need in addition.
const TEST_PACKAGES: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "openbox",
    "dbus-x11",
    "gnome-keyring",
    "xclip",
    "xdotool",
    "curl",
    "util-linux",
    "wmctrl",
    "x11-utils",
    "ffmpeg",
    "python3",
    "python3-venv",
    "fonts-dejavu-core",
];

/// The browser in which the join page is tested, and its driver, on Debian and on Ubuntu, which names them differently.
const BROWSER_PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const UBUNTU_BROWSER_PACKAGES: [&str; 2] = ["chromium-browser", "chromium-chromedriver"];

/// Libraries that `pkg-config` must find before the app can be built on other Linux distributions.
const LIBRARIES: &[&str] = &["webkit2gtk-4.1", "librsvg-2.0"];

/// Programs that the window tests start, by their names on the search path.
const TEST_PROGRAMS: &[&str] = &[
    "WebKitWebDriver",
    "chromedriver",
    "Xvfb",
    "openbox",
    "dbus-daemon",
    "gnome-keyring-daemon",
    "xclip",
    "xdotool",
    "curl",
    "setpriv",
    "wmctrl",
    "xprop",
    "ffprobe",
    "python3",
];

/// Installs missing packages; where it cannot, fails with a list of them.
pub fn ensure(needs: Needs) -> Result<Done, Failure> {
    match std::env::consts::OS {
        "linux" => match Distribution::of_this_machine() {
            Distribution::Debian => debian(needs),
            other => elsewhere(other, needs),
        },
        // macOS and Windows have a web view, and this program was compiled on the machine, so a compiler and a linker
        // exist.
        _ if needs == Needs::App => Ok(Done::Skipped("this system brings its own web view".to_owned())),
        system => Err(Failure::new(format!(
            "The window tests run on Linux only (WebKitWebDriver under Xvfb); this is {system}. Run `cargo xtask test --quick` here."
        ))),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distribution {
    Debian,
    Fedora,
    Arch,
    Suse,
    Unknown,
}

impl Distribution {
    fn of_this_machine() -> Self {
        Self::from_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// Reads `ID` and `ID_LIKE` of os-release(5).
    fn from_os_release(text: &str) -> Self {
        let ids: Vec<&str> = ids(text).collect();
        let is = |names: &[&str]| ids.iter().any(|id| names.contains(id));
        if is(&["debian", "ubuntu"]) {
            Self::Debian
        } else if is(&["fedora", "rhel", "centos"]) {
            Self::Fedora
        } else if is(&["arch"]) {
            Self::Arch
        } else if is(&["suse", "opensuse", "opensuse-tumbleweed"]) {
            Self::Suse
        } else {
            Self::Unknown
        }
    }

    fn install_line(self, needs: Needs) -> String {
        let tests = needs == Needs::AppAndTests;
        let (app, more) = match self {
            Self::Fedora => (
                "sudo dnf install gcc gcc-c++ make pkgconf webkit2gtk4.1-devel librsvg2-devel libappindicator-gtk3-devel \
                 libxdo-devel gstreamer1-plugins-base gstreamer1-plugins-good gstreamer1-plugins-bad-free gstreamer1-plugin-libav",
                " webkit2gtk-driver chromium chromedriver xorg-x11-server-Xvfb openbox dbus-daemon gnome-keyring xclip wmctrl xdotool xprop curl util-linux \
                 ffmpeg-free python3",
            ),
            Self::Arch => (
                "sudo pacman -S --needed base-devel pkgconf webkit2gtk-4.1 librsvg libappindicator-gtk3 xdotool \
                 gst-plugins-base gst-plugins-good gst-plugins-bad gst-libav",
                " chromium xorg-server-xvfb openbox dbus gnome-keyring xclip wmctrl xorg-xprop curl util-linux ffmpeg python",
            ),
            Self::Suse => (
                "sudo zypper install gcc gcc-c++ make pkgconf webkit2gtk3-devel librsvg-devel libappindicator3-devel \
                 xdotool-devel gstreamer-plugins-base gstreamer-plugins-good gstreamer-plugins-bad gstreamer-plugins-libav",
                " webkit2gtk-driver chromium chromedriver xorg-x11-server-Xvfb openbox dbus-1-daemon gnome-keyring xclip wmctrl xdotool xprop curl util-linux \
                 ffmpeg python3",
            ),
            Self::Debian | Self::Unknown => (
                "a C and C++ compiler, pkg-config, and the development files of WebKitGTK 4.1 and librsvg, with \
                 GStreamer's base, good, bad and libav plugins",
                ", WebKitWebDriver, Chromium with chromedriver, Xvfb, openbox, dbus-daemon, gnome-keyring, xclip, ffprobe and Python 3 with venv",
            ),
        };
        format!("{app}{}", if tests { more } else { "" })
    }
}

/// The distribution and its ancestors, as os-release(5) names them.
fn ids(os_release: &str) -> impl Iterator<Item = &str> {
    os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split_whitespace())
}

fn browser_packages(os_release: &str) -> [&'static str; 2] {
    if ids(os_release).any(|id| id == "ubuntu") { UBUNTU_BROWSER_PACKAGES } else { BROWSER_PACKAGES }
}

fn debian(needs: Needs) -> Result<Done, Failure> {
    let mut wanted = APP_PACKAGES.to_vec();
    if needs == Needs::AppAndTests {
        wanted.extend(TEST_PACKAGES);
        wanted.extend(browser_packages(&fs::read_to_string("/etc/os-release").unwrap_or_default()));
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(Done::Skipped(format!("all {} packages are installed", wanted.len())));
    }
    println!("Missing: {}", missing.join(" "));
    let install = apt()?.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    // The package lists may be old or absent. They are fetched only after the first attempt fails.
    if install.run().is_err() {
        apt()?.arg("update").run()?;
        install.run()?;
    }
    match missing.iter().find(|package| !is_installed(package)) {
        None => Ok(Done::Passed),
        Some(package) => {
            Err(Failure::new(format!("{package} is still not installed")).repeat_with(install.to_string()))
        }
    }
}

fn is_installed(package: &str) -> bool {
    Invocation::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout == b"installed")
}

/// `apt-get` as root: directly when this program runs as root, otherwise through sudo.
fn apt() -> Result<Invocation, Failure> {
    let root = Invocation::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let apt = if root {
        Invocation::new("env")
    } else if on_path("sudo").is_some() {
        Invocation::new("sudo").arg("env")
    } else {
        return Err(Failure::new("System packages have to be installed, but this is not root and there is no sudo."));
    };
    Ok(apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]))
}

fn elsewhere(distribution: Distribution, needs: Needs) -> Result<Done, Failure> {
    let libraries =
        LIBRARIES.iter().filter(|library| !Invocation::new("pkg-config").args(["--exists", library]).succeeds());
    let programs = TEST_PROGRAMS.iter().filter(|program| needs == Needs::AppAndTests && on_path(program).is_none());
    let missing: Vec<&str> = libraries.chain(programs).copied().collect();
    if missing.is_empty() {
        return Ok(Done::Skipped("everything is installed".to_owned()));
    }
    Err(Failure::new(format!(
        "Missing: {}.\nPackages are installed automatically on Debian and Ubuntu only. Install here:\n  {}",
        missing.join(", "),
        distribution.install_line(needs),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_distributions_by_id_like() {
        let of = Distribution::from_os_release;
        assert_eq!(of("NAME=\"Debian GNU/Linux\"\nID=debian\n"), Distribution::Debian);
        assert_eq!(of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Distribution::Debian);
        assert_eq!(of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), Distribution::Fedora);
        assert_eq!(of("ID=manjaro\nID_LIKE=arch\n"), Distribution::Arch);
        assert_eq!(of("ID=nixos\n"), Distribution::Unknown);
        assert_eq!(of(""), Distribution::Unknown);
    }

    #[test]
    fn ubuntu_has_other_names_for_the_browser() {
        assert_eq!(browser_packages("ID=debian\n"), BROWSER_PACKAGES);
        assert_eq!(browser_packages("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), UBUNTU_BROWSER_PACKAGES);
    }

    #[test]
    fn instructions_name_test_tools_only_for_tests() {
        for distribution in [Distribution::Fedora, Distribution::Arch, Distribution::Suse, Distribution::Unknown] {
            assert!(!distribution.install_line(Needs::App).contains("openbox"));
            assert!(distribution.install_line(Needs::AppAndTests).contains("openbox"));
        }
    }
}
