//! The scenarios: each combines a reply from one table with a way to tamper from another table.

use std::time::Duration;

use hajime_tamper::{Body, Edit, Tamper};
use serde_json::{Value, json};

use super::sessions::ODD_TITLE;

/// How long replies are tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    /// Until the end of the run. The good session must become ready all the same.
    Always,
    /// Until long after the sessions. Then both sessions must become ready.
    Lifted,
    /// For this number of replies, and unchanged afterwards.
    Times(u64),
}

/// The step at which replies are tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Both sessions, from their start to their recordings.
    Class,
    /// Making a link to a ready recording.
    Link,
    /// Making a second link, with the signing key of the first link.
    LinkAgain,
    /// Requesting the download of an existing link.
    File,
    /// Making a link on a desk without a keyring, for which Cloudflare signs.
    LinkWithoutKeyring,
    /// Exporting the recording's file.
    Save,
    /// Syncing the account on a new desk.
    NewDesk,
    /// Requesting suggestions for an attachment.
    Attach,
    /// Checking the connection.
    Doctor,
    /// Syncing the account while the sessions are live.
    Live,
}

/// The ending that the odd session must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Ready,
    /// Not with a ready recording; any other ending is allowed.
    NotReady,
    Somehow,
}

/// One scenario: what is tampered with, when, and what must result.
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) rules: Box<dyn Fn() -> Vec<(&'static str, Tamper)> + Send + Sync>,
    pub(super) lasting: Lasting,
    pub(super) door: Door,
    pub(super) ends: Ends,
    /// Texts of which people must read at least one; empty when they need not read anything.
    pub(super) named: &'static [&'static str],
    /// Sandbox switches, as JSON.
    pub(super) switches: &'static str,
    /// Whether the profile names no RealtimeKit app.
    pub(super) without_app: bool,
    /// Whether the account is new and empty.
    pub(super) new_account: bool,
}

/// Texts that people must not read in any scenario, except in those that list them in `named`.
pub(super) const FORBIDDEN_TEXTS: [&str; 6] = [
    "disk is full",
    "Copy the token again",
    "does not know this API token",
    "storage is full",
    "no longer has this item",
    "database",
];

const BROKEN_CONNECTION_TEXTS: &[&str] =
    &["connection to Cloudflare broke", "connection broke", "not one that Cloudflare gives"];
/// Texts of the errors for an address that Hajime did not follow.
const REFUSED_ADDRESS_TEXTS: &[&str] = &["address", "not one that Cloudflare gives", "redirect"];

/// Sandbox switches, as JSON, under which Stream cannot fetch a file, so that Hajime relays it.
const RELAY_SWITCHES: &str = r#"{"head_refused":true}"#;

pub(super) fn scenario(name: impl Into<String>, call: &'static str, tamper: Tamper) -> Scenario {
    Scenario {
        name: name.into(),
        rules: Box::new(move || vec![(call, tamper.clone())]),
        lasting: Lasting::Always,
        door: Door::Class,
        ends: Ends::Ready,
        named: &[],
        switches: "{}",
        without_app: false,
        new_account: false,
    }
}

impl Scenario {
    pub(super) fn lasting(self, lasting: Lasting) -> Self {
        Self { lasting, ..self }
    }

    pub(super) fn by(self, door: Door) -> Self {
        Self { door, ..self }
    }

    pub(super) fn ends(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    pub(super) fn says(self, named: &'static [&'static str]) -> Self {
        Self { named, ..self }
    }

    pub(super) fn with(self, switches: &'static str) -> Self {
        Self { switches, ..self }
    }

    pub(super) fn without_app(self) -> Self {
        Self { without_app: true, ..self }
    }

    pub(super) fn in_a_new_account(self) -> Self {
        Self { new_account: true, ..self }
    }
}

/// Lists: name, request, and the step that reads the list.
const LISTS: [(&str, &str, Door); 9] = [
    ("list of apps", "GET */kit/apps", Door::Class),
    ("list of presets", "GET */presets", Door::Class),
    ("list of recordings", "GET */recordings", Door::Class),
    ("list of videos", "GET */stream", Door::Class),
    ("list of recordings of a new desk", "GET */recordings", Door::NewDesk),
    ("list of videos of a new desk", "GET */stream", Door::NewDesk),
    ("list of meetings of a new desk", "GET */meetings", Door::NewDesk),
    ("list of recordings to attach", "GET */recordings", Door::Attach),
    ("list of videos to attach", "GET */stream", Door::Attach),
];

