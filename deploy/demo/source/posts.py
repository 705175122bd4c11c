"""Posts: what ranks, class, titles and duties go with a position."""

# kind, level, class, ranks of a civil servant, rank of a PPPK (None: never one), titles
POSTS = {
    "SEKDA": ("JPT_PRATAMA", "", 15, ["IV/d"], None, ["|S.H., M.Si.", "|S.E., M.M."]),
    "JPT": ("JPT_PRATAMA", "", 14, ["IV/b", "IV/c"], None, ["|S.Sos., M.Si.", "|S.E., M.M.", "|S.T., M.T.", "|S.H., M.H."]),
    "ADMINISTRATOR_A": ("ADMINISTRATOR", "", 12, ["IV/a", "IV/b"], None, ["|S.Sos., M.AP.", "|S.E.", "|S.STP., M.Si."]),
    "ADMINISTRATOR_B": ("ADMINISTRATOR", "", 11, ["III/d", "IV/a"], None, ["|S.H.", "|S.E.", "|S.T.", "|S.STP."]),
    "PENGAWAS": ("PENGAWAS", "", 9, ["III/c", "III/d"], None, ["|S.Sos.", "|S.AP.", "|S.E."]),
    "PENGAWAS_KELURAHAN": ("PENGAWAS", "", 8, ["III/b", "III/c"], None, ["|S.Sos.", "|S.AP.", "|S.IP."]),
    "AHLI_MADYA": ("FUNGSIONAL", "AHLI_MADYA", 11, ["IV/a", "IV/b", "IV/c"], None, ["|M.Pd.", "|S.Pd., M.M."]),
    "AHLI_MUDA": ("FUNGSIONAL", "AHLI_MUDA", 9, ["III/c", "III/d"], "XI", ["|S.E.", "|S.T.", "|S.Sos.", "|S.Kom."]),
    "AHLI_PERTAMA": ("FUNGSIONAL", "AHLI_PERTAMA", 8, ["III/a", "III/b"], "IX", ["|S.AP.", "|S.Kom.", "|S.E.", "|S.Sos."]),
    "MAHIR": ("FUNGSIONAL", "MAHIR", 7, ["III/a", "III/b"], "IX", ["|A.Md."]),
    "TERAMPIL": ("FUNGSIONAL", "TERAMPIL", 6, ["II/c", "II/d"], "VII", ["|A.Md."]),
    "KLEREK": ("PELAKSANA", "KLEREK", 5, ["II/b", "II/c", "II/d"], "V", ["|"]),
    "OPERATOR": ("PELAKSANA", "OPERATOR", 6, ["II/c", "II/d", "III/a"], "VII", ["|", "|A.Md."]),
    "TEKNISI": ("PELAKSANA", "TEKNISI", 7, ["III/a", "III/b"], "IX", ["|S.AP.", "|S.Sos.", "|S.E."]),
}

RANKS = ["II/a", "II/b", "II/c", "II/d", "III/a", "III/b", "III/c", "III/d", "IV/a", "IV/b", "IV/c", "IV/d"]
# The rank in which a career of that level of schooling begins.
ENTRY = {"PELAKSANA": "II/a", "TERAMPIL": "II/c", "MAHIR": "II/c"}

TEACHERS = [("Guru Ahli Muda", "AHLI_MUDA", "|S.Pd."), ("Guru Ahli Pertama", "AHLI_PERTAMA", "|S.Pd.")]
CLINIC = [
    ("Dokter Ahli Muda", "AHLI_MUDA", "dr.|", 1), ("Dokter Ahli Pertama", "AHLI_PERTAMA", "dr.|", 1),
    ("Dokter Gigi Ahli Pertama", "AHLI_PERTAMA", "drg.|", 1), ("Perawat Ahli Pertama", "AHLI_PERTAMA", "|S.Kep., Ns.", 2),
    ("Perawat Terampil", "TERAMPIL", "|A.Md.Kep.", 3), ("Bidan Ahli Pertama", "AHLI_PERTAMA", "|S.Tr.Keb.", 1),
    ("Bidan Mahir", "MAHIR", "|A.Md.Keb.", 2), ("Bidan Terampil", "TERAMPIL", "|A.Md.Keb.", 2),
    ("Apoteker Ahli Pertama", "AHLI_PERTAMA", "apt.|S.Farm.", 1), ("Nutrisionis Terampil", "TERAMPIL", "|A.Md.Gz.", 1),
    ("Tenaga Sanitasi Lingkungan Terampil", "TERAMPIL", "|A.Md.Kes.", 1), ("Pengadministrasi Perkantoran", "KLEREK", "|", 1),
]
HOSPITAL = [
    ("Dokter Ahli Madya", "AHLI_MADYA", "dr.|Sp.PD.", 1), ("Dokter Ahli Muda", "AHLI_MUDA", "dr.|", 3),
    ("Dokter Ahli Pertama", "AHLI_PERTAMA", "dr.|", 2), ("Perawat Ahli Muda", "AHLI_MUDA", "|S.Kep., Ns.", 3),
    ("Perawat Ahli Pertama", "AHLI_PERTAMA", "|S.Kep., Ns.", 4), ("Perawat Terampil", "TERAMPIL", "|A.Md.Kep.", 7),
    ("Bidan Terampil", "TERAMPIL", "|A.Md.Keb.", 4), ("Apoteker Ahli Pertama", "AHLI_PERTAMA", "apt.|S.Farm.", 2),
    ("Radiografer Terampil", "TERAMPIL", "|A.Md.Rad.", 1),
    ("Pranata Laboratorium Kesehatan Terampil", "TERAMPIL", "|A.Md.AK.", 2),
]
OFFICE = [("Pengolah Data dan Informasi", "OPERATOR"), ("Pengadministrasi Perkantoran", "KLEREK"),
          ("Penelaah Teknis Kebijakan", "TEKNISI")]
