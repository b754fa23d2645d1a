//! The helpers as commands of the script: shell functions over one descriptor.

use std::fmt::Write as _;

use reactant_core::{helper::HelperSpec, value::Value};

/// Where the functions find the calls: the folder below that of the script.
pub(crate) const CALLS: &str = "calls";

/// The functions for these helpers, for a script whose folder is this.
pub(crate) fn text<'a>(folder: &str, helpers: impl Iterator<Item = &'a HelperSpec>) -> String {
    let mut text = String::from(include_str!("prelude.sh"));
    let _ = writeln!(text, "_reactant_calls='{folder}/{CALLS}'");
    for spec in helpers {
        let _ = writeln!(text, "{0}() {{ _reactant {0} \"$@\"; }}", spec.name);
    }
    text
}

/// What a call is answered with: the exit status and, but for what is only a status, a line of output.
pub(crate) fn answer(spec: &HelperSpec, value: &Value, failed: bool) -> Vec<u8> {
    /// The longest text that `read` takes byte by byte.
    const SHORT: usize = 4096;
    use reactant_core::helper::Returns;
    let status = match (&spec.returns, value) {
        (Returns::Done | Returns::Status, Value::Int(1)) if !failed => 1,
        (Returns::Done | Returns::Status, Value::Int(number)) if *number < 0 => 2,
        _ if failed => 2,
        _ => 0,
    };
    let text = match (&spec.returns, value) {
        (Returns::Nothing | Returns::Done | Returns::Status, _) | (_, Value::Null) => None,
        (_, Value::Text(text)) if failed && text.is_empty() => None,
        (_, Value::Text(text)) => Some(text.clone()),
        (_, value) => Some(value.to_string()),
    };
    match text {
        None => format!("={status}\n"),
        Some(text) if text.len() > SHORT => format!("%{status}\n{text}\n"),
        // As `printf %b` reads it.
        Some(text) => format!("+{status}\n{}\n", text.replace('\\', "\\0134").replace('\n', "\\n")),
    }
    .into_bytes()
}

/// The words of a call, as the functions write it: the helper's name and its arguments; `None` for what they did not write.
pub(crate) fn words(call: &[u8]) -> Option<(String, Vec<Value>)> {
    let call = call.strip_prefix(b"?\n")?.strip_suffix(b"\0")?;
    let mut words = call.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let count: usize = words.next()?.parse().ok()?;
    let words: Vec<_> = words.map(std::borrow::Cow::into_owned).collect();
    if words.len() != count {
        return None;
    }
    // First the call's own name and file.
    let mut words = words.into_iter().skip(2);
    let name = words.next()?;
    Some((name, words.map(Value::Text).collect()))
}

#[cfg(test)]
mod tests {
    use reactant_core::helper::{ParamKind, Returns};

    use super::*;

    fn spec(returns: Returns) -> HelperSpec {
        HelperSpec::new("Do", "").optional("it", ParamKind::Text).returns(returns)
    }

    fn answered(returns: Returns, value: impl Into<Value>, failed: bool) -> String {
        String::from_utf8(answer(&spec(returns), &value.into(), failed)).unwrap()
    }

    #[test]
    fn a_status_is_the_exit_status_and_prints_nothing() {
        assert_eq!(answered(Returns::Status, 0, false), "=0\n");
        assert_eq!(answered(Returns::Status, 1, false), "=1\n");
        assert_eq!(answered(Returns::Status, -1, true), "=2\n");
        assert_eq!(answered(Returns::Done, 0, false), "=0\n");
        assert_eq!(answered(Returns::Done, -1, true), "=2\n");
        assert_eq!(answered(Returns::Nothing, Value::Null, true), "=2\n");
    }

    #[test]
    fn what_is_no_status_is_printed_and_its_failure_is_status_2() {
        assert_eq!(answered(Returns::Number, -1, false), "+0\n-1\n");
        assert_eq!(answered(Returns::Number, -1, true), "+2\n-1\n");
        assert_eq!(answered(Returns::Bool, false, false), "+0\nfalse\n");
        assert_eq!(answered(Returns::Text, "", false), "+0\n\n");
        assert_eq!(answered(Returns::Text, "", true), "=2\n");
        assert_eq!(answered(Returns::Text, "a\\n\nb", false), "+0\na\\0134n\\nb\n");
        assert!(answered(Returns::Text, "x\n".repeat(4096), false).starts_with("%0\nx\nx\n"));
    }

    #[test]
    fn only_whole_calls_are_calls() {
        let call = words(b"?\n4\x007.1\0/f\0Do\0a\nb\xff\0").unwrap();
        assert_eq!(call, ("Do".to_owned(), vec![Value::from("a\nb\u{fffd}")]));
        for text in [
            "",
            "?\n",
            "?\n\0",
            "?\n9\0a\0",
            "4\x007.1\0f\0Do\0a\0",
            "?\n2\x007.1\0f\0",
            "?\n-1\0a\0",
        ] {
            assert_eq!(words(text.as_bytes()), None, "{text:?}");
        }
    }
}
