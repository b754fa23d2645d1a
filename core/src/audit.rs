//! What a reaction said and did, in order.

use std::time::Duration;

use jiff::Timestamp;

use crate::{helper::Level, value::Value};

/// One line of an invocation's record.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A log message.
    Log {
        /// Its severity.
        level: Level,
        /// Its text, with control characters escaped.
        message: String,
    },
    /// An act, or a call that was denied for its capability.
    Action(Action),
}

/// The audit record of one act. Recipe, reaction and event stand in the [`Outcome`](crate::runtime::Outcome) that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The run's clock when the call was made.
    pub time: Timestamp,
    /// The helper's name.
    pub helper: String,
    /// The arguments as converted (as given, where they could not be), long texts cut at [`MAX_ARGUMENT`].
    pub args: Vec<Value>,
    /// Whether an argument was cut.
    pub truncated: bool,
    /// What the script got.
    pub result: Value,
    /// What the call set `Errno()` to; `""` where it set nothing.
    pub errno: String,
    /// Whether the effect was simulated.
    pub dry_run: bool,
    /// How long the call took.
    pub duration: Duration,
}

/// The longest text argument that a record holds whole, in bytes (`cli.md`).
pub const MAX_ARGUMENT: usize = 256;

/// Cuts long text arguments on a character boundary; says whether any was cut.
pub(crate) fn cut(args: &mut [Value]) -> bool {
    let mut truncated = false;
    for arg in args {
        match arg {
            Value::Text(text) if text.len() > MAX_ARGUMENT => {
                text.truncate(text.floor_char_boundary(MAX_ARGUMENT));
                truncated = true;
            }
            Value::List(_) | Value::Map(_) if arg.to_string().len() > MAX_ARGUMENT => {
                let mut text = arg.to_string();
                text.truncate(text.floor_char_boundary(MAX_ARGUMENT));
                *arg = Value::Text(text);
                truncated = true;
            }
            _ => {}
        }
    }
    truncated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arguments_are_cut_between_characters() {
        let mut args = [Value::from("ü".repeat(200)), Value::Int(1)];
        assert!(cut(&mut args));
        assert_eq!(args[0].as_text().unwrap().len(), 256);
        let mut odd = [Value::from(format!("x{}", "ü".repeat(200)))];
        assert!(cut(&mut odd));
        assert_eq!(odd[0].as_text().unwrap().len(), 255);
        assert!(!cut(&mut [Value::from("short")]));
    }
}
