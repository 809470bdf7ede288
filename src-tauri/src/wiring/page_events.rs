//! Tells the page, the title of the window and the menu of the tray which topics changed.

use hajime_core::ports::{EventSink, Topic};
use tauri::{AppHandle, Manager as _};

use super::awake::AwakeWatch;
use super::title::Title;
use crate::ipc::events::{self, Event};
use crate::platform::global_keys::KeysWatch;
use crate::platform::tray::TrayWatch;

/// Sends each change of a topic to the page as an event.
pub(crate) struct PageEvents(AppHandle);

impl PageEvents {
    pub(crate) const fn new(app: AppHandle) -> Self {
        Self(app)
    }
}

impl EventSink for PageEvents {
    fn changed(&self, topics: &[Topic]) {
        if topics.iter().any(|topic| matches!(topic, Topic::Sessions | Topic::Desk))
            && let Some(title) = self.0.try_state::<Title>()
        {
            title.changed();
        }
        if topics.iter().any(|topic| matches!(topic, Topic::Sessions | Topic::Recordings | Topic::Desk))
            && let Some(awake) = self.0.try_state::<AwakeWatch>()
        {
            awake.changed();
        }
        if topics.contains(&Topic::Desk)
            && let Some(keys) = self.0.try_state::<KeysWatch>()
        {
            keys.changed();
        }
        if let Some(tray) = self.0.try_state::<TrayWatch>() {
            tray.changed();
        }
        events::emit(&self.0, Event::Changed(topics));
    }
}
