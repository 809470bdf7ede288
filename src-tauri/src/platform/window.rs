//! The one window, in the colour of its page from the first moment.

use std::ops::RangeInclusive;

use tauri::utils::config::Color;
use tauri::{AppHandle, Manager as _, Theme, WebviewWindowBuilder};

use super::cage;

/// `--paper` of the page's `tokens.css`, light and dark: what is seen until WebKit has painted for the first time.
const PAPER_LIGHT: Color = Color(0xf7, 0xf6, 0xf3, 0xff);
const PAPER_DARK: Color = Color(0x16, 0x15, 0x13, 0xff);

/// Makes the window of the configuration, with its page shut in.
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

/// The smallest and the largest size of everything in the window, in percent: smaller cannot be read, larger shows no whole word.
const ZOOM: RangeInclusive<u16> = 50..=300;

/// Shows everything in the window smaller or larger.
pub(crate) fn zoom(app: &AppHandle, percent: u16) {
    let factor = f64::from(percent.clamp(*ZOOM.start(), *ZOOM.end())) / 100.0;
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.set_zoom(factor)
    {
        tracing::warn!(%error, "the window could not be zoomed");
    }
}

/// Gives the window the colour of the page. It is in sight from the first moment, as WebKit paints a window that was hidden while its page
/// loaded only once a second for the first four seconds.
pub(crate) fn prepare(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
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
