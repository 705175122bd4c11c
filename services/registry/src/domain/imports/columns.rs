//! The columns of a personnel export.

/// A column that the import reads. The discriminant is its place in [`Column::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Column {
    IdentityNumber,
    Name,
    EmploymentKind,
    BirthDate,
    Rank,
    RankFrom,
    Status,
    StatusFrom,
    UnitCode,
    UnitName,
    ParentUnitCode,
    UnitKind,
    Position,
    PositionKind,
    PositionLevel,
    PositionClass,
    HeadsUnit,
    AssignmentKind,
    AssignmentFrom,
    Superior,
}

pub const COLUMNS: usize = 20;

impl Column {
    /// In the order of the published list, which is that of an export.
    pub const ALL: [Self; COLUMNS] = [
        Self::IdentityNumber,
        Self::Name,
        Self::EmploymentKind,
        Self::BirthDate,
        Self::Rank,
        Self::RankFrom,
        Self::Status,
        Self::StatusFrom,
        Self::UnitCode,
        Self::UnitName,
        Self::ParentUnitCode,
        Self::UnitKind,
        Self::Position,
        Self::PositionKind,
        Self::PositionLevel,
        Self::PositionClass,
        Self::HeadsUnit,
        Self::AssignmentKind,
        Self::AssignmentFrom,
        Self::Superior,
    ];

    /// Without these a file is no personnel export.
    pub const OBLIGATORY: [Self; 3] = [Self::IdentityNumber, Self::Name, Self::EmploymentKind];

    /// The heading of the published list.
    pub fn heading(self) -> &'static str {
        self.spellings().0
    }

    /// The column under a heading; case, spaces, `_` and `-` do not matter.
    pub fn of(heading: &str) -> Option<Self> {
        let asked = plain(heading);
        Self::ALL.into_iter().find(|column| {
            let (indonesian, english) = column.spellings();
            asked == plain(indonesian) || asked == plain(english)
        })
    }

    pub fn index(self) -> usize {
        self as usize
    }

    fn spellings(self) -> (&'static str, &'static str) {
        match self {
            Self::IdentityNumber => ("NIP", "identity_number"),
            Self::Name => ("NAMA", "name"),
            Self::EmploymentKind => ("JENIS_PEGAWAI", "employment_kind"),
            Self::BirthDate => ("TANGGAL_LAHIR", "birth_date"),
            Self::Rank => ("GOLONGAN", "rank"),
            Self::RankFrom => ("TMT_GOLONGAN", "rank_from"),
            Self::Status => ("STATUS", "employee_status"),
            Self::StatusFrom => ("TMT_STATUS", "status_from"),
            Self::UnitCode => ("KODE_UNIT", "unit_code"),
            Self::UnitName => ("NAMA_UNIT", "unit_name"),
            Self::ParentUnitCode => ("KODE_UNIT_INDUK", "parent_unit_code"),
            Self::UnitKind => ("JENIS_UNIT", "unit_kind"),
            Self::Position => ("JABATAN", "position"),
            Self::PositionKind => ("JENIS_JABATAN", "position_kind"),
            Self::PositionLevel => ("JENJANG", "position_level"),
            Self::PositionClass => ("KELAS", "position_class"),
            Self::HeadsUnit => ("KEPALA_UNIT", "heads_unit"),
            Self::AssignmentKind => ("JENIS_PENEMPATAN", "assignment_kind"),
            Self::AssignmentFrom => ("TMT_JABATAN", "assignment_from"),
            Self::Superior => ("NIP_ATASAN", "superior"),
        }
    }
}

fn plain(heading: &str) -> String {
    let letters = heading.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_stands_at_the_place_of_its_discriminant() {
        for (place, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), place);
        }
    }

    #[test]
    fn a_heading_is_read_in_any_case_and_spacing() {
        for heading in ["TMT_GOLONGAN", "tmt golongan", " Tmt-Golongan ", "rank from"] {
            assert_eq!(Column::of(heading), Some(Column::RankFrom), "{heading}");
        }
        assert_eq!(Column::of("GAJI POKOK"), None);
    }
}
