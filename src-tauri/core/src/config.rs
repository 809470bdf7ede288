//! Credentials from the environment and `.env`, read but never written.
//!
//! The environment wins over `.env`. A value is never repeated in an error: it may be the token.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::domain::ids::{AccountId, AppId};

/// Cloudflare's own address, as the official SDKs name it.
pub const CLOUDFLARE_BASE_URL: &str = "https://api.cloudflare.com/client/v4";

const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";
const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
const APP: &str = "CLOUDFLARE_CALLS_APP_ID";
const BASE: &str = "CLOUDFLARE_BASE_URL";

/// Everything needed to talk to one account.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where the API is.
    pub base_url: Url,
    /// The account.
    pub account: AccountId,
    /// The API token.
    pub token: SecretString,
    /// The RealtimeKit app; found or made when absent.
    pub app: Option<AppId>,
}

impl Connection {
    /// Where the host's join page is when the address is not Cloudflare's own: another API brings its room page with it, at `/room` beside it.
    #[must_use]
    pub fn own_room_page(&self) -> Option<Url> {
        if self.base_url.as_str().trim_end_matches('/') == CLOUDFLARE_BASE_URL {
            return None;
        }
        let mut page = self.base_url.clone();
        page.set_path("/room");
        page.set_query(None);
        Some(page)
    }
}

/// What is wrong with the environment or `.env`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `.env` has a line that is not `NAME=value`.
    #[error("{}, line {line}, is not of the form NAME=value", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
    },
    /// `.env` is there but cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// One of two values that belong together is missing.
    #[error("{missing} is not set, although {present} is")]
    Half {
        /// What is missing.
        missing: &'static str,
        /// What is there.
        present: &'static str,
    },
    /// A value is not what its name says.
    #[error("{name} is not {expected}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A plain `http` address of another machine would send the token in the clear.
    #[error("CLOUDFLARE_BASE_URL must be https, unless it is on this computer")]
    Insecure,
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Line { .. } => "Mend or delete the line.".into(),
            Self::Unreadable { .. } => "Make the file readable, or delete it.".into(),
            Self::Half { missing, .. } => format!("Set {missing} too, or neither to use the sandbox."),
            Self::Value { name, .. } => format!("Copy {name} again from the Cloudflare dashboard."),
            Self::Insecure => "Use an https address.".into(),
        }
    }
}

/// Reads the connection from variables and, for those not set, from the first `.env` that exists among `files`. `None` when neither names an account.
pub fn connection(
    variable: impl Fn(&str) -> Option<String>,
    files: &[PathBuf],
) -> Result<Option<Connection>, ConfigError> {
    let file = match files.iter().find(|path| path.is_file()) {
        Some(path) => read_env_file(path)?,
        None => Vec::new(),
    };
    let value = |name: &str| {
        let from_file = || file.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        variable(name).or_else(from_file).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let (account, token) = match (value(ACCOUNT), value(TOKEN)) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(ConfigError::Half { missing: TOKEN, present: ACCOUNT }),
        (None, Some(_)) => return Err(ConfigError::Half { missing: ACCOUNT, present: TOKEN }),
        (Some(account), Some(token)) => (account, token),
    };
    let expected = |name, expected| ConfigError::Value { name, expected };
    Ok(Some(Connection {
        base_url: base_url(value(BASE).as_deref().unwrap_or(CLOUDFLARE_BASE_URL))?,
        account: account.parse().map_err(|_| expected(ACCOUNT, "an account id (32 hexadecimal digits)"))?,
        token: token_value(token).ok_or_else(|| expected(TOKEN, "an API token (one word of ASCII characters)"))?,
        app: value(APP)
            .map(|app| app.parse().map_err(|_| expected(APP, "an app id (letters, digits and dashes)")))
            .transpose()?,
    }))
}

/// Where the API is: `CLOUDFLARE_BASE_URL`, as the official SDKs name it, else Cloudflare itself.
pub fn api_address(variable: impl Fn(&str) -> Option<String>) -> Result<Url, ConfigError> {
    let set = variable(BASE).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    base_url(set.as_deref().unwrap_or(CLOUDFLARE_BASE_URL))
}

