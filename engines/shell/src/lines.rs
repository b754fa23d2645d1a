//! A stream of the script's as lines.

/// Takes bytes, gives lines; a line may be as long as the output limit lets it.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Adds what was read and gives every line that it ended.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Vec<String> {
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            self.rest.extend(bytes);
            return Vec::new();
        };
        let (ended, rest) = bytes.split_at(end);
        let mut whole = std::mem::take(&mut self.rest);
        whole.extend(ended);
        self.rest.extend(&rest[1..]);
        whole
            .split(|byte| *byte == b'\n')
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    /// The last line, where it has no end.
    pub(crate) fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end_however_they_come() {
        let text = b"one\n\ntwo \xff\nlast";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut got: Vec<String> = text.chunks(size).flat_map(|part| lines.add(part)).collect();
            got.extend(lines.finish());
            assert_eq!(got, ["one", "", "two \u{fffd}", "last"]);
            assert_eq!(lines.finish(), None);
        }
    }
}
