//! How e-mail is set, as JSON under one name in `settings`, and who is written to about a class.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::domain::delivery::mail_recipients::{self, Recipient};
use crate::domain::delivery::mail_settings::{MailInput, MailSettings};
use crate::domain::delivery::outgoing_event::OutgoingKind;
use crate::domain::ids::SessionId;
use crate::domain::schedule::person::{Email, Role};
use crate::store::profile::settings;
use crate::store::{Error, Store};

/// The name of the setting.
const MAIL: &str = "mail";

/// The settings as they are kept. A part that a later version adds has its default.
#[derive(Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    sender: String,
    from_name: String,
    from_address: String,
    smtp_host: String,
    smtp_port: u32,
    smtp_security: String,
    smtp_user: String,
    instructor: String,
    admin: String,
    participants: String,
}

impl Default for Kept {
    fn default() -> Self {
        MailSettings::default().input().into()
    }
}

impl From<MailInput> for Kept {
    fn from(input: MailInput) -> Self {
        Self {
            sender: input.sender.name().to_owned(),
            from_name: input.from_name,
            from_address: input.from_address,
            smtp_host: input.smtp_host,
            smtp_port: input.smtp_port,
            smtp_security: input.smtp_security.name().to_owned(),
            smtp_user: input.smtp_user,
            instructor: input.instructor,
            admin: input.admin,
            participants: input.participants.name().to_owned(),
        }
    }
}

impl Kept {
    fn checked(self) -> Option<MailSettings> {
        let input = MailInput {
            sender: self.sender.parse().ok()?,
            from_name: self.from_name,
            from_address: self.from_address,
            smtp_host: self.smtp_host,
            smtp_port: self.smtp_port,
            smtp_security: self.smtp_security.parse().ok()?,
            smtp_user: self.smtp_user,
            instructor: self.instructor,
            admin: self.admin,
            participants: self.participants.parse().ok()?,
        };
        MailSettings::check(&input).ok()
    }
}

impl Store {
    /// How e-mail is set. What no version of Hajime writes is read as not set.
    pub fn mail_settings(&self) -> Result<MailSettings, Error> {
        read(self.connection().raw())
    }

    /// The people of a class who have an address, and whether its participants are written to. Nobody and no where
    /// there is no such class.
    pub fn mail_roster(&self, session: SessionId) -> Result<(Vec<(Email, Role)>, bool), Error> {
        roster(self.connection().raw(), session)
    }

    /// Who is written to about a recording of a class.
    pub fn mail_recipients(&self, session: SessionId, kind: OutgoingKind) -> Result<Vec<Recipient>, Error> {
        recipients(self.connection().raw(), session, kind)
    }
}

pub(in crate::store) fn read(connection: &Connection) -> Result<MailSettings, Error> {
    let kept = settings::read(connection, MAIL)?;
    let kept = kept.and_then(|text| serde_json::from_str::<Kept>(&text).ok());
    Ok(kept.and_then(Kept::checked).unwrap_or_default())
}

pub(super) fn write(connection: &Connection, mail: &MailSettings) -> Result<(), Error> {
    let text = serde_json::to_string(&Kept::from(mail.input())).map_err(|error| Error::unreadable("mail", error))?;
    settings::write(connection, MAIL, Some(&text))
}

/// [`Store::mail_recipients`], also in a transaction.
pub(super) fn recipients(
    connection: &Connection,
    session: SessionId,
    kind: OutgoingKind,
) -> Result<Vec<Recipient>, Error> {
    let (people, are_told) = roster(connection, session)?;
    Ok(mail_recipients::recipients(&read(connection)?, &people, are_told, kind))
}

fn roster(connection: &Connection, session: SessionId) -> Result<(Vec<(Email, Role)>, bool), Error> {
    let are_told = connection
        .prepare_cached("SELECT mails_participants FROM sessions WHERE id = ?1")?
        .query_row([session.to_string()], |row| row.get::<_, bool>(0))
        .optional()?;
    Ok((addresses(connection, session)?, are_told.unwrap_or(false)))
}

/// The addresses on a roster. One that cannot be read is passed over: a recording must not stay where it is because
/// somebody cannot be written to.
fn addresses(connection: &Connection, session: SessionId) -> Result<Vec<(Email, Role)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT email, role FROM roster WHERE session_id = ?1 AND email IS NOT NULL ORDER BY place, person_id",
    )?;
    let rows = statement
        .query_map(params![session.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut all = Vec::new();
    for row in rows {
        let (email, role) = row?;
        let role = Role::ALL.into_iter().find(|known| known.name() == role);
        match (email.parse(), role) {
            (Ok(email), Some(role)) => all.push((email, role)),
            _ => tracing::warn!(%session, "an address on the roster cannot be read, and nobody writes to it"),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::mail_settings::{MailSender, ParticipantMail};

    #[test]
    fn settings_are_read_as_they_were_written_and_odd_ones_as_not_set() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.mail_settings().unwrap(), MailSettings::default());
        let mail = MailSettings {
            sender: MailSender::Cloudflare,
            from_address: Some("dojo@example.org".parse().unwrap()),
            participants: ParticipantMail::Ask,
            ..MailSettings::default()
        };
        write(&store.writer(), &mail).unwrap();
        assert_eq!(store.mail_settings().unwrap(), mail);
        for odd in ["", "{}", "[]", r#"{"sender": "pigeon"}"#, r#"{"sender": "smtp"}"#] {
            store.set_setting(MAIL, Some(odd)).unwrap();
            assert_eq!(store.mail_settings().unwrap(), MailSettings::default(), "{odd}");
        }
    }
}
