//! That an employee has a rating in hand.

use std::str::FromStr;

use jiff::Timestamp;

use super::word::{self, UnknownWord};

/// That the employee has the rating in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub kind: ReceiptKind,
    pub received_at: Timestamp,
    pub note: Option<String>,
    pub objection_closes_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// By the employee.
    Acknowledged,
    /// By HR, of an employee who does not sign.
    Recorded,
}

const RECEIPT_KINDS: &[(ReceiptKind, &str)] =
    &[(ReceiptKind::Acknowledged, "ACKNOWLEDGED"), (ReceiptKind::Recorded, "RECORDED")];

impl ReceiptKind {
    pub fn word(self) -> &'static str {
        word::of(RECEIPT_KINDS, self)
    }
}

impl FromStr for ReceiptKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(RECEIPT_KINDS, text)
    }
}
