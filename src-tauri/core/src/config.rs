//! Credentials from the environment and from the data folder's `.env`, read but never written.
//!
//! Account, token, app and address are taken together from one place: the environment, else the file, else what was connected in
//! Settings ([`crate::opening`]). A place that names an account without a token, or the other way round, is passed over with a note.
//! No other folder is looked into: a `.env` that lies in a working folder belongs to somebody else, and an address in it would be
//! sent the token. A value is never repeated in an error or a note: it may be the token.

mod env_file;

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::config::env_file::UserError;
use crate::domain::ids::{AccountId, AppId};
use crate::http_client;

/// Cloudflare's own address, as the official SDKs name it.
pub const CLOUDFLARE_BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// The variable of the API token, the only one of ours that holds a secret.
pub const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";
const APP: &str = "CLOUDFLARE_CALLS_APP_ID";
const BASE: &str = "CLOUDFLARE_BASE_URL";
/// Every variable that is read.
pub const NAMES: [&str; 4] = [ACCOUNT, TOKEN, APP, BASE];

/// The file in the data folder that may hold credentials.
const FILE_NAME: &str = ".env";

/// The credentials and the address of one account.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The address of the API.
    pub base_url: Url,
    /// The account.
    pub account: AccountId,
    /// The API token.
    pub token: SecretString,
    /// The RealtimeKit app; found or made when absent.
    pub app: Option<AppId>,
}

impl Profile {
    /// The host's join page of an API that is not Cloudflare's own: `/room` beside the API's address.
    #[must_use]
    pub fn own_room_page(&self) -> Option<Url> {
        own_room_page(&self.base_url)
    }
}

pub(crate) fn own_room_page(base_url: &Url) -> Option<Url> {
    if base_url.as_str().trim_end_matches('/') == CLOUDFLARE_BASE_URL {
        return None;
    }
    let mut page = base_url.clone();
    page.set_path("/room");
    page.set_query(None);
    Some(page)
}

/// The source of the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The environment of the process.
    Environment,
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the environment"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The four variables as one place gives them. `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct Variables([Option<SecretString>; NAMES.len()]);

impl Variables {
    /// Reads them one by one. What is blank is not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self(NAMES.map(|name| set(name).map(SecretString::from)))
    }

    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        // A value that is not UTF-8 is named as a bad value later; it does not count as unset.
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        let index = NAMES.iter().position(|known| *known == name)?;
        self.0[index].as_ref().map(SecretString::expose_secret)
    }

    /// The address of the API from `CLOUDFLARE_BASE_URL`, as in the official SDKs.
    pub fn api_address(&self) -> Result<Option<Url>, ConfigError> {
        self.get(BASE).map(base_url).transpose()
    }

    /// The connection, if account and token are both there; if only one is, a note that neither is used.
    fn connection(&self, place: &Place) -> Result<Result<Profile, Option<String>>, ConfigError> {
        let (account, token) = match (self.get(ACCOUNT), self.get(TOKEN)) {
            (Some(account), Some(token)) => (account, token),
            (None, None) => return Ok(Err(None)),
            (account, _) => {
                let (there, missing) = if account.is_some() { (ACCOUNT, TOKEN) } else { (TOKEN, ACCOUNT) };
                return Ok(Err(Some(format!("{there} is set in {place}, but {missing} is not, so neither is used."))));
            }
        };
        let expected = |name, expected| ConfigError::Value { name, expected };
        if matches!(place, Place::File(_)) && NAMES.iter().any(|name| self.get(name).is_some_and(|it| it.contains('$')))
        {
            return Err(ConfigError::Reference { place: place.clone() });
        }
        Ok(Ok(Profile {
            base_url: self.api_address()?.map_or_else(cloudflare, Ok)?,
            account: account.parse().map_err(|_| expected(ACCOUNT, "an account id (32 hexadecimal digits)"))?,
            token: token_value(token).ok_or_else(|| expected(TOKEN, "an API token (one word of ASCII characters)"))?,
            app: self
                .get(APP)
                .map(|app| app.parse().map_err(|_| expected(APP, "an app id (letters, digits and dashes)")))
                .transpose()?,
        }))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(…)")
    }
}

/// The credentials that were found in the environment or in `.env`.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Credentials and where they came from, if any place has a whole pair.
    pub connection: Option<(Profile, Place)>,
    /// Notes on credentials that were found and not used.
    pub notes: Vec<String>,
}

