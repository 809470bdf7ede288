//! `settings`: single facts by name.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::domain::delivery::reminder::ReminderSettings;
use crate::domain::health::price::Prices;
use crate::domain::ids::{AccountId, AppId};
use crate::domain::library::retention_rules::RetentionRules;
use crate::domain::profile::global_keys::{GlobalKeys, KeyAction};
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::realtimekit_app::AppChoice;
use crate::domain::profile::role::Role;
use crate::domain::schedule::invitation_text::InvitationText;
use crate::store::health::MAILED_LAST;
use crate::store::installation::{SAVED_ACCOUNT, SAVED_ADDRESS, TOKEN_KEPT};
use crate::store::{Error, Store};

pub(in crate::store) const ACCOUNT: &str = "account_id";
const APP: &str = "app_id";
/// How the app was chosen. Absent when nobody chose it: it was the only one.
const APP_CHOICE: &str = "app_choice";
/// The name of the app, behind the id that it is the name of.
const APP_NAME: &str = "app_name";
/// When the presets were last repaired at this desk. Every process that remembers presets compares it.
const PRESETS_REPAIRED: &str = "presets_repaired_at";
const RETENTION: &str = "retention";
const PRICES: &str = "prices";
const BUDGET: &str = "budget_cents";
const INVITATION_TEXT: &str = "invitation_text";
pub(in crate::store) const ROLE: &str = "role";
/// The hash of the admin passphrase.
pub(in crate::store) const PASSPHRASE: &str = "role_passphrase";
/// How many wrong passphrases there were since the last right one, and when the last one was.
pub(in crate::store) const WRONG: &str = "role_passphrase_wrong";
/// What the API token may do, as JSON.
pub(in crate::store) const RIGHTS: &str = "token_rights";
/// The settings that describe this computer: the connected account and whether the keyring holds its token, which are
/// copies of `installation.db`, its role, and the last report that it mailed.
pub(in crate::store) const OF_THIS_COMPUTER: [&str; 8] =
    [SAVED_ACCOUNT, SAVED_ADDRESS, TOKEN_KEPT, ROLE, PASSPHRASE, WRONG, RIGHTS, MAILED_LAST];

