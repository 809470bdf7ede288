//! The pages people see in a browser: the practice room and the player.
//!
//! All scripts and styles are files of their own, so the pages need no exception in their content security policies,
//! and nothing is asked of any other host. Values are put into a page as escaped text only.

const ROOM: &str = include_str!("pages/room.html");
const WATCH: &str = include_str!("pages/watch.html");

/// What the practice room may load and do. It repeats the page's own policy and adds what only a header can say.
pub const ROOM_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The files the pages ask for, under `/assets/`.
const ASSETS: [(&str, &str, &[u8]); 9] = [
    ("base.css", CSS, include_bytes!("pages/base.css")),
    ("room.css", CSS, include_bytes!("pages/room.css")),
    ("watch.css", CSS, include_bytes!("pages/watch.css")),
    ("room.js", SCRIPT, include_bytes!("pages/room.js")),
    ("connection.js", SCRIPT, include_bytes!("pages/connection.js")),
    ("camera.js", SCRIPT, include_bytes!("pages/camera.js")),
    ("watch.js", SCRIPT, include_bytes!("pages/watch.js")),
    ("hls.js", SCRIPT, include_bytes!("pages/vendor/hls.light.min.js")),
    ("mark.svg", "image/svg+xml", include_bytes!("pages/mark.svg")),
];

/// What the player page may load and from where; its own `meta` element says the same.
pub const PLAYER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:; \
    connect-src 'self' http: https:; media-src 'self' blob: http: https:; base-uri 'none'; form-action 'none'";

/// Captions the player offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The language as a BCP 47 tag.
    pub language: String,
    /// The language as a viewer reads it.
    pub label: String,
    /// Where the file with them is.
    pub url: String,
}

/// What the player page is to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchPage {
    /// The words above the picture.
    pub title: String,
    /// Where the HLS playlist is.
    pub manifest_url: String,
    /// The picture that is shown until it plays.
    pub poster_url: Option<String>,
    /// Captions in several languages.
    pub tracks: Vec<Track>,
}

/// The practice room. The token is in the fragment of the page's address, which no server sees.
#[must_use]
pub fn room() -> &'static str {
    ROOM
}

/// The player, by itself or in a frame of another page.
#[must_use]
pub fn watch(page: &WatchPage) -> String {
    let poster = page.poster_url.as_deref().map_or_else(String::new, |url| format!("poster=\"{}\"", escaped(url)));
    let tracks: String = page.tracks.iter().map(track).collect();
    let (title, manifest) = (escaped(&page.title), escaped(&page.manifest_url));
    filled(WATCH, &[("title", &title), ("manifest", &manifest), ("poster", &poster), ("tracks", &tracks)])
}

fn track(track: &Track) -> String {
    let [language, label, url] = [&track.language, &track.label, &track.url].map(|text| escaped(text));
    format!("<track kind=\"captions\" srclang=\"{language}\" label=\"{label}\" src=\"{url}\">")
}

/// A file the pages ask for: its media type and its bytes. `path` is what follows `/assets/`.
#[must_use]
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    ASSETS.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes))
}

/// Puts values where the template says `{{name}}`, in one pass: a value is never looked at as a template.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() + 512);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Text as it may stand in HTML, between tags or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, poster_url: Option<&str>) -> String {
        watch(&WatchPage {
            title: title.to_owned(),
            manifest_url: "http://127.0.0.1:1/a.b.c/manifest/video.m3u8?a=1&b=\"2\"".to_owned(),
            poster_url: poster_url.map(str::to_owned),
            tracks: vec![Track { language: "de".into(), label: "<Deutsch>".into(), url: "/v.vtt".into() }],
        })
    }

    #[test]
    fn a_title_is_text_whatever_it_says() {
        let page = page("<img src=x onerror=alert(1)> & {{manifest}} 'x'", None);
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; {{manifest}} &#39;x&#39;"));
        assert!(!page.contains("<img"));
        assert!(
            page.contains("data-manifest=\"http://127.0.0.1:1/a.b.c/manifest/video.m3u8?a=1&amp;b=&quot;2&quot;\"")
        );
        assert!(!page.contains("poster="));
    }

    #[test]
    fn captions_are_offered_and_the_policy_is_the_one_of_the_header() {
        let page = page("Kata", None);
        assert!(page.contains("<track kind=\"captions\" srclang=\"de\" label=\"&lt;Deutsch&gt;\" src=\"/v.vtt\">"));
        assert!(page.contains(&format!("content=\"{PLAYER_POLICY}\"")));
    }

    #[test]
    fn a_poster_is_shown_when_there_is_one() {
        assert!(
            page("Kata", Some("http://127.0.0.1:1/t.jpg?a=1&b=2"))
                .contains("poster=\"http://127.0.0.1:1/t.jpg?a=1&amp;b=2\"")
        );
    }

    #[test]
    fn pages_ask_for_nothing_that_is_not_there_and_nothing_from_elsewhere() {
        for page in [room().to_owned(), page("Kata", None)] {
            for asked in page.split(['"', '\'']).filter(|text| text.starts_with("/assets/")) {
                assert!(asset(asked.trim_start_matches("/assets/")).is_some(), "{asked} is not there");
            }
            assert!(page.matches("/assets/").count() >= 4);
            assert!(!page.replace("http://127.0.0.1:1/", "").contains("//"), "something is asked of another host");
            assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"));
            let bare_scripts = page.split("<script").skip(1).filter(|script| !script.contains("src=\"/assets/"));
            assert_eq!(bare_scripts.count(), 0, "a script is written into the page");
        }
        assert_eq!(asset("../pages.rs"), None);
        assert_eq!(asset(""), None);
    }

    #[test]
    fn imports_of_scripts_are_served() {
        for (_, _, bytes) in ASSETS.iter().filter(|(name, kind, _)| *kind == SCRIPT && *name != "hls.js") {
            let script = std::str::from_utf8(bytes).unwrap();
            for import in script.lines().filter_map(|line| line.split_once(" from \"./")) {
                let name = import.1.trim_end_matches("\";");
                assert!(asset(name).is_some(), "{name} is not served");
            }
        }
    }
}
