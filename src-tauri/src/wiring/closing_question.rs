//! The question before the window closes while a class is live or a file is carried to Stream. The core words it (what continues and what stops without the
//! window), and the page asks it.

use hajime_core::actions::recorder::closing as under_way;
use tauri::{CloseRequestApi, Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;
use crate::ipc::events::{self, Event};
use crate::platform::closing::{self, Closing};
use crate::platform::desktop::DesktopWatch;

/// Keeps the window open while something needs it, until the person has answered.
pub(crate) fn attend(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && window.label() == "main"
        && !asks_first(window, api)
    {
        closing::tidy_up(window.app_handle());
    }
}

/// Returns whether the page asks the question first. The window then stays open until the person answers.
fn asks_first(window: &Window, api: &CloseRequestApi) -> bool {
    let Some(here) = window.state::<Accounts>().at_hand() else { return false };
    let way_back = window.state::<DesktopWatch>().way_back();
    let question = match under_way::question(&here.context, way_back) {
        Ok(Some(question)) => question,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(%error, "whether a class is live could not be read");
            return false;
        }
    };
    if !window.state::<Closing>().may_ask() {
        return false;
    }
    api.prevent_close();
    crate::platform::window::show(window.app_handle());
    events::emit(window.app_handle(), Event::CloseAsked(question));
    true
}
