//! The page: measurements × languages, all of one run.

use std::fmt;

/// What is measured of each language, in the order of measuring.
#[derive(Debug, Default)]
pub(crate) struct Page {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    unit: Unit,
    /// By column.
    cells: Vec<(&'static str, f64)>,
}

/// What a row's figures are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Memory,
}

/// The column that the others are compared with, where it has a figure; else that is the least.
pub(crate) const FLOOR: &str = "rust";

impl Page {
    /// Columns stand in the order in which they are named first.
    pub(crate) fn column(&mut self, column: &'static str) {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
    }

    pub(crate) fn set(&mut self, row: &str, unit: Unit, column: &'static str, figure: f64) {
        self.column(column);
        match self.rows.iter_mut().find(|other| other.name == row) {
            Some(row) => row.cells.push((column, figure)),
            None => {
                let cells = vec![(column, figure)];
                self.rows.push(Row { name: row.to_owned(), unit, cells });
            }
        }
    }

    pub(crate) fn get(&self, row: &str, column: &str) -> Option<f64> {
        self.rows.iter().find(|other| other.name == row)?.get(column)
    }
}

impl Row {
    fn get(&self, column: &str) -> Option<f64> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, figure)| *figure)
    }

    fn cell(&self, column: &str) -> Option<String> {
        let figure = self.get(column)?;
        let least = self.cells.iter().map(|(_, figure)| *figure).fold(f64::INFINITY, f64::min);
        let ratio = figure / self.get(FLOOR).unwrap_or(least);
        let decimals = if ratio < 10.0 { 2 } else { 0 };
        Some(format!("{} {ratio:>6.decimals$}", written(self.unit, figure)))
    }
}

fn written(unit: Unit, figure: f64) -> String {
    match unit {
        Unit::Time if figure < 100.0 => format!("{figure:.1} ns"),
        Unit::Time => format!("{:.2} µs", figure / 1e3),
        Unit::Memory => format!("{:.0} KiB", figure / 1024.0),
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 20;
        let name = self.rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        let line = |f: &mut fmt::Formatter<'_>, first: &str, cells: &[String]| {
            write!(f, "{first:name$}")?;
            cells.iter().try_for_each(|cell| write!(f, " {cell:>WIDTH$}"))?;
            writeln!(f)
        };
        let heads: Vec<String> =
            self.columns.iter().map(|column| format!("{column}  ratio")).collect();
        line(f, "", &heads)?;
        for row in &self.rows {
            let cell = |column: &&'static str| row.cell(column).unwrap_or_else(|| "-".to_owned());
            line(f, &row.name, &self.columns.iter().map(cell).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}
