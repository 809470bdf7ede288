//! The join page as Hajime publishes it: its files, the headers that it is served with, its version, and its name below `workers.dev`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::domain::ids::AccountId;
use crate::domain::profile::door::DoorCode;

/// The name of the Worker that serves the page.
pub const WORKER: &str = "hajime-join";
/// The path of the page itself.
pub const INDEX: &str = "/index.html";
/// The file that tells which version is published. Publishing adds it to the files of the page.
pub const VERSION_FILE: &str = "/version.json";
/// The largest file that Workers serves (Workers docs, “Static assets”, limits).
pub const FILE_MAX_BYTES: usize = 25 * 1024 * 1024;

/// The content security policy of the published page: its own scripts, and connections to RealtimeKit's servers.
///
/// It is the policy in the page's `meta` element, and what only a header can say: that no page may show it in a frame.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data: blob: https:; media-src 'self' blob: mediastream: https:; \
    connect-src 'self' https: wss:; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Files that configure the site and are no part of it (Workers docs, “Static assets”, `_headers`).
const NOT_SERVED: [&str; 3] = ["/_headers", "/_redirects", "/.assetsignore"];
/// How many digits of a hash are used: Workers takes 32 (Workers docs, “Direct uploads”).
const HASH_DIGITS: usize = 32;
/// How many digits tell two contents of the page apart.
const CONTENT_DIGITS: usize = 16;
/// The longest version of Hajime that is read.
const VERSION_MAX: usize = 32;

/// The text of `_headers`: what every file of the page is served with.
#[must_use]
pub fn headers() -> String {
    let allowed = ["camera", "microphone", "display-capture", "fullscreen", "autoplay"];
    let refused = ["geolocation", "payment", "usb", "serial", "bluetooth", "hid"];
    let allowed = allowed.iter().map(|name| format!("{name}=(self)"));
    let refused = refused.iter().map(|name| format!("{name}=()"));
    let permissions = allowed.chain(refused).collect::<Vec<_>>().join(", ");
    format!(
        "/*\n  Content-Security-Policy: {POLICY}\n  Permissions-Policy: {permissions}\n  X-Frame-Options: DENY\n  \
         X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n  X-Robots-Tag: noindex\n"
    )
}

/// One file of the page.
#[derive(Clone, PartialEq, Eq)]
pub struct PageFile {
    /// Its path on the site, from the slash at its beginning.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    hash: String,
}

impl fmt::Debug for PageFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageFile({}, {} bytes)", self.path, self.bytes.len())
    }
}

impl PageFile {
    /// A file by its path on the site.
    #[must_use]
    pub fn new(path: String, bytes: Vec<u8>) -> Self {
        let parts = [
            bytes.as_slice(),
            "\0".as_bytes(),
            extension(&path).as_bytes(),
            "\0".as_bytes(),
            media_type(&path).as_bytes(),
        ];
        Self { hash: digits(&parts, HASH_DIGITS), path, bytes }
    }

    /// The key under which Workers keeps the file. Two files have one key only if they are served alike: Workers keeps the media type with
    /// the key and does not change it later.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The media type that it is served with.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        media_type(&self.path)
    }
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn media_type(path: &str) -> &'static str {
    match extension(path) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// The files of the page, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinPage {
    files: Vec<PageFile>,
    version: PageVersion,
    door: Option<DoorCode>,
}

/// Why files are not a join page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPage {
    /// The page itself is missing.
    #[error("there is no index.html")]
    NoIndex,
    /// Workers does not serve a file of this size.
    #[error("{path} is larger than 25 MiB")]
    TooLarge {
        /// Its path on the site.
        path: String,
    },
}

