//! The lowest speed at which a transfer goes on.

use std::time::Duration;

/// The lowest speed of a transfer. Without one, a file that trickles would hold its place for as long as its address lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Bytes a second.
    pub least: u64,
    /// How long a transfer may stay below it.
    pub over: Duration,
}

impl Default for Pace {
    /// 64 kbit/s over two minutes: a tenth of what a poor mobile network gives.
    fn default() -> Self {
        Self { least: 8_000, over: Duration::from_secs(120) }
    }
}

impl Pace {
    /// How long so many bytes may take.
    pub(super) fn longest(self, bytes: usize) -> Duration {
        let seconds = u64::try_from(bytes).unwrap_or(u64::MAX).checked_div(self.least.max(1)).unwrap_or_default();
        self.over.saturating_add(Duration::from_secs(seconds))
    }

    /// How many bytes have to come in the time it looks at.
    pub(super) fn quota(self) -> u64 {
        u64::try_from(u128::from(self.least).saturating_mul(self.over.as_millis()) / 1_000).unwrap_or(u64::MAX)
    }
}
