//! Text that others wrote (events, scripts, file names) as it may reach a terminal: no character in it can move the cursor, change
//! colours, or turn the direction of writing.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

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

/// JSON text in which every character that a terminal would obey, or that would hide something, is escaped: whoever parses it gets the same.
pub(crate) fn harmless_json(text: &str) -> Cow<'_, str> {
    // JSON escapes U+0000 to U+001F itself.
    if text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c < ' ' || !is_hostile(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal would obey the character, or show it as nothing, or in another place: controls (C0, DEL, C1), the marks and overrides
/// of the bidirectional algorithm (UAX #9, table 2), line and paragraph separators, and every character that is ignored by default (Unicode 16,
/// `Default_Ignorable_Code_Point`: the soft hyphen, zero-width characters, fillers, variation selectors, tags).
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
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

    #[test]
    fn characters_that_hide_are_shown() {
        for c in "\u{ad}\u{34f}\u{61c}\u{115f}\u{17b5}\u{180e}\u{200b}\u{2029}\u{202a}\u{2064}\u{2069}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d173}\u{e0001}\u{e01ef}".chars() {
            assert_eq!(Escaped(&c.to_string()).to_string(), c.escape_unicode().to_string());
            assert_eq!(visible(c), '\u{fffd}');
        }
        let plain = "naïve — 日本語 עברית العربية é ‑ … 😀";
        assert_eq!(Escaped(plain).to_string(), plain);
    }

    proptest! {
        #[test]
        fn harmless_json_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let harmless = harmless_json(&json);
            prop_assert!(!harmless.contains(is_hostile));
            prop_assert_eq!(serde_json::from_str::<String>(&harmless).unwrap(), text);
        }

        #[test]
        fn nothing_hostile_gets_through(text in any::<String>()) {
            prop_assert!(!Escaped(&text).to_string().contains(is_hostile));
            prop_assert!(!text.chars().map(visible).any(is_hostile));
            prop_assert_eq!(text.chars().map(visible).count(), text.chars().count());
        }
    }
}