/// Looks for credentials in the environment, then in the data folder's `.env`.
pub fn given(environment: &Variables, data_folder: &Path) -> Result<Given, ConfigError> {
    let mut notes = Vec::new();
    match environment.connection(&Place::Environment)? {
        Ok(connection) => return Ok(Given { connection: Some((connection, Place::Environment)), notes }),
        Err(note) => notes.extend(note),
    }
    let path = data_folder.join(FILE_NAME);
    let place = Place::File(path.clone());
    if !path.is_file() {
        return Ok(Given { connection: None, notes });
    }
    let unreadable =
        |error: std::io::Error| ConfigError::Unreadable { path: path.clone(), why: error.kind().to_string() };
    let pairs =
        env_file::read(&std::fs::read(&path).map_err(unreadable)?, &NAMES).map_err(|trouble| match trouble {
            UserError::Utf16 => ConfigError::Utf16 { path: path.clone() },
            UserError::Line(line) => ConfigError::Line { path: path.clone(), line },
        })?;
    let last = |name: &str| pairs.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let connection = match Variables::read(last).connection(&place)? {
        Ok(connection) => Some((connection, place)),
        Err(note) => {
            notes.extend(note);
            None
        }
    };
    Ok(Given { connection, notes })
}

/// An error in the environment or in `.env`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A line that begins with one of our names is not `NAME=value`.
    #[error("{}, line {line}, is not of the form NAME=value", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
    },
    /// The file is UTF-16.
    #[error("{} is saved as UTF-16", path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// The file is there but cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// A value refers to another variable.
    #[error("a value in {place} holds a “$”, and references to other variables are not followed")]
    Reference {
        /// The place of the value: the environment or the path of the `.env`.
        place: Place,
    },
    /// A value is not what its name says.
    #[error("{name} is not {expected}")]
    Value {
        /// The variable.
        name: &'static str,
        /// The expected value, in words.
        expected: &'static str,
    },
    /// A plain `http` address of another machine would send the token in the clear.
    #[error("CLOUDFLARE_BASE_URL must be https, unless it is on this computer")]
    Insecure,
}

impl ConfigError {
    /// The next step, as a sentence.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Line { .. } => "Correct or delete the line.".into(),
            Self::Utf16 { .. } => "Save it as UTF-8.".into(),
            Self::Unreadable { .. } => "Make the file readable, or delete it.".into(),
            Self::Reference { .. } => "Write the value itself.".into(),
            Self::Value { name, .. } => format!("Copy {name} again from the Cloudflare dashboard."),
            Self::Insecure => "Use an https address.".into(),
        }
    }
}

/// A token that can stand in an HTTP header.
#[must_use]
pub fn token_value(token: impl Into<String>) -> Option<SecretString> {
    let token = SecretString::from(token.into().trim().to_owned());
    let word = token.expose_secret();
    (!word.is_empty() && word.len() <= 512 && word.bytes().all(|b| b.is_ascii_graphic())).then_some(token.clone())
}

/// Cloudflare's own address.
pub fn cloudflare() -> Result<Url, ConfigError> {
    base_url(CLOUDFLARE_BASE_URL)
}

