//! Looking for secrets where none may be.

use std::path::{Path, PathBuf};

/// What a private key or a presigned address always contains.
const MARKS: &[&str] = &["PRIVATE KEY-----", "X-Amz-Signature=", "X-Amz-Credential="];

/// Fails when a file under one of the places contains a secret, or the mark of one. Files are searched as bytes, databases included.
pub(crate) fn assert_none_in(places: &[PathBuf], secrets: &[&str]) {
    let mut searched = 0;
    let mut found = Vec::new();
    for place in places {
        for file in files(place) {
            let Ok(content) = std::fs::read(&file) else { continue };
            searched += 1;
            for needle in secrets.iter().chain(MARKS) {
                assert!(needle.len() >= 8, "too short to look for");
                if contains(&content, needle.as_bytes()) {
                    // A secret that leaked is not printed again.
                    let shown: String = needle.chars().take(6).collect();
                    found.push(format!("{} contains {shown}…", file.display()));
                }
            }
        }
    }
    assert!(searched > 0, "there was nothing to search");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    entries.flatten().filter(|entry| !entry.path().is_symlink()).flat_map(|entry| files(&entry.path())).collect()
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}
