"""Persons with identity numbers of the legal structure and careers that fit their posts."""

from dataclasses import dataclass, field
from datetime import date

from posts import ENTRY, POSTS, RANKS

# Digits 13-14 of an NI PPPK: the first contract.
FIRST_CONTRACT = "21"
# Nobody reaches the age of retirement during the year of the demonstration.
OLDEST = 1969


@dataclass
class Person:
    nip: str
    name: str
    kind: str
    rank: str
    rank_from: date
    status: str = "AKTIF"


@dataclass
class Row:
    """One assignment of one person, as a line of the export."""

    person: Person
    unit: str
    post: str
    post_kind: str
    level: str
    grade: int
    heads: bool
    placed: str
    placed_from: date
    superior: str = ""
    key: str = ""
    spoiled: dict = field(default_factory=dict)


class Numbers:
    """Serials 001… for each distinct prefix, over all governments."""

    def __init__(self):
        self.next_serial = {}

    def take(self, prefix):
        serial = self.next_serial.get(prefix, 0) + 1
        self.next_serial[prefix] = serial
        return f"{prefix}{serial:03d}"


def civil_servant(rng, numbers, post, sex, ranks):
    rank = rng.choice(ranks)
    kind, level = POSTS[post][0], POSTS[post][1]
    entry = ENTRY.get(level) or ENTRY.get(kind, "III/a")
    if RANKS.index(rank) < RANKS.index(entry) or post == "TEKNISI":
        entry = rank
    steps = RANKS.index(rank) - RANKS.index(entry)
    appointed = 2025 - 4 * steps - rng.randint(1, 4)
    month = rng.choice([1, 3, 4, 12])
    born = date(max(appointed - rng.randint(22, 29), OLDEST), rng.randint(1, 12), rng.randint(1, 28))
    nip = numbers.take(f"{born:%Y%m%d}{appointed}{month:02d}{sex}")
    risen = date(rng.randint(2022, 2024), rng.choice([4, 10]), 1) if steps else date(appointed, month, 1)
    return nip, rank, risen


def contract_employee(rng, numbers, rank, sex):
    signed = rng.choice([2021, 2022, 2023, 2024, 2025])
    born = date(signed - rng.randint(24, 40), rng.randint(1, 12), rng.randint(1, 28))
    nip = numbers.take(f"{born:%Y%m%d}{signed}{FIRST_CONTRACT}{sex}")
    return nip, rank, date(signed, 3, 1)


def newcomer(rng, numbers, rank, sex):
    """A candidate civil servant (CPNS) of the intake of 2025."""
    born = date(rng.randint(1997, 2002), rng.randint(1, 12), rng.randint(1, 28))
    nip = numbers.take(f"{born:%Y%m%d}202506{sex}")
    return nip, rank, date(2025, 6, 1)


def kind_of(rng, post, heads):
    contract_rank = POSTS[post][4]
    if heads or contract_rank is None:
        return "PNS"
    share = 0.34 if POSTS[post][0] == "FUNGSIONAL" and "MUDA" not in post else 0.18
    if rng.random() < share and post != "AHLI_MUDA":
        part_time = POSTS[post][0] == "PELAKSANA" and rng.random() < 0.4
        return "PPPK_PARUH_WAKTU" if part_time else "PPPK"
    if post in ("AHLI_PERTAMA", "TERAMPIL", "TEKNISI") and rng.random() < 0.06:
        return "CPNS"
    return "PNS"


def person(rng, numbers, names, post, titles, heads):
    sex = rng.choice([1, 2])
    if "Keb." in titles:
        sex = 2
    kind = kind_of(rng, post, heads)
    ranks, contract_rank = POSTS[post][3], POSTS[post][4]
    if kind.startswith("PPPK"):
        nip, rank, since = contract_employee(rng, numbers, contract_rank, sex)
    elif kind == "CPNS":
        nip, rank, since = newcomer(rng, numbers, ranks[0], sex)
    else:
        nip, rank, since = civil_servant(rng, numbers, post, sex, ranks)
    status = "AKTIF"
    if not heads and kind == "PNS" and rng.random() < 0.008:
        status = rng.choice(["TUGAS_BELAJAR", "CLTN"])
    return Person(nip, (names.next(sex), titles), kind, rank, since, status)


def placed_from(rng, someone):
    """When the present post was taken up: after appointment and before 2026."""
    first = max(someone.rank_from, date(2021, 1, 4))
    months = (2025 - first.year) * 12 + 11 - first.month
    if months <= 0:
        return first
    step = rng.randint(0, months)
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return max(first, date(year, month + 1, rng.choice([1, 2, 3])))
