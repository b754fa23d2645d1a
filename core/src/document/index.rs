//! From offsets in a text to lines and columns, and back.

/// How many bytes lie between two counts of characters: a column costs at most so many steps, however long its line is.
const STRIDE: usize = 1024;

/// Where the lines of a text begin. A line ends at `\n`, `\r\n` or a lone `\r`, as in YAML (1.2.2, 5.4).
#[derive(Debug)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STRIDE`].
    characters: Vec<usize>,
}

fn count(bytes: &[u8]) -> usize {
    // Every byte but the continuation bytes of UTF-8 begins a character.
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        let mut characters = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut total = 0;
        for chunk in bytes.chunks(STRIDE) {
            characters.push(total);
            total += count(chunk);
        }
        LineIndex { starts, characters }
    }

    /// The line and the column in characters, both from 1, of an offset.
    pub(crate) fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let column = self.characters_before(text, offset) - self.characters_before(text, start) + 1;
        (line as u32, column as u32)
    }

    /// The offset of a line and column from 1. A line past the end gives `None`; a column past the line's end gives the end.
    pub(crate) fn offset(&self, text: &str, line: u32, column: u32) -> Option<usize> {
        let start = *self.starts.get((line as usize).checked_sub(1)?)?;
        let rest = &text[start..self.line_end(text, start)];
        let skip = column.saturating_sub(1) as usize;
        Some(start + rest.char_indices().nth(skip).map_or(rest.len(), |(at, _)| at))
    }

    /// Where the line of an offset ends, its line break left out.
    pub(crate) fn line_end(&self, text: &str, offset: usize) -> usize {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let Some(next) = self.starts.get(line) else { return text.len() };
        let line = &text[self.starts[line - 1]..*next];
        let content = line.strip_suffix('\n').unwrap_or(line);
        (next - line.len() + content.strip_suffix('\r').unwrap_or(content).len()).max(offset)
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let block = (offset / STRIDE).min(self.characters.len().saturating_sub(1));
        let known = self.characters.get(block).copied().unwrap_or(0);
        known + count(&text.as_bytes()[block * STRIDE..offset])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_line_break_ends_a_line() {
        let text = "a\r\nü x\rc\n\nd";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 0), (1, 1));
        assert_eq!(index.position(text, 6), (2, 3));
        assert_eq!(index.position(text, text.find('c').unwrap()), (3, 1));
        assert_eq!(index.position(text, text.len()), (5, 2));
        assert_eq!(index.offset(text, 2, 3), Some(6));
        assert_eq!(index.offset(text, 2, 99), Some(7));
        assert_eq!(index.offset(text, 4, 1), Some(10));
        assert_eq!(index.offset(text, 6, 1), None);
        assert_eq!(&text[3..index.line_end(text, 3)], "ü x");
    }

    proptest! {
        #[test]
        fn positions_lead_back_to_their_offsets(text in "([a-zü\u{1F600}]{0,5}(\n|\r\n|\r)?){0,200}") {
            let index = LineIndex::new(&text);
            for (offset, character) in text.char_indices() {
                let (line, column) = index.position(&text, offset);
                if character != '\n' && character != '\r' {
                    prop_assert_eq!(index.offset(&text, line, column), Some(offset));
                }
                prop_assert!(index.line_end(&text, offset) <= text.len());
                prop_assert!(text.is_char_boundary(index.line_end(&text, offset)));
            }
        }
    }
}
