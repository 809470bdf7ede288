//! A watermark profile: an image and its place in the picture.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, micros};

/// A watermark profile. Its image is inspected and not stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watermark {
    pub uid: String,
    /// The id of the account that owns the profile.
    pub account: String,
    pub created: Moment,
    /// The URL of the image; `None` for an uploaded image.
    pub downloaded_from: Option<String>,
    /// The integrator's name for the profile.
    pub name: String,
    /// The opacity, from 0 (invisible) to 1 (opaque).
    pub opacity: f64,
    /// The space between the image and the edges, as a fraction of the picture.
    pub padding: f64,
    /// The size of the image, as a fraction of the picture.
    pub scale: f64,
    /// A corner of the picture, such as `upperRight`, or `center`.
    pub position: String,
    /// The size of the image in bytes.
    pub bytes: u64,
    /// The width and height of the image in pixels.
    pub dimensions: (u32, u32),
}

impl Object for Watermark {
    const KIND: &'static str = "watermark";

    fn id(&self) -> &str {
        &self.uid
    }
}

impl Watermark {
    /// The profile in a reply. A video with this watermark holds the same JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "uid": self.uid,
            "created": micros(self.created),
            "downloadedFrom": self.downloaded_from,
            "name": self.name,
            "opacity": self.opacity,
            "padding": self.padding,
            "scale": self.scale,
            "position": self.position,
            "size": self.bytes,
            "width": self.dimensions.0,
            "height": self.dimensions.1,
        })
    }
}