impl Store {
    pub(in crate::store) fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        read(self.connection().raw(), key)
    }

    pub(in crate::store) fn set_setting(&self, key: &str, value: Option<&str>) -> Result<(), Error> {
        write(&self.writer(), key, value)
    }

    /// Ties the data to an account the first time and refuses any other account later, because rooms and videos of one
    /// account do not exist in another.
    pub fn claim_for(&self, account: &AccountId) -> Result<(), Error> {
        match self.setting(ACCOUNT)? {
            None => self.set_setting(ACCOUNT, Some(account.as_str())),
            Some(owner) if owner == account.as_str() => Ok(()),
            // Earlier versions stored the id as a person typed it.
            Some(owner) if owner.eq_ignore_ascii_case(account.as_str()) => {
                self.set_setting(ACCOUNT, Some(account.as_str()))
            }
            Some(owner) if owner.parse::<AccountId>().is_ok() => Err(Error::OtherAccount { owner }),
            // This must not count as the data of another account, because Hajime would then make a new database beside
            // it.
            Some(_) => Err(self.damaged("the account that it belongs to cannot be read")),
        }
    }

    /// Returns the RealtimeKit app that this desk uses; `None` before it is known.
    pub fn app(&self) -> Result<Option<AppId>, Error> {
        self.setting(APP)?.map(|id| id.parse().map_err(|_| Error::unreadable("app id", &id))).transpose()
    }

    /// Returns how the stored app was chosen.
    pub fn app_choice(&self) -> Result<AppChoice, Error> {
        let chosen = self.setting(APP_CHOICE)?.is_some_and(|choice| choice == AppChoice::Chosen.name());
        Ok(if chosen { AppChoice::Chosen } else { AppChoice::OnlyOne })
    }

    /// Stores the app that a person chose.
    pub fn choose_app(&self, app: &AppId) -> Result<(), Error> {
        self.write(|transaction| {
            write(transaction, APP, Some(app.as_str()))?;
            write(transaction, APP_CHOICE, Some(AppChoice::Chosen.name()))
        })
    }

    /// Stores the only app of the account, unless one is stored already. Returns the stored one.
    pub fn settle_app(&self, app: &AppId) -> Result<AppId, Error> {
        self.write(|transaction| {
            if let Some(stored) = read(transaction, APP)? {
                return stored.parse().map_err(|_| Error::unreadable("app id", &stored));
            }
            write(transaction, APP, Some(app.as_str()))?;
            Ok(app.clone())
        })
    }

    /// Returns the name of an app, if it is the one whose name was stored last.
    pub fn name_of_app(&self, app: &AppId) -> Result<Option<String>, Error> {
        let stored = self.setting(APP_NAME)?;
        let name = stored.as_deref().and_then(|stored| stored.split_once(' ')).filter(|(id, _)| *id == app.as_str());
        Ok(name.map(|(_, name)| name.to_owned()))
    }

    /// Stores the name of the app in use.
    pub fn set_name_of_app(&self, app: &AppId, name: &str) -> Result<(), Error> {
        self.set_setting(APP_NAME, Some(&format!("{app} {name}")))
    }

    /// Returns the mark of the last repair of the presets; `None` before the first.
    pub fn presets_repaired(&self) -> Result<Option<String>, Error> {
        self.setting(PRESETS_REPAIRED)
    }

    /// Stores the mark of a repair of the presets.
    pub fn set_presets_repaired(&self, mark: &str) -> Result<(), Error> {
        self.set_setting(PRESETS_REPAIRED, Some(mark))
    }

    /// Returns the account that the data is tied to; `None` before the first.
    pub fn owner(&self) -> Result<Option<String>, Error> {
        self.setting(ACCOUNT)
    }

    /// Returns the text of invitations at this desk.
    pub fn invitation_text(&self) -> Result<InvitationText, Error> {
        let stored = self.setting(INVITATION_TEXT)?;
        Ok(stored.map_or_else(InvitationText::default, |text| InvitationText::from_stored(&text)))
    }

    /// Stores the text of invitations; `None` brings back the first one.
    pub fn set_invitation_text(&self, text: Option<&InvitationText>) -> Result<(), Error> {
        self.set_setting(INVITATION_TEXT, text.map(InvitationText::as_str))
    }

    /// Returns the preferences. Those that are absent or unreadable have their default.
    pub fn preferences(&self) -> Result<Preferences, Error> {
        read_preferences(self.connection().raw())
    }
}

/// Reads one setting.
pub(in crate::store) fn read(connection: &Connection, key: &str) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Does the same as [`Store::role`], on any connection or transaction.
pub(in crate::store) fn read_role(connection: &Connection) -> Result<Role, Error> {
    Ok(read(connection, ROLE)?.map_or(Role::Admin, |stored| stored.parse().unwrap_or(Role::Staff)))
}

/// Stores one setting; `None` deletes it.
pub(in crate::store) fn write(connection: &Connection, key: &str, value: Option<&str>) -> Result<(), Error> {
    match value {
        Some(value) => connection.execute(
            "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            params![key, value],
        )?,
        None => connection.execute("DELETE FROM settings WHERE key = ?1", [key])?,
    };
    Ok(())
}

