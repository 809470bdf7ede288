//! The small window: always on top, 360 × 140, for the state of the class and one or two buttons. It never takes the
//! keyboard from another program when it opens.

use tauri::{AppHandle, LogicalPosition, Manager as _, WebviewUrl, WebviewWindowBuilder};

use super::{cage, window};

/// The label of the small window, which its capabilities name.
pub(crate) const LABEL: &str = "compact";
const SIZE: (f64, f64) = (360.0, 140.0);
/// The space between the small window and the corner of the screen in which it opens the first time, in pixels.
const MARGIN: f64 = 24.0;

/// Opens the small window at its last place, or shows it if it is open.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(LABEL) {
        return open.show();
    }
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("compact.html".into()))
        .title("Hajime, small window")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SIZE.0, SIZE.1)
        .max_inner_size(SIZE.0, SIZE.1)
        // GTK makes a window that cannot be resized at least 200 pixels high.
        .resizable(cfg!(target_os = "linux"))
        .maximizable(false)
        .minimizable(false)
        .decorations(false)
        .always_on_top(true)
        .skip_taskbar(true)
        .focused(false);
    if let Some(LogicalPosition { x, y }) = first_place(app) {
        builder = builder.position(x, y);
    }
    let opened = cage::shut(builder, app).build()?;
    window::paint(&opened);
    Ok(())
}

/// The lower right corner of the main screen; `None` where the system does not tell.
fn first_place(app: &AppHandle) -> Option<LogicalPosition<f64>> {
    let monitor = app.primary_monitor().ok()??;
    let factor = monitor.scale_factor();
    let area = monitor.work_area();
    let (corner, size) = (area.position.to_logical::<f64>(factor), area.size.to_logical::<f64>(factor));
    Some(LogicalPosition {
        x: (corner.x + size.width - SIZE.0 - MARGIN).max(corner.x),
        y: (corner.y + size.height - SIZE.1 - MARGIN).max(corner.y),
    })
}

/// Closes the small window, if it is open.
pub(crate) fn close(app: &AppHandle) {
    if let Some(Err(error)) = app.get_webview_window(LABEL).map(|open| open.close()) {
        tracing::warn!(%error, "the small window could not be closed");
    }
}

/// Whether the small window is on the screen.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|open| open.is_visible().unwrap_or(false))
}
