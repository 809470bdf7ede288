//! Global keys from the desktop portal (`org.freedesktop.portal.GlobalShortcuts`). The desktop may ask the person, and may
//! assign other keys than those that are wanted.

use std::collections::BTreeMap;
use std::time::Duration;

use ashpd::desktop::CreateSessionOptions;
use ashpd::desktop::global_shortcuts::{BindShortcutsOptions, GlobalShortcuts, NewShortcut};
use futures_util::StreamExt as _;
use hajime_core::domain::profile::global_keys::{KeyAction, KeyPress};
use hajime_core::domain::text::one_line;
use tauri::async_runtime::JoinHandle;

use super::key_state::{KeyRefusal, KeyState, OnKey};

/// How long the desktop may take for a session. After that, a person may be asked, which takes as long as it takes.
const SESSION_LIMIT: Duration = Duration::from_secs(10);
/// The longest text about assigned keys that is shown, in characters.
const ASSIGNED_MAX: usize = 60;

/// Keys that the portal was asked for. Dropping this value gives them back.
pub(crate) struct Portal {
    wanted: Vec<(KeyAction, KeyPress)>,
    listening: JoinHandle<()>,
}

impl Portal {
    /// Asks the portal for keys. `answered` gets the state of each key, once the desktop has answered.
    pub(crate) fn bind(
        wanted: Vec<(KeyAction, KeyPress)>,
        on_key: OnKey,
        answered: impl Fn(BTreeMap<KeyAction, KeyState>) + Send + Sync + 'static,
    ) -> Self {
        let asked = wanted.clone();
        let listening = tauri::async_runtime::spawn(async move {
            if let Err(error) = listen(&asked, &on_key, &answered).await {
                tracing::info!(%error, "the desktop portal assigned no keys");
                answered(
                    asked.iter().map(|(action, _)| (*action, KeyState::Refused(KeyRefusal::NotAssigned))).collect(),
                );
            }
        });
        Self { wanted, listening }
    }

    /// Whether these keys were asked for. The desktop is not asked again for keys that it did not assign: it might ask the
    /// person each time.
    pub(crate) fn is_for(&self, wanted: &[(KeyAction, KeyPress)]) -> bool {
        self.wanted == wanted
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // The session ends with the task that holds it.
        self.listening.abort();
    }
}

/// Ends the session when it is dropped, which also happens when its task is stopped.
struct Ending(Option<ashpd::desktop::Session<GlobalShortcuts>>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            tauri::async_runtime::spawn(async move {
                // Fails if the desktop has ended it.
                session.close().await.ok();
            });
        }
    }
}

async fn listen(
    wanted: &[(KeyAction, KeyPress)],
    on_key: &OnKey,
    answered: &impl Fn(BTreeMap<KeyAction, KeyState>),
) -> Result<(), ashpd::Error> {
    let opening = async {
        let portal = GlobalShortcuts::new().await?;
        let session = portal.create_session(CreateSessionOptions::default()).await?;
        Ok::<_, ashpd::Error>((portal, session))
    };
    let Ok(opened) = tokio::time::timeout(SESSION_LIMIT, opening).await else { return Err(ashpd::Error::NoResponse) };
    let (portal, session) = opened?;
    let session = Ending(Some(session));
    let Some(open) = &session.0 else { return Ok(()) };
    // The library tells the path of a session only where it is written for the bus.
    let path = serde_json::to_value(open).ok().and_then(|path| Some(path.as_str()?.to_owned())).unwrap_or_default();
    // Before the keys are assigned, so that no press is missed.
    let mut presses = portal.receive_activated().await?;
    let new: Vec<_> = wanted
        .iter()
        .map(|(action, press)| {
            NewShortcut::new(action.name(), action.words()).preferred_trigger(press.trigger().as_str())
        })
        .collect();
    let bound = portal.bind_shortcuts(open, &new, None, BindShortcutsOptions::default()).await?.response()?;
    let assigned = |action: KeyAction| {
        let known = bound.shortcuts().iter().find(|known| known.id() == action.name())?;
        let words: String = one_line(known.trigger_description()).chars().take(ASSIGNED_MAX).collect();
        Some(KeyState::On(Some(words).filter(|words| !words.is_empty())))
    };
    let states = wanted
        .iter()
        .map(|(action, _)| (*action, assigned(*action).unwrap_or(KeyState::Refused(KeyRefusal::NotAssigned))));
    answered(states.collect());
    while let Some(press) = presses.next().await {
        // Another program that uses the portal has a session of its own.
        if press.session_handle().as_str() == path
            && let Some(action) = KeyAction::from_name(press.shortcut_id())
        {
            on_key(action);
        }
    }
    Err(ashpd::Error::NoResponse)
}
