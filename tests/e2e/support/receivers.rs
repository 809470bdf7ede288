//! Who hears of recordings: a server for the webhook and for Slack, and a mail server. Each keeps what it gets.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A mail that came.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The addresses of `RCPT TO`.
    pub(crate) to: Vec<String>,
    /// The message as it came, headers and all.
    pub(crate) text: String,
}

impl Mail {
    /// The message without the line breaks of quoted-printable (RFC 2045 §6.7).
    pub(crate) fn unfolded(&self) -> String {
        self.text.replace("=\r\n", "").replace("=3D", "=")
    }
}

/// A server on this computer. Dropping it ends it.
pub(crate) struct Receiver<T> {
    address: String,
    got: Arc<Mutex<Vec<T>>>,
    server: JoinHandle<()>,
}

impl<T: Clone + Send + 'static> Receiver<T> {
    async fn start<F: Future<Output = Option<()>> + Send + 'static>(
        answer: impl Fn(TcpStream, Arc<Mutex<Vec<T>>>) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, Arc::clone(&kept)));
            }
        });
        Self { address, got, server }
    }

    /// Its host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What came so far, oldest first.
    pub(crate) fn got(&self) -> Vec<T> {
        self.got.lock().unwrap().clone()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver<Posted> {
    /// A server that answers every request with `ok`, as Slack does.
    pub(crate) async fn of_posts() -> Self {
        Self::start(take_post).await
    }
}

impl Receiver<Mail> {
    /// A mail server without encryption, as one on the same computer may be.
    pub(crate) async fn of_mails() -> Self {
        Self::start(take_mail).await
    }
}

async fn take_post(socket: TcpStream, got: Arc<Mutex<Vec<Posted>>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    let mut first = String::new();
    socket.read_line(&mut first).await.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = HeaderMap::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
    }
    let length: usize =
        headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    got.lock().unwrap().push(Posted { path, headers, body: String::from_utf8(body).ok()? });
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    socket.write_all(answer.as_bytes()).await.ok()
}

async fn take_mail(socket: TcpStream, got: Arc<Mutex<Vec<Mail>>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    socket.write_all(b"220 mail.example ESMTP\r\n").await.ok()?;
    let mut to = Vec::new();
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
            "AUTH" => "235 2.7.0 Welcome\r\n",
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split('>').next());
                to.extend(address.map(str::to_owned));
                "250 2.1.5 OK\r\n"
            }
            "DATA" => {
                socket.write_all(b"354 Go on\r\n").await.ok()?;
                let text = message(&mut socket).await?;
                got.lock().unwrap().push(Mail { to: std::mem::take(&mut to), text });
                "250 2.0.0 Queued as 1\r\n"
            }
            "QUIT" => {
                socket.write_all(b"221 2.0.0 Bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "250 2.0.0 OK\r\n",
        };
        socket.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Reads a message up to the line that has a dot and nothing else.
async fn message(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        match line.strip_prefix('.') {
            Some("\r\n") => return Some(text),
            Some(rest) => text.push_str(rest),
            None => text.push_str(&line),
        }
    }
}