/// An API address: `https`, or `http` on this computer.
pub(crate) fn base_url(text: &str) -> Result<Url, ConfigError> {
    let invalid =
        ConfigError::Value { name: BASE, expected: "an address such as https://api.cloudflare.com/client/v4" };
    let url: Url = text.trim_end_matches('/').parse().map_err(|_| invalid.clone())?;
    if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(invalid);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if http_client::on_this_computer(&url) => Ok(url),
        "http" => Err(ConfigError::Insecure),
        _ => Err(invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn look(pairs: &[(&str, &str)], file: Option<&str>) -> Result<Given, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        if let Some(text) = file {
            std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
        }
        let environment =
            Variables::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
        given(&environment, folder.path())
    }

    fn file(token: &str) -> String {
        format!("{ACCOUNT}={ID}\n{TOKEN}={token}\n")
    }

    #[test]
    fn nothing_set_means_no_account_and_no_note() {
        for given in [look(&[], None), look(&[(ACCOUNT, " "), (TOKEN, "")], None), look(&[(APP, "app-1")], Some("X=1"))]
        {
            let given = given.unwrap();
            assert!(given.connection.is_none());
            assert_eq!(given.notes, Vec::<String>::new());
        }
    }

    #[test]
    fn a_whole_pair_in_the_environment_is_taken_with_nothing_from_the_file() {
        let text = format!("{}{APP}=app-of-the-file\n{BASE}=https://file.example/\n", file("from-file"));
        let (found, place) = look(&[(ACCOUNT, ID), (TOKEN, "from-env")], Some(&text)).unwrap().connection.unwrap();
        assert_eq!(place, Place::Environment);
        assert_eq!(found.token.expose_secret(), "from-env");
        assert_eq!(found.app, None);
        assert_eq!(found.base_url.as_str(), CLOUDFLARE_BASE_URL);
        assert!(found.own_room_page().is_none());
    }

    #[test]
    fn a_whole_pair_in_the_file_is_taken_with_nothing_from_the_environment() {
        let text = format!("{}{APP}=app-of-the-file\n", file("from-file"));
        let environment = [(TOKEN, "another"), (BASE, "https://env.example/"), (APP, "app-of-env")];
        let given = look(&environment, Some(&text)).unwrap();
        let (found, place) = given.connection.unwrap();
        assert!(matches!(place, Place::File(_)));
        assert_eq!(found.token.expose_secret(), "from-file");
        assert_eq!(found.app.unwrap().as_str(), "app-of-the-file");
        assert_eq!(found.base_url.as_str(), CLOUDFLARE_BASE_URL);
        assert_eq!(
            given.notes,
            ["CLOUDFLARE_API_TOKEN is set in the environment, but CLOUDFLARE_ACCOUNT_ID is not, so neither is used."]
        );
    }

    #[test]
    fn halves_of_two_places_make_no_pair_and_are_both_named() {
        let given = look(&[(ACCOUNT, ID)], Some(&format!("{TOKEN}=secret-token"))).unwrap();
        assert!(given.connection.is_none());
        assert_eq!(given.notes.len(), 2, "{:?}", given.notes);
        assert!(given.notes[0].contains("the environment") && given.notes[1].contains(FILE_NAME), "{:?}", given.notes);
        assert!(!format!("{given:?}").contains("secret-token"));
    }

    #[test]
    fn a_broken_file_is_named_only_where_it_is_needed() {
        let broken = "A=1\nCLOUDFLARE_API_TOKEN my secret\n";
        let error = look(&[], Some(broken)).unwrap_err();
        assert!(matches!(error, ConfigError::Line { line: 2, .. }));
        assert!(!format!("{error} {error:?}").contains("secret"));
        assert!(look(&[(ACCOUNT, ID), (TOKEN, "t")], Some(broken)).unwrap().connection.is_some());
    }

    #[test]
    fn a_reference_to_another_variable_is_refused_and_not_followed() {
        for value in ["${PATH}", "$PATH", "\"${PATH}\"", "$(cat token)"] {
            let error = look(&[], Some(&file(value))).unwrap_err();
            assert!(matches!(error, ConfigError::Reference { .. }), "{value}: {error}");
        }
        let address = format!("{}{BASE}=https://$HOME.example/\n", file("t"));
        assert!(matches!(look(&[], Some(&address)).unwrap_err(), ConfigError::Reference { .. }));
        let foreign = format!("OTHER=${{PATH}}\n{}", file("t"));
        assert!(look(&[], Some(&foreign)).unwrap().connection.is_some());
    }

    #[test]
    fn a_folder_in_the_place_of_the_file_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
        assert!(given(&Variables::default(), folder.path()).unwrap().connection.is_none());
    }

    #[test]
    fn values_are_checked_without_being_repeated() {
        let with = |name, value| {
            let mut pairs = vec![(ACCOUNT, ID), (TOKEN, "secret-token")];
            pairs.retain(|(key, _)| *key != name);
            pairs.push((name, value));
            look(&pairs, None).unwrap_err().to_string()
        };
        assert!(with(ACCOUNT, "hunter2").starts_with("CLOUDFLARE_ACCOUNT_ID is not an account id"));
        let token = with(TOKEN, "two words");
        assert!(token.starts_with("CLOUDFLARE_API_TOKEN is not") && !token.contains("two"));
        assert!(with(TOKEN, "two\nlines").starts_with("CLOUDFLARE_API_TOKEN is not"));
        assert!(with(APP, "../x").starts_with("CLOUDFLARE_CALLS_APP_ID is not"));
        assert!(with(BASE, "nonsense").starts_with("CLOUDFLARE_BASE_URL is not an address"));
        assert_eq!(with(BASE, "http://example.org/client/v4"), ConfigError::Insecure.to_string());
    }

    #[test]
    fn another_api_brings_its_own_room_page() {
        let pairs = [(ACCOUNT, ID), (TOKEN, "t"), (BASE, "http://127.0.0.1:9/client/v4")];
        let (local, _) = look(&pairs, None).unwrap().connection.unwrap();
        assert_eq!(local.own_room_page().unwrap().as_str(), "http://127.0.0.1:9/room");
    }
}
