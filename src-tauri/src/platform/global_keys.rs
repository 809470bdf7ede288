//! Keys that work in every program. X11, macOS and Windows report them; on Wayland the desktop portal assigns them.
//!
//! The keys are brought into the state that a person wants: those that are no longer wanted are given back first. Nothing
//! runs while no key is wanted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hajime_core::domain::profile::desktop::KeyMeans;
use hajime_core::domain::profile::global_keys::{GlobalKeys, Held, KeyAction, KeyPress};
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{Code, GlobalShortcutExt as _, Modifiers, Shortcut, ShortcutState};
use tokio::sync::Notify;

#[cfg(target_os = "linux")]
use super::key_portal::Portal;
use super::key_state::{KeyRefusal, KeyState, OnKey};

/// Wakes the task that reads which keys are wanted.
#[derive(Default)]
pub(crate) struct KeysWatch(Notify);

impl KeysWatch {
    /// Looks again after the settings, the open account or the desktop have changed.
    pub(crate) fn changed(&self) {
        self.0.notify_one();
    }

    /// Resolves after the next change.
    pub(crate) async fn changes(&self) {
        self.0.notified().await;
    }
}

/// The keys of this process.
pub(crate) struct Keys {
    app: AppHandle,
    on_key: OnKey,
    /// Whether a person is choosing keys in the window.
    is_paused: Arc<AtomicBool>,
    /// Held while keys are changed, so that only one change runs at a time.
    held: tokio::sync::Mutex<HeldKeys>,
    states: Arc<Mutex<BTreeMap<KeyAction, KeyState>>>,
}

#[derive(Default)]
struct HeldKeys {
    /// The plugin polls the X server, so it is loaded when a key is first wanted.
    is_loaded: bool,
    registered: BTreeMap<KeyAction, KeyPress>,
    #[cfg(target_os = "linux")]
    portal: Option<Portal>,
}

impl Keys {
    pub(crate) fn new(app: AppHandle, on_key: impl Fn(KeyAction) + Send + Sync + 'static) -> Self {
        let is_paused = Arc::<AtomicBool>::default();
        let paused = Arc::clone(&is_paused);
        let on_key = move |action| {
            if !paused.load(Ordering::Relaxed) {
                on_key(action);
            }
        };
        let on_key: OnKey = Arc::new(on_key);
        Self { app, on_key, is_paused, held: tokio::sync::Mutex::default(), states: Arc::default() }
    }

    /// Whether the key of an action works.
    pub(crate) fn state_of(&self, action: KeyAction) -> KeyState {
        open(&self.states).get(&action).cloned().unwrap_or(KeyState::Off)
    }

