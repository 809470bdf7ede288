//! The join page in a real browser: Chromium with a camera and a microphone that are not real.
//!
//! RealtimeKit is tried in two forms. With the sandbox's files people get all the way into the room and out again, because the real files
//! join at Cloudflare only. With the real files, which find no Cloudflare here, the tests see that they load under the page's content security
//! policy, what they say about a refused token, and that whoever does not agree to be recorded can send nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::chromium::{Chromium, Devices};
use crate::support::site::{Kit, Site};
use crate::support::standalone::Standalone;
use crate::support::wait::SOON;

/// Whether the page is wider than its window, and what sticks out.
const TOO_WIDE: &str = r"
    const wide = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
    return document.documentElement.scrollWidth > innerWidth ? wide.map(({ id, tagName }) => `${tagName}#${id}`) : [];
";
/// A sandbox with a room, and a host with the page.
struct Setting {
    sandbox: Standalone,
    site: Site,
    room: String,
}

impl Setting {
    async fn start(title: &str, kit: Kit) -> Self {
        let sandbox = Standalone::start("1").await;
        let cloud = sandbox.people();
        let site = Site::start(kit, cloud.host()).await;
        let room = cloud.make_room(title).await;
        Self { sandbox, site, room }
    }

    async fn invite(&self, name: Option<&str>) -> String {
        self.sandbox.people().invite(&self.room, name, "group_call_participant").await
    }

    /// The address of an invitation to a class that is recorded.
    async fn invitation(&self, name: Option<&str>) -> String {
        self.site.url(&format!("#token={}&recorded=1", self.invite(name).await))
    }
}

