//! A mail server that keeps what it gets and answers as a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A letter as the server got it.
#[derive(Debug, Clone)]
pub struct GotLetter {
    /// The recipient of the envelope.
    pub to: String,
    /// What the sender signed in with; empty where it did not.
    pub signed_in: String,
    /// Headers and body.
    pub message: String,
}

impl GotLetter {
    /// The value of a header, its folded lines joined and its encoded words read.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.message.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let wanted = format!("{}:", name.to_lowercase());
        let line = head.split("\r\n").find(|line| line.to_lowercase().starts_with(&wanted));
        let line = line.unwrap_or_else(|| panic!("no {name} in {head}"));
        words(line[wanted.len()..].trim())
    }

    /// The part of this type, as its reader sees it.
    fn part(&self, kind: &str) -> String {
        let wanted = format!("content-type: {kind}");
        let at = self.message.to_lowercase().find(&wanted).unwrap_or_else(|| panic!("no {kind} in {}", self.message));
        let from = self.message[..at].rfind("\r\n--").unwrap();
        let (head, rest) = self.message[from..].trim_start().split_once("\r\n\r\n").unwrap();
        let boundary = head.lines().next().unwrap();
        let body = rest.split_once(&format!("\r\n{boundary}")).map_or(rest, |(body, _)| body);
        let head = head.to_lowercase();
        if head.contains("quoted-printable") {
            quoted_printable(body)
        } else if head.contains("base64") {
            let text: String = body.split_whitespace().collect();
            String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
        } else {
            body.to_owned()
        }
        .replace("\r\n", "\n")
    }

    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    pub fn html(&self) -> String {
        self.part("text/html")
    }
}

/// Reads encoded words (RFC 2047), as long as they are UTF-8.
fn words(line: &str) -> String {
    let (mut read, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once("=?utf-8?") {
        let (kind, after) = after.split_once('?').unwrap();
        let (word, after) = after.split_once("?=").unwrap();
        if !(read.is_empty() || before.trim().is_empty()) || read.is_empty() {
            read.push_str(before);
        }
        if kind.eq_ignore_ascii_case("b") {
            read.push_str(&String::from_utf8(STANDARD.decode(word).unwrap()).unwrap());
        } else {
            read.push_str(&quoted_printable(&word.replace('_', " ")));
        }
        rest = after;
    }
    read.push_str(rest);
    read
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap()
}

/// What the server does with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// It takes it.
    Take,
    /// It knows no such recipient.
    RefuseRecipient,
    /// It is busy.
    Busy,
    /// It takes it, and the connection breaks before it says so.
    BreakOff,
}

#[derive(Debug, Default)]
struct Inside {
    got: Mutex<Vec<GotLetter>>,
    next: Mutex<VecDeque<Does>>,
    /// The only password that is taken.
    password: Mutex<Option<String>>,
}

pub struct PostOffice {
    port: u16,
    inside: Arc<Inside>,
}

impl PostOffice {
    pub async fn start() -> Self {
        let inside = Arc::<Inside>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inside = Arc::clone(&served);
                // A sender may leave at any moment.
                tokio::spawn(async move { serve(stream, &inside).await.ok() });
            }
        });
        Self { port, inside }
    }

    pub fn port(&self) -> u32 {
        self.port.into()
    }

    /// Does so with the next letters. Every further one is taken.
    pub fn does(&self, next: impl IntoIterator<Item = Does>) {
        self.inside.next.lock().unwrap().extend(next);
    }

    pub fn wants_password(&self, password: &str) {
        *self.inside.password.lock().unwrap() = Some(password.to_owned());
    }

    pub fn letters(&self) -> Vec<GotLetter> {
        self.inside.got.lock().unwrap().clone()
    }

    pub fn letters_to(&self, address: &str) -> Vec<GotLetter> {
        self.letters().into_iter().filter(|letter| letter.to == address).collect()
    }

    /// The recipients of all letters, sorted.
    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self.letters().into_iter().map(|letter| letter.to).collect();
        all.sort_unstable();
        all
    }
}

async fn say(out: &mut OwnedWriteHalf, line: &str) -> std::io::Result<()> {
    out.write_all(format!("{line}\r\n").as_bytes()).await
}

async fn read_line(input: &mut BufReader<OwnedReadHalf>) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    Ok((input.read_line(&mut line).await? > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn serve(stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
    let (input, mut out) = stream.into_split();
    let mut input = BufReader::new(input);
    say(&mut out, "220 post.example.org").await?;
    let (mut to, mut signed_in, mut does) = (String::new(), String::new(), Does::Take);
    while let Some(line) = read_line(&mut input).await? {
        let command = line.to_uppercase();
        if command.starts_with("EHLO") || command.starts_with("HELO") {
            say(&mut out, "250-post.example.org\r\n250-AUTH PLAIN\r\n250-8BITMIME\r\n250 SIZE 5242880").await?;
        } else if let Some(said) = line.strip_prefix("AUTH PLAIN ") {
            let said = String::from_utf8(STANDARD.decode(said.trim()).unwrap()).unwrap();
            let password = inside.password.lock().unwrap().clone();
            let known = password.is_none_or(|password| said.ends_with(&format!("\0{password}")));
            say(&mut out, if known { "235 2.7.0 Welcome" } else { "535 5.7.8 Bad credentials" }).await?;
            said.replace('\0', " ").trim().clone_into(&mut signed_in);
        } else if command.starts_with("MAIL FROM") {
            does = inside.next.lock().unwrap().pop_front().unwrap_or(Does::Take);
            let busy = does == Does::Busy;
            say(&mut out, if busy { "451 4.3.0 Busy" } else { "250 2.1.0 Ok" }).await?;
        } else if command.starts_with("RCPT TO:") {
            to = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).unwrap().0.to_owned();
            let refused = does == Does::RefuseRecipient;
            say(&mut out, if refused { "550 5.1.1 No such user" } else { "250 2.1.5 Ok" }).await?;
        } else if command == "DATA" {
            say(&mut out, "354 Go on").await?;
            let mut message = String::new();
            while let Some(line) = read_line(&mut input).await? {
                if line == "." {
                    break;
                }
                message.push_str(line.strip_prefix('.').unwrap_or(&line));
                message.push_str("\r\n");
            }
            let letter = GotLetter { to: to.clone(), signed_in: signed_in.clone(), message };
            inside.got.lock().unwrap().push(letter);
            if does == Does::BreakOff {
                return Ok(());
            }
            say(&mut out, "250 2.0.0 Ok: queued as 1").await?;
        } else if command == "QUIT" {
            return say(&mut out, "221 2.0.0 Bye").await;
        } else {
            say(&mut out, "250 2.0.0 Ok").await?;
        }
    }
    Ok(())
}
