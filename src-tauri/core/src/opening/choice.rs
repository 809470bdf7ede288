//! Chooses the account to open, for the window and the CLI alike: first the account in the environment, then the one in
//! the data folder's `.env`, then the one that was connected in Settings. Asks neither the keyring nor the network.

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
    /// An account with its credentials, and the place where they were found.
    Given(Profile, Place),
    /// An account that was connected in Settings. Its token is in the keyring.
    Connected(SavedAccount),
    /// No account: the window opens the sandbox, and the CLI asks for credentials.
    Nobody,
}

/// The account to open, with notes for people.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The choice.
    pub choice: Choice,
    /// Sentences for people, such as that credentials are not used, or that a damaged file was made again.
    pub notes: Vec<String>,
}

/// The reason why no account could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The environment or the `.env` file cannot be used.
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
    // Open the database first, so that its errors are reported before another file is made beside it.
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

/// The account that [`choose`] would choose, and the notes about credentials. Works with a damaged database too, and
/// makes no file.
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
        assert_eq!(account(environment, folder).unwrap().0, chosen, "`account` and `choose` agree");
        chosen
    }

    #[test]
    fn the_environment_comes_before_the_file_and_the_file_before_the_connected_account() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let id = |letter: &str| letter.repeat(32).parse::<AccountId>().unwrap();
        let keyring = crate::ports::MemorySecrets::default();
        assert_eq!(chosen(&environment(None), folder), None);
        assert!(!folder.join(FILE_NAME).exists(), "choosing makes no file");
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
    fn a_damaged_installation_file_gives_a_note_and_the_account_stays_connected() {
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
