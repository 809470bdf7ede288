//! A small mail server with a script: what it says at each step, and what it hears.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Duration, sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};

/// A step of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The end of the letter.
    End,
}

/// What the server does at a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// It says this.
    Say(&'static str),
    /// It says nothing for ever. The clock of the test stops, so that time passes when nobody does anything.
    Silence,
    /// It says one more line of the same reply every few seconds.
    Drip,
    /// It closes the connection.
    Break,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    None,
    FromTheStart,
    Offered,
}

/// What the server heard.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// The commands, without the letters.
    pub(super) commands: Vec<String>,
    /// How many commands came before the encryption; `None` if there was none.
    pub(super) encrypted_from: Option<usize>,
    /// The letters, with the dots that begin a line as they were.
    pub(super) letters: Vec<String>,
}

/// A server before it starts.
pub(super) struct Plan {
    encryption: Encryption,
    name: &'static str,
    expired: bool,
    extensions: Vec<&'static str>,
    acts: HashMap<Step, Act>,
}

/// A running server.
pub(super) struct TestServer {
    pub(super) port: u16,
    authority: CertificateDer<'static>,
    heard: Arc<Mutex<Heard>>,
    open: watch::Receiver<usize>,
}

impl TestServer {
    pub(super) fn plain() -> Plan {
        Plan::of(Encryption::None)
    }

    pub(super) fn encrypted() -> Plan {
        Plan::of(Encryption::FromTheStart)
    }

    pub(super) fn upgraded() -> Plan {
        Plan::of(Encryption::Offered)
    }

    /// What it heard, once every connection has ended.
    pub(super) async fn heard(&self) -> Heard {
        self.open.clone().wait_for(|open| *open == 0).await.unwrap();
        self.heard.lock().unwrap().clone()
    }

    /// The settings of a client that trusts only the authority of this server.
    pub(super) fn trust(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

impl Plan {
    fn of(encryption: Encryption) -> Self {
        let extensions = vec!["SIZE 5242880", "AUTH PLAIN LOGIN", "8BITMIME"];
        Self { encryption, name: "localhost", expired: false, extensions, acts: HashMap::new() }
    }

    /// A certificate for another name.
    pub(super) fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// A certificate whose time is over.
    pub(super) fn expired(self) -> Self {
        Self { expired: true, ..self }
    }

    pub(super) fn offering(self, extensions: &[&'static str]) -> Self {
        Self { extensions: extensions.to_vec(), ..self }
    }

    pub(super) fn at(mut self, step: Step, act: Act) -> Self {
        self.acts.insert(step, act);
        self
    }

    pub(super) async fn start(self) -> TestServer {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two authorities of one name could only be told apart by their signatures.
        authority.distinguished_name.push(DnType::CommonName, uuid::Uuid::new_v4().to_string());
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec![self.name.to_owned()]).unwrap();
        if self.expired {
            leaf.not_after = date_time_ymd(2020, 1, 1);
        }
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Heard>>::default();
        let (count, open) = watch::channel(0_usize);
        let visit = Arc::new(Visit { plan: self, acceptor: TlsAcceptor::from(Arc::new(config)), heard: heard.clone() });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (visit, count) = (visit.clone(), count.clone());
                count.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    visit.serve(stream).await;
                    count.send_modify(|open| *open -= 1);
                });
            }
        });
        TestServer { port, authority: authority.der().clone(), heard, open }
    }
}

struct Visit {
    plan: Plan,
    acceptor: TlsAcceptor,
    heard: Arc<Mutex<Heard>>,
}

/// How a part of the dialog ended.
enum Ended {
    /// The connection is over.
    Over,
    /// The client asked for the encryption.
    Upgrade,
}

impl Visit {
    async fn serve(&self, stream: TcpStream) {
        if self.plan.encryption == Encryption::FromTheStart {
            self.encrypted(stream, true).await;
            return;
        }
        let mut stream = BufReader::new(stream);
        if matches!(self.talk(&mut stream, true, true).await, Some(Ended::Upgrade)) {
            self.encrypted(stream.into_inner(), false).await;
        }
    }

    async fn encrypted(&self, stream: TcpStream, greets: bool) {
        let Ok(stream) = self.acceptor.accept(stream).await else { return };
        {
            let mut heard = self.heard.lock().unwrap();
            heard.encrypted_from = Some(heard.commands.len());
        }
        self.talk(&mut BufReader::new(stream), greets, false).await;
    }

    /// Talks until the connection is over; `None` if it broke.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        greets: bool,
        is_plain: bool,
    ) -> Option<Ended> {
        if greets {
            self.act(stream, Step::Greeting, "220 mail.example ESMTP STARTTLS").await?;
        }
        loop {
            let line = line(stream).await?;
            self.heard.lock().unwrap().commands.push(line.clone());
            let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let mut extensions = self.plan.extensions.clone();
                    if is_plain && self.plan.encryption == Encryption::Offered {
                        // Before the encryption it offers what it does not offer afterwards.
                        extensions = vec!["STARTTLS", "AUTH EXTERNAL"];
                    }
                    let lines: Vec<String> = extensions.iter().map(|line| format!("250-{line}\r\n")).collect();
                    let reply = format!("250-mail.example\r\n{}250 HELP", lines.concat());
                    self.act(stream, Step::Ehlo, &reply).await?;
                }
                "STARTTLS" => {
                    self.act(stream, Step::StartTls, "220 go").await?;
                    return Some(Ended::Upgrade);
                }
                "AUTH" if line.eq_ignore_ascii_case("AUTH LOGIN") => {
                    for question in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                        say(stream, question).await?;
                        let answer = self::line(stream).await?;
                        self.heard.lock().unwrap().commands.push(answer);
                    }
                    self.act(stream, Step::Auth, "235 2.7.0 welcome").await?;
                }
                "AUTH" => self.act(stream, Step::Auth, "235 2.7.0 welcome").await?,
                "MAIL" => self.act(stream, Step::Mail, "250 Ok").await?,
                "RCPT" => self.act(stream, Step::Rcpt, "250 Ok").await?,
                "DATA" => {
                    self.act(stream, Step::Data, "354 go on").await?;
                    let letter = letter(stream).await?;
                    self.heard.lock().unwrap().letters.push(letter);
                    self.act(stream, Step::End, "250 2.0.0 Ok 4711").await?;
                }
                // It never answers a goodbye.
                "QUIT" => return Some(Ended::Over),
                _ => say(stream, "500 what").await?,
            }
        }
    }

    async fn act<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        step: Step,
        usual: &str,
    ) -> Option<()> {
        match self.plan.acts.get(&step) {
            None => say(stream, usual).await,
            Some(Act::Say(reply)) => say(stream, reply).await,
            Some(Act::Break) => None,
            Some(Act::Silence) => {
                tokio::time::pause();
                std::future::pending().await
            }
            Some(Act::Drip) => {
                tokio::time::pause();
                loop {
                    let code = usual.get(..3).unwrap_or_default();
                    say(stream, &format!("{code}-more")).await?;
                    sleep(Duration::from_secs(7)).await;
                }
            }
        }
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, reply: &str) -> Option<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.strip_suffix("\r\n").map(ToOwned::to_owned)
}

/// A letter up to the dot on a line of its own.
async fn letter<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut letter = String::new();
    loop {
        match line(stream).await?.as_str() {
            "." => return Some(letter),
            one => letter.push_str(one.strip_prefix('.').unwrap_or(one)),
        }
        letter.push_str("\r\n");
    }
}
