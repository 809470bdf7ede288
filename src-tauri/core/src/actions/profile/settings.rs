//! The settings of one account: the defaults for new sessions, and the page on which invited people join.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::delivery::reminder::ReminderSettings;
use crate::domain::profile::global_keys::GlobalKeys;
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;

/// Reads the settings.
pub fn get(context: &Context) -> Result<Preferences, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(context.store().preferences()?)
}

/// Checks and saves the settings, and tells the listeners.
pub fn save(context: &Context, preferences: &Preferences) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    write(context, preferences)
}

fn write(context: &Context, preferences: &Preferences) -> Result<(), Error> {
    preferences.check()?;
    context.store().set_preferences(preferences, context.now())?;
    context.changed(&[Topic::Desk]);
    Ok(())
}

/// Reads which reminders of classes are wanted.
pub fn reminders(context: &Context) -> Result<ReminderSettings, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(context.store().preferences()?.reminders)
}

/// Checks and saves which reminders of classes are wanted, and tells the listeners. The other settings stay.
pub fn save_reminders(context: &Context, reminders: ReminderSettings) -> Result<(), Error> {
    guard::allow(context, Permission::SetDesk)?;
    reminders.check()?;
    write(context, &Preferences { reminders, ..get(context)? })
}

/// Reads the keys that work in every program.
pub fn global_keys(context: &Context) -> Result<GlobalKeys, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(context.store().preferences()?.keys)
}

/// Checks and saves the keys that work in every program, and tells the listeners. The other settings stay.
pub fn save_global_keys(context: &Context, keys: GlobalKeys) -> Result<(), Error> {
    guard::allow(context, Permission::SetDesk)?;
    keys.check()?;
    write(context, &Preferences { keys, ..get(context)? })
}

/// Tells the listeners that the desktop has assigned keys, or has refused them.
pub fn keys_answered(context: &Context) {
    context.changed(&[Topic::Desk]);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;
    use crate::cloudflare::{ApiToken, Client, ClientConfig, Pace};
    use crate::context::ContextParts;
    use crate::domain::ids::AccountId;
    use crate::ports::{EventSink, Quiet, SystemClock};
    use crate::store::Store;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Topic>>);

    impl EventSink for Heard {
        fn changed(&self, topics: &[Topic]) {
            self.0.lock().unwrap().extend_from_slice(topics);
        }
    }

    fn context(events: Arc<Heard>) -> Context {
        let account: AccountId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let config = ClientConfig {
            base_url: "http://127.0.0.1:9/".parse().unwrap(),
            account: account.clone(),
            token: ApiToken::Known("no token".into()),
            user_agent: String::new(),
            timeout: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
            pace: Pace::default(),
        };
        Context::new(ContextParts {
            store: Store::in_memory().unwrap(),
            cloudflare: Client::new(config).unwrap(),
            account,
            app: None,
            own_room_page: None,
            local_join_page: None,
            clock: Arc::new(SystemClock),
            secrets: None,
            notifier: Arc::new(Quiet),
            events,
        })
        .unwrap()
    }

    #[test]
    fn saving_settings_tells_the_listeners_and_refused_settings_do_not() {
        let heard = Arc::new(Heard::default());
        let context = context(Arc::clone(&heard));
        let refused = Preferences { max_participants: 0, ..Preferences::default() };
        assert!(save(&context, &refused).is_err());
        assert!(heard.0.lock().unwrap().is_empty());
        let chosen = Preferences { max_participants: 12, ..Preferences::default() };
        save(&context, &chosen).unwrap();
        assert_eq!(*heard.0.lock().unwrap(), [Topic::Desk]);
        assert_eq!(get(&context).unwrap(), chosen);
    }
}