/// Does the same as [`Store::preferences`], on any connection or transaction.
pub(in crate::store) fn read_preferences(connection: &Connection) -> Result<Preferences, Error> {
    let mut preferences = Preferences::default();
    if let Some(quality) = read(connection, "default_quality")?.and_then(|value| value.parse().ok()) {
        preferences.quality = quality;
    }
    if let Some(minutes) = read(connection, "default_duration_minutes")?.and_then(|value| value.parse().ok()) {
        preferences.duration_minutes = minutes;
    }
    if let Some(max) = read(connection, "default_max_participants")?.and_then(|value| value.parse().ok()) {
        preferences.max_participants = max;
    }
    if let Some(record) = read(connection, "default_record")?.and_then(|value| value.parse().ok()) {
        preferences.record = record;
    }
    preferences.instructor = read(connection, "instructor")?.unwrap_or_default();
    preferences.join_page = read(connection, "join_page")?.and_then(|value| value.parse().ok());
    preferences.auto_end = read(connection, "auto_end")?.and_then(|value| value.parse().ok()).unwrap_or_default();
    preferences.reminders = read_reminders(connection)?;
    if let Some(wanted) = read(connection, "transcripts")?.and_then(|value| value.parse().ok()) {
        preferences.transcripts = wanted;
    }
    preferences.captions = read(connection, "captions")?.and_then(|value| value.parse().ok());
    preferences.keys = read_keys(connection)?;
    preferences.retention = read_retention(connection)?;
    preferences.prices = read_prices(connection)?;
    preferences.budget_cents = read(connection, BUDGET)?.and_then(|value| value.parse().ok());
    Ok(preferences)
}

/// The stored word for a reminder that nobody wants.
const OFF: &str = "off";

/// Reads which reminders are wanted. Values that cannot be chosen count as absent.
fn read_reminders(connection: &Connection) -> Result<ReminderSettings, Error> {
    let minutes = |key, default: Option<u32>| -> Result<Option<u32>, Error> {
        Ok(match read(connection, key)?.as_deref() {
            Some(OFF) => None,
            Some(stored) => stored.parse().ok().or(default),
            None => default,
        })
    };
    let default = ReminderSettings::default();
    let stored = ReminderSettings {
        before_minutes: minutes("remind_before_minutes", default.before_minutes)?,
        at_start: read(connection, "remind_at_start")?.and_then(|value| value.parse().ok()).unwrap_or(default.at_start),
        late_minutes: minutes("remind_late_minutes", default.late_minutes)?,
    };
    Ok(if stored.check().is_ok() { stored } else { default })
}

fn write_reminders(connection: &Connection, reminders: ReminderSettings) -> Result<(), Error> {
    let minutes = |minutes: Option<u32>| minutes.map_or_else(|| OFF.to_owned(), |minutes| minutes.to_string());
    write(connection, "remind_before_minutes", Some(&minutes(reminders.before_minutes)))?;
    write(connection, "remind_at_start", Some(&reminders.at_start.to_string()))?;
    write(connection, "remind_late_minutes", Some(&minutes(reminders.late_minutes)))
}

/// Stores the preferences.
pub(in crate::store) fn write_preferences(connection: &Connection, preferences: &Preferences) -> Result<(), Error> {
    write(connection, "default_quality", Some(preferences.quality.name()))?;
    write(connection, "default_duration_minutes", Some(&preferences.duration_minutes.to_string()))?;
    write(connection, "default_max_participants", Some(&preferences.max_participants.to_string()))?;
    write(connection, "default_record", Some(&preferences.record.to_string()))?;
    write(connection, "instructor", Some(&preferences.instructor))?;
    write(connection, "join_page", preferences.join_page.as_ref().map(url::Url::as_str))?;
    write(connection, "auto_end", Some(preferences.auto_end.name()))?;
    write(connection, "transcripts", Some(&preferences.transcripts.to_string()))?;
    write(connection, "captions", preferences.captions.as_ref().map(ToString::to_string).as_deref())?;
    write_reminders(connection, preferences.reminders)?;
    write(connection, RETENTION, Some(&serde_json::json!(preferences.retention).to_string()))?;
    write(connection, PRICES, Some(&serde_json::json!(preferences.prices).to_string()))?;
    write(connection, BUDGET, preferences.budget_cents.map(|cents| cents.to_string()).as_deref())?;
    for action in KeyAction::ALL {
        let press = preferences.keys.of(action).map(|press| press.to_string());
        write(connection, &key_setting(action), press.as_deref())?;
    }
    Ok(())
}

fn key_setting(action: KeyAction) -> String {
    format!("key_{}", action.name())
}

