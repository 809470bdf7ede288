//! Keys that work in every program: what they do, how a combination is written, and which may be chosen.
//!
//! A letter or digit is the one that the key writes, so a combination stays where a person reads it when the keyboard has
//! another layout.

use std::fmt;
use std::str::FromStr;

use crate::domain::invalid::{FieldError, Invalid};

/// What a global key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAction {
    /// Shows the window.
    Show,
    /// Starts the next class, or shows the live one, which can be ended there.
    StartOrEnd,
    /// Makes a link to the newest recording and copies it.
    CopyLink,
}

impl KeyAction {
    /// Every action, in the order of the settings.
    pub const ALL: [Self; 3] = [Self::Show, Self::StartOrEnd, Self::CopyLink];

    /// The name by which settings and the desktop portal know the action.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::StartOrEnd => "start_or_end",
            Self::CopyLink => "copy_link",
        }
    }

    /// Reads the name of an action; `None` for any other text.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// What the action does, as the settings say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Show => "Show Hajime",
            Self::StartOrEnd => "Start the next class, or show the live one to end it",
            Self::CopyLink => "Copy a link to the newest recording",
        }
    }
}

/// The key of a combination, apart from those that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// A letter from A to Z or a digit, upper case.
    Sign(char),
    /// F1 to F12.
    Function(u8),
    /// A key with a name.
    Named(Named),
}

/// The names of a key: as people read it, in the W3C list of `code` values, and as a key symbol of X11.
type Named = (&'static str, &'static str, &'static str);

const NAMED: [Named; 9] = [
    ("Up", "ArrowUp", "Up"),
    ("Down", "ArrowDown", "Down"),
    ("Left", "ArrowLeft", "Left"),
    ("Right", "ArrowRight", "Right"),
    ("Home", "Home", "Home"),
    ("End", "End", "End"),
    ("PageUp", "PageUp", "Page_Up"),
    ("PageDown", "PageDown", "Page_Down"),
    ("Insert", "Insert", "Insert"),
];
const LAST_FUNCTION_KEY: u8 = 12;

/// The longest text of a combination that is read.
const TEXT_MAX: usize = 40;

/// A combination of keys, such as Ctrl+Alt+H. So many keys are held that no usual shortcut of other programs is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each of the four keys is held or not, whatever the others are")]
pub struct KeyPress {
    control: bool,
    alt: bool,
    shift: bool,
    /// The Windows key, or ⌘ on a Mac.
    system: bool,
    key: Key,
}

/// The keys that are held with the key of a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Ctrl.
    Control,
    /// Alt, or ⌥ on a Mac.
    Alt,
    /// Shift.
    Shift,
    /// The Windows key, or ⌘ on a Mac.
    System,
}

impl KeyPress {
    /// Whether programs leave this combination alone: Super or two of the other keys are held, or one and a function key.
    /// Alt+F4 closes windows. Shift changes only what is written.
    const fn is_free(self) -> bool {
        let closes = self.alt && !self.control && matches!(self.key, Key::Function(4));
        let with_function = matches!(self.key, Key::Function(_)) && (self.control || self.alt) && !closes;
        self.system || (self.control && self.alt) || with_function
    }

    /// Returns the keys that are held.
    #[must_use]
    pub fn held(self) -> Vec<Held> {
        let all = [
            (self.control, Held::Control),
            (self.alt, Held::Alt),
            (self.shift, Held::Shift),
            (self.system, Held::System),
        ];
        all.into_iter().filter_map(|(is_held, held)| is_held.then_some(held)).collect()
    }

    /// Returns the key as a `code` of the W3C (UI Events `KeyboardEvent` code Values), such as `KeyH`.
    #[must_use]
    pub fn code(self) -> String {
        match self.key {
            Key::Sign(digit) if digit.is_ascii_digit() => format!("Digit{digit}"),
            Key::Sign(letter) => format!("Key{letter}"),
            Key::Function(number) => format!("F{number}"),
            Key::Named((_, code, _)) => code.to_owned(),
        }
    }

