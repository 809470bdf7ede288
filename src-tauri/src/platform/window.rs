//! The app's large window, which has the background colour of its page before the page is painted.

use std::ops::RangeInclusive;

use tauri::utils::config::Color;
use tauri::{AppHandle, Manager as _, Theme, UserAttentionType, WebviewWindow, WebviewWindowBuilder};

use super::cage;

/// The light value of `--paper` in the page's `tokens.css`, and below it the dark one. The window shows this colour
/// until WebKit has painted the page for the first time.
const PAPER_LIGHT: Color = Color(0xf7, 0xf6, 0xf3, 0xff);
const PAPER_DARK: Color = Color(0x16, 0x15, 0x13, 0xff);

/// Opens the window described in `tauri.conf.json`, with the limits of [`cage`] on its page.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let config = app.config().app.windows.first().cloned().unwrap_or_default();
    let window = cage::shut(WebviewWindowBuilder::from_config(app, &config)?, app).build()?;
    #[cfg(target_os = "linux")]
    super::graphics::draw_as_fits(&window);
    #[cfg(not(target_os = "linux"))]
    let _ = window;
    Ok(())
}

/// Shows the window and brings it to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be shown");
        }
    }
}

/// Hides the window. The process goes on; a second start shows the window again.
pub(crate) fn hide(app: &AppHandle) -> tauri::Result<()> {
    app.get_webview_window("main").map_or(Ok(()), |window| window.hide())
}

/// Minimizes the window. The process goes on; the task bar shows the window again.
pub(crate) fn minimize(app: &AppHandle) -> tauri::Result<()> {
    app.get_webview_window("main").map_or(Ok(()), |window| window.minimize())
}

/// Makes the window’s entry in the task bar attract attention, unless the window has the focus; `None` ends that.
pub(crate) fn call_for_attention(app: &AppHandle, kind: Option<UserAttentionType>) {
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.request_user_attention(kind)
    {
        tracing::debug!(%error, "the task bar could not be told");
    }
}

/// The range of the zoom, in percent. Below it text cannot be read, and above it no whole word fits into the window.
const ZOOM_PERCENT: RangeInclusive<u16> = 50..=300;

/// Sets the zoom of the window, in percent of its usual size, limited to [`ZOOM_PERCENT`].
pub(crate) fn zoom(app: &AppHandle, percent: u16) {
    let factor = f64::from(percent.clamp(*ZOOM_PERCENT.start(), *ZOOM_PERCENT.end())) / 100.0;
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.set_zoom(factor)
    {
        tracing::warn!(%error, "the window could not be zoomed");
    }
}

/// Gives the window the background colour of the page. The window is visible before its page is loaded, because WebKit
/// paints a window that was hidden meanwhile only once a second during its first four seconds.
pub(crate) fn prepare(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        paint(&window);
    }
}

/// Gives one window the background colour of the page.
pub(crate) fn paint(window: &WebviewWindow) {
    let dark = window.theme().is_ok_and(|theme| theme == Theme::Dark);
    if let Err(error) = window.set_background_color(Some(if dark { PAPER_DARK } else { PAPER_LIGHT })) {
        tracing::debug!(%error, "the window keeps its own colour until the page is painted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_has_the_colour_of_the_page_in_light_and_in_dark() {
        let tokens = include_str!("../../../ui/src/styles/tokens.css");
        let papers: Vec<String> = tokens
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--paper: "))
            .map(|value| value.trim_end_matches(';').to_owned())
            .collect();
        let hex = |Color(red, green, blue, _): Color| format!("#{red:02x}{green:02x}{blue:02x}");
        assert_eq!(papers, [hex(PAPER_LIGHT), hex(PAPER_DARK)]);
    }
}
