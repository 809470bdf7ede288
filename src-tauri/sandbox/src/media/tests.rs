//! Tests of the media files with ffprobe and ffmpeg, which read every box and decode every frame.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use super::*;

const TITLE: &str = "Karate fundamentals — kihon and kata, 空手 <b>&\u{301}";

fn spec(width: u32, height: u32) -> ClipSpec {
    ClipSpec {
        title: TITLE.to_owned(),
        subtitle: "R. Alves · 18:00".to_owned(),
        width,
        height,
        flaws: super::Flaws::default(),
    }
}

fn clip(width: u32, height: u32) -> Clip {
    Clip::render(&spec(width, height)).unwrap()
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let file = file.to_str().unwrap();
    let arguments = arguments.iter().map(|argument| if *argument == "FILE" { file } else { *argument });
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"))
}

/// Returns a value that ffprobe reports about a stream, such as `v:0`, or about the file when `stream` is empty.
fn probed(file: &Path, stream: &str, entry: &str) -> String {
    let entries = if stream.is_empty() { format!("format={entry}") } else { format!("stream={entry}") };
    let mut arguments = vec!["-v", "error", "-show_entries", &entries, "-of", "csv=p=0"];
    if !stream.is_empty() {
        arguments.extend(["-select_streams", stream]);
    }
    if entry == "nb_read_frames" {
        arguments.push("-count_frames");
    }
    arguments.push("FILE");
    let output = run("ffprobe", &arguments, file);
    let text = String::from_utf8(output.stdout).unwrap();
    // ffprobe lists the streams of a playlist twice: for the program and by themselves.
    text.lines().map(|line| line.trim_end_matches(',')).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn seconds(file: &Path, stream: &str) -> f64 {
    probed(file, stream, "duration").parse().unwrap()
}

fn assert_decodes(file: &Path) {
    let output = run("ffmpeg", &["-v", "error", "-xerror", "-i", "FILE", "-f", "null", "-"], file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

fn write_mp4(clip: &Clip, duration: Duration, to: &Path) {
    let layout = clip.mp4(duration);
    fs::write(to, layout.read(0..layout.len())).unwrap();
}

/// Writes all files that a player would fetch, and returns the path of the master playlist.
fn write_hls(clip: &Clip, duration: Duration, folder: &Path) -> std::path::PathBuf {
    let playlist = super::Clip::hls_media_playlist(duration);
    fs::write(folder.join("stream.m3u8"), &playlist).unwrap();
    fs::write(folder.join("init.mp4"), clip.init(TrackSelection::Both)).unwrap();
    let named = playlist.lines().filter(|line| line.starts_with("seg-"));
    for (n, name) in (0..).zip(named) {
        assert_eq!(name, format!("seg-{n}.m4s"));
        fs::write(folder.join(name), clip.segment(n, duration, TrackSelection::Both).unwrap()).unwrap();
    }
    let master = folder.join("master.m3u8");
    fs::write(&master, clip.hls_master(&[])).unwrap();
    master
}

#[test]
fn an_mp4_has_the_requested_size_length_and_codecs_and_decodes() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height, shown) in
        [(1_920, 1_080, (1_920, 1_080)), (854, 480, (854, 480)), (481, 853, (480, 852)), (1, 7, (16, 16))]
    {
        let clip = clip(width, height);
        assert_eq!(clip.dimensions(), shown);
        let file = folder.path().join(format!("{width}x{height}.mp4"));
        write_mp4(&clip, Duration::from_millis(19_234), &file);
        assert_eq!(probed(&file, "v:0", "width,height"), format!("{},{}", shown.0, shown.1));
        assert_eq!(probed(&file, "v:0", "codec_name"), "h264");
        assert_eq!(probed(&file, "v:0", "profile"), "Constrained Baseline");
        assert_eq!(probed(&file, "v:0", "nb_read_frames"), "193");
        assert_eq!(probed(&file, "a:0", "codec_name"), "aac");
        assert!((seconds(&file, "") - 19.234).abs() < 0.001);
        assert!((seconds(&file, "v:0") - 19.234).abs() < 0.001);
        assert_decodes(&file);
    }
}

#[test]
fn an_mp4_of_an_hour_is_hardly_larger_than_the_clip() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(1_920, 1_080);
    let file = folder.path().join("hour.mp4");
    write_mp4(&clip, Duration::from_hours(1), &file);
    assert!((seconds(&file, "") - 3_600.0).abs() < 0.001);
    assert!((seconds(&file, "a:0") - 3_600.0).abs() < 0.03);
    let (loop_bytes, bytes) = (clip.mp4(Duration::from_secs(8)).len(), fs::metadata(&file).unwrap().len());
    assert!(loop_bytes < 1_500_000 && bytes < loop_bytes + 400_000, "{loop_bytes} and {bytes} bytes");
    // ffmpeg seeks to the last seconds by the index, without reading what comes before, and decodes from there.
    let late = ["-v", "error", "-xerror", "-ss", "3597.3", "-i", "FILE", "-f", "null", "-"];
    let output = run("ffmpeg", &late, &file);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_padded_mp4_has_exactly_the_requested_size_and_decodes() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(854, 480);
    let file = folder.path().join("large.mp4");
    let length = Duration::from_mins(1);
    let layout = clip.mp4(length).padded_to(10_000_000);
    assert_eq!(layout.len(), 10_000_000);
    fs::write(&file, layout.read(0..layout.len())).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), 10_000_000);
    assert!((seconds(&file, "") - 60.0).abs() < 0.001);
    assert_decodes(&file);
    assert_eq!(layout.read(9_999_990..u64::MAX), [0; 10]);
    let least = clip.mp4(length).len();
    assert_eq!(clip.mp4(length).padded_to(least + 3).len(), least);
}

