//! A message bus for each desktop. The bus starts no services by itself, so only the services of the test answer.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use super::process::Process;
use super::wait::{SOON, until_true};

const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A running bus.
pub(crate) struct Bus {
    address: String,
    _daemon: Process,
}

impl Bus {
    /// Starts a bus whose socket and configuration are in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        let socket = folder.join("bus");
        std::fs::write(&config, CONFIG.replace("SOCKET", &socket.display().to_string())).unwrap();
        let mut daemon = Process::start(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", config.display()))
                .args(["--nofork", "--nopidfile", "--print-address=1"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        // The bus prints its address once it listens.
        let mut address = String::new();
        BufReader::new(daemon.child().stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { address: address.trim().to_owned(), _daemon: daemon }
    }

    /// The value of `DBUS_SESSION_BUS_ADDRESS` for programs on this bus.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Opens a new connection to the bus.
    pub(crate) async fn connect(&self) -> zbus::Connection {
        zbus::connection::Builder::address(self.address.as_str()).unwrap().build().await.unwrap()
    }

    /// Waits until no program owns a name that contains `part`. A killed program keeps its names until the bus notices.
    pub(crate) async fn wait_until_free(&self, part: &str) {
        let connection = self.connect().await;
        let bus = DBusProxy::new(&connection).await.unwrap();
        until_true(&format!("no {part} on the bus"), SOON, async || {
            bus.list_names().await.is_ok_and(|names| names.iter().all(|name| !name.contains(part)))
        })
        .await;
    }

    /// Returns the names on the bus that contain `part`.
    pub(crate) async fn names_with(&self, part: &str) -> Vec<String> {
        let connection = self.connect().await;
        let names = DBusProxy::new(&connection).await.unwrap().list_names().await.unwrap();
        names.iter().map(ToString::to_string).filter(|name| name.contains(part)).collect()
    }

    /// Waits until a program owns the name of a service.
    pub(crate) async fn wait_for_service(&self, name: &'static str) {
        let connection = self.connect().await;
        let bus = DBusProxy::new(&connection).await.unwrap();
        until_true(&format!("{name} on the bus"), SOON, async || {
            bus.name_has_owner(BusName::from_static_str(name).unwrap()).await.unwrap_or(false)
        })
        .await;
    }
}
