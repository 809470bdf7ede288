//! The routes of watermark profiles. A profile is chosen when a video is created and cannot be changed.

use axum::{body::Body, http::StatusCode};
use serde_json::{Map, Value};

use super::find_watermark as find;
use crate::{
    call::Call,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::{
        form,
        input::{ErrorFormat, Fields},
    },
    state::{Model, watermark::Watermark},
};

const MAX_IMAGE_BYTES: usize = 2 << 20;
/// The largest number of bytes in the parts of a form besides the image.
const FORM_OVERHEAD_BYTES: usize = 64 << 10;
const MAX_PROFILES: usize = 1_000;
const POSITIONS: [&str; 5] = ["upperRight", "upperLeft", "lowerLeft", "lowerRight", "center"];
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// `GET /stream/watermarks`
pub fn list(call: &Call) -> Reply {
    call.world.with(|model| {
        let mut profiles: Vec<&Watermark> =
            model.watermarks.iter().filter(|profile| profile.account == call.account).collect();
        profiles.sort_by_key(|profile| profile.created);
        Reply::Result(profiles.into_iter().map(Watermark::to_json).collect())
    })
}

/// `GET /stream/watermarks/{uid}`
pub fn get(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(find(model, call, uid)?.to_json())))
}

/// `DELETE /stream/watermarks/{uid}`: videos that have the watermark keep it.
pub fn delete(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        model.watermarks.remove(uid);
        Ok(Reply::Result("".into()))
    })
}

/// `POST /stream/watermarks` with a form that holds the image or its URL.
pub async fn create_by_form(call: &Call, body: Body) -> Answer {
    let mut parts = form::parts(call, body, MAX_IMAGE_BYTES + FORM_OVERHEAD_BYTES).await?;
    let file = parts.remove("file");
    let members = parts.into_iter().map(|(name, bytes)| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // All members of a form are texts, so the members that are numbers are parsed.
        let number = ["opacity", "padding", "scale"]
            .contains(&name.as_str())
            .then(|| text.trim().parse::<f64>().ok().filter(|n| n.is_finite()));
        let value = number.flatten().map_or_else(|| text.into(), Value::from);
        (name, value)
    });
    let fields = Fields::from_members(members.collect::<Map<String, Value>>(), ErrorFormat::V4);
    create(call, &fields, file).await
}

/// `POST /stream/watermarks` with JSON that names the URL of the image.
pub async fn create_by_url(call: &Call) -> Answer {
    create(call, &Fields::read(&call.body, ErrorFormat::V4)?, None).await
}

async fn create(call: &Call, fields: &Fields, file: Option<Vec<u8>>) -> Answer {
    let share = |name: &str, usual: f64| Ok::<_, Refusal>(fields.number(name, 0.0..=1.0)?.unwrap_or(usual));
    let (opacity, padding, scale) = (share("opacity", 1.0)?, share("padding", 0.05)?, share("scale", 0.15)?);
    let position = fields.one_of("position", &POSITIONS)?.unwrap_or_else(|| "upperRight".to_owned());
    let name = fields.text("name")?.unwrap_or_default();
    let (image, downloaded_from) = match file {
        Some(file) => (file, None),
        None => {
            let url = fields.required_text("url")?;
            (fetch_image(call, &url).await?, Some(url))
        }
    };
    if image.len() > MAX_IMAGE_BYTES {
        return Err(form::too_large(MAX_IMAGE_BYTES));
    }
    let dimensions = dimensions(&image).ok_or_else(|| ErrorFormat::V4.invalid("the image is not a PNG"))?;
    call.world.with(|model| {
        if model.watermarks.iter().filter(|profile| profile.account == call.account).count() >= MAX_PROFILES {
            return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_012, "Too many watermark profiles"));
        }
        let created = model.stamp();
        let profile = Watermark {
            uid: ids::hex32(),
            account: call.account.clone(),
            created,
            downloaded_from,
            name,
            opacity,
            padding,
            scale,
            position,
            bytes: u64::try_from(image.len()).unwrap_or(0),
            dimensions,
        };
        let shown = profile.to_json();
        model.watermarks.put(profile);
        Ok(Reply::Result(shown))
    })
}

/// Returns the profile that a request for a new video names; `None` when it names none. The video holds a copy of the
/// profile.
pub fn requested(model: &Model, call: &Call, fields: &Fields) -> Result<Option<Watermark>, Refusal> {
    let Some(watermark) = fields.object("watermark")? else { return Ok(None) };
    let Some(uid) = watermark.text("uid")? else { return Ok(None) };
    find(model, call, &uid).cloned().map(Some).map_err(|_| watermark.refuse("uid", "names no watermark profile"))
}

async fn fetch_image(call: &Call, url: &str) -> Result<Vec<u8>, Refusal> {
    let unreachable = || ErrorFormat::V4.invalid("the image could not be fetched from its url");
    let response = call.world.http.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let mut response = response.map_err(|_| unreachable())?;
    let mut image = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_| unreachable())? {
        image.extend_from_slice(&piece);
        if image.len() > MAX_IMAGE_BYTES {
            break;
        }
    }
    Ok(image)
}

/// Reads the dimensions in the header of a PNG (W3C PNG, section 11.2.1).
fn dimensions(image: &[u8]) -> Option<(u32, u32)> {
    let header = image.strip_prefix(PNG_SIGNATURE)?.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let (width, height) = (number(0)?, number(4)?);
    (width > 0 && height > 0).then_some((width, height))
}
