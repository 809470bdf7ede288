//! The clip as HTTP Live Streaming (RFC 8216) with fragmented MP4: playlists, an initialization segment, and two-second
//! segments that repeat the same media with other timestamps. DASH uses the same segments with one track in each.

use std::{fmt::Write as _, ops::Range, time::Duration};

use super::{
    FRAME_RATE, LOOP_FRAMES, SEGMENT_FRAMES, Subtitles, TrackSelection,
    boxes::{Writer, bytes_of},
    encode::{Picture, total},
    length::{Length, TICKS_PER_AAC_FRAME, TICKS_PER_FRAME, TICKS_PER_SECOND},
    mp4::is_silent,
    tracks::{AUDIO_CODEC, SILENCE, SOUND, SOUND_BYTES, Track, movie_header, track},
};

/// The peak and the average bandwidth in bits per second.
pub fn bandwidth(picture: &Picture) -> (usize, usize) {
    let in_segment = usize::try_from(SEGMENT_FRAMES).unwrap_or(1);
    let seconds = |frames: u32| usize::try_from(frames / FRAME_RATE).unwrap_or(1);
    // The bits per second that the sound and the boxes add to the pictures.
    let overhead = 8_000;
    let largest = picture.sizes.chunks(in_segment).map(total).max().unwrap_or(0);
    let peak = largest * 8 / seconds(SEGMENT_FRAMES) + overhead;
    let whole_loop = usize::try_from(LOOP_FRAMES).unwrap_or(0).min(picture.sizes.len());
    (peak, total(&picture.sizes[..whole_loop]) * 8 / seconds(LOOP_FRAMES) + overhead)
}

/// The master playlist.
pub fn master(picture: &Picture, subtitles: &[Subtitles]) -> String {
    let (width, height) = picture.dimensions;
    let (peak, average) = bandwidth(picture);
    let codec = picture.codec();
    let mut playlist = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    for Subtitles { language, label } in subtitles {
        // Writing to a string cannot fail.
        let _ = writeln!(
            playlist,
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"{label}\",LANGUAGE=\"{language}\",DEFAULT=NO,\
             AUTOSELECT=YES,FORCED=NO,URI=\"captions-{language}.m3u8\""
        );
    }
    let group = if subtitles.is_empty() { "" } else { ",SUBTITLES=\"captions\"" };
    let _ = writeln!(
        playlist,
        "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codec},{AUDIO_CODEC}\",\
         RESOLUTION={width}x{height},FRAME-RATE={FRAME_RATE}.000{group}\nstream.m3u8"
    );
    playlist
}

/// The playlist of the subtitles in a language: one file for the whole length.
pub fn subtitles(language: &str, duration: Duration) -> String {
    let millis = Length::of(duration).millis();
    format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
         #EXTINF:{}.{:03},\ncaptions-{language}.vtt\n#EXT-X-ENDLIST\n",
        millis.div_ceil(1_000),
        millis / 1_000,
        millis % 1_000
    )
}

/// The media playlist.
pub fn playlist(duration: Duration) -> String {
    let length = Length::of(duration);
    let mut playlist = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n\
                        #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n"
        .to_owned();
    for n in 0..length.segments() {
        if let Some(ticks) = length.segment(n) {
            let millis = (ticks.end - ticks.start) / (TICKS_PER_SECOND / 1_000);
            // Writing to a string cannot fail.
            let _ = write!(playlist, "#EXTINF:{}.{:03},\nseg-{n}.m4s\n", millis / 1_000, millis % 1_000);
        }
    }
    playlist.push_str("#EXT-X-ENDLIST\n");
    playlist
}

/// The initialization segment: the tracks, without samples.
pub fn init(picture: &Picture, selection: TrackSelection) -> Vec<u8> {
    bytes_of(|w| {
        w.boxed(*b"ftyp", |w| {
            w.raw(b"iso6");
            w.u32(1);
            w.raw(b"iso6cmfcmp41");
        });
        w.boxed(*b"moov", |w| {
            movie_header(w, 0);
            for which in selection.tracks() {
                track(w, picture, *which, (0, 0), |w| {
                    for (table, zeros) in [(b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4)] {
                        w.full(*table, 0, 0, |w| w.zeros(zeros));
                    }
                });
            }
            w.boxed(*b"mvex", |w| {
                for which in selection.tracks() {
                    w.full(*b"trex", 0, 0, |w| {
                        w.u32(which.id());
                        w.u32(1);
                        w.zeros(12);
                    });
                }
            });
        });
    })
}

