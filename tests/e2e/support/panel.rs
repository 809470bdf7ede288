//! A panel that shows icons of programs, as far as the bus goes: the watcher and host of `StatusNotifierItem`, and a reader
//! of the menu (`com.canonical.dbusmenu`).
#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "methods of bus interfaces, whose macro names every argument"
)]

use std::sync::{Arc, Mutex};

use zbus::Connection;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

use super::bus::Bus;
use super::wait::{LATER, SOON, answer, until};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// Where an icon is on the bus: the name of its program and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    program: String,
    path: String,
}

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    id: i32,
    /// What it says; empty for a line between groups.
    pub(crate) label: String,
    /// Whether it can be chosen.
    pub(crate) enabled: bool,
}

/// A running panel. Dropping it takes it off the bus.
pub(crate) struct Panel {
    items: Arc<Mutex<Vec<Place>>>,
    connection: Connection,
}

impl Panel {
    /// Takes the watcher's name on the bus and waits for icons.
    pub(crate) async fn serve(bus: &Bus) -> Self {
        let items = Arc::<Mutex<Vec<Place>>>::default();
        let connection = zbus::connection::Builder::address(bus.address())
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher { items: Arc::clone(&items) })
            .unwrap()
            .name(WATCHER)
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { items, connection }
    }

    /// Waits until the menu of the only icon has an entry that begins with these words, and returns the whole menu.
    pub(crate) async fn menu_with(&self, words: &str) -> Vec<Entry> {
        let mut last = Vec::new();
        let found = answer(LATER, async || {
            last = self.menu().await?;
            last.iter().any(|entry| entry.label.starts_with(words)).then(|| last.clone())
        });
        let found = found.await;
        found.unwrap_or_else(|| panic!("no entry “{words}” in the menu: {last:#?}"))
    }

    /// Presses the entry that begins with these words.
    pub(crate) async fn press(&self, words: &str) {
        until(&format!("“{words}” to be pressed"), SOON, async || {
            // The menu is drawn again after each change, and its entries have other ids then.
            let menu = self.menu().await?;
            let entry = menu.iter().find(|entry| entry.label.starts_with(words) && entry.enabled)?;
            let (place, path) = self.menu_place().await?;
            let pressed = (entry.id, "clicked", Value::I32(0), 0_u32);
            let program = Some(place.program.as_str());
            self.connection.call_method(program, path.as_str(), Some(MENU), "Event", &pressed).await.ok().map(drop)
        })
        .await;
    }

    async fn menu_place(&self) -> Option<(Place, OwnedObjectPath)> {
        let place = self.items.lock().unwrap().last()?.clone();
        let reply = self
            .connection
            .call_method(
                Some(place.program.as_str()),
                place.path.as_str(),
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &(ITEM, "Menu"),
            )
            .await
            .ok()?;
        let value: OwnedValue = reply.body().deserialize().ok()?;
        Some((place, value.try_into().ok()?))
    }

    async fn menu(&self) -> Option<Vec<Entry>> {
        let (place, path) = self.menu_place().await?;
        let program = Some(place.program.as_str());
        let reply = self
            .connection
            .call_method(program, path.as_str(), Some(MENU), "GetLayout", &(0_i32, -1_i32, Vec::<&str>::new()))
            .await
            .ok()?;
        let body = reply.body();
        let layout: Structure<'_> = body.deserialize().ok()?;
        let Some(Value::Structure(root)) = layout.fields().get(1) else { return None };
        let Some(Value::Array(children)) = root.fields().get(2) else { return None };
        Some(children.iter().filter_map(entry).collect())
    }
}

/// Reads an entry of a layout: its id, its properties and its own entries.
fn entry(value: &Value<'_>) -> Option<Entry> {
    let value = if let Value::Value(inner) = value { inner } else { value };
    let Value::Structure(parts) = value else { return None };
    let [Value::I32(id), Value::Dict(properties), _] = parts.fields() else { return None };
    let text = |name: &str| properties.get::<&str, String>(&name).ok().flatten();
    let enabled = properties.get::<&str, bool>(&"enabled").ok().flatten().unwrap_or(true);
    // A single underscore marks a letter.
    let label = text("label").unwrap_or_default().replace("__", "_");
    Some(Entry { id: *id, label, enabled })
}

struct Watcher {
    items: Arc<Mutex<Vec<Place>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Programs name either their path or their name on the bus.
        let place = if service.starts_with('/') {
            Place { program: sender, path: service.to_owned() }
        } else {
            Place { program: service.to_owned(), path: "/StatusNotifierItem".to_owned() }
        };
        let name = format!("{}{}", place.program, place.path);
        self.items.lock().unwrap().push(place);
        Self::status_notifier_item_registered(&emitter, &name).await.unwrap();
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().unwrap().iter().map(|place| format!("{}{}", place.program, place.path)).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;
}
