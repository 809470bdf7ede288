//! Excludes this computer from the proxies in the environment. Hajime's own HTTP clients use no proxy for addresses on
//! this computer. The web view reads only the environment and would send requests for the sandbox's pages and videos to
//! the proxy.

/// The variables that name a proxy, by protocol. Libraries differ in upper and lower case.
const PROXY_VARIABLES: [&str; 6] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// The variables that list the hosts to reach without a proxy. Libraries differ in which of the two they read.
const EXCEPTION_VARIABLES: [&str; 2] = ["no_proxy", "NO_PROXY"];
const THIS_COMPUTER: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// Returns the variables to set, with their values, so that no proxy is used for this computer. Empty if no proxy is
/// set or both variables already list this computer.
pub(super) fn exceptions(variable: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let set = |name: &str| variable(name).is_some_and(|value| !value.trim().is_empty());
    if !PROXY_VARIABLES.into_iter().any(&set) {
        return Vec::new();
    }
    // If only one of the two variables is set, both get its hosts.
    let given = EXCEPTION_VARIABLES.into_iter().find(|name| set(name)).and_then(&variable).unwrap_or_default();
    EXCEPTION_VARIABLES
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
    fn without_a_proxy_no_variable_is_set() {
        assert!(set(&[]).is_empty());
        assert!(set(&[("http_proxy", ""), ("no_proxy", "example.org")]).is_empty());
    }

    #[test]
    fn this_computer_is_added_to_the_hosts_that_are_already_listed() {
        let all = "127.0.0.1,localhost,::1";
        for proxy in PROXY_VARIABLES {
            assert_eq!(
                set(&[(proxy, "http://proxy:3128")]),
                EXCEPTION_VARIABLES.map(|name| (name, all.to_owned())),
                "{proxy}"
            );
        }
        let wanted = "intern.example, localhost";
        assert_eq!(
            set(&[("https_proxy", "http://proxy"), ("NO_PROXY", wanted)]),
            EXCEPTION_VARIABLES.map(|name| (name, "intern.example,localhost,127.0.0.1,::1".to_owned()))
        );
        let (lower, upper) = (("no_proxy", "a.example"), ("NO_PROXY", "b.example"));
        assert_eq!(
            set(&[("https_proxy", "http://proxy"), lower, upper]),
            [("no_proxy", format!("a.example,{all}")), ("NO_PROXY", format!("b.example,{all}"))],
            "each variable keeps its own hosts"
        );
    }

    #[test]
    fn nothing_is_set_when_this_computer_is_already_listed() {
        for given in ["", "a.example", "*"] {
            let proxy = ("HTTP_PROXY", "http://proxy");
            let first = set(&[proxy, ("no_proxy", given)]);
            let after = |name: &str| first.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            let (lower, upper) = (after("no_proxy").unwrap_or(given), after("NO_PROXY").unwrap_or_default());
            assert!(set(&[proxy, ("no_proxy", lower), ("NO_PROXY", upper)]).is_empty(), "{given}: {first:?}");
        }
    }
}
