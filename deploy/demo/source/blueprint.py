"""The units of a government and who works in them."""

from governments import BUREAUS, SERVICES
from people import Row, person, placed_from
from posts import CLINIC, HOSPITAL, OFFICE, POSTS, TEACHERS


class Government:
    """Units and rows of one government, in the order of the export."""

    def __init__(self, code, place, rng, numbers, names):
        self.code, self.place = code, place
        self.rng, self.numbers, self.names = rng, numbers, names
        self.units, self.rows, self.heads = {}, [], {}

    def unit(self, code, name, kind, parent=""):
        self.units[code] = (name, parent, kind)
        return code

    def add(self, unit, post, name, titles=None, heads=False, superior=""):
        kind, level, grade, _, _, any_titles = POSTS[post]
        titles = self.rng.choice(any_titles) if titles is None else titles
        someone = person(self.rng, self.numbers, self.names, post, titles, heads)
        since = placed_from(self.rng, someone)
        row = Row(someone, unit, name, kind, level, grade, heads, "DEFINITIF", since, superior)
        self.rows.append(row)
        if heads:
            self.heads[unit] = row
        return row

    def office(self, unit, many):
        for post, level in self.rng.choices(OFFICE, k=many):
            self.add(unit, level, post)

    def build(self):
        self.secretariat()
        for service in SERVICES:
            self.service(*service)
        self.hospital()
        for index, clinic in enumerate(self.place["clinics"], 1):
            self.clinic(index, clinic)
        for index, school in enumerate(self.place["schools"], 1):
            self.school(index, school)
        for index, (district, villages) in enumerate(self.place["districts"].items(), 1):
            self.district(index, district, villages)

    def secretariat(self):
        setda = self.unit("SETDA", "Sekretariat Daerah", "SEKRETARIAT_DAERAH")
        self.sekda = self.add(setda, "SEKDA", "Sekretaris Daerah", heads=True).person.nip
        assistants = [
            self.add(setda, "JPT", "Asisten Pemerintahan dan Kesejahteraan Rakyat").person.nip,
            self.add(setda, "JPT", "Asisten Administrasi Umum").person.nip,
        ]
        for index, name in enumerate(BUREAUS, 1):
            bureau = self.unit(f"SETDA.{index:02d}", name, "BAGIAN", setda)
            self.add(bureau, "ADMINISTRATOR_A", f"Kepala {name}", heads=True, superior=assistants[index // 3])
            self.add(bureau, "AHLI_MUDA", "Analis Kebijakan Ahli Muda")
            self.office(bureau, 3)
        setwan = self.unit("SETWAN", "Sekretariat DPRD", "SEKRETARIAT_DPRD")
        self.add(setwan, "JPT", "Sekretaris DPRD", heads=True, superior=self.sekda)
        self.office(setwan, 5)
        inspectors = self.unit("INSPEKTORAT", "Inspektorat Daerah", "INSPEKTORAT")
        self.add(inspectors, "JPT", "Inspektur Daerah", heads=True, superior=self.sekda)
        for post, level in [("Auditor Ahli Muda", "AHLI_MUDA"), ("Auditor Ahli Pertama", "AHLI_PERTAMA")] * 3:
            self.add(inspectors, level, post)
        self.office(inspectors, 2)

    def service(self, code, name, kind, sections, speciality):
        top = self.unit(code, name, kind)
        self.add(top, "JPT", f"Kepala {name}", heads=True, superior=self.sekda)
        office = self.unit(f"{code}.01", f"Sekretariat {name}", "BAGIAN", top)
        self.add(office, "ADMINISTRATOR_A", f"Sekretaris {name}", heads=True)
        general = self.unit(f"{code}.01.1", "Subbagian Umum dan Kepegawaian", "SUBBAGIAN", office)
        self.add(general, "PENGAWAS", "Kepala Subbagian Umum dan Kepegawaian", heads=True)
        self.office(general, self.rng.randint(3, 4))
        for index, section in enumerate(sections, 2):
            part = self.unit(f"{code}.{index:02d}", section, "BIDANG", top)
            self.add(part, "ADMINISTRATOR_B", f"Kepala {section}", heads=True)
            self.add(part, "AHLI_MUDA", f"{speciality} Ahli Muda")
            for _ in range(self.rng.randint(2, 3)):
                self.add(part, "AHLI_PERTAMA", f"{speciality} Ahli Pertama")
            self.office(part, 1)

    def hospital(self):
        name = self.place["hospital"]
        top = self.unit("RSUD", name, "RSUD", "DINKES")
        self.add(top, "ADMINISTRATOR_A", f"Direktur {name}", "dr.|M.Kes.", heads=True)
        care = self.unit("RSUD.01", "Bidang Pelayanan Medik dan Keperawatan", "BIDANG", top)
        self.add(care, "ADMINISTRATOR_B", "Kepala Bidang Pelayanan Medik dan Keperawatan", "dr.|", heads=True)
        for post, level, titles, many in HOSPITAL:
            for _ in range(many):
                self.add(care, level, post, titles)
        general = self.unit("RSUD.02", "Bagian Tata Usaha", "BAGIAN", top)
        self.add(general, "ADMINISTRATOR_B", "Kepala Bagian Tata Usaha", heads=True)
        self.office(general, 5)

    def clinic(self, index, place):
        unit = self.unit(f"PKM.{index:03d}", f"UPTD Puskesmas {place}", "PUSKESMAS", "DINKES")
        self.add(unit, "AHLI_MADYA", "Kepala Puskesmas (Dokter Ahli Madya)", "dr.|M.Kes.", heads=True)
        for post, level, titles, many in CLINIC:
            for _ in range(many):
                self.add(unit, level, post, titles)

    def school(self, index, name):
        unit = self.unit(f"SKL.{index:03d}", name, "SEKOLAH", "DISDIK")
        secondary = name.startswith("SMP")
        self.add(unit, "AHLI_MADYA", "Kepala Sekolah (Guru Ahli Madya)", "|M.Pd.", heads=True)
        for _ in range(self.rng.randint(12, 14) if secondary else self.rng.randint(6, 8)):
            post, level, titles = self.rng.choice(TEACHERS + TEACHERS[1:])
            self.add(unit, level, post, titles)
        self.office(unit, 2 if secondary else 1)

    def district(self, index, name, villages):
        code = f"KEC.{index:02d}"
        top = self.unit(code, f"Kecamatan {name}", "KECAMATAN")
        self.add(top, "ADMINISTRATOR_A", f"Camat {name}", heads=True, superior=self.sekda)
        office = self.unit(f"{code}.S", f"Sekretariat Kecamatan {name}", "BAGIAN", top)
        self.add(office, "ADMINISTRATOR_B", f"Sekretaris Kecamatan {name}", heads=True)
        self.office(office, 2)
        for letter, section in [("A", "Seksi Pelayanan Umum"), ("B", "Seksi Pemberdayaan Masyarakat")]:
            part = self.unit(f"{code}.{letter}", section, "SEKSI", top)
            self.add(part, "PENGAWAS", f"Kepala {section}", heads=True)
            self.office(part, 2)
        for number, village in enumerate(villages, 1):
            unit = self.unit(f"{code}.{number:02d}", f"Kelurahan {village}", "KELURAHAN", top)
            self.add(unit, "PENGAWAS", f"Lurah {village}", heads=True)
            self.add(unit, "PENGAWAS_KELURAHAN", "Kepala Seksi Pemerintahan dan Pelayanan Umum")
            self.office(unit, 2)
