//! The model: all objects of the sandbox, and how they change with time.
//!
//! The model is *settled* before it is read: every change that was due has happened, in the order in which it was due,
//! whatever the speed of the clock. Nothing here does I/O except [`store`]. Work that needs I/O or rendering is left in
//! [`Model::tasks`], and events for the sockets of rooms in [`Model::room_events`]. `World` takes both from there.

pub mod access;
pub mod active_scenarios;
pub mod caption;
pub mod d1;
pub mod files;
mod import;
pub mod kit;
pub mod live_input;
pub mod livestream;
pub mod mail;
pub mod mishaps;
pub mod play;
pub mod recording;
pub mod room_event;
pub mod rooms;
pub mod session;
pub mod store;
pub mod table;
pub mod task;
pub mod video;
pub mod watermark;
pub mod webhooks;
pub mod worker;

use std::collections::HashMap;

use chrono::TimeDelta;

use self::{
    access::{ApiToken, CallsApp, SigningKey},
    active_scenarios::ActiveScenarios,
    caption::Caption,
    kit::{App, Meeting, Participant, Preset},
    live_input::LiveInput,
    livestream::Livestream,
    mail::{Mail, MailRules},
    mishaps::Mishaps,
    play::Play,
    recording::{Recording, RecordingStatus, StopReason},
    room_event::{RoomEvent, RoomEventKind},
    session::Session,
    table::Table,
    task::Task,
    video::{DeletedVideo, Video},
    watermark::Watermark,
    webhooks::{Delivery, EndReason, StreamWebhook, Webhook},
    worker::{Asset, AssetsSession, CustomDomain, Worker, WorkersSubdomain},
};
use crate::{
    clock::{Moment, seconds},
    switches::Switches,
};

/// All objects and settings of the sandbox.
#[derive(Debug, Default)]
pub struct Model {
    /// The moment to which the model is settled.
    pub now: Moment,
    /// The time of the verification clock.
    pub verification: Moment,
    /// This run's own API token. It is not saved.
    pub run_token: Option<ApiToken>,
    /// The last moment given out by [`Model::stamp`].
    last_stamp: Moment,
    /// The delivery host, such as `http://127.0.0.1:8080`.
    pub host: String,
    /// The switches as they are set now.
    pub switches: Switches,
    /// The mishaps that wait for a recording or a video. They are not saved.
    pub mishaps: Mishaps,
    /// The scenarios that are active.
    pub scenarios: ActiveScenarios,
    /// The secret that signs participant tokens and presigned URLs.
    pub secret: Vec<u8>,
    pub apps: Table<App>,
    pub presets: Table<Preset>,
    pub meetings: Table<Meeting>,
    pub participants: Table<Participant>,
    pub sessions: Table<Session>,
    pub recordings: Table<Recording>,
    pub videos: Table<Video>,
    /// Deleted videos. A playback token for one is answered with 404 instead of 401.
    pub deleted_videos: Table<DeletedVideo>,
    pub captions: Table<Caption>,
    pub watermarks: Table<Watermark>,
    pub live_inputs: Table<LiveInput>,
    /// Stream's signing keys, their public halves only.
    pub keys: Table<SigningKey>,
    /// API tokens made through the control API, as hashes.
    pub tokens: Table<ApiToken>,
    /// Legacy Calls apps and TURN keys.
    pub calls: Table<CallsApp>,
    pub livestreams: Table<Livestream>,
    /// RealtimeKit webhooks.
    pub webhooks: Table<Webhook>,
    /// Stream's webhooks, one per account.
    pub stream_webhooks: Table<StreamWebhook>,
    /// Webhook deliveries that no receiver has accepted yet.
    pub deliveries: Table<Delivery>,
    /// Scripts that serve static files.
    pub workers: Table<Worker>,
    /// The files of scripts, by hash.
    pub assets: Table<Asset>,
    /// The accounts' names below `workers.dev`.
    pub workers_subdomains: Table<WorkersSubdomain>,
    /// D1 databases.
    pub d1_databases: Table<d1::D1Database>,
    /// The hostnames that show scripts.
    pub workers_domains: Table<CustomDomain>,
    /// Letters that were accepted.
    pub mails: Table<Mail>,
    /// How long videos were watched, by day.
    pub plays: Table<Play>,
    /// What becomes of letters. It is not saved.
    pub mail_rules: MailRules,
    /// Upload sessions of scripts' files, by their tokens. They are not saved.
    pub assets_sessions: HashMap<String, AssetsSession>,
    /// Background tasks that the world has not started yet.
    pub tasks: Vec<Task>,
    /// Events that the world has not sent to the rooms yet.
    pub room_events: Vec<RoomEvent>,
}

