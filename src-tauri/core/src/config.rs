//! Credentials from the environment and from the data folder's `.env`, read but never written.
//!
//! Account, token, app and address always come from the same place: from the environment, or else from the file, or
//! else from the account that was connected in Settings ([`crate::opening`]). A place that has an account without a
//! token, or a token without an account, is skipped and mentioned in a note. Hajime reads the `.env` of no other
//! folder: a `.env` in the working folder belongs to another program, and Hajime would send the token to whatever
//! address that file names. No error and no note repeats a value, because the value may be the token.

mod env_file;

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::config::env_file::UserError;
use crate::domain::ids::{AccountId, AppId};
use crate::http_client;

/// The address of Cloudflare's API, as in the official SDKs.
pub const CLOUDFLARE_BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// The name of the variable with the API token. No other variable of Hajime holds a secret.
pub const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";
const APP: &str = "CLOUDFLARE_CALLS_APP_ID";
const BASE: &str = "CLOUDFLARE_BASE_URL";
/// The names of all variables that Hajime reads.
pub const NAMES: [&str; 4] = [ACCOUNT, TOKEN, APP, BASE];

/// The name of the file in the data folder that may hold credentials.
const FILE_NAME: &str = ".env";

/// The credentials and the address of one account.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The address of the API.
    pub base_url: Url,
    /// The account that the token is for.
    pub account: AccountId,
    /// The API token.
    pub token: SecretString,
    /// The RealtimeKit app to use; when absent, Hajime looks for one or makes one.
    pub app: Option<AppId>,
}

impl Profile {
    /// The join page of an API that is not Cloudflare's own: `/room` on the API's host. `None` for Cloudflare itself.
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

/// The place where the credentials were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The environment of this process.
    Environment,
    /// A `.env` file, by its path.
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

/// The values of the four variables from one place. `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct Variables([Option<SecretString>; NAMES.len()]);

impl Variables {
    /// Reads each variable with `variable`. A blank value counts as absent.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self(NAMES.map(|name| set(name).map(SecretString::from)))
    }

    /// Reads the variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        // A value that is not UTF-8 counts as present, so that it is reported as a bad value later.
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        let index = NAMES.iter().position(|known| *known == name)?;
        self.0[index].as_ref().map(SecretString::expose_secret)
    }

    /// The address of the API from `CLOUDFLARE_BASE_URL`; `None` when the variable is absent.
    pub fn api_address(&self) -> Result<Option<Url>, ConfigError> {
        self.get(BASE).map(base_url).transpose()
    }

    /// The account and token of this place; if the place has only one of the two, a note that neither is used.
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

/// The credentials from the environment or from `.env`.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The credentials and their place; `None` when no place has both account and token.
    pub connection: Option<(Profile, Place)>,
    /// Notes about credentials that were found and are not used.
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

/// An error in the environment or in a `.env` file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A line that begins with the name of one of Hajime's variables is not of the form `NAME=value`.
    #[error("{}, line {line}, is not of the form NAME=value", path.display())]
    Line {
        /// The path of the `.env` file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
    },
    /// The file is UTF-16.
    #[error("{} is saved as UTF-16", path.display())]
    Utf16 {
        /// The path of the `.env` file.
        path: PathBuf,
    },
    /// The file exists but cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The path of the `.env` file.
        path: PathBuf,
        /// The message of the operating system.
        why: String,
    },
    /// A value refers to another variable, as `$NAME` or `${NAME}`.
    #[error("a value in {place} holds a “$”, and references to other variables are not followed")]
    Reference {
        /// The place of the value: the environment or the path of the `.env`.
        place: Place,
    },
    /// A value does not have the form that its variable requires.
    #[error("{name} is not {expected}")]
    Value {
        /// The name of the variable.
        name: &'static str,
        /// The form that is required, in words.
        expected: &'static str,
    },
    /// A plain `http` address of another computer would send the token unencrypted.
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

/// The token without surrounding space; `None` if it cannot be sent in an HTTP header or is longer than 512 characters.
#[must_use]
pub fn token_value(token: impl Into<String>) -> Option<SecretString> {
    let token = SecretString::from(token.into().trim().to_owned());
    let word = token.expose_secret();
    (!word.is_empty() && word.len() <= 512 && word.bytes().all(|b| b.is_ascii_graphic())).then_some(token.clone())
}

/// The address of Cloudflare's API as a URL.
pub fn cloudflare() -> Result<Url, ConfigError> {
    base_url(CLOUDFLARE_BASE_URL)
}

/// Parses the address of an API: `https`, or `http` on this computer.
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
    fn without_account_and_token_there_is_no_connection_and_no_note() {
        for given in [look(&[], None), look(&[(ACCOUNT, " "), (TOKEN, "")], None), look(&[(APP, "app-1")], Some("X=1"))]
        {
            let given = given.unwrap();
            assert!(given.connection.is_none());
            assert_eq!(given.notes, Vec::<String>::new());
        }
    }

    #[test]
    fn account_and_token_in_the_environment_hide_every_value_of_the_file() {
        let text = format!("{}{APP}=app-of-the-file\n{BASE}=https://file.example/\n", file("from-file"));
        let (found, place) = look(&[(ACCOUNT, ID), (TOKEN, "from-env")], Some(&text)).unwrap().connection.unwrap();
        assert_eq!(place, Place::Environment);
        assert_eq!(found.token.expose_secret(), "from-env");
        assert_eq!(found.app, None);
        assert_eq!(found.base_url.as_str(), CLOUDFLARE_BASE_URL);
        assert!(found.own_room_page().is_none());
    }

    #[test]
    fn account_and_token_in_the_file_hide_the_address_and_app_of_the_environment() {
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
    fn an_account_in_one_place_and_a_token_in_another_give_no_connection_and_two_notes() {
        let given = look(&[(ACCOUNT, ID)], Some(&format!("{TOKEN}=secret-token"))).unwrap();
        assert!(given.connection.is_none());
        assert_eq!(given.notes.len(), 2, "{:?}", given.notes);
        assert!(given.notes[0].contains("the environment") && given.notes[1].contains(FILE_NAME), "{:?}", given.notes);
        assert!(!format!("{given:?}").contains("secret-token"));
    }

    #[test]
    fn a_broken_file_is_an_error_only_when_the_environment_has_no_credentials() {
        let broken = "A=1\nCLOUDFLARE_API_TOKEN my secret\n";
        let error = look(&[], Some(broken)).unwrap_err();
        assert!(matches!(error, ConfigError::Line { line: 2, .. }));
        assert!(!format!("{error} {error:?}").contains("secret"));
        assert!(look(&[(ACCOUNT, ID), (TOKEN, "t")], Some(broken)).unwrap().connection.is_some());
    }

    #[test]
    fn a_value_that_refers_to_another_variable_is_refused() {
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
    fn a_folder_named_env_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
        assert!(given(&Variables::default(), folder.path()).unwrap().connection.is_none());
    }

    #[test]
    fn errors_about_bad_values_do_not_repeat_the_value() {
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
    fn a_base_url_that_is_not_cloudflares_gives_its_own_room_page() {
        let pairs = [(ACCOUNT, ID), (TOKEN, "t"), (BASE, "http://127.0.0.1:9/client/v4")];
        let (local, _) = look(&pairs, None).unwrap().connection.unwrap();
        assert_eq!(local.own_room_page().unwrap().as_str(), "http://127.0.0.1:9/room");
    }
}
