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
    /// Whether it was refused before anything was announced in a record that outlives the run ([`Gate`](crate::runtime::Gate)).
    pub refused: bool,
    /// Whether the effect was simulated.
    pub dry_run: bool,
    /// How long the call took.
    pub duration: Duration,
}

/// The longest text argument that a record holds whole, in bytes (`cli.md`).
pub const MAX_ARGUMENT: usize = 256;

/// The most arguments that a record holds: no helper has as many parameters, and a call may be given any number.
pub const MAX_ARGUMENTS: usize = 16;

/// Cuts long text arguments on a character boundary, and lets go of what that took; says whether any was cut.
pub(crate) fn cut(args: &mut Vec<Value>) -> bool {
    let mut truncated = args.len() > MAX_ARGUMENTS;
    args.truncate(MAX_ARGUMENTS);
    args.shrink_to_fit();
    let head = |text: &str| text[..text.floor_char_boundary(MAX_ARGUMENT)].to_owned();
    for arg in args {
        let kept = match &*arg {
            Value::Text(text) if text.len() > MAX_ARGUMENT => head(text),
            Value::List(_) | Value::Map(_) => {
                let text = arg.to_string();
                if text.len() <= MAX_ARGUMENT {
                    continue;
                }
                head(&text)
            }
            _ => continue,
        };
        *arg = Value::Text(kept);
        truncated = true;
    }
    truncated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arguments_are_cut_between_characters() {
        let mut args = vec![Value::from("ü".repeat(200)), Value::Int(1)];
        assert!(cut(&mut args));
        let Value::Text(text) = &args[0] else { panic!("{args:?}") };
        assert_eq!((text.len(), text.capacity() <= 2 * MAX_ARGUMENT), (256, true));
        let mut odd = vec![Value::from(format!("x{}", "ü".repeat(200)))];
        assert!(cut(&mut odd));
        assert_eq!(odd[0].as_text().unwrap().len(), 255);
        assert!(!cut(&mut vec![Value::from("short")]));
        let mut many = vec![Value::Int(1); 1000];
        assert!(cut(&mut many));
        assert_eq!((many.len(), many.capacity() < 1000), (MAX_ARGUMENTS, true));
    }
}