/// A segment: a fragment with the media of the selected tracks; `None` beyond the end.
pub fn segment(picture: &Picture, n: u32, duration: Duration, selection: TrackSelection) -> Option<Vec<u8>> {
    let length = Length::of(duration);
    let ticks = length.segment(n)?;
    let frames = ticks.start / TICKS_PER_FRAME..ticks.end.div_ceil(TICKS_PER_FRAME);
    // Audio frames and video frames differ in length. An audio frame belongs to the segment in which the frame starts.
    let heard = match selection {
        TrackSelection::Video => 0..0,
        TrackSelection::Both | TrackSelection::Audio => {
            let first = ticks.start.div_ceil(TICKS_PER_AAC_FRAME);
            first..ticks.end.div_ceil(TICKS_PER_AAC_FRAME).min(length.audio_frames()).max(first)
        }
    };
    let first = picture.in_segment(n).start;
    let shown = match selection {
        TrackSelection::Audio => first..first,
        TrackSelection::Both | TrackSelection::Video => first..first + frames.len(),
    };
    let sizes = &picture.sizes[shown.clone()];
    let fragment = Fragment { n, ticks: ticks.clone(), heard: heard.clone(), sizes };
    let video = picture.access_units(shown);
    // Offsets of media count from the start of `moof`. Its size does not depend on the offsets, so it is measured with
    // an offset of 0.
    let media_at = bytes_of(|w| fragment.write(w, 0)).len() + 8;
    Some(bytes_of(|w| {
        w.boxed(*b"styp", |w| {
            w.raw(b"msdh");
            w.u32(0);
            w.raw(b"msdhiso6");
        });
        fragment.write(w, media_at);
        w.boxed(*b"mdat", |w| {
            w.raw(video);
            heard.for_each(|frame| w.raw(if is_silent(&picture.flaws, frame) { &SILENCE } else { &SOUND }));
        });
    }))
}

struct Fragment<'a> {
    n: u32,
    ticks: Range<u32>,
    heard: Range<u32>,
    sizes: &'a [u32],
}

/// Sample flags (ISO/IEC 14496-12, 8.8.3.1) of keyframes and of all other frames.
const KEYFRAME: u32 = 0x0200_0000;
const DELTA_FRAME: u32 = 0x0101_0000;

impl Fragment<'_> {
    fn write(&self, w: &mut Writer, media_at: usize) {
        const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
        const DEFAULT_DURATION: u32 = 0x08;
        const DEFAULT_SIZE: u32 = 0x10;
        const DEFAULT_FLAGS: u32 = 0x20;
        const OFFSET: u32 = 0x01;
        const FIRST_FLAGS: u32 = 0x04;
        const DURATIONS: u32 = 0x100;
        const SIZES: u32 = 0x200;
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        w.boxed(*b"moof", |w| {
            w.full(*b"mfhd", 0, 0, |w| w.u32(self.n + 1));
            if !self.sizes.is_empty() {
                w.boxed(*b"traf", |w| {
                    w.full(*b"tfhd", 0, DEFAULT_BASE_IS_MOOF | DEFAULT_FLAGS, |w| {
                        w.u32(Track::Video.id());
                        w.u32(DELTA_FRAME);
                    });
                    w.full(*b"tfdt", 1, 0, |w| w.u64(self.ticks.start.into()));
                    w.full(*b"trun", 0, OFFSET | FIRST_FLAGS | DURATIONS | SIZES, |w| {
                        w.u32(place(self.sizes.len()));
                        w.u32(place(media_at));
                        w.u32(KEYFRAME);
                        let mut left = self.ticks.end - self.ticks.start;
                        for size in self.sizes {
                            let shown = left.min(TICKS_PER_FRAME);
                            left -= shown;
                            w.u32(shown);
                            w.u32(*size);
                        }
                    });
                });
            }
            // A segment without video has an audio track even when it is too short for an audio frame.
            if self.heard.is_empty() && !self.sizes.is_empty() {
                return;
            }
            w.boxed(*b"traf", |w| {
                let defaults = DEFAULT_BASE_IS_MOOF | DEFAULT_DURATION | DEFAULT_SIZE | DEFAULT_FLAGS;
                w.full(*b"tfhd", 0, defaults, |w| {
                    w.u32(Track::Audio.id());
                    w.u32(TICKS_PER_AAC_FRAME);
                    w.u32(place(SOUND_BYTES));
                    w.u32(KEYFRAME);
                });
                w.full(*b"tfdt", 1, 0, |w| w.u64(u64::from(self.heard.start) * u64::from(TICKS_PER_AAC_FRAME)));
                w.full(*b"trun", 0, OFFSET, |w| {
                    w.u32(self.heard.end - self.heard.start);
                    w.u32(place(media_at + total(self.sizes)));
                });
            });
        });
    }
}
