//! Starting and stopping the sandbox.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_listener::Limits;
use serde::Serialize;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    account::{ACCOUNT_ID, APP_ID},
    clock::{Clock, MAX_SPEED, Moment, outside},
    control::{self, Refused},
    gateway, ids,
    state::{
        Model,
        access::{Permission, TokenOwner},
        kit::{App, Preset},
        recording::RecordingStatus,
        store::{Setting, Store, StoreError},
        task::Task,
        video::{Import, VideoState},
    },
    tasks,
    wire::Line,
    world::World,
};

/// How many clients may be connected at once. Cloudflare takes as many as come and each room in a browser keeps a connection of its own, yet
/// this leaves half of the 1,024 file descriptors that a process has by default.
const CONNECTIONS_MAX: usize = 512;

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The TCP port on 127.0.0.1. With 0 it is the one the state file remembers, if that is free, or else any.
    pub port: u16,
    /// The SQLite file that keeps the state; without one it lasts as long as the process.
    pub state: Option<PathBuf>,
    /// How many seconds pass in the sandbox while one passes outside.
    pub speed: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, state: None, speed: 1.0 }
    }
}

/// What a client needs to know to use a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info {
    /// Stands in for `https://api.cloudflare.com/client/v4`.
    pub base_url: String,
    /// The account id.
    pub account_id: String,
    /// An API token of a user with every permission, made for this run.
    pub api_token: String,
    /// The RealtimeKit app, which has the two group-call presets.
    pub app_id: String,
    /// Where the control API is; whoever knows this URL may do everything.
    pub control_url: String,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be listened on.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The state file is damaged, locked, or cannot be made.
    #[error("the sandbox cannot use its state file {path}: {reason}", path = path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The speed is not a number the clock can run at.
    #[error("the speed must be between 0.001 and 1000000, not {0}")]
    Speed(f64),
    /// There is no HTTP client to fetch sources with.
    #[error("the sandbox cannot fetch anything over HTTP: {0}")]
    Http(String),
}

/// A running sandbox. Dropping it stops it at once; [`Sandbox::stop`] lets replies in flight finish.
#[derive(Debug)]
pub struct Sandbox {
    info: Info,
    world: Arc<World>,
    server: JoinHandle<()>,
    timekeeper: JoinHandle<()>,
}

/// How long replies in flight may take once the sandbox is stopping.
const GRACE: Duration = Duration::from_secs(2);

impl Sandbox {
    /// Starts a sandbox on the loopback interface.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !(0.001..=MAX_SPEED).contains(&options.speed) {
            return Err(StartError::Speed(options.speed));
        }
        let store = options.state.as_ref().map(|path| Store::open(path).map_err(|e| in_file(path, &e))).transpose()?;
        let saved = match (&store, &options.state) {
            (Some(store), Some(path)) => Saved::read(store).map_err(|error| in_file(path, &error))?,
            _ => Saved::default(),
        };
        let listener = listen(options.port, saved.port).await?;
        let address = listener.local_addr().map_err(|source| StartError::Port { port: options.port, source })?;

        let mut model = Model::default();
        model.host = format!("http://{address}");
        model.secret = saved.secret.clone().unwrap_or_else(|| ids::secret().into_bytes());
        model.switches = saved.switches.clone().unwrap_or_default();
        // A state whose clock ran ahead goes on from where it was; otherwise the time is what it is outside.
        let from = saved.clock.map_or_else(outside, |saved| saved.max(outside()));
        if let (Some(store), Some(path)) = (&store, &options.state) {
            let filled = store.load(&mut model).and_then(|()| {
                store.keep(Setting::Port, &address.port().into())?;
                store.keep(Setting::Secret, &STANDARD.encode(&model.secret).into())
            });
            filled.map_err(|error| in_file(path, &error))?;
        }
        let permissions = BTreeSet::from([Permission::Realtime, Permission::StreamRead, Permission::StreamWrite]);
        let (api_token, kept) = control::mint(TokenOwner::User, ACCOUNT_ID.to_owned(), permissions, None);
        model.run_token = Some(kept);

        let control_secret = ids::secret();
        let info = Info {
            base_url: format!("{}{}", model.host, gateway::API),
            account_id: ACCOUNT_ID.to_owned(),
            api_token,
            app_id: APP_ID.to_owned(),
            control_url: format!("{}/control/{control_secret}", model.host),
        };
        let clock = Clock::starting_at(from, options.speed);
        let world =
            World::new(model, store, clock, control_secret, tasks::run).map_err(|e| StartError::Http(e.to_string()))?;
        let world = Arc::new(world);
        world.with(furnish);
        let timekeeper = tokio::spawn(Arc::clone(&world).keep_time());
        let server = tokio::spawn(serve(Arc::clone(&world), listener));
        tracing::info!(base_url = %info.base_url, "the sandbox is up");
        Ok(Self { info, world, server, timekeeper })
    }

    /// What a client needs to know to use this sandbox.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Carries out a command of the control API, as if it had come over HTTP.
    pub async fn control(&self, method: &str, command: &str, body: &Value) -> Result<Value, Refused> {
        control::command(&self.world, method, command, body.to_string().as_bytes()).await
    }

    /// Stops the sandbox. Its state is saved already: every change is, before its reply goes out.
    pub async fn stop(mut self) {
        self.world.keep(Setting::Clock, &self.world.clock.now().to_rfc3339().into());
        self.world.close();
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            tracing::debug!("some replies took too long and were cut off");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.close();
        self.server.abort();
        self.timekeeper.abort();
    }
}

