//! Everybody gets in, and everybody hears of it: the join page is published, three people are invited and join in Chromium from
//! their own links, the class is recorded, and Slack, the webhook and three people by e-mail are told. All by pressing and typing
//! in the window.

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::support::actions::{self, Plan};
use crate::support::app::{Launch, Window};
use crate::support::channels;
use crate::support::chromium::{Chromium, Devices};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::{Page, testid};
use crate::support::receivers::{Mail, Posted, Receiver};
use crate::support::secrets;
use crate::support::wait::{LATER, SOON, until, until_true};

const TITLE: &str = "Karate fundamentals";
/// The people of the class: the name, and the address that gets mail.
const PEOPLE: [(&str, &str); 3] =
    [("Ada Lovelace", "ada@example.org"), ("Bo Ström", "bo@example.org"), ("Chidi Okafor", "chidi@example.org")];
/// The password of the mail server.
const PASSWORD: &str = "s3cret-of-the-mail-server";
const SLACK_PATH: &str = "/services/T000/B000/s3cretOfSlack";

/// Keys, as `WebDriver` names them.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn three_people_join_from_their_own_links_and_everybody_hears_of_the_recording() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let (posts, mails) = (Receiver::of_posts().await, Receiver::of_mails().await);
    let window = Launch::sandbox(&desktop, "everybody").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;

    page.press("nav-settings").await;
    let address = publish(page).await;
    channels::turn_on_slack(&desktop, &window, &posts, SLACK_PATH).await;
    let secret = webhook(&desktop, &window, &posts).await;
    mail(&desktop, &window, &mails).await;

    let session = actions::schedule(page, &Plan::titled(TITLE)).await;
    let links = invite(&desktop, page, &session).await;
    for link in &links {
        assert!(link.starts_with(&address), "{link} is on the published page {address}");
    }
    let room = actions::start(&desktop, page, &cloud, &session).await;
    let mut browsers = Vec::new();
    for (link, (name, _)) in links.iter().zip(PEOPLE) {
        browsers.push(join(link, name).await);
    }
    let inside: Vec<String> = cloud.attendance(&room.id).await.into_iter().map(|(name, _)| name).collect();
    assert!(
        PEOPLE.iter().all(|(name, _)| inside.iter().any(|one| one.trim_end_matches('\u{2063}') == *name)),
        "all are in the room: {inside:?}"
    );
    page.attribute_becomes("live-proof", "data-state", "recording", LATER).await;
    page.shot("live").await;
    actions::end(page).await;
    for browser in &browsers {
        browser.page.heading("The class has ended").await;
    }
    drop(browsers);

    let recording = actions::recording_becomes(page, "READY").await;
    told(&posts, &secret).await;
    let mailed = mailed(&cloud, &mails).await;
    page.press("nav-settings").await;
    page.see_css(&format!(r#"{}[data-state="accepted"]"#, testid("delivery")), SOON).await;
    page.shot("told").await;

    let log = window.log_file().to_owned();
    window.close().await;
    let mut hidden: Vec<&str> = links.iter().map(|link| token_of(link)).collect();
    hidden.extend(mailed.iter().map(String::as_str));
    hidden.extend([PASSWORD, secret.as_str(), SLACK_PATH, cloud.api_token()]);
    secrets::assert_none_in(&[desktop.data_dir(), log, desktop.home().to_owned()], &hidden);
    assert!(!recording.is_empty());
}

/// Publishes the join page from Settings. Returns its address.
async fn publish(page: &Page) -> String {
    page.see("published-page").await;
    page.shot("not-published").await;
    page.press("publish-join-page").await;
    page.attribute_becomes("published-page", "data-state", "current", LATER).await;
    page.shot("published").await;
    page.text("published-page-address").await
}

/// Turns the webhook on, and confirms it outside the page. Returns its secret, which is shown once.
async fn webhook(desktop: &Desktop, window: &Window, posts: &Receiver<Posted>) -> String {
    let page = &window.page;
    page.type_into("webhook-address", &format!("http://{}/hook", posts.address())).await;
    page.press("webhook-save").await;
    window.answer(desktop, "Tell 127.0.0.1 of recordings", "webhook-question", "Return").await;
    let secret = page.see("webhook-secret").await.prop("value").await.unwrap().unwrap();
    page.press("webhook-secret-done").await;
    page.shot("channels").await;
    secret
}

/// Has e-mail sent through the mail server, confirms it outside the page, and looks at the letters before the first one goes.
async fn mail(desktop: &Desktop, window: &Window, mails: &Receiver<Mail>) {
    let page = &window.page;
    channels::fill_in_mail(page, mails, PASSWORD).await;
    page.press("mail-participants-link").await;
    channels::turn_on_mail(desktop, window).await;
    page.is_accessible("the letters before they are sent").await;
    page.shot("letters").await;
    page.press("letter-as-page").await;
    page.shot("letter-as-page").await;
    page.press("mail-preview-close").await;
    page.type_into("mail-to", "office@example.org").await;
    page.press("mail-test").await;
    page.text_becomes("mail-answer", "Accepted", SOON).await;
    page.shot("mail").await;
    assert_eq!(mails.got()[0].to, ["office@example.org"]);
}

/// Puts the people on the list of the class and copies each one's invitation. Returns their links.
async fn invite(desktop: &Desktop, page: &Page, session: &str) -> Vec<String> {
    actions::open_session(page, session).await;
    page.press("open-roster").await;
    let typed: Vec<String> = PEOPLE.iter().map(|(name, address)| format!("{name} <{address}>")).collect();
    page.see("roster-text").await.send_keys(&typed.join(ENTER)).await.unwrap();
    page.press("roster-add").await;
    until_true("three people on the list", SOON, async || page.text("roster-count").await.contains('3')).await;
    page.shot("roster").await;
    let mut links = Vec::new();
    for (name, _) in PEOPLE {
        desktop.clear_clipboard();
        page.press_css(&format!(r#"{}[aria-label*="{name}"]"#, testid("roster-copy-one"))).await;
        let text = desktop.clipboard().await;
        let link = text.split_whitespace().find(|word| word.starts_with("http")).expect("the invitation has a link");
        links.push(link.to_owned());
    }
    page.shot("invited").await;
    page.key(ESCAPE).await;
    links
}

/// Opens an invitation in a browser of its own and goes into the room.
async fn join(link: &str, name: &str) -> Chromium {
    let browser = Chromium::start("everybody-joins", Devices::Allowed).await;
    let page = &browser.page;
    browser.open(link).await;
    page.heading(TITLE).await;
    page.press_css("[value=agreed]").await;
    page.press_css("#go-on").await;
    page.press_css("#join").await;
    page.room_shows(name).await;
    browser
}

/// Waits for Slack’s message and the event, and checks the event’s signature with the library of Standard Webhooks.
async fn told(posts: &Receiver<Posted>, secret: &str) {
    let of = |part: &str| posts.got().into_iter().filter(|post| post.path.contains(part)).collect::<Vec<_>>();
    let event = until("the event at the webhook", LATER, async || of("/hook").first().cloned()).await;
    assert!(Webhook::new(secret).unwrap().verify(event.body.as_bytes(), &event.headers).is_ok(), "{event:?}");
    let body: Value = serde_json::from_str(&event.body).unwrap();
    assert_eq!(body["event"], json!("recording.complete"), "{body}");
    let message = until("the message in Slack", LATER, async || of(SLACK_PATH).get(1).cloned()).await;
    assert!(message.body.contains(TITLE), "{}", message.body);
    assert_eq!((of("/hook").len(), of(SLACK_PATH).len()), (1, 2), "each is told once; Slack had a test before");
}

/// Waits for the letters: one to each person, with a link that plays. Returns the tokens of the links.
async fn mailed(cloud: &Cloud, mails: &Receiver<Mail>) -> Vec<String> {
    let letters = until("three letters", LATER, async || Some(mails.got()).filter(|got| got.len() > 3)).await;
    let letters = &letters[1..];
    let mut to: Vec<_> = letters.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, PEOPLE.map(|(_, address)| address.to_owned()), "one letter to each person");
    let mut tokens = Vec::new();
    for letter in letters {
        assert!(letter.text.contains("List-Unsubscribe:") && letter.text.contains(TITLE), "{}", letter.text);
        let text = letter.unfolded();
        let link = text.split_whitespace().find(|word| word.starts_with("http")).expect("the letter has a link");
        let manifest = format!("{}/manifest/video.m3u8", link.trim_end_matches("/watch"));
        assert_eq!(cloud.status(&manifest).await, 200, "{link} plays");
        tokens.push(link.split('/').find(|part| part.starts_with("eyJ")).unwrap().to_owned());
    }
    tokens
}

fn token_of(link: &str) -> &str {
    link.split("token=").nth(1).and_then(|rest| rest.split('&').next()).expect("the link has a token")
}
