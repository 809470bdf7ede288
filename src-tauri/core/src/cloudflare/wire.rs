//! Parses replies member by member, so that an odd value spoils nothing else.
//!
//! The rules are the same for every endpoint. `null`, an empty text and an absent member mean that there is no value.
//! Numbers and flags may be texts. Moments, lengths and sizes must be within bounds ([`crate::domain::bounds`]). A
//! member that cannot be read counts as absent and is noted as an oddity. If an entry lacks a member that it cannot do
//! without, usually its id, the entry is left out of its list.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cloudflare::oddities::Oddity;
use crate::cloudflare::redact::plain;
use crate::domain::bounds;
use crate::domain::library::attachment::visible_line;

/// The most entries of one list that are read. Stream's largest page has 1,000 (Stream docs, “List videos”, `limit`).
const ENTRIES_MAX: usize = 2_000;
/// The longest name or title that is sent, in characters. The title of a class with its room code is far shorter.
const LINE_MAX: usize = 500;
/// The longest text that is read, in characters. The rest is cut off. Real names and messages are far shorter.
const TEXT_MAX: usize = 4_000;

/// A type that can be read from a reply.
pub(super) trait Entry: Sized {
    /// The name of the type in messages.
    const WHAT: &'static str;
    /// The member of an object that may contain a list of entries.
    const LIST: &'static str = "";

    /// The value that `null` stands for; for most types there is none.
    fn absent() -> Option<Self> {
        None
    }

    /// Reads an entry from the members of an object.
    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit>;
}

/// The error about an entry that lacks a member it cannot do without. Holds the member's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit(&'static str);

impl Unfit {
    /// The error about a member that is absent.
    pub(super) const fn lacks(name: &'static str) -> Self {
        Self(name)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its “{}” cannot be read", self.0)
    }
}

/// The members of one object, and what of them could not be read.
pub(super) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    odd: Vec<&'static str>,
    unknown: Vec<String>,
}

/// The result of reading one member.
enum Member<T> {
    Is(T),
    Absent,
    Odd,
}

