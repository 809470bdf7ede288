//! Global keys from the desktop portal (`org.freedesktop.portal.GlobalShortcuts`). The desktop may ask the person, and may
//! assign other keys than those that are wanted.

use std::collections::BTreeMap;
use std::pin::pin;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ashpd::desktop::CreateSessionOptions;
use ashpd::desktop::global_shortcuts::{BindShortcutsOptions, GlobalShortcuts, NewShortcut};
use ashpd::{AppID, PortalError};
use futures_util::StreamExt as _;
use hajime_core::domain::profile::global_keys::{KeyAction, KeyPress};
use hajime_core::domain::text::one_line;
use tauri::async_runtime::JoinHandle;

use super::key_state::{KeyRefusal, KeyState, OnKey};

/// How long the desktop may take for a session. After that, a person may be asked, which takes as long as it takes.
const SESSION_LIMIT: Duration = Duration::from_secs(10);
/// The longest text about assigned keys that is shown, in characters.
const ASSIGNED_MAX: usize = 60;

/// How long Hajime waits after the portal has gone, before it asks it again: a portal that fails each time is not started
/// without end.
const REST: Duration = Duration::from_secs(10);
/// The name of the `.desktop` file that the package installs for the portal, without its ending. The portal assigns keys to
/// programs only that it can name.
const APP_ID: &str = "org.hajime.desktop";

/// Keys that the portal was asked for. Dropping this value gives them back.
pub(crate) struct Portal {
    wanted: Vec<(KeyAction, KeyPress)>,
    /// Whether the portal has gone since.
    is_gone: Arc<AtomicBool>,
    listening: JoinHandle<()>,
}

impl Portal {
    /// Asks the portal for keys. `answered` gets the state of each key, once the desktop has answered and after each
    /// change.
    pub(crate) fn bind(
        wanted: Vec<(KeyAction, KeyPress)>,
        on_key: OnKey,
        answered: impl Fn(BTreeMap<KeyAction, KeyState>) + Send + Sync + 'static,
    ) -> Self {
        let (asked, is_gone) = (wanted.clone(), Arc::<AtomicBool>::default());
        let gone = Arc::clone(&is_gone);
        let listening = tauri::async_runtime::spawn(async move {
            let refused = |refusal| asked.iter().map(|(action, _)| (*action, KeyState::Refused(refusal))).collect();
            match listen(&asked, &on_key, &answered).await {
                Ok(End::Closed) => {
                    tracing::info!("the desktop took the global keys back");
                    answered(refused(KeyRefusal::TakenBack));
                }
                Ok(End::Gone) => {
                    tracing::info!("the desktop portal has gone, and the global keys with it");
                    answered(refused(KeyRefusal::PortalGone));
                    tokio::time::sleep(REST).await;
                    gone.store(true, Ordering::Relaxed);
                    answered(refused(KeyRefusal::PortalGone));
                }
                Err(error) => {
                    tracing::info!(%error, "the desktop portal assigned no keys");
                    answered(refused(refusal(&error)));
                }
            }
        });
        Self { wanted, is_gone, listening }
    }

    /// Whether these keys were asked for, from a portal that is still there. The desktop is not asked again for keys that
    /// it did not assign or took back: it might ask the person each time.
    pub(crate) fn is_for(&self, wanted: &[(KeyAction, KeyPress)]) -> bool {
        self.wanted == wanted && !self.is_gone.load(Ordering::Relaxed)
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // The session ends with the task that holds it.
        self.listening.abort();
    }
}

/// How a session with assigned keys ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The desktop closed it.
    Closed,
    /// The portal has gone or was started anew, and knows the session no longer.
    Gone,
}

