//! Sets the environment variables that WebKitGTK, GTK and their libraries read when they start. Safe Rust cannot set a
//! variable of its own process, so the program starts itself again with the variables.

/// Starts this program again, in the same process, if a variable is missing in its environment. Must be called first in
/// `main`.
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
    // `exec` returns only if it fails. The window then opens without the variables.
    let _ = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec();
}

/// Does nothing: other systems do not use WebKitGTK.
#[cfg(not(target_os = "linux"))]
pub fn start_in_fit_surroundings() {}