    /// Lets a person press the keys that they choose in the window: until [`Keys::resume`], no key does anything. The
    /// system gets its keys back, because the window does not hear keys that are taken. The portal keeps its own: it might
    /// ask the person about them again.
    pub(crate) async fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
        let mut held = self.held.lock().await;
        self.give_back(&mut held, |_, _| true).await;
    }

    /// Ends [`Keys::pause`]. The keys work again after the next [`Keys::apply`].
    pub(crate) fn resume(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
    }

    /// Brings the keys into the wanted state, unless they are paused. `told` is called when the desktop has answered later.
    pub(crate) async fn apply(&self, wanted: GlobalKeys, means: KeyMeans, told: impl Fn() + Send + Sync + 'static) {
        let mut held = self.held.lock().await;
        if self.is_paused.load(Ordering::Relaxed) {
            return;
        }
        if means != KeyMeans::System {
            self.give_back(&mut held, |_, _| true).await;
        }
        #[cfg(target_os = "linux")]
        if means != KeyMeans::Portal {
            held.portal = None;
        }
        match means {
            KeyMeans::System => self.apply_to_system(&mut held, wanted).await,
            #[cfg(target_os = "linux")]
            KeyMeans::Portal => {
                let wanted: Vec<_> = pairs(wanted).collect();
                if held.portal.as_ref().is_some_and(|portal| portal.is_for(&wanted)) {
                    return;
                }
                // The desktop takes the earlier keys back.
                held.portal = None;
                let first = |_: &(KeyAction, KeyPress)| KeyState::Asking;
                *open(&self.states) = wanted.iter().map(|pair| (pair.0, first(pair))).collect();
                if !wanted.is_empty() {
                    let states = Arc::clone(&self.states);
                    let answered = move |found: BTreeMap<KeyAction, KeyState>| {
                        *open(&states) = found;
                        told();
                    };
                    held.portal = Some(Portal::bind(wanted, Arc::clone(&self.on_key), answered));
                }
            }
            #[cfg(not(target_os = "linux"))]
            KeyMeans::Portal => refuse_all(&self.states, wanted),
            KeyMeans::None => refuse_all(&self.states, wanted),
        }
    }

    async fn apply_to_system(&self, held: &mut HeldKeys, wanted: GlobalKeys) {
        self.give_back(held, |action, press| wanted.of(action) != Some(press)).await;
        open(&self.states).retain(|action, _| wanted.of(*action).is_some());
        for (action, press) in pairs(wanted) {
            if held.registered.contains_key(&action) {
                continue;
            }
            let state = match self.register(held, action, press).await {
                Ok(()) => {
                    held.registered.insert(action, press);
                    KeyState::On(None)
                }
                Err(refusal) => KeyState::Refused(refusal),
            };
            open(&self.states).insert(action, state);
        }
    }

    /// Gives those registered keys back to the system that are named.
    async fn give_back(&self, held: &mut HeldKeys, named: impl Fn(KeyAction, KeyPress) -> bool) {
        let gone: Vec<_> =
            held.registered.iter().map(|(a, p)| (*a, *p)).filter(|(action, press)| named(*action, *press)).collect();
        for (action, press) in gone {
            held.registered.remove(&action);
            if let Some(shortcut) = shortcut(press)
                && let Err(error) =
                    self.aside(move |app| app.global_shortcut().unregister(shortcut).map_err(|e| e.to_string())).await
            {
                tracing::warn!(error, "a global key could not be given back");
            }
        }
    }

    async fn register(&self, held: &mut HeldKeys, action: KeyAction, press: KeyPress) -> Result<(), KeyRefusal> {
        let shortcut = shortcut(press).ok_or(KeyRefusal::NoSuchKey)?;
        if !held.is_loaded {
            self.load().await?;
            held.is_loaded = true;
        }
        let on_key = Arc::clone(&self.on_key);
        let registering = self.aside(move |app| {
            let registered = app.global_shortcut().on_shortcut(shortcut, move |_, _, event| {
                if event.state == ShortcutState::Pressed {
                    on_key(action);
                }
            });
            registered.map_err(|error| error.to_string())
        });
        registering.await.map_err(|error| {
            tracing::info!(error, "a global key is refused");
            refusal(&error)
        })
    }

    /// Loads the plugin on the main thread, as macOS needs it.
    async fn load(&self) -> Result<(), KeyRefusal> {
        let (done, loaded) = tokio::sync::oneshot::channel();
        let app = self.app.clone();
        let loading = self.app.run_on_main_thread(move || {
            let plugin = tauri_plugin_global_shortcut::Builder::new().build();
            done.send(app.plugin(plugin).map_err(|error| error.to_string())).ok();
        });
        let loaded = match loading {
            Ok(()) => loaded.await.unwrap_or_else(|_| Err("the window is closing".to_owned())),
            Err(error) => Err(error.to_string()),
        };
        loaded.map_err(|error| {
            tracing::warn!(error, "global keys cannot be used");
            KeyRefusal::Unknown
        })
    }

    /// Runs work that waits for the main thread.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(AppHandle) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let app = self.app.clone();
        tauri::async_runtime::spawn_blocking(move || work(app)).await.map_err(|error| error.to_string())?
    }
}

fn refuse_all(states: &Mutex<BTreeMap<KeyAction, KeyState>>, wanted: GlobalKeys) {
    *open(states) = pairs(wanted).map(|(action, _)| (action, KeyState::Refused(KeyRefusal::NoMeans))).collect();
}

fn pairs(wanted: GlobalKeys) -> impl Iterator<Item = (KeyAction, KeyPress)> {
    KeyAction::ALL.into_iter().filter_map(move |action| Some((action, wanted.of(action)?)))
}

fn open<T>(states: &Mutex<T>) -> MutexGuard<'_, T> {
    states.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shortcut(press: KeyPress) -> Option<Shortcut> {
    let held = press.held().into_iter().map(|held| match held {
        Held::Control => Modifiers::CONTROL,
        Held::Alt => Modifiers::ALT,
        Held::Shift => Modifiers::SHIFT,
        Held::System => Modifiers::SUPER,
    });
    let code: Code = press.code().parse().ok()?;
    Some(Shortcut::new(Some(held.collect()), code))
}

/// The plugin has no error code, so its words are read (global-hotkey 0.8.0, `error.rs` and `platform_impl/x11`).
fn refusal(error: &str) -> KeyRefusal {
    let error = error.to_ascii_lowercase();
    if error.contains("already registered") {
        KeyRefusal::Taken
    } else if error.contains("keycode") || error.contains("scancode") {
        KeyRefusal::NoSuchKey
    } else {
        KeyRefusal::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_can_be_chosen_is_known_to_the_plugin() {
        let keys = ('A'..='Z').chain('0'..='9').map(String::from);
        let keys = keys.chain((1..=12).map(|number| format!("F{number}")));
        let named = ["Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown", "Insert"];
        for key in keys.chain(named.map(str::to_owned)) {
            let press: KeyPress = format!("Ctrl+Super+{key}").parse().unwrap();
            let shortcut = shortcut(press).unwrap_or_else(|| panic!("{key} is unknown"));
            assert_eq!(shortcut.mods, Modifiers::CONTROL | Modifiers::SUPER, "{key}");
        }
    }

    #[test]
    fn the_words_of_the_plugin_are_read() {
        assert_eq!(refusal("HotKey already registered: HotKey { mods: Modifiers(ALT) }"), KeyRefusal::Taken);
        let unknown = "Unable to register hotkey: Unable to find keycode for key: KeyH";
        assert_eq!(refusal(unknown), KeyRefusal::NoSuchKey);
        assert_eq!(refusal("Unable to register hotkey: the server is gone"), KeyRefusal::Unknown);
    }
}
