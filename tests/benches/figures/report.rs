//! What was measured, as one table.

/// Rows as they come; printed as they come too, since a whole run takes a while.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    measured: String,
    asked: String,
    verdict: &'static str,
}

/// What a figure is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    AtLeast(f64),
    AtMost(f64),
    /// Told, and compared with nothing.
    Nothing,
}

impl Report {
    /// `value` is compared with what is asked, `measured` says it in words.
    pub(crate) fn add(
        &mut self,
        what: impl Into<String>,
        value: f64,
        measured: impl Into<String>,
        asked: Asked,
    ) {
        let (what, measured) = (what.into(), measured.into());
        let (asked, reached) = match asked {
            Asked::AtLeast(least) => (format!(">= {}", short(least)), Some(value >= least)),
            Asked::AtMost(most) => (format!("<= {}", short(most)), Some(value <= most)),
            Asked::Nothing => (String::new(), None),
        };
        let verdict = match reached {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        };
        eprintln!("  {what}: {measured} {asked} {verdict}");
        self.rows.push(Row { what, measured, asked, verdict });
    }

    pub(crate) fn tell(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.add(what, 0.0, measured, Asked::Nothing);
    }

    pub(crate) fn heading(&mut self, text: &str) {
        eprintln!("{text}");
        self.rows.push(Row {
            what: text.to_owned(),
            measured: String::new(),
            asked: String::new(),
            verdict: "",
        });
    }

    pub(crate) fn print(&self) {
        let width =
            |of: fn(&Row) -> &str| self.rows.iter().map(|row| of(row).chars().count()).max();
        let what = width(|row| &row.what).unwrap_or_default();
        let measured = width(|row| &row.measured).unwrap_or_default();
        println!();
        for row in &self.rows {
            if row.measured.is_empty() {
                println!("\n{}", row.what);
                continue;
            }
            let line = format!(
                "  {:what$}  {:>measured$}  {:<10} {}",
                row.what, row.measured, row.asked, row.verdict
            );
            println!("{}", line.trim_end());
        }
    }
}

/// The middle one of what was measured in several rounds.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(values[even / 2 - 1], values[even / 2]),
        odd => values[odd / 2],
    }
}

/// A number as people write it: 12,345 or 1.58.
pub(crate) fn short(value: f64) -> String {
    if value.abs() < 100.0 && value.fract() != 0.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}
