//! `sandbox serve|join|leave`: the local stand-in for Cloudflare, and people for its rooms.

use std::path::PathBuf;

use clap::Subcommand;
use cloudflare_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use url::Url;

use crate::output::{Failure, Output};

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
    },
    /// Let somebody into a room, as if they had joined in a browser.
    Join {
        /// The `control_url` that `serve` printed.
        #[arg(long)]
        control_url: Url,
        /// The session’s `room_id`.
        #[arg(long)]
        room: String,
        /// Their name.
        #[arg(long, default_value = "Guest")]
        name: String,
    },
    /// Let them leave.
    Leave {
        /// The `control_url` that `serve` printed.
        #[arg(long)]
        control_url: Url,
        /// The `peer_id` that `join` printed.
        #[arg(long)]
        peer: String,
    },
}

pub(crate) async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Serve { port, state, speed } => serve(Options { port, state, speed }).await,
        Command::Join { control_url, room, name } => {
            let reply = control(&control_url, "join", &json!({ "meeting_id": room, "name": name })).await?;
            output.print(&reply, |reply| reply["peer_id"].as_str().unwrap_or_default().to_owned());
            Ok(())
        }
        Command::Leave { control_url, peer } => {
            let reply = control(&control_url, "leave", &json!({ "peer_id": peer })).await?;
            output.print(&reply, |_| "Left.".to_owned());
            Ok(())
        }
    }
}

async fn serve(options: Options) -> Result<(), Failure> {
    let sandbox = Sandbox::start(options).await.map_err(|error| {
        Failure::new(
            "internal",
            format!("The sandbox could not be started: {error}."),
            "Choose another port or state file.",
        )
    })?;
    Output::line(&serde_json::to_string(sandbox.info()).unwrap_or_default());
    let interrupted = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    interrupted.map_err(|error| {
        Failure::new("internal", format!("The signal could not be awaited: {error}."), "Start it again.")
    })
}

async fn control(base: &Url, action: &str, body: &Value) -> Result<Value, Failure> {
    let refused = |why: String| {
        Failure::new(
            "cloud_refused",
            format!("The sandbox did not do it: {why}."),
            "Check the control_url and that the session is live.",
        )
    };
    let url = format!("{}/{action}", base.as_str().trim_end_matches('/'));
    // The address holds the sandbox’s control secret, so errors are shown without it.
    let reply = reqwest::Client::new()
        .post(url)
        .json(body)
        .send()
        .await
        .map_err(|error| refused(error.without_url().to_string()))?;
    let status = reply.status();
    let value: Value = reply.json().await.unwrap_or(Value::Null);
    if status.is_success() { Ok(value) } else { Err(refused(format!("{status} {value}"))) }
}
