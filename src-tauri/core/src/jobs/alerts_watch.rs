//! Compares the rules for alerts with what can be measured, and writes what is to be told. It sends nothing.

mod measured;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::evaluate::{Change, ChannelNow, State, evaluate};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::jobs::notifications::deliver_outbox;
use crate::ports::Topic;

/// The time between two looks.
const INTERVAL: TimeDelta = TimeDelta::seconds(30);

/// The job that looks after alerts.
#[derive(Debug, Default)]
pub(crate) struct AlertsWatch {
    /// `None` until the first run.
    next: Option<DateTime<Utc>>,
}

impl Job for AlertsWatch {
    const NAME: JobName = JobName { id: "alerts_watch", title: "Rules for alerts" };
    const ACTIVITY: &'static str = "comparing the rules for alerts";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        self.next = Some(context.now().later(INTERVAL));
        // Whoever does not see alerts is not told of them.
        if !context.role().may(Permission::SeeHealth) {
            return Ok(Work::Nothing.into());
        }
        if watch(context)? {
            context.changed(&[Topic::Desk, Topic::Deliveries]);
            deliver_outbox(context)?;
        }
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}

/// Looks once. Returns whether anything changed.
fn watch(context: &Context) -> Result<bool, Error> {
    let (store, now) = (context.store(), context.now());
    let rules = store.alert_rules()?;
    let readings = measured::all(context)?;
    let channels = channels(context)?;
    let changes = store.change_alerts(now, |alerts, told| {
        evaluate(&State { rules: &rules, readings: &readings, alerts, told, channels }, now)
    })?;
    for change in &changes {
        if let Change::Open(alert) | Change::Close(alert) = change {
            tracing::info!(alert = %alert.id, rule = %alert.rule, open = alert.is_open(), "an alert opened or ended");
        }
    }
    Ok(!changes.is_empty())
}

/// The channels at this moment, in the order of [`AlertChannel::ALL`].
fn channels(context: &Context) -> Result<[ChannelNow; 4], Error> {
    let (store, now) = (context.store(), context.now());
    let is_quiet = |quiet: Option<QuietHours>| quiet.is_some_and(|quiet| quiet.over_at(now).is_some());
    let mut all = [ChannelNow::default(); 4];
    for (place, channel) in all.iter_mut().zip(AlertChannel::ALL) {
        *place = match channel.outward() {
            // A program in a terminal would show it to nobody.
            None => ChannelNow { is_on: context.notifier().has_desktop(), is_quiet: is_quiet(store.desktop()?.quiet) },
            Some(channel) => {
                let settings = store.channel(channel)?;
                ChannelNow { is_on: settings.is_on, is_quiet: is_quiet(settings.quiet) }
            }
        };
    }
    // Without an address nobody is written to.
    if store.alert_mail_recipients()?.is_empty()
        && let Some(place) = AlertChannel::ALL.iter().position(|channel| *channel == AlertChannel::Email)
    {
        all[place].is_on = false;
    }
    Ok(all)
}
