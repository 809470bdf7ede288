//! Lists the files of the built join page, so that they are embedded. A build without the page embeds none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const BUILT: &str = "../../ui/dist/join";

fn main() {
    println!("cargo::rerun-if-changed={BUILT}");
    if let Err(error) = write_list() {
        println!("cargo::error=the files of the join page cannot be listed: {error}");
    }
}

/// Writes a slice of paths and contents, as Rust.
fn write_list() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUILT);
    let mut files = Vec::new();
    if folder.is_dir() {
        find(&folder, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&folder).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    list.push(']');
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("there is no OUT_DIR"))?;
    fs::write(out.join("files.rs"), list)
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
