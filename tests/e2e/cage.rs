//! A foreign script in the page can neither navigate nor reach any server except those of the account.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::wait::{LATER, SOON, until, until_true};

/// JavaScript that tries to load something from a foreign server in every way that can be awaited, and returns the ways
/// that succeeded.
const LOAD_SCRIPT: &str = r"
    const [address, done] = arguments;
    document.addEventListener('securitypolicyviolation', (event) => { window.policy = event.originalPolicy; });
    const tried = {
        fetch: fetch(address + 'fetch', { mode: 'no-cors' }),
        image: new Promise((yes, no) => Object.assign(new Image(), { onload: yes, onerror: no, src: address + 'image' })),
        script: new Promise((yes, no) =>
            document.head.append(Object.assign(document.createElement('script'), { onload: yes, onerror: no, src: address + 'script' }))),
        style: new Promise((yes, no) =>
            document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', onload: yes, onerror: no, href: address + 'style' }))),
        socket: new Promise((yes, no) =>
            Object.assign(new WebSocket(address.replace('http', 'ws') + 'socket'), { onopen: yes, onerror: no })),
        beacon: new Promise((yes, no) => (navigator.sendBeacon(address + 'beacon') ? yes() : no())),
    };
    const names = Object.keys(tried);
    Promise.allSettled(Object.values(tried)).then((all) =>
        done(names.filter((name, index) => all[index].status === 'fulfilled')));
";

/// JavaScript that tries every way in which a script can navigate, open a window or download.
const LEAVE_SCRIPT: &str = r"
    const [address] = arguments;
    window.opened = window.open(address + 'window');
    const link = (target) => {
        const link = Object.assign(document.createElement('a'), { href: address + 'link' + target, target });
        document.body.append(link);
        link.click();
    };
    link('_blank');
    link('_top');
    const save = Object.assign(document.createElement('a'), { href: address + 'download', download: 'loot' });
    document.body.append(save);
    save.click();
    const form = Object.assign(document.createElement('form'), { action: address + 'form', method: 'post' });
    document.body.append(form);
    form.submit();
    document.body.append(Object.assign(document.createElement('iframe'), { src: address + 'frame' }));
    location.href = address + 'location';
    return window.opened === null;
";

/// A foreign server on this computer that keeps the first line of each connection. Connections that send nothing do not
/// count: the web view opens one before a navigation, and then the shell refuses the navigation.
struct Elsewhere {
    address: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        std::thread::spawn(move || {
            for visitor in listener.incoming() {
                let (visitor, kept) = (visitor.unwrap(), Arc::clone(&kept));
                std::thread::spawn(move || {
                    let mut line = String::new();
                    // A line counts even when the connection breaks after it.
                    let _ = BufReader::new(visitor).read_line(&mut line);
                    if !line.is_empty() {
                        kept.lock().unwrap().push(line);
                    }
                });
            }
        });
        Self { address, said }
    }

    fn lines(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_script_in_the_page_reaches_no_foreign_host_and_cannot_navigate() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let elsewhere = Elsewhere::start();
    let window = Launch::sandbox(&desktop, "cage").open().await;
    let page = &window.page;
    page.see_within("sandbox-mark", LATER).await;
    let address = page.run("return location.href").await;

    let reached = page.run_async(LOAD_SCRIPT, json!(elsewhere.address)).await;
    assert!(elsewhere.lines().is_empty(), "{reached} was let through: {:?}", elsewhere.lines());
    let policy = page.run("return window.policy").await;
    let info: Value = serde_json::from_slice(&std::fs::read(desktop.sandbox_info()).unwrap()).unwrap();
    let sandbox = info["base_url"].as_str().unwrap().trim_end_matches("/client/v4");
    let policy = policy.as_str().expect("what was stopped was stopped by the policy");
    assert!(policy.contains(sandbox) && !policy.contains(":*"), "{policy}");

    page.run("window.still_here = true").await;
    assert_eq!(page.run_with(LEAVE_SCRIPT, json!(elsewhere.address)).await, json!(true), "no window was opened");
    until_true("the window to say that the page was stopped", SOON, async || {
        window.log().matches("tried to go somewhere else").count() >= 2
    })
    .await;
    assert_eq!(page.run("return location.href").await, address);
    assert_eq!(page.run("return window.still_here").await, json!(true), "the page was not loaded again");
    // The page still works after the attempts.
    page.press("nav-settings").await;
    page.see("connect-account").await;
    // A line from outside the page proves that the server listens.
    let outside = elsewhere.address.trim_start_matches("http://").trim_end_matches('/');
    std::net::TcpStream::connect(outside).unwrap().write_all(b"from outside\n").unwrap();
    until_true("what was said", SOON, async || !elsewhere.lines().is_empty()).await;
    assert_eq!(elsewhere.lines(), ["from outside\n"]);
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_new_join_page_is_confirmed_outside_the_page() {
    const ADDRESS: &str = "https://join.example.org/";
    const QUESTION: &str = "Invite people to join.example.org";
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "join-page").open().await;
    let page = &window.page;
    page.see_within("sandbox-mark", LATER).await;
    let settings = page.ask("settings_get", json!({})).await;
    let mut wanted = settings.clone();

    wanted["join_page_url"] = json!("https://join.example.org@evil.example/");
    let refused = page.ask("settings_save", json!({ "input": wanted })).await;
    assert!(refused["message"].as_str().unwrap().contains("before its @"), "{refused}");

    wanted["join_page_url"] = json!(ADDRESS);
    // The page does not wait for the answer of the command, because the open dialog would block the driver too.
    let save = |name: &str| {
        format!(
            "window.{name} = null; window.__TAURI_INTERNALS__.invoke('settings_save', arguments[0]).then((done) => {{ window.{name} = done; }}, (failed) => {{ window.{name} = failed; }});"
        )
    };
    page.run_with(&save("first"), json!({ "input": wanted })).await;
    window.answer(&desktop, QUESTION, "refused", "Escape").await;
    let first =
        until("an answer", SOON, async || Some(page.run("return window.first").await).filter(|it| !it.is_null())).await;
    assert_eq!(first["code"], json!("not_confirmed"), "{first}");
    assert_eq!(page.ask("settings_get", json!({})).await["join_page_url"], json!(null));

    page.run_with(&save("second"), json!({ "input": wanted })).await;
    window.answer(&desktop, QUESTION, "confirmed", "Return").await;
    let second =
        until("an answer", SOON, async || Some(page.run("return window.second").await).filter(|it| !it.is_null()))
            .await;
    assert_eq!(second["join_page_url"], json!(ADDRESS), "{second}");
    // An address that is already saved needs no confirmation.
    assert_eq!(page.ask("settings_save", json!({ "input": wanted })).await["join_page_url"], json!(ADDRESS));
    window.close().await;
}
