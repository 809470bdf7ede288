//! Lets Tauri read its configuration at build time.

fn main() {
    let attributes = tauri_build::Attributes::new().capabilities_path_pattern("./capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
