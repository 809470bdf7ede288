//! The RealtimeKit app that holds the rooms of an account: where its choice came from, and the name of a new one.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::ids::AppId;
use crate::domain::invalid::Invalid;
use crate::domain::library::attachment::shown_name;

/// The longest name of a new app, in characters. RealtimeKit documents no limit; a name has to fit on one line.
pub const APP_NAME_MAX: usize = 60;

/// A RealtimeKit app, as Cloudflare lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The app's id.
    pub id: AppId,
    /// The app's name; may be empty.
    pub name: String,
    /// When the app was made; `None` if Cloudflare does not say.
    pub created_at: Option<DateTime<Utc>>,
}

impl fmt::Display for App {
    /// The app as messages name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { write!(f, "{}", self.id) } else { write!(f, "“{}” ({})", self.name, self.id) }
    }
}

/// Where the choice of the app came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppChoice {
    /// The environment or the `.env` file names it.
    Configured,
    /// A person chose it.
    Chosen,
    /// It was the only one of the account, or Hajime made it because there was none.
    OnlyOne,
}

impl AppChoice {
    /// The stable name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configured => "configuration",
            Self::Chosen => "chosen",
            Self::OnlyOne => "only_one",
        }
    }

    /// Where the choice came from, as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Configured => "CLOUDFLARE_CALLS_APP_ID names it.",
            Self::Chosen => "Somebody chose it at this desk.",
            Self::OnlyOne => "It was the account’s only app.",
        }
    }
}

/// The name of a new app: one line of visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppName(String);

impl AppName {
    /// Checks a name that a person typed.
    pub fn new(typed: &str) -> Result<Self, Invalid> {
        let refused = |message: String| {
            Err(Invalid::one("name", message, "Type a name by which everybody knows the app, such as “Harbour Dojo”."))
        };
        let Some(name) = shown_name(typed) else { return refused("The app needs a name.".into()) };
        if typed.trim().chars().count() > APP_NAME_MAX {
            return refused(format!("The name of the app is longer than {APP_NAME_MAX} characters."));
        }
        Ok(Self(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_refused_when_nothing_of_it_is_visible_or_it_is_too_long() {
        assert_eq!(AppName::new("  Harbour Dojo ").unwrap().as_str(), "Harbour Dojo");
        for typed in ["", "   ", "\u{200b}\u{202e}", &"x".repeat(APP_NAME_MAX + 1)] {
            assert_eq!(AppName::new(typed).unwrap_err().problems()[0].field, "name", "{typed:?}");
        }
        assert_eq!(AppName::new(&"道".repeat(APP_NAME_MAX)).unwrap().as_str().chars().count(), APP_NAME_MAX);
    }
}
