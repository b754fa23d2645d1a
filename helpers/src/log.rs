//! `Debug`, `Info`, `Warn`, `Error`: what a reaction says, made harmless to whoever reads it.

mod meter;

use std::sync::Arc;

use reactant_core::{
    capability::Capability,
    helper::{Call, HelperSpec, Level, ParamKind, Registry, RegistryError, Reply},
};

pub use meter::{LogLimits, LogMeter};

use crate::texts::push_shown;

pub(crate) fn register(
    registry: &mut Registry,
    meter: &Arc<LogMeter>,
) -> Result<(), RegistryError> {
    let helpers = [
        ("Debug", Level::Debug, "Logs a message for the recipe's author."),
        ("Info", Level::Info, "Logs a message about what happened."),
        ("Warn", Level::Warn, "Logs a message about what may need attention."),
        ("Error", Level::Error, "Logs a message about what went wrong."),
    ];
    for (name, level, summary) in helpers {
        let spec =
            HelperSpec::new(name, summary).param("msg", ParamKind::Text).needs(Capability::LOG);
        let meter = Arc::clone(meter);
        registry.register(spec, move |call: &mut Call<'_>| {
            let admitted = meter.admit(&call.detection.recipe.name, call.now);
            if admitted.cut_before > 0 {
                let text = format!("{} log messages of this recipe were cut", admitted.cut_before);
                call.log(Level::Warn, text);
            }
            if admitted.passes {
                let message = harmless(call.text(0), meter.limits().bytes);
                call.log(level, message);
            }
            Ok(Reply::from(reactant_core::value::Value::Null))
        })?;
    }
    Ok(())
}

/// The message with control characters escaped, cut to so many bytes on a character's border.
fn harmless(message: &str, limit: usize) -> String {
    let mut out = String::with_capacity(message.len().min(limit));
    // Where to cut if the end does not fit: the last place that leaves room for the mark.
    let mark = format!("… ({} bytes, cut)", message.len());
    let room = limit.saturating_sub(mark.len());
    let mut cut = 0;
    for c in message.chars() {
        push_shown(&mut out, c);
        if out.len() <= room {
            cut = out.len();
        }
        if out.len() > limit {
            out.truncate(cut);
            out.push_str(&mark);
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Standard,
        store::Store,
        testing::{Caller, EVENT},
        texts::acts,
    };

    #[test]
    fn each_helper_logs_at_its_level() {
        let caller = Caller::dry(EVENT);
        for (name, level) in [
            ("Debug", Level::Debug),
            ("Info", Level::Info),
            ("Warn", Level::Warn),
            ("Error", Level::Error),
        ] {
            let gave = caller.call(name, &[&"a\n"]);
            assert_eq!(gave.logs, [(level, "a\\n".to_owned())]);
        }
    }

    #[test]
    fn what_was_cut_is_counted_when_the_window_ends() {
        let limits = LogLimits { messages: 1, ..LogLimits::default() };
        let standard = Standard::new(Store::memory()).log_limits(limits);
        let mut caller = Caller::new(&standard, EVENT);
        let said = |caller: &Caller| -> Vec<String> {
            caller.call("Info", &[&"m"]).logs.into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(said(&caller), ["m"]);
        assert!(said(&caller).is_empty() && said(&caller).is_empty());
        caller.event(&EVENT.replace("10:15:00Z", "10:15:10Z"));
        assert_eq!(said(&caller), ["2 log messages of this recipe were cut", "m"]);
        assert!(said(&caller).is_empty());
        assert_eq!(standard.log_meter().take_unreported(), [("test".to_owned(), 1)]);
    }

    #[test]
    fn control_characters_are_escaped() {
        let shown =
            harmless("a\tb\r\n\u{1b}[31m\u{0}\u{7f}\u{85}\u{2028}\u{202e}\u{2066}é\\n", 8192);
        assert_eq!(
            shown,
            "a\\tb\\r\\n\\u{1b}[31m\\u{0}\\u{7f}\\u{85}\\u{2028}\\u{202e}\\u{2066}é\\n"
        );
    }

    #[test]
    fn a_long_message_is_cut_with_a_mark() {
        let whole = "x".repeat(8192);
        assert_eq!(harmless(&whole, 8192), whole);
        let cut = harmless(&"é".repeat(5000), 8192);
        assert!(cut.ends_with("é… (10000 bytes, cut)") && cut.len() <= 8192);
    }

    proptest! {
        #[test]
        fn a_message_is_never_longer_than_the_limit_nor_acts_on_a_terminal(message in any::<String>(), limit in 40..200_usize) {
            let shown = harmless(&message, limit);
            prop_assert!(shown.len() <= limit);
            prop_assert!(!shown.contains(acts));
        }
    }
}
