//! The locale of the operating system, which decides how the page writes dates and times and where the week begins.

/// The system's locale as a BCP 47 tag, for example `de-DE`; `None` where none is chosen, as with `LANG=C.UTF-8`.
#[cfg(any(target_os = "macos", windows))]
pub(crate) fn of_system() -> Option<String> {
    sys_locale::get_locale()
}

/// The system's locale as a BCP 47 tag, for example `de-DE`; `None` where none is chosen, as with `LANG=C.UTF-8`.
#[cfg(not(any(target_os = "macos", windows)))]
pub(crate) fn of_system() -> Option<String> {
    from_variables(|name| std::env::var(name).ok())
}

/// The variables that decide about dates and times. The first one with a value counts (POSIX.1-2024, Base Definitions
/// 8.2).
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_TIME", "LANG"];

fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let name = VARIABLES.into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()))?;
    // The form is `language[_territory][.codeset][@modifier]`.
    let plain = name.split(['.', '@']).next().unwrap_or_default();
    let is_tag = plain.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    (is_tag && !matches!(plain, "" | "C" | "POSIX")).then(|| plain.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::from_variables;

    fn read(set: &[(&str, &str)]) -> Option<String> {
        from_variables(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_first_variable_with_a_value_decides() {
        assert_eq!(read(&[("LANG", "en_US.UTF-8")]).as_deref(), Some("en-US"));
        assert_eq!(read(&[("LANG", "en_US.UTF-8"), ("LC_TIME", "de_DE.UTF-8")]).as_deref(), Some("de-DE"));
        assert_eq!(read(&[("LC_ALL", "sv_SE"), ("LC_TIME", "de_DE.UTF-8")]).as_deref(), Some("sv-SE"));
        assert_eq!(read(&[("LC_ALL", ""), ("LANG", "de_AT@euro")]).as_deref(), Some("de-AT"));
    }

    #[test]
    fn a_value_without_a_language_gives_no_locale() {
        for none in ["C", "POSIX", "C.UTF-8", "", "/usr/share/locale/x"] {
            assert_eq!(read(&[("LANG", none)]), None, "{none}");
        }
        assert_eq!(read(&[]), None);
        // `LC_ALL` decides although it names no locale.
        assert_eq!(read(&[("LC_ALL", "C.UTF-8"), ("LANG", "de_DE.UTF-8")]), None);
    }
}
