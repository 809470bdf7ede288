//! The two web pages, the practice room and the player, and the two scripts that stand in for RealtimeKit in a join page.
//!
//! All scripts and styles are separate files, so that the content security policies need no exceptions. The pages load
//! nothing from other hosts. Values are inserted as escaped text only.

const ROOM_PAGE: &str = include_str!("pages/room.html");
const WATCH_PAGE: &str = include_str!("pages/watch.html");

/// The content security policy of the practice room: the policy of its `meta` element, and `frame-ancestors`, which
/// only a header can set.
pub const ROOM_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The files below `/assets/`: name, media type, content.
const ASSETS: [(&str, &str, &[u8]); 11] = [
    ("base.css", CSS, include_bytes!("pages/base.css")),
    ("room.css", CSS, include_bytes!("pages/room.css")),
    ("watch.css", CSS, include_bytes!("pages/watch.css")),
    ("room.js", SCRIPT, include_bytes!("pages/room.js")),
    ("connection.js", SCRIPT, include_bytes!("pages/connection.js")),
    ("camera.js", SCRIPT, include_bytes!("pages/camera.js")),
    ("watch.js", SCRIPT, include_bytes!("pages/watch.js")),
    ("hls.js", SCRIPT, include_bytes!("pages/vendor/hls.light.min.js")),
    ("realtimekit.js", SCRIPT, include_bytes!("pages/realtimekit.js")),
    ("realtimekit-ui.js", SCRIPT, include_bytes!("pages/realtimekit-ui.js")),
    ("mark.svg", "image/svg+xml", include_bytes!("pages/mark.svg")),
];

/// The content security policy of the player page, equal to its `meta` element.
pub const PLAYER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:; \
    connect-src 'self' http: https:; media-src 'self' blob: http: https:; base-uri 'none'; form-action 'none'";

/// Captions that the player offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The language as a BCP 47 tag.
    pub language: String,
    /// The language's name for viewers.
    pub label: String,
    /// The URL of the `WebVTT` file.
    pub url: String,
}

/// The values that are inserted into a player page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchPage {
    /// The heading above the picture.
    pub title: String,
    /// The URL of the HLS playlist.
    pub manifest_url: String,
    /// The URL of the picture shown before playback.
    pub poster_url: Option<String>,
    /// The captions, one entry per language.
    pub tracks: Vec<Track>,
}

/// The practice room page. It reads the token from the fragment of its URL, which is never sent to the server.
#[must_use]
pub fn room() -> &'static str {
    ROOM_PAGE
}

/// The player page, for a tab or for a frame in another page.
#[must_use]
pub fn watch(page: &WatchPage) -> String {
    let poster = page.poster_url.as_deref().map_or_else(String::new, |url| format!("poster=\"{}\"", escape(url)));
    let tracks: String = page.tracks.iter().map(track).collect();
    let (title, manifest) = (escape(&page.title), escape(&page.manifest_url));
    fill_template(WATCH_PAGE, &[("title", &title), ("manifest", &manifest), ("poster", &poster), ("tracks", &tracks)])
}

fn track(track: &Track) -> String {
    let [language, label, url] = [&track.language, &track.label, &track.url].map(|text| escape(text));
    format!("<track kind=\"captions\" srclang=\"{language}\" label=\"{label}\" src=\"{url}\">")
}

/// Returns the media type and content of a file below `/assets/`; `None` for an unknown path.
#[must_use]
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    ASSETS.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes))
}

/// Replaces each `{{name}}` in a template. Inserted values are not searched for names.
fn fill_template(template: &str, values: &[(&str, &str)]) -> String {
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

/// Escapes text for HTML, between tags and in quoted attributes.
fn escape(text: &str) -> String {
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
    fn html_in_a_title_and_in_a_manifest_url_is_escaped() {
        let page = page("<img src=x onerror=alert(1)> & {{manifest}} 'x'", None);
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; {{manifest}} &#39;x&#39;"));
        assert!(!page.contains("<img"));
        assert!(
            page.contains("data-manifest=\"http://127.0.0.1:1/a.b.c/manifest/video.m3u8?a=1&amp;b=&quot;2&quot;\"")
        );
        assert!(!page.contains("poster="));
    }

    #[test]
    fn the_player_offers_captions_and_repeats_the_policy_of_the_header() {
        let page = page("Kata", None);
        assert!(page.contains("<track kind=\"captions\" srclang=\"de\" label=\"&lt;Deutsch&gt;\" src=\"/v.vtt\">"));
        assert!(page.contains(&format!("content=\"{PLAYER_POLICY}\"")));
    }

    #[test]
    fn a_poster_url_becomes_the_poster() {
        assert!(
            page("Kata", Some("http://127.0.0.1:1/t.jpg?a=1&b=2"))
                .contains("poster=\"http://127.0.0.1:1/t.jpg?a=1&amp;b=2\"")
        );
    }

    #[test]
    fn pages_load_only_files_that_exist_on_the_same_host() {
        for page in [room().to_owned(), page("Kata", None)] {
            for path in page.split(['"', '\'']).filter(|text| text.starts_with("/assets/")) {
                assert!(asset(path.trim_start_matches("/assets/")).is_some(), "{path} is not served");
            }
            assert!(page.matches("/assets/").count() >= 4);
            assert!(
                !page.replace("http://127.0.0.1:1/", "").contains("//"),
                "the page loads something from another host"
            );
            assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"));
            let bare_scripts = page.split("<script").skip(1).filter(|script| !script.contains("src=\"/assets/"));
            assert_eq!(bare_scripts.count(), 0, "the page holds an inline script");
        }
        assert_eq!(asset("../pages.rs"), None);
        assert_eq!(asset(""), None);
    }

    #[test]
    fn every_script_that_a_script_imports_is_served() {
        for (_, _, bytes) in ASSETS.iter().filter(|(name, kind, _)| *kind == SCRIPT && *name != "hls.js") {
            let script = std::str::from_utf8(bytes).unwrap();
            for import in script.lines().filter_map(|line| line.split_once(" from \"./")) {
                let name = import.1.trim_end_matches("\";");
                assert!(asset(name).is_some(), "{name} is not served");
            }
        }
    }
}