impl<T> From<Option<T>> for Member<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Odd, Self::Is)
    }
}

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let Members(members) = serde_json::from_str(text).ok()?;
        Some(Self { members, odd: Vec::new(), unknown: Vec::new() })
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().rev().find(|(member, _)| member == name).map(|(_, raw)| *raw)
    }

    fn member<T>(&mut self, name: &'static str, read: impl FnOnce(&Value) -> Member<T>) -> Option<T> {
        let member = match serde_json::from_str(self.raw(name)?.get()) {
            Ok(Value::Null) => Member::Absent,
            Ok(Value::String(text)) if text.trim().is_empty() => Member::Absent,
            Ok(value) => read(&value),
            Err(_) => Member::Odd,
        };
        match member {
            Member::Is(value) => Some(value),
            Member::Absent => None,
            Member::Odd => {
                self.odd.push(name);
                None
            }
        }
    }

    /// A member that the entry cannot do without, usually its id.
    pub(super) fn needed<T: FromStr>(&mut self, name: &'static str) -> Result<T, Unfit> {
        self.parsed(name).ok_or(Unfit(name))
    }

    /// Notes a member as odd that should be present and is not.
    pub(super) fn miss(&mut self, name: &'static str) {
        if !self.odd.contains(&name) {
            self.odd.push(name);
        }
    }

    /// A text that is parsed as `T`.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        self.member(name, |value| value.as_str().and_then(|text| text.parse().ok()).into())
    }

    /// A text, cut to [`TEXT_MAX`] characters.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.member(name, |value| value.as_str().map(|text| text.chars().take(TEXT_MAX).collect()).into())
    }

    /// A word from a list. `unknown` makes the value of any other word.
    pub(super) fn word<T: Clone>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        unknown: impl FnOnce(String) -> T,
    ) -> T {
        let word = self.text(name).unwrap_or_default();
        if let Some((_, known)) = words.iter().find(|(known, _)| *known == word) {
            return known.clone();
        }
        let word: String = plain(&word).chars().take(40).collect();
        self.unknown.push(format!("its “{name}” is “{word}”, which Hajime does not know"));
        unknown(word)
    }

    /// A text that must never be printed.
    pub(super) fn secret(&mut self, name: &'static str) -> Result<SecretString, Unfit> {
        self.member(name, |value| value.as_str().map(SecretString::from).into()).ok_or(Unfit(name))
    }

    /// A moment between 2000 and 2100.
    pub(super) fn moment(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.member(name, |value| value.as_str().and_then(bounds::moment_from).into())
    }

    /// A length in seconds, from 0 to 48 hours. Stream writes −1 while it does not know the length.
    pub(super) fn length(&mut self, name: &'static str) -> Option<Duration> {
        self.measured(name, bounds::length)
    }

    /// A size in bytes, from 0 to `i64::MAX`. Some of Cloudflare's examples have −1 for an unknown size.
    pub(super) fn bytes(&mut self, name: &'static str) -> Option<u64> {
        self.measured(name, bounds::bytes)
    }

    fn measured<T>(&mut self, name: &'static str, within: impl FnOnce(f64) -> Option<T>) -> Option<T> {
        self.member(name, |value| match number(value) {
            Some(unknown) if (-1.0..0.0).contains(&unknown) => Member::Absent,
            Some(number) => within(number).into(),
            None => Member::Odd,
        })
    }

    /// A number that is not negative.
    pub(super) fn number(&mut self, name: &'static str) -> Option<f64> {
        self.member(name, |value| number(value).filter(|number| *number >= 0.0).into())
    }

    /// A count. Cloudflare declares counts as “number”, so they may be fractions.
    pub(super) fn count(&mut self, name: &'static str) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped right before")]
        self.number(name).map(|number| number.min(f64::from(u32::MAX)) as u32)
    }

    /// A percentage, clamped to 0 to 100.
    pub(super) fn percent(&mut self, name: &'static str) -> Option<f32> {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
        self.member(name, |value| number(value).map(|number| number.clamp(0.0, 100.0) as f32).into())
    }

    /// A flag.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.member(name, |value| match value {
            Value::Bool(flag) => Member::Is(*flag),
            Value::String(text) => text.trim().parse().ok().into(),
            _ => Member::Odd,
        })
    }

    /// The members of an object inside this one.
    pub(super) fn within<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Option<T> {
        let raw = self.raw(name)?;
        if raw.get() == "null" {
            return None;
        }
        let Some(mut inner) = Fields::of(raw.get()) else {
            self.odd.push(name);
            return None;
        };
        let value = read(&mut inner);
        self.odd.extend(inner.odd);
        self.unknown.extend(inner.unknown);
        Some(value)
    }

    /// The entries of an array inside this object; `None` if there is no such array.
    pub(super) fn entries<T: Entry>(&mut self, name: &'static str) -> Option<Listed<T>> {
        let listed = list::<T>(self.raw(name)?.get());
        if listed.as_ref().is_none_or(|listed| !listed.odd.is_empty()) {
            self.odd.push(name);
        }
        listed.filter(|listed| listed.is_there)
    }

    /// The texts in an array, at most `most` of them.
    pub(super) fn texts_in(&mut self, name: &'static str, most: usize) -> Vec<String> {
        let texts = self.member(name, |value| match value {
            Value::Array(items) => {
                Member::Is(items.iter().filter_map(Value::as_str).map(str::to_owned).take(most).collect())
            }
            _ => Member::Odd,
        });
        let mut texts: Vec<String> = texts.unwrap_or_default();
        texts.retain(|text| !text.trim().is_empty());
        texts
    }

    /// The texts of the arrays of an array, so many of each at most. An array is left out when it holds anything else.
    pub(super) fn lists_of_texts(&mut self, name: &'static str, most: usize) -> Vec<Vec<String>> {
        let lists = self.member(name, |value| match value {
            Value::Array(lists) => Member::Is(lists.iter().filter_map(|list| all_texts(list, most)).collect()),
            _ => Member::Odd,
        });
        lists.unwrap_or_default()
    }

    /// The members of an object inside this one, as they are; `None` if there is no such object.
    pub(super) fn object(&mut self, name: &'static str) -> Option<serde_json::Map<String, Value>> {
        self.member(name, |value| Member::from(value.as_object().cloned()))
    }

    /// The objects in an array, at most `most` of them; `None` if there is no such array, or a longer one. What is no object is left out and
    /// noted.
    pub(super) fn objects(&mut self, name: &'static str, most: usize) -> Option<Vec<serde_json::Map<String, Value>>> {
        let items =
            self.member(name, |value| Member::from(value.as_array().filter(|items| items.len() <= most).cloned()))?;
        let told = items.len();
        let objects: Vec<_> = items
            .into_iter()
            .filter_map(|item| if let Value::Object(members) = item { Some(members) } else { None })
            .collect();
        if objects.len() < told {
            self.miss(name);
        }
        Some(objects)
    }

    /// The members of an object inside this one that are texts, by name. Empty if there is no such object.
    pub(super) fn texts(&mut self, name: &'static str) -> BTreeMap<String, String> {
        self.within(name, |inner| {
            let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
            let members = inner.members.iter();
            members.filter_map(|(name, raw)| Some((name.clone().into_owned(), text(raw)?))).collect()
        })
        .unwrap_or_default()
    }
}

