//! The dialog with a mail server (RFC 5321): one command, one reply. Every step has a time limit, and only so much of a
//! reply is read.
//!
//! The library that writes messages can speak SMTP too. It is not used for it: it reads replies of any length, it refuses
//! the reply “250” without a text, and it does not tell whether the end of the letter had been sent when a connection
//! broke.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::time::timeout;

/// How much of one reply is read. RFC 5321 allows 512 bytes a line; the longest real replies are lists of extensions.
const REPLY_MAX_BYTES: usize = 16 * 1024;
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// The time limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// To reach the server, and to begin the encryption.
    pub(super) connect: Duration,
    /// For one command and its reply, and for the greeting.
    pub(super) step: Duration,
    /// For everything until the end of the letter is sent.
    pub(super) whole: Duration,
    /// For the reply to the end of the letter. A server may look through the letter before it answers.
    pub(super) verdict: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            step: Duration::from_secs(20),
            whole: Duration::from_secs(60),
            verdict: Duration::from_secs(60),
        }
    }
}

/// Why a step came to no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoReply {
    /// The connection broke or was closed.
    Broken,
    /// The server took too long.
    TooSlow,
    /// What it said is not a reply of a mail server.
    Unreadable,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Its lines without the code, as they came.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Whether the server did what it was asked.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// Whether the same may succeed later.
    pub(super) const fn is_for_now(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// The words after a keyword of the reply to EHLO; `None` if the server does not have it.
    pub(super) fn extension(&self, keyword: &str) -> Option<Vec<String>> {
        self.lines.iter().skip(1).find_map(|line| {
            // Some servers write `AUTH=PLAIN`, as a draft of RFC 4954 did.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            words.next().filter(|word| word.eq_ignore_ascii_case(keyword))?;
            Some(words.map(str::to_ascii_uppercase).collect())
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut code = None;
        let mut lines = Vec::new();
        for line in text.lines() {
            let (digits, rest) = line.split_at_checked(3)?;
            let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u16>().ok())??;
            if *code.get_or_insert(number) != number {
                return None;
            }
            lines.push(rest.strip_prefix(['-', ' ']).unwrap_or(rest).trim_end().to_owned());
        }
        Some(Self { code: code.filter(|code| (200..=599).contains(code))?, lines })
    }
}

/// A connection to a mail server on which commands are sent.
pub(super) struct Dialog<S> {
    stream: BufReader<S>,
    step: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialog<S> {
    pub(super) fn new(stream: S, limits: Limits) -> Self {
        Self { stream: BufReader::new(stream), step: limits.step }
    }

    /// Reads a reply that nothing was sent for: the greeting.
    pub(super) async fn greeting(&mut self) -> Result<Reply, NoReply> {
        let step = self.step;
        in_time(step, read(&mut self.stream)).await
    }

    /// Sends a line and reads the reply to it.
    pub(super) async fn command(&mut self, line: &str) -> Result<Reply, NoReply> {
        let step = self.step;
        in_time(step, async {
            write(&mut self.stream, format!("{line}\r\n").as_bytes()).await?;
            read(&mut self.stream).await
        })
        .await
    }

    /// Sends the content of a letter after DATA, without its end. Until the end is sent, the server keeps nothing.
    pub(super) async fn content(&mut self, message: &[u8]) -> Result<(), NoReply> {
        let step = self.step;
        in_time(step, write(&mut self.stream, &transparent(message))).await
    }

    /// Sends the end of a letter and waits for the verdict. From the first byte on, the letter may have been taken.
    pub(super) async fn end_of_content(&mut self, verdict: Duration) -> Result<Reply, NoReply> {
        in_time(verdict, async {
            write(&mut self.stream, b".\r\n").await?;
            read(&mut self.stream).await
        })
        .await
    }

    /// Says goodbye. Whether the server hears it does not matter.
    pub(super) async fn leave(&mut self) {
        let goodbye = async {
            write(&mut self.stream, b"QUIT\r\n").await?;
            self.stream.shutdown().await.map_err(|_| NoReply::Broken)
        };
        let _: Result<(), NoReply> = in_time(GOODBYE, goodbye).await;
    }

    /// The connection, for the encryption; `None` if the server sent more than the reply to the last command. Whoever is
    /// in between could have sent it, to have it taken for what comes after the encryption (CVE-2011-0411).
    pub(super) fn into_stream(self) -> Option<S> {
        self.stream.buffer().is_empty().then(|| self.stream.into_inner())
    }
}

async fn in_time<T>(limit: Duration, step: impl Future<Output = Result<T, NoReply>>) -> Result<T, NoReply> {
    timeout(limit, step).await.unwrap_or(Err(NoReply::TooSlow))
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), NoReply> {
    let written: io::Result<()> = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    }
    .await;
    written.map_err(|_| NoReply::Broken)
}

async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Result<Reply, NoReply> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        let left = REPLY_MAX_BYTES.saturating_sub(start);
        let mut line = (&mut *stream).take(u64::try_from(left).unwrap_or(u64::MAX));
        line.read_until(b'\n', &mut bytes).await.map_err(|_| NoReply::Broken)?;
        let line = bytes.get(start..).unwrap_or_default();
        if !line.ends_with(b"\n") {
            return Err(if bytes.len() >= REPLY_MAX_BYTES { NoReply::Unreadable } else { NoReply::Broken });
        }
        if line.get(3) != Some(&b'-') {
            return Reply::parse(&bytes).ok_or(NoReply::Unreadable);
        }
    }
}

