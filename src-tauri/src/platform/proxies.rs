//! Addresses on this computer are never reached through a proxy. Our own HTTP clients ensure that themselves; the web view reads the
//! environment, and would send the sandbox's pages and videos to the proxy.

/// Where a proxy is named, for this protocol or that.
const PROXIES: [&str; 6] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// Which hosts are reached without one. Libraries differ in which of the two they read.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
const THIS_COMPUTER: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// The variables to set so that this computer is among the exceptions of the proxies that are set.
pub(super) fn exceptions(variable: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let set = |name: &str| variable(name).is_some_and(|value| !value.trim().is_empty());
    if !PROXIES.into_iter().any(&set) {
        return Vec::new();
    }
    // A variable that is not set takes the value of the other one.
    let given = EXCEPTIONS.into_iter().find(|name| set(name)).and_then(&variable).unwrap_or_default();
    EXCEPTIONS
        .into_iter()
        .filter_map(|name| {
            let value = variable(name).filter(|value| !value.trim().is_empty()).unwrap_or_else(|| given.clone());
            let listed: Vec<_> = value.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
            let missing = THIS_COMPUTER.into_iter().filter(|host| !listed.contains(host) && !listed.contains(&"*"));
            let all: Vec<_> = listed.iter().copied().chain(missing).collect();
            (variable(name).as_deref() != Some(&value) || all.len() > listed.len()).then(|| (name, all.join(",")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(variables: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        exceptions(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn without_a_proxy_there_is_nothing_to_except() {
        assert!(set(&[]).is_empty());
        assert!(set(&[("http_proxy", ""), ("no_proxy", "example.org")]).is_empty());
    }

    #[test]
    fn this_computer_is_added_to_what_is_excepted_already() {
        let all = "127.0.0.1,localhost,::1";
        for proxy in PROXIES {
            assert_eq!(set(&[(proxy, "http://proxy:3128")]), EXCEPTIONS.map(|name| (name, all.to_owned())), "{proxy}");
        }
        let wanted = "intern.example, localhost";
        assert_eq!(
            set(&[("https_proxy", "http://proxy"), ("NO_PROXY", wanted)]),
            EXCEPTIONS.map(|name| (name, "intern.example,localhost,127.0.0.1,::1".to_owned()))
        );
        let (lower, upper) = (("no_proxy", "a.example"), ("NO_PROXY", "b.example"));
        assert_eq!(
            set(&[("https_proxy", "http://proxy"), lower, upper]),
            [("no_proxy", format!("a.example,{all}")), ("NO_PROXY", format!("b.example,{all}"))],
            "each keeps its own"
        );
    }

    #[test]
    fn it_happens_once() {
        for given in ["", "a.example", "*"] {
            let proxy = ("HTTP_PROXY", "http://proxy");
            let first = set(&[proxy, ("no_proxy", given)]);
            let after = |name: &str| first.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            let (lower, upper) = (after("no_proxy").unwrap_or(given), after("NO_PROXY").unwrap_or_default());
            assert!(set(&[proxy, ("no_proxy", lower), ("NO_PROXY", upper)]).is_empty(), "{given}: {first:?}");
        }
    }
}
