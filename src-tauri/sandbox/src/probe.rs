//! Recognises the kind of a file from its first bytes and its index, as far as Stream's replies depend on the kind.
//!
//! It reads the boxes of ISO base media files (ISO/IEC 14496-12): `moov/mvhd` for the length, `moov/trak/tkhd` for the
//! dimensions. Matroska files are recognised but not read: each counts as ten seconds of 1,280×720 pixels.

use std::ops::Range;

/// The kinds of file that Stream tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file that is no video container.
    NotVideo,
    /// A video container that is damaged or incomplete.
    Broken,
    /// A video.
    Movie {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// The length in milliseconds.
        millis: u64,
    },
}

/// Returns the byte range of the index (`moov`) when `head`, the beginning of a file of `total` bytes, does not hold
/// the whole index; `None` when it does, or when no index is found.
pub fn missing_index(head: &[u8], total: u64) -> Option<Range<u64>> {
    if !is_iso_media(head) {
        return None;
    }
    let mut at = 0_u64;
    loop {
        let bytes = head.get(usize::try_from(at).ok()?..)?;
        let Some((kind, size, _)) = header(bytes) else {
            // `head` ends before or within the header of the next box. The rest of the file is assumed to be the index.
            return (at < total).then_some(at..total);
        };
        let end = if size == 0 { total } else { at.checked_add(size)? };
        let seen = u64::try_from(head.len()).unwrap_or(u64::MAX);
        if kind == *b"moov" {
            return (end > seen).then_some(at..end.min(total));
        }
        if end >= total {
            return None;
        }
        if end >= seen {
            return Some(end..total);
        }
        at = end;
    }
}

/// Joins the type box, with which `head` begins, and the index. The bytes between the two are left out.
pub fn join_head_and_index(head: &[u8], index: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(head.len() + index.len());
    // An incomplete media box would hide the index that follows, so only the type box is taken from `head`.
    let first = header(head).and_then(|(_, size, _)| usize::try_from(size).ok()).unwrap_or(0);
    whole.extend_from_slice(head.get(..first).unwrap_or(head));
    whole.extend_from_slice(index);
    whole
}

/// Returns the kind of a file. `bytes` is the whole file, or its type box and index.
pub fn inspect(bytes: &[u8]) -> FileKind {
    const MATROSKA: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
    if bytes.starts_with(&MATROSKA) {
        return FileKind::Movie { width: 1_280, height: 720, millis: 10_000 };
    }
    if !is_iso_media(bytes) {
        return FileKind::NotVideo;
    }
    let Some(moov) = find(bytes, *b"moov") else { return FileKind::Broken };
    let Some(millis) = find(moov, *b"mvhd").and_then(length) else { return FileKind::Broken };
    let sizes = boxes(moov).filter(|(kind, _)| *kind == b"trak").filter_map(|(_, trak)| find(trak, *b"tkhd"));
    match sizes.filter_map(dimensions).find(|(width, height)| *width > 0 && *height > 0) {
        Some((width, height)) => FileKind::Movie { width, height, millis },
        None => FileKind::NotVideo,
    }
}

fn is_iso_media(bytes: &[u8]) -> bool {
    bytes
        .get(4..8)
        .is_some_and(|kind| [*b"ftyp", *b"moov", *b"mdat", *b"free", *b"wide"].iter().any(|known| kind == known))
}

/// A box header: kind, size of the whole box (0: up to the end of the file), size of the header.
fn header(bytes: &[u8]) -> Option<([u8; 4], u64, usize)> {
    let size = number(bytes, 0, 4)?;
    let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let (size, header) = if size == 1 { (number(bytes, 8, 8)?, 16) } else { (size, 8) };
    let sound = size == 0 || usize::try_from(size).map_or(true, |size| size >= header);
    sound.then_some((kind, size, header))
}

/// The complete boxes in a sequence of boxes.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (_, size, header) = header(rest)?;
        let size = if size == 0 { rest.len() } else { usize::try_from(size).ok()? };
        let whole = rest.get(..size)?;
        rest = &rest[size..];
        Some((whole.get(4..8)?.try_into().ok()?, whole.get(header..)?))
    })
}

