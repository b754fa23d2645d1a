//! Acts that were asked about before they happened.

use reactant_sensor::live::verdict::Figures;

use super::exposition::Exposition;

/// How they were answered; nothing where nobody was ever asked.
pub(in super::super) fn verdicts(figures: Option<&Figures>) -> String {
    let mut to = Exposition::default();
    let Some(figures) = figures else { return to.finish() };
    let mut verdicts = to.counter(
        "reactant_verdicts_total",
        "Acts that were asked about before they happened, by how they were answered; all but `denied` were allowed.",
    );
    for (answer, count) in [
        ("own", figures.own),
        ("unwanted", figures.unwanted),
        ("allowed", figures.allowed),
        ("denied", figures.denied),
        ("missed", figures.missed),
        ("no_room", figures.no_room),
        ("failed", figures.failed),
    ] {
        verdicts.sample(&[("answer", answer)], count);
    }
    to.counter("reactant_verdicts_late_total", "Refusals that came when the act had been allowed.")
        .sample(&[], figures.late);
    to.counter(
        "reactant_verdicts_unread_total",
        "Times that the kernel refused an act because it could not ask about it.",
    )
    .sample(&[], figures.unread);
    let mut latency = to.gauge(
        "reactant_verdict_seconds",
        "How long acts waited for their answer, as quantiles since the start.",
    );
    for (name, share) in [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99), ("1", 1.0)] {
        latency.sample(&[("quantile", name)], figures.latency.quantile(share).as_secs_f64());
    }
    to.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_sample() {
        let mut figures = Figures::default();
        (figures.denied, figures.missed) = (3, 4);
        let text = verdicts(Some(&figures));
        assert!(text.contains("reactant_verdicts_total{answer=\"denied\"} 3\n"), "{text}");
        assert!(text.contains("reactant_verdicts_total{answer=\"missed\"} 4\n"), "{text}");
        assert!(text.contains("reactant_verdict_seconds{quantile=\"0.99\"} 0\n"), "{text}");
        assert_eq!(verdicts(None), "");
    }
}
