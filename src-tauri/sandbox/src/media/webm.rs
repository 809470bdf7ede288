//! A `WebM` file of silence. A track recording has this content, because no participant sends sound.
//!
//! The container is Matroska (RFC 9559) with one Opus track (RFC 7845). Each packet holds six frames of 20 ms, so that
//! an hour has little more than half a megabyte.

use std::time::Duration;

const PACKET_LENGTH: Duration = Duration::from_millis(120);
/// An Opus packet: code 3, six frames of equal size, no padding (RFC 6716, section 3.2.5); each frame is the CELT frame
/// of silence.
const SILENCE: [u8; 14] = [0xfb, 6, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe];
/// The number of packets in a cluster: 30 seconds, because timecodes within a cluster are signed 16-bit milliseconds.
const PACKETS_IN_CLUSTER: u64 = 250;

/// Returns a file of silence of this length, rounded up to whole packets.
pub fn silence(length: Duration) -> Vec<u8> {
    let packets = u64::try_from(length.as_millis().div_ceil(PACKET_LENGTH.as_millis())).unwrap_or(0);
    let millis = packets * 120;
    let head = element(
        &[0x1a, 0x45, 0xdf, 0xa3],
        &[
            element(&[0x42, 0x86], &[vec![1]]),
            element(&[0x42, 0xf7], &[vec![1]]),
            element(&[0x42, 0xf2], &[vec![4]]),
            element(&[0x42, 0xf3], &[vec![8]]),
            element(&[0x42, 0x82], &[b"webm".to_vec()]),
            element(&[0x42, 0x87], &[vec![4]]),
            element(&[0x42, 0x85], &[vec![2]]),
        ],
    );
    let info = element(
        &[0x15, 0x49, 0xa9, 0x66],
        &[
            element(&[0x2a, 0xd7, 0xb1], &[1_000_000_u32.to_be_bytes().to_vec()]),
            element(&[0x44, 0x89], &[(Duration::from_millis(millis).as_secs_f64() * 1_000.0).to_be_bytes().to_vec()]),
            element(&[0x4d, 0x80], &[b"cloudflare-sandbox".to_vec()]),
            element(&[0x57, 0x41], &[b"cloudflare-sandbox".to_vec()]),
        ],
    );
    let audio =
        element(&[0xe1], &[element(&[0xb5], &[48_000_f64.to_be_bytes().to_vec()]), element(&[0x9f], &[vec![1]])]);
    // The pre-skip is 0: a decoder of silence needs no time to converge.
    let opus_head = [b"OpusHead".as_slice(), &[1, 1, 0, 0], &48_000_u32.to_le_bytes(), &[0, 0, 0]].concat();
    let track = element(
        &[0xae],
        &[
            element(&[0xd7], &[vec![1]]),
            element(&[0x73, 0xc5], &[vec![1]]),
            element(&[0x83], &[vec![2]]),
            element(&[0x86], &[b"A_OPUS".to_vec()]),
            element(&[0x63, 0xa2], &[opus_head]),
            audio,
        ],
    );
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &[track]);
    let clusters = (0..packets.div_ceil(PACKETS_IN_CLUSTER)).map(|number| cluster(number, packets));
    let parts: Vec<Vec<u8>> = [info, tracks].into_iter().chain(clusters).collect();
    [head, element(&[0x18, 0x53, 0x80, 0x67], &parts)].concat()
}

fn cluster(number: u64, packets: u64) -> Vec<u8> {
    let first = number * PACKETS_IN_CLUSTER;
    let count = (packets - first).min(PACKETS_IN_CLUSTER);
    let timecode = element(&[0xe7], &[(first * 120).to_be_bytes().to_vec()]);
    let blocks = (0..count).map(|packet| {
        let offset = u16::try_from(packet * 120).unwrap_or(u16::MAX);
        let header = [&[0x81], offset.to_be_bytes().as_slice(), &[0x80]].concat();
        element(&[0xa3], &[header, SILENCE.to_vec()])
    });
    let parts: Vec<Vec<u8>> = std::iter::once(timecode).chain(blocks).collect();
    element(&[0x1f, 0x43, 0xb6, 0x75], &parts)
}

/// An EBML element: id, size, content.
fn element(id: &[u8], parts: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = parts.iter().map(Vec::len).sum();
    let mut bytes = Vec::with_capacity(id.len() + 8 + size);
    bytes.extend_from_slice(id);
    match u8::try_from(size).ok().filter(|size| *size < 127) {
        Some(size) => bytes.push(0x80 | size),
        // The size takes eight bytes, as its first byte announces.
        None => bytes.extend_from_slice(&((1_u64 << 56) | u64::try_from(size).unwrap_or(0)).to_be_bytes()),
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}
