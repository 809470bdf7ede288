//! What WebKitGTK, GTK and their libraries have to find in the environment before they start. Safe Rust cannot set a variable of its own
//! process, so the program starts itself again with them.

/// Replaces this process by itself with what is missing in its environment, if anything is. Has to be called first.
#[cfg(target_os = "linux")]
pub fn start_in_fit_surroundings() {
    use std::os::unix::process::CommandExt as _;

    use super::{graphics, proxies};

    let variable = |name: &str| std::env::var(name).ok();
    let mut missing = proxies::exceptions(variable);
    missing.extend(graphics::fallback(variable, graphics::has_nvidia()));
    if missing.is_empty() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    // Comes back only if it fails; then the window opens as it would have without this.
    let _ = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec();
}

/// Other systems have other web views.
#[cfg(not(target_os = "linux"))]
pub fn start_in_fit_surroundings() {}
