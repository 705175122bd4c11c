//! What can go wrong in a use case, by kind, and how each kind looks on the wire.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use kinerja_proto::{Reason, common::v1::Reason as Common};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::pool;

/// SQLSTATE of a write to a replica.
const READ_ONLY: &str = "25006";

/// A sentence for the caller, lower case, without full stop and without personal data.
pub type Message = Cow<'static, str>;

/// How soon a caller may try again what failed for want of a neighbour or of room.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Why a use case failed. `R` is the reason enum of the service's proto.
#[derive(Debug, thiserror::Error)]
pub enum Error<R: Reason> {
    #[error("{1}")]
    NotFound(R, Message),
    #[error("{1}")]
    Taken(R, Message),
    #[error("{1}")]
    WrongState(R, Message),
    #[error("{1}")]
    Forbidden(R, Message),
    /// An argument that is well formed and yet cannot be.
    #[error("{1}")]
    Refused(R, Message),
    #[error("the resource was changed since it was read")]
    Stale,
    #[error("the request id was used before with other arguments")]
    RequestIdReused,
    #[error("the request has invalid fields")]
    Invalid(Vec<FieldViolation>),
    /// A neighbour's answer, or that there was none.
    #[error("a neighbouring service failed")]
    Elsewhere(Box<Status>),
    /// Refused before the use case began: no tenant, or not the caller's business.
    #[error("{0}")]
    Denied(Box<Status>),
    #[error("too much is under way")]
    Overload,
    #[error("storage failed")]
    Storage(#[source] sqlx::Error),
}

impl<R: Reason> Error<R> {
    pub fn not_found(reason: R, message: impl Into<Message>) -> Self {
        Self::NotFound(reason, message.into())
    }

    pub fn taken(reason: R, message: impl Into<Message>) -> Self {
        Self::Taken(reason, message.into())
    }

    pub fn wrong_state(reason: R, message: impl Into<Message>) -> Self {
        Self::WrongState(reason, message.into())
    }

    pub fn forbidden(reason: R, message: impl Into<Message>) -> Self {
        Self::Forbidden(reason, message.into())
    }

    pub fn refused(reason: R, message: impl Into<Message>) -> Self {
        Self::Refused(reason, message.into())
    }

    /// A neighbour's failure: trouble on the way is UNAVAILABLE for our caller too, an answer is passed on.
    pub fn elsewhere(status: Status) -> Self {
        Self::Elsewhere(Box::new(status))
    }
}

impl<R: Reason> From<sqlx::Error> for Error<R> {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Overload,
            error => Self::Storage(error),
        }
    }
}

impl<R: Reason> From<Status> for Error<R> {
    fn from(status: Status) -> Self {
        Self::Denied(Box::new(status))
    }
}

impl<R: Reason> From<Error<R>> for Status {
    fn from(error: Error<R>) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound(reason, _) => refusal(Code::NotFound, reason, message),
            Error::Taken(reason, _) => refusal(Code::AlreadyExists, reason, message),
            Error::WrongState(reason, _) => refusal(Code::FailedPrecondition, reason, message),
            Error::Forbidden(reason, _) => refusal(Code::PermissionDenied, reason, message),
            Error::Refused(reason, _) => refusal(Code::InvalidArgument, reason, message),
            Error::Stale => refusal(Code::Aborted, Common::EtagMismatch, message),
            Error::RequestIdReused => {
                refusal(Code::InvalidArgument, Common::RequestIdReused, message)
            }
            Error::Invalid(faults) => invalid(faults),
            Error::Elsewhere(status) => elsewhere(*status),
            Error::Denied(status) => *status,
            Error::Overload => overload(message),
            Error::Storage(error) => storage(&error),
        }
    }
}

/// A refusal with its reason, as every caller may rely on it.
pub fn refusal<R: Reason>(code: Code, reason: R, message: impl Into<String>) -> Status {
    let details =
        ErrorDetails::with_error_info(reason.name(), R::DOMAIN, HashMap::<_, String>::new());
    Status::with_error_details(code, message, details)
}

/// A refusal that asks the caller to come back.
pub fn try_again(code: Code, reason: Common, message: impl Into<String>) -> Status {
    let mut details =
        ErrorDetails::with_error_info(reason.name(), Common::DOMAIN, HashMap::<_, String>::new());
    details.set_retry_info(Some(TRY_AGAIN));
    Status::with_error_details(code, message, details)
}

/// INVALID_ARGUMENT that names every faulty field.
pub fn invalid(faults: Vec<FieldViolation>) -> Status {
    let reason = Common::InvalidFields;
    let mut details = ErrorDetails::with_bad_request(faults);
    details.set_error_info(reason.name(), Common::DOMAIN, HashMap::<_, String>::new());
    Status::with_error_details(Code::InvalidArgument, "the request has invalid fields", details)
}

pub(crate) fn overload(message: impl Into<String>) -> Status {
    try_again(Code::ResourceExhausted, Common::Overloaded, message)
}

fn elsewhere(status: Status) -> Status {
    let answered = !matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::Internal
            | Code::ResourceExhausted
            | Code::Unauthenticated
    );
    if answered {
        return status;
    }
    tracing::warn!(code = ?status.code(), message = status.message(), "a neighbour did not answer");
    try_again(
        Code::Unavailable,
        Common::NeighbourUnavailable,
        "a service that is needed does not answer",
    )
}

fn storage(error: &sqlx::Error) -> Status {
    if sqlstate(error).as_deref() == Some(READ_ONLY) {
        pool::drop_older_connections();
    }
    if is_passing(error) {
        tracing::warn!(error = error as &dyn std::error::Error, "the database does not do it now");
        let reason = Common::StorageUnavailable;
        return try_again(Code::Unavailable, reason, "storage is not available");
    }
    tracing::error!(error = error as &dyn std::error::Error, "the call failed");
    refusal(Code::Internal, Common::Internal, "internal error")
}

/// Whether the database went away, or is becoming another: the same call may succeed a little later.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // Classes 08 connection, 40 rollback, 53 resources, 57P administration.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["08", "40", "53", "57P", READ_ONLY].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

fn sqlstate(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
}

/// The name of the constraint that a statement violated.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|error| error.constraint())
}
