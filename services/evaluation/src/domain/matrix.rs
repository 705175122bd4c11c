//! The nine cells (rule K8).

use super::rating::{Predicate, Rating};

/// What two ratings come to, for every pair of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix([[Predicate; 3]; 3]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub results: Rating,
    pub behaviour: Rating,
    pub predicate: Predicate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("each of the nine cells must be there once")]
pub struct NotNineCells;

impl Matrix {
    pub fn cell(&self, results: Rating, behaviour: Rating) -> Predicate {
        self.0[place(results)][place(behaviour)]
    }

    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        Rating::ALL.into_iter().flat_map(move |results| {
            Rating::ALL.into_iter().map(move |behaviour| Cell {
                results,
                behaviour,
                predicate: self.cell(results, behaviour),
            })
        })
    }
}

impl TryFrom<&[Cell]> for Matrix {
    type Error = NotNineCells;

    fn try_from(cells: &[Cell]) -> Result<Self, Self::Error> {
        let mut known = [[None; 3]; 3];
        for cell in cells {
            let place = &mut known[place(cell.results)][place(cell.behaviour)];
            if place.replace(cell.predicate).is_some() {
                return Err(NotNineCells);
            }
        }
        let mut matrix = [[Predicate::Good; 3]; 3];
        for (row, known) in matrix.iter_mut().zip(known) {
            for (cell, known) in row.iter_mut().zip(known) {
                *cell = known.ok_or(NotNineCells)?;
            }
        }
        Ok(Self(matrix))
    }
}

fn place(rating: Rating) -> usize {
    match rating {
        Rating::Above => 0,
        Rating::Meets => 1,
        Rating::Below => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::shipped;

    #[test]
    fn all_nine_cells_are_those_of_the_regulation() {
        use Predicate::{Good, NeedsImprovement, Poor, VeryGood, VeryPoor};
        use Rating::{Above, Below, Meets};
        let matrix = shipped().matrix;
        // Results, then behaviour: the matrix is not symmetric.
        for (results, behaviour, predicate) in [
            (Above, Above, VeryGood),
            (Above, Meets, Good),
            (Above, Below, Poor),
            (Meets, Above, Good),
            (Meets, Meets, Good),
            (Meets, Below, Poor),
            (Below, Above, NeedsImprovement),
            (Below, Meets, NeedsImprovement),
            (Below, Below, VeryPoor),
        ] {
            assert_eq!(matrix.cell(results, behaviour), predicate, "{results:?} {behaviour:?}");
        }
    }

    #[test]
    fn a_matrix_has_each_cell_once() {
        let cells: Vec<Cell> = shipped().matrix.cells().collect();
        assert_eq!(Matrix::try_from(cells.as_slice()), Ok(shipped().matrix));
        assert_eq!(Matrix::try_from(&cells[1..]), Err(NotNineCells));
        let twice: Vec<Cell> = cells.iter().chain(&cells[..1]).copied().collect();
        assert_eq!(Matrix::try_from(twice.as_slice()), Err(NotNineCells));
    }
}
