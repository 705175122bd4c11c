use std::{fmt, str::FromStr};

use jiff::civil::{Date, date};

use super::EmploymentKind;

const LENGTH: usize = 18;
/// Nobody is appointed before this age.
const YOUNGEST: i16 = 17;
/// What stands where a month stands in a PNS number is, in a PPPK number, at least this.
const FIRST_CONTRACT: i8 = 21;

/// NIP of a PNS (Perka BKN 22/2007) or NI PPPK: 18 digits whose parts make sense. It reveals birth
/// date and sex, so `Debug` masks it; a person's number may change, so it is never a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityNumber(String);

/// The two forms, told apart by what stands after the year of appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberForm {
    /// With the month of appointment as CPNS.
    Pns { month: i8 },
    /// With the number of the contract, from 21 on.
    Pppk { contract: i8 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIdentityNumber {
    #[error("must have 18 digits")]
    Length,
    #[error("must begin with a birth date (YYYYMMDD)")]
    BirthDate,
    #[error("must name the year of appointment in digits 9 to 12, at least 17 years after birth")]
    Appointment,
    #[error("must have in digits 13 and 14 a month (PNS) or a contract number from 21 on (PPPK)")]
    MonthOrContract,
    #[error("must have 1 (male) or 2 (female) as its digit 15")]
    Sex,
    #[error("must end with a serial number from 001 on")]
    Serial,
}

impl IdentityNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn birth_date(&self) -> Date {
        birth_date(&self.0).expect("checked when it was made")
    }

    pub fn sex(&self) -> Sex {
        if self.0.as_bytes()[14] == b'1' { Sex::Male } else { Sex::Female }
    }

    pub fn form(&self) -> NumberForm {
        form(&self.0).expect("checked when it was made")
    }

    /// The first day of the month (PNS) or year (PPPK) of appointment that the number names.
    pub fn appointed_on(&self) -> Option<Date> {
        let month = if let NumberForm::Pns { month } = self.form() { month } else { 1 };
        Date::new(self.0[8..12].parse().ok()?, month, 1).ok()
    }

    /// Whether somebody of this kind has a number of this form.
    pub fn fits(&self, kind: EmploymentKind) -> bool {
        match kind {
            EmploymentKind::Pns | EmploymentKind::Cpns => {
                matches!(self.form(), NumberForm::Pns { .. })
            }
            EmploymentKind::Pppk | EmploymentKind::PppkPartTime => {
                matches!(self.form(), NumberForm::Pppk { .. })
            }
            EmploymentKind::StateOfficial => false,
        }
    }

    /// What others see: the serial number alone.
    pub fn masked(&self) -> String {
        format!("{}{}", "*".repeat(LENGTH - 3), &self.0[LENGTH - 3..])
    }
}

impl FromStr for IdentityNumber {
    type Err = NotAnIdentityNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != LENGTH || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnIdentityNumber::Length);
        }
        let birth = birth_date(text).ok_or(NotAnIdentityNumber::BirthDate)?;
        let form = form(text).ok_or(NotAnIdentityNumber::MonthOrContract)?;
        let year: i16 = text[8..12].parse().map_err(|_| NotAnIdentityNumber::Appointment)?;
        if !is_old_enough(birth, year, form) {
            return Err(NotAnIdentityNumber::Appointment);
        }
        if !matches!(text.as_bytes()[14], b'1' | b'2') {
            return Err(NotAnIdentityNumber::Sex);
        }
        if &text[15..] == "000" {
            return Err(NotAnIdentityNumber::Serial);
        }
        Ok(Self(text.to_owned()))
    }
}

fn birth_date(digits: &str) -> Option<Date> {
    let year: i16 = digits[..4].parse().ok()?;
    let birth = Date::new(year, digits[4..6].parse().ok()?, digits[6..8].parse().ok()?).ok()?;
    (birth >= date(1900, 1, 1)).then_some(birth)
}

fn form(digits: &str) -> Option<NumberForm> {
    match digits[12..14].parse().ok()? {
        month @ 1..=12 => Some(NumberForm::Pns { month }),
        contract if contract >= FIRST_CONTRACT => Some(NumberForm::Pppk { contract }),
        _ => None,
    }
}

fn is_old_enough(birth: Date, year: i16, form: NumberForm) -> bool {
    // Of a contract only the year is known: its last day.
    let month = if let NumberForm::Pns { month } = form { month } else { 12 };
    let Ok(appointed) = Date::new(year, month, 1) else { return false };
    (birth.year() + YOUNGEST, birth.month()) <= (appointed.year(), appointed.month())
        && appointed.year() <= birth.year() + 70
}

impl fmt::Display for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> IdentityNumber {
        text.parse().expect("an identity number")
    }

    #[test]
    fn a_pns_number_tells_birth_month_and_sex() {
        let nip = number("198609262015051001");
        assert_eq!(nip.birth_date(), date(1986, 9, 26));
        assert_eq!((nip.form(), nip.sex()), (NumberForm::Pns { month: 5 }, Sex::Male));
    }

    #[test]
    fn a_pppk_number_tells_its_contract() {
        let number = number("199003122022212004");
        assert_eq!((number.form(), number.sex()), (NumberForm::Pppk { contract: 21 }, Sex::Female));
        assert!(number.fits(EmploymentKind::PppkPartTime) && !number.fits(EmploymentKind::Pns));
    }

    #[test]
    fn each_part_that_cannot_be_is_named() {
        use NotAnIdentityNumber as Not;
        for (text, fault) in [
            ("1.98501E+17", Not::Length),
            ("19860926 201505 1 001", Not::Length),
            ("198613262015051001", Not::BirthDate),
            ("198602302015051001", Not::BirthDate),
            ("198609262015131001", Not::MonthOrContract),
            ("198609262015001001", Not::MonthOrContract),
            ("198609262003081001", Not::Appointment),
            ("198609262070081001", Not::Appointment),
            ("198609262015053001", Not::Sex),
            ("198609262015051000", Not::Serial),
        ] {
            assert_eq!(text.parse::<IdentityNumber>(), Err(fault), "{text}");
        }
    }

    #[test]
    fn only_the_serial_number_is_shown_to_others() {
        assert_eq!(number("198609262015051007").masked(), "***************007");
        assert_eq!(format!("{:?}", number("198609262015051007")), "***************007");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail_otherwise_than_by_a_refusal(text in "\\PC{0,20}") {
            let _ = text.parse::<IdentityNumber>();
        }

        #[test]
        fn what_was_read_is_what_is_written(birth in 0_i32..20_000, wait in 18_i16..60, serial in 1_u16..1000) {
            let birth = date(1930, 1, 1).saturating_add(jiff::Span::new().days(birth));
            let year = birth.year() + wait;
            let text = format!("{}{year}031{serial:03}", birth.strftime("%Y%m%d"));
            prop_assert_eq!(number(&text).to_string(), text);
        }
    }
}