fn odd_entries() -> Vec<Value> {
    vec![
        json!(null),
        json!(7),
        json!("text"),
        json!([]),
        json!({}),
        json!({ "id": 5, "uid": false }),
        json!({ "id": "../../user", "uid": "a/b", "status": null }),
        json!({ "id": "11111111-1111-4111-8111-111111111111", "uid": "11111111111111111111111111111111", "status": 3, "created": "" }),
        json!({ "id": "22222222-2222-4222-8222-222222222222", "uid": "22222222222222222222222222222222", "status": null, "meta": [] }),
        json!({ "id": "33333333-3333-4333-8333-333333333333", "uid": "33333333333333333333333333333333", "status": "BURNING", "title": {} }),
        json!({ "id": "x".repeat(5_000), "uid": "\u{202e}\u{0}", "name": "\u{0}" }),
    ]
}

fn lists() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, call, door) in LISTS {
        let of = |what: &str, edit: Edit| {
            let made = scenario(format!("{name}: {what}"), call, Tamper::json(edit)).by(door);
            if call.ends_with("apps") { made.without_app() } else { made }
        };
        all.push(of("null", Edit::Payload(Value::Null)).lasting(Lasting::Times(4)));
        all.push(of("odd entries among good ones", Edit::Among(odd_entries())));
        all.push(of("every entry twice", Edit::Twice));
        all.push(of("optional members null", Edit::Set("extra", Value::Null)));
    }
    for (name, call, door) in [LISTS[3], LISTS[4], LISTS[5], LISTS[6]] {
        let endless = vec![
            Edit::Many(1_000),
            Edit::Top("paging", json!({ "total_count": 1e15, "start_offset": 1, "end_offset": 1_000 })),
        ];
        let made = scenario(format!("{name}: pages that never end"), call, Tamper::Json(endless, "")).by(door);
        all.push(made.lasting(Lasting::Times(12)));
        let repeated = Edit::Top("paging", json!({ "total_count": 1e15, "start_offset": 1, "end_offset": 1 }));
        all.push(scenario(format!("{name}: the same page for ever"), call, Tamper::json(repeated)).by(door));
    }
    all
}

/// Replies about one object: name and request.
const SINGLE_REPLIES: [(&str, &str); 6] = [
    ("a recording", "GET */recordings/*"),
    ("what is recorded", "GET */recordings/active-recording/*"),
    ("the reply to Stop", "PUT */recordings/*"),
    ("the reply to an import", "POST */stream/copy"),
    ("a list of recordings", "GET */recordings"),
    ("a list of videos", "GET */stream"),
];

