use anyhow::Context as _;

/// How much is measured.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Employees of the governments, ascending.
    pub(crate) sizes: Vec<usize>,
    /// How often each thing is measured; the median counts.
    pub(crate) rounds: usize,
    /// Parts to measure beside loading; all when empty: `statements`, `rating`, `get`, `flat`.
    only: Vec<String>,
}

impl Settings {
    /// From `SIZES`, `ROUNDS` and `ONLY` in the environment.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let numbers = |name: &str, otherwise: &str| {
            let text = variable(name).unwrap_or_else(|| otherwise.to_owned());
            let numbers = text.split(',').map(|number| number.trim().replace('_', "").parse());
            numbers
                .collect::<Result<Vec<usize>, _>>()
                .with_context(|| format!("{name}: numbers with commas"))
        };
        let mut sizes = numbers("SIZES", "5000,50000,500000")?;
        sizes.sort_unstable();
        let rounds = numbers("ROUNDS", "3")?[0].max(1);
        let only = variable("ONLY").unwrap_or_default();
        let only = only.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Ok(Self { sizes, rounds, only })
    }

    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
