//! What was told to people and programs.

use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::queued::DeliveryState;

/// How long deliveries that are over are kept, in days, so a longer period has no more of them.
pub const KEPT_DAYS: u32 = 90;

/// The deliveries of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelCount {
    /// The channel.
    pub channel: Channel,
    /// Those that a receiver took.
    pub sent: u32,
    /// Those that failed for good.
    pub failed: u32,
    /// Those that wait, or are being sent.
    pub waiting: u32,
}

/// Adds up deliveries by channel. What was stopped, because nobody wants it any more, counts as neither.
#[must_use]
pub fn by_channel(counts: &[(Channel, DeliveryState, u32)]) -> Vec<ChannelCount> {
    let of = |channel: Channel, states: &[DeliveryState]| {
        let all = counts.iter().filter(|(of, state, _)| *of == channel && states.contains(state));
        all.fold(0_u32, |sum, (_, _, count)| sum.saturating_add(*count))
    };
    let all = Channel::ALL.into_iter().map(|channel| ChannelCount {
        channel,
        sent: of(channel, &[DeliveryState::Accepted]),
        failed: of(channel, &[DeliveryState::Failed]),
        waiting: of(channel, &[DeliveryState::Waiting, DeliveryState::Sending]),
    });
    all.filter(|one| one.sent > 0 || one.failed > 0 || one.waiting > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_that_were_stopped_count_as_neither_sent_nor_failed() {
        let counts = [
            (Channel::Slack, DeliveryState::Accepted, 3),
            (Channel::Slack, DeliveryState::Sending, 1),
            (Channel::Slack, DeliveryState::Waiting, 2),
            (Channel::Email, DeliveryState::Stopped, 9),
        ];
        let slack = ChannelCount { channel: Channel::Slack, sent: 3, failed: 0, waiting: 3 };
        assert_eq!(by_channel(&counts), [slack]);
    }
}
