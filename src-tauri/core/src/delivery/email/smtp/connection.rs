//! Reaches a mail server and encrypts the connection.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError, InvalidMessage};
use url::Host;

use crate::delivery::email::smtp::dialog::Limits;
use crate::domain::delivery::attempt::Attempt;
use crate::http_client;

/// A connection, encrypted or to this computer.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// The name of a server, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    host: Host,
    port: u16,
}

impl Place {
    /// The place of a server; `None` if its name can be none.
    pub(super) fn of(host: &str, port: u16) -> Option<Self> {
        let host = host.trim();
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let host = match number {
            Ok(IpAddr::V4(number)) => Host::Ipv4(number),
            Ok(IpAddr::V6(number)) => Host::Ipv6(number),
            Err(_) => Host::parse(host).ok()?,
        };
        Some(Self { host, port })
    }

    /// Whether the name always means this computer.
    pub(super) fn is_here(&self) -> bool {
        http_client::is_this_computer(&self.host)
    }

    /// The name, for people.
    pub(super) fn name(&self) -> String {
        self.host.to_string()
    }

    fn server_name(&self) -> Option<ServerName<'static>> {
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
            Host::Ipv4(number) => Some(IpAddr::V4(*number).into()),
            Host::Ipv6(number) => Some(IpAddr::V6(*number).into()),
        }
    }

    /// Opens a connection, not encrypted yet.
    pub(super) async fn connect(&self, limits: Limits) -> Result<TcpStream, Attempt> {
        let opened = async {
            match &self.host {
                Host::Domain(name) => TcpStream::connect((name.as_str(), self.port)).await,
                Host::Ipv4(number) => TcpStream::connect((*number, self.port)).await,
                Host::Ipv6(number) => TcpStream::connect((*number, self.port)).await,
            }
        };
        let (name, port) = (self.name(), self.port);
        let said = match timeout(limits.connect, opened).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("{name} takes no connections on port {port}.")
            }
            Ok(Err(_)) => format!("{name} cannot be reached on port {port}."),
            Err(_) => format!("{name} did not answer on port {port} in time."),
        };
        Err(Attempt::Later { said, after: None })
    }

    /// Encrypts a connection.
    pub(super) async fn encrypt(
        &self,
        stream: TcpStream,
        trust: Arc<ClientConfig>,
        limits: Limits,
    ) -> Result<Box<dyn Wire>, Attempt> {
        let Some(server_name) = self.server_name() else {
            return Err(Attempt::Refused { said: format!("“{}” is not the name of a server.", self.name()) });
        };
        match timeout(limits.connect, TlsConnector::from(trust).connect(server_name, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(self.not_encrypted(&error)),
            Err(_) => {
                let said = format!("{} did not begin the encryption in time.", self.name());
                Err(Attempt::Later { said, after: None })
            }
        }
    }

    /// What follows from an encryption that failed.
    fn not_encrypted(&self, error: &io::Error) -> Attempt {
        let (name, port) = (self.name(), self.port);
        let Some(reason) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
            let said = format!("The connection to {name} broke when the encryption began.");
            return Attempt::Later { said, after: None };
        };
        let said = match reason {
            TlsError::InvalidCertificate(problem) => match problem {
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    format!("The certificate of {name} is for another name. Check the name of the server.")
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    format!("The certificate of {name} has expired. Whoever runs the server has to renew it.")
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    format!("The certificate of {name} is not valid yet. Check the clock of this computer.")
                }
                CertificateError::UnknownIssuer => {
                    format!("This computer does not know who issued the certificate of {name}, so it is not trusted.")
                }
                _ => format!("The certificate of {name} cannot be trusted."),
            },
            TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
                format!("{name} does not begin with encryption on port {port}. Choose STARTTLS, or another port.")
            }
            TlsError::NoCertificatesPresented => format!("{name} showed no certificate, so it is not trusted."),
            TlsError::PeerIncompatible(_) | TlsError::AlertReceived(_) => {
                format!("{name} and this computer have no encryption in common.")
            }
            _ => format!("The encryption with {name} failed."),
        };
        Attempt::Refused { said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_a_name_or_a_number_and_by_nothing_else() {
        for (typed, shown, here) in [
            ("mail.example.org", "mail.example.org", false),
            (" Mail.Example.ORG ", "mail.example.org", false),
            ("bücher.example", "xn--bcher-kva.example", false),
            ("localhost", "localhost", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("192.0.2.7", "192.0.2.7", false),
        ] {
            let place = Place::of(typed, 25).unwrap();
            assert_eq!((place.name().as_str(), place.is_here()), (shown, here), "{typed}");
            assert!(place.server_name().is_some(), "{typed}");
        }
        for typed in ["", "a b", "mail.example.org:465", "smtp://mail.example.org", "a\r\nb", "user@example.org"] {
            assert_eq!(Place::of(typed, 25), None, "{typed:?}");
        }
    }
}
