//! What policy makes of the seven core values (rule K7).

use super::rating::{Proposal, Rating, Tally};

/// Behaviour below expectation is never proposed: it takes a named fact and a human.
///
/// `above_from` of the seven must be above for the whole to be.
pub fn propose(above_from: u8, tally: Tally) -> Proposal {
    if tally.below > 0 {
        Proposal::RaterDecides
    } else if tally.above >= u16::from(above_from) {
        Proposal::Rate(Rating::Above)
    } else {
        Proposal::Rate(Rating::Meets)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::domain::policy::shipped;

    fn proposed(above: u16, meets: u16, below: u16) -> Proposal {
        propose(shipped().parameters.behaviour_above_from, Tally { above, meets, below })
    }

    #[test]
    fn four_above_and_none_below_are_above() {
        assert_eq!(proposed(4, 3, 0), Proposal::Rate(Rating::Above));
        assert_eq!(proposed(7, 0, 0), Proposal::Rate(Rating::Above));
    }

    #[test]
    fn three_above_meet_expectation() {
        assert_eq!(proposed(3, 4, 0), Proposal::Rate(Rating::Meets));
        assert_eq!(proposed(0, 7, 0), Proposal::Rate(Rating::Meets));
    }

    #[test]
    fn one_below_leaves_it_to_the_rater() {
        assert_eq!(proposed(6, 0, 1), Proposal::RaterDecides);
        assert_eq!(proposed(0, 0, 7), Proposal::RaterDecides);
    }

    proptest! {
        #[test]
        fn below_is_never_proposed(ratings in vec(select(&Rating::ALL[..]), 7)) {
            let tally = ratings.into_iter().collect();
            let proposal = propose(shipped().parameters.behaviour_above_from, tally);
            prop_assert_ne!(proposal, Proposal::Rate(Rating::Below));
        }
    }
}