fn refusal(error: &ashpd::Error) -> KeyRefusal {
    match error {
        ashpd::Error::Portal(PortalError::NotAllowed(_)) => KeyRefusal::NotAllowed,
        ashpd::Error::PortalNotFound(_) => KeyRefusal::NoMeans,
        _ => KeyRefusal::NotAssigned,
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

/// Tells the portal which program this is, as it must know before anything else. A portal that cannot be told, because it
/// is older or the program was not installed from a package, finds out by itself or refuses the keys.
async fn name_program() {
    let Ok(name) = AppID::from_str(APP_ID) else { return };
    if let Err(error) = ashpd::register_host_app(name).await {
        tracing::info!(%error, "the desktop portal was not told which program this is");
    }
}

async fn listen(
    wanted: &[(KeyAction, KeyPress)],
    on_key: &OnKey,
    answered: &impl Fn(BTreeMap<KeyAction, KeyState>),
) -> Result<End, ashpd::Error> {
    let opening = async {
        name_program().await;
        let portal = GlobalShortcuts::new().await?;
        let session = portal.create_session(CreateSessionOptions::default()).await?;
        Ok::<_, ashpd::Error>((portal, session))
    };
    let Ok(opened) = tokio::time::timeout(SESSION_LIMIT, opening).await else { return Err(ashpd::Error::NoResponse) };
    let (portal, session) = opened?;
    let session = Ending(Some(session));
    let Some(open) = &session.0 else { return Ok(End::Closed) };
    // The library tells the path of a session only where it is written for the bus.
    let path = serde_json::to_value(open).ok().and_then(|path| Some(path.as_str()?.to_owned())).unwrap_or_default();
    // Before the keys are assigned, so that no press and no end is missed.
    let mut presses = portal.receive_activated().await?;
    let mut owners = pin!(portal.receive_owner_changed().await?);
    let mut closed = pin!(open.receive_closed().await?);
    let mut ended = pin!(async {
        tokio::select! {
            _ = owners.next() => End::Gone,
            _ = closed.next() => End::Closed,
        }
    });
    let new: Vec<_> = wanted
        .iter()
        .map(|(action, press)| {
            NewShortcut::new(action.name(), action.words()).preferred_trigger(press.trigger().as_str())
        })
        .collect();
    let binding = async { portal.bind_shortcuts(open, &new, None, BindShortcutsOptions::default()).await?.response() };
    let bound = tokio::select! {
        bound = binding => bound?,
        end = &mut ended => return Ok(end),
    };
    let assigned = |action: KeyAction| {
        let known = bound.shortcuts().iter().find(|known| known.id() == action.name())?;
        let words: String = one_line(known.trigger_description()).chars().take(ASSIGNED_MAX).collect();
        Some(KeyState::On(Some(words).filter(|words| !words.is_empty())))
    };
    let states = wanted
        .iter()
        .map(|(action, _)| (*action, assigned(*action).unwrap_or(KeyState::Refused(KeyRefusal::NotAssigned))));
    answered(states.collect());
    loop {
        let press = tokio::select! {
            press = presses.next() => press,
            end = &mut ended => return Ok(end),
        };
        let Some(press) = press else { return Ok(End::Gone) };
        // Another program that uses the portal has a session of its own.
        if press.session_handle().as_str() == path
            && let Some(action) = KeyAction::from_name(press.shortcut_id())
        {
            on_key(action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_can_be_told_the_name_of_a_file_that_the_package_installs() {
        assert!(AppID::from_str(APP_ID).is_ok());
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let package: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(root.join("tauri.conf.json")).unwrap()).unwrap();
        let files = &package["bundle"]["linux"]["deb"]["files"];
        let file = files[format!("/usr/share/applications/{APP_ID}.desktop")].as_str().unwrap();
        // The entry in menus is the other file.
        let entry = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(entry.lines().any(|line| line == "NoDisplay=true"), "{entry}");
    }

    #[test]
    fn a_portal_that_does_not_know_the_program_is_told_apart_from_one_that_assigned_nothing() {
        let unknown = PortalError::NotAllowed("An app id is required".to_owned());
        assert_eq!(refusal(&ashpd::Error::Portal(unknown)), KeyRefusal::NotAllowed);
        assert_eq!(refusal(&ashpd::Error::NoResponse), KeyRefusal::NotAssigned);
    }
}
