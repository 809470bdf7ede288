//! `sandbox …`: runs the local stand-in for Cloudflare, puts people into its rooms, and makes things go wrong in it.

use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use cloudflare_sandbox::{Options, Sandbox};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use crate::output::Output;

/// Where a running sandbox takes commands.
#[derive(Debug, Args)]
pub(crate) struct Control {
    /// The `control_url` that `serve` printed. It holds a secret, so the environment is the better place for it.
    #[arg(long, env = "HAJIME_SANDBOX_CONTROL_URL", hide_env_values = true)]
    control_url: Url,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run it until interrupted. The first line on standard output is JSON: `base_url`, `account_id`, `api_token`, `app_id`, `control_url`.
    Serve {
        /// Port on 127.0.0.1; 0 takes a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Keep its state in this file; without one it is forgotten at the end.
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// How fast its time runs.
        #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
        speed: f64,
        /// Begin this scenario at once; `rehearse` lists them.
        #[arg(long, value_name = "NAME")]
        scenario: Vec<String>,
    },
    /// Let somebody into a room, as if they had joined in a browser.
    Join {
        #[command(flatten)]
        control: Control,
        /// The session’s `room_id`.
        #[arg(long)]
        room: String,
        /// Their name.
        #[arg(long, default_value = "Guest")]
        name: String,
    },
    /// Let a person who joined leave the room.
    Leave {
        #[command(flatten)]
        control: Control,
        /// The `peer_id` that `join` printed.
        #[arg(long)]
        peer: String,
    },
    /// Start a prepared failure scenario; without a name, list the scenarios.
    Rehearse {
        #[command(flatten)]
        control: Control,
        /// The scenario’s name.
        name: Option<String>,
    },
    /// End every failure that was started on purpose. What it changed stays changed.
    Calm {
        #[command(flatten)]
        control: Control,
    },
    /// Make calls fail in one way.
    Fault(Fault),
    /// Move the time of the sandbox forward.
    Advance {
        #[command(flatten)]
        control: Control,
        /// The number of seconds.
        seconds: f64,
        /// Let these seconds pass at this many times real time, instead of at once.
        #[arg(long, value_name = "FACTOR")]
        speed: Option<f64>,
    },
    /// Change how fast the time of the sandbox runs.
    Speed {
        #[command(flatten)]
        control: Control,
        /// Speed as a multiple of real time.
        factor: f64,
    },
    /// Send any other command, such as `POST mishaps '{"mishap": {"kind": "encode_stuck", "percent": 30}}'`.
    Send {
        #[command(flatten)]
        control: Control,
        /// GET, POST or DELETE.
        method: Method,
        /// The name of the command, such as `state`, `switches`, `mishaps`.
        action: String,
        /// The body of the command, as JSON.
        body: Option<Value>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Fault {
    #[command(flatten)]
    control: Control,
    /// The kind of fault.
    #[arg(value_parser = FAULTS)]
    kind: String,
    /// Only calls with this method.
    #[arg(long)]
    method: Option<String>,
    /// Only calls whose path matches this; `*` stands for any run of characters.
    #[arg(long)]
    path: Option<String>,
    /// Let at most this many calls fail.
    #[arg(long)]
    count: Option<u64>,
    /// Let this many matching calls pass first.
    #[arg(long)]
    skip: Option<u64>,
    /// Probability that a matching call fails, from 0 to 1.
    #[arg(long)]
    probability: Option<f64>,
    /// Seed of the random choice; the same number chooses the same calls.
    #[arg(long)]
    seed: Option<u64>,
    /// End the fault after this many seconds.
    #[arg(long)]
    for_seconds: Option<f64>,
    /// The HTTP status, for `status`, `html` and `empty`.
    #[arg(long, required_if_eq("kind", "status"))]
    status: Option<u16>,
    /// Delay in seconds, for `stall`, `slow_headers` and `slow_body`.
    #[arg(long, required_if_eq_any([("kind", "stall"), ("kind", "slow_headers"), ("kind", "slow_body")]))]
    seconds: Option<f64>,
    /// The `Retry-After` of `rate_limited`, in seconds; without it the header is missing.
    #[arg(long)]
    retry_after: Option<u64>,
}

const FAULTS: [&str; 12] = [
    "status",
    "not_found",
    "html",
    "empty",
    "truncated",
    "cut_body",
    "stall",
    "slow_headers",
    "slow_body",
    "reset",
    "drop_reply",
    "rate_limited",
];

impl Fault {
    fn trap(&self) -> Value {
        let mut fault = present([
            ("status", json!(self.status)),
            ("seconds", json!(self.seconds)),
            ("retry_after", json!(self.retry_after)),
        ]);
        fault.insert("kind".into(), json!(self.kind));
        let mut trap = present([
            ("method", json!(self.method)),
            ("path", json!(self.path)),
            ("count", json!(self.count)),
            ("skip", json!(self.skip)),
            ("probability", json!(self.probability)),
            ("seed", json!(self.seed)),
            ("for_seconds", json!(self.for_seconds)),
        ]);
        trap.insert("fault".into(), fault.into());
        trap.into()
    }
}

fn present<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) async fn run(command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Serve { port, state, speed, scenario } => serve(Options { port, state, speed }, &scenario).await,
        Command::Join { control, room, name } => {
            let reply = control.post("join", &json!({ "meeting_id": room, "name": name })).await?;
            output.print(&reply, |reply| reply["peer_id"].as_str().unwrap_or_default().to_owned());
            Ok(())
        }
        Command::Leave { control, peer } => {
            let reply = control.post("leave", &json!({ "peer_id": peer })).await?;
            output.print(&reply, |_| "Left.".to_owned());
            Ok(())
        }
        Command::Rehearse { control, name } => {
            let reply = match &name {
                Some(name) => control.post("scenarios", &json!({ "name": name })).await?,
                None => control.send(Method::GET, "scenarios", None).await?,
            };
            output.print(&reply, |reply| scenarios(reply, name.as_deref()));
            Ok(())
        }
        Command::Calm { control } => {
            let reply = control.post("calm", &Value::Null).await?;
            output.print(&reply, |_| "Everything is back to normal.".to_owned());
            Ok(())
        }
        Command::Fault(fault) => {
            let reply = fault.control.post("faults", &fault.trap()).await?;
            output.print(&reply, |_| "Set.".to_owned());
            Ok(())
        }
        Command::Advance { control, seconds, speed } => {
            let by: Value = present([("seconds", json!(seconds)), ("speed", json!(speed))]).into();
            let reply = control.post("advance", &by).await?;
            output.print(&reply, |reply| format!("It is {} there.", reply["now"].as_str().unwrap_or_default()));
            Ok(())
        }
        Command::Speed { control, factor } => {
            let reply = control.post("speed", &json!({ "factor": factor })).await?;
            output.print(&reply, |_| format!("Its time runs {factor} times as fast as ours."));
            Ok(())
        }
        Command::Send { control, method, action, body } => {
            let reply = control.send(method, &action, body.as_ref()).await?;
            output.print(&reply, |reply| format!("{reply:#}"));
            Ok(())
        }
    }
}

