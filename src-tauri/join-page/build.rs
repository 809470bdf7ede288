//! Lists the files of the built join page and of the door behind it, so that they are embedded. A build without them embeds none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The built page, the pages that the door adds to it, and the door itself.
const PAGE: &str = "../../ui/dist/join";
const DOOR_PAGES: &str = "../../ui/dist/door/pages";
const DOOR: [&str; 2] = ["../../ui/dist/door/door.js", "../../ui/dist/door/schema.sql"];

fn main() {
    for watched in [PAGE, DOOR_PAGES].into_iter().chain(DOOR) {
        println!("cargo::rerun-if-changed={watched}");
    }
    if let Err(error) = write_lists() {
        println!("cargo::error=the files of the join page cannot be listed: {error}");
    }
}

/// Writes a slice of paths and contents, and the door where it was built, as Rust.
fn write_lists() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut list = String::from("&[\n");
    for folder in [PAGE, DOOR_PAGES] {
        let folder = root.join(folder);
        let mut files = Vec::new();
        if folder.is_dir() {
            find(&folder, &mut files)?;
        }
        files.sort();
        for file in files {
            let name = file.strip_prefix(&folder).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
            writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
                .map_err(io::Error::other)?;
        }
    }
    list.push(']');
    let [module, schema] = DOOR.map(|file| root.join(file));
    let door = if module.is_file() && schema.is_file() {
        let included = |file: &Path| format!("include_str!({:?})", file.display().to_string());
        format!("Some(({}, {}))", included(&module), included(&schema))
    } else {
        "None".to_owned()
    };
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("there is no OUT_DIR"))?;
    fs::write(out.join("files.rs"), list)?;
    fs::write(out.join("door.rs"), door)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