impl JoinPage {
    /// The page of this version of Hajime, from files by their paths below the folder of the page.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, NotAPage> {
        Self::with_door(files, None)
    }

    /// The page with the door that is published behind it.
    pub fn with_door(
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        door: Option<DoorCode>,
    ) -> Result<Self, NotAPage> {
        let by_path: BTreeMap<String, Vec<u8>> = files
            .into_iter()
            .map(|(path, bytes)| (format!("/{}", path.replace('\\', "/").trim_start_matches('/')), bytes))
            .filter(|(path, _)| !NOT_SERVED.contains(&path.as_str()) && path != VERSION_FILE)
            .collect();
        let mut files: Vec<PageFile> = by_path.into_iter().map(|(path, bytes)| PageFile::new(path, bytes)).collect();
        if let Some(large) = files.iter().find(|file| file.bytes.len() > FILE_MAX_BYTES) {
            return Err(NotAPage::TooLarge { path: large.path.clone() });
        }
        if !files.iter().any(|file| file.path == INDEX) {
            return Err(NotAPage::NoIndex);
        }
        let mut content: Vec<String> = files.iter().map(|file| format!("{} {}\n", file.path, file.hash())).collect();
        content.push(headers());
        content.extend(door.iter().flat_map(|door| [&door.module].into_iter().chain(&door.schema)).cloned());
        let version = PageVersion {
            hajime: env!("CARGO_PKG_VERSION").to_owned(),
            content: digits(&content.iter().map(String::as_bytes).collect::<Vec<_>>(), CONTENT_DIGITS),
        };
        files.push(PageFile::new(VERSION_FILE.to_owned(), version.written()));
        Ok(Self { files, version, door })
    }

    /// Every file, the one that tells the version included.
    #[must_use]
    pub fn files(&self) -> &[PageFile] {
        &self.files
    }

    /// The page itself.
    #[must_use]
    pub fn index(&self) -> &[u8] {
        self.files.iter().find(|file| file.path == INDEX).map_or(&[], |file| &file.bytes)
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &PageVersion {
        &self.version
    }

    /// The code of the door behind it; `None` in a build without one.
    #[must_use]
    pub fn door(&self) -> Option<&DoorCode> {
        self.door.as_ref()
    }
}

/// The version of a published page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVersion {
    /// The version of Hajime that published it, such as `1.8.0`.
    pub hajime: String,
    /// The beginning of a hash of its files and headers. Two pages with the same content are the same page.
    pub content: String,
}

impl PageVersion {
    /// The content of [`VERSION_FILE`].
    fn written(&self) -> Vec<u8> {
        let text = json!({ "page": WORKER, "hajime": self.hajime, "content": self.content });
        format!("{text}\n").into_bytes()
    }

    /// Reads what an address answers for [`VERSION_FILE`]; `None` when it is not ours.
    #[must_use]
    pub fn read(answer: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Written {
            page: String,
            hajime: String,
            content: String,
        }
        let Written { page, hajime, content } = serde_json::from_slice(answer).ok()?;
        let is_version = |text: &str| {
            (1..=VERSION_MAX).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
        };
        let is_content = content.len() == CONTENT_DIGITS && content.bytes().all(|byte| byte.is_ascii_hexdigit());
        (page == WORKER && is_version(&hajime) && is_content).then_some(Self { hajime, content })
    }

    /// Whether the version of Hajime that published it is later than another.
    #[must_use]
    pub fn is_later_than(&self, other: &Self) -> bool {
        numbers(&self.hajime).cmp(&numbers(&other.hajime)) == Ordering::Greater
    }
}

/// The numbers of a version, without what follows a dash.
fn numbers(version: &str) -> Vec<u64> {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    numbers.split('.').map(|number| number.parse().unwrap_or(0)).collect()
}

/// What this desk remembers of its publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The version that was published, or that was to be.
    pub version: PageVersion,
    /// When it began.
    pub at: DateTime<Utc>,
}

/// A name below `workers.dev`. An account has one, and all its Workers share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName(String);

/// A text that is no name below `workers.dev`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a name below workers.dev")]
pub struct NotASiteName(String);

impl SiteName {
    const MAX: usize = 63;

    /// The name as it stands in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name to begin with. The digits of the account keep two associations from wanting the same one.
    #[must_use]
    pub fn suggested(account: &AccountId) -> Self {
        Self(format!("dojo-{}", account.as_str().get(..6).unwrap_or_default()))
    }

    /// Names to try where this one is taken, the nicest first.
    #[must_use]
    pub fn alternatives(&self, account: &AccountId) -> Vec<Self> {
        let digits = account.as_str().get(..6).unwrap_or_default();
        let with = |ending: &str| format!("{}-{ending}", self.0).parse().ok();
        ["dojo", "classes", digits].into_iter().filter_map(with).chain([Self::suggested(account)]).collect()
    }
}

impl FromStr for SiteName {
    type Err = NotASiteName;

