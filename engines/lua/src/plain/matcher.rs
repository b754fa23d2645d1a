//! Lua's patterns: a matcher that counts its steps, after `lstrlib.c` of Lua 5.4.

/// The most captures of a pattern.
const CAPTURES: usize = 32;
/// How deep a match may call itself.
const DEEPEST: u32 = 200;
/// So many steps are taken between two looks at the clock.
const STEPS: u32 = 1 << 14;
/// A capture that is not closed.
const OPEN: isize = -1;
/// A capture of a place.
const PLACE: isize = -2;

/// What a match can end with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The pattern is wrong.
    Pattern(&'static str),
    /// A capture's number in the pattern is wrong.
    Capture(usize),
    /// The invocation is over.
    Stopped,
}

/// A piece that was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capture {
    /// A place, from 1.
    Place(usize),
    /// From and to.
    Text(usize, usize),
}

/// A pattern at work on a text.
pub(super) struct Matcher<'a, C> {
    text: &'a [u8],
    pattern: &'a [u8],
    level: usize,
    captures: [(usize, isize); CAPTURES],
    depth: u32,
    steps: u32,
    /// Looks at the clock; `None` ends the match.
    check: C,
}

type End = Result<Option<usize>, Fault>;

impl<'a, C: FnMut() -> Option<()>> Matcher<'a, C> {
    pub(super) fn new(text: &'a [u8], pattern: &'a [u8], check: C) -> Matcher<'a, C> {
        let captures = [(0, 0); CAPTURES];
        Matcher { text, pattern, level: 0, captures, depth: 0, steps: 0, check }
    }

    /// Where the first match that starts at `from` or behind it lies, which does not end where the last one did; one that is anchored starts at `from`.
    pub(super) fn search(
        &mut self,
        from: usize,
        last: Option<usize>,
        anchored: bool,
    ) -> Result<Option<(usize, usize)>, Fault> {
        for start in from..=self.text.len() {
            self.step()?;
            (self.level, self.depth) = (0, 0);
            let end = self.go(start, 0)?;
            if let Some(end) = end.filter(|end| Some(*end) != last) {
                return Ok(Some((start, end)));
            }
            if anchored {
                break;
            }
        }
        Ok(None)
    }

    /// How many captures the last match has.
    pub(super) fn count(&self) -> usize {
        self.level
    }

    /// A capture of the last match, from 0; where there is none, the first is the match itself.
    pub(super) fn capture(&self, number: usize, whole: (usize, usize)) -> Result<Capture, Fault> {
        if number >= self.level {
            return if number == 0 {
                Ok(Capture::Text(whole.0, whole.1))
            } else {
                Err(Fault::Capture(number + 1))
            };
        }
        match self.captures[number] {
            (_, OPEN) => Err(Fault::Pattern("unfinished capture")),
            (start, PLACE) => Ok(Capture::Place(start + 1)),
            (start, len) => Ok(Capture::Text(start, start + len.unsigned_abs())),
        }
    }

    fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps >= STEPS {
            self.steps = 0;
            (self.check)().ok_or(Fault::Stopped)?;
        }
        Ok(())
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.pattern.get(at).copied()
    }

    /// Matches the pattern from `p` at `s`; gives where the match ends.
    fn go(&mut self, mut s: usize, mut p: usize) -> End {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::Pattern("pattern too complex"));
        }
        let end = loop {
            self.step()?;
            let Some(byte) = self.byte(p) else { break Some(s) };
            match byte {
                b'(' if self.byte(p + 1) == Some(b')') => break self.open(s, p + 2, PLACE)?,
                b'(' => break self.open(s, p + 1, OPEN)?,
                b')' => break self.close(s, p + 1)?,
                b'$' if p + 1 == self.pattern.len() => break (s == self.text.len()).then_some(s),
                b'%' if self.byte(p + 1) == Some(b'b') => match self.balance(s, p + 2)? {
                    Some(end) => (s, p) = (end, p + 4),
                    None => break None,
                },
                b'%' if self.byte(p + 1) == Some(b'f') => {
                    p += 2;
                    if self.byte(p) != Some(b'[') {
                        return Err(Fault::Pattern("missing '[' after '%f' in pattern"));
                    }
                    let behind = self.class_end(p)?;
                    let before = if s == 0 { 0 } else { self.text[s - 1] };
                    let here = self.text.get(s).copied().unwrap_or(0);
                    if self.in_set(before, p, behind - 1)? || !self.in_set(here, p, behind - 1)? {
                        break None;
                    }
                    p = behind;
                }
                b'%' if self.byte(p + 1).is_some_and(|byte| byte.is_ascii_digit()) => {
                    match self.again(s, self.pattern[p + 1])? {
                        Some(end) => (s, p) = (end, p + 2),
                        None => break None,
                    }
                }
                _ => {
                    let behind = self.class_end(p)?;
                    let suffix = self.byte(behind);
                    match suffix {
                        Some(b'?') => {
                            if self.single(s, p, behind)?
                                && let Some(end) = self.go(s + 1, behind + 1)?
                            {
                                break Some(end);
                            }
                            p = behind + 1;
                        }
                        Some(b'+') => {
                            break if self.single(s, p, behind)? {
                                self.longest(s + 1, p, behind)?
                            } else {
                                None
                            };
                        }
                        Some(b'*') => break self.longest(s, p, behind)?,
                        Some(b'-') => break self.shortest(s, p, behind)?,
                        _ => {
                            if !self.single(s, p, behind)? {
                                break None;
                            }
                            (s, p) = (s + 1, behind);
                        }
                    }
                }
            }
        };
        self.depth -= 1;
        Ok(end)
    }

    fn longest(&mut self, s: usize, p: usize, behind: usize) -> End {
        let mut count = 0;
        while self.single(s + count, p, behind)? {
            count += 1;
        }
        loop {
            if let Some(end) = self.go(s + count, behind + 1)? {
                return Ok(Some(end));
            }
            if count == 0 {
                return Ok(None);
            }
            count -= 1;
        }
    }

    fn shortest(&mut self, mut s: usize, p: usize, behind: usize) -> End {
        loop {
            if let Some(end) = self.go(s, behind + 1)? {
                return Ok(Some(end));
            }
            if !self.single(s, p, behind)? {
                return Ok(None);
            }
            s += 1;
        }
    }

    fn open(&mut self, s: usize, p: usize, kind: isize) -> End {
        if self.level >= CAPTURES {
            return Err(Fault::Pattern("too many captures"));
        }
        self.captures[self.level] = (s, kind);
        self.level += 1;
        let end = self.go(s, p)?;
        if end.is_none() {
            self.level -= 1;
        }
        Ok(end)
    }

    fn close(&mut self, s: usize, p: usize) -> End {
        let open = (0..self.level).rev().find(|at| self.captures[*at].1 == OPEN);
        let at = open.ok_or(Fault::Pattern("invalid pattern capture"))?;
        self.captures[at].1 = (s - self.captures[at].0).cast_signed();
        let end = self.go(s, p)?;
        if end.is_none() {
            self.captures[at].1 = OPEN;
        }
        Ok(end)
    }

    /// `%1`: what was captured, once more.
    fn again(&mut self, s: usize, digit: u8) -> End {
        let number = usize::from(digit).wrapping_sub(usize::from(b'1'));
        let captured = self.captures.get(number).filter(|_| number < self.level);
        let Some(&(start, len)) = captured.filter(|(_, len)| *len != OPEN) else {
            return Err(Fault::Capture(number.wrapping_add(1)));
        };
        // A place is no text, and is not found again.
        let Ok(len) = usize::try_from(len) else { return Ok(None) };
        // As long as the text, each time.
        self.steps = self.steps.saturating_add((len >> 3) as u32);
        let same = self.text[s..].starts_with(&self.text[start..start + len]);
        Ok(same.then_some(s + len))
    }

    /// `%bxy`.
    fn balance(&mut self, s: usize, p: usize) -> End {
        let (Some(open), Some(close)) = (self.byte(p), self.byte(p + 1)) else {
            return Err(Fault::Pattern("malformed pattern (missing arguments to '%b')"));
        };
        if self.text.get(s) != Some(&open) {
            return Ok(None);
        }
        let mut depth = 1;
        for at in s + 1..self.text.len() {
            self.step()?;
            let byte = self.text[at];
            if byte == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
            } else if byte == open {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// Where the class that starts at `p` ends.
    fn class_end(&mut self, mut p: usize) -> Result<usize, Fault> {
        let first = self.pattern[p];
        p += 1;
        match first {
            b'%' if p >= self.pattern.len() => {
                Err(Fault::Pattern("malformed pattern (ends with '%')"))
            }
            b'%' => Ok(p + 1),
            b'[' => {
                if self.byte(p) == Some(b'^') {
                    p += 1;
                }
                loop {
                    self.step()?;
                    match self.byte(p) {
                        None => {
                            return Err(Fault::Pattern("malformed pattern (missing ']')"));
                        }
                        Some(b'%') => p += 2,
                        Some(_) => p += 1,
                    }
                    if self.byte(p) == Some(b']') {
                        return Ok(p + 1);
                    }
                }
            }
            _ => Ok(p),
        }
    }

    /// Whether the byte at `s` is of the class from `p` to `behind`.
    fn single(&mut self, s: usize, p: usize, behind: usize) -> Result<bool, Fault> {
        self.step()?;
        let Some(&byte) = self.text.get(s) else { return Ok(false) };
        match self.pattern[p] {
            b'.' => Ok(true),
            b'%' => Ok(in_class(byte, self.pattern[p + 1])),
            b'[' => self.in_set(byte, p, behind - 1),
            other => Ok(other == byte),
        }
    }

    /// Whether a byte is of the set from the bracket at `p` to that at `end`.
    fn in_set(&mut self, byte: u8, mut p: usize, end: usize) -> Result<bool, Fault> {
        let mut sense = true;
        if self.byte(p + 1) == Some(b'^') {
            sense = false;
            p += 1;
        }
        p += 1;
        while p < end {
            self.step()?;
            let this = self.pattern[p];
            if this == b'%' && p + 1 < self.pattern.len() {
                if in_class(byte, self.pattern[p + 1]) {
                    return Ok(sense);
                }
                p += 2;
            } else if self.byte(p + 1) == Some(b'-') && p + 2 < end {
                if (this..=self.pattern[p + 2]).contains(&byte) {
                    return Ok(sense);
                }
                p += 3;
            } else {
                if this == byte {
                    return Ok(sense);
                }
                p += 1;
            }
        }
        Ok(!sense)
    }
}

/// `%a` and the like, as the C library has it for the locale `C`.
fn in_class(byte: u8, class: u8) -> bool {
    let is = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 0x0b,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return class == byte,
    };
    if class.is_ascii_uppercase() { !is } else { is }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The match and its captures, as text.
    fn found(text: &str, pattern: &str) -> Result<Vec<String>, Fault> {
        let rest = pattern.strip_prefix('^');
        let (pattern, anchored) = (rest.unwrap_or(pattern), rest.is_some());
        let mut matcher = Matcher::new(text.as_bytes(), pattern.as_bytes(), || Some(()));
        let Some(whole) = matcher.search(0, None, anchored)? else { return Ok(Vec::new()) };
        (0..matcher.count().max(1))
            .map(|number| {
                Ok(match matcher.capture(number, whole)? {
                    Capture::Place(place) => place.to_string(),
                    Capture::Text(from, to) => text[from..to].to_owned(),
                })
            })
            .collect()
    }

    /// From the reference manual and its test suite (`pm.lua`).
    #[test]
    fn patterns_match_as_in_the_manual() {
        for (text, pattern, want) in [
            ("aaab", ".*b", &["aaab"][..]),
            ("aaa", "^.*$", &["aaa"]),
            ("alo xyzK", "(%w+)K", &["xyz"]),
            ("254 K", "(%d*)K", &[""]),
            ("alo ", "(%w*)$", &[""]),
            ("alo wo*", "%w+%*$", &["wo*"]),
            ("0123456789", "(.+(.?)())", &["0123456789", "", "11"]),
            ("aloALO", "%l*", &["alo"]),
            ("xuxx uu ppar r", "()(%w+)()", &["1", "xuxx", "5"]),
            ("=======[[]]===", "=*(%b[])=*", &["[[]]"]),
            ("THE (quick) fox", "%((%a+)%)", &["quick"]),
            ("THE (quick) fox", "%f[%l]%a+", &["quick"]),
            ("hello hello", "(%w+) %1", &["hello"]),
            ("a]b", "[]]", &["]"]),
            ("a-b", "[a%-]+", &["a-"]),
            ("a^b", "[b^]", &["^"]),
            ("x", "[^x]", &[]),
            ("a\0b", "a%zb", &["a\0b"]),
            ("ab", "a-b", &["ab"]),
            ("key = value", "^(%w+)%s*=%s*(%w+)$", &["key", "value"]),
        ] {
            assert_eq!(found(text, pattern).unwrap(), want, "{text} {pattern}");
        }
    }

    #[test]
    fn wrong_patterns_are_told() {
        for (pattern, fault) in [
            ("%", Fault::Pattern("malformed pattern (ends with '%')")),
            ("[a", Fault::Pattern("malformed pattern (missing ']')")),
            ("[", Fault::Pattern("malformed pattern (missing ']')")),
            ("[^", Fault::Pattern("malformed pattern (missing ']')")),
            ("[%", Fault::Pattern("malformed pattern (missing ']')")),
            ("[a%", Fault::Pattern("malformed pattern (missing ']')")),
            ("(", Fault::Pattern("unfinished capture")),
            (")", Fault::Pattern("invalid pattern capture")),
            ("%1", Fault::Capture(1)),
            ("%0", Fault::Capture(0)),
            ("%b", Fault::Pattern("malformed pattern (missing arguments to '%b')")),
            ("%f", Fault::Pattern("missing '[' after '%f' in pattern")),
            (&"()".repeat(33), Fault::Pattern("too many captures")),
            (&"(a".repeat(32), Fault::Pattern("unfinished capture")),
        ] {
            assert_eq!(
                found("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", pattern),
                Err(fault),
                "{pattern}"
            );
        }
        let nested = format!("{}b", "a?".repeat(300));
        let fault = Fault::Pattern("pattern too complex");
        assert_eq!(found(&"a".repeat(300), &nested), Err(fault));
    }

    #[test]
    fn a_match_ends_when_it_is_told_to() {
        let text = "a".repeat(40);
        let mut left = 3;
        let pattern = format!("{}b", "a-".repeat(20));
        let check = || {
            left -= 1;
            (left > 0).then_some(())
        };
        let mut matcher = Matcher::new(text.as_bytes(), pattern.as_bytes(), check);
        assert_eq!(matcher.search(0, None, false), Err(Fault::Stopped));
    }
}
