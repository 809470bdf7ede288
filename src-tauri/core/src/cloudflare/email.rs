//! Email Sending: letters that Cloudflare hands to the recipient's mail server.

use crate::cloudflare::transport::Client;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::letter::Letter;

impl Client {
    /// Sends a letter.
    pub async fn send_email(&self, letter: &Letter) -> Attempt {
        let _ = letter;
        Attempt::Refused { said: "Nothing is sent yet.".into() }
    }
}
