//! Facts about the file system of a folder: whether it has locks, and whether it is a network file system.

use std::path::Path;

use crate::store::locks::{self, Asked};

/// Returns whether files in a folder can be locked. Where this cannot be found out, the answer is yes, because most
/// file systems have locks. Network file systems treat this kind of lock and SQLite's kind alike (flock(2), “NFS
/// details”).
pub(crate) fn has_locks(folder: &Path) -> bool {
    !tempfile::tempfile_in(folder).is_ok_and(|file| matches!(locks::ask(&file), Ok(Asked::Unsupported)))
}

/// Returns the type of the network file system that holds a folder, as it is mounted; `None` on a disk of this computer
/// and where the type is unknown.
pub(super) fn network_type(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    // proc(5): fields up to " - " vary in number; the fifth is the mount point, and the type follows the dash.
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    type_at(&mounts, &folder).filter(|kind| is_network(kind))
}

/// Adds the likely cause to the words of an error: the folder is on a network file system.
pub(super) fn blamed(why: &str, kind: &str) -> String {
    format!("{why}; the folder is on a network file system ({kind}), and a database needs a disk of this computer")
}

fn type_at(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        let kind = after.split(' ').next()?;
        folder.starts_with(&point).then(|| (point.len(), kind.to_owned()))
    };
    // Of several mounts at one place, the last one hides the others.
    let (_, kind) = mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length)?;
    Some(kind)
}

fn is_network(kind: &str) -> bool {
    const NETWORK: [&str; 12] =
        ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "davfs", "fuse.sshfs", "fuse.rclone"];
    NETWORK.contains(&kind)
        || kind.starts_with("fuse.") && ["gluster", "gvfs", "davfs"].iter().any(|part| kind.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                          40 22 0:41 / /home/office rw,relatime shared:20 - nfs4 nas:/home rw\n\
                          41 40 0:42 / /home/office/My\\040Disk rw - fuse.sshfs host: rw\n";

    #[test]
    fn type_at_returns_the_type_of_the_innermost_mount() {
        let at = |path: &str| type_at(MOUNTS, Path::new(path));
        assert_eq!(at("/home/officer").as_deref(), Some("ext4"));
        assert_eq!(at("/home/office/hajime").as_deref(), Some("nfs4"));
        assert_eq!(at("/home/office/My Disk/x").as_deref(), Some("fuse.sshfs"));
    }

    #[test]
    fn is_network_accepts_types_of_network_file_systems_only() {
        assert!(["nfs4", "cifs", "fuse.sshfs", "fuse.glusterfs"].into_iter().all(is_network));
        assert!(!["ext4", "btrfs", "tmpfs", "fuseblk", "fuse.ecryptfs"].into_iter().any(is_network));
    }
}