impl Chromium {
    /// Looks at the page on a phone and on a desk, by day and by night: it fits, and axe has nothing serious to say.
    async fn looks_good(&self, what: &str) {
        for (width, height, dark) in [
            (390, 844, false),
            (390, 844, true),
            (1_280, 800, false),
            (1_280, 800, true),
            (320, 568, false),
            (1_920, 1_080, true),
        ] {
            self.look(width, height, dark).await;
            let look = format!("{what}-{width}-{}", if dark { "dark" } else { "light" });
            assert_eq!(self.page.run(TOO_WIDE).await, json!([]), "{look} is too wide");
            self.page.is_accessible(&look).await;
            self.page.shot(&look).await;
        }
        self.look(1_280, 800, false).await;
    }
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn an_invited_person_joins_with_camera_and_microphone_and_leaves() {
    let setting = Setting::start("Judo beginners · HJ-7KQ2M4", Kit::Sandbox).await;
    let browser = Chromium::start("join-page", Devices::Allowed).await;
    let page = &browser.page;
    browser.open(&setting.invitation(Some("Ada Lovelace")).await).await;

    page.heading("Judo beginners").await;
    assert_eq!(browser.address().await, setting.site.url(""), "the token has left the address bar");
    assert_eq!(page.run("return document.activeElement.id").await, "you-title", "the focus moved to the step");
    assert_eq!(page.run("return document.getElementById('name').value").await, "Ada Lovelace");
    assert!(page.text_css("#notice").await.contains("This class is recorded"));
    browser.looks_good("consent").await;

    page.press_css("#go-on").await;
    page.shows("#answer-problem", "Choose one of the two").await;
    page.press_css("[value=agreed]").await;
    page.press_css("#go-on").await;
    page.shows("#microphone-words", "The microphone hears you").await;
    assert_eq!(page.run("return document.activeElement.id").await, "check-title");
    let seen = "const video = document.getElementById('preview'); return video.videoWidth > 0 && !video.paused";
    page.until("the picture of the camera", SOON, async || (page.run(seen).await == json!(true)).then_some(())).await;
    assert!(page.run("return document.querySelectorAll('#camera option').length").await.as_u64() >= Some(1));
    assert!(page.run("return document.querySelectorAll('#microphone option').length").await.as_u64() >= Some(1));
    browser.looks_good("check").await;
    assert!(
        setting.sandbox.people().attendance(&setting.room).await.is_empty(),
        "nobody is in the room before joining"
    );

    page.press_css("#join").await;
    page.room_shows("Ada Lovelace").await;
    page.room_shows("Camera off").await;
    page.room_shows("Microphone on").await;
    assert_eq!(setting.sandbox.people().attendance(&setting.room).await, [("Ada Lovelace\u{2063}".to_owned(), true)]);
    page.shot("room").await;

    page.run("document.querySelector('rtk-meeting').meeting.leave()").await;
    page.heading("You have left").await;
    browser.looks_good("left").await;
    page.press_css("#again").await;
    page.heading("Judo beginners").await;
    page.press_css("#join").await;
    page.room_shows("Ada Lovelace").await;
    setting.sandbox.people().kick_all(&setting.room).await;
    page.heading("The class has ended").await;
    assert_eq!(page.run("return sessionStorage.length").await, 0, "the invitation is forgotten");
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn whoever_does_not_agree_watches_without_camera_and_microphone() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-declined", Devices::Allowed).await;
    let page = &browser.page;
    let asked = "window.asked = 0; const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); \
                 navigator.mediaDevices.getUserMedia = (wish) => { window.asked += 1; return ask(wish); };";
    browser.prepare(asked).await;
    browser.open(&setting.invitation(None).await).await;

    page.heading("Judo").await;
    page.press_css("[value=declined]").await;
    page.press_css("#go-on").await;
    page.shows("#name-problem", "Enter your name").await;
    assert_eq!(page.run("return document.activeElement.id").await, "name");
    page.see_css("#name", SOON).await.send_keys("Bo").await.unwrap();
    browser.looks_good("declined").await;
    page.press_css("#go-on").await;
    page.room_shows("Bo · not to be recorded").await;
    assert_eq!(
        setting.sandbox.people().attendance(&setting.room).await,
        [("Bo · not to be recorded".to_owned(), true)]
    );
    let buttons = "return ['camera', 'microphone'].map((id) => document.querySelector('rtk-meeting').shadowRoot.getElementById(id).hidden)";
    assert_eq!(page.run(buttons).await, json!([true, true]), "there is nothing to switch on");
    assert_eq!(page.run("return window.asked").await, 0, "no camera and no microphone was opened");
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn a_class_that_is_recorded_all_the_same_asks_in_the_room() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-asked-late", Devices::Allowed).await;
    let page = &browser.page;
    let token = setting.invite(Some("Ada")).await;
    browser.open(&setting.site.url(&format!("#token={token}&recorded=0"))).await;
    page.heading("Judo").await;
    assert!(page.run("return document.getElementById('you').hidden").await == json!(true), "there is nothing to ask");
    page.press_css("#join").await;
    page.room_shows("Ada").await;
    setting.sandbox.people().record(&setting.room).await;
    setting.sandbox.people().advance(5).await;
    page.shows("#started-title", "This class is being recorded now").await;
    page.is_accessible("the question in the room").await;
    page.shot("question").await;
    page.press_css("#switch-off").await;
    let off = "const { self } = document.querySelector('rtk-meeting').meeting; return !self.videoEnabled && !self.audioEnabled";
    page.until("camera and microphone to be off", SOON, async || (page.run(off).await == json!(true)).then_some(()))
        .await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn the_keyboard_alone_leads_into_the_room() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-keyboard", Devices::Allowed).await;
    let page = &browser.page;
    browser.open(&setting.invitation(None).await).await;
    page.heading("Judo").await;
    let focus = "const focus = document.activeElement; return focus.id || focus.value";
    browser.key("Tab").await;
    assert_eq!(page.run(focus).await, "name");
    page.see_css("#name", SOON).await.send_keys("Ada").await.unwrap();
    browser.key("Tab").await;
    browser.key(" ").await;
    assert_eq!(page.run("return document.querySelector('[name=consent]:checked').value").await, "agreed");
    browser.key("Tab").await;
    assert_eq!(page.run(focus).await, "go-on");
    browser.key("Enter").await;
    page.shows("#microphone-words", "The microphone hears you").await;
    let mut visited = Vec::new();
    while visited.last() != Some(&json!("join")) {
        assert!(visited.len() < 20, "the button is out of reach: {visited:?}");
        browser.key("Tab").await;
        visited.push(page.run(focus).await);
    }
    assert_eq!(
        visited,
        ["change", "camera", "microphone", "with-camera", "with-microphone", "save-data", "join"].map(Value::from)
    );
    browser.key("Enter").await;
    page.room_shows("Ada").await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn links_that_mail_programs_and_gateways_changed_still_open() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-links", Devices::Allowed).await;
    let token = setting.invite(Some("Ada")).await;
    let broken = |by: &str| {
        let lines: Vec<&str> = token.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.join(by)
    };
    let changed = [
        ("a gateway that rewrites #", format!("%23token={token}&recorded=1")),
        ("such a gateway and a slash", format!("%23token={token}/")),
        ("a gateway inside a gateway", format!("%2523token%253D{token}")),
        ("a gateway that puts it into the query", format!("?%23token={token}&utm_source=mail")),
        ("a mail program that breaks lines", format!("#token={}&recorded=1", broken("=%0A"))),
        ("a mail program that breaks lines, and a gateway", format!("%23token%3D{}", broken("%20"))),
        ("a sentence around it", format!("#token={token}.")),
        ("angle brackets around it", format!("#token={token}%3E")),
        ("a deeper address", format!("anything/else/%23token={token}")),
    ];
    for (what, rest) in changed {
        browser.open(&setting.site.url(&rest)).await;
        browser
            .page
            .until(&format!("the class after {what}"), SOON, async || {
                (browser.page.text_css("h1").await == "Judo").then_some(())
            })
            .await;
        let address = browser.address().await;
        assert!(!address.contains(&token[..20]), "after {what} the token is still in {address}");
        browser.page.run("sessionStorage.clear()").await;
    }
    browser.open(&setting.site.url("no/such/page")).await;
    browser.page.heading("No page at this address").await;
    browser.page.is_accessible("the page for a wrong address").await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn every_refusal_has_its_sentence() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-refused", Devices::Allowed).await;
    let page = &browser.page;
    let token = setting.invite(Some("Ada")).await;
    let (rest, _) = token.rsplit_once('.').unwrap();
    let cases = [
        (String::new(), "No invitation"),
        (format!("#token={}", &token[..token.len() - 30]), "The link is not complete"),
        (format!("#token={}", &token[..60]), "The link is not complete"),
        (format!("#token={rest}.{}", "A".repeat(43)), "This invitation is not valid"),
    ];
    for (fragment, heading) in cases {
        browser.open(&setting.site.url(&fragment)).await;
        page.heading(heading).await;
        page.run("sessionStorage.clear()").await;
    }
    browser.looks_good("refused").await;

    setting.sandbox.people().set_open(&setting.room, false).await;
    browser.open(&setting.site.url(&format!("#token={token}"))).await;
    page.heading("This room is closed").await;

    // In a year, the token is too old.
    setting.sandbox.people().advance(365 * 86_400).await;
    let later = "const now = Date.now.bind(Date); Date.now = () => now() + 365 * 86400000;";
    browser.prepare(later).await;
    browser.open(&setting.site.url(&format!("#token={token}"))).await;
    page.heading("This invitation has expired").await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn a_room_lets_people_in_as_soon_as_it_is_open_whatever_time_was_announced() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-early", Devices::Allowed).await;
    let page = &browser.page;
    let token = setting.invite(Some("Ada")).await;
    setting.sandbox.people().set_open(&setting.room, false).await;
    let now = page.run("return Math.floor(Date.now() / 1000)").await.as_i64().unwrap();

    browser.open(&setting.site.url(&format!("#token={token}&recorded=0&opens={}", now + 7_200))).await;
    page.heading("The class opens").await;
    browser.looks_good("early").await;
    page.run("sessionStorage.clear()").await;
    setting.sandbox.people().set_open(&setting.room, true).await;
    browser.open(&setting.site.url(&format!("#token={token}&recorded=0&opens={}", now + 7_200))).await;
    page.heading("Judo").await;
    setting.sandbox.people().set_open(&setting.room, false).await;
    page.run("sessionStorage.clear()").await;

    // Pauses are a thousand times shorter, so that the test need not wait.
    browser
        .prepare("const wait = window.setTimeout; window.setTimeout = (action, pause) => wait(action, pause / 1000);")
        .await;
    browser.open(&setting.site.url(&format!("#token={token}&recorded=0&opens={}", now - 60))).await;
    page.heading("The class has not been opened yet").await;
    setting.sandbox.people().set_open(&setting.room, true).await;
    page.heading("Judo").await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn a_camera_that_is_denied_or_missing_keeps_nobody_out() {
    for (devices, words) in
        [(Devices::Denied, "does not let this page use the camera"), (Devices::Missing, "No camera was found")]
    {
        let setting = Setting::start("Judo", Kit::Sandbox).await;
        let browser = Chromium::start(&format!("join-page-{devices:?}").to_lowercase(), devices).await;
        let page = &browser.page;
        browser.open(&setting.invitation(Some("Ada")).await).await;
        page.press_css("[value=agreed]").await;
        page.press_css("#go-on").await;
        page.shows("#camera-words", words).await;
        browser.looks_good("check").await;
        page.press_css("#join").await;
        page.room_shows("Ada").await;
        page.room_shows("Camera on").await;
    }
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn a_browser_without_video_calls_offers_the_link() {
    let setting = Setting::start("Judo", Kit::Sandbox).await;
    let browser = Chromium::start("join-page-old", Devices::Allowed).await;
    let page = &browser.page;
    browser
        .prepare(
            "delete window.RTCPeerConnection; Object.defineProperty(navigator, 'clipboard', { value: undefined });",
        )
        .await;
    let address = setting.invitation(Some("Ada")).await;
    browser.open(&address).await;
    page.heading("This browser does not support video calls").await;
    assert_eq!(
        page.run("return document.getElementById('link').value").await,
        json!(address),
        "the token is still in it"
    );
    page.press_css("#copy").await;
    page.shows("#copied", "Select the link").await;
    let selected = "const link = document.getElementById('link'); return link.selectionEnd - link.selectionStart";
    assert_eq!(page.run(selected).await, json!(address.len()));
    browser.looks_good("old").await;
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn hostile_titles_and_names_are_text() {
    let title = format!("<img src=x onerror=\"document.title='owned'\"> \u{202e}Judo {}", "very ".repeat(180));
    let setting = Setting::start(&title, Kit::Sandbox).await;
    let browser = Chromium::start("join-page-hostile", Devices::Allowed).await;
    let page = &browser.page;
    browser.open(&setting.invitation(Some(&format!("\u{202e}<b>Ada</b>{}", "x".repeat(9_000)))).await).await;
    page.heading("<img src=x").await;
    let name = page.run("return document.getElementById('name').value").await;
    assert!(name.as_str().unwrap().starts_with("<b>Ada</b>xxx") && name.as_str().unwrap().len() < 70, "{name}");
    browser.looks_good("hostile").await;
    page.press_css("[value=agreed]").await;
    page.press_css("#go-on").await;
    page.shows("#microphone-words", "The microphone hears you").await;
    browser.looks_good("hostile-check").await;
    page.press_css("#join").await;
    page.room_shows("<b>Ada</b>xxx").await;
    assert!(page.run("return document.title").await.as_str().unwrap().starts_with("<img src=x"), "the title is text");
    assert_eq!(page.run("return document.images.length").await, 0);
}

/// Plays Cloudflare's answer to the one question that RealtimeKit's real client asks before it is asked to join, and keeps the client that
/// the page gets as `window.meeting`.
fn cloudflare_answers(status: u16) -> String {
    format!(
        "let kit;
         Object.defineProperty(window, 'RealtimeKitClient', {{
             get: () => kit,
             set: (real) => (kit = {{ init: async (options) => (window.meeting = await real.init(options)) }}),
         }});
         // Nobody answers at the room itself. Were it refused at once, the client would give up while the person still reads.
         window.WebSocket = class extends EventTarget {{ readyState = 0; send() {{}} close() {{}} }};
         const fetchReally = window.fetch.bind(window);
         window.fetch = (request, options) => {{
             const address = String(request?.url ?? request);
             if (!address.includes('realtime.cloudflare.com')) return fetchReally(request, options);
             if (!address.includes('participant-details')) return Promise.reject(new TypeError('Failed to fetch'));
             return Promise.resolve(new Response({}, {{ status: {status}, headers: {{ 'content-type': 'application/json' }} }}));
         }};",
        json!(PARTICIPANT_DETAILS)
    )
}

/// The person, the room and the preset, with the members that RealtimeKit 2.0.2 reads.
const PARTICIPANT_DETAILS: &str = include_str!("support/participant_details.json");

fn unsigned_token() -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = json!({ "orgId": "o", "meetingId": "m", "participantId": "p", "exp": 4_000_000_000_u64 });
    format!("{}.{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&payload), "A".repeat(43))
}

/// Opens the page with RealtimeKit's own files.
async fn open_with_the_real_client(name: &str, status: u16) -> (Site, Chromium) {
    let site = Site::start(Kit::Real, "").await;
    let browser = Chromium::start(name, Devices::Allowed).await;
    browser.prepare(&cloudflare_answers(status)).await;
    browser.open(&site.url(&format!("#token={}&recorded=1", unsigned_token()))).await;
    (site, browser)
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn the_real_client_says_why_a_room_does_not_open() {
    for (status, heading) in [
        (401, "This invitation is not valid"),
        (403, "This room is closed"),
        (404, "This room is closed"),
        (429, "Too many requests"),
        (503, "Cloudflare has a problem"),
    ] {
        let (_site, browser) = open_with_the_real_client("join-page-real", status).await;
        browser.page.heading(heading).await;
    }
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn the_real_client_takes_what_was_chosen() {
    let (_site, browser) = open_with_the_real_client("join-page-real-joins", 200).await;
    let page = &browser.page;
    page.heading("Judo beginners").await;
    page.press_css("[value=agreed]").await;
    page.press_css("#go-on").await;
    page.shows("#microphone-words", "The microphone hears you").await;
    page.press_css("#with-microphone").await;
    let listen = "window.seen = []; const { self } = window.meeting; \
                  self.on('videoUpdate', ({ videoEnabled }) => window.seen.push(`camera ${videoEnabled}`)); \
                  self.on('audioUpdate', ({ audioEnabled }) => window.seen.push(`microphone ${audioEnabled}`));";
    page.run(listen).await;
    page.press_css("#join").await;
    let both = "return window.seen.includes('camera true') && window.seen.includes('microphone true')";
    page.until("camera and microphone", SOON, async || (page.run(both).await == json!(true)).then_some(())).await;
    assert_eq!(page.run("return window.meeting.self.name").await, "Ada Lovelace\u{2063}");
}

#[tokio::test]
#[ignore = "opens a browser; run by `cargo xtask e2e`"]
async fn the_real_client_lets_nobody_send_who_declined() {
    let (_site, browser) = open_with_the_real_client("join-page-real-declined", 200).await;
    let page = &browser.page;
    page.heading("Judo beginners").await;
    page.press_css("[value=declined]").await;
    page.press_css("#go-on").await;
    let declined = "return window.meeting.self.permissions.canProduceVideo";
    page.until("the answer", SOON, async || (page.run(declined).await == "NOT_ALLOWED").then_some(())).await;
    // RealtimeKit's own buttons are looked at, and its calls are made past them.
    let script = r"
        const done = arguments[arguments.length - 1];
        const { meeting } = window;
        (async () => {
            await meeting.self.enableVideo();
            await meeting.self.enableAudio();
            const buttons = ['rtk-camera-toggle', 'rtk-mic-toggle'].map((name) =>
                Object.assign(document.body.appendChild(document.createElement(name)), { meeting }));
            while (!buttons.every((button) => button.classList.contains('hydrated'))) await new Promise(requestAnimationFrame);
            return [meeting.self.name, meeting.self.videoEnabled, meeting.self.audioEnabled,
                ...buttons.map((button) => button.hasAttribute('data-hidden'))];
        })().then(done, (error) => done(String(error)));
    ";
    assert_eq!(
        page.run_async(script, Value::Null).await,
        json!(["Ada Lovelace · not to be recorded", false, false, true, true])
    );
}