/// A token that can stand in an HTTP header.
#[must_use]
pub fn token_value(token: impl Into<String>) -> Option<SecretString> {
    let token = SecretString::from(token.into().trim().to_owned());
    let word = token.expose_secret();
    (!word.is_empty() && word.len() <= 512 && word.bytes().all(|b| b.is_ascii_graphic())).then_some(token.clone())
}

/// An API address: `https`, or `http` on this computer.
fn base_url(text: &str) -> Result<Url, ConfigError> {
    let invalid =
        ConfigError::Value { name: BASE, expected: "an address such as https://api.cloudflare.com/client/v4" };
    let url: Url = text.trim_end_matches('/').parse().map_err(|_| invalid.clone())?;
    if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(invalid);
    }
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => Err(ConfigError::Insecure),
        _ => Err(invalid),
    }
}

fn read_env_file(path: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.kind().to_string()))?;
    let mut all = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // Line by line, so that an error can name the line and need not repeat it.
        for item in dotenvy::from_read_iter(line.as_bytes()) {
            all.push(item.map_err(|_| ConfigError::Line { path: path.to_owned(), line: index + 1 })?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn read(pairs: &[(&str, &str)], file: Option<&str>) -> Result<Option<Connection>, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        let result = connection(
            |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
            std::slice::from_ref(&path),
        );
        result.map_err(|error| match error {
            ConfigError::Line { line, .. } => ConfigError::Line { path: ".env".into(), line },
            other => other,
        })
    }

    #[test]
    fn nothing_set_means_no_account() {
        assert!(read(&[], None).unwrap().is_none());
        assert!(read(&[(ACCOUNT, " "), (TOKEN, "")], None).unwrap().is_none());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = format!("# comment\n{ACCOUNT}={ID}\nexport {TOKEN}=\"from-file\"\n{APP}=app-1\n");
        let both = read(&[(TOKEN, "from-env")], Some(&file)).unwrap().unwrap();
        assert_eq!(both.token.expose_secret(), "from-env");
        assert_eq!(both.app.unwrap().as_str(), "app-1");
        assert_eq!(both.base_url.as_str(), CLOUDFLARE_BASE_URL);
        assert!(read(&[], Some(&file)).unwrap().unwrap().own_room_page().is_none());
    }

    #[test]
    fn a_bad_line_is_named_by_number_and_never_repeated() {
        let error = read(&[], Some("A=1\nthis is = my secret 'token\n")).unwrap_err();
        assert_eq!(error, ConfigError::Line { path: ".env".into(), line: 2 });
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn half_a_pair_is_named() {
        assert_eq!(
            read(&[(ACCOUNT, ID)], None).unwrap_err().to_string(),
            "CLOUDFLARE_API_TOKEN is not set, although CLOUDFLARE_ACCOUNT_ID is"
        );
    }

    #[test]
    fn values_are_checked_without_being_repeated() {
        let with = |name, value| {
            let mut pairs = vec![(ACCOUNT, ID), (TOKEN, "secret-token")];
            pairs.retain(|(key, _)| *key != name);
            pairs.push((name, value));
            read(&pairs, None).unwrap_err().to_string()
        };
        assert!(with(ACCOUNT, "hunter2").starts_with("CLOUDFLARE_ACCOUNT_ID is not an account id"));
        let token = with(TOKEN, "two words");
        assert!(token.starts_with("CLOUDFLARE_API_TOKEN is not") && !token.contains("two"));
        assert!(with(APP, "../x").starts_with("CLOUDFLARE_CALLS_APP_ID is not"));
        assert!(with(BASE, "nonsense").starts_with("CLOUDFLARE_BASE_URL is not an address"));
        assert_eq!(with(BASE, "http://example.org/client/v4"), ConfigError::Insecure.to_string());
    }

    #[test]
    fn another_api_brings_its_own_room_page() {
        let local =
            read(&[(ACCOUNT, ID), (TOKEN, "t"), (BASE, "http://127.0.0.1:9/client/v4")], None).unwrap().unwrap();
        assert_eq!(local.own_room_page().unwrap().as_str(), "http://127.0.0.1:9/room");
    }
}