/// The scenarios, one on each line, with a mark at those that were started. If `begun` names a scenario that was just
/// started, only the description of it.
fn scenarios(reply: &Value, begun: Option<&str>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = reply["scenarios"].as_array().cloned().unwrap_or_default();
    if let Some(scenario) = all.iter().find(|scenario| begun.is_some_and(|name| scenario["name"] == name)) {
        return format!("{}. {}", text(&scenario["title"]), text(&scenario["description"]));
    }
    let line = |scenario: &Value| {
        let mark = if scenario["active"] == true { '●' } else { ' ' };
        format!("{mark} {:<22} {}", text(&scenario["name"]), text(&scenario["title"]))
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

async fn serve(options: Options, scenarios: &[String]) -> Result<(), UserError> {
    let sandbox = Sandbox::start(options).await.map_err(|error| {
        UserError::new(
            ErrorCode::Internal,
            format!("The sandbox could not be started: {error}."),
            "Choose another port or state file.",
        )
    })?;
    for name in scenarios {
        sandbox.control("POST", "scenarios", &json!({ "name": name })).await.map_err(|refused| {
            UserError::new(
                ErrorCode::InvalidInput,
                format!("The scenario cannot begin: {refused}."),
                "Choose one of these.",
            )
        })?;
    }
    Output::line(&serde_json::to_string(sandbox.info()).unwrap_or_default());
    let interrupted = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    interrupted.map_err(|error| {
        UserError::new(ErrorCode::Internal, format!("Hajime cannot wait for Ctrl+C: {error}."), "Start it again.")
    })
}

impl Control {
    async fn post(&self, action: &str, body: &Value) -> Result<Value, UserError> {
        self.send(Method::POST, action, Some(body)).await
    }

    async fn send(&self, method: Method, action: &str, body: Option<&Value>) -> Result<Value, UserError> {
        let refused = |why: String| {
            UserError::new(
                ErrorCode::CloudflareRefused,
                format!("The sandbox refused: {why}."),
                "Check the control_url and what was asked for.",
            )
        };
        let url = format!("{}/{action}", self.control_url.as_str().trim_end_matches('/'));
        let client = hajime_core::http_client::builder().build().map_err(|error| refused(error.to_string()))?;
        let mut request = client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        // The address contains the secret of the sandbox, so it is removed from errors.
        let reply = request.send().await.map_err(|error| refused(error.without_url().to_string()))?;
        let status = reply.status();
        let value: Value = reply.json().await.unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(value);
        }
        Err(refused(value["error"].as_str().map_or_else(|| status.to_string(), str::to_owned)))
    }
}
