//! How WebKitGTK is told to draw, where left to itself it shows nothing or takes a quarter of a second for each picture.
//!
//! - With NVIDIA's driver under Wayland, its DMABUF renderer leaves the window empty or ends the program on many versions
//!   (<https://github.com/tauri-apps/tauri/issues/9394>). A variable switches it off; [`super::surroundings`] sets it.
//! - Without a graphics card, as in many virtual machines and remote desktops, it still puts the page together as a card would, and the
//!   processor does a card's work: a list of recordings scrolled 5 times a second there, and 50 times when it was drawn directly.

use std::path::Path;

use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

/// Switches off the renderer that shares buffers with the graphics driver.
const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
/// Decides whether the page is put together from layers.
const NO_COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Has the page of a window drawn directly where there is no graphics card, unless somebody decided otherwise.
pub(crate) fn draw_as_fits(window: &tauri::WebviewWindow) {
    if !draws_directly(|name| std::env::var(name).ok(), has_card()) {
        return;
    }
    let told = window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    if let Err(error) = told {
        tracing::debug!(%error, "the page is drawn as on a computer with a graphics card");
    }
}

fn draws_directly(variable: impl Fn(&str) -> Option<String>, card: bool) -> bool {
    !card && variable(NO_COMPOSITING).is_none()
}

/// Whether NVIDIA's own driver is in use.
pub(super) fn has_nvidia() -> bool {
    Path::new("/proc/driver/nvidia/version").exists()
}

/// Whether there is something other than the processor to draw with.
fn has_card() -> bool {
    // What a program of this user may render with. A card that it may not open is no card.
    let usable = |path: &Path| std::fs::File::options().read(true).write(true).open(path).is_ok();
    let render_node = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("renderD") && usable(&entry.path()));
    // Windows lends its card to the Linux systems inside it by a device of its own.
    render_node || has_nvidia() || usable(Path::new("/dev/dxg"))
}

/// The variable to set, if any. Whoever set it already has decided.
pub(super) fn fallback(variable: impl Fn(&str) -> Option<String>, nvidia: bool) -> Option<(&'static str, String)> {
    let x11_asked_for = variable("GDK_BACKEND").is_some_and(|backends| backends.starts_with("x11"));
    let wayland = !x11_asked_for && variable("WAYLAND_DISPLAY").is_some_and(|display| !display.is_empty());
    (nvidia && wayland && variable(NO_DMABUF).is_none()).then(|| (NO_DMABUF, "1".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAYLAND: (&str, &str) = ("WAYLAND_DISPLAY", "wayland-0");

    fn among(variables: &[(&str, &str)], name: &str) -> Option<String> {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn needs_fallback(variables: &[(&str, &str)], nvidia: bool) -> bool {
        fallback(|name| among(variables, name), nvidia).is_some()
    }

    #[test]
    fn only_nvidia_under_wayland_draws_without_shared_buffers() {
        assert!(needs_fallback(&[WAYLAND], true));
        assert!(!needs_fallback(&[WAYLAND], false));
        assert!(!needs_fallback(&[("DISPLAY", ":0")], true));
        assert!(!needs_fallback(&[("WAYLAND_DISPLAY", "")], true));
        assert!(!needs_fallback(&[WAYLAND, ("GDK_BACKEND", "x11,wayland")], true), "GTK will not use Wayland");
    }

    #[test]
    fn who_decided_for_themselves_is_left_alone_and_it_happens_once() {
        for value in ["0", "1", ""] {
            assert!(!needs_fallback(&[WAYLAND, (NO_DMABUF, value)], true), "{value}");
            assert!(!draws_directly(|name| among(&[(NO_COMPOSITING, value)], name), false), "{value}");
        }
    }

    #[test]
    fn only_without_a_card_the_page_is_drawn_directly() {
        assert!(draws_directly(|_| None, false));
        assert!(!draws_directly(|_| None, true));
    }
}
