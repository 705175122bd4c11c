//! Why somebody rates, as a sentence for people.

use super::reporting_line::{Basis, Cause, Official, PassedOver, Resolution};

impl Resolution {
    pub fn indonesian(&self) -> String {
        let rater = described(&self.rater);
        let basis = match &self.basis {
            Basis::ExplicitLine => "ditetapkan khusus untuk pegawai ini".to_owned(),
            Basis::HeadOfUnit { unit_name, is_own: true, .. } => format!("memimpin {unit_name}"),
            Basis::HeadOfUnit { unit_name, is_own: false, .. } => {
                format!("memimpin {unit_name}, unit di atasnya")
            }
            Basis::RecusalDelegate { instrument } => {
                format!(
                    "ditunjuk dengan surat nomor {} karena penilai mengundurkan diri",
                    instrument.number
                )
            }
        };
        let mut sentence = format!("{rater} menilai karena {basis}");
        if let Some(instrument) = self.delegation() {
            sentence += &format!(", dengan pendelegasian wewenang nomor {}", instrument.number);
        }
        for passed in &self.passed_over {
            sentence += &format!("; {}", passed.indonesian());
        }
        sentence + "."
    }

    pub fn english(&self) -> String {
        let rater = described(&self.rater);
        let basis = match &self.basis {
            Basis::ExplicitLine => "by a line set for this person".to_owned(),
            Basis::HeadOfUnit { unit_name, is_own: true, .. } => format!("as head of {unit_name}"),
            Basis::HeadOfUnit { unit_name, is_own: false, .. } => {
                format!("as head of {unit_name}, a unit above")
            }
            Basis::RecusalDelegate { instrument } => {
                format!("by instrument {}, since the rater stands aside", instrument.number)
            }
        };
        let mut sentence = format!("{rater} rates {basis}");
        if let Some(instrument) = self.delegation() {
            sentence += &format!(", with authority delegated by {}", instrument.number);
        }
        for passed in &self.passed_over {
            sentence += &format!("; {}", passed.english());
        }
        sentence + "."
    }

    fn delegation(&self) -> Option<&super::reporting_line::Instrument> {
        self.rater.office.as_ref().and_then(|office| office.delegation.as_ref())
    }
}

impl PassedOver {
    fn indonesian(&self) -> String {
        let (who, unit) = (self.who(), self.unit_name());
        match self.cause {
            Cause::Vacant => format!("pimpinan {unit} kosong"),
            Cause::NotEligible => {
                format!("{who} bukan pejabat penilai tanpa pendelegasian wewenang")
            }
            Cause::Oneself => format!("{who} tidak menilai diri sendiri"),
            Cause::Recused => format!("{who} mengundurkan diri sebagai penilai"),
            Cause::Subordinate => format!("{who} dinilai oleh pegawai ini"),
            Cause::NotInOffice => format!("{who} tidak menduduki jabatan pada tanggal itu"),
        }
    }

    fn english(&self) -> String {
        let (who, unit) = (self.who(), self.unit_name());
        match self.cause {
            Cause::Vacant => format!("nobody heads {unit}"),
            Cause::NotEligible => format!("{who} may not rate without delegation"),
            Cause::Oneself => format!("{who} never rates oneself"),
            Cause::Recused => format!("{who} stands aside"),
            Cause::Subordinate => format!("{who} is rated by this person"),
            Cause::NotInOffice => format!("{who} holds no position on that day"),
        }
    }

    fn who(&self) -> &str {
        self.official.as_ref().map_or("", |(_, name)| name)
    }

    fn unit_name(&self) -> &str {
        self.unit.as_ref().map_or("", |(_, name)| name)
    }
}

fn described(official: &Official) -> String {
    let capacity = official.office.as_ref().map_or(String::new(), |office| match office.capacity {
        super::AssignmentKind::Definitive => format!(" ({})", office.position_name),
        super::AssignmentKind::Plt => format!(" (Plt. {})", office.position_name),
        super::AssignmentKind::Plh => format!(" (Plh. {})", office.position_name),
    });
    format!("{}{capacity}", official.name)
}
