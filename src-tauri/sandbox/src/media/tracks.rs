//! What the file and the fragments have in common: the movie's header and the description of its two tracks.

use super::{
    boxes::Writer,
    encode::Picture,
    length::{AAC_FRAME, TICKS},
};

/// Milliseconds, in which the movie as a whole is counted.
pub const MOVIE_SCALE: u32 = 1_000;
/// A frame of silence: AAC-LC, one channel. Any number of them decode to silence.
pub const SILENCE: [u8; 6] = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// Its codec as playlists name it (RFC 6381).
pub const AUDIO_CODEC: &str = "mp4a.40.2";
/// AAC-LC (object type 2), 48 kHz (index 3), one channel (ISO/IEC 14496-3).
const AUDIO_SPECIFIC_CONFIG: [u8; 2] = [0b0001_0001, 0b1000_1000];
/// What the silence comes to: 48,000 / 1,024 frames a second.
pub const AUDIO_BITS_PER_SECOND: u32 = 2_250;
/// The media lies in the file the index is in.
const IN_THIS_FILE: u32 = 1;
/// "und": nobody speaks.
const LANGUAGE: u16 = 0x55c4;

/// The two tracks of every recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// The picture.
    Video,
    /// The silence.
    Audio,
}

impl Track {
    /// The number the boxes know it by.
    pub fn id(self) -> u32 {
        match self {
            Self::Video => 1,
            Self::Audio => 2,
        }
    }
}

/// `mvhd`: the movie is this many milliseconds long, or none that is known yet.
pub fn movie_header(w: &mut Writer, millis: u32) {
    w.full(*b"mvhd", 0, 0, |w| {
        w.zeros(8); // Made and changed: no date, so that the same clip is always the same bytes.
        w.u32(MOVIE_SCALE);
        w.u32(millis);
        w.fixed(1); // Played at its own speed,
        w.u16(0x0100); // at full volume.
        w.zeros(10);
        w.upright();
        w.zeros(24);
        w.u32(3); // The next track would have this number.
    });
}

/// `trak`: a track of `ticks` that lasts `millis` in the movie, with the sample table that `samples` writes.
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
            w.u16(u16::from(which == Track::Audio)); // Picture and sound are no alternatives to each other.
            w.u16(if which == Track::Audio { 0x0100 } else { 0 });
            w.u16(0);
            w.upright();
            w.fixed(if which == Track::Video { width } else { 0 });
            w.fixed(if which == Track::Video { height } else { 0 });
        });
        w.boxed(*b"mdia", |w| {
            w.full(*b"mdhd", 0, 0, |w| {
                w.zeros(8);
                w.u32(TICKS);
                w.u32(ticks);
                w.u16(LANGUAGE);
                w.u16(0);
            });
            let (kind, name): (&[u8; 4], &[u8]) = match which {
                Track::Video => (b"vide", b"Picture\0"),
                Track::Audio => (b"soun", b"Silence\0"),
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
        w.u32(0x0048_0000); // 72 dots an inch, across and down.
        w.u32(0x0048_0000);
        w.zeros(4);
        w.u16(1); // One picture in a sample.
        w.zeros(32);
        w.u16(24); // Colour, nothing transparent.
        w.u16(0xffff);
        w.boxed(*b"avcC", |w| {
            w.u8(1);
            w.raw(picture.sps.get(1..4).unwrap_or_default());
            w.u8(0xff); // Lengths before NAL units have four bytes.
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
        w.u16(1); // One channel,
        w.u16(16); // sixteen bits.
        w.zeros(4);
        w.fixed(TICKS);
        w.full(*b"esds", 0, 0, |w| {
            w.descriptor(3, |w| {
                w.u16(u16::try_from(Track::Audio.id()).unwrap_or(0));
                w.u8(0);
                w.descriptor(4, |w| {
                    w.u8(0x40); // MPEG-4 audio,
                    w.u8(0x15); // a stream of it.
                    w.raw(&AAC_FRAME.to_be_bytes()[1..]);
                    w.u32(AUDIO_BITS_PER_SECOND);
                    w.u32(AUDIO_BITS_PER_SECOND);
                    w.descriptor(5, |w| w.raw(&AUDIO_SPECIFIC_CONFIG));
                });
                w.descriptor(6, |w| w.u8(2));
            });
        });
    });
}
