//! How long videos were watched, by day: what the analytics tell.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Model, table::Object};
use crate::clock::Moment;

/// The minutes of one video that were delivered on one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Play {
    /// The day and the uid of the video.
    pub id: String,
    /// The id of the account that owns the video.
    pub account: String,
    pub video: String,
    pub creator: Option<String>,
    /// The day in UTC.
    pub day: NaiveDate,
    pub minutes: f64,
    /// When a part of it was delivered last.
    pub last: Moment,
}

impl Object for Play {
    const KIND: &'static str = "play";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Model {
    /// Adds minutes for which a video was watched. Returns whether there is such a video.
    pub fn add_play(&mut self, video: &str, day: NaiveDate, minutes: f64) -> bool {
        let Some(found) = self.videos.get(video) else { return false };
        let (account, creator) = (found.account.clone(), found.creator.clone());
        let (id, last) = (format!("{day} {video}"), self.now);
        let added = self.plays.edit(&id, |play| {
            play.minutes += minutes;
            play.last = last;
        });
        if added.is_none() {
            self.plays.put(Play { id, account, video: video.to_owned(), creator, day, minutes, last });
        }
        true
    }
}
