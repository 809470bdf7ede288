//! Edits of a JSON reply: of its entries, wherever Cloudflare puts them, or of its whole payload.

use serde_json::{Map, Value, json};

/// One edit. An entry is an object in the reply's list, or the reply's only object.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Replaces the payload: `result` or `data`.
    Payload(Value),
    /// Sets a member at the top of the reply.
    Top(&'static str, Value),
    /// Sets a member of every entry. The path has dots between its parts, and missing members are created.
    Set(&'static str, Value),
    /// Removes a member of every entry, by its path.
    Remove(&'static str),
    /// Renames a member of every entry, from the first name to the second.
    Rename(&'static str, &'static str),
    /// Turns the numbers of every entry into strings.
    NumbersAsText,
    /// Sets every number of every entry.
    Numbers(Value),
    /// Sets every member of an entry that holds a time to this text.
    Moments(&'static str),
    /// Sets every member of an entry to null, except ids and states, which Hajime requires.
    Nulls,
    /// Inserts these values between the entries of a list.
    Among(Vec<Value>),
    /// Repeats every entry of a list.
    Twice,
    /// Repeats an entry this many times, each time with another id.
    Many(usize),
}

/// Members that [`Edit::Nulls`] keeps.
const REQUIRED_MEMBERS: [&str; 6] = ["id", "uid", "status", "token", "pem", "state"];

impl Edit {
    /// Changes a reply. Only entries for which `is_meant` returns true change.
    pub fn apply(&self, reply: &mut Value, is_meant: &dyn Fn(&Value) -> bool) {
        match self {
            Self::Top(name, value) => {
                reply[*name] = value.clone();
                return;
            }
            Self::Payload(value) => {
                for name in ["result", "data"] {
                    if reply.get(name).is_some() {
                        reply[name] = value.clone();
                    }
                }
                return;
            }
            _ => {}
        }
        let Some(payload) = payload(reply) else { return };
        if let Some(list) = list(payload) {
            self.list(list, is_meant);
        } else if is_meant(payload) {
            self.entry(payload);
        }
    }

    fn list(&self, list: &mut Vec<Value>, is_meant: &dyn Fn(&Value) -> bool) {
        let before = list.clone();
        match self {
            Self::Among(odd) => *list = [odd.clone(), before, odd.clone()].concat(),
            Self::Twice => *list = before.iter().flat_map(|one| [one.clone(), one.clone()]).collect(),
            Self::Many(count) => {
                let first = before.first().cloned().unwrap_or_else(|| json!({}));
                *list = std::iter::repeat_n(first, *count).map(renamed).collect();
            }
            _ => list.iter_mut().filter(|one| is_meant(one)).for_each(|one| self.entry(one)),
        }
    }

    fn entry(&self, entry: &mut Value) {
        match self {
            Self::Set(path, value) => {
                if let Some((holder, name)) = holder(entry, path) {
                    holder.insert(name.to_owned(), value.clone());
                }
            }
            Self::Remove(path) => {
                if let Some((holder, name)) = holder(entry, path) {
                    holder.remove(name);
                }
            }
            Self::Rename(path, new) => {
                if let Some((holder, name)) = holder(entry, path)
                    && let Some(value) = holder.remove(name)
                {
                    holder.insert((*new).to_owned(), value);
                }
            }
            Self::NumbersAsText => every(entry, &|value| value.as_f64().map(|_| json!(value.to_string()))),
            Self::Numbers(number) => every(entry, &|value| value.is_number().then(|| number.clone())),
            Self::Moments(moment) => every(entry, &|value| is_moment(value).then(|| json!(moment))),
            Self::Nulls => {
                for (name, value) in entry.as_object_mut().into_iter().flatten() {
                    if !REQUIRED_MEMBERS.contains(&name.as_str()) {
                        *value = Value::Null;
                    }
                }
            }
            Self::Payload(_) | Self::Top(..) | Self::Among(_) | Self::Twice | Self::Many(_) => {}
        }
    }
}

fn payload(reply: &mut Value) -> Option<&mut Value> {
    let name = if reply.get("result").is_some_and(|result| !result.is_null()) { "result" } else { "data" };
    reply.get_mut(name)
}

/// Returns the list in a payload: the payload itself, or the member that is a list.
fn list(payload: &mut Value) -> Option<&mut Vec<Value>> {
    let within = ["sessions", "participants"].into_iter().find(|name| payload.get(*name).is_some_and(Value::is_array));
    match within {
        Some(name) => payload.get_mut(name)?.as_array_mut(),
        None => payload.as_array_mut(),
    }
}

/// Returns the object that holds the last member of a path, and that member's name.
fn holder<'a>(entry: &'a mut Value, path: &'static str) -> Option<(&'a mut Map<String, Value>, &'static str)> {
    let mut at = entry;
    let (steps, name) = path.rsplit_once('.').map_or((None, path), |(steps, name)| (Some(steps), name));
    for step in steps.into_iter().flat_map(|steps| steps.split('.')) {
        at = at.as_object_mut()?.entry(step).or_insert_with(|| json!({}));
    }
    Some((at.as_object_mut()?, name))
}

fn every(value: &mut Value, change: &impl Fn(&Value) -> Option<Value>) {
    if let Some(changed) = change(value) {
        *value = changed;
        return;
    }
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| every(one, change)),
        Value::Object(all) => all.values_mut().for_each(|one| every(one, change)),
        _ => {}
    }
}

