//! The built files of the join page and of the door behind it, for the programs that publish it: the window and the command line tool.
//!
//! `ui/join/build.mjs` makes them in `ui/dist/join`, `ui/door/build.mjs` in `ui/dist/door`, and `build.rs` embeds them. The window's own files hold the page as well, but Tauri
//! changes the HTML in there.

use std::io;
use std::path::Path;

/// How deep folders are read. The page has one level of folders.
const MAX_DEPTH: usize = 8;

const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
const DOOR: Option<(&str, &str)> = include!(concat!(env!("OUT_DIR"), "/door.rs"));
/// The folder with the door in a folder of the page, as `files_in` names its files.
const DOOR_FOLDER: &str = "door/";

/// The files of this build by their paths below the folder of the page; none where the page was not built.
#[must_use]
pub fn files() -> Vec<(String, Vec<u8>)> {
    BUILT.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect()
}

/// The module of the door and the tables of its database; `None` where the door was not built.
#[must_use]
pub const fn door() -> Option<(&'static str, &'static str)> {
    DOOR
}

/// Takes the door out of the files of a folder, in which it lies as `door/door.js` and `door/schema.sql`.
#[must_use]
pub fn take_door(files: &mut Vec<(String, Vec<u8>)>) -> Option<(String, String)> {
    let mut taken = Vec::new();
    for name in ["door.js", "schema.sql"] {
        let place = files.iter().position(|(path, _)| path.strip_prefix(DOOR_FOLDER) == Some(name))?;
        taken.push(String::from_utf8(files.swap_remove(place).1).ok()?);
    }
    let schema = taken.pop()?;
    Some((taken.pop()?, schema))
}

/// The files of a folder by their paths below it. Links are not followed.
pub fn files_in(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    read(folder, "", MAX_DEPTH, &mut files)?;
    Ok(files)
}

fn read(folder: &Path, below: &str, depth: usize, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            read(&entry.path(), &format!("{path}/"), depth - 1, files)?;
        } else if kind.is_file() {
            files.push((path, std::fs::read(entry.path())?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_folder_have_their_paths_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        std::fs::write(folder.path().join("index.html"), "<h1>").unwrap();
        std::fs::write(folder.path().join("assets/join.js"), "1").unwrap();
        let mut files = files_in(folder.path()).unwrap();
        files.sort();
        assert_eq!(files, [("assets/join.js".into(), b"1".to_vec()), ("index.html".into(), b"<h1>".to_vec())]);
        assert!(files_in(&folder.path().join("none")).is_err());
    }

    #[test]
    fn the_door_of_a_folder_is_no_file_of_the_page() {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let mut files = vec![file("door/door.js", "1"), file("index.html", "<h1>"), file("door/schema.sql", "2")];
        assert_eq!(take_door(&mut files), Some(("1".into(), "2".into())));
        assert_eq!(files, [file("index.html", "<h1>")]);
        assert_eq!(take_door(&mut files), None);
    }
}
