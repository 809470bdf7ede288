//! The calls between Start and ready, and what may happen to each.

use serde_json::{Value, json};

/// A call, as the sandbox's traps name it.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// What the sandbox is to be like for a class to make this call at all.
    pub(super) switches: &'static str,
}

const fn call(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, switches: "{}" }
}

/// Only where rooms do not record by themselves.
const fn asked(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, switches: r#"{"record_on_start_heeded":false}"# }
}

/// Only where Stream cannot fetch the file.
const fn relayed(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, switches: r#"{"head_refused":true}"# }
}

pub(super) const CALLS: [Call; 17] = [
    call("presets", "GET", "*/presets"),
    call("make a room", "POST", "*/meetings"),
    call("find a room", "GET", "*/meetings"),
    call("take a seat", "POST", "*/participants"),
    call("who is there", "GET", "*/active-session"),
    asked("record", "POST", "*/recordings"),
    call("what is recorded", "GET", "*/recordings/active-recording/*"),
    call("look at a recording", "GET", "*/recordings/*"),
    call("stop", "PUT", "*/recordings/*"),
    call("remove everyone", "POST", "*/kick-all"),
    call("close the room", "PATCH", "*/meetings/*"),
    call("import or mark", "POST", "*/stream/*"),
    call("list videos", "GET", "*/stream"),
    relayed("fetch the file", "GET", "/recordings-storage/*"),
    relayed("begin to send", "POST", "*/stream"),
    relayed("ask how far", "HEAD", "/upload/tus/*"),
    relayed("send", "PATCH", "/upload/tus/*"),
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

    /// A refusal for good is no fault that passes; what is only late for ever is late. What is not found may only not be told of yet.
    pub(super) fn makes_sense(&self) -> bool {
        let told_later = matches!(self.call().name, "who is there" | "what is recorded" | "look at a recording");
        let final_refusal = matches!(self.fault().name, "400" | "403") || self.fault().name == "404" && !told_later;
        match self.lasting {
            Lasting::AFewTimes => !final_refusal,
            Lasting::ForEver => !self.fault().only_late,
        }
    }
}
