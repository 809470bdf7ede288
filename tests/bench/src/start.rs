//! Measures the start of a class: from the click to the open room and the address of the host, against a sandbox whose
//! replies take 80 milliseconds longer. A proxy notes each call, so that the waterfall can be printed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::sessions;
use hajime_core::context::Context;
use hajime_core::domain::schedule::session::SessionInput;
use hajime_core::jobs::{self, Group, Jobs};
use tokio::net::TcpListener;

use crate::api::{Api, Failure};
use crate::desk;
use crate::table::{Row, Table, millis};

/// The time by which the proxy delays each reply.
const LATENCY: Duration = Duration::from_millis(80);
/// The longest time from the click to the open room.
const TARGET: Duration = Duration::from_millis(1_000);
/// The columns of the waterfall.
const WIDTH: usize = 48;

/// One call that went through the proxy.
struct Noted {
    what: String,
    from: Instant,
    to: Instant,
}

#[derive(Clone)]
struct Proxy {
    to: String,
    http: reqwest::Client,
    noted: Arc<Mutex<Vec<Noted>>>,
}

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        let what = format!("start: {failure}");
        table.add(Row { what, figure: "none".into(), beside: String::new(), mark: String::new(), reached: false });
    }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    Api::new(&sandbox)?.without_limits(&sandbox).await?;
    let proxy = Proxy {
        to: sandbox.info().base_url.clone(),
        http: hajime_core::http_client::builder().build()?,
        noted: Arc::default(),
    };
    let base = serve(proxy.clone()).await?;
    for ahead in [true, false] {
        let folder = tempfile::tempdir()?;
        let context = desk::open_at(&sandbox, &base, folder.path())?;
        let session = sessions::schedule(&context, &input(&context))?;
        if ahead {
            let mut upkeep = Jobs::of(&[Group::Account]);
            while jobs::tick(&context, &mut upkeep).await?.under_way {
                tokio::time::sleep(LATENCY).await;
            }
        }
        proxy.clear();
        let begun = Instant::now();
        let started = start::start(&context, session.id).await?;
        let took = begun.elapsed();
        if started.join.is_none() {
            return Err("the host got no address".into());
        }
        let which = if ahead { "the room was made ahead" } else { "the room has to be made" };
        let calls = proxy.print(which, begun);
        table.add(Row {
            what: format!("start: click to open room, {which}"),
            figure: millis(took),
            beside: format!("{calls} calls, {} ms latency", LATENCY.as_millis()),
            mark: format!("≤ {} ms", TARGET.as_millis()),
            reached: took <= TARGET,
        });
    }
    sandbox.stop().await;
    Ok(())
}

fn input(context: &Context) -> SessionInput {
    SessionInput {
        title: "Karate".into(),
        instructor: "R. Alves".into(),
        start_local: context.now().to_rfc3339(),
        timezone: "Europe/Berlin".into(),
        duration_minutes: 60,
        record: true,
        quality: "720p".into(),
        max_participants: 50,
    }
}

/// Starts the proxy and returns its address with the path of the sandbox’s API.
async fn serve(proxy: Proxy) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut base: reqwest::Url = proxy.to.parse()?;
    base.set_port(Some(listener.local_addr()?.port())).map_err(|()| "the sandbox has no port")?;
    let router = Router::new().fallback(passed_on).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(base.to_string().trim_end_matches('/').to_owned())
}

async fn passed_on(State(proxy): State<Proxy>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let from = Instant::now();
    tokio::time::sleep(LATENCY).await;
    let reply = proxy.ask(&method, &uri, &headers, body).await;
    let what = format!("{method} {}", uri.path().rsplit("/kit/").next().unwrap_or_default());
    proxy.note(Noted { what, from, to: Instant::now() });
    reply.unwrap_or_else(|failure| (StatusCode::BAD_GATEWAY, failure.to_string()).into_response())
}

impl Proxy {
    async fn ask(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Result<Response, Failure> {
        let mut url: reqwest::Url = self.to.parse()?;
        url.set_path(uri.path());
        url.set_query(uri.query());
        let mut request = self.http.request(method.clone(), url).body(body);
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let reply = request.send().await?;
        let mut response = Response::builder().status(reply.status());
        if let Some(kind) = reply.headers().get(header::CONTENT_TYPE) {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        Ok(response.body(Body::from(reply.bytes().await?))?)
    }

    fn note(&self, call: Noted) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    fn clear(&self) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Prints when each call since `begun` ran, and returns their number.
    fn print(&self, which: &str, begun: Instant) -> usize {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.sort_by_key(|call| call.from);
        let end = noted.iter().map(|call| call.to).max().unwrap_or(begun);
        let whole = end.saturating_duration_since(begun).as_micros().max(1);
        let column = |at: Instant| {
            let since = at.saturating_duration_since(begun).as_micros();
            usize::try_from(since.saturating_mul(WIDTH as u128) / whole).unwrap_or(WIDTH)
        };
        println!("start: {which}");
        for call in noted.iter() {
            let (from, to) = (column(call.from), column(call.to));
            let bar = format!("{}{}", " ".repeat(from), "█".repeat(to.saturating_sub(from).max(1)));
            let at = call.from.saturating_duration_since(begun).as_millis();
            let took = call.to.saturating_duration_since(call.from).as_millis();
            println!("  {at:>5} ms +{took:>4} ms │{bar:<WIDTH$}│ {}", call.what);
        }
        noted.len()
    }
}