#[test]
fn an_hls_playlist_has_the_requested_length_and_decodes() {
    for (millis, segments) in [(100, 1), (2_000, 1), (2_050, 2), (8_000, 4), (21_234, 11)] {
        let folder = tempfile::tempdir().unwrap();
        let duration = Duration::from_millis(millis);
        let clip = clip(640, 360);
        let master = write_hls(&clip, duration, folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), segments + 3);
        assert_eq!(clip.segment(u32::try_from(segments).unwrap(), duration, TrackSelection::Both), None);
        assert!((seconds(&master, "") - duration.as_secs_f64()).abs() < 0.001, "{millis} ms");
        assert_eq!(probed(&master, "v:0", "nb_read_frames"), millis.div_ceil(100).to_string());
        assert_eq!(probed(&master, "v:0", "width,height"), "640,360");
        assert_decodes(&master);
    }
}

#[test]
fn segments_are_continuous_in_time_on_both_tracks() {
    let folder = tempfile::tempdir().unwrap();
    let duration = Duration::from_millis(12_700);
    let clip = clip(320, 180);
    write_hls(&clip, duration, folder.path());
    // A player appends the initialization segment and then one segment after another.
    let mut whole = clip.init(TrackSelection::Both);
    (0..).map_while(|n| clip.segment(n, duration, TrackSelection::Both)).for_each(|segment| whole.extend(segment));
    let file = folder.path().join("whole.mp4");
    fs::write(&file, whole).unwrap();
    for (stream, frame) in [("v:0", 0.1), ("a:0", 1_024.0 / 48_000.0)] {
        let output = run(
            "ffprobe",
            &["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", "FILE"],
            &file,
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let times: Vec<f64> = text.lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect();
        assert!((times.last().unwrap() + frame - 12.7).abs() < 0.05);
        for (n, pair) in times.windows(2).enumerate() {
            assert!((pair[1] - pair[0] - frame).abs() < 0.000_1, "packet {n} of {stream}: {pair:?}");
        }
    }
    assert_decodes(&file);
}

#[test]
fn reading_a_file_in_ranges_of_any_size_returns_the_whole_file() {
    let layout = clip(160, 90).mp4(Duration::from_secs(3));
    let whole = layout.read(0..layout.len());
    assert_eq!(u64::try_from(whole.len()).unwrap(), layout.len());
    for piece in [1, 7, 1_000, layout.len() - 1, layout.len()] {
        let starts = (0..layout.len()).step_by(usize::try_from(piece).unwrap());
        let parts: Vec<u8> = starts.flat_map(|start| layout.read(start..start + piece)).collect();
        assert!(parts == whole, "in pieces of {piece}");
    }
    assert_eq!(layout.read(5..u64::MAX), whole[5..]);
    assert!(layout.read(layout.len()..u64::MAX).is_empty());
}

#[test]
fn silence_is_an_opus_track_of_the_requested_length() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("silence.webm");
    for seconds in [3_u32, 95] {
        fs::write(&file, silence(Duration::from_secs(seconds.into()))).unwrap();
        assert_eq!(probed(&file, "a:0", "codec_name,channels"), "opus,1");
        assert_decodes(&file);
        let length = self::seconds(&file, "");
        assert!((length - f64::from(seconds)).abs() <= 0.12, "{length} for {seconds}");
    }
}