fn edits() -> [(&'static str, Edit); 9] {
    [
        ("numbers as text", Edit::NumbersAsText),
        ("numbers far too large", Edit::Numbers(json!(9.2e15))),
        ("numbers beyond all bounds", Edit::Numbers(json!(1.7e308))),
        ("numbers below zero", Edit::Numbers(json!(-1))),
        ("moments in the far future", Edit::Moments("+262142-12-31T23:59:59Z")),
        ("moments in the far past", Edit::Moments("0001-01-01T00:00:00Z")),
        ("moments that are none", Edit::Moments("yesterday")),
        ("an unknown status", Edit::Set("status", json!("BURNING"))),
        ("null wherever it may be", Edit::Nulls),
    ]
}

/// Scenarios that tamper with replies about one object. The odd session may end in any way. The good session must
/// become ready, and no job may stop.
fn ones() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, call) in SINGLE_REPLIES {
        for (what, edit) in edits() {
            all.push(scenario(format!("{name}: {what}"), call, Tamper::of(ODD_TITLE, edit)).ends(Ends::Somehow));
        }
    }
    all.push(scenario("who is in a room: numbers as text", "GET */active-session", Tamper::json(Edit::NumbersAsText)));
    let huge = Tamper::json(Edit::Numbers(json!(-9.9e300)));
    all.push(
        scenario("who is in a room: numbers beyond all bounds", "GET */active-session", huge)
            .ends(Ends::Somehow)
            .lasting(Lasting::Lifted),
    );
    let far = Tamper::json(Edit::Moments("+262142-12-31T23:59:59Z"));
    all.push(scenario("who is in a room: a moment in the far future", "GET */active-session", far));
    for (name, call) in
        [("a recording", "GET */recordings/*"), ("what is recorded", "GET */recordings/active-recording/*")]
    {
        let other = Tamper::json(Edit::Set("id", json!("44444444-4444-4444-8444-444444444444")));
        // Hajime reads the same facts from other replies, so people read no message.
        all.push(scenario(format!("{name}: another one than was asked for"), call, other));
    }
    let other = Tamper::json(Edit::Set("uid", json!("44444444444444444444444444444444")));
    all.push(
        scenario("the reply to marking a video: another one", "POST */stream/*", other.clone())
            .lasting(Lasting::Times(3)),
    );
    all.push(
        scenario("a video: another one than was asked for", "GET */stream/*", other)
            .with(RELAY_SWITCHES)
            .lasting(Lasting::Lifted),
    );
    let marks = Tamper::json(Edit::Set("meta.recorded_at", json!("+262142-12-31T23:59:59Z")));
    all.push(scenario("marks of a video with a moment in the far future", "GET */stream", marks).by(Door::NewDesk));
    let marks = Tamper::json(Edit::Set("meta.timezone", json!("Mars/Olympus")));
    all.push(scenario("marks of a video with an unknown time zone", "GET */stream", marks).by(Door::NewDesk));
    let bucket = Tamper::Json(
        vec![
            Edit::Set("download_url", Value::Null),
            Edit::Set("storage_config", json!({ "type": "aws", "bucket": "our-bucket", "path": "classes" })),
        ],
        ODD_TITLE,
    );
    let own_storage = move || vec![("GET */recordings", bucket.clone()), ("GET */recordings/*", bucket.clone())];
    all.push(Scenario {
        rules: Box::new(own_storage),
        ..scenario("a recording in the association's own bucket", "", Tamper::Reset)
            .ends(Ends::NotReady)
            .says(&["saved the recording to your own storage: our-bucket"])
    });
    all
}

/// Ways to send a body: name, change, and whether Hajime can still understand the reply.
const BODIES: [(&str, Body, bool); 13] = [
    ("nothing", Body::Empty, false),
    ("half of it", Body::Half, false),
    ("cut off", Body::Cut, false),
    ("said to be gzip", Body::SaidToBeGzip, true),
    ("a sign-in page", Body::Html, false),
    ("in UTF-16", Body::Utf16, false),
    ("with a byte order mark", Body::Bom, true),
    ("not UTF-8", Body::NotUtf8, false),
    ("said to be HTML", Body::SaidToBeHtml, true),
    ("nested without end", Body::Nested, false),
    ("40 MB of blanks", Body::Huge, false),
    ("numbers that JSON has not", Body::NotANumber, false),
    ("members twice", Body::MembersTwice, false),
];

fn bodies() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (what, body, readable) in BODIES {
        for (name, call) in [("a list of videos", "GET */stream"), ("a recording", "GET */recordings/*")] {
            let made = scenario(format!("{name}: {what}"), call, Tamper::Body(body));
            let silent =
                readable || matches!(body, Body::MembersTwice | Body::NotANumber | Body::NotUtf8 | Body::Empty);
            let said = if silent { &[] } else { BROKEN_CONNECTION_TEXTS };
            let lasting = if readable { Lasting::Always } else { Lasting::Lifted };
            // Every import reads the list of videos, so people read its error. Not every run reads a single recording.
            let said = if call.ends_with("/stream") { said } else { &[] };
            all.push(made.says(said).lasting(lasting));
        }
        let made = scenario(format!("the reply to Start: {what}"), "POST */meetings", Tamper::Body(body));
        all.push(made.lasting(Lasting::Times(1)));
    }
    all
}