fn find(bytes: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|(kind, _)| **kind == wanted).map(|(_, content)| content)
}

fn length(mvhd: &[u8]) -> Option<u64> {
    let (scale, duration) = if *mvhd.first()? == 1 {
        (number(mvhd, 20, 4)?, number(mvhd, 24, 8)?)
    } else {
        (number(mvhd, 12, 4)?, number(mvhd, 16, 4)?)
    };
    u64::try_from(u128::from(duration) * 1_000 / u128::from(scale.max(1))).ok()
}

fn dimensions(tkhd: &[u8]) -> Option<(u32, u32)> {
    let at = if *tkhd.first()? == 1 { 88 } else { 76 };
    // 16.16 fixed point.
    let pixels = |at| number(tkhd, at, 4).and_then(|value| u32::try_from(value >> 16).ok());
    Some((pixels(at)?, pixels(at + 4)?))
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(width)?)?;
    Some(digits.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes()[..], &kind, content].concat()
    }

    fn movie(width: u32, height: u32, scale: u32, duration: u32) -> Vec<u8> {
        let mut mvhd = vec![0; 100];
        mvhd[12..16].copy_from_slice(&scale.to_be_bytes());
        mvhd[16..20].copy_from_slice(&duration.to_be_bytes());
        let mut tkhd = vec![0; 84];
        tkhd[76..80].copy_from_slice(&(width << 16).to_be_bytes());
        tkhd[80..84].copy_from_slice(&(height << 16).to_be_bytes());
        let trak = a_box(*b"trak", &a_box(*b"tkhd", &tkhd));
        a_box(*b"moov", &[a_box(*b"mvhd", &mvhd), trak].concat())
    }

    #[test]
    fn inspect_returns_the_dimensions_and_length_of_a_movie() {
        let file = [a_box(*b"ftyp", b"isom0000"), movie(1_280, 720, 600, 1_500), a_box(*b"mdat", b"....")].concat();
        assert_eq!(inspect(&file), FileKind::Movie { width: 1_280, height: 720, millis: 2_500 });
    }

    #[test]
    fn inspect_returns_not_video_for_text_and_broken_for_a_movie_without_an_index() {
        assert_eq!(inspect(b"just some words in a file"), FileKind::NotVideo);
        assert_eq!(inspect(b""), FileKind::NotVideo);
        let file = [a_box(*b"ftyp", b"isom0000"), a_box(*b"mdat", b"no index follows")].concat();
        assert_eq!(inspect(&file), FileKind::Broken);
    }

    #[test]
    fn an_index_at_the_end_of_a_file_is_located_and_read() {
        let ftyp = a_box(*b"ftyp", b"isom0000");
        let media = a_box(*b"mdat", &[7; 5_000]);
        let moov = movie(640, 360, 1_000, 9_000);
        let file = [ftyp.clone(), media.clone(), moov].concat();
        let total = u64::try_from(file.len()).unwrap();
        let index = missing_index(&file[..1_000], total).unwrap();
        assert_eq!(index.start, u64::try_from(ftyp.len() + media.len()).unwrap());
        let rest = &file[usize::try_from(index.start).unwrap()..];
        assert_eq!(
            inspect(&join_head_and_index(&file[..1_000], rest)),
            FileKind::Movie { width: 640, height: 360, millis: 9_000 }
        );
        assert_eq!(missing_index(&file, total), None);
    }

    #[test]
    fn damaged_and_truncated_files_do_not_panic() {
        let file = [a_box(*b"ftyp", b"isom0000"), movie(1_280, 720, 600, 1_500)].concat();
        for at in 0..file.len() {
            for value in [0, 1, 255] {
                let mut broken = file.clone();
                broken[at] = value;
                inspect(&broken);
                inspect(&broken[..at]);
                missing_index(&broken, 1 << 40);
                missing_index(&broken[..at], u64::MAX);
            }
        }
    }
}
