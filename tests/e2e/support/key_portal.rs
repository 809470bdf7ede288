//! The part of the desktop portal that assigns global keys (`org.freedesktop.portal.GlobalShortcuts`).
#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "methods of bus interfaces, whose macro names every argument"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, ObjectServer};

use super::bus::Bus;

const PATH: &str = "/org/freedesktop/portal/desktop";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// A key that was bound: the session, its id and the wanted keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    session: OwnedObjectPath,
    /// The name of the action.
    pub(crate) id: String,
    /// The keys that the program asked for.
    pub(crate) wanted: String,
}

/// A running portal.
pub(crate) struct KeyPortal {
    bound: Arc<Mutex<Vec<Bound>>>,
    named: Arc<Mutex<Vec<String>>>,
    connection: Connection,
}

impl KeyPortal {
    /// Takes the portal's name on the bus. It assigns every key that it is asked for.
    pub(crate) async fn serve(bus: &Bus) -> Self {
        let bound = Arc::<Mutex<Vec<Bound>>>::default();
        let named = Arc::<Mutex<Vec<String>>>::default();
        let connection = zbus::connection::Builder::address(bus.address())
            .unwrap()
            .serve_at(PATH, Shortcuts { bound: Arc::clone(&bound) })
            .unwrap()
            .serve_at(PATH, Registry { named: Arc::clone(&named) })
            .unwrap()
            .name("org.freedesktop.portal.Desktop")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bound, named, connection }
    }

    /// The keys that are bound.
    pub(crate) fn bound(&self) -> Vec<Bound> {
        self.bound.lock().unwrap().clone()
    }

    /// The names by which programs said who they are.
    pub(crate) fn named(&self) -> Vec<String> {
        self.named.lock().unwrap().clone()
    }

    /// Leaves the bus, as a portal that ends.
    pub(crate) async fn stop(self) {
        self.connection.close().await.unwrap();
    }

    /// Presses the key of an action.
    pub(crate) async fn press(&self, id: &str) {
        let key = self.bound().into_iter().rfind(|bound| bound.id == id).expect("the key is bound");
        let options = HashMap::<&str, Value<'_>>::new();
        self.connection
            .emit_signal(
                None::<&str>,
                PATH,
                "org.freedesktop.portal.GlobalShortcuts",
                "Activated",
                &(key.session, id, 0_u64, options),
            )
            .await
            .unwrap();
    }
}

/// The part to which a program says who it is.
struct Registry {
    named: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.freedesktop.host.portal.Registry")]
impl Registry {
    fn register(&self, app_id: String, _options: HashMap<String, OwnedValue>) {
        self.named.lock().unwrap().push(app_id);
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}

struct Shortcuts {
    bound: Arc<Mutex<Vec<Bound>>>,
}

/// A session, which its program may close.
struct Session {
    path: OwnedObjectPath,
    bound: Arc<Mutex<Vec<Bound>>>,
}

#[zbus::interface(name = "org.freedesktop.portal.Session")]
impl Session {
    fn close(&self) {
        self.bound.lock().unwrap().retain(|bound| bound.session != self.path);
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}

#[zbus::interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    async fn create_session(
        &self,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> OwnedObjectPath {
        let session = path("session", &header, &options, "session_handle_token");
        let object = Session { path: session.clone(), bound: Arc::clone(&self.bound) };
        server.at(session.clone(), object).await.unwrap();
        let results = HashMap::from([("session_handle", Value::from(session.as_str()))]);
        answered(connection, &header, &options, results).await
    }

    async fn bind_shortcuts(
        &self,
        session: ObjectPath<'_>,
        shortcuts: Vec<(String, HashMap<String, OwnedValue>)>,
        _parent: &str,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let mut assigned = Vec::new();
        for (id, info) in shortcuts {
            let wanted = text(&info, "preferred_trigger");
            let said = HashMap::from([
                ("description", Value::from(text(&info, "description"))),
                ("trigger_description", Value::from(format!("Press {wanted}"))),
            ]);
            assigned.push((id.clone(), said));
            self.bound.lock().unwrap().push(Bound { session: session.to_owned().into(), id, wanted });
        }
        answered(connection, &header, &options, HashMap::from([("shortcuts", Value::from(assigned))])).await
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }

    #[zbus(signal)]
    async fn activated(
        emitter: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        id: &str,
        timestamp: u64,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;
}

/// Sends the answer to a request and returns the path of the request.
async fn answered(
    connection: &Connection,
    header: &Header<'_>,
    options: &HashMap<String, OwnedValue>,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let request = path("request", header, options, "handle_token");
    let to = header.sender().map(ToString::to_string);
    connection.emit_signal(to.as_deref(), &request, REQUEST, "Response", &(0_u32, results)).await.unwrap();
    request
}

/// The path of a request or a session, as the portal's documentation makes it from the caller and its token.
fn path(kind: &str, header: &Header<'_>, options: &HashMap<String, OwnedValue>, token: &str) -> OwnedObjectPath {
    let sender = header.sender().map(ToString::to_string).unwrap_or_default();
    let sender = sender.trim_start_matches(':').replace('.', "_");
    OwnedObjectPath::try_from(format!("{PATH}/{kind}/{sender}/{}", text(options, token))).unwrap()
}

fn text(options: &HashMap<String, OwnedValue>, name: &str) -> String {
    options.get(name).and_then(|value| String::try_from(value.clone()).ok()).unwrap_or_default()
}
