//! One line of a source file as it is shown beside a problem.

use crate::escape::visible;

/// The most characters of a line that are shown; a list of ten thousand CIDRs may stand on one.
const WIDTH: usize = 160;
/// The characters that stay visible before the place at fault where a line is cut.
const BEFORE: usize = 40;

/// A line, made harmless, with the place at fault. Lines and columns count from 1, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line's number in its file.
    pub(crate) line: u32,
    /// The place's column in its file.
    pub(crate) column: u32,
    /// The line, or the part around the place.
    pub(crate) text: String,
    /// The characters of `text` before the place.
    pub(crate) start: usize,
    /// The characters that the place covers, at least 1 where the line goes on.
    pub(crate) len: usize,
}

impl Excerpt {
    /// The excerpt of a line; `len` in characters. A column beyond the line's end is its end.
    pub(crate) fn new(text: &str, line: u32, column: u32, len: usize) -> Excerpt {
        let chars: Vec<char> = text.chars().map(visible).collect();
        let at = (column.saturating_sub(1) as usize).min(chars.len());
        let len = len.max(1).min(chars.len() - at);
        let from = if chars.len() <= WIDTH { 0 } else { at.saturating_sub(BEFORE) };
        let to = chars.len().min(from + WIDTH);
        let mut shown: String = chars[from..to].iter().collect();
        let mut start = at - from;
        if from > 0 {
            shown.insert(0, '…');
            start += 1;
        }
        if to < chars.len() {
            shown.push('…');
        }
        Excerpt { line, column, text: shown, start, len: len.min(to - at) }
    }

    /// The place within `text`, as a range of bytes.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        let offset = |count: usize| {
            self.text.char_indices().nth(count).map_or(self.text.len(), |(offset, _)| offset)
        };
        let start = offset(self.start);
        (start, offset(self.start + self.len) - start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}WRONG{}", "a".repeat(500), "b".repeat(500));
        let excerpt = Excerpt::new(&text, 3, 501, 5);
        let (start, len) = excerpt.bytes();
        assert_eq!(&excerpt.text[start..start + len], "WRONG");
        assert_eq!(excerpt.text.chars().count(), WIDTH + 2);
    }

    proptest! {
        #[test]
        fn the_place_lies_within_the_text(text in any::<String>(), column in 0u32..400, len in 0usize..400) {
            let excerpt = Excerpt::new(&text, 1, column, len);
            let (start, len) = excerpt.bytes();
            prop_assert!(excerpt.text.is_char_boundary(start) && excerpt.text.is_char_boundary(start + len));
        }
    }
}