    fn from_str(text: &str) -> Result<Self, NotASiteName> {
        let name = text.trim().to_ascii_lowercase();
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = name.as_bytes();
        let sound = bytes.len() <= Self::MAX
            && bytes.iter().all(|byte| word(Some(byte)) || *byte == b'-')
            && word(bytes.first())
            && word(bytes.last());
        if sound { Ok(Self(name)) } else { Err(NotASiteName(text.chars().take(Self::MAX).collect())) }
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The beginning of the SHA-256 of parts that follow each other.
fn digits(parts: &[&[u8]], count: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    format!("{:x}", hash.finalize()).chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(files: &[(&str, &str)]) -> Result<JoinPage, NotAPage> {
        JoinPage::new(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
    }

    #[test]
    fn a_page_has_a_version_file_and_none_of_the_files_that_configure_the_site() {
        let page = page(&[("index.html", "<h1>"), ("assets/join.js", "1"), ("_headers", "/*"), (".assetsignore", "x")]);
        let page = page.unwrap();
        let paths: Vec<&str> = page.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["/assets/join.js", "/index.html", "/version.json"]);
        let told = PageVersion::read(&page.files().last().unwrap().bytes);
        assert_eq!(told.as_ref(), Some(page.version()));
    }

    #[test]
    fn another_file_name_or_content_is_another_version() {
        let content = |files: &[(&str, &str)]| page(files).unwrap().version().content.clone();
        let first = content(&[("index.html", "a"), ("b.js", "c")]);
        assert_eq!(first, content(&[("b.js", "c"), ("index.html", "a")]));
        assert_ne!(first, content(&[("index.html", "a"), ("b.js", "d")]));
        assert_ne!(first, content(&[("index.html", "a"), ("c.js", "c")]));
        let files = [("index.html".to_owned(), b"a".to_vec()), ("b.js".to_owned(), b"c".to_vec())];
        let with = |module| JoinPage::with_door(files.clone(), Some(DoorCode::new(module, "CREATE TABLE a (b);")));
        let with = |module| with(module).unwrap().version().content.clone();
        assert_ne!(first, with("export default {};"));
        assert_ne!(with("export default {};"), with("export default 1;"));
    }

    #[test]
    fn files_without_the_page_are_no_join_page() {
        assert_eq!(page(&[("assets/join.js", "1")]), Err(NotAPage::NoIndex));
        assert_eq!(page(&[]), Err(NotAPage::NoIndex));
    }

    #[test]
    fn two_equal_files_of_different_types_have_different_keys() {
        let key = |path: &str| PageFile::new(path.into(), b"same".to_vec()).hash().to_owned();
        assert_ne!(key("/a.js"), key("/a.css"));
        assert_eq!(key("/a.js"), key("/b.js"));
        assert_eq!(key("/a.js").len(), 32);
    }

    #[test]
    fn what_another_page_answers_is_no_version() {
        for answer in [
            "",
            "<html>",
            "{}",
            r#"{"page":"other","hajime":"1.0.0","content":"0123456789abcdef"}"#,
            r#"{"page":"hajime-join","hajime":"<b>1</b>","content":"0123456789abcdef"}"#,
            r#"{"page":"hajime-join","hajime":"1.0.0","content":"short"}"#,
        ] {
            assert_eq!(PageVersion::read(answer.as_bytes()), None, "{answer}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |hajime: &str| PageVersion { hajime: hajime.into(), content: String::new() };
        assert!(version("1.10.0").is_later_than(&version("1.9.3")));
        assert!(!version("1.9.0").is_later_than(&version("1.9.0")));
        assert!(!version("1.9.0-beta").is_later_than(&version("1.9.0")));
        assert!(!version("odd").is_later_than(&version("0.1.0")));
    }

    #[test]
    fn a_site_name_has_small_letters_digits_and_dashes_inside() {
        assert_eq!("Harbour-Dojo ".parse::<SiteName>().unwrap().as_str(), "harbour-dojo");
        for bad in ["", "-a", "a-", "a.b", "a_b", "ü", "a/b", &"a".repeat(64)] {
            assert!(bad.parse::<SiteName>().is_err(), "{bad}");
        }
        let account: AccountId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(SiteName::suggested(&account).as_str(), "dojo-012345");
        let long: SiteName = "a".repeat(63).parse().unwrap();
        assert_eq!(long.alternatives(&account), [SiteName::suggested(&account)]);
    }

    #[test]
    fn every_header_fits_on_a_line_that_workers_accepts() {
        assert!(headers().lines().all(|line| line.len() <= 2_000));
        assert!(headers().contains("frame-ancestors 'none'") && headers().contains("camera=(self)"));
    }
}