fn is_moment(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let date = text.get(..10).unwrap_or_default();
        text.len() >= 19 && date.matches('-').count() == 2 && date.starts_with("20")
    })
}

/// Returns the same entry with another id, which belongs to no known object.
fn renamed(mut entry: Value) -> Value {
    for name in ["id", "uid"] {
        if let Some(id) = entry.get(name).and_then(Value::as_str) {
            let fresh = uuid::Uuid::new_v4();
            entry[name] = if id.contains('-') { json!(fresh.to_string()) } else { json!(fresh.simple().to_string()) };
        }
    }
    for name in ["creator", "meta", "meeting", "title"] {
        if entry.get(name).is_some() {
            entry[name] = Value::Null;
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(edit: &Edit, only: &str) -> Value {
        let mut reply = json!({ "success": true, "result": [
            { "uid": "1", "size": 5, "meta": { "name": "Judo" }, "created": "2026-01-01T00:00:00Z" },
            { "uid": "2", "size": 6, "meta": { "name": "Karate" } },
        ] });
        edit.apply(&mut reply, &|entry| entry.to_string().contains(only));
        reply["result"].take()
    }

    #[test]
    fn an_edit_changes_only_the_matching_entries() {
        assert_eq!(applied(&Edit::Set("status.state", json!("odd")), "Judo")[0]["status"]["state"], "odd");
        assert!(applied(&Edit::Remove("size"), "Judo")[1]["size"].is_number());
        assert_eq!(applied(&Edit::NumbersAsText, "")[1]["size"], "6");
        assert_eq!(applied(&Edit::Rename("meta", "metadata"), "")[0]["metadata"]["name"], "Judo");
        assert_eq!(applied(&Edit::Moments("9999"), "")[0]["created"], "9999");
        assert_eq!(
            applied(&Edit::Nulls, "Judo")[0],
            json!({ "uid": "1", "size": null, "meta": null, "created": null })
        );
        assert_eq!(applied(&Edit::Twice, "").as_array().map(Vec::len), Some(4));
        assert_eq!(applied(&Edit::Among(vec![json!(1)]), "")[0], 1);
        assert!(applied(&Edit::Payload(Value::Null), "").is_null());
        let many = applied(&Edit::Many(3), "");
        assert_ne!(many[0]["uid"], many[1]["uid"]);
    }
}
