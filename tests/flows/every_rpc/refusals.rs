//! Whether somebody was answered as is right. What is wrong is told in words.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::scenario::Step;

pub(crate) type Answer = Result<Vec<Value>, Status>;

/// What only our government has and is not named by a UUID.
const OURS: [&str; 7] = [
    "12.76",
    "T.IZN.01",
    "T.TMP.01",
    "TT-2027",
    "Proklamasi",
    "199205142019032001",
    "199306152019031002",
];

pub(super) fn refused(answer: &Answer, wanted: Code, step: &Step, who: &str) -> Option<String> {
    match answer {
        Err(status) if status.code() == wanted && status.get_details_error_info().is_some() => None,
        Err(status) => Some(format!(
            "{} answers {who} {:?} instead of {wanted:?}: {}",
            step.rpc,
            status.code(),
            status.message()
        )),
        Ok(_) => Some(format!("{} serves {who}", step.rpc)),
    }
}

/// The other government's answer has no row of the many that ours has, and says so of each.
pub(super) fn no_row_found(answer: &Answer, own: &[Value], step: &Step) -> Option<String> {
    let rows = own.iter().flat_map(lists).map(Vec::len).sum::<usize>();
    let shown = text(answer.as_deref().unwrap_or_default());
    let refused = shown.matches("_NOT_FOUND\"").count();
    (rows == 0 || refused != rows)
        .then(|| format!("{} serves another government one of {rows} rows: {shown}", step.rpc))
}

/// The other government sees nothing that is in our answer or was in one before.
pub(super) fn shows_nothing<'k>(
    answer: &Answer,
    own: &[Value],
    kept: impl Iterator<Item = &'k str>,
    step: &Step,
) -> Option<String> {
    let shown = match answer {
        Ok(shown) => text(shown),
        Err(status) if status.code() == Code::NotFound => return None,
        Err(status) => return Some(format!("{} answers another government {status:?}", step.rpc)),
    };
    let own = text(own);
    let mut ours: BTreeSet<&str> = kept.filter(|kept| is_id(kept)).collect();
    ours.extend(words(&own).filter(|word| is_id(word)));
    let files: String = words(&shown).map(unpacked).collect();
    let leak = words(&shown).find(|word| ours.contains(word));
    let leak =
        leak.or_else(|| OURS.into_iter().find(|o| shown.contains(o) || files.contains(o)))?;
    Some(format!("{} shows another government {leak}", step.rpc))
}

/// The other government is told of ours what it is told of what nobody has.
pub(super) fn as_of_nobodys(answer: &Answer, nobodys: &Answer, step: &Step) -> Option<String> {
    let (told, told_of_nobody) = (told(answer, step), told(nobodys, step));
    (told != told_of_nobody).then(|| {
        format!("{} answers another government {told} instead of {told_of_nobody}", step.rpc)
    })
}

/// An answer without the ids in it; of what was made anew, that it was made.
fn told(answer: &Answer, step: &Step) -> String {
    match answer {
        Ok(_) if step.rpc.contains("/Create") => "made".to_owned(),
        Ok(answers) => {
            let text = text(answers);
            let masked: Vec<&str> =
                text.split('"').map(|word| if is_id(word) { "id" } else { word }).collect();
            masked.join("\"")
        }
        Err(status) => {
            let reason = status.get_details_error_info().map(|info| info.reason);
            format!("{:?} {reason:?}", status.code())
        }
    }
}

/// What is in a piece of a file, which is base64 in JSON.
fn unpacked(word: &str) -> String {
    let bytes = BASE64_STANDARD.decode(word).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn lists(answer: &Value) -> impl Iterator<Item = &Vec<Value>> {
    answer.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_array)
}

fn text(answers: &[Value]) -> String {
    answers.iter().map(Value::to_string).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('"')
}

fn is_id(word: &str) -> bool {
    word.len() == 36 && word.parse::<Uuid>().is_ok()
}