    /// Returns the combination as the XDG specification for shortcuts writes it, such as `CTRL+ALT+h`.
    #[must_use]
    pub fn trigger(self) -> String {
        let held = self.held().into_iter().map(|held| match held {
            Held::Control => "CTRL",
            Held::Alt => "ALT",
            Held::Shift => "SHIFT",
            Held::System => "LOGO",
        });
        let key = match self.key {
            Key::Sign(sign) => sign.to_ascii_lowercase().to_string(),
            Key::Function(number) => format!("F{number}"),
            Key::Named((.., symbol)) => symbol.to_owned(),
        };
        held.map(str::to_owned).chain([key]).collect::<Vec<_>>().join("+")
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for held in self.held() {
            f.write_str(match held {
                Held::Control => "Ctrl+",
                Held::Alt => "Alt+",
                Held::Shift => "Shift+",
                Held::System => "Super+",
            })?;
        }
        match self.key {
            Key::Sign(sign) => write!(f, "{sign}"),
            Key::Function(number) => write!(f, "F{number}"),
            Key::Named((name, ..)) => f.write_str(name),
        }
    }
}

/// Why a text is no combination of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKeyPress {
    /// It names a key that cannot be chosen, or no key.
    UnknownKey,
    /// Other programs use it: too few of Ctrl, Alt and Super are held.
    UsedElsewhere,
}

impl FromStr for KeyPress {
    type Err = NoKeyPress;

    fn from_str(text: &str) -> Result<Self, NoKeyPress> {
        if text.len() > TEXT_MAX {
            return Err(NoKeyPress::UnknownKey);
        }
        let mut words: Vec<&str> = text.split('+').map(str::trim).collect();
        let key = words.pop().and_then(key).ok_or(NoKeyPress::UnknownKey)?;
        let mut press = Self { control: false, alt: false, shift: false, system: false, key };
        for word in words {
            match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" => press.control = true,
                "alt" => press.alt = true,
                "shift" => press.shift = true,
                "super" | "cmd" => press.system = true,
                _ => return Err(NoKeyPress::UnknownKey),
            }
        }
        if press.is_free() { Ok(press) } else { Err(NoKeyPress::UsedElsewhere) }
    }
}

fn key(word: &str) -> Option<Key> {
    let mut signs = word.chars();
    if let (Some(sign), None) = (signs.next(), signs.next()) {
        return sign.is_ascii_alphanumeric().then(|| Key::Sign(sign.to_ascii_uppercase()));
    }
    let number = word.strip_prefix(['F', 'f']).and_then(|number| number.parse().ok());
    if let Some(number) = number.filter(|number| (1..=LAST_FUNCTION_KEY).contains(number)) {
        return Some(Key::Function(number));
    }
    NAMED.into_iter().find(|(name, ..)| name.eq_ignore_ascii_case(word)).map(Key::Named)
}

/// The global keys of a desk. All are off until a person switches them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GlobalKeys {
    /// Shows the window.
    pub show: Option<KeyPress>,
    /// Starts the next class, or shows the live one, which can be ended there.
    pub start_or_end: Option<KeyPress>,
    /// Copies a link to the newest recording.
    pub copy_link: Option<KeyPress>,
}

impl GlobalKeys {
    /// Returns the combination of an action; `None` if it is off.
    #[must_use]
    pub const fn of(&self, action: KeyAction) -> Option<KeyPress> {
        match action {
            KeyAction::Show => self.show,
            KeyAction::StartOrEnd => self.start_or_end,
            KeyAction::CopyLink => self.copy_link,
        }
    }

    /// Reads a combination from outside for each action. Refuses a text that is no combination.
    pub fn read(text: impl Fn(KeyAction) -> Option<String>) -> Result<Self, Invalid> {
        let mut problems = Vec::new();
        let mut one = |action: KeyAction| {
            let text = text(action)?;
            match text.parse() {
                Ok(press) => Some(press),
                Err(why) => {
                    problems.push(problem(action, &text, why));
                    None
                }
            }
        };
        let keys = Self {
            show: one(KeyAction::Show),
            start_or_end: one(KeyAction::StartOrEnd),
            copy_link: one(KeyAction::CopyLink),
        };
        Invalid::check(problems)?;
        keys.check()?;
        Ok(keys)
    }

