//! A stream cut into blocks of whole lines.

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

/// How much is read at once, in bytes: some 60 events of 4 KiB, enough to make a block worth handing to another thread.
const READ: usize = 256 << 10;

/// A piece of the stream.
#[derive(Debug)]
pub(crate) enum Block {
    /// Whole lines; the last one of the stream may lack its end.
    Lines {
        /// The number of the first.
        first: u64,
        bytes: Vec<u8>,
    },
    /// A line that was longer than the limit, and was skipped.
    Long { line: u64, len: usize },
    /// The stream broke off in this line.
    Failed { line: u64, error: io::Error },
}

/// Reads blocks as they come: what a pipe has is given at once, however little it is.
pub(crate) struct Lines<R> {
    reader: R,
    /// The longest line, in bytes.
    limit: usize,
    /// The beginning of a line whose end was not found yet.
    pending: Vec<u8>,
    /// How many bytes of that, at its end, were not searched.
    unsearched: usize,
    /// The number of that line.
    line: u64,
    /// How much of a line that is too long was skipped.
    skipped: Option<usize>,
    ended: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R, limit: usize) -> Lines<R> {
        let pending = Vec::new();
        Lines { reader, limit, pending, unsearched: 0, line: 1, skipped: None, ended: false }
    }

    /// Reads more, behind what is pending.
    fn read(&mut self) -> io::Result<()> {
        let before = self.pending.len();
        self.pending.resize(before + READ, 0);
        let result = loop {
            match self.reader.read(&mut self.pending[before..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.unsearched = *result.as_ref().unwrap_or(&0);
        self.pending.truncate(before + self.unsearched);
        result.map(drop)
    }

    /// What is left at the end of the stream.
    fn end(&mut self) -> Option<Block> {
        self.ended = true;
        let (first, bytes) = (self.line, std::mem::take(&mut self.pending));
        match self.skipped {
            Some(len) => Some(Block::Long { line: first, len }),
            None => (!bytes.is_empty()).then_some(Block::Lines { first, bytes }),
        }
    }

    /// Cuts off the whole lines.
    fn cut(&mut self) -> Option<Block> {
        let from = self.pending.len() - std::mem::take(&mut self.unsearched);
        let Some(end) = memrchr(b'\n', &self.pending[from..]) else {
            if self.pending.len() > self.limit {
                self.skipped = Some(self.pending.len());
                self.pending = Vec::new();
            }
            return None;
        };
        let end = from + end + 1;
        let rest = self.pending[end..].to_vec();
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        bytes.truncate(end);
        let first = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Some(Block::Lines { first, bytes })
    }

    /// Goes on skipping a long line, of which so much was skipped before, and gives it at its end.
    fn skip(&mut self, before: usize) -> Option<Block> {
        let Some(end) = memchr(b'\n', &self.pending) else {
            self.skipped = Some(before + self.pending.len());
            self.pending.clear();
            self.unsearched = 0;
            return None;
        };
        self.pending.drain(..=end);
        self.unsearched = self.pending.len();
        self.skipped = None;
        self.line += 1;
        Some(Block::Long { line: self.line - 1, len: before + end })
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        while !self.ended {
            if self.unsearched == 0 {
                match self.read() {
                    Ok(()) if self.unsearched == 0 => return self.end(),
                    Ok(()) => {}
                    Err(error) => {
                        self.ended = true;
                        return Some(Block::Failed { line: self.line, error });
                    }
                }
            }
            let block = match self.skipped {
                Some(before) => self.skip(before),
                None => self.cut(),
            };
            if block.is_some() {
                return block;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stream that gives so many bytes at a time, as pipes do.
    struct Drops<'a>(&'a [u8], Vec<usize>);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.1.pop().unwrap_or(usize::MAX).clamp(1, buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(size);
            buffer[..size].copy_from_slice(now);
            self.0 = later;
            Ok(size)
        }
    }

    /// The lines with their numbers; a long one as its length.
    fn lines(reader: impl Read, limit: usize) -> Vec<(u64, Result<Vec<u8>, usize>)> {
        let mut all = Vec::new();
        for block in Lines::new(reader, limit) {
            match block {
                Block::Lines { first, bytes } => {
                    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                    let lines = text.split(|byte| *byte == b'\n');
                    all.extend((first..).zip(lines.map(|line| Ok(line.to_vec()))));
                }
                Block::Long { line, len } => all.push((line, Err(len))),
                Block::Failed { line, error } => panic!("{line}: {error}"),
            }
        }
        all
    }

    proptest! {
        // A read clears its whole buffer, and here most reads are of one byte.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lines_do_not_depend_on_how_a_stream_drops(
            text in "[a\n]{0,60}",
            drops in prop::collection::vec(1usize..9, 0..40),
        ) {
            // Every line fits: a block may hold lines up to one read longer than the limit.
            let got = lines(Drops(text.as_bytes(), drops), 100);
            let whole = text.strip_suffix('\n').unwrap_or(&text);
            let want: Vec<_> = if text.is_empty() {
                Vec::new()
            } else {
                (1..).zip(whole.split('\n').map(|line| Ok(line.as_bytes().to_vec()))).collect()
            };
            prop_assert_eq!(got, want);
        }

        #[test]
        fn no_line_is_lost_around_long_ones(
            text in "[a\n]{0,80}",
            drops in prop::collection::vec(1usize..9, 0..80),
        ) {
            let got = lines(Drops(text.as_bytes(), drops), 4);
            let whole = text.strip_suffix('\n').unwrap_or(&text);
            let count = if text.is_empty() { 0 } else { whole.split('\n').count() };
            prop_assert_eq!(got.len(), count);
            for ((number, line), (want, text)) in got.into_iter().zip((1..).zip(whole.split('\n'))) {
                prop_assert_eq!(number, want);
                match line {
                    Ok(line) => prop_assert_eq!(line, text.as_bytes()),
                    Err(len) => {
                        prop_assert_eq!(len, text.len());
                        prop_assert!(len > 4);
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_line_is_skipped_with_bounded_memory() {
        let text = [b"short\n".as_slice(), &vec![b'x'; 3 << 20], b"\nlast"].concat();
        let mut reader = Lines::new(text.as_slice(), 1 << 20);
        let mut blocks = Vec::new();
        while let Some(block) = reader.next() {
            assert!(reader.pending.capacity() <= 4 << 20);
            blocks.push(block);
        }
        assert!(
            matches!(
                blocks.as_slice(),
                [
                    Block::Lines { first: 1, .. },
                    Block::Long { line: 2, len: 3_145_728 },
                    Block::Lines { first: 3, .. }
                ]
            ),
            "{blocks:?}"
        );
    }

    #[test]
    fn a_stream_that_breaks_off_says_where() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("torn"))
            }
        }
        let blocks: Vec<Block> = Lines::new(b"a\nb".chain(Broken), 100).collect();
        assert!(
            matches!(
                blocks.as_slice(),
                [Block::Lines { first: 1, .. }, Block::Failed { line: 2, .. }]
            ),
            "{blocks:?}"
        );
    }
}
