//! What a call said to the database, from the server's log, as a script for pgbench.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, ensure};

/// One round trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    text: String,
    parameters: Vec<Option<String>>,
}

impl Statement {
    /// Writes another value wherever a parameter is `value`.
    pub(crate) fn rename(&mut self, value: &str, name: &str) {
        for parameter in
            self.parameters.iter_mut().flatten().filter(|parameter| *parameter == value)
        {
            name.clone_into(parameter);
        }
    }
}

/// The statements of the transaction in which `mark` is a parameter, from the end of a log.
pub(crate) fn transaction(log: &Path, from: u64, mark: &str) -> anyhow::Result<Vec<Statement>> {
    let bytes = fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    let text = String::from_utf8_lossy(&bytes[usize::try_from(from)?..]).into_owned();
    let mut open: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    for entry in entries(&text) {
        let Some((backend, kind, said)) = split(&entry) else { continue };
        let statements = open.entry(backend.to_owned()).or_default();
        if kind == "DETAIL" {
            if let Some((last, given)) =
                statements.last_mut().zip(said.strip_prefix("parameters: "))
            {
                last.parameters = parameters(given);
            }
            continue;
        }
        let Some(text) = statement(said) else { continue };
        if text.starts_with("BEGIN") {
            statements.clear();
        }
        statements.push(Statement { text: text.to_owned(), parameters: Vec::new() });
        let marked = |statement: &Statement| {
            statement.parameters.iter().flatten().any(|parameter| parameter.contains(mark))
        };
        if text.starts_with("COMMIT") && statements.iter().any(marked) {
            return Ok(std::mem::take(statements));
        }
    }
    anyhow::bail!("the log has no transaction about {mark}")
}

/// A script with the same round trips; what `replaced` names by value is written as its expression, everything
/// else is a variable, to be given with `-D`.
pub(crate) fn script(
    statements: &[Statement],
    replaced: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<(String, Vec<String>)> {
    let (mut script, mut variables) = (String::new(), Vec::new());
    for (nth, statement) in statements.iter().enumerate() {
        let parts: Vec<&str> =
            statement.text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() > 1 {
            // A query of several statements is one round trip.
            script += &format!("\\startpipeline\n{};\n\\endpipeline\n", parts.join(";\n"));
            continue;
        }
        let mut text = statement.text.clone();
        for (place, parameter) in statement.parameters.iter().enumerate().rev() {
            let number = place + 1;
            let written = match parameter {
                None => "NULL".to_owned(),
                Some(value) => replaced(value).unwrap_or_else(|| {
                    variables.push(format!("s{nth}_{number}={value}"));
                    format!(":s{nth}_{number}")
                }),
            };
            text = text.replace(&format!("${number}"), &written);
        }
        ensure!(!text.contains('$'), "a parameter is missing in {text}");
        script += &format!("{};\n", text.replace('\n', " "));
    }
    Ok((script, variables))
}

/// Lines that begin with a tab belong to the one before.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(last)) => {
                last.push('\n');
                last.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `2026-11-21 20:00:00.000 UTC [123] LOG:  …`: the backend, the kind and what is said.
fn split(entry: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = entry.split_once('[')?;
    let (backend, rest) = rest.split_once("] ")?;
    let (kind, said) = rest.split_once(":  ")?;
    Some((backend, kind, said))
}

/// `statement: …` of a simple query, `execute sqlx_s_1: …` of a prepared one.
fn statement(said: &str) -> Option<&str> {
    if let Some(text) = said.strip_prefix("statement: ") {
        return Some(text.trim());
    }
    let (_, text) = said.strip_prefix("execute ")?.split_once(": ")?;
    Some(text.trim())
}

/// `$1 = 'it''s', $2 = NULL`
fn parameters(given: &str) -> Vec<Option<String>> {
    let (mut values, mut rest) = (Vec::new(), given);
    while let Some((_, value)) = rest.split_once(" = ") {
        if let Some(after) = value.strip_prefix("NULL") {
            values.push(None);
            rest = after;
            continue;
        }
        let (mut text, mut letters) = (String::new(), value.char_indices().skip(1).peekable());
        let mut end = value.len();
        while let Some((place, letter)) = letters.next() {
            if letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_none() {
                end = place + 1;
                break;
            }
            text.push(letter);
        }
        values.push(Some(text));
        rest = &value[end..];
    }
    values
}
