//! A library of ten thousand recordings in the window: found, shared by keyboard alone, tagged and put in the bin by the
//! hundred.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::standalone::{OF_SATO, Standalone, title};
use crate::support::wait::{LATER, SOON, until_true};
use crate::support::{actions, keyboard};

const RECORDINGS: usize = 10_000;
/// The tag that many recordings get at once.
const TAG: &str = "To be graded";
/// Keys, as `WebDriver` names them.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const CONTROL: &str = "\u{e009}";
const DELETE: &str = "\u{e017}";

/// JavaScript that returns how many recordings the list has, for screen readers too, and how many rows are drawn.
const LIST_SCRIPT: &str = r"
    const list = document.querySelector('[data-testid=recordings-list]');
    if (!list || list.ariaBusy === 'true' || list.getAttribute('aria-busy') === 'true') return null;
    return [Number(list.getAttribute('aria-rowcount')) - 1, list.querySelectorAll('[data-testid=recording-row]').length];
";
/// JavaScript that opens the recording at the cursor by Enter and returns the files of its video that the page asks for, in
/// order, once a part of the video itself is among them.
const ASKED_SCRIPT: &str = r"
    const [, done] = arguments;
    performance.clearResourceTimings();
    const list = document.querySelector('[data-testid=recordings-list]');
    list.focus();
    list.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    const begun = performance.now();
    const look = () => {
        const files = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname.split('/').at(-1));
        const asked = files.filter((file) => /\.(m3u8|m4s)$/.test(file));
        if (asked.some((file) => file.endsWith('.m4s')) || performance.now() - begun > 20000) done(asked);
        else setTimeout(look, 20);
    };
    look();
";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn ten_thousand_recordings_are_found_shared_tagged_and_binned() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let cloud = Standalone::start_without_limits("1").await;
    cloud.fill(RECORDINGS).await;

    let window = cloud.opened_by(Launch::app(&desktop, "large-library")).open().await;
    let page = &window.page;
    page.see("view-today").await;
    page.until("every recording", LATER * 2, async || {
        let desk = page.ask("desk_status", json!({})).await;
        (desk["recordings_total"] == json!(RECORDINGS)).then_some(())
    })
    .await;
    page.press("nav-recordings").await;
    lists(page, RECORDINGS).await;
    shots(page, "list").await;
    page.is_accessible("the list of ten thousand").await;

    search_and_filter(page).await;
    opens_with_enter(page).await;
    share_by_keyboard(&desktop, page, &cloud).await;
    tag_many(page).await;
    bin_and_restore(page).await;
    window.close().await;
}

/// Waits until the list has this many recordings. Only those near the visible part are drawn, however many there are.
async fn lists(page: &Page, count: usize) {
    let shown = page
        .until(&format!("a list of {count}"), LATER, async || {
            let shown = page.run(LIST_SCRIPT).await;
            (shown[0] == json!(count)).then_some(shown)
        })
        .await;
    let drawn = shown[1].as_u64().unwrap();
    assert!(drawn <= 60, "{drawn} rows are drawn");
}

/// Takes a picture at each of the three sizes. Nothing sticks out of the window at any of them.
async fn shots(page: &Page, what: &str) {
    for (width, height) in [(1000, 640), (1920, 1030), (1240, 800)] {
        page.resize(width, height).await;
        page.shot(&format!("{what}-{width}x{height}")).await;
        let too_wide =
            page.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth").await;
        assert_eq!(too_wide, json!(0), "{what}: nothing sticks out at {width} × {height}");
    }
}

/// Searches by typing, and narrows the list by its filters.
async fn search_and_filter(page: &Page) {
    page.type_into("recordings-search", &title(7_042)).await;
    // The index may still read what the first sync brought. The view says so, and looks again.
    page.text_becomes("recording-row", &title(7_042), LATER).await;
    page.until("the whole index", LATER, async || (!page.sees("library-behind").await).then_some(())).await;
    lists(page, 1).await;
    let marked =
        page.run("return document.querySelector('[data-testid=recording-row] mark')?.textContent ?? null").await;
    assert!(!marked.is_null(), "what was found is marked");
    shots(page, "found").await;
    page.type_into("recordings-search", "nothing has these words").await;
    page.see("recordings-no-match").await;
    page.key(ESCAPE).await;
    lists(page, RECORDINGS).await;

    page.choose("filter-instructor", "Y. Sato").await;
    lists(page, OF_SATO).await;
    page.text_becomes("flag-not_shared", &OF_SATO.to_string(), SOON).await;
    page.choose("filter-period", "7").await;
    let narrowed = page
        .until("the classes of a week", SOON, async || {
            let shown = page.run(LIST_SCRIPT).await;
            shown[0].as_u64().filter(|count| *count != OF_SATO as u64)
        })
        .await;
    assert!((1..OF_SATO as u64).contains(&narrowed), "{narrowed} classes of Y. Sato in a week");
    shots(page, "narrowed").await;
    // Back and forward lead through what was shown.
    page.run("history.back()").await;
    lists(page, OF_SATO).await;
    page.press("filters-clear").await;
    lists(page, RECORDINGS).await;
}

