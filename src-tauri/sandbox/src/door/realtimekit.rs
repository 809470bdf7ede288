//! `RealtimeKit`'s calls for participants, by the API of the sandbox and subject to the token that the script has.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, header},
};
use serde_json::{Value, json};
use url::Url;

use super::{asked::Asked, refusal::Refusal};
use crate::call::KnownToken;

/// How long `RealtimeKit` may take to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 16;

/// A participant with the token to join.
pub struct Made {
    pub id: String,
    pub token: String,
}

/// Adds a participant to a meeting.
pub async fn add(asked: &Asked<'_>, room: &str, name: &str, preset: &str, mark: &str) -> Result<Made, Refusal> {
    let body = json!({ "name": name, "preset_name": preset, "custom_participant_id": mark });
    let data = data(ask(asked, Method::POST, &["meetings", room, "participants"], Some(&body)).await?)?;
    Ok(Made { id: text(&data, "id")?, token: text(&data, "token")? })
}

/// A new token for a participant; `None` if `RealtimeKit` does not have the participant any more.
pub async fn new_token(asked: &Asked<'_>, room: &str, id: &str) -> Result<Option<String>, Refusal> {
    let answer = ask(asked, Method::POST, &["meetings", room, "participants", id, "token"], None).await?;
    if answer.0 == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    text(&data(answer)?, "token").map(Some)
}

/// Deletes a participant that nobody got a token for. If that fails, nobody is harmed.
pub async fn forget(asked: &Asked<'_>, room: &str, id: &str) {
    drop(ask(asked, Method::DELETE, &["meetings", room, "participants", id], None).await);
}

async fn ask(
    asked: &Asked<'_>,
    method: Method,
    path: &[&str],
    body: Option<&Value>,
) -> Result<(StatusCode, Value), Refusal> {
    let mut url = Url::parse(asked.text("REALTIMEKIT")).map_err(|_| Refusal::of_realtimekit())?;
    url.path_segments_mut().map_err(|()| Refusal::of_realtimekit())?.extend(path);
    let content = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = Request::builder().method(method).uri(url.path()).header(header::CONTENT_TYPE, "application/json");
    let mut request = request.body(content).map_err(|_| Refusal::of_realtimekit())?;
    request.extensions_mut().insert(KnownToken(asked.secret_hash("REALTIMEKIT_TOKEN").to_owned()));
    let answer = async {
        let response = (asked.api)(Arc::clone(asked.world), request).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), MAX_ANSWER_BYTES).await.unwrap_or_default();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    };
    tokio::time::timeout(LIMIT, answer).await.map_err(|_| Refusal::of_realtimekit())
}

fn data((status, mut answer): (StatusCode, Value)) -> Result<Value, Refusal> {
    let data = answer.get_mut("data").map(Value::take);
    data.filter(|data| status.is_success() && data.is_object()).ok_or_else(Refusal::of_realtimekit)
}

fn text(data: &Value, member: &str) -> Result<String, Refusal> {
    let found = data.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(Refusal::of_realtimekit)
}
