//! `kinerja demo` as it is started by a person.

use anyhow::ensure;

use crate::{Folder, processes::kinerja};

/// Everything a demonstration of one government prints, but how long things took.
fn year() -> anyhow::Result<Vec<String>> {
    let folder = Folder::new();
    let output = kinerja(&folder.0, &["demo", "--only", "17.07"]).output()?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {complaints}", output.status);
    let said = String::from_utf8(output.stdout)?;
    let lines = said.lines().filter(|line| !line.contains("took ") && !line.contains("time taken"));
    Ok(lines.map(ToOwned::to_owned).collect())
}

#[test]
fn the_same_year_prints_the_same_lines() -> anyhow::Result<()> {
    let first = year()?;
    ensure!(first.len() > 20, "a whole year: {}", first.join("\n"));
    assert_eq!(first, year()?);
    Ok(())
}