/// Enter opens the recording at the cursor, and the page asks for its playlist and at once for a part of the video.
async fn opens_with_enter(page: &Page) {
    let asked = page.run_async(ASKED_SCRIPT, json!(null)).await;
    let asked: Vec<_> = asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(asked.first(), Some(&"video.m3u8"), "{asked:?}");
    let playlists = asked.iter().take_while(|file| file.rsplit('.').next() == Some("m3u8")).count();
    // The playlist of the video, and one for its picture and one for its sound.
    assert!(playlists <= 3 && playlists < asked.len(), "{asked:?}");
    shots(page, "opened").await;
    page.is_accessible("an open recording beside the list").await;
    page.key(ESCAPE).await;
    until_true("the recording to close", SOON, async || !page.sees("recording-detail").await).await;
}

/// While another program has the keyboard, seven presses and a title copy a link that works.
async fn share_by_keyboard(desktop: &Desktop, page: &Page, cloud: &Standalone) {
    keyboard::choose_showing_keys(page).await;
    // From another view, and with the first link, for which the desk makes its signing key.
    page.press("nav-today").await;
    page.see("view-today").await;
    keyboard::send_away(desktop).await;
    let (first, took) = keyboard::share(desktop, page, &title(3_511)).await;
    plays(cloud, &first).await;
    println!("A link by keyboard alone, from another program, with a new signing key: {} ms.", took.as_millis());
    page.see("link-verified").await;
    shots(page, "shared").await;

    let people = cloud.people();
    let made = page.attribute("recording-row", "data-recording-id").await;
    let detail = page.ask("recording_get", json!({ "id": made })).await;
    assert_eq!(detail["recording"]["links_made"], json!(1), "{detail}");
    // A second link takes two requests that are sent together: its test at the player, and a look at who may embed the video.
    people.count("GET", "*/manifest/video.m3u8").await;
    people.count("POST", "*/stream/keys").await;
    keyboard::send_away(desktop).await;
    let (second, took) = keyboard::share(desktop, page, &title(8_260)).await;
    println!("A link by keyboard alone, from another program: {} ms.", took.as_millis());
    assert_eq!(people.counted("POST", "*/stream/keys").await, 0, "the key is there already");
    // The open recording's player reads the same playlist.
    assert!(people.counted("GET", "*/manifest/video.m3u8").await >= 1, "the link was tested before it was copied");
    people.calm().await;
    plays(cloud, &second).await;
    assert_ne!(first, second);
    page.key(ESCAPE).await;
    page.press("recordings-search").await;
    page.key(ESCAPE).await;
    lists(page, RECORDINGS).await;
}

/// Checks that a link on the clipboard plays: the playlist that it leads to is there.
async fn plays(cloud: &Standalone, link: &str) {
    let (prefix, token) = link.trim_end_matches("/watch").rsplit_once('/').expect("the token is a part of the path");
    actions::claims(token);
    assert_eq!(cloud.people().status(&format!("{prefix}/{token}/manifest/video.m3u8")).await, StatusCode::OK);
}

/// Gives a tag to all that the list finds, by keyboard alone, and takes all of it back at once.
async fn tag_many(page: &Page) {
    select_all_of_sato(page).await;
    shots(page, "selected").await;
    page.key("t").await;
    page.type_into("tags-add", TAG).await;
    page.shot("tagging").await;
    page.is_accessible("the dialog for tags").await;
    page.key(ENTER).await;
    until_true("the dialog to close", LATER, async || !page.sees("tag-dialog").await).await;
    page.text_becomes("toast", &format!("{OF_SATO} recordings"), SOON).await;
    let tagged = async || {
        let query = json!({ "search": "", "filter": "all", "limit": 1, "offset": 0, "tags": [TAG] });
        page.ask("recordings_list", json!({ "query": query })).await["total"].as_u64().unwrap()
    };
    assert_eq!(tagged().await, OF_SATO as u64);
    // A part of the selection remains after the tag: it is undone in one step.
    focus_list(page).await;
    page.key(&format!("{CONTROL}z")).await;
    page.until("no tag any more", LATER, async || (tagged().await == 0).then_some(())).await;
    page.key(ESCAPE).await;
}

async fn select_all_of_sato(page: &Page) {
    page.choose("filter-instructor", "Y. Sato").await;
    lists(page, OF_SATO).await;
    focus_list(page).await;
    page.key("x").await;
    page.text_becomes("bulk-bar", "1 selected", SOON).await;
    page.press("select-everything").await;
    page.text_becomes("bulk-bar", &format!("{OF_SATO} selected"), SOON).await;
    focus_list(page).await;
}

async fn focus_list(page: &Page) {
    page.run("document.querySelector('[data-testid=recordings-list]').focus()").await;
}

/// Puts all that the list finds in the bin, looks into the bin, takes one of them out, and then all others at once.
async fn bin_and_restore(page: &Page) {
    select_all_of_sato(page).await;
    page.key(DELETE).await;
    page.text_becomes("toast", "In the bin", LATER).await;
    page.until("the empty list", LATER, async || page.sees("recordings-no-match").await.then_some(())).await;
    page.press("filter-bin").await;
    page.see_within("bin-row", LATER).await;
    page.text_becomes("filter-bin", &OF_SATO.to_string(), SOON).await;
    shots(page, "bin").await;
    page.is_accessible("the bin").await;
    page.press("bin-restore").await;
    page.text_becomes("filter-bin", &(OF_SATO - 1).to_string(), LATER).await;
    page.key(&format!("{CONTROL}z")).await;
    page.text_becomes("filter-bin", "0", LATER).await;
    page.see("bin-empty").await;
    page.press("filter-all").await;
    page.press("filters-clear").await;
    lists(page, RECORDINGS).await;
}
