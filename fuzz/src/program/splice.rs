//! Programs of the corpus with a few tokens changed.

use std::{fs, path::Path};

use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// Numbers at which something ends.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "255",
    "65536",
    "1000000",
    "2147483647",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "0.5",
    "1e308",
];
/// The longest program, in tokens.
const LONGEST: usize = 4_000;

/// The corpus of one language, in tokens.
pub(super) struct Pieces {
    programs: Vec<Vec<String>>,
}

impl Pieces {
    /// Reads every file of this name below the folder.
    pub(super) fn read(folder: &Path, name: &str) -> Pieces {
        let mut programs = Vec::new();
        below(folder, name, &mut programs);
        assert!(!programs.is_empty(), "{} has no {name}", folder.display());
        Pieces { programs }
    }

    /// A program with a few changes, as the input chooses them.
    pub(super) fn write(&self, u: &mut Unstructured<'_>) -> Result<String> {
        let mut tokens = u.choose(&self.programs)?.clone();
        for _ in 0..u.int_in_range(0..=8)? {
            if tokens.is_empty() || tokens.len() > LONGEST {
                break;
            }
            let at = u.choose_index(tokens.len())?;
            match u.arbitrary::<u8>()? % 8 {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, tokens[u.choose_index(tokens.len())?].clone()),
                2 => {
                    let other = u.choose_index(tokens.len())?;
                    tokens.swap(at, other);
                }
                // Some lines of another program, between two lines.
                3 | 4 => {
                    let other = u.choose(&self.programs)?;
                    let (from, to) =
                        (line(other, u.choose_index(other.len() + 1)?), u.int_in_range(1..=24)?);
                    let to = line(other, (from + to).min(other.len())).max(from);
                    let at = line(&tokens, at);
                    tokens.splice(at..at, other[from..to].iter().cloned());
                }
                // A run of another program's tokens, in the place of one.
                5 => {
                    let other = u.choose(&self.programs)?;
                    let from = u.choose_index(other.len() + 1)?;
                    let to = (from + u.int_in_range(1..=8)?).min(other.len());
                    tokens.splice(at..=at, other[from..to].iter().cloned());
                }
                _ => {
                    let numbers = (0..tokens.len()).cycle().skip(at).take(tokens.len());
                    let is_number =
                        |index: &usize| tokens[*index].starts_with(|c: char| c.is_ascii_digit());
                    if let Some(index) = { numbers }.find(is_number) {
                        tokens[index] = (*u.choose(NUMBERS)?).to_owned();
                    }
                }
            }
        }
        Ok(tokens.concat())
    }
}

/// Where the line of a token begins.
fn line(tokens: &[String], at: usize) -> usize {
    let before = tokens[..at].iter().rposition(|token| token.contains('\n'));
    before.map_or(0, |index| index + 1)
}

fn below(folder: &Path, name: &str, programs: &mut Vec<Vec<String>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // The same in every run, whatever the file system's order.
    paths.sort();
    for path in paths {
        if path.is_dir() {
            below(&path, name, programs);
        } else if path.ends_with(name) {
            programs.extend(fs::read_to_string(&path).map(|text| tokens(&text)));
        }
    }
}

/// Words, numbers, runs of white space, and every other character alone: enough for any of the languages.
fn tokens(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut last = 0;
    for c in text.chars() {
        let own = class(c);
        match tokens.last_mut() {
            Some(token) if own != 0 && own == last => token.push(c),
            _ => tokens.push(c.to_string()),
        }
        last = own;
    }
    tokens
}
