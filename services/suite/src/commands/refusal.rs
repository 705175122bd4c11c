//! What a service answered, as a sentence for who sits at a terminal.

use anyhow::anyhow;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The same failure of a call to `url`, with a way out; any other as it is.
pub(super) fn told(error: anyhow::Error, url: &str) -> anyhow::Error {
    match error.chain().find_map(|cause| cause.downcast_ref::<Status>()) {
        Some(status) => anyhow!(sentence(status, url)),
        None => error,
    }
}

fn sentence(status: &Status, url: &str) -> String {
    let message = status.message();
    match status.code() {
        Code::Unavailable => format!(
            "no suite answers at {url}: start one with `kinerja up`, or name its address with --url ({message})"
        ),
        Code::Unauthenticated => format!(
            "the suite at {url} does not know this token: name its folder with --data ({message})"
        ),
        Code::Unimplemented => {
            format!("{url} offers no such thing: it runs in production, or is another program")
        }
        _ if reason(status) == "TENANT_NOT_FOUND" => {
            format!("{message}: an operator creates it first, as README.md shows")
        }
        _ => {
            let faults = status.get_details_bad_request();
            let faults = faults.into_iter().flat_map(|bad| bad.field_violations);
            let faults = faults.map(|fault| format!("; {}: {}", fault.field, fault.description));
            format!("{message}{}", faults.collect::<String>())
        }
    }
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    const URL: &str = "http://127.0.0.1:7101";

    #[test]
    fn every_faulty_field_is_named() {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("as_of", "must be a date");
        let status = Status::with_error_details(Code::InvalidArgument, "invalid fields", details);
        assert_eq!(sentence(&status, URL), "invalid fields; as_of: must be a date");
    }

    #[test]
    fn what_is_no_answer_of_a_service_stays_as_it_is() {
        let error = told(anyhow!("no such file").context("cannot read x"), URL);
        assert_eq!(format!("{error:#}"), "cannot read x: no such file");
    }

    #[test]
    fn a_suite_that_is_not_there_can_be_started_or_named() {
        let said = told(Status::unavailable("refused").into(), URL).to_string();
        assert!(said.contains("`kinerja up`") && said.contains("--url"), "{said}");
    }
}