#[test]
fn the_master_playlist_names_the_resolution_and_codec() {
    let master = clip(854, 480).hls_master(&[]);
    assert!(master.starts_with("#EXTM3U\n") && master.ends_with("\nstream.m3u8\n"), "{master}");
    assert!(
        master.contains("RESOLUTION=854x480,FRAME-RATE=10.000\n") && master.contains("CODECS=\"avc1.42c0"),
        "{master}"
    );
}

#[test]
fn a_still_has_the_requested_height_and_shows_the_requested_moment() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(1_280, 720);
    let at = |millis, height| {
        clip.thumbnail_jpeg(Duration::from_millis(millis), &Frame { width: None, height: Some(height), fit: Fit::Crop })
    };
    for (height, shown) in [(270, "480,270"), (33, "59,33"), (0, "2,1"), (9_999, "1280,720")] {
        let file = folder.path().join("still.jpg");
        fs::write(&file, at(3_000, height)).unwrap();
        assert_eq!(probed(&file, "v:0", "width,height"), shown);
        assert_eq!(probed(&file, "v:0", "codec_name"), "mjpeg");
        assert_decodes(&file);
    }
    assert_ne!(at(0, 180), at(4_000, 180));
    assert_eq!(at(1_500, 180), at(9_500, 180));
}

/// Returns the first picture in a file, as RGB bytes.
fn first_picture(file: &Path) -> Vec<u8> {
    let arguments = ["-v", "error", "-i", "FILE", "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"];
    run("ffmpeg", &arguments, file).stdout
}

#[test]
fn an_animated_thumbnail_decodes_and_its_pictures_differ() {
    let folder = tempfile::tempdir().unwrap();
    let (animation, still) = (folder.path().join("thumbnail.gif"), folder.path().join("thumbnail.jpg"));
    let clip = clip(640, 360);
    for fit in [Fit::Fill, Fit::Crop] {
        let frame = Frame { width: Some(400), height: Some(240), fit };
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for millis in [500, 4_000] {
            let time = Duration::from_millis(millis);
            fs::write(&animation, clip.thumbnail_gif(time, 12, 5, &frame)).unwrap();
            assert_eq!(probed(&animation, "v:0", "codec_name,width,height,r_frame_rate"), "gif,400,240,5/1");
            assert_eq!(probed(&animation, "v:0", "nb_read_frames"), "12");
            assert_decodes(&animation);
            // The first picture equals a still of the same moment, apart from what each format loses.
            fs::write(&still, clip.thumbnail_jpeg(time, &frame)).unwrap();
            let (moving, still) = (first_picture(&animation), first_picture(&still));
            assert_eq!((moving.len(), still.len()), (400 * 240 * 3, 400 * 240 * 3));
            let apart: usize = moving.iter().zip(&still).map(|(one, other)| usize::from(one.abs_diff(*other))).sum();
            assert!(apart / moving.len() < 4, "the pictures differ by {} per byte", apart / moving.len());
            assert!(!seen.contains(&moving), "the picture does not move");
            seen.push(moving);
        }
    }
}

#[test]
fn an_m4a_holds_audio_of_the_requested_length_and_no_video() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audio.m4a");
    let layout = clip(160, 90).m4a(Duration::from_millis(19_234));
    fs::write(&file, layout.read(0..layout.len())).unwrap();
    assert_eq!(probed(&file, "a:0", "codec_name"), "aac");
    assert_eq!(probed(&file, "v:0", "codec_name"), "");
    assert!((seconds(&file, "a:0") - 19.234).abs() < 0.03);
    assert_decodes(&file);
}

