//! Tells WebKitGTK how to draw on machines where its default shows nothing or takes a quarter of a second for each
//! frame.
//!
//! - With NVIDIA's driver under Wayland, the DMABUF renderer of many WebKitGTK versions leaves the window empty or ends
//!   the program (<https://github.com/tauri-apps/tauri/issues/9394>). An environment variable switches the renderer
//!   off; [`super::surroundings`] sets it.
//! - Without a graphics card, as in many virtual machines and remote desktops, WebKitGTK still combines the page from
//!   layers, as if there were a card, and the processor does that work. A list of recordings scrolled at 5 frames a
//!   second in this way, and at 50 when it was drawn directly.

use std::path::Path;

use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

/// WebKitGTK's variable that switches off the renderer which shares buffers with the graphics driver.
const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
/// WebKitGTK's variable that decides whether the page is combined from layers.
const NO_COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Draws the page of a window directly if there is no graphics card and [`NO_COMPOSITING`] is not set.
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

/// Whether NVIDIA's own driver is loaded, and not the free `nouveau`.
pub(super) fn has_nvidia() -> bool {
    Path::new("/proc/driver/nvidia/version").exists()
}

/// Whether this user has a graphics card to draw with.
fn has_card() -> bool {
    // A card counts only if this user may open its device.
    let usable = |path: &Path| std::fs::File::options().read(true).write(true).open(path).is_ok();
    let render_node = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("renderD") && usable(&entry.path()));
    // The Windows Subsystem for Linux offers the card of Windows as `/dev/dxg`.
    render_node || has_nvidia() || usable(Path::new("/dev/dxg"))
}

/// The variable to set for NVIDIA under Wayland; `None` elsewhere, and where the variable already has a value.
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
    fn only_nvidia_under_wayland_needs_the_variable_against_shared_buffers() {
        assert!(needs_fallback(&[WAYLAND], true));
        assert!(!needs_fallback(&[WAYLAND], false));
        assert!(!needs_fallback(&[("DISPLAY", ":0")], true));
        assert!(!needs_fallback(&[("WAYLAND_DISPLAY", "")], true));
        assert!(!needs_fallback(&[WAYLAND, ("GDK_BACKEND", "x11,wayland")], true), "GTK will not use Wayland");
    }

    #[test]
    fn variables_that_already_have_a_value_are_left_alone() {
        for value in ["0", "1", ""] {
            assert!(!needs_fallback(&[WAYLAND, (NO_DMABUF, value)], true), "{value}");
            assert!(!draws_directly(|name| among(&[(NO_COMPOSITING, value)], name), false), "{value}");
        }
    }

    #[test]
    fn the_page_is_drawn_directly_only_without_a_card() {
        assert!(draws_directly(|_| None, false));
        assert!(!draws_directly(|_| None, true));
    }
}
