//! The result of `reactant bench`.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde_json::json;

use super::Row;
use crate::{
    args::OutputFormat,
    console::{Console, painted},
    escape::escaped,
};

/// Writes the rows.
pub(super) fn write(console: &Console, rows: &[Row]) -> io::Result<()> {
    let mut out = console.results();
    match console.format {
        OutputFormat::Json => json_lines(&mut out, rows)?,
        OutputFormat::Human => table(&mut out, rows, console.color)?,
    }
    out.flush()
}

/// A quantile of the times, by nearest rank; `None` where nothing was timed.
fn quantile(row: &Row, percent: usize) -> Option<Duration> {
    let mut times = row.times.clone();
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied()
}

/// How many times the median of the recipe's fastest reaction that succeeds.
fn ratio(rows: &[Row], row: &Row) -> Option<f64> {
    let rivals = rows.iter().filter(|other| other.recipe == row.recipe && other.failed.is_none());
    let fastest = rivals.filter_map(|rival| quantile(rival, 50)).min()?;
    Some(quantile(row, 50)?.as_secs_f64() / fastest.as_secs_f64())
}

fn ended(row: &Row) -> String {
    match row.failed {
        None => "ok".to_owned(),
        Some((count, status)) if count == row.times.len() => status.name().to_owned(),
        Some((count, status)) => format!("{count} {}", status.name()),
    }
}

fn table(out: &mut dyn Write, rows: &[Row], color: bool) -> io::Result<()> {
    const HEADS: [&str; 9] =
        ["RECIPE", "REACTION", "ENGINE", "RUNS", "MEDIAN", "P99", "MEMORY", "RATIO", "ENDED"];
    let time = |time: Option<Duration>| {
        time.map_or("-".to_owned(), |time| format!("{:.1} µs", time.as_secs_f64() * 1e6))
    };
    let cells: Vec<[String; 9]> = rows
        .iter()
        .map(|row| {
            [
                escaped(&row.recipe).to_string(),
                row.reaction.to_string(),
                row.format.to_owned(),
                row.times.len().to_string(),
                time(quantile(row, 50)),
                time(quantile(row, 99)),
                row.memory.map_or("-".to_owned(), |bytes| format!("{} KiB", bytes.div_ceil(1024))),
                ratio(rows, row).map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
                ended(row),
            ]
        })
        .collect();
    let heads = HEADS.map(str::to_owned);
    let width = |column: usize| {
        let cells = cells.iter().chain([&heads]).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let line = |row: &[String; 9]| {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            // Numbers stand at the right.
            1 | 3..=7 => format!("{cell:>0$}", width(column)),
            _ => format!("{cell:<0$}", width(column)),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", painted(color, anstyle::Style::new().bold(), &line(&heads)))?;
    cells.iter().try_for_each(|row| writeln!(out, "{}", line(row)))
}

fn json_lines(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    let nanos = |time: Option<Duration>| time.map(|time| time.as_nanos() as u64);
    for row in rows {
        let line = json!({
            "type": "bench",
            "recipe": *row.recipe,
            "reaction": row.reaction,
            "format": row.format,
            "runs": row.times.len(),
            "median_ns": nanos(quantile(row, 50)),
            "p99_ns": nanos(quantile(row, 99)),
            "memory": row.memory,
            "ratio": ratio(rows, row),
            "status": ended(row),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
