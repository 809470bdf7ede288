//! The lowest speed that a transfer must have.

use std::time::Duration;

/// The lowest speed of a transfer. Without it, a very slow file would keep its relay place until its address expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The speed in bytes per second.
    pub least: u64,
    /// How long a transfer may be slower than this.
    pub over: Duration,
}

impl Default for Pace {
    /// 64 kbit/s over two minutes: a tenth of the speed of a poor mobile network.
    fn default() -> Self {
        Self { least: 8_000, over: Duration::from_secs(120) }
    }
}

impl Pace {
    /// The longest time that a transfer of so many bytes may take.
    pub(super) fn longest(self, bytes: usize) -> Duration {
        let seconds = u64::try_from(bytes).unwrap_or(u64::MAX).checked_div(self.least.max(1)).unwrap_or_default();
        self.over.saturating_add(Duration::from_secs(seconds))
    }

    /// The number of bytes that must arrive in each interval of `over`.
    pub(super) fn quota(self) -> u64 {
        u64::try_from(u128::from(self.least).saturating_mul(self.over.as_millis()) / 1_000).unwrap_or(u64::MAX)
    }
}
