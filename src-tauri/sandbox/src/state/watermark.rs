//! A watermark profile: an image and where it goes in the picture.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, micros};

/// A watermark profile. Its image is looked at and not kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watermark {
    /// The uid.
    pub uid: String,
    /// The account.
    pub account: String,
    /// When it was made.
    pub created: Moment,
    /// Where the image was fetched from, unless it was uploaded.
    pub downloaded_from: Option<String>,
    /// What the integrator calls it.
    pub name: String,
    /// 0 for nothing to be seen, 1 for nothing to be seen through.
    pub opacity: f64,
    /// Space between the image and the edges, as a share of the picture.
    pub padding: f64,
    /// How much of the picture the image takes up.
    pub scale: f64,
    /// The corner it is in, or `center`.
    pub position: String,
    /// The image in bytes.
    pub bytes: u64,
    /// Pixels across and down.
    pub dimensions: (u32, u32),
}

impl Object for Watermark {
    const KIND: &'static str = "watermark";

    fn id(&self) -> &str {
        &self.uid
    }
}

impl Watermark {
    /// The profile in a reply, and in the reply about a video that has it.
    pub fn shown(&self) -> Value {
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
