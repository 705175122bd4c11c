use std::fmt;

/// A person's name with the titles that stand before and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    pub name: String,
    /// Such as `dr.`; may be empty.
    pub front_title: String,
    /// Such as `S.E., M.M.`; may be empty.
    pub back_title: String,
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.front_title.is_empty() {
            write!(f, "{} ", self.front_title)?;
        }
        f.write_str(&self.name)?;
        if !self.back_title.is_empty() {
            write!(f, ", {}", self.back_title)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_stand_round_the_name() {
        let name = |front: &str, back: &str| PersonName {
            name: "Siti Rahma".into(),
            front_title: front.into(),
            back_title: back.into(),
        };
        assert_eq!(name("dr.", "Sp.A.").to_string(), "dr. Siti Rahma, Sp.A.");
        assert_eq!(name("", "").to_string(), "Siti Rahma");
    }
}