/// A reply: the name of the scenario, status, headers and body.
type Status = (&'static str, u16, &'static [(&'static str, &'static str)], &'static str);

/// Replies with statuses or headers that no document of Cloudflare names.
const STATUSES: [Status; 13] = [
    ("204", 204, &[], ""),
    ("304", 304, &[], ""),
    ("403", 403, &[], "{\"success\":false,\"errors\":[{\"code\":10005,\"message\":\"not for you\"}]}"),
    ("418", 418, &[], "{\"success\":false,\"errors\":[{\"code\":418,\"message\":\"I am a teapot\"}]}"),
    ("429 that says nothing", 429, &[], ""),
    ("429 for a very long time", 429, &[("retry-after", "99999999999")], ""),
    ("503 for a very long time", 503, &[("retry-after", "99999999999999999999")], ""),
    ("503 that says nothing sensible", 503, &[("retry-after", "next Tuesday")], "<html>"),
    ("451", 451, &[], "{\"success\":false,\"error\":\"not here\"}"),
    ("520", 520, &[], "error code: 520"),
    ("200 that says that it failed", 200, &[], "{\"success\":false,\"errors\":[],\"result\":null}"),
    ("200 with an error beside the data", 200, &[], "{\"success\":\"yes\",\"errors\":{},\"result\":{},\"data\":{}}"),
    ("999", 999, &[], "{}"),
];

fn statuses() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (what, status, headers, body) in STATUSES {
        let calls = [
            ("a list of videos", "GET */stream"),
            ("a recording", "GET */recordings/*"),
            ("an import", "POST */stream/copy"),
        ];
        for (name, call) in calls {
            let answer = Tamper::Instead { status, headers: headers.to_vec(), body };
            // A refused import may fail the recording. Then a person retries it.
            let ends = if name == "an import" { Ends::Somehow } else { Ends::Ready };
            let said: &[&str] = match (name, status) {
                ("an import", 403) => &["Cloudflare did not allow this (403): not for you"],
                // Cloudflare's own words may follow this text.
                ("an import", 418 | 451) => &["Stream refused the recording"],
                _ => &[],
            };
            let made = scenario(format!("{name}: {what}"), call, answer);
            all.push(made.lasting(Lasting::Times(3)).ends(ends).says(said));
        }
    }
    let early = scenario("informational answers first", "GET *", Tamper::Informed);
    all.push(early);
    all.push(scenario("every answer twice on the wire", "* *", Tamper::AnsweredTwice));
    for (name, call) in [("an import", "POST */stream/copy"), ("Start", "POST */meetings")] {
        let twice = scenario(format!("{name} is carried out twice"), call, Tamper::CarriedOutTwice);
        all.push(twice.lasting(Lasting::Times(2)));
    }
    for (name, call) in [("a list of videos", "GET */stream"), ("an import", "POST */stream/copy")] {
        all.push(scenario(format!("{name} hangs"), call, Tamper::Hang).lasting(Lasting::Times(2)));
        all.push(scenario(format!("{name} hangs in its body"), call, Tamper::HangInBody).lasting(Lasting::Times(2)));
        all.push(scenario(format!("{name}: the connection breaks"), call, Tamper::Reset).lasting(Lasting::Times(2)));
    }
    let slow = Tamper::Trickle { piece: 64, pause: Duration::from_millis(40) };
    all.push(scenario("a list of videos trickles", "GET */stream", slow).lasting(Lasting::Times(3)));
    for (what, date) in [
        ("in the year 262142", "31 Dec 262142 23:59:59 GMT"),
        ("in the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("in the year 2099", "Thu, 31 Dec 2099 23:59:59 GMT"),
        ("in the year 2000", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("in 1970", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("that is none", "soon"),
    ] {
        let made = scenario(format!("a Date {what}"), "* *", Tamper::Header("date", Some(date)));
        all.push(made.lasting(Lasting::Lifted));
    }
    let limit = Tamper::Header("ratelimit", Some("\"default\";r=-5;t=99999999999999"));
    all.push(scenario("a rate limit that cannot be", "* *", limit).lasting(Lasting::Lifted));
    all
}

/// Addresses that Hajime must not follow.
const ADDRESSES: [(&str, &str); 8] = [
    ("on another host", "http://{trap}/file.mp4"),
    ("on another host, by https", "https://{trap}/file.mp4"),
    ("with another host as user", "http://{proxy}@{trap}/file.mp4"),
    ("with a password", "http://user:secret@{trap}/file.mp4"),
    ("without a scheme", "//{trap}/file.mp4"),
    ("of a file here", "file:///etc/hostname"),
    ("of a metadata service", "http://169.254.169.254/latest/meta-data"),
    ("that is a script", "javascript:fetch('http://{trap}')"),
];

fn addresses() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (what, address) in ADDRESSES {
        let file = Tamper::of(ODD_TITLE, Edit::Set("download_url", json!(address)));
        let rules = move || vec![("GET */recordings", file.clone()), ("GET */recordings/*", file.clone())];
        let made =
            scenario(format!("a file's address {what}"), "", Tamper::Reset).with(RELAY_SWITCHES).ends(Ends::NotReady);
        all.push(Scenario { rules: Box::new(rules), ..made.says(REFUSED_ADDRESS_TEXTS) });
        let upload = Tamper::Header("location", Some(address));
        let made = scenario(format!("an upload's address {what}"), "POST */stream", upload).with(RELAY_SWITCHES);
        all.push(made.lasting(Lasting::Times(2)).ends(Ends::Somehow));
        let manifest = Tamper::json(Edit::Set("playback.hls", json!(address)));
        let rules = move || vec![("GET */stream", manifest.clone()), ("GET */stream/*", manifest.clone())];
        let made = scenario(format!("a manifest's address {what}"), "", Tamper::Reset).by(Door::LinkWithoutKeyring);
        all.push(Scenario { rules: Box::new(rules), ..made });
    }
    for (name, call, door, switches) in [
        ("a list of videos", "GET */stream", Door::Class, "{}"),
        ("a recording", "GET */recordings/*", Door::Class, "{}"),
        ("an import", "POST */stream/copy", Door::Class, "{}"),
        ("a file", "GET /recordings-storage/*.mp4", Door::Class, RELAY_SWITCHES),
        ("beginning to send", "POST */stream", Door::Class, RELAY_SWITCHES),
        ("sending", "PATCH /upload/tus/*", Door::Class, RELAY_SWITCHES),
        ("asking how far", "HEAD /upload/tus/*", Door::Class, RELAY_SWITCHES),
        ("checking the token", "GET */tokens/verify", Door::Doctor, "{}"),
        ("a manifest", "GET */manifest/*", Door::Link, "{}"),
    ] {
        for status in [301, 307] {
            let away = Tamper::redirect(status, "http://{trap}/client/v4/user/tokens/verify");
            let made = scenario(format!("{name}: {status} to another host"), call, away).by(door).with(switches);
            all.push(made.lasting(Lasting::Times(2)).ends(Ends::Somehow));
        }
    }
    all
}

/// Scenarios that tamper with the download of a recording's file.
fn files() -> Vec<Scenario> {
    const FILE: &str = "GET /recordings-storage/*.mp4";
    let page = || Tamper::Instead {
        status: 200,
        headers: vec![("content-type", "text/html")],
        body: "<!doctype html>Sign in, please: this is no video.",
    };
    let answers: [(&str, Tamper); 8] = [
        ("is a sign-in page", page()),
        ("is empty", Tamper::Body(Body::Empty)),
        ("is cut off", Tamper::Body(Body::Cut)),
        ("is a part without its place", Tamper::Instead { status: 206, headers: vec![], body: "part" }),
        (
            "is another part",
            Tamper::Instead {
                status: 206,
                headers: vec![("content-range", "bytes 99999999-1/18446744073709551615")],
                body: "part",
            },
        ),
        ("has no version", Tamper::Header("etag", None)),
        (
            "has a very long version",
            Tamper::Header(
                "etag",
                Some(
                    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
                ),
            ),
        ),
        ("ends before it begins", Tamper::status(416, "")),
    ];
    let mut all: Vec<Scenario> = answers
        .into_iter()
        .map(|(what, tamper)| {
            scenario(format!("a file that {what}"), FILE, tamper)
                .with(RELAY_SWITCHES)
                .lasting(Lasting::Times(2))
                .ends(Ends::Somehow)
        })
        .collect();
    all.push(scenario("a saved file that is a sign-in page", FILE, page()).by(Door::Save));
    let drip = Tamper::Trickle { piece: 65_536, pause: Duration::from_millis(60) };
    all.push(scenario("a file that trickles", FILE, drip).with(RELAY_SWITCHES).lasting(Lasting::Times(1)));
    for (what, call, header, value) in [
        ("has more than was sent", "HEAD /upload/tus/*", "upload-offset", Some("18446744073709551615")),
        ("has less than nothing", "HEAD /upload/tus/*", "upload-offset", Some("-1")),
        ("does not say how far it is", "HEAD /upload/tus/*", "upload-offset", None),
        ("went back to its beginning", "PATCH /upload/tus/*", "upload-offset", Some("0")),
        ("took more than there is", "PATCH /upload/tus/*", "upload-offset", Some("99999999999999")),
        ("does not say what it took", "PATCH /upload/tus/*", "upload-offset", None),
        ("names no video", "POST */stream", "stream-media-id", None),
        ("names no video that can be", "POST */stream", "stream-media-id", Some("../../user")),
    ] {
        let made = scenario(format!("an upload that {what}"), call, Tamper::Header(header, value)).with(RELAY_SWITCHES);
        all.push(made.lasting(Lasting::Times(2)));
    }
    for status in [409, 412, 413, 415, 423] {
        let answer = Tamper::Instead { status, headers: vec![], body: "" };
        let made = scenario(format!("sending a piece: {status}"), "PATCH /upload/tus/*", answer).with(RELAY_SWITCHES);
        all.push(made.lasting(Lasting::Times(2)).ends(Ends::Somehow));
    }
    all
}

/// Scenarios that tamper with the replies that Hajime needs to make a link.
fn links() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (what, tamper) in [
        ("null", Tamper::json(Edit::Payload(Value::Null))),
        ("no key", Tamper::json(Edit::Set("pem", json!("bm8ga2V5")))),
        ("not base64", Tamper::json(Edit::Set("pem", json!("%%%")))),
        ("an odd id", Tamper::json(Edit::Set("id", json!("../../x")))),
    ] {
        all.push(scenario(format!("a new signing key: {what}"), "POST */stream/keys", tamper).by(Door::Link));
    }
    for (what, tamper) in [
        ("a sign-in page", Tamper::Body(Body::Html)),
        ("40 MB of blanks", Tamper::Body(Body::Huge)),
        ("hangs", Tamper::Hang),
        ("404", Tamper::status(404, "")),
        ("401", Tamper::status(401, "")),
    ] {
        all.push(scenario(format!("a manifest: {what}"), "GET */manifest/*", tamper).by(Door::Link));
    }
    let null = Tamper::json(Edit::Payload(Value::Null));
    all.push(scenario("a download: null", "POST */downloads", null.clone()).by(Door::Link));
    all.push(
        scenario(
            "a download: refused",
            "POST */downloads",
            Tamper::status(403, "{\"success\":false,\"errors\":[{\"code\":10005,\"message\":\"no\"}]}"),
        )
        .by(Door::Link),
    );
    all
}

/// Scenarios that tamper with the replies to a connection check.
fn doctors() -> Vec<Scenario> {
    const VERIFY: &str = "GET */tokens/verify";
    const UNKNOWN_TOKEN_TEXTS: &[&str] = &["Cloudflare’s check of tokens does not know it"];
    let mut all = Vec::new();
    for (what, tamper, named) in [
        ("null", Tamper::json(Edit::Payload(Value::Null)), UNKNOWN_TOKEN_TEXTS),
        ("an unknown status", Tamper::json(Edit::Set("status", json!("resting"))), &["Known to Cloudflare."]),
        ("numbers for moments", Tamper::json(Edit::Set("expires_on", json!(1e300))), &["Active."]),
        (
            "a moment in the far future",
            Tamper::json(Edit::Set("expires_on", json!("+262142-12-31T23:59:59Z"))),
            &["Active."],
        ),
        ("a sign-in page", Tamper::Body(Body::Html), UNKNOWN_TOKEN_TEXTS),
        (
            "403 with an unexpected code",
            Tamper::status(403, "{\"success\":false,\"errors\":[{\"code\":12345,\"message\":\"No\"}]}"),
            UNKNOWN_TOKEN_TEXTS,
        ),
        (
            "not from this network",
            Tamper::status(
                403,
                "{\"success\":false,\"errors\":[{\"code\":9109,\"message\":\"Cannot use the access token from location: 203.0.113.7\"}]}",
            ),
            &["from this network (203.0.113.7)"],
        ),
    ] {
        all.push(scenario(format!("checking the token: {what}"), VERIFY, tamper).by(Door::Doctor).says(named));
    }
    for (name, call) in [("apps", "GET */kit/apps"), ("presets", "GET */presets")] {
        let odd = Tamper::json(Edit::Among(odd_entries()));
        all.push(scenario(format!("checking the connection: odd {name}"), call, odd).by(Door::Doctor));
        let null = Tamper::json(Edit::Payload(Value::Null));
        all.push(scenario(format!("checking the connection: {name} null"), call, null).by(Door::Doctor));
    }
    all
}

/// Returns all scenarios.
pub(super) fn all() -> Vec<Scenario> {
    [lists(), ones(), bodies(), statuses(), addresses(), files(), links(), doctors(), super::other_endpoints::all()]
        .into_iter()
        .flatten()
        .collect()
}
