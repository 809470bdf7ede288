//! Which account is opened, decided in one place for the window and the CLI: the one that the environment names, else the one in the data folder's
//! `.env`, else the one that was connected in Settings. Asks no keyring, and nobody outside this computer.

use std::path::Path;

use crate::config::{self, ConfigError, Place, Profile, Variables};
use crate::domain::ids::AccountId;
use crate::error::{Error, UserError};
use crate::opening::{SavedAccount, connected_in};
use crate::store::Store;
use crate::store::installation::{self, Installation};

/// The account to open.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Its credentials are in the environment or in a file.
    Given(Profile, Place),
    /// It was connected in Settings. Its token is in the keyring.
    Connected(SavedAccount),
    /// There is none: the window opens the sandbox, and the CLI asks for one.
    Nobody,
}

/// The account to open, and what was found on the way.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The account.
    pub choice: Choice,
    /// Sentences for people: credentials that are not used, a file that was damaged and made again.
    pub notes: Vec<String>,
}

/// Why no account could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The environment or `.env` cannot be used.
    #[error(transparent)]
    Credentials(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] Error),
}

impl From<crate::store::Error> for ChoiceError {
    fn from(error: crate::store::Error) -> Self {
        Self::Data(error.into())
    }
}

impl From<ChoiceError> for UserError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Credentials(error) => error.into(),
            ChoiceError::Data(error) => error.into(),
        }
    }
}

/// Chooses the account to open.
pub fn choose(environment: &Variables, folder: &Path) -> Result<Chosen, ChoiceError> {
    let given = config::given(environment, folder)?;
    let mut notes = given.notes;
    if let Some((profile, place)) = given.connection {
        return Ok(Chosen { choice: Choice::Given(profile, place), notes });
    }
    if !Store::is_in(folder)? {
        return Ok(Chosen { choice: Choice::Nobody, notes });
    }
    // What is wrong with the database is told before a file is made beside it.
    drop(Store::open(folder)?);
    let installation = Installation::open(folder)?;
    if let Some(aside) = installation.set_aside() {
        notes.push(format!(
            "{} was damaged. It was made again from the databases; the damaged file is kept as {}.",
            folder.join(installation::FILE_NAME).display(),
            aside.display()
        ));
    }
    let choice = connected_in(folder, &installation)?.map_or(Choice::Nobody, Choice::Connected);
    Ok(Chosen { choice, notes })
}

/// The account that [`choose`] chooses, also where a database is damaged, and the notes on the way. Makes no file.
pub fn account(environment: &Variables, folder: &Path) -> Result<(Option<AccountId>, Vec<String>), ConfigError> {
    let given = config::given(environment, folder)?;
    let account = given.connection.map(|(profile, _)| profile.account);
    Ok((account.or_else(|| installation::connected_of_any(folder)), given.notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opening::{forget_profile, save_profile};
    use crate::store::installation::FILE_NAME;

    fn environment(account: Option<char>) -> Variables {
        let account = account.map(|letter| letter.to_string().repeat(32));
        Variables::read(|name| match name {
            "CLOUDFLARE_ACCOUNT_ID" => account.clone(),
            "CLOUDFLARE_API_TOKEN" => account.as_ref().map(|_| "token".to_owned()),
            _ => None,
        })
    }

    fn chosen(environment: &Variables, folder: &Path) -> Option<AccountId> {
        let chosen = match choose(environment, folder).unwrap().choice {
            Choice::Given(profile, _) => Some(profile.account),
            Choice::Connected(saved) => Some(saved.account),
            Choice::Nobody => None,
        };
        assert_eq!(account(environment, folder).unwrap().0, chosen, "both answer alike");
        chosen
    }

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_the_connected_account() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let id = |letter: &str| letter.repeat(32).parse::<AccountId>().unwrap();
        let keyring = crate::ports::MemorySecrets::default();
        assert_eq!(chosen(&environment(None), folder), None);
        assert!(!folder.join(FILE_NAME).exists(), "to look makes no file");
        let Choice::Given(profile, _) = choose(&environment(Some('c')), folder).unwrap().choice else { panic!() };
        save_profile(folder, &profile, &keyring).unwrap().unwrap();
        assert_eq!(chosen(&environment(None), folder), Some(id("c")));
        let file = format!("CLOUDFLARE_ACCOUNT_ID={}\nCLOUDFLARE_API_TOKEN=token\n", "b".repeat(32));
        std::fs::write(folder.join(".env"), file).unwrap();
        assert_eq!(chosen(&environment(None), folder), Some(id("b")));
        assert_eq!(chosen(&environment(Some('a')), folder), Some(id("a")));
        std::fs::remove_file(folder.join(".env")).unwrap();
        forget_profile(folder, &keyring).unwrap();
        assert_eq!(chosen(&environment(None), folder), None);
    }

    #[test]
    fn a_damaged_installation_file_is_named_in_a_note_and_the_account_stays_connected() {
        let folder = tempfile::tempdir().unwrap();
        let Choice::Given(profile, _) = choose(&environment(Some('c')), folder.path()).unwrap().choice else {
            panic!()
        };
        save_profile(folder.path(), &profile, &crate::ports::MemorySecrets::default()).unwrap().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, "no database".repeat(900)).unwrap();
        let Chosen { choice, notes } = choose(&environment(None), folder.path()).unwrap();
        assert!(matches!(choice, Choice::Connected(saved) if saved.account == profile.account));
        let aside = folder.path().join("installation-damaged.db");
        assert!(notes.len() == 1 && notes[0].contains(aside.to_str().unwrap()), "{notes:?}");
        assert!(std::fs::read(aside).unwrap().starts_with(b"no database"));
        assert_eq!(choose(&environment(None), folder.path()).unwrap().notes, Vec::<String>::new());
    }
}
