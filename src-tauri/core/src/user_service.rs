//! Installs `hajime-cli watch` as a service of the user: with systemd on Linux, with launchd on macOS.
//!
//! It writes one file, and deletes or replaces only a file that Hajime wrote and nobody changed.

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

use crate::domain::health::service::{self, AGENT, Started, UNIT, Unwritable, Whose};

/// How long the system may take for a command.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// What starts services for users on this system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// systemd.
    Systemd,
    /// launchd.
    Launchd,
    /// Nothing that Hajime knows.
    Unknown,
}

impl Manager {
    /// The name of what starts services here.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
            Self::Unknown => "none",
        }
    }
}

/// Why a service could not be looked at, installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// This system has no services that Hajime knows.
    #[error("this system starts no services that Hajime knows")]
    NoManager,
    /// The user has no home folder.
    #[error("the user has no home folder")]
    NoHome,
    /// The program runs from an AppImage, which has another path at each start.
    #[error("the program runs from an AppImage")]
    InAppImage,
    /// The file was written or changed by somebody else.
    #[error("{} was not written by Hajime", .0.display())]
    NotOurs(PathBuf),
    /// A path does not fit into the file.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// A file could not be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        why: std::io::Error,
    },
    /// The system refused a command.
    #[error("{command}: {said}")]
    Refused {
        /// The command.
        command: String,
        /// What it said.
        said: String,
    },
}

/// What is known of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file of the service.
    pub file: PathBuf,
    /// Whether the file is there.
    pub is_installed: bool,
    /// Whether Hajime wrote it and nobody changed it.
    pub is_ours: bool,
    /// The program that it starts.
    pub program: Option<String>,
    /// Whether that is another program, or is started in another way, than an installation would do now.
    pub is_outdated: bool,
    /// Whether it runs; `None` where the system did not say.
    pub is_running: Option<bool>,
}

/// The service of this user.
#[derive(Debug, Clone)]
pub struct UserService {
    manager: Manager,
    file: PathBuf,
    /// The program that is started; an error where it has no path that lasts.
    program: Option<PathBuf>,
    data: Option<PathBuf>,
    is_in_app_image: bool,
}

