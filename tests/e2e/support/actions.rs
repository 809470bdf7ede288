//! A person's actions in the window. Each action waits until the window shows its result.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::desktop::Desktop;
use super::page::Page;
use super::wait::{LATER, SOON, until, until_true};

/// JavaScript that finds the list entry with a title and returns the id on its button.
const ID_BESIDE_TITLE_SCRIPT: &str = r"
    const { testid, attribute, title } = arguments[0];
    for (const button of document.querySelectorAll(`[data-testid='${testid}']`)) {
        for (let box = button; box && box.tagName !== 'MAIN'; box = box.parentElement) {
            const others = box.querySelectorAll(`[data-testid='${testid}']`).length;
            if (others > 1) break;
            if (box.innerText.includes(title)) return button.getAttribute(attribute);
        }
    }
    return null;
";

/// JavaScript that returns the date and time two hours from now in the window's time zone.
const IN_TWO_HOURS_SCRIPT: &str = r"
    const two = (number) => String(number).padStart(2, '0');
    const now = new Date();
    const then = new Date(now.getTime() + 2 * 3600 * 1000);
    const date = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
    return [date, `${two(then.getHours())}:00`];
";

/// JavaScript that returns the colour in the corner of the player's current frame, once the frame shows a picture.
const CORNER_COLOUR_SCRIPT: &str = r"
    const player = document.querySelector('[data-testid=player]');
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const brush = canvas.getContext('2d');
    brush.drawImage(player, 0, 0, 64, 36);
    const points = brush.getImageData(0, 0, 64, 36).data;
    const colours = new Set(new Uint32Array(points.buffer)).size;
    return colours > 8 ? [...points.slice(0, 3)] : null;
";

/// What a person types into the form of a session.
pub(crate) struct Plan<'text> {
    pub(crate) title: &'text str,
    pub(crate) instructor: &'text str,
    pub(crate) max_participants: usize,
}

impl<'text> Plan<'text> {
    /// A plan for a session of 20 participants with this title.
    pub(crate) fn titled(title: &'text str) -> Self {
        Self { title, instructor: "M. Ito", max_participants: 20 }
    }
}

/// Fills in the form of a new session and leaves it open.
pub(crate) async fn fill_in(page: &Page, plan: &Plan<'_>) {
    page.press("nav-schedule").await;
    page.press("new-session").await;
    page.type_into("field-title", plan.title).await;
    page.type_into("field-instructor", plan.instructor).await;
    let start = page.run(IN_TWO_HOURS_SCRIPT).await;
    page.choose("field-date", start[0].as_str().unwrap()).await;
    page.choose("field-time", start[1].as_str().unwrap()).await;
    page.choose("field-length", "60").await;
    page.choose("field-max", &plan.max_participants.to_string()).await;
}

/// Schedules a session and returns its id.
pub(crate) async fn schedule(page: &Page, plan: &Plan<'_>) -> String {
    fill_in(page, plan).await;
    save(page, plan.title).await
}

/// Saves the form of a session, waits until the week shows the session, and returns its id.
pub(crate) async fn save(page: &Page, title: &str) -> String {
    page.press("save-session").await;
    show_week(page).await;
    let question = json!({ "testid": "schedule-event", "attribute": "data-session-id", "title": title });
    until(&format!("“{title}” in the week"), SOON, async || {
        page.run_with(ID_BESIDE_TITLE_SCRIPT, question.clone()).await.as_str().map(str::to_owned)
    })
    .await
}

