//! Finds reporting lines that lead back to where they began.

use std::collections::HashMap;

/// Who has whom for a superior; a later line of a person replaces an earlier one.
#[derive(Debug, Default)]
pub struct Lines {
    superior: HashMap<u64, (u64, Option<i64>)>,
}

impl Lines {
    /// `row` is `None` for a line of the registry.
    pub fn add(&mut self, number: u64, superior: u64, row: Option<i64>) {
        self.superior.insert(number, (superior, row));
    }

    /// The rows whose lines are part of a ring, in order.
    pub fn rows_in_rings(&self) -> Vec<i64> {
        // The walk by which a person was seen: whoever meets the own walk again is in a ring.
        let mut seen: HashMap<u64, usize> = HashMap::with_capacity(self.superior.len());
        let mut rows = Vec::new();
        for (walk, start) in self.superior.keys().enumerate() {
            let mut at = *start;
            loop {
                if let Some(earlier) = seen.get(&at) {
                    if *earlier == walk {
                        rows.extend(self.ring(at));
                    }
                    break;
                }
                seen.insert(at, walk);
                let Some((superior, _)) = self.superior.get(&at) else { break };
                at = *superior;
            }
        }
        rows.sort_unstable();
        rows
    }

    fn ring(&self, start: u64) -> Vec<i64> {
        let (mut rows, mut at) = (Vec::new(), start);
        while let Some((superior, row)) = self.superior.get(&at) {
            rows.extend(*row);
            at = *superior;
            if at == start {
                break;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(lines: &[(u64, u64, Option<i64>)]) -> Vec<i64> {
        let mut all = Lines::default();
        for (number, superior, row) in lines {
            all.add(*number, *superior, *row);
        }
        all.rows_in_rings()
    }

    #[test]
    fn the_rows_of_a_ring_are_named_and_those_that_lead_to_it_are_not() {
        let lines =
            [(1, 2, Some(1)), (2, 3, Some(2)), (3, 1, None), (4, 1, Some(4)), (5, 9, Some(5))];
        assert_eq!(rows(&lines), [1, 2]);
    }

    #[test]
    fn a_line_of_the_import_replaces_that_of_the_registry() {
        assert_eq!(rows(&[(1, 2, None), (2, 1, None), (2, 3, Some(7))]), Vec::<i64>::new());
    }

    proptest! {
        /// Without the rows that are named no ring is left.
        #[test]
        fn taking_the_named_rows_away_leaves_no_ring(
            lines in prop::collection::hash_map(0_u64..30, 0_u64..30, 0..30),
        ) {
            let all: Vec<_> = lines.iter().map(|(n, s)| (*n, *s, i64::try_from(*n).ok())).collect();
            let named = rows(&all);
            let rest: Vec<_> = all.into_iter().filter(|l| !l.2.is_some_and(|r| named.contains(&r))).collect();
            prop_assert_eq!(rows(&rest), Vec::<i64>::new());
        }
    }
}
