//! The calls between Start and ready, and what may happen to each.

use serde_json::{Value, json};

/// A call, as the sandbox's traps name it.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// What the sandbox is to be like for a class to make this call at all.
    switches: &'static str,
    /// Whether the app is a new one, in which nobody has held a class yet.
    pub(super) new_app: bool,
    /// What is to go wrong before it: a call whose reply is lost, as method and path.
    lost: Option<(&'static str, &'static str)>,
    /// How many other classes there are at the same time.
    pub(super) beside: usize,
}

const fn call(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, switches: "{}", new_app: false, lost: None, beside: 0 }
}

/// Only where rooms do not record by themselves.
const fn asked(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { switches: r#"{"record_on_start_heeded":false}"#, ..call(name, method, path) }
}

/// Only where Stream cannot fetch the file.
const fn relayed(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { switches: r#"{"head_refused":true}"#, ..call(name, method, path) }
}

/// Only when the reply to another call was lost.
const fn after(
    lost: (&'static str, &'static str),
    name: &'static str,
    method: &'static str,
    path: &'static str,
) -> Call {
    Call { lost: Some(lost), ..call(name, method, path) }
}

/// Only when several classes are on.
const fn crowded(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { beside: 2, ..call(name, method, path) }
}

const SEATS: (&str, &str) = ("POST", "*/participants");

pub(super) const CALLS: [Call; 26] = [
    call("find the app", "GET", "*/apps"),
    call("presets", "GET", "*/presets"),
    Call { new_app: true, ..call("make a preset", "POST", "*/presets") },
    call("make a room", "POST", "*/meetings"),
    after(("POST", "*/meetings"), "find a room", "GET", "*/meetings"),
    call("take a seat", "POST", "*/participants"),
    after(SEATS, "find a seat", "GET", "*/participants"),
    after(SEATS, "enter again", "POST", "*/token"),
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
    call("can it be fetched", "HEAD", "/recordings-storage/*"),
    relayed("fetch the file", "GET", "/recordings-storage/*"),
    relayed("begin to send", "POST", "*/stream"),
    relayed("ask how far", "HEAD", "/upload/tus/*"),
    relayed("send", "PATCH", "/upload/tus/*"),
    relayed("look at a video", "GET", "*/stream/*"),
    Call { lost: Some(("POST", "*/stream")), ..relayed("remove a video", "DELETE", "*/stream/*") },
];

/// What happens to a call.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// As JSON, for the sandbox.
    body: &'static str,
    /// Whether it delays and harms nothing.
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

    /// The trap that loses a reply first, if one is needed.
    pub(super) fn first(&self) -> Option<Value> {
        let (method, path) = self.lost?;
        Some(json!({ "method": method, "path": path, "count": 1, "fault": { "kind": "drop_reply" } }))
    }

    /// A trap for this call.
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

/// For how long.
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

/// One square of the table.
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

    /// A refusal for good is no fault that passes; what is only late for ever is late. What is not found may only not be told of yet, and what
    /// is to be removed and is not found is removed.
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
