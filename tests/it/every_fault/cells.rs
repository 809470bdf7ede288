//! The calls between Start and the ready recording, and the faults that each call may meet.

use serde_json::{Value, json};

/// A call, named by its method and path as in the sandbox's fault rules.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// Sandbox switches, as JSON, under which a session makes this call.
    switches: &'static str,
    /// Whether the session makes this call only in a new RealtimeKit app, in which no session was held yet.
    pub(super) new_app: bool,
    /// Method and path of the call whose lost reply causes this call; `None` when no loss is needed.
    lost: Option<(&'static str, &'static str)>,
    /// Other sessions that are live at the same time.
    pub(super) beside: usize,
}

const fn call(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, switches: "{}", new_app: false, lost: None, beside: 0 }
}

/// A call that Hajime makes only where rooms do not record on start.
const fn asked(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { switches: r#"{"record_on_start_heeded":false}"#, ..call(name, method, path) }
}

/// A call that Hajime makes only where Stream cannot fetch the file.
const fn relayed(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { switches: r#"{"head_refused":true}"#, ..call(name, method, path) }
}

/// A call that Hajime makes only after the reply to the call `lost` was lost.
const fn after(
    lost: (&'static str, &'static str),
    name: &'static str,
    method: &'static str,
    path: &'static str,
) -> Call {
    Call { lost: Some(lost), ..call(name, method, path) }
}

/// A call that Hajime makes only while several sessions are live.
const fn crowded(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { beside: 2, ..call(name, method, path) }
}

const SEAT_REQUEST: (&str, &str) = ("POST", "*/participants");

pub(super) const CALLS: [Call; 26] = [
    call("find the app", "GET", "*/apps"),
    call("presets", "GET", "*/presets"),
    Call { new_app: true, ..call("make a preset", "POST", "*/presets") },
    call("make a room", "POST", "*/meetings"),
    after(("POST", "*/meetings"), "find a room", "GET", "*/meetings"),
    call("take a seat", "POST", "*/participants"),
    after(SEAT_REQUEST, "find a seat", "GET", "*/participants"),
    after(SEAT_REQUEST, "enter again", "POST", "*/token"),
    call("who is there", "GET", "*/active-session"),
    crowded("who is where", "GET", "*/sessions"),
    asked("record", "POST", "*/recordings"),
    call("what is recorded", "GET", "*/recordings/active-recording/*"),
    call("look at a recording", "GET", "*/recordings/*"),
    crowded("list recordings", "GET", "*/recordings"),
    call("stop", "PUT", "*/recordings/*"),
    call("remove everyone", "POST", "*/kick-all"),
    call("close the room", "PATCH", "*/meetings/*"),
    call("import or mark", "POST", "*/stream/*"),
    call("list videos", "GET", "*/stream"),
    call("can it be fetched", "HEAD", "/recordings-storage/*.mp4"),
    relayed("fetch the file", "GET", "/recordings-storage/*.mp4"),
    relayed("begin to send", "POST", "*/stream"),
    relayed("ask how far", "HEAD", "/upload/tus/*"),
    relayed("send", "PATCH", "/upload/tus/*"),
    relayed("look at a video", "GET", "*/stream/*"),
    Call { lost: Some(("POST", "*/stream")), ..relayed("remove a video", "DELETE", "*/stream/*") },
];

/// Calls that are made beside, after the class: no recording waits for them.
pub(super) const BESIDE: [Call; 13] = [
    call("ask for the chat", "GET", "*/sessions/*/chat"),
    call("ask for the transcript", "GET", "*/sessions/*/transcript"),
    call("fetch a chat or a transcript", "GET", "/recordings-storage/*"),
    call("ask for the sound", "POST", "*/stream/*/downloads/audio"),
    call("ask for a token", "POST", "*/stream/*/token"),
    call("look at a picture", "GET", "*/thumbnails/*"),
    call("fetch the sound", "GET", "*/downloads/audio.m4a"),
    // Downloads and the archive: their faults are played in `tests/it/transfers.rs`.
    call("look for a file of a video", "GET", "*/stream/*/downloads"),
    call("have a file of a video made", "POST", "*/stream/*/downloads*"),
    call("download a video", "GET", "/*/downloads/*"),
    // What is used: their faults are played in `tests/it/usage.rs`.
    call("ask how much is stored", "GET", "*/stream/storage-usage"),
    call("ask how long videos were watched", "POST", "*/graphql"),
    call("ask how long people were in rooms", "GET", "*/analytics/daywise"),
];

/// A fault that a call may meet.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// The sandbox's fault, as JSON.
    body: &'static str,
    /// Whether the fault only delays the reply.
    pub(super) only_late: bool,
}

const fn fault(name: &'static str, body: &'static str) -> Fault {
    Fault { name, body, only_late: false }
}

const fn late(name: &'static str, body: &'static str) -> Fault {
    Fault { name, body, only_late: true }
}

pub(super) const FAULTS: [Fault; 16] = [
    fault("500", r#"{"kind":"status","status":500}"#),
    fault("503", r#"{"kind":"status","status":503}"#),
    fault("400", r#"{"kind":"status","status":400}"#),
    fault("403", r#"{"kind":"status","status":403}"#),
    fault("404", r#"{"kind":"not_found"}"#),
    fault("HTML", r#"{"kind":"html","status":502}"#),
    fault("empty", r#"{"kind":"empty","status":500}"#),
    fault("truncated", r#"{"kind":"truncated"}"#),
    fault("cut body", r#"{"kind":"cut_body"}"#),
    late("stall", r#"{"kind":"stall","seconds":0.3}"#),
    late("slow headers", r#"{"kind":"slow_headers","seconds":0.3}"#),
    late("slow body", r#"{"kind":"slow_body","seconds":0.3}"#),
    fault("reset", r#"{"kind":"reset"}"#),
    fault("reply lost", r#"{"kind":"drop_reply"}"#),
    fault("429", r#"{"kind":"rate_limited","retry_after":1}"#),
    fault("429 silent", r#"{"kind":"rate_limited","retry_after":null}"#),
];

impl Call {
    pub(super) fn switches(&self) -> Value {
        serde_json::from_str(self.switches).unwrap_or_default()
    }

    /// Returns the fault rule that loses the reply to the call before this one; `None` when this call needs no loss.
    pub(super) fn first(&self) -> Option<Value> {
        let (method, path) = self.lost?;
        Some(json!({ "method": method, "path": path, "count": 1, "fault": { "kind": "drop_reply" } }))
    }

    /// Returns a rule that applies a fault to this call: `count` times, or with `None` always.
    pub(super) fn trap(&self, fault: &Value, count: Option<u64>) -> Value {
        let mut trap = json!({ "method": self.method, "path": self.path, "fault": fault });
        if let Some(count) = count {
            trap["count"] = json!(count);
        }
        trap
    }
}

impl Fault {
    pub(super) fn body(&self) -> Value {
        serde_json::from_str(self.body).unwrap_or_else(|error| json!({ "kind": error.to_string() }))
    }
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    AFewTimes,
    ForEver,
}

impl Lasting {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::AFewTimes => "Four times in a row",
            Self::ForEver => "For ever",
        }
    }

    pub(super) const fn count(self) -> Option<u64> {
        match self {
            Self::AFewTimes => Some(4),
            Self::ForEver => None,
        }
    }
}

/// One cell of the table: a call, a fault, and how long the fault lasts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) call: usize,
    pub(super) fault: usize,
    pub(super) lasting: Lasting,
}

impl Cell {
    pub(super) const fn call(self) -> &'static Call {
        &CALLS[self.call]
    }

    pub(super) const fn fault(self) -> &'static Fault {
        &FAULTS[self.fault]
    }

    /// Returns whether a session can show anything in this cell. A final refusal does not pass by itself, and a lasting
    /// delay is no fault. “Not found” passes by itself where Cloudflare does not yet list a new object, and it is the
    /// right answer when a removed video is removed again.
    pub(super) fn makes_sense(&self) -> bool {
        let told_later = matches!(self.call().name, "who is there" | "what is recorded" | "look at a recording");
        let not_found = self.fault().name == "404";
        if not_found && self.call().name == "remove a video" {
            return false;
        }
        let final_refusal = matches!(self.fault().name, "400" | "403") || not_found && !told_later;
        match self.lasting {
            Lasting::AFewTimes => !final_refusal,
            Lasting::ForEver => !self.fault().only_late,
        }
    }
}
