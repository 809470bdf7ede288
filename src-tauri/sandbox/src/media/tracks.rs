//! The parts that files and segments share: the movie header and the descriptions of the two tracks.

use super::{
    boxes::Writer,
    encode::Picture,
    length::{TICKS_PER_AAC_FRAME, TICKS_PER_SECOND},
};

/// Time units per second in the movie header: milliseconds.
pub const MOVIE_SCALE: u32 = 1_000;
/// The size of every AAC frame in bytes.
pub const SOUND_BYTES: usize = 8;
/// An AAC frame of silence: AAC-LC, one channel. Any number of them decode to silence. A fill element gives it the size of
/// [`SOUND`].
pub const SILENCE: [u8; SOUND_BYTES] = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x10, 0x00, 0x07];
/// An AAC frame of soft noise below 1,900 Hz: fifteen bands that the decoder fills with noise itself (ISO/IEC 14496-3, 4.6.13).
pub const SOUND: [u8; SOUND_BYTES] = [0x00, 0xc8, 0x07, 0xb5, 0xf3, 0xb0, 0x00, 0x07];
/// The audio codec in playlists (RFC 6381).
pub const AUDIO_CODEC: &str = "mp4a.40.2";
/// AAC-LC (object type 2), 48 kHz (index 3), one channel (ISO/IEC 14496-3).
const AUDIO_SPECIFIC_CONFIG: [u8; 2] = [0b0001_0001, 0b1000_1000];
/// The bit rate of the sound: 48,000 / 1,024 frames of eight bytes per second.
pub const AUDIO_BITS_PER_SECOND: u32 = 3_000;
/// The flag of a `url ` box that says that the media is in the same file.
const IN_THIS_FILE: u32 = 1;
/// The language code "und" (ISO/IEC 14496-12, 8.4.2), because nobody speaks.
const UNDETERMINED_LANGUAGE: u16 = 0x55c4;

/// The two tracks of every recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    Video,
    Audio,
}

impl Track {
    /// The track's id in boxes.
    pub fn id(self) -> u32 {
        match self {
            Self::Video => 1,
            Self::Audio => 2,
        }
    }
}

/// `mvhd`: the movie header. `millis` is the movie's length, or 0 when it is not known.
pub fn movie_header(w: &mut Writer, millis: u32) {
    w.full(*b"mvhd", 0, 0, |w| {
        w.zeros(8); // Creation and modification time: none, so that the same clip always has the same bytes.
        w.u32(MOVIE_SCALE);
        w.u32(millis);
        w.fixed(1); // Normal speed.
        w.u16(0x0100); // Full volume.
        w.zeros(10);
        w.identity_matrix();
        w.zeros(24);
        w.u32(3); // The next free track id.
    });
}

