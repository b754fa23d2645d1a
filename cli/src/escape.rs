//! Text that others wrote (events, scripts, file names) as it may reach a terminal: no character in it can move the cursor, change
//! colours, or turn the direction of writing.

use std::fmt::{self, Write as _};

/// Shows text on one line, with every character escaped that a terminal would obey or that would hide something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if is_hostile(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Escapes whatever displays itself: error messages, paths.
pub(crate) fn escaped(text: impl fmt::Display) -> String {
    Escaped(&text.to_string()).to_string()
}

/// Whether a terminal would obey the character, or show it as nothing, or in another place: controls (C0, DEL, C1), the marks and overrides
/// of the bidirectional algorithm (UAX #9, table 2), line and paragraph separators, zero-width characters and tags.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One visible character in place of a hostile one, so that columns stay: the control pictures (U+2400), else U+FFFD.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{7f}' => '\u{2421}',
        c if c < ' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if is_hostile(c) => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_are_shown_not_sent() {
        assert_eq!(
            Escaped("a\x1b[2Jb\n\u{9b}c\u{202e}d").to_string(),
            "a\\u{1b}[2Jb\\n\\u{9b}c\\u{202e}d"
        );
    }

    proptest! {
        #[test]
        fn nothing_hostile_gets_through(text in any::<String>()) {
            prop_assert!(!Escaped(&text).to_string().contains(is_hostile));
            prop_assert!(!text.chars().map(visible).any(is_hostile));
            prop_assert_eq!(text.chars().map(visible).count(), text.chars().count());
        }
    }
}
