//! Guessing what was meant.

/// The candidate that a misspelt word most probably meant, if one is near enough.
pub(crate) fn suggest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // Longer input is no slip, and the distance costs the product of the lengths.
    if word.chars().count() > 64 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', ' ', '.'], "_");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 2 * allowed)
        .map(|candidate| (strsim::osa_distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    near.or_else(|| {
        // The beginning of one candidate only.
        let mut begun = candidates.into_iter().filter(|candidate| candidate.starts_with(&word));
        begun.next().filter(|_| word.len() >= 3 && begun.next().is_none())
    })
}

/// The help for a near miss.
pub(crate) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    suggest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The help for a word out of few: the near miss, else all of them.
pub(crate) fn one_of(word: &str, candidates: &[&str]) -> String {
    did_you_mean(word, candidates.iter().copied()).unwrap_or_else(|| {
        let quoted: Vec<_> = candidates.iter().map(|candidate| format!("`{candidate}`")).collect();
        format!("one of {}", quoted.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_misses_are_suggested() {
        let fields = ["file_actions", "flow_actions", "kind", "name"];
        assert_eq!(suggest("file_action", fields), Some("file_actions"));
        assert_eq!(suggest("File-Actions", fields), Some("file_actions"));
        assert_eq!(suggest("knid", fields), Some("kind"));
        assert_eq!(suggest("severity", fields), None);
        assert_eq!(suggest("exec", ["execution", "file_access"]), Some("execution"));
        assert_eq!(suggest("file", ["file_actions", "file_actions_how"]), None);
        assert_eq!(suggest("ki", fields), None);
        assert_eq!(suggest("x", fields), None);
        assert_eq!(suggest(&"x".repeat(100_000), fields), None);
    }
}
