//! The command line as a process: behind proxies, with a company's certificate authority, and on a sandbox on this
//! computer.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use cloudflare_sandbox::{Options, Sandbox};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::support::variables;

/// A host name that DNS does not know, so that only a proxy can reach it.
const HOST: &str = "api.cloudflare.test";

/// A proxy that leads every tunnel to one port of this computer and keeps the requests that it received.
struct Proxy {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts the proxy. Its tunnels lead to the port `target` of this computer.
    async fn start(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let heads = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tunnel(client, target, Arc::clone(&heads)));
            }
        });
        Self { port, told }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the heads of the requests that the proxy received.
    fn requests(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

async fn tunnel(mut client: TcpStream, target: u16, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { break };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let tunnels = head.starts_with("CONNECT ");
    heads.lock().unwrap().push(head);
    if !tunnels {
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await.ok();
        return;
    }
    let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
}

/// Starts a company's inspecting proxy, whose own certificate authority signs for Cloudflare's name. Returns its port
/// and the authority's certificate.
async fn start_inspecting_proxy(target: u16) -> (u16, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the authority closes the connection.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
            });
        }
    });
    (port, authority.pem())
}

struct Desk {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await.unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap() }
    }

    fn port(&self) -> u16 {
        self.sandbox.info().base_url.parse::<url::Url>().unwrap().port().unwrap()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the command line with credentials and only these variables. Returns whether it succeeded, and all its
    /// output.
    async fn cli(&self, base_url: &str, environment: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
            .env_clear()
            .env("HOME", self.folder())
            .env("HAJIME_DATA_DIR", self.folder())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .envs(variables(&self.sandbox))
            .env("CLOUDFLARE_BASE_URL", base_url)
            .env("HAJIME_SANDBOX_CONTROL_URL", &self.sandbox.info().control_url)
            .envs(environment.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).join("\n");
        (output.status.success(), said)
    }

    fn secure(path: &str) -> String {
        format!("https://{HOST}{path}")
    }
}

#[tokio::test]
async fn requests_to_the_local_sandbox_bypass_the_proxy() {
    let context = Desk::start().await;
    let proxy = Proxy::start(context.port()).await;
    let base = context.sandbox.info().base_url.clone();
    let by_name = base.replace("127.0.0.1", "localhost");
    let address = proxy.address();
    for variables in [&["HTTP_PROXY", "HTTPS_PROXY"][..], &["http_proxy", "https_proxy"], &["ALL_PROXY"]] {
        let environment: Vec<_> = variables.iter().map(|name| (*name, address.as_str())).collect();
        for base in [&base, &by_name] {
            let (ok, said) = context.cli(base, &environment, &["doctor"]).await;
            assert!(ok, "{variables:?} {base}: {said}");
        }
        let (ok, said) = context.cli(&base, &environment, &["sandbox", "rehearse"]).await;
        assert!(ok, "{variables:?}: {said}");
    }
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn reaches_cloudflare_through_a_company_proxy_with_its_own_authority() {
    let context = Desk::start().await;
    let (tls, authority) = start_inspecting_proxy(context.port()).await;
    let proxy = Proxy::start(tls).await;
    let file = context.folder().join("company.pem");
    std::fs::write(&file, authority).unwrap();
    let trusted = ("SSL_CERT_FILE", file.to_str().unwrap());
    let with_password = format!("http://ann:p%40ss@127.0.0.1:{}", proxy.port);
    let base = Desk::secure("/client/v4");

    let (ok, said) = context.cli(&base, &[("HTTPS_PROXY", &with_password), trusted], &["doctor"]).await;
    assert!(ok, "{said}");
    let told = proxy.requests();
    assert!(!told.is_empty());
    for head in &told {
        assert!(head.starts_with(&format!("CONNECT {HOST}:443 ")), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic yw5uonbac3m="), "{head}");
        assert!(!head.contains(&context.sandbox.info().api_token), "the token is inside the tunnel only");
    }

    let (ok, said) = context.cli(&base, &[("HTTPS_PROXY", &proxy.address())], &["doctor"]).await;
    assert!(!ok && said.contains(HOST), "an authority that is not installed is not trusted: {said}");
    let seen = proxy.requests().len();
    let excepted = [("HTTPS_PROXY", proxy.address()), ("NO_PROXY", HOST.to_owned())];
    let excepted: Vec<_> = excepted.iter().map(|(name, value)| (*name, value.as_str())).chain([trusted]).collect();
    let (ok, said) = context.cli(&base, &excepted, &["doctor"]).await;
    assert!(!ok && said.contains(HOST), "{said}");
    assert_eq!(proxy.requests().len(), seen, "NO_PROXY is honoured");
}

#[tokio::test]
async fn imports_a_sandbox_session_although_a_proxy_is_set() {
    // The sandbox's process has the proxy in its environment too. Its own requests must stay on this computer.
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(9).await;
    let mut served = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
        .args(["sandbox", "serve", "--port", "0", "--speed", "600"])
        .env("HTTP_PROXY", proxy.address())
        .env("ALL_PROXY", proxy.address())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = tokio::io::BufReader::new(served.stdout.take().unwrap());
    tokio::io::AsyncBufReadExt::read_line(&mut output, &mut line).await.unwrap();
    let info: Value = serde_json::from_str(&line).unwrap();
    let field = |name: &str| info[name].as_str().unwrap().to_owned();
    let run = async |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
            .env("HAJIME_DATA_DIR", folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env("HTTP_PROXY", proxy.address())
            .env("ALL_PROXY", proxy.address())
            .env("CLOUDFLARE_BASE_URL", field("base_url"))
            .env("CLOUDFLARE_ACCOUNT_ID", field("account_id"))
            .env("CLOUDFLARE_API_TOKEN", field("api_token"))
            .env("CLOUDFLARE_CALLS_APP_ID", field("app_id"))
            .args([&["--json"], arguments].concat())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let plan = ["session", "add", "--title", "Judo", "--instructor", "K. Mori", "--start", "now", "--quality", "480p"];
    let id = run(&plan).await["id"].as_str().unwrap().to_owned();
    let started = run(&["session", "start", &id]).await;
    let (room, control) = (started["room_id"].as_str().unwrap(), field("control_url"));
    run(&["sandbox", "join", "--control-url", &control, "--room", room, "--name", "Ada"]).await;
    // The recorder starts with the first participant. A short recording is enough for this test.
    run(&["sandbox", "advance", "--control-url", &control, "60"]).await;
    run(&["session", "end", &id]).await;
    assert_eq!(run(&["watch", "--until-idle", "--timeout", "120"]).await["idle"], true);
    assert_eq!(run(&["recording", "list"]).await[0]["status"], "READY");
    assert_eq!(proxy.requests(), Vec::<String>::new());
}
