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
    clock::{Clock, MAX_SPEED, Moment, real_now},
    connection::BreakableConnection,
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
    world::World,
};

/// The largest number of open connections: half of the 1,024 file descriptors a process has by default. Cloudflare has
/// no such limit, and each room in a browser keeps a connection open.
const MAX_CONNECTIONS: usize = 512;

/// The options of a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// The TCP port on 127.0.0.1. 0 means the port of the last run, if the state file names it and it is free, and
    /// otherwise any free port.
    pub port: u16,
    /// The SQLite file with the state; `None` for a state that lasts as long as the process.
    pub state: Option<PathBuf>,
    /// The speed: seconds that pass in the sandbox per real second.
    pub speed: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, state: None, speed: 1.0 }
    }
}

/// The addresses, ids and token that a client needs to use a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info {
    /// The base URL in place of `https://api.cloudflare.com/client/v4`.
    pub base_url: String,
    /// The id of the account.
    pub account_id: String,
    /// An API token of a user with every permission, made for this run.
    pub api_token: String,
    /// The id of the RealtimeKit app, which has the two group-call presets.
    pub app_id: String,
    /// The URL of the control API. It holds a secret: a client that knows the URL can do everything.
    pub control_url: String,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is in use, or the user may not listen on it.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}")]
    Port {
        /// The port in the options.
        port: u16,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The state file is damaged, locked, or cannot be created.
    #[error("the sandbox cannot use its state file {path}: {reason}", path = path.display())]
    State {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The speed is out of the clock's bounds.
    #[error("the speed must be between 0.001 and 1000000, not {0}")]
    Speed(f64),
    /// The HTTP clients that fetch sources and deliver webhooks could not be made.
    #[error("the sandbox cannot fetch anything over HTTP: {0}")]
    Http(String),
}

/// A running sandbox. Dropping it stops it at once; [`Sandbox::stop`] lets running replies finish.
#[derive(Debug)]
pub struct Sandbox {
    info: Info,
    world: Arc<World>,
    server: JoinHandle<()>,
    timekeeper: JoinHandle<()>,
}

/// How long replies that have begun may take once the sandbox is stopping.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

impl Sandbox {
    /// Starts a sandbox on the loopback interface.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !(0.001..=MAX_SPEED).contains(&options.speed) {
            return Err(StartError::Speed(options.speed));
        }
        let store =
            options.state.as_ref().map(|path| Store::open(path).map_err(|e| state_error(path, &e))).transpose()?;
        let saved = match (&store, &options.state) {
            (Some(store), Some(path)) => Saved::read(store).map_err(|error| state_error(path, &error))?,
            _ => Saved::default(),
        };
        let listener = listen(options.port, saved.port).await?;
        let address = listener.local_addr().map_err(|source| StartError::Port { port: options.port, source })?;

        let mut model = Model::default();
        model.host = format!("http://{address}");
        model.secret = saved.secret.clone().unwrap_or_else(|| ids::secret().into_bytes());
        model.switches = saved.switches.clone().unwrap_or_default();
        // A clock that ran ahead continues from where it stopped; otherwise it starts at real time.
        let from = saved.clock.map_or_else(real_now, |saved| saved.max(real_now()));
        if let (Some(store), Some(path)) = (&store, &options.state) {
            let filled = store.load(&mut model).and_then(|()| {
                store.save_setting(Setting::Port, &address.port().into())?;
                store.save_setting(Setting::Secret, &STANDARD.encode(&model.secret).into())
            });
            filled.map_err(|error| state_error(path, &error))?;
        }
        let permissions = BTreeSet::from([
            Permission::Realtime,
            Permission::StreamRead,
            Permission::StreamWrite,
            Permission::WorkersWrite,
            Permission::D1Write,
            Permission::ApiTokensWrite,
            Permission::EmailSendingWrite,
            Permission::AccountAnalyticsRead,
        ]);
        let (api_token, kept) = control::new_api_token(TokenOwner::User, ACCOUNT_ID.to_owned(), permissions, None);
        model.run_token = Some(kept);

        let control_secret = ids::secret();
        let info = Info {
            base_url: format!("{}{}", model.host, gateway::API_PATH),
            account_id: ACCOUNT_ID.to_owned(),
            api_token,
            app_id: APP_ID.to_owned(),
            control_url: format!("{}/control/{control_secret}", model.host),
        };
        let clock = Clock::starting_at(from, options.speed);
        let world =
            World::new(model, store, clock, control_secret, tasks::run).map_err(|e| StartError::Http(e.to_string()))?;
        let world = Arc::new(world);
        world.with(prepare_model);
        let timekeeper = tokio::spawn(Arc::clone(&world).run_clock());
        let server = tokio::spawn(serve(Arc::clone(&world), listener));
        tracing::info!(base_url = %info.base_url, "the sandbox has started");
        Ok(Self { info, world, server, timekeeper })
    }

    /// The addresses, ids and token that a client needs to use this sandbox.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Runs a command of the control API without HTTP. A refusal holds the text of the `error` member.
    pub async fn control(&self, method: &str, command: &str, body: &Value) -> Result<Value, Refused> {
        control::command(&self.world, method, command, body.to_string().as_bytes()).await
    }

    /// Stops the sandbox. The state is saved already: every change is saved before its reply is sent.
    pub async fn stop(mut self) {
        self.world.save_setting(Setting::Clock, &self.world.clock.now().to_rfc3339().into());
        self.world.close();
        if tokio::time::timeout(SHUTDOWN_GRACE, &mut self.server).await.is_err() {
            tracing::debug!("some replies took longer than the shutdown grace and were cut off");
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

/// The settings in a state file; `None` for a setting that the file lacks.
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
            // Switches that this version cannot read are ignored, so that the sandbox starts.
            switches: store.setting(Setting::Switches)?.and_then(|value| serde_json::from_value(value).ok()),
        })
    }
}

fn state_error(path: &std::path::Path, error: &StoreError) -> StartError {
    StartError::State { path: path.to_owned(), reason: error.to_string() }
}

/// Listens on the port `asked`. If it is 0, listens on the port of the last run or, when that is taken, on any free
/// port.
async fn listen(asked: u16, last: Option<u16>) -> Result<TcpListener, StartError> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if let Some(last) = last.filter(|_| asked == 0)
        && let Ok(listener) = bind(last).await
    {
        return Ok(listener);
    }
    bind(asked).await.map_err(|source| StartError::Port { port: asked, source })
}

/// Creates the app and presets that every sandbox has, and restarts the work that the last stop interrupted.
fn prepare_model(model: &mut Model) {
    model.resume_stamps();
    if model.apps.get(APP_ID).is_none() {
        let created = model.stamp();
        model.apps.put(App { id: APP_ID.into(), account: ACCOUNT_ID.into(), name: "Sandbox".into(), created });
        for host in [true, false] {
            model.presets.put(Preset::group_call(APP_ID, ids::uuid(), host, created));
        }
    }
    // Every socket was closed when the last process ended, so the peers with a socket leave.
    let live: Vec<_> = model.sessions.iter().filter(|session| session.is_live()).map(|s| s.id.clone()).collect();
    for session in live {
        model.remove_peers(&session, |peer| !peer.headless);
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
    let app = Router::new().fallback(gateway::handle).with_state(Arc::clone(&world));
    // A fault may delay a reply for hours, so requests have no time limit.
    let limits = Limits { connections: MAX_CONNECTIONS, request: None, ..Limits::default() };
    let stopping = async move { world.closed().await };
    local_listener::serve(listener, app, limits, |socket, _| Some(BreakableConnection::new(socket)), stopping).await;
}
