//! Reading the name of a domain.

use crate::texts;

/// Bytes of a name without the root's dot, and of a label (RFC 1035, 2.3.4).
const NAME: usize = 253;
const LABEL: usize = 63;

/// Reads a name: lower case, without a dot at its end. Labels hold letters, digits, `-` (not at an end) and `_`, as names in use do (RFC 8553);
/// others have to be given in their ASCII form (RFC 5890).
pub(crate) fn parse_domain(text: &str) -> Result<String, String> {
    let shown = || texts::shown(text);
    if !text.is_ascii() {
        return Err(format!("`{}` is not ASCII: give the domain as `xn--…`", shown()));
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let valid = name.len() <= NAME && name.split('.').all(is_label);
    if !valid || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{}` is no domain name", shown()));
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL).contains(&label.len())
        && label.bytes().all(fits)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_as_the_resolver_compares_them() {
        assert_eq!(parse_domain("Evil.EXAMPLE."), Ok("evil.example".into()));
        assert_eq!(
            parse_domain("_dmarc.xn--bcher-kva.example"),
            Ok("_dmarc.xn--bcher-kva.example".into())
        );
        assert_eq!(parse_domain("com"), Ok("com".into()));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = ["abcdefgh"; 29].join(".");
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "-a.b",
            "a-.b",
            "a b",
            "203.0.113.7",
            "*.a",
            "a/b",
            "a..",
            &long,
            &longer,
        ] {
            assert!(parse_domain(text).is_err(), "{text}");
        }
        assert!(parse_domain("bücher.example").unwrap_err().contains("xn--"));
    }

    proptest! {
        #[test]
        fn reading_again_changes_nothing(text in "[a-zA-Z0-9_.-]{0,40}") {
            if let Ok(name) = parse_domain(&text) {
                prop_assert_eq!(parse_domain(&name), Ok(name));
            }
        }
    }
}
