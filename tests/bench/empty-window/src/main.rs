//! The smallest Tauri window. `cargo xtask bench window` measures this window and Hajime's on the same machine in the
//! same run: the difference is Hajime's share, and the rest is WebKit's.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