impl UserService {
    /// The service as it would be installed by the running program, for the data in this folder or in the usual one. `variable`
    /// reads a variable of the environment.
    pub fn here(variable: impl Fn(&str) -> Option<OsString>, data: Option<&Path>) -> Result<Self, Trouble> {
        let home = variable("HOME").map(PathBuf::from).filter(|home| home.is_absolute()).ok_or(Trouble::NoHome)?;
        let config = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|config| config.is_absolute());
        let config = config.unwrap_or_else(|| home.join(".config"));
        let manager = match std::env::consts::OS {
            "linux" => Manager::Systemd,
            "macos" => Manager::Launchd,
            _ => Manager::Unknown,
        };
        let file = match manager {
            Manager::Launchd => home.join("Library/LaunchAgents").join(format!("{AGENT}.plist")),
            Manager::Systemd | Manager::Unknown => config.join("systemd/user").join(UNIT),
        };
        let program = std::env::current_exe().and_then(std::fs::canonicalize).ok();
        let image = variable("APPDIR").map(PathBuf::from);
        let is_in_app_image = image.zip(program.as_ref()).is_some_and(|(image, program)| program.starts_with(image));
        let data = data.and_then(|data| std::path::absolute(data).ok());
        Ok(Self { manager, file, program, data, is_in_app_image })
    }

    /// What starts services here.
    #[must_use]
    pub const fn manager(&self) -> Manager {
        self.manager
    }

    /// Looks at the service. Changes nothing.
    pub async fn look(&self) -> Result<Found, Trouble> {
        self.has_manager()?;
        let text = self.text_there()?;
        let wanted = self.wanted().ok();
        Ok(Found {
            file: self.file.clone(),
            is_installed: text.is_some(),
            is_ours: text.as_deref().is_some_and(|text| service::whose(text) == Whose::Ours),
            program: text.as_deref().and_then(service::program_in),
            is_outdated: text.is_some() && text != wanted,
            is_running: if text.is_some() { self.is_running().await } else { Some(false) },
        })
    }

    /// Installs the service and starts it. What runs already as it should is left alone.
    pub async fn install(&self) -> Result<Found, Trouble> {
        self.has_manager()?;
        let wanted = self.wanted()?;
        let there = self.text_there()?;
        if there.as_deref().is_some_and(|text| service::whose(text) == Whose::SomebodyElses) {
            return Err(Trouble::NotOurs(self.file.clone()));
        }
        let is_new = there.as_deref() != Some(wanted.as_str());
        if is_new {
            self.write(&wanted)?;
        }
        match self.manager {
            Manager::Systemd => {
                if is_new {
                    self.told("systemctl", &["--user", "daemon-reload"]).await?;
                }
                self.told("systemctl", &["--user", "enable", UNIT]).await?;
                if is_new || self.is_running().await != Some(true) {
                    self.told("systemctl", &["--user", "restart", UNIT]).await?;
                }
            }
            Manager::Launchd => {
                let domain = launchd_domain().await?;
                if is_new || self.is_running().await != Some(true) {
                    // It is not loaded where it is installed for the first time.
                    drop(run("launchctl", &["bootout", &format!("{domain}/{AGENT}")]).await);
                    self.told("launchctl", &["bootstrap", &domain, &self.file.to_string_lossy()]).await?;
                }
            }
            Manager::Unknown => return Err(Trouble::NoManager),
        }
        self.look().await
    }

    /// Stops the service and deletes its file. Returns whether there was one.
    pub async fn remove(&self) -> Result<bool, Trouble> {
        self.has_manager()?;
        let Some(text) = self.text_there()? else { return Ok(false) };
        if service::whose(&text) == Whose::SomebodyElses {
            return Err(Trouble::NotOurs(self.file.clone()));
        }
        match self.manager {
            Manager::Systemd => self.told("systemctl", &["--user", "disable", "--now", UNIT]).await?,
            Manager::Launchd => {
                let domain = launchd_domain().await?;
                if self.is_running().await == Some(true) {
                    self.told("launchctl", &["bootout", &format!("{domain}/{AGENT}")]).await?;
                }
            }
            Manager::Unknown => return Err(Trouble::NoManager),
        }
        std::fs::remove_file(&self.file).map_err(|why| self.of_file(why))?;
        if self.manager == Manager::Systemd {
            self.told("systemctl", &["--user", "daemon-reload"]).await?;
        }
        Ok(true)
    }

    const fn has_manager(&self) -> Result<(), Trouble> {
        match self.manager {
            Manager::Systemd | Manager::Launchd => Ok(()),
            Manager::Unknown => Err(Trouble::NoManager),
        }
    }

    /// The file as an installation would write it now.
    fn wanted(&self) -> Result<String, Trouble> {
        if self.is_in_app_image {
            return Err(Trouble::InAppImage);
        }
        let why = || std::io::Error::from(ErrorKind::NotFound);
        let program = self.program.as_deref().ok_or_else(|| Trouble::File { path: "hajime-cli".into(), why: why() })?;
        let started = Started { program, data: self.data.as_deref() };
        Ok(match self.manager {
            Manager::Systemd | Manager::Unknown => service::unit(started)?,
            Manager::Launchd => service::agent(started)?,
        })
    }

    fn text_there(&self) -> Result<Option<String>, Trouble> {
        match std::fs::read(&self.file) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(self.of_file(why)),
        }
    }

    /// Writes the file under another name first, so that the system never reads half of it.
    fn write(&self, text: &str) -> Result<(), Trouble> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|why| self.of_file(why))?;
        let part = self.file.with_extension("part");
        let written = std::fs::File::create(&part)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&part, &self.file));
        written.map_err(|why| self.of_file(why))
    }

    fn of_file(&self, why: std::io::Error) -> Trouble {
        Trouble::File { path: self.file.clone(), why }
    }

    /// Whether the service runs; `None` where the system does not say.
    async fn is_running(&self) -> Option<bool> {
        match self.manager {
            Manager::Systemd => {
                let answer = run("systemctl", &["--user", "is-active", UNIT]).await.ok()?;
                let said = String::from_utf8_lossy(&answer.stdout);
                match said.trim() {
                    "active" | "activating" | "reloading" => Some(true),
                    "inactive" | "failed" | "deactivating" | "unknown" => Some(false),
                    _ => None,
                }
            }
            Manager::Launchd => {
                let domain = launchd_domain().await.ok()?;
                let answer = run("launchctl", &["print", &format!("{domain}/{AGENT}")]).await.ok()?;
                Some(answer.status.success() && String::from_utf8_lossy(&answer.stdout).contains("state = running"))
            }
            Manager::Unknown => None,
        }
    }

    async fn told(&self, program: &str, arguments: &[&str]) -> Result<(), Trouble> {
        let command = || format!("{program} {}", arguments.join(" "));
        let answer = run(program, arguments)
            .await
            .map_err(|error| Trouble::Refused { command: command(), said: error.to_string() })?;
        if answer.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.stderr);
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
        Err(Trouble::Refused { command: command(), said })
    }
}

/// The domain of the services of this user.
async fn launchd_domain() -> Result<String, Trouble> {
    let answer = run("id", &["-u"])
        .await
        .map_err(|error| Trouble::Refused { command: "id -u".into(), said: error.to_string() })?;
    let number = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    Ok(format!("gui/{number}"))
}

async fn run(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(COMMAND_LIMIT, command.output()).await {
        Ok(answer) => answer,
        Err(_) => Err(ErrorKind::TimedOut.into()),
    }
}
