//! Searches files for secrets.

use std::path::{Path, PathBuf};

/// Texts that occur in every private key or presigned address.
const SECRET_MARKS: &[&str] = &["PRIVATE KEY-----", "X-Amz-Signature=", "X-Amz-Credential="];

/// Fails when a file in one of the folders contains one of the secrets or a secret mark. Files are searched as bytes,
/// databases included.
pub(crate) fn assert_none_in(places: &[PathBuf], secrets: &[&str]) {
    let mut searched = 0;
    let mut found = Vec::new();
    for place in places {
        for file in files(place) {
            let Ok(content) = std::fs::read(&file) else { continue };
            searched += 1;
            for needle in secrets.iter().chain(SECRET_MARKS) {
                assert!(needle.len() >= 8, "the secret is too short to search for");
                if contains(&content, needle.as_bytes()) {
                    // The message of the failure shows only the beginning of the secret.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_found_in_a_clean_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("database"), b"\0harmless\0").unwrap();
        assert_none_in(&[folder.path().to_owned()], &["a-secret-token"]);
    }

    #[test]
    #[should_panic(expected = "contains a-secr…")]
    fn a_secret_between_other_bytes_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/database"), b"\0\xffa-secret-token\0").unwrap();
        assert_none_in(&[folder.path().to_owned()], &["a-secret-token"]);
    }

    #[test]
    #[should_panic(expected = "nothing to search")]
    fn a_search_of_an_empty_folder_fails() {
        assert_none_in(&[tempfile::tempdir().unwrap().path().to_owned()], &["a-secret-token"]);
    }
}