/// The tables whose objects change by themselves. When two changes are due at the same moment, the order here decides:
/// a recorder notices an empty room before the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DueTable {
    Recordings,
    Sessions,
    Livestreams,
    Videos,
    Deliveries,
}

impl Model {
    /// Makes every change that is due by `now`, in the order in which the changes are due.
    pub fn settle(&mut self, now: Moment) {
        let now = now.max(self.now);
        while let Some((at, kind, id)) = self.next_due_change().filter(|(at, ..)| *at <= now) {
            // A change may become known after it was due, for example when a source is inspected late. It happens as of
            // the moment when it was due, but `now` never goes back.
            self.now = self.now.max(at);
            match kind {
                DueTable::Recordings => self.recording_due(&id, at),
                DueTable::Sessions => self.session_due(&id, at),
                DueTable::Livestreams => self.livestream_due(&id, at),
                DueTable::Videos => self.video_due(&id, at),
                DueTable::Deliveries => self.delivery_due(&id),
            }
        }
        self.now = now;
    }

    /// Returns the moment at which the next change is due; `None` when no change is.
    pub fn next_moment(&self) -> Option<Moment> {
        self.next_due_change().map(|(at, ..)| at)
    }

    /// Returns a moment for a new object. It is later than the moment of every earlier object.
    pub fn stamp(&mut self) -> Moment {
        self.last_stamp = self.now.max(self.last_stamp + TimeDelta::microseconds(1));
        self.last_stamp
    }

    /// Makes the next stamp later than the newest video in the state file.
    pub fn resume_stamps(&mut self) {
        self.last_stamp = self.videos.iter().map(|video| video.created).max().unwrap_or_default();
    }

    /// Discards the record of changed rows. It is called when there is no state file.
    pub fn forget_changes(&mut self) {
        self.apps.forget_changes();
        self.presets.forget_changes();
        self.meetings.forget_changes();
        self.participants.forget_changes();
        self.sessions.forget_changes();
        self.recordings.forget_changes();
        self.videos.forget_changes();
        self.deleted_videos.forget_changes();
        self.captions.forget_changes();
        self.watermarks.forget_changes();
        self.live_inputs.forget_changes();
        self.keys.forget_changes();
        self.tokens.forget_changes();
        self.calls.forget_changes();
        self.livestreams.forget_changes();
        self.webhooks.forget_changes();
        self.stream_webhooks.forget_changes();
        self.deliveries.forget_changes();
        self.workers.forget_changes();
        self.assets.forget_changes();
        self.workers_subdomains.forget_changes();
        self.d1_databases.forget_changes();
        self.workers_domains.forget_changes();
        self.mails.forget_changes();
        self.plays.forget_changes();
    }

    fn next_due_change(&self) -> Option<(Moment, DueTable, String)> {
        [
            self.recordings.next_due().map(|(at, id)| (at, DueTable::Recordings, id)),
            self.sessions.next_due().map(|(at, id)| (at, DueTable::Sessions, id)),
            self.livestreams.next_due().map(|(at, id)| (at, DueTable::Livestreams, id)),
            self.videos.next_due().map(|(at, id)| (at, DueTable::Videos, id)),
            self.deliveries.next_due().map(|(at, id)| (at, DueTable::Deliveries, id)),
        ]
        .into_iter()
        .flatten()
        .min()
        .map(|(at, kind, id)| (at, kind, id.to_owned()))
    }

