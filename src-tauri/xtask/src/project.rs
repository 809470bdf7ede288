//! The paths of the project. No function here touches a file.

use std::path::{Path, PathBuf};

/// The folder that holds `Cargo.toml` of the workspace.
pub fn root() -> &'static Path {
    const CRATE: &str = env!("CARGO_MANIFEST_DIR");
    // The crate sits two levels down, in `src-tauri/xtask`.
    Path::new(CRATE).ancestors().nth(2).unwrap_or(Path::new(CRATE))
}

/// The folder of the Svelte project.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// Cargo's output folder: `CARGO_TARGET_DIR`, else `target` in the root.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The path of a binary of the workspace from a debug build.
pub fn dev_binary(name: &str) -> PathBuf {
    binary("debug", name)
}

/// The path of a binary of the workspace from a release build.
pub fn release_binary(name: &str) -> PathBuf {
    binary("release", name)
}

fn binary(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