#[test]
fn a_silent_stretch_is_silent_and_the_rest_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audio.m4a");
    let flaws = super::Flaws { silent: 8_000..16_000, ..super::Flaws::default() };
    let clip = Clip::render(&ClipSpec { flaws, ..spec(160, 90) }).unwrap();
    let layout = clip.m4a(Duration::from_secs(24));
    fs::write(&file, layout.read(0..layout.len())).unwrap();
    let arguments = ["-hide_banner", "-i", "FILE", "-af", "silencedetect=noise=-60dB:d=1", "-f", "null", "-"];
    let said = String::from_utf8(run("ffmpeg", &arguments, &file).stderr).unwrap();
    let after = |words: &str| -> Vec<f64> {
        let numbers = said.split(words).skip(1).filter_map(|rest| rest.split_whitespace().next());
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    let (starts, ends) = (after("silence_start: "), after("silence_end: "));
    assert_eq!((starts.len(), ends.len()), (1, 1), "{said}");
    assert!((starts[0] - 8.0).abs() < 1.7 && (ends[0] - 16.0).abs() < 1.7, "{starts:?} {ends:?}");
}

#[test]
fn a_dash_manifest_has_the_requested_length_and_its_segments_decode() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, duration) = (clip(320, 180), Duration::from_millis(5_007));
    for (name, selection) in [("video", TrackSelection::Video), ("audio", TrackSelection::Audio)] {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        let mut whole = clip.init(selection);
        fs::write(folder.join("init.mp4"), &whole).unwrap();
        for n in 0..3 {
            let segment = clip.segment(n, duration, selection).unwrap();
            whole.extend_from_slice(&segment);
            fs::write(folder.join(format!("seg-{n}.m4s")), segment).unwrap();
        }
        assert_eq!(clip.segment(3, duration, selection), None);
        let file = folder.join("whole.mp4");
        fs::write(&file, whole).unwrap();
        assert_decodes(&file);
    }
    // ffmpeg reports errors at the end of every DASH manifest, even of its own; ffprobe reads every frame.
    let file = folder.path().join("video.mpd");
    fs::write(&file, clip.dash(duration, &[])).unwrap();
    assert_eq!(probed(&file, "v:0", "codec_name,width,height"), "h264,320,180");
    assert_eq!(probed(&file, "a:0", "codec_name,sample_rate"), "aac,48000");
    assert_eq!(probed(&file, "v:0", "nb_read_frames"), "51");
    assert_eq!(probed(&file, "a:0", "nb_read_frames"), "234");
}

#[test]
fn a_last_segment_shorter_than_an_audio_frame_exists_on_every_track() {
    let (clip, duration) = (clip(160, 90), Duration::from_millis(4_001));
    for selection in [TrackSelection::Both, TrackSelection::Video, TrackSelection::Audio] {
        assert!(clip.segment(2, duration, selection).unwrap().len() > 60, "{selection:?}");
    }
}

#[test]
fn titles_get_different_colours_and_every_frame_differs_from_the_last() {
    let backgrounds = ["Karate", "Karate 2", "Judo", "Aikido", "Kids class"].map(|title| {
        let frame = Scene::new(title, "", 64, 36).frame(0);
        (frame.luma[0], frame.chroma[0][0], frame.chroma[1][0])
    });
    for (at, background) in backgrounds.iter().enumerate() {
        assert!(!backgrounds[..at].contains(background), "two titles have the same colour");
    }
    let scene = Scene::new("Karate", "", 320, 180);
    for n in 1..LOOP_FRAMES {
        assert_ne!(scene.frame(n).luma, scene.frame(n - 1).luma, "frame {n} equals the one before it");
    }
}

#[test]
fn encodable_returns_the_nearest_even_size_within_the_limits() {
    assert_eq!(encodable(1_920, 1_080), (1_920, 1_080));
    assert_eq!(encodable(855, 481), (854, 480));
    assert_eq!(encodable(7_680, 4_320), (3_840, 2_160));
    assert_eq!(encodable(4_000, 4_000), (2_160, 2_160));
    assert_eq!(encodable(2_160, 3_840), (2_160, 3_840));
    assert_eq!(encodable(0, u32::MAX), (16, 3_840));
}

#[test]
fn drawing_does_not_panic_for_titles_of_any_letters_and_length() {
    for title in ["", " ", "\u{0}\n\t", &"long ".repeat(400), &"x".repeat(3_000), "👩‍👩‍👧‍👦 عربى 空手道 ไทย"]
    {
        for (width, height) in [(16, 16), (64, 480), (640, 360)] {
            Scene::new(title, title, width, height).frame(79);
        }
    }
}
