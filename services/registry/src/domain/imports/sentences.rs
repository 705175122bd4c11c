//! Faults in words, in the two languages of the product.

use super::faults::FaultCode as Code;

/// What is wrong and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    pub english: &'static str,
    pub indonesian: &'static str,
}

pub fn sentence(code: Code) -> Sentence {
    let (english, indonesian) =
        of_number(code).or_else(|| of_cell(code)).unwrap_or_else(|| of_registry(code));
    Sentence { english, indonesian }
}

fn of_number(code: Code) -> Option<(&'static str, &'static str)> {
    Some(match code {
        Code::NumberRuined => (
            "A spreadsheet turned this identity number into a rounded number and its last digits are lost. \
             They are not guessed: export again with the column formatted as text.",
            "Aplikasi lembar kerja membulatkan NIP ini sehingga angka terakhirnya hilang. \
             Angka itu tidak ditebak: ekspor ulang dengan kolom berformat teks.",
        ),
        Code::NumberLength => (
            "An identity number has exactly 18 digits.",
            "NIP atau NI PPPK terdiri atas tepat 18 angka.",
        ),
        Code::NumberStructure => (
            "A part of this identity number (birth date, appointment, sex or serial number) cannot be.",
            "Bagian NIP ini (tanggal lahir, pengangkatan, jenis kelamin atau nomor urut) tidak mungkin.",
        ),
        Code::NumberKind => (
            "The identity number is not of the employment kind that the row names.",
            "NIP tidak sesuai dengan jenis pegawai pada baris ini.",
        ),
        Code::BirthDateDiffers => (
            "The birth date is not the one in the identity number.",
            "Tanggal lahir tidak sama dengan yang tercantum dalam NIP.",
        ),
        _ => return None,
    })
}

fn of_cell(code: Code) -> Option<(&'static str, &'static str)> {
    Some(match code {
        Code::Blank => ("This cell must be filled.", "Sel ini wajib diisi."),
        Code::Date => (
            "This is not a day of the calendar in the form DD-MM-YYYY or YYYY-MM-DD.",
            "Ini bukan tanggal yang ada dalam bentuk DD-MM-YYYY atau YYYY-MM-DD.",
        ),
        Code::DateMissing => (
            "The date that belongs to the cell beside it is missing.",
            "Tanggal (TMT) yang menyertai sel di sebelahnya belum diisi.",
        ),
        Code::DateOrder => (
            "The date lies after the day the export describes, or before the birth of the person.",
            "Tanggal ini sesudah tanggal data ekspor, atau sebelum pegawai lahir.",
        ),
        Code::Word => (
            "This word is not on the list of the column.",
            "Kata ini tidak ada dalam daftar isian kolom.",
        ),
        Code::RankKind => (
            "The rank is not one of this employment kind.",
            "Golongan ini bukan golongan untuk jenis pegawai tersebut.",
        ),
        Code::Text => (
            "The text is too long or holds control characters.",
            "Teks terlalu panjang atau memuat karakter kendali.",
        ),
        Code::Encoding => (
            "The cell is not UTF-8: save the file as \"CSV UTF-8\".",
            "Sel ini bukan UTF-8: simpan berkas sebagai \"CSV UTF-8\".",
        ),
        Code::CellCount => (
            "The row has more or fewer cells than the header line; look for a separator or a line end that is not in quotation marks.",
            "Jumlah sel baris ini berbeda dari baris judul; periksa pemisah atau ganti baris yang tidak diapit tanda kutip.",
        ),
        Code::Incomplete => (
            "This cell needs the one beside it: a position needs its unit, a unit its position.",
            "Sel ini memerlukan pasangannya: jabatan memerlukan unit, unit memerlukan jabatan.",
        ),
        Code::Repeated => (
            "The same person has a row above; this row was left out.",
            "Pegawai yang sama sudah ada pada baris di atas; baris ini tidak diproses.",
        ),
        _ => return None,
    })
}

fn of_registry(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::UnitUnknown => (
            "The registry has no such unit, and units are not to be created by this import.",
            "Unit ini tidak ada dalam registri, dan impor ini tidak membuat unit baru.",
        ),
        Code::UnitAmbiguous => (
            "More than one unit has this name: give the code of the unit.",
            "Lebih dari satu unit bernama demikian: isi kode unit.",
        ),
        Code::UnitIncomplete => (
            "A new unit needs its code, its name and its kind.",
            "Unit baru memerlukan kode, nama dan jenis unit.",
        ),
        Code::ParentUnitUnknown => (
            "The unit above is neither in the registry nor in this file, or the units form a ring.",
            "Unit induk tidak ada dalam registri maupun berkas ini, atau susunan unit melingkar.",
        ),
        Code::PositionUnknown => (
            "The unit has no such position, and positions are not to be created by this import.",
            "Jabatan ini tidak ada pada unit tersebut, dan impor ini tidak membuat jabatan baru.",
        ),
        Code::PositionIncomplete => (
            "A new position needs its kind, and a functional or high leadership one its level.",
            "Jabatan baru memerlukan jenis jabatan; jabatan fungsional dan JPT juga jenjangnya.",
        ),
        Code::HeadTaken => (
            "The unit has another head, or the post of its head another holder.",
            "Unit ini sudah mempunyai kepala, atau jabatan kepala unit sudah ada pejabatnya.",
        ),
        Code::SuperiorUnknown => (
            "The superior is neither in the registry nor in this file.",
            "Atasan tidak ada dalam registri maupun berkas ini.",
        ),
        Code::SuperiorRefused => (
            "The row of the superior was refused: the person goes in without this reporting line. Import both again.",
            "Baris atasan ditolak: pegawai dicatat tanpa garis atasan ini. Impor ulang keduanya.",
        ),
        Code::SuperiorSelf => {
            ("Nobody is the own superior.", "Pegawai tidak dapat menjadi atasannya sendiri.")
        }
        Code::SuperiorRing => (
            "These reporting lines lead back to the same person.",
            "Garis atasan ini kembali kepada pegawai yang sama.",
        ),
        Code::AssignmentOverlap => (
            "The assignment overlaps another one of this person or this post.",
            "Penempatan ini tumpang tindih dengan penempatan lain pegawai atau jabatan ini.",
        ),
        Code::AssignmentStartDiffers => (
            "The registry knows another first day of this assignment: correct the one that is wrong.",
            "Registri mencatat TMT lain untuk penempatan ini: perbaiki yang salah.",
        ),
        Code::EmployeeUnknown => (
            "An acting official needs a row of the own post in this file, or to be in the registry.",
            "Pelaksana tugas atau harian memerlukan baris jabatan definitif, atau sudah ada dalam registri.",
        ),
        Code::EmployeeClosed => (
            "The record of this person was closed: admit the person again in the registry.",
            "Data pegawai ini sudah ditutup: terima kembali pegawai ini melalui registri.",
        ),
        Code::SeatsExceeded => (
            "The position has more holders than seats: the row goes in. Raise the seats of the position in the registry, or correct the row.",
            "Pejabat pada jabatan ini melebihi formasinya: baris tetap dicatat. Tambah formasi jabatan dalam registri, atau perbaiki baris ini.",
        ),
        _ => (
            "The registry changed between the check and the merge of this row: import it again.",
            "Registri berubah di antara pemeriksaan dan pencatatan baris ini: impor ulang.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_sentence_of_its_own_in_both_languages() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            let Sentence { english, indonesian } = sentence(code);
            assert!(english.ends_with('.') && indonesian.ends_with('.'), "{code:?}");
            assert!(seen.insert(english) && seen.insert(indonesian), "{code:?}");
        }
    }
}
