use jiff::civil::Date;
use kinerja_kit::id::Id;

pub type PublicServiceId = Id<PublicService>;

/// What the government does for the public (layanan), with the standard it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicService {
    pub id: PublicServiceId,
    pub name: String,
    pub product: String,
    pub promise: Promise,
    pub fee: String,
    pub requirements: String,
    pub opens_on: Date,
    /// The first day on which it is not offered any more.
    pub closes_on: Option<Date>,
    pub revision: i64,
}

/// How long it takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    WorkingDays(i32),
    /// At the counter.
    Minutes(i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service is closed")]
pub struct Closed;

impl Promise {
    pub fn working_days(self) -> Option<i32> {
        if let Self::WorkingDays(days) = self { Some(days) } else { None }
    }

    pub fn minutes(self) -> Option<i32> {
        if let Self::Minutes(minutes) = self { Some(minutes) } else { None }
    }
}

impl PublicService {
    pub fn close(self, closes_on: Date) -> Result<Self, Closed> {
        if self.closes_on.is_some() {
            return Err(Closed);
        }
        Ok(Self { closes_on: Some(closes_on), revision: self.revision + 1, ..self })
    }

    /// Whether a post may answer for it from a day on.
    pub fn is_open(&self, on: Date) -> bool {
        self.closes_on.is_none_or(|closes| on < closes)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_service_is_closed_once() {
        let service = PublicService {
            id: uuid::Uuid::nil().into(),
            name: "Izin".into(),
            product: "Surat izin".into(),
            promise: Promise::WorkingDays(5),
            fee: "tidak dipungut biaya".into(),
            requirements: String::new(),
            opens_on: date(2026, 1, 1),
            closes_on: None,
            revision: 1,
        };
        let closed = service.close(date(2026, 7, 1)).expect("open");
        assert!(closed.is_open(date(2026, 6, 30)) && !closed.is_open(date(2026, 7, 1)));
        assert_eq!(closed.close(date(2026, 8, 1)), Err(Closed));
    }
}