fn all_texts(list: &Value, most: usize) -> Option<Vec<String>> {
    let list = list.as_array().filter(|list| !list.is_empty() && list.len() <= most)?;
    list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A number, which may be written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// One entry, and what of it could not be read.
pub(super) struct One<T> {
    pub(super) value: Result<T, Unfit>,
    pub(super) oddity: Option<Oddity>,
    id: Option<String>,
}

/// Reads an entry; `None` if the text is not an object.
pub(super) fn one<T: Entry>(text: &str) -> Option<One<T>> {
    if text == "null" {
        return T::absent().map(|value| One { value: Ok(value), oddity: None, id: None });
    }
    let mut fields = Fields::of(text)?;
    let value = T::read(&mut fields);
    let mut why = Vec::new();
    match &value {
        Err(unfit) => why.push(format!("{unfit}, so it was left out")),
        Ok(_) if fields.odd.is_empty() => {}
        Ok(_) => why.push(format!("its “{}” cannot be read and was left out", fields.odd.join("”, “"))),
    }
    why.append(&mut fields.unknown);
    let id = id_of(&fields);
    let oddity = (!why.is_empty()).then(|| Oddity::new(T::WHAT, id.as_deref(), why.join("; ")));
    Some(One { value, oddity, id })
}

/// The id of an entry, if it has one that can be read.
fn id_of(fields: &Fields<'_>) -> Option<String> {
    ["uid", "id"].iter().find_map(|name| match serde_json::from_str(fields.raw(name)?.get()) {
        Ok(Value::String(text)) => Some(text),
        Ok(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// The entries of a list, and what of them could not be read.
pub(super) struct Listed<T> {
    /// The entries that could be read.
    pub(super) items: Vec<T>,
    /// The number of entries in the list, including unreadable ones.
    pub(super) told: usize,
    /// Whether the reply had a list, and not `null` or nothing in its place.
    pub(super) is_there: bool,
    /// What could not be read.
    pub(super) odd: Vec<Oddity>,
    /// A hash of the entries' ids, to recognise a page that was read before.
    pub(super) fingerprint: u64,
}

/// Reads a list: an array, an object that contains an array, or `null` for an empty list. `None` if the text is none of
/// these.
pub(super) fn list<T: Entry>(text: &str) -> Option<Listed<T>> {
    let nested =
        if text.starts_with('{') { Some(Fields::of(text)?.raw(T::LIST).map_or("null", RawValue::get)) } else { None };
    let text = nested.unwrap_or(text);
    let Entries(entries, told): Entries<'_> = match text {
        "null" => Entries::default(),
        _ => serde_json::from_str(text).ok()?,
    };
    let (items, is_there) = (Vec::with_capacity(entries.len()), text != "null");
    let mut listed = Listed { items, told, is_there, odd: Vec::new(), fingerprint: 0 };
    let mut hasher = DefaultHasher::new();
    for raw in entries {
        let Some(One { value, oddity, id }) = one(raw.get()) else {
            raw.get().hash(&mut hasher);
            listed.odd.push(Oddity::new(T::WHAT, None, "it is no object, so it was left out"));
            continue;
        };
        id.as_deref().unwrap_or(raw.get()).hash(&mut hasher);
        listed.odd.extend(oddity);
        listed.items.extend(value);
    }
    if told > ENTRIES_MAX {
        let why = format!("a list has {told} entries, and only {ENTRIES_MAX} of them were read");
        listed.odd.push(Oddity::new(T::WHAT, None, why));
    }
    listed.fingerprint = hasher.finish();
    Some(listed)
}

/// A name or title as it is sent: one line without invisible characters, by the same rule as for names that are read.
pub(super) fn line(text: &str) -> String {
    visible_line(text, LINE_MAX).unwrap_or_default()
}

/// The name of a member.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object, not parsed.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), raw)) = map.next_entry()? {
                    members.push((name, raw));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The first entries of an array, not parsed, and the number of all its entries.
#[derive(Default)]
struct Entries<'a>(Vec<&'a RawValue>, usize);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries<'de>, A::Error> {
                let (mut entries, mut told) = (Vec::new(), 0_usize);
                while entries.len() < ENTRIES_MAX
                    && let Some(raw) = seq.next_element()?
                {
                    entries.push(raw);
                    told = told.saturating_add(1);
                }
                while told >= ENTRIES_MAX && seq.next_element::<de::IgnoredAny>()?.is_some() {
                    told = told.saturating_add(1);
                }
                Ok(Entries(entries, told))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[cfg(test)]
mod tests;