/// `trak`: a track of `ticks` that lasts `millis` in the movie. `samples` writes its sample table.
pub fn track(
    w: &mut Writer,
    picture: &Picture,
    which: Track,
    (millis, ticks): (u32, u32),
    samples: impl FnOnce(&mut Writer),
) {
    let (width, height) = picture.dimensions;
    w.boxed(*b"trak", |w| {
        const ENABLED_AND_IN_MOVIE: u32 = 3;
        w.full(*b"tkhd", 0, ENABLED_AND_IN_MOVIE, |w| {
            w.zeros(8);
            w.u32(which.id());
            w.zeros(4);
            w.u32(millis);
            w.zeros(8);
            w.u16(0);
            w.u16(u16::from(which == Track::Audio)); // An alternate group of its own, so that both tracks are played.
            w.u16(if which == Track::Audio { 0x0100 } else { 0 });
            w.u16(0);
            w.identity_matrix();
            w.fixed(if which == Track::Video { width } else { 0 });
            w.fixed(if which == Track::Video { height } else { 0 });
        });
        w.boxed(*b"mdia", |w| {
            w.full(*b"mdhd", 0, 0, |w| {
                w.zeros(8);
                w.u32(TICKS_PER_SECOND);
                w.u32(ticks);
                w.u16(UNDETERMINED_LANGUAGE);
                w.u16(0);
            });
            let (kind, name): (&[u8; 4], &[u8]) = match which {
                Track::Video => (b"vide", b"Picture\0"),
                Track::Audio => (b"soun", b"Sound\0"),
            };
            w.full(*b"hdlr", 0, 0, |w| {
                w.zeros(4);
                w.raw(kind);
                w.zeros(12);
                w.raw(name);
            });
            w.boxed(*b"minf", |w| {
                match which {
                    Track::Video => w.full(*b"vmhd", 0, 1, |w| w.zeros(8)),
                    Track::Audio => w.full(*b"smhd", 0, 0, |w| w.zeros(4)),
                }
                w.boxed(*b"dinf", |w| {
                    w.full(*b"dref", 0, 0, |w| {
                        w.u32(1);
                        w.full(*b"url ", 0, IN_THIS_FILE, |_| {});
                    });
                });
                w.boxed(*b"stbl", |w| {
                    w.full(*b"stsd", 0, 0, |w| {
                        w.u32(1);
                        match which {
                            Track::Video => video_entry(w, picture),
                            Track::Audio => audio_entry(w),
                        }
                    });
                    samples(w);
                });
            });
        });
    });
}

/// `avc1` with its `avcC` (ISO/IEC 14496-15).
fn video_entry(w: &mut Writer, picture: &Picture) {
    let (width, height) = picture.dimensions;
    let short = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    w.boxed(*b"avc1", |w| {
        w.zeros(6);
        w.u16(1);
        w.zeros(16);
        w.u16(short(width));
        w.u16(short(height));
        w.u32(0x0048_0000); // 72 dpi, horizontally and vertically.
        w.u32(0x0048_0000);
        w.zeros(4);
        w.u16(1); // One frame per sample.
        w.zeros(32);
        w.u16(24); // Colour without alpha.
        w.u16(0xffff);
        w.boxed(*b"avcC", |w| {
            w.u8(1);
            w.raw(picture.sps.get(1..4).unwrap_or_default());
            w.u8(0xff); // NAL unit lengths have four bytes.
            w.u8(0xe0 | 1);
            sized(w, &picture.sps);
            w.u8(1);
            sized(w, &picture.pps);
        });
        w.boxed(*b"colr", |w| {
            w.raw(b"nclx");
            for bt601_525 in [6, 6, 6] {
                w.u16(bt601_525);
            }
            w.u8(0); // Limited range.
        });
        w.boxed(*b"pasp", |w| {
            w.u32(1);
            w.u32(1);
        });
    });
}

fn sized(w: &mut Writer, nal: &[u8]) {
    w.u16(u16::try_from(nal.len()).unwrap_or(u16::MAX));
    w.raw(nal);
}

/// `mp4a` with its `esds` (ISO/IEC 14496-14).
fn audio_entry(w: &mut Writer) {
    w.boxed(*b"mp4a", |w| {
        w.zeros(6);
        w.u16(1);
        w.zeros(8);
        w.u16(1); // Channels.
        w.u16(16); // Bits per sample.
        w.zeros(4);
        w.fixed(TICKS_PER_SECOND);
        w.full(*b"esds", 0, 0, |w| {
            w.descriptor(3, |w| {
                w.u16(u16::try_from(Track::Audio.id()).unwrap_or(0));
                w.u8(0);
                w.descriptor(4, |w| {
                    w.u8(0x40); // MPEG-4 audio.
                    w.u8(0x15); // Audio stream.
                    w.raw(&TICKS_PER_AAC_FRAME.to_be_bytes()[1..]);
                    w.u32(AUDIO_BITS_PER_SECOND);
                    w.u32(AUDIO_BITS_PER_SECOND);
                    w.descriptor(5, |w| w.raw(&AUDIO_SPECIFIC_CONFIG));
                });
                w.descriptor(6, |w| w.u8(2));
            });
        });
    });
}
