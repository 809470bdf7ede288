//! Workers with static assets: scripts, the files they serve, and the accounts' names below `workers.dev`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::table::Object;
use crate::clock::Moment;

/// How the paths of HTML files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HtmlHandling {
    /// A file without a slash at the end, a folder with one.
    #[default]
    AutoTrailingSlash,
    /// Always with a slash.
    ForceTrailingSlash,
    /// Never with a slash.
    DropTrailingSlash,
    /// As the file is named.
    None,
}

/// What is served for a path without a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotFoundHandling {
    /// Nothing.
    #[default]
    None,
    /// `/404.html` with status 404.
    #[serde(rename = "404-page")]
    Page,
    /// `/index.html` with status 200.
    SinglePageApplication,
}

/// Which paths go to a script's code before its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RunFirst {
    /// All of them, or none.
    Always(bool),
    /// Those that a pattern names, in which `*` stands for anything.
    Paths(Vec<String>),
}

impl Default for RunFirst {
    fn default() -> Self {
        Self::Always(false)
    }
}

/// The code of a script: its main module, and what it may use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Code {
    pub module: String,
    pub bindings: Vec<Binding>,
}

/// Something that a script's code may use, by the name that it has there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Binding {
    /// The files of the script.
    Assets { name: String },
    /// A D1 database.
    Database { name: String, id: String },
    /// A text that everybody may read.
    Text { name: String, text: String },
    /// A secret: its SHA-256. The secret itself is in memory only.
    Secret { name: String, hash: String },
    /// A brake: so many requests in a window of so many seconds.
    RateLimit { name: String, namespace: String, limit: u32, period: u32 },
}

/// The `assets.config` of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AssetsConfig {
    pub html_handling: HtmlHandling,
    pub not_found_handling: NotFoundHandling,
    pub run_worker_first: RunFirst,
    /// The text of `_headers`.
    #[serde(rename = "_headers")]
    pub headers: String,
}

/// A script with its deployed version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Worker {
    /// See [`Worker::key`].
    pub id: String,
    /// The id of the account.
    pub account: String,
    pub name: String,
    pub created: Moment,
    pub modified: Moment,
    /// The id of the version that is served.
    pub deployment: String,
    /// The hash of each file by its path on the site.
    pub files: BTreeMap<String, String>,
    pub config: AssetsConfig,
    /// Whether it is served below `workers.dev`.
    pub enabled: bool,
    pub previews_enabled: bool,
    #[serde(default)]
    pub code: Option<Code>,
}

/// A file as it was uploaded, by its hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asset {
    /// See [`Asset::key`].
    pub id: String,
    /// The media type that it is served with.
    pub media_type: Option<String>,
    /// The content as base64.
    pub content: String,
}

/// An account's name below `workers.dev`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkersSubdomain {
    pub name: String,
    /// The id of the account.
    pub account: String,
}

/// A hostname that shows a script.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomDomain {
    /// The id of the attachment.
    pub id: String,
    pub hostname: String,
    /// The name and the id of the hostname's zone.
    pub zone: String,
    pub zone_id: String,
    /// The id of the account.
    pub account: String,
    /// The script that it shows.
    pub service: String,
}

/// An upload session. It is not saved.
#[derive(Debug, Clone)]
pub struct AssetsSession {
    /// The id of the account.
    pub account: String,
    pub script: String,
    /// The hash of each file by its path on the site.
    pub files: BTreeMap<String, String>,
    /// The hashes that its token may upload.
    pub opened: BTreeSet<String>,
    /// Those of them that were not uploaded yet.
    pub missing: BTreeSet<String>,
    /// The token with which a version is made of the files.
    pub completion: String,
    /// When both tokens expire, by the verification clock.
    pub expires: Moment,
}

impl Object for Worker {
    const KIND: &'static str = "worker";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for Asset {
    const KIND: &'static str = "worker_asset";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for CustomDomain {
    const KIND: &'static str = "worker_domain";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for WorkersSubdomain {
    const KIND: &'static str = "workers_subdomain";
    fn id(&self) -> &str {
        &self.name
    }
}

impl Worker {
    /// The id of a script: names are unique within an account.
    pub fn key(account: &str, name: &str) -> String {
        format!("{account}/{name}")
    }

    /// Whether a path goes to the script's code before its files.
    pub fn runs_first(&self, path: &str) -> bool {
        self.code.is_some()
            && match &self.config.run_worker_first {
                RunFirst::Always(always) => *always,
                RunFirst::Paths(patterns) => patterns.iter().any(|pattern| names_path(pattern, path)),
            }
    }
}

impl Asset {
    /// The id of a file: hashes are known within an account.
    pub fn key(account: &str, hash: &str) -> String {
        format!("{account}/{hash}")
    }
}

/// Whether a path is the one that a pattern names, in which `*` stands for anything.
pub fn names_path(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => {
            path.len() >= before.len() + after.len() && path.starts_with(before) && path.ends_with(after)
        }
    }
}
