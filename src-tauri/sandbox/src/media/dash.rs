//! The clip as MPEG-DASH (ISO/IEC 23009-1): a manifest of the same segments as in HLS, except that video and audio have
//! separate segments.

use std::{fmt::Write as _, time::Duration};

use super::{
    FRAME_RATE, SEGMENT_FRAMES, Subtitles,
    encode::Picture,
    hls,
    length::{Length, TICKS_PER_FRAME, TICKS_PER_SECOND},
    tracks::{AUDIO_BITS_PER_SECOND, AUDIO_CODEC},
};

/// Returns the manifest. All URLs in the manifest are relative.
pub fn manifest(picture: &Picture, duration: Duration, subtitles: &[Subtitles]) -> String {
    let (width, height) = picture.dimensions;
    let (bandwidth, _) = hls::bandwidth(picture);
    let codec = picture.codec();
    let segment = TICKS_PER_FRAME * SEGMENT_FRAMES;
    let millis = Length::of(duration).millis();
    let template = |folder: &str| {
        format!(
            "<SegmentTemplate timescale=\"{TICKS_PER_SECOND}\" duration=\"{segment}\" startNumber=\"0\" \
             initialization=\"{folder}/init.mp4\" media=\"{folder}/seg-$Number$.m4s\"/>"
        )
    };
    let mut manifest = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" \
         mediaPresentationDuration=\"PT{}.{:03}S\" minBufferTime=\"PT2S\">\n<Period id=\"0\" start=\"PT0S\">\n\
         <AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">{}\
         <Representation id=\"video\" codecs=\"{codec}\" bandwidth=\"{bandwidth}\" width=\"{width}\" height=\"{height}\" \
         frameRate=\"{FRAME_RATE}\"/></AdaptationSet>\n\
         <AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">{}\
         <Representation id=\"audio\" codecs=\"{AUDIO_CODEC}\" bandwidth=\"{AUDIO_BITS_PER_SECOND}\" \
         audioSamplingRate=\"{TICKS_PER_SECOND}\"/></AdaptationSet>\n",
        millis / 1_000,
        millis % 1_000,
        template("video"),
        template("audio"),
    );
    for Subtitles { language, label } in subtitles {
        // Writing to a string cannot fail.
        let _ = writeln!(
            manifest,
            "<AdaptationSet contentType=\"text\" mimeType=\"text/vtt\" lang=\"{language}\">\
             <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"subtitle\"/><Label>{label}</Label>\
             <Representation id=\"captions-{language}\" bandwidth=\"256\">\
             <BaseURL>captions-{language}.vtt</BaseURL></Representation></AdaptationSet>"
        );
    }
    manifest.push_str("</Period>\n</MPD>\n");
    manifest
}
