//! The proxy, which forwards each request to the sandbox and tampers with the reply when a rule applies.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::rule::{Rule, Rules};
use crate::tamper::Tamper;
use crate::wire::{self, Answer, Request};

/// Headers that concern a single connection and are not forwarded.
const HOP_BY_HOP_HEADERS: [&str; 6] =
    ["host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"];
/// Parts of the content types of bodies in which addresses are rewritten.
const REWRITTEN_CONTENT_TYPES: [&str; 4] = ["json", "mpegurl", "text/", "xml"];

/// A proxy on a free port of this computer. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// Host and port of the proxy.
    own: String,
    /// Host and port of the sandbox.
    upstream: String,
    /// Host and port of the foreign host that must receive nothing.
    trap: String,
    rules: Mutex<Rules>,
    /// Words that rules name, each with the id of an object that belongs to the word.
    known: Mutex<Vec<(String, String)>>,
    http: reqwest::Client,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Starts to forward to a sandbox, given by host and port. `trap` replaces `{trap}` in rules.
    pub async fn start(upstream: &str, trap: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        #[expect(clippy::disallowed_methods, reason = "it asks this computer directly, as the next line says")]
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .build()
            .map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            own: listener.local_addr()?.to_string(),
            upstream: upstream.to_owned(),
            trap: trap.to_owned(),
            rules: Mutex::default(),
            known: Mutex::default(),
            http,
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // An error here means that the client closed the connection early, which is no failure of the proxy.
                tokio::spawn(async move { drop(shared.serve(stream).await) });
            }
        });
        Ok(Self { shared, task })
    }

    /// The host and port of the proxy.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.shared.own
    }

    /// Returns an address of the sandbox, changed so that it leads through the proxy.
    #[must_use]
    pub fn through(&self, address: &str) -> String {
        address.replace(&self.shared.upstream, &self.shared.own)
    }

    /// Adds a rule. Earlier rules take precedence.
    pub fn add(&self, rule: Rule) {
        self.shared.rules().add(rule);
    }

    /// Makes rules for `word` apply to entries with this id too. Single replies lack the name that list entries have.
    pub fn know(&self, word: &str, id: &str) {
        let mut known = self.shared.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|(_, other)| other == id) {
            known.push((word.to_owned(), id.to_owned()));
        }
    }

    /// Removes all rules, so that every reply passes unchanged.
    pub fn calm(&self) {
        self.shared.rules().clear();
    }

    /// Returns how often the present rules were applied.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.shared.rules().used()
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&mut stream).await? else { return Ok(()) };
        let tamper = self.rules().choose(&request);
        match &tamper {
            Some(Tamper::Hang) => {
                std::future::pending::<()>().await;
                return Ok(());
            }
            Some(Tamper::Reset) => {
                stream.set_zero_linger()?;
                return Ok(());
            }
            Some(Tamper::CarriedOutTwice) => drop(self.forward(&request).await),
            _ => {}
        }
        let asked = !matches!(tamper, Some(Tamper::Instead { .. }));
        let mut answer = if asked { self.forward(&request).await } else { Answer::default() };
        let filled = |text: &str| text.replace("{trap}", &self.trap).replace("{proxy}", &self.own);
        if let Some(tamper) = &tamper {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
            tamper.apply(&mut answer, &filled, &known);
        }
        if request.method == "HEAD" {
            answer.body.clear();
        }
        match tamper {
            Some(Tamper::Informed) => {
                let early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
                stream.write_all(early).await?;
                wire::finish(&mut stream, &answer.bytes()).await
            }
            Some(Tamper::AnsweredTwice) => wire::finish(&mut stream, &[answer.bytes(), answer.bytes()].concat()).await,
            Some(Tamper::HangInBody) => {
                stream.write_all(&answer.head()).await?;
                stream.write_all(&answer.body[..answer.body.len() / 2]).await?;
                std::future::pending().await
            }
            Some(Tamper::Trickle { piece, pause }) => {
                stream.write_all(&answer.head()).await?;
                for piece in answer.body.chunks(piece.max(1)) {
                    stream.write_all(piece).await?;
                    tokio::time::sleep(pause).await;
                }
                stream.shutdown().await
            }
            _ => wire::finish(&mut stream, &answer.bytes()).await,
        }
    }

    async fn forward(&self, request: &Request) -> Answer {
        match self.ask(request).await {
            Ok(answer) => answer,
            Err(error) => Answer::new(502, "text/plain", format!("the sandbox did not answer: {error}")),
        }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes())?;
        let mut forwarded = self.http.request(method, format!("http://{}{}", self.upstream, request.target));
        for (name, value) in request.headers.iter().filter(|(name, _)| !HOP_BY_HOP_HEADERS.contains(&name.as_str())) {
            forwarded = forwarded.header(name, value);
        }
        let is_text = |kind: Option<&str>| {
            kind.is_some_and(|kind| REWRITTEN_CONTENT_TYPES.iter().any(|text| kind.contains(text)))
        };
        let body = if is_text(request.header("content-type")) {
            let text = String::from_utf8_lossy(&request.body);
            text.replace(&self.own, &self.upstream).into_bytes()
        } else {
            request.body.clone()
        };
        if !body.is_empty() {
            forwarded = forwarded.body(body);
        }
        let reply = forwarded.send().await?;
        let mut answer = Answer { status: reply.status().as_u16(), ..Answer::default() };
        for (name, value) in reply.headers() {
            let name = name.as_str();
            if name == "content-length" {
                answer.told_length = value.to_str()?.parse().ok();
            } else if !HOP_BY_HOP_HEADERS.contains(&name) {
                let value = String::from_utf8_lossy(value.as_bytes()).replace(&self.upstream, &self.own);
                answer.headers.push((name.to_owned(), value));
            }
        }
        answer.body = reply.bytes().await?.to_vec();
        if is_text(answer.header("content-type")) {
            answer.body = String::from_utf8_lossy(&answer.body).replace(&self.upstream, &self.own).into_bytes();
        }
        if request.method != "HEAD" {
            answer.told_length = None;
        }
        Ok(answer)
    }
}
