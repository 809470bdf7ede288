//! The smallest Tauri window. `cargo xtask bench window` measures Hajime's window beside it, on the same machine in the same
//! run, so that the figures show what Hajime adds and not what WebKit costs.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