/// A message as it is sent: a second dot before each dot that begins a line (RFC 5321 §4.5.2), and a line end at the end.
fn transparent(message: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(message.len().saturating_add(64));
    let mut begins_line = true;
    for &byte in message {
        if begins_line && byte == b'.' {
            sent.push(b'.');
        }
        begins_line = byte == b'\n';
        sent.push(byte);
    }
    if !sent.ends_with(b"\r\n") {
        sent.extend_from_slice(b"\r\n");
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Option<(u16, Vec<String>)> {
        Reply::parse(text.as_bytes()).map(|reply| (reply.code, reply.lines))
    }

    #[test]
    fn a_reply_has_one_code_on_all_its_lines() {
        let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(reply("250 2.0.0 Ok\r\n"), Some((250, lines(&["2.0.0 Ok"]))));
        assert_eq!(reply("250\r\n"), Some((250, lines(&[""]))));
        assert_eq!(reply("250-a\r\n250-B c\r\n250 d\n"), Some((250, lines(&["a", "B c", "d"]))));
        for odd in ["", "\r\n", "25\r\n", "2a0 ok\r\n", "250-a\r\n550 b\r\n", "999 ok\r\n", "100 ok\r\n", "ééé ok\r\n"]
        {
            assert_eq!(reply(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn an_extension_is_found_in_any_spelling_and_never_in_the_greeting() {
        let reply = Reply::parse(b"250-STARTTLS.example.org\r\n250-auth LOGIN plain\r\n250 SIZE 1\r\n").unwrap();
        assert_eq!(reply.extension("AUTH"), Some(vec!["LOGIN".to_owned(), "PLAIN".to_owned()]));
        assert_eq!(reply.extension("STARTTLS"), None);
        let old = Reply::parse(b"250-a\r\n250 AUTH=PLAIN\r\n").unwrap();
        assert_eq!(old.extension("AUTH"), Some(vec!["PLAIN".to_owned()]));
    }

    #[test]
    fn a_dot_that_begins_a_line_is_doubled_and_the_last_line_ends() {
        assert_eq!(transparent(b".a\r\n.\r\nb.c"), b"..a\r\n..\r\nb.c\r\n");
        assert_eq!(transparent(b"a\r\n"), b"a\r\n");
    }

    #[tokio::test]
    async fn a_reply_without_an_end_is_not_read_for_ever() {
        let endless = tokio::io::repeat(b'2');
        assert_eq!(read(&mut BufReader::new(endless)).await, Err(NoReply::Unreadable));
        let lines = b"250-a\r\n".repeat(REPLY_MAX_BYTES);
        assert_eq!(read(&mut BufReader::new(lines.as_slice())).await, Err(NoReply::Unreadable));
        assert_eq!(read(&mut BufReader::new(b"250-a\r\n".as_slice())).await, Err(NoReply::Broken));
    }
}
