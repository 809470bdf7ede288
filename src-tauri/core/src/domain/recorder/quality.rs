//! The three recording qualities that people can choose, and the pixels of each.

use std::fmt;
use std::str::FromStr;

use crate::domain::invalid::Invalid;

/// Recording quality. RealtimeKit has no named qualities, only a video size, so each quality has explicit pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quality {
    /// 1920 × 1080.
    Full,
    /// 1280 × 720, RealtimeKit's own default.
    #[default]
    High,
    /// 854 × 480.
    Standard,
}

impl Quality {
    /// All qualities, best first.
    pub const ALL: [Self; 3] = [Self::Full, Self::High, Self::Standard];

    /// Returns the width and the height in pixels.
    #[must_use]
    pub const fn pixels(self) -> (u16, u16) {
        match self {
            Self::Full => (1920, 1080),
            Self::High => (1280, 720),
            Self::Standard => (854, 480),
        }
    }

    /// Returns the word in the window, the CLI and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "1080p",
            Self::High => "720p",
            Self::Standard => "480p",
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Quality {
    type Err = Invalid;

    fn from_str(value: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|quality| quality.name() == value).ok_or_else(|| {
            Invalid::one(
                "quality",
                format!("“{}” is not a recording quality.", value.chars().take(20).collect::<String>()),
                "Choose 1080p, 720p or 480p.",
            )
        })
    }
}
