//! Scenarios for the endpoints that the tables in `scenarios.rs` leave out: rooms, seats, presets, apps, keys,
//! downloads and the removal of videos.

use hajime_tamper::{Body, Edit, Tamper};
use serde_json::{Value, json};

use super::scenarios::{Door, Ends, Lasting, Scenario, scenario};

/// Sandbox switches, as JSON, for an account whose new apps have no presets.
const APPS_WITHOUT_PRESETS: &str = r#"{"new_apps_have_presets":false}"#;

/// Ways to tamper, which are applied to each reply.
fn ways() -> [(&'static str, Tamper); 10] {
    [
        ("null", Tamper::json(Edit::Payload(Value::Null))),
        ("a list", Tamper::json(Edit::Payload(json!([])))),
        ("nothing", Tamper::Body(Body::Empty)),
        ("cut off", Tamper::Body(Body::Cut)),
        ("a sign-in page", Tamper::Body(Body::Html)),
        ("numbers as text", Tamper::json(Edit::NumbersAsText)),
        ("503", Tamper::status(503, "")),
        ("the connection breaks", Tamper::Reset),
        ("hangs", Tamper::Hang),
        ("carried out twice", Tamper::CarriedOutTwice),
    ]
}

fn of(name: &str, call: &'static str, door: Door) -> impl Iterator<Item = Scenario> {
    ways().into_iter().map(move |(what, tamper)| {
        let made = scenario(format!("{name}: {what}"), call, tamper).by(door);
        made.lasting(Lasting::Times(2))
    })
}

/// Replies at the start and at the end of a session.
fn rooms() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = [
        ("the host's place", "POST */participants"),
        ("closing a room", "PATCH */meetings/*"),
        ("emptying a room", "POST */kick-all"),
    ]
    .into_iter()
    .flat_map(|(name, call)| of(name, call, Door::Class))
    .collect();
    let token = Tamper::json(Edit::Remove("token"));
    all.push(scenario("the host's place: without a token", "POST */participants", token).lasting(Lasting::Times(2)));
    let odd = Tamper::json(Edit::Set("id", json!("../../user")));
    all.push(scenario("the host's place: an odd id", "POST */participants", odd).lasting(Lasting::Times(2)));
    let open = Tamper::json(Edit::Set("status", json!("ACTIVE")));
    all.push(scenario("closing a room: it says that it is open", "PATCH */meetings/*", open));
    let nobody = Tamper::status(404, r#"{"success":false,"errors":[{"code":404,"message":"no active session"}]}"#);
    all.push(scenario("emptying a room: nobody is there", "POST */kick-all", nobody));
    all
}

/// Replies about one room while its session is live and no list names the room. Another desk has ended the session only
/// if the reply says that this room is closed.
fn open_rooms() -> Vec<Scenario> {
    let other = || Edit::Set("id", json!("44444444-4444-4444-8444-444444444444"));
    let more = [
        ("another one that is closed", Tamper::Json(vec![other(), Edit::Set("status", json!("INACTIVE"))], "")),
        ("an unknown status", Tamper::json(Edit::Set("status", json!("RESTING")))),
        ("404", Tamper::status(404, r#"{"success":false,"errors":[{"code":404,"message":"not found"}]}"#)),
    ];
    let all = ways().into_iter().chain(more);
    all.map(|(what, tamper)| {
        let unlisted = Tamper::json(Edit::Payload(json!([])));
        Scenario {
            // The pattern for the list does not match the longer path of a single room, so each has a rule.
            rules: Box::new(move || vec![("GET */meetings", unlisted.clone()), ("GET */meetings/*", tamper.clone())]),
            ..scenario(format!("a room that no list names: {what}"), "", Tamper::Reset).by(Door::Live)
        }
    })
    .collect()
}

/// Replies to the first start of a session in an empty account.
fn bare_accounts() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, call) in [("a new app", "POST */kit/apps"), ("a new preset", "POST */presets")] {
        let more = [
            ("without an id", Tamper::json(Edit::Remove("id"))),
            ("an odd id", Tamper::json(Edit::Set("id", json!("../../user")))),
        ];
        for (what, tamper) in ways().into_iter().chain(more) {
            let made = scenario(format!("{name}: {what}"), call, tamper)
                .with(APPS_WITHOUT_PRESETS)
                .without_app()
                .in_a_new_account();
            all.push(made.lasting(Lasting::Times(2)));
        }
    }
    all
}

/// Replies about keys and downloads, which Hajime requests for a link.
fn keys_and_downloads() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = of("the download of a link", "GET */downloads", Door::File).collect();
    for (what, edit) in [
        ("an unknown status", Edit::Set("default.status", json!("resting"))),
        ("an address on another host", Edit::Set("default.url", json!("http://{trap}/file.mp4"))),
        ("more than all of it", Edit::Set("default.percentComplete", json!(1e300))),
    ] {
        all.push(
            scenario(format!("the download of a link: {what}"), "GET */downloads", Tamper::json(edit)).by(Door::File),
        );
    }
    for (what, tamper) in ways() {
        // The desk reads the list of keys when a link does not play.
        let rules = move || vec![("GET */manifest/*", Tamper::status(401, "")), ("GET */stream/keys", tamper.clone())];
        let made = scenario(format!("the list of keys: {what}"), "", Tamper::Reset).by(Door::LinkAgain);
        all.push(Scenario { rules: Box::new(rules), ..made.lasting(Lasting::Times(3)) });
    }
    all
}

/// Replies when a recording has two videos and Hajime removes one of them.
fn second_videos() -> Vec<Scenario> {
    let refused = Tamper::status(403, r#"{"success":false,"errors":[{"code":10005,"message":"no"}]}"#);
    let gone = Tamper::status(404, r#"{"success":false,"errors":[{"code":10003,"message":"not found"}]}"#);
    let all = ways().into_iter().chain([("refused", refused), ("gone", gone)]);
    all.map(|(what, tamper)| {
        let rules =
            move || vec![("POST */stream/copy", Tamper::CarriedOutTwice), ("DELETE */stream/*", tamper.clone())];
        let made = scenario(format!("removing a second video: {what}"), "", Tamper::Reset).ends(Ends::Ready);
        Scenario { rules: Box::new(rules), ..made.lasting(Lasting::Times(2)) }
    })
    .collect()
}

pub(super) fn all() -> Vec<Scenario> {
    [rooms(), open_rooms(), bare_accounts(), keys_and_downloads(), second_videos()].into_iter().flatten().collect()
}
