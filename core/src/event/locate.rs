//! Where in an event's text a field stands.

/// The line, from 1, of the field that a message names (`background.ancestry[2].pid`) in a text that is JSON; of what holds it where the
/// text has no such field.
#[must_use]
pub fn line_of(text: &str, path: &str) -> usize {
    let mut cursor = Cursor { bytes: text.as_bytes(), at: 0 };
    cursor.space();
    for step in steps(path) {
        let before = cursor.at;
        if !cursor.enter(step) {
            cursor.at = before;
            break;
        }
    }
    let before = &cursor.bytes[..cursor.at.min(cursor.bytes.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

enum Step<'p> {
    Field(&'p str),
    Item(usize),
}

fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        let index = part.strip_suffix(']').and_then(|digits| digits.parse().ok());
        index.map_or(Step::Field(part), Step::Item)
    })
}

struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Skips white space, this byte where it follows, and white space.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        self.space();
        found
    }

    /// Skips the value that begins here.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.text(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return,
                _ => self.at += 1,
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return;
            }
        }
    }

    /// Skips a text.
    fn text(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += match byte {
                b'\\' => 2,
                _ => 1,
            };
            if byte == b'"' {
                return;
            }
        }
    }

    /// Goes to a part of the value that begins here; of fields of one name, the last counts.
    fn enter(&mut self, step: Step<'_>) -> bool {
        let mut found = None;
        match step {
            Step::Field(name) if self.take(b'{') => loop {
                let start = self.at;
                if self.peek() != Some(b'"') {
                    break;
                }
                self.text();
                let is_it =
                    self.bytes.get(start + 1..self.at.saturating_sub(1)) == Some(name.as_bytes());
                if !self.take(b':') {
                    break;
                }
                if is_it {
                    found = Some(self.at);
                }
                self.skip();
                if !self.take(b',') {
                    break;
                }
            },
            Step::Item(index) if self.take(b'[') => {
                for number in 0..=index {
                    if number == index && self.peek() != Some(b']') {
                        found = Some(self.at);
                        break;
                    }
                    self.skip();
                    if !self.take(b',') {
                        break;
                    }
                }
            }
            _ => {}
        }
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_at_its_last_place() {
        let text = "{\n\"a\": {\"b\": \"}\\\"\", \"pid\":\n 1},\n\"list\": [[1,2],\n {\"x\":\n0}\n],\n\"a\": {\n\"pid\": \"y\"\n}}\n";
        let lines: Vec<&str> = text.lines().collect();
        for (path, value) in [
            ("a.pid", "\"pid\": \"y\""),
            ("list[1].x", "0}"),
            ("list[1]", " {\"x\":"),
            ("list[0]", "\"list\": [[1,2],"),
        ] {
            assert_eq!(lines[line_of(text, path) - 1], value, "{path}");
        }
        // What is not there is looked for in what holds it.
        assert_eq!(lines[line_of(text, "list[7].x") - 1], "\"list\": [[1,2],");
        assert_eq!(line_of(text, "nope.x"), 1);
        for broken in ["", "{", "{\"a\"", "{\"a\":", "[", "\"", "{\"a\":[", "]", "{\"a\":\"\\"] {
            assert_eq!(line_of(broken, "a[1].b"), 1);
        }
    }
}