/// What a state file says about the sandbox itself.
#[derive(Debug, Default)]
struct Saved {
    secret: Option<Vec<u8>>,
    port: Option<u16>,
    clock: Option<Moment>,
    switches: Option<crate::switches::Switches>,
}

impl Saved {
    fn read(store: &Store) -> Result<Self, StoreError> {
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        Ok(Self {
            secret: text(store.setting(Setting::Secret)?).and_then(|text| STANDARD.decode(text).ok()),
            port: store.setting(Setting::Port)?.and_then(|port| port.as_u64()?.try_into().ok()),
            clock: text(store.setting(Setting::Clock)?)
                .and_then(|text| chrono::DateTime::parse_from_rfc3339(&text).ok())
                .map(|moment| moment.to_utc()),
            // Switches of another version are not worth refusing to start for.
            switches: store.setting(Setting::Switches)?.and_then(|value| serde_json::from_value(value).ok()),
        })
    }
}

fn in_file(path: &std::path::Path, error: &StoreError) -> StartError {
    StartError::State { path: path.to_owned(), reason: error.to_string() }
}

/// Listens on the port that was asked for, or else the one last used, or else any.
async fn listen(asked: u16, last: Option<u16>) -> Result<TcpListener, StartError> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if let Some(last) = last.filter(|_| asked == 0)
        && let Ok(listener) = bind(last).await
    {
        return Ok(listener);
    }
    bind(asked).await.map_err(|source| StartError::Port { port: asked, source })
}

/// Puts in place what every account has, and takes up what a stop interrupted.
fn furnish(model: &mut Model) {
    model.resume_stamps();
    if model.apps.get(APP_ID).is_none() {
        let created = model.stamp();
        model.apps.put(App { id: APP_ID.into(), account: ACCOUNT_ID.into(), name: "Sandbox".into(), created });
        for host in [true, false] {
            model.presets.put(Preset::group_call(APP_ID, ids::uuid(), host, created));
        }
    }
    // Sockets did not outlive the process they were connected to.
    let live: Vec<_> = model.sessions.iter().filter(|session| session.is_live()).map(|s| s.id.clone()).collect();
    for session in live {
        model.dismiss(&session, |peer| !peer.headless);
    }
    let unmeasured = model.recordings.iter().filter(|r| r.status == RecordingStatus::Uploading && r.size.is_none());
    let mut tasks: Vec<_> = unmeasured.map(|r| Task::MeasureFile { recording: r.id.clone() }).collect();
    let unseen = model.videos.iter().filter(|video| {
        video.state == VideoState::Downloading && video.source.is_some() && matches!(video.import, Import::Open)
    });
    tasks.extend(unseen.map(|video| Task::FetchSource { video: video.uid.clone() }));
    model.tasks.extend(tasks);
}

async fn serve(world: Arc<World>, listener: TcpListener) {
    let app = Router::new().fallback(gateway::enter).with_state(Arc::clone(&world));
    // A reply may be slow on purpose, for as long as a fault says.
    let limits = Limits { connections: CONNECTIONS_MAX, request: None, ..Limits::default() };
    let stopping = async move { world.closed().await };
    local_listener::serve(listener, app, limits, |socket, _| Some(Line::new(socket)), stopping).await;
}
