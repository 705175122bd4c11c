//! Statuses that tonic and the transport make up by themselves, in our words.

use http::HeaderMap;
use kinerja_proto::common::v1::Reason;
use tonic::{Code, Status};

use crate::errors::{overload, refusal, try_again};

const DETAILS: &str = "grpc-status-details-bin";
const STATUS: &str = "grpc-status";

pub(super) fn overloaded() -> Status {
    overload("the server has as many calls under way as it takes")
}

pub(super) fn deadline_exceeded() -> Status {
    refusal(Code::DeadlineExceeded, Reason::DeadlineExceeded, "the deadline has passed")
}

pub(super) fn unknown_method() -> Status {
    refusal(Code::Unimplemented, Reason::Unimplemented, "there is no such method")
}

pub(super) fn internal() -> Status {
    refusal(Code::Internal, Reason::Internal, "internal error")
}

pub(super) fn message_too_large(limit: usize) -> Status {
    let message = format!("a request message has at most {limit} bytes");
    refusal(Code::InvalidArgument, Reason::InvalidFields, message)
}

pub(super) fn closing() -> Status {
    try_again(Code::Unavailable, Reason::NeighbourUnavailable, "the server is shutting down")
}

/// The status in headers or trailers, if there is one.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

/// Rewrites a failure without details, which none of our code makes, as one with a reason.
pub(super) fn translate(headers: &mut HeaderMap) {
    let bare = code(headers).is_some_and(|code| code != Code::Ok) && !headers.contains_key(DETAILS);
    let Some(theirs) = bare.then(|| Status::from_header_map(headers)).flatten() else { return };
    let ours = in_our_words(&theirs);
    // A status that does not fit into headers stays as it was.
    let _ = ours.add_header(headers);
}

fn in_our_words(theirs: &Status) -> Status {
    match theirs.code() {
        // What tonic says of a message that is longer than it takes.
        Code::OutOfRange => refusal(Code::InvalidArgument, Reason::InvalidFields, theirs.message()),
        Code::ResourceExhausted => overloaded(),
        Code::DeadlineExceeded => deadline_exceeded(),
        // Of a known method: a compression that we do not speak.
        Code::Unimplemented => {
            refusal(Code::Unimplemented, Reason::Unimplemented, theirs.message())
        }
        // A request that is not the message it should be.
        Code::Internal if theirs.message().starts_with("failed to decode Protobuf message") => {
            let message = "the request is not a message of this method";
            refusal(Code::InvalidArgument, Reason::InvalidFields, message)
        }
        Code::Cancelled => refusal(Code::Cancelled, Reason::Internal, "the call was cancelled"),
        Code::Unavailable => closing(),
        code => {
            tracing::error!(?code, message = theirs.message(), "a failure without a reason");
            refusal(code, Reason::Internal, "internal error")
        }
    }
}
