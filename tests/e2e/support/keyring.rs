//! Keyrings that fail: locked, without an entry, or with a password prompt that nobody answers.
#![expect(
    clippy::used_underscore_binding,
    reason = "the bus interface's macro names every argument, also the ones nobody needs"
)]

use std::collections::HashMap;

use zbus::Connection;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::bus::Bus;

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/only";
/// The value of the attribute by which the app's entries are found.
const APP_ID: &str = "org.hajime.desktop";

/// Locks every collection of the real keyring on this bus.
pub(crate) async fn lock(bus: &Bus) {
    let connection = bus.connect().await;
    let default: OwnedObjectPath = connection
        .call_method(Some(NAME), PATH, Some(SERVICE), "ReadAlias", &"default")
        .await
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    let locked: (Vec<OwnedObjectPath>, OwnedObjectPath) = connection
        .call_method(Some(NAME), PATH, Some(SERVICE), "Lock", &vec![default])
        .await
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    assert_eq!(locked.0.len(), 1, "the keyring is locked without a question");
}

/// Deletes the app's entries in the real keyring on this bus, and returns how many there were.
pub(crate) async fn lose_entries(bus: &Bus) -> usize {
    let connection = bus.connect().await;
    let (unlocked, _) = ours(&connection).await;
    for item in &unlocked {
        connection.call_method(Some(NAME), item, Some("org.freedesktop.Secret.Item"), "Delete", &()).await.unwrap();
    }
    unlocked.len()
}

/// Returns the app's entries in the real keyring: first the unlocked ones, then the locked ones.
async fn ours(connection: &Connection) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
    let ours = HashMap::from([("service", APP_ID)]);
    let found = connection.call_method(Some(NAME), PATH, Some(SERVICE), "SearchItems", &ours).await.unwrap();
    found.body().deserialize().unwrap()
}

/// Returns the names of the app's entries in the real keyring on this bus.
pub(crate) async fn entries(bus: &Bus) -> Vec<String> {
    let connection = bus.connect().await;
    let (unlocked, locked) = ours(&connection).await;
    let mut names = Vec::new();
    for item in unlocked.iter().chain(&locked) {
        let attributes: OwnedValue = connection
            .call_method(
                Some(NAME),
                item,
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &("org.freedesktop.Secret.Item", "Attributes"),
            )
            .await
            .unwrap()
            .body()
            .deserialize()
            .unwrap();
        let attributes = HashMap::<String, String>::try_from(attributes).unwrap();
        names.push(attributes["username"].clone());
    }
    names.sort();
    names
}

/// A locked keyring that has every secret and whose password prompt nobody answers.
pub(crate) struct SilentKeyring {
    connection: zbus::Connection,
}

impl SilentKeyring {
    /// Serves this keyring on the bus in place of the real one.
    pub(crate) async fn serve(bus: &Bus) -> Self {
        let connection = zbus::connection::Builder::address(bus.address())
            .unwrap()
            .serve_at(PATH, Service)
            .unwrap()
            .serve_at(PROMPT, Prompt)
            .unwrap()
            .name(NAME)
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { connection }
    }

    /// Closes the prompt as a person does who does not enter the password.
    pub(crate) async fn dismiss(&self) {
        let prompt = self.connection.object_server().interface::<_, Prompt>(PROMPT).await.unwrap();
        Prompt::completed(prompt.signal_emitter(), true, Value::from("")).await.unwrap();
    }
}

struct Service;

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
#[expect(clippy::unused_self, reason = "methods of the bus interface")]
impl Service {
    fn open_session(&self, _algorithm: String, _input: Value<'_>) -> (OwnedValue, OwnedObjectPath) {
        // A dummy public key. The client accepts any number, and these tests never encrypt a secret with the resulting key.
        (Value::from(vec![2_u8; 128]).try_to_owned().unwrap(), path("/org/freedesktop/secrets/session/only"))
    }

    fn search_items(&self, _attributes: HashMap<String, String>) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        (Vec::new(), vec![path("/org/freedesktop/secrets/collection/login/1")])
    }

    fn unlock(&self, _objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        (Vec::new(), path(PROMPT))
    }

    fn read_alias(&self, _name: String) -> OwnedObjectPath {
        path("/org/freedesktop/secrets/collection/login")
    }
}

struct Prompt;

#[zbus::interface(name = "org.freedesktop.Secret.Prompt")]
#[expect(clippy::unused_self, reason = "methods of the bus interface")]
impl Prompt {
    fn prompt(&self, _window: String) {}

    fn dismiss(&self) {}

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, dismissed: bool, result: Value<'_>) -> zbus::Result<()>;
}

fn path(text: &'static str) -> OwnedObjectPath {
    ObjectPath::from_static_str(text).unwrap().into()
}