/// Shows the week that holds the sessions of these tests: this week, or the next one late on the last day of the week.
async fn show_week(page: &Page) {
    page.press("nav-schedule").await;
    page.press("this-week").await;
    page.see("week").await;
    let start = page.run(IN_TWO_HOURS_SCRIPT).await;
    let day = format!(r#"[data-day="{}"]"#, start[0].as_str().unwrap());
    if page.run_with("return document.querySelector(arguments[0]) === null", json!(day)).await == json!(true) {
        page.press("next-week").await;
    }
}

/// Opens the details of a session in the week.
pub(crate) async fn open_session(page: &Page, session: &str) {
    show_week(page).await;
    page.press_css(&format!(r#"[data-testid="schedule-event"][data-session-id="{session}"]"#)).await;
    page.see("event-details").await;
}

/// Starts a session, waits for the live card, and returns the room that the browser opened.
pub(crate) async fn start(desktop: &Desktop, page: &Page, cloud: &Cloud, session: &str) -> Room {
    let before = desktop.opened_addresses().len();
    press_start(page, session).await;
    let opened =
        until("the join page in the browser", SOON, async || desktop.opened_addresses().get(before).cloned()).await;
    Room::behind(cloud, &opened).await
}

/// Starts a session and waits for the live card.
pub(crate) async fn press_start(page: &Page, session: &str) {
    open_session(page, session).await;
    page.press_css(&format!(r#"[data-testid="start-session"][data-session-id="{session}"]"#)).await;
    // The session starts in two hours, so its early start needs a confirmation.
    page.press("confirm-early").await;
    page.see_within("live-card", LATER).await;
}

/// Lets two people in and waits until the window proves that they are recorded.
pub(crate) async fn record(page: &Page, cloud: &Cloud, room: &Room) {
    cloud.join(&room.id, "Aiko").await;
    cloud.join(&room.id, "Ben").await;
    page.attribute_becomes("live-proof", "data-state", "recording", LATER).await;
}

/// Ends the live session.
pub(crate) async fn end(page: &Page) {
    page.press("end-session").await;
    page.press("confirm-end").await;
    page.see_within("on-its-way", LATER).await;
}

/// Ends the live session, in which nobody took part: it leaves no recording.
pub(crate) async fn end_empty(page: &Page) {
    // Nobody has to be asked: the room is empty.
    page.press("end-session").await;
    until_true("the live card to go", LATER, async || !page.sees("live-card").await).await;
}

/// Opens the list of recordings and waits until its only recording has `status`.
pub(crate) async fn recording_becomes(page: &Page, status: &str) -> String {
    page.press("nav-recordings").await;
    page.attribute_becomes("recording-row", "data-status", status, LATER).await;
    page.attribute("recording-row", "data-recording-id").await
}

/// Starts the player and waits until it plays and its picture is visible on the screen.
pub(crate) async fn watch(desktop: &Desktop, page: &Page) {
    page.press("recording-row").await;
    page.see_within("player", SOON).await;
    // The script presses play, which changes nothing when the app has already started the player.
    page.run(
        "const player = document.querySelector('[data-testid=player]'); player.muted = true; player.play().catch(() => {});",
    )
    .await;
    page.until("the recording to play", LATER, async || {
        let now = page.run("return document.querySelector('[data-testid=player]')?.currentTime ?? 0").await;
        (now.as_f64()? > 0.5).then_some(())
    })
    .await;
    page.until("a picture on the screen", SOON, async || {
        let corner = page.run(CORNER_COLOUR_SCRIPT).await;
        let part = |index: usize| u8::try_from(corner[index].as_u64()?).ok();
        let colour = [part(0)?, part(1)?, part(2)?];
        (desktop.points_coloured(colour) > 5_000).then_some(())
    })
    .await;
}

/// A room, read from the link that leads to it.
pub(crate) struct Room {
    /// The id of the RealtimeKit meeting.
    pub(crate) id: String,
    /// The host's token, which no guest may see.
    pub(crate) token: String,
}

impl Room {
    /// Follows a one-time address to the room, and checks that the token is only in the fragment of the address.
    pub(crate) async fn behind(cloud: &Cloud, opened: &str) -> Self {
        assert!(!opened.contains("eyJ"), "the address on the browser's command line carries no token");
        let location = cloud.redirect(opened).await.expect("the one-time address leads somewhere");
        assert!(cloud.redirect(opened).await.is_none(), "a one-time address works once");
        Self::at(&location)
    }

    /// Reads the room from a link.
    pub(crate) fn at(link: &str) -> Self {
        let (address, fragment) = link.split_once('#').expect("the link has a fragment");
        assert!(!address.contains('?') && !address.contains("eyJ"), "the token is in the fragment alone: {address}");
        let token =
            fragment.split('&').find_map(|part| part.strip_prefix("token=")).expect("the fragment carries the token");
        let claims = claims(token);
        let id = claims["meetingId"].as_str().expect("the token names its meeting").to_owned();
        Self { id, token: token.to_owned() }
    }
}

/// Returns the claims of a JSON Web Token without checking its signature.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}