/// Reads how long recordings are kept. Rules that cannot be read count as absent, so that nothing is deleted by half of
/// them.
pub(in crate::store) fn read_retention(connection: &Connection) -> Result<RetentionRules, Error> {
    let stored = read(connection, RETENTION)?.and_then(|value| serde_json::from_str::<RetentionRules>(&value).ok());
    Ok(stored.filter(|rules| rules.check().is_ok()).unwrap_or_default())
}

/// Reads the prices that people set. Where they cannot be read, those of the documentation count.
fn read_prices(connection: &Connection) -> Result<Prices, Error> {
    let stored = read(connection, PRICES)?.and_then(|value| serde_json::from_str::<Prices>(&value).ok());
    Ok(stored.filter(|prices| prices.check().is_ok()).unwrap_or_default())
}

/// Reads the keys that work in every program. What is no combination of keys counts as off.
fn read_keys(connection: &Connection) -> Result<GlobalKeys, Error> {
    let one = |action| Ok::<_, Error>(read(connection, &key_setting(action))?.and_then(|stored| stored.parse().ok()));
    Ok(GlobalKeys {
        show: one(KeyAction::Show)?,
        start_or_end: one(KeyAction::StartOrEnd)?,
        copy_link: one(KeyAction::CopyLink)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::price::PriceName;
    use crate::domain::library::retention_rules::{Rule, Subject as RuleSubject, Term};

    #[test]
    fn the_first_account_claims_the_data_and_another_is_refused() {
        let store = Store::in_memory().unwrap();
        let (one, two) = ("1".repeat(32).parse().unwrap(), "2".repeat(32).parse().unwrap());
        store.claim_for(&one).unwrap();
        store.claim_for(&one).unwrap();
        assert!(matches!(store.claim_for(&two), Err(Error::OtherAccount { owner }) if owner == one.as_str()));
    }

    #[test]
    fn an_unreadable_owner_is_reported_as_damage_and_not_as_another_account() {
        let store = Store::in_memory().unwrap();
        store.set_setting(ACCOUNT, Some("\u{36e}\u{3ce}")).unwrap();
        assert!(matches!(store.claim_for(&"1".repeat(32).parse().unwrap()), Err(Error::Corrupt { .. })));
    }

    #[test]
    fn an_owner_stored_in_capitals_is_the_same_account_and_becomes_lower_case() {
        let store = Store::in_memory().unwrap();
        store.set_setting(ACCOUNT, Some(&"A".repeat(32))).unwrap();
        store.claim_for(&"a".repeat(32).parse().unwrap()).unwrap();
        assert_eq!(store.setting(ACCOUNT).unwrap(), Some("a".repeat(32)));
    }

    #[test]
    fn preferences_are_the_defaults_until_others_are_stored_and_read_back() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.preferences().unwrap(), Preferences::default());
        let changed = Preferences {
            quality: crate::domain::recorder::quality::Quality::Full,
            duration_minutes: 90,
            max_participants: 12,
            record: false,
            instructor: "M. Ito".into(),
            join_page: Some("https://join.example.org/".parse().unwrap()),
            auto_end: crate::domain::recorder::auto_end::AutoEnd::WhenEmpty,
            reminders: ReminderSettings { before_minutes: None, at_start: false, late_minutes: Some(10) },
            transcripts: false,
            captions: "de".parse().ok(),
            retention: RetentionRules {
                rules: vec![Rule { subject: RuleSubject::Tag("exam".into()), term: Term::Forever }],
                others: Term::Days(90),
            },
            prices: Prices::default().with(PriceName::Room, 200.0, "2027-01-01".parse().unwrap()).unwrap(),
            budget_cents: Some(60_000),
            keys: GlobalKeys {
                show: "Ctrl+Alt+H".parse().ok(),
                start_or_end: None,
                copy_link: "Super+F9".parse().ok(),
            },
        };
        store.set_preferences(&changed, chrono::DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(store.preferences().unwrap(), changed);
        for unreadable in ["", "[{}]", r#"[{"name":"gold","rate":1,"from":"2027-01-01"}]"#] {
            store.set_setting(PRICES, Some(unreadable)).unwrap();
            assert_eq!(store.preferences().unwrap().prices, Prices::default(), "{unreadable}");
        }
    }
}