    fn recording_due(&mut self, id: &str, at: Moment) {
        let Some(recording) = self.recordings.get(id) else { return };
        match recording.status {
            RecordingStatus::Invoked if recording.waiting_for_people => self.change_recording(id, Recording::fail),
            RecordingStatus::Invoked => {
                let empty_since = recording
                    .session
                    .as_deref()
                    .and_then(|session| self.sessions.get(session))
                    .and_then(|session| session.empty_since);
                let patience = seconds(self.switches.empty_room_seconds);
                self.change_recording(id, |recording| {
                    recording.status = RecordingStatus::Recording;
                    recording.started = Some(at);
                    recording.leaves_at = empty_since.map(|since| (since + patience).max(at));
                });
                self.tasks.push(Task::RenderClip { recording: id.to_owned() });
            }
            RecordingStatus::Recording | RecordingStatus::Paused => {
                if recording.fails_at().is_some_and(|fails_at| fails_at <= at) {
                    self.change_recording(id, |recording| {
                        recording.stopped = Some(at);
                        recording.fail();
                    });
                    return;
                }
                let empty = recording.leaves_at.is_some_and(|leaves_at| leaves_at <= at);
                let reason = if empty { StopReason::AllPeersLeft } else { StopReason::ApiCall };
                self.stop_recording(id, at, reason);
            }
            RecordingStatus::Uploading => {
                let lifetime = seconds(self.switches.download_url_seconds);
                self.change_recording(id, |recording| {
                    if recording.doomed {
                        recording.fail();
                        return;
                    }
                    recording.status = RecordingStatus::Uploaded;
                    if recording.config.own_bucket {
                        recording.expires = Some(at + lifetime);
                    }
                });
            }
            RecordingStatus::Uploaded | RecordingStatus::Errored => {}
        }
    }

    fn session_due(&mut self, id: &str, at: Moment) {
        self.end_session(id, at, EndReason::AllParticipantsLeft);
    }

    fn video_due(&mut self, id: &str, at: Moment) {
        let stepped = self.videos.edit(id, |video| {
            let before = video.state;
            video.step(at).then_some(video.state != before)
        });
        match stepped {
            Some(None) => self.delete_video(id),
            Some(Some(true)) => self.notify_video(id),
            Some(Some(false)) | None => {}
        }
    }

    /// Deletes a video and its captions. Its uid is kept in `deleted_videos`.
    pub fn delete_video(&mut self, uid: &str) {
        if let Some(video) = self.videos.remove(uid) {
            let captions: Vec<String> =
                self.captions.iter().filter(|caption| caption.video == uid).map(|caption| caption.id.clone()).collect();
            for caption in captions {
                self.captions.remove(&caption);
            }
            self.deleted_videos.put(DeletedVideo { uid: video.uid });
        }
    }

    /// Stops a recording that is INVOKED, RECORDING or PAUSED.
    pub fn stop_recording(&mut self, id: &str, at: Moment, reason: StopReason) {
        let shortest = seconds(self.switches.shortest_recording_seconds);
        let (fixed, fraction) = (self.switches.upload_seconds, self.switches.upload_fraction);
        let upload = |length: TimeDelta| seconds(fixed + fraction * length.to_std().unwrap_or_default().as_secs_f64());
        self.change_recording(id, |recording| recording.stop(at, reason, shortest, upload));
        if self.recordings.get(id).is_some_and(|recording| recording.status == RecordingStatus::Uploading) {
            self.tasks.push(Task::MeasureFile { recording: id.to_owned() });
        }
    }

    /// Changes a recording. A new status is sent to its room and to webhooks.
    pub fn change_recording(&mut self, id: &str, change: impl FnOnce(&mut Recording)) {
        let changed = self.recordings.edit(id, |recording| {
            let before = recording.status;
            change(recording);
            (recording.status != before).then(|| (recording.meeting.clone(), recording.status))
        });
        if let Some(Some((meeting, status))) = changed {
            self.push_room_event(meeting, RoomEventKind::Recording(status));
            self.notify_recording(id);
        }
    }

    /// Queues an event for the sockets of a room.
    pub fn push_room_event(&mut self, meeting: String, kind: RoomEventKind) {
        self.room_events.push(RoomEvent { meeting, kind });
    }
}
