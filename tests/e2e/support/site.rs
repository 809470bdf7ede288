//! A static web host for the built join page, as people find them: files, `404.html` for everything else, and nothing clever.
//!
//! With [`Kit::Sandbox`] the two files of RealtimeKit are those that the sandbox has for them, and what they ask under `/room/` goes to
//! the sandbox.

use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which RealtimeKit the page gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kit {
    /// The files that Cloudflare ships.
    Real,
    /// The files of the sandbox.
    Sandbox,
}

/// The host. Dropping it ends it.
pub(crate) struct Site {
    address: String,
    server: JoinHandle<()>,
}

impl Site {
    /// Serves the built page on a free port. `sandbox` is the sandbox's host and port.
    pub(crate) async fn start(kit: Kit, sandbox: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist/join");
        assert!(folder.join("index.html").is_file(), "the join page is not built; `cargo xtask e2e` builds it");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = sandbox.to_owned();
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, folder.clone(), kit, sandbox.clone()));
            }
        });
        Self { address, server }
    }

    /// An address on the host.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers one request and closes the connection.
async fn answer(mut socket: TcpStream, folder: PathBuf, kit: Kit, sandbox: String) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let path = head.split(' ').nth(1)?.split('?').next()?.to_owned();
    let is_kit = matches!(path.as_str(), "/assets/realtimekit.js" | "/assets/realtimekit-ui.js");
    if kit == Kit::Sandbox && (path.starts_with("/room/") || is_kit) {
        return forward(socket, &head, &sandbox).await;
    }
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let (status, name) = if !name.contains("..") && folder.join(name).is_file() {
        ("200 OK", name)
    } else {
        ("404 Not Found", "404.html")
    };
    let kind = match Path::new(name).extension()?.to_str()? {
        "html" => "text/html",
        "js" => "text/javascript",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        _ => "text/plain",
    };
    let body = std::fs::read(folder.join(name)).ok()?;
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.ok()?;
    socket.write_all(&body).await.ok()
}

/// Passes a request on, and everything that follows, in both directions.
async fn forward(mut socket: TcpStream, head: &str, sandbox: &str) -> Option<()> {
    let mut upstream = TcpStream::connect(sandbox).await.ok()?;
    let lines = head.trim_end().split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("host:"));
    let is_socket = head.to_ascii_lowercase().contains("\r\nupgrade:");
    let lines: Vec<&str> =
        lines.filter(|line| is_socket || !line.to_ascii_lowercase().starts_with("connection:")).collect();
    let close = if is_socket { "" } else { "Connection: close\r\n" };
    let head = format!("{}\r\nHost: {sandbox}\r\n{close}\r\n", lines.join("\r\n"));
    upstream.write_all(head.as_bytes()).await.ok()?;
    tokio::io::copy_bidirectional(&mut socket, &mut upstream).await.ok().map(drop)
}
