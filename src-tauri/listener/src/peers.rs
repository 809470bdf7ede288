//! Finds out which user of this computer is at the other end of a loopback connection.
//!
//! Linux lists every TCP socket with its owner in `/proc/net/tcp` and `/proc/net/tcp6` (`proc_pid_net(5)`). Other
//! systems have no list that an ordinary program can read without native code, so [`can_tell`] is false on them.

use std::net::SocketAddr;

/// The user whose program is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A program of the user of this process.
    SameUser,
    /// A program of another user, with the numeric user id.
    OtherUser(u32),
    /// The system does not list the connection. On Linux, the connection is then closed already.
    Unknown,
}

/// Whether [`peer`] can name users on this system: on Linux, if the list of TCP sockets can be read.
#[must_use]
pub fn can_tell() -> bool {
    cfg!(target_os = "linux") && std::fs::metadata("/proc/self/net/tcp").is_ok()
}

/// Returns the user whose program opened the connection from `peer` to `here`, an address of this process.
#[must_use]
pub fn peer(peer: SocketAddr, here: SocketAddr) -> Peer {
    #[cfg(target_os = "linux")]
    for _ in 0..MAX_LIST_READS {
        match linux::owner(peer, here) {
            Some(uid) if uid == rustix::process::geteuid().as_raw() => return Peer::SameUser,
            Some(uid) => return Peer::OtherUser(uid),
            None => {}
        }
    }
    let _ = (peer, here);
    Peer::Unknown
}

/// How often the lists are searched for a connection. A list is not read atomically, so one search can miss a
/// connection while others are opened and closed.
#[cfg(target_os = "linux")]
const MAX_LIST_READS: usize = 3;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{BufRead as _, BufReader};
    use std::net::{IpAddr, SocketAddr};

    /// The system's lists of TCP sockets. A connection from an IPv6 socket to an IPv4 address is in the second list.
    const SOCKET_LISTS: [&str; 2] = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

    pub(super) fn owner(peer: SocketAddr, here: SocketAddr) -> Option<u32> {
        SOCKET_LISTS.iter().find_map(|list| {
            let lines = BufReader::new(File::open(list).ok()?).lines();
            lines.map_while(Result::ok).find_map(|line| owner_in(&line, peer, here))
        })
    }

    /// Returns the user id in a line of a list; `None` if the line is about another connection. The fields are: number,
    /// local address, remote address, state, queues, timer, retransmissions, user id.
    pub(super) fn owner_in(line: &str, peer: SocketAddr, here: SocketAddr) -> Option<u32> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        if address(fields.next()?)? != peer || address(fields.next()?)? != here {
            return None;
        }
        fields.nth(4)?.parse().ok()
    }

    /// Parses an address: 32-bit words in hexadecimal digits and native byte order, then the port.
    fn address(text: &str) -> Option<SocketAddr> {
        let (words, port) = text.split_once(':')?;
        let port = u16::from_str_radix(port, 16).ok()?;
        let word =
            |index: usize| u32::from_str_radix(words.get(index * 8..index * 8 + 8)?, 16).map(u32::to_ne_bytes).ok();
        let ip = match words.len() {
            8 => IpAddr::from(word(0)?),
            32 => {
                let bytes = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
                IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical()
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn owner_in_returns_the_uid_for_the_line_of_the_connection_and_none_for_other_lines() {
        let line = "   3: 0100007F:C5F8 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 41377 1";
        let (peer, here) = ("127.0.0.1:50680".parse().unwrap(), "127.0.0.1:8080".parse().unwrap());
        assert_eq!(linux::owner_in(line, peer, here), cfg!(target_endian = "little").then_some(1000));
        assert_eq!(linux::owner_in(line, here, peer), None, "this line is about the socket at the other end");
        for other in ["", "sl local_address", "0: 0100007F:C5F8", "0: 01:1 02:2 01 0:0 0:0 0 1000"] {
            assert_eq!(linux::owner_in(other, peer, here), None, "{other}");
        }
    }

    #[test]
    fn peer_is_the_same_user_for_ipv4_and_ipv6_connections_of_this_process() {
        // An IPv6 socket can also connect to this listener, which has an IPv4 address.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let here = listener.local_addr().unwrap();
        let mapped = (Ipv4Addr::LOCALHOST.to_ipv6_mapped(), here.port());
        for client in [TcpStream::connect(here), TcpStream::connect(mapped)] {
            let client = client.unwrap();
            let (server, address) = listener.accept().unwrap();
            assert_eq!(peer(address, server.local_addr().unwrap()), Peer::SameUser);
            drop(client);
        }
        assert!(can_tell());
    }

    #[test]
    fn peer_is_unknown_for_addresses_without_a_connection() {
        assert_eq!(peer("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap()), Peer::Unknown);
    }
}
