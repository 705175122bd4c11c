"""Invented people: first and last names of the regions, combined at random."""

COMMON_MEN = (
    "Ahmad Rizal Hendra Budi Andri Dedi Eko Fajar Hasan Irwan Joni Kamal Lukman Mulyadi Nasrul "
    "Oki Rahmat Samsul Taufik Usman Wahyu Yusuf Zainal Agus Bambang Darwis Edi Ferdi Gunawan "
    "Herman Ilham Junaidi Khairul Mahmud Novri Pandi Rudi Sahrul Teguh Wawan Yanto Zulfikar"
).split()
COMMON_WOMEN = (
    "Ani Dewi Eka Fitri Hesti Indah Juwita Kartika Lina Maya Nurul Rina Sari Tuti Umi Wati Yuli "
    "Zahra Aisyah Desi Elva Farida Gusti Halimah Ira Leni Mardiana Neni Nova Puspa Ratna Siska "
    "Susi Tri Vera Winda Yanti Nurhayati Rosmala Yenni Marlina Delima"
).split()

REGIONS = {
    "12.76": {
        "men": "Jonner Parlin Tigor Saut Binsar Hotman Maruli Togar Ramli Syahrial".split(),
        "women": "Tiurma Rotua Masdelina Sondang Lasma Duma Nurliana Rosida Butet Hotma".split(),
        "last": (
            "Siregar Nasution Harahap Lubis Simanjuntak Saragih Purba Damanik Sinaga Manurung "
            "Tanjung Hutapea Pohan Rangkuti Sitorus Batubara Ginting Pulungan Matondang Daulay"
        ).split(),
    },
    "15.04": {
        "men": "Zulkarnain Sulaiman Abdurrahman Syargawi Mukhtar Asnawi Idris Tarmizi".split(),
        "women": "Zubaidah Rohani Maimunah Asmawati Nurjanah Salbiah Hafsah Rusdiana".split(),
        "last": (
            "Hamidi Suhaimi Effendi Hakim Marzuki Anwar Basri Fauzi Saputra Kurniawan Iskandar "
            "Mansur Rosadi Sanusi Thaib Umar Wijaya Yakub Zaini Arifin"
        ).split(),
    },
    "52.71": {
        "men": "Lalu|I Wayan|I Made|I Nyoman|I Ketut|Muhammad|Lalu Muhammad|Abdul".split("|"),
        "women": "Baiq|Ni Wayan|Ni Made|Ni Luh|Ni Ketut|Siti|Baiq Nur|Sri".split("|"),
        "last": (
            "Suparman Sudiarta Wirawan Artini Hidayat Mustika Rahayu Satriadi Handayani Suryadi "
            "Kusuma Aryani Wardani Jaelani Mahendra Rinjani Astuti Supriadi Hartati Widana"
        ).split(),
    },
    "17.07": {
        "men": "Azwar Heri Mirwan Rustam Bahrul Sabirin Erwan Yurmansyah Depi Rahman".split(),
        "women": "Yurnita Herlina Erna Misnawati Reni Susanti Nelvi Ermita Yeti Rahmi".split(),
        "last": (
            "Saputra Apriansyah Jaya Firmansyah Oktavia Sutanto Rejadi Hartono Syafri Novriadi "
            "Pratama Herawati Marhaban Sukirman Diansyah Gusmanto Yuliana Kadir Mursalin Tarigo"
        ).split(),
    },
    "19.71": {
        "men": "Suryanto Hendri Bujang Rusli Sarpin Elfan Johan Akhmad Fachri Radit".split(),
        "women": "Meilani Lusiana Erika Rosalina Fatimah Suhartini Yohana Mayang Linda Dian".split(),
        "last": (
            "Gunawan Setiawan Bahari Mustofa Hermanto Suwito Rusmana Tanuwijaya Harun Ismail "
            "Fadillah Marwan Sugianto Pranata Ramadhan Yusmadi Kartono Belia Selan Mendawai"
        ).split(),
    },
}


class Names:
    """Hands out each combination of a region once."""

    def __init__(self, code, rng):
        self.region, self.rng, self.used = REGIONS[code], rng, set()

    def reserve(self, bare_name):
        self.used.add(bare_name)

    def next(self, sex):
        own = self.region["men" if sex == 1 else "women"]
        common = COMMON_MEN if sex == 1 else COMMON_WOMEN
        while True:
            parts = [self.rng.choice(own if self.rng.random() < 0.35 else common)]
            if self.rng.random() < 0.45 or parts[0] in own and " " not in parts[0]:
                parts.append(self.rng.choice(common))
            parts.append(self.rng.choice(self.region["last"]))
            name = " ".join(dict.fromkeys(parts))
            if name not in self.used and " " in name:
                self.used.add(name)
                return name


def titled(name, titles):
    """`titles` is `before|after`, either part may be empty."""
    before, _, after = titles.partition("|")
    return f"{before} {name}".strip() + (f", {after}" if after else "")
