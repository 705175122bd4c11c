use std::{fmt, str::FromStr};

use super::{EmploymentKind, UnknownWord};

const PPPK_GRADES: [&str; 17] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV",
    "XVI", "XVII",
];

/// Pangkat/golongan: `III/b` of a PNS, `IX` of a PPPK. Ordered within a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Group 1 to 4 and room `a` to `d` (`e` in group 4).
    Pns { group: u8, room: char },
    /// Grade 1 to 17.
    Pppk { grade: u8 },
}

impl Rank {
    /// Whether somebody of this kind holds a rank of this form.
    pub fn fits(self, kind: EmploymentKind) -> bool {
        match kind {
            EmploymentKind::Pns | EmploymentKind::Cpns => matches!(self, Self::Pns { .. }),
            EmploymentKind::Pppk | EmploymentKind::PppkPartTime => {
                matches!(self, Self::Pppk { .. })
            }
            EmploymentKind::StateOfficial => false,
        }
    }
}

impl FromStr for Rank {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (roman, room) = text.split_once('/').map_or((text, None), |(r, room)| (r, Some(room)));
        let number = PPPK_GRADES.iter().position(|grade| *grade == roman).ok_or(UnknownWord)? + 1;
        let number = u8::try_from(number).map_err(|_| UnknownWord)?;
        match room {
            None => Ok(Self::Pppk { grade: number }),
            Some(room @ ("a" | "b" | "c" | "d")) if number <= 4 => {
                Ok(Self::Pns { group: number, room: room.chars().next().ok_or(UnknownWord)? })
            }
            Some("e") if number == 4 => Ok(Self::Pns { group: 4, room: 'e' }),
            Some(_) => Err(UnknownWord),
        }
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Pns { group, room } => {
                write!(f, "{}/{room}", PPPK_GRADES[usize::from(group) - 1])
            }
            Self::Pppk { grade } => f.write_str(PPPK_GRADES[usize::from(grade) - 1]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_pns_go_from_1a_to_4e() {
        let rank = |text: &str| text.parse::<Rank>();
        assert!(rank("I/a").ok() < rank("III/b").ok() && rank("III/b").ok() < rank("IV/e").ok());
        for text in ["III/e", "V/a", "III/", "iii/a", "0/a", "IV/f", "IIII/a"] {
            assert_eq!(rank(text), Err(UnknownWord), "{text}");
        }
    }

    #[test]
    fn a_rank_is_of_one_kind_of_employment() {
        let rank: Rank = "IX".parse().expect("a grade");
        assert!(rank.fits(EmploymentKind::Pppk) && !rank.fits(EmploymentKind::Pns));
        assert_eq!(rank.to_string(), "IX");
    }
}