    /// Refuses a combination that two actions have.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        for (index, action) in KeyAction::ALL.into_iter().enumerate() {
            let earlier = KeyAction::ALL.into_iter().take(index);
            let same = self.of(action).and_then(|press| {
                earlier.into_iter().find(|other| self.of(*other) == Some(press)).map(|other| (press, other))
            });
            if let Some((press, other)) = same {
                problems.push(FieldError {
                    field: action.name(),
                    message: format!("{press} already means “{}”.", other.words()),
                    next: "Choose other keys for one of the two.",
                });
            }
        }
        Invalid::check(problems)
    }
}

fn problem(action: KeyAction, text: &str, why: NoKeyPress) -> FieldError {
    let (message, next) = match why {
        NoKeyPress::UnknownKey => (
            "These keys cannot be used in every program.".to_owned(),
            "Hold Ctrl and Alt, or Super, and press a letter from A to Z, a digit, an arrow or a function key.",
        ),
        // The text names known keys only, or it would be no combination at all.
        NoKeyPress::UsedElsewhere => (
            format!("Other programs use {text} themselves and would lose it."),
            "Hold two of Ctrl, Alt and Super, or Super alone, or Ctrl or Alt with a function key other than Alt+F4.",
        ),
    };
    FieldError { field: action.name(), message, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_is_written_in_one_way_however_it_was_typed() {
        for (typed, written, code, trigger) in [
            ("ctrl+alt+h", "Ctrl+Alt+H", "KeyH", "CTRL+ALT+h"),
            ("Shift + Control+alt + 7", "Ctrl+Alt+Shift+7", "Digit7", "CTRL+ALT+SHIFT+7"),
            ("super+F12", "Super+F12", "F12", "LOGO+F12"),
            ("super+pageup", "Super+PageUp", "PageUp", "LOGO+Page_Up"),
            ("Super+Alt+Up", "Alt+Super+Up", "ArrowUp", "ALT+LOGO+Up"),
            ("ctrl+f5", "Ctrl+F5", "F5", "CTRL+F5"),
        ] {
            let press: KeyPress = typed.parse().unwrap();
            assert_eq!(
                (press.to_string(), press.code(), press.trigger()),
                (written.into(), code.into(), trigger.into())
            );
            assert_eq!(press.to_string().parse(), Ok(press));
        }
    }

    #[test]
    fn a_key_that_would_be_missing_elsewhere_is_refused() {
        let refused = |text: &str| text.parse::<KeyPress>().unwrap_err();
        for text in ["H", "Shift+F5", "Ctrl+C", "Ctrl+Shift+V", "Ctrl+Z", "Alt+Left", "Alt+F4", "Alt+Shift+F4"] {
            assert_eq!(refused(text), NoKeyPress::UsedElsewhere, "{text}");
        }
        for text in ["Super+C", "Ctrl+F4", "Alt+F5", "Ctrl+Alt+F4", "Ctrl+Alt+C"] {
            assert!(text.parse::<KeyPress>().is_ok(), "{text}");
        }
        for text in ["", "Ctrl", "Ctrl+", "Ctrl+ф", "Ctrl+F13", "Ctrl+F0", "Hyper+H", "Ctrl+Escape"] {
            assert_eq!(refused(text), NoKeyPress::UnknownKey, "{text}");
        }
        assert_eq!(refused(&"Ctrl+".repeat(100)), NoKeyPress::UnknownKey);
    }

    #[test]
    fn two_actions_with_the_same_keys_are_refused_by_name() {
        let same = |_| Some("Ctrl+Alt+H".to_owned());
        let refused = GlobalKeys::read(same).unwrap_err();
        assert_eq!(refused.problems().len(), 2);
        assert_eq!(refused.problems()[0].field, "start_or_end");
        assert!(refused.to_string().contains("Ctrl+Alt+H already means “Show Hajime”"), "{refused}");
        let refused = GlobalKeys::read(|action| (action == KeyAction::Show).then(|| "H".into())).unwrap_err();
        assert_eq!(refused.problems()[0].field, "show");
        assert_eq!(GlobalKeys::read(|_| None).unwrap(), GlobalKeys::default());
    }
}
