//! E-mail: the words of letters, and the association's own mail server. Letters that Cloudflare sends go through its
//! client instead, because they need the API token.
//!
//! | module | for |
//! |---|---|
//! | [`words`] | what each letter says |
//! | [`page`] | one content as plain text and as HTML |
//! | [`password`] | the password of the mail server, tied to the server that it is for |
//! | [`message`] | a letter as the bytes of an internet message |
//! | [`smtp`] | handing these bytes to a mail server |

mod message;
mod page;
pub(crate) mod password;
pub(crate) mod smtp;
pub(crate) mod words;
