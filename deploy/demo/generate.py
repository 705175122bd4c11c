#!/usr/bin/env python3
"""Writes the personnel exports, stories and delegations of the demonstration.

Deterministic: the same files on every machine. Run it from anywhere: `python3 deploy/demo/generate.py`.
"""

import copy
import json
import random
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "source"))

from blueprint import Government  # noqa: E402
from governments import GOVERNMENTS  # noqa: E402
from names import Names, titled  # noqa: E402
from people import Numbers, Person, Row  # noqa: E402
from posts import POSTS  # noqa: E402
from stories import STORIES  # noqa: E402
from writing import write  # noqa: E402


def main():
    numbers, summary, stories, delegations = Numbers(), {}, [], []
    for code, place in GOVERNMENTS.items():
        rng = random.Random(f"kinerja {code}")
        names = Names(code, rng)
        for story in STORIES:
            names.reserve(story["who"]["name"])
        government = Government(code, place, rng, numbers, names)
        government.build()
        name_people(government)
        told = [cast(government, story) for story in STORIES if story["government"] == code]
        delegations += delegated(government)
        acting = act(government)
        faults = spoil(government)
        write(HERE / place["file"], place, government.units, government.rows)
        stories += [tell(government, *pair) for pair in told]
        summary[code] = summarise(government, faults, acting)
    save("stories.json", stories)
    save("expected.json", summary)
    (HERE / "delegations.csv").write_text("\n".join(
        ["KODE_PEMDA;NIP;NOMOR;TANGGAL;MULAI;SELESAI"] + delegations) + "\n")
    print(sum(s["people"] for s in summary.values()), "people")


def save(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def name_people(government):
    for row in government.rows:
        row.person.name = titled(*row.person.name)


def cast(government, story):
    """Adds the story's person to the unit the story plays in."""
    who = story["who"]
    unit = next(
        code for code, (name, parent, _) in government.units.items()
        if name == who["unit"] and ("within" not in who or government.units[parent][0] == who["within"]))
    year, month = who["appointed"].split("-")
    nip = government.numbers.take(who["born"].replace("-", "") + year + month + str(who["sex"]))
    kind = "PPPK" if int(month) > 12 else "PNS"
    someone = Person(nip, titled(who["name"], who["titles"]), kind, who["rank"], date.fromisoformat(who["rank_from"]))
    post_kind, level, grade = POSTS[who["as"]][:3]
    row = Row(someone, unit, who["post"], post_kind, level, grade, False, "DEFINITIF",
              date.fromisoformat(who["placed_from"]))
    government.rows.append(row)
    return story, row


def delegated(government):
    """Heads below the rank of a supervisor who rate by delegation: schools and puskesmas."""
    lines = []
    for unit, row in government.heads.items():
        if row.post_kind == "FUNGSIONAL":
            order = f"800.1.11/{len(lines) + 1:03d}/SK/2026"
            lines.append(f"{government.code};{row.person.nip};{order};2026-01-02;2026-01-02;2026-12-31")
    return lines


def act(government):
    """A vacant section is led by the secretary of the same service as acting head (Plt)."""
    vacant = "DISTAN.03"
    head = government.heads.pop(vacant)
    government.rows.remove(head)
    stand_in = government.heads["DISTAN.01"]
    acting = copy.copy(head)
    acting.person, acting.placed, acting.superior = stand_in.person, "PLT", ""
    acting.placed_from = date(2025, 9, 1)
    government.rows.append(acting)
    return {"unit": vacant, "nip": acting.person.nip}


def spoil(government):
    """Faulty lines, each of a person found nowhere else but for the repeated one. Rows count from 1, lines with the header."""
    templates = [row for row in government.rows if row.post_kind == "PELAKSANA" and row.person.kind == "PNS"]
    rng, rows, faults = government.rng, government.rows, []
    date_column = "2020-02-31" if government.place["iso"] else "31-02-2020"
    kinds = [
        ("NIP", {"NIP": "1.98501E+17"}, "number ruined by a spreadsheet"),
        ("TMT_GOLONGAN", {"TMT_GOLONGAN": date_column}, "date that does not exist"),
        ("GOLONGAN", {"GOLONGAN": "III/f"}, "rank that does not exist"),
        ("NAMA", {"NAMA": ""}, "blank name"),
        ("NIP", {}, "row repeated"),
    ]
    for column, spoiled, why in kinds:
        row = copy.copy(rng.choice(templates))
        if spoiled:
            row.person = copy.copy(row.person)
            row.person.nip = government.numbers.take(row.person.nip[:15])
            row.person.name = government.names.next(int(row.person.nip[14]))
            row.spoiled = spoiled
            rows.insert(rng.randint(30, len(rows) - 30), row)
        else:
            rows.append(row)
        faults.append((row, column, why))
    line_of = {id(row): line for line, row in enumerate(rows, 2)}
    found = [{"row": line_of[id(row)] - 1, "line": line_of[id(row)], "column": column, "why": why}
             for row, column, why in faults]
    return sorted(found, key=lambda fault: fault["row"])


def superior_of(government, row):
    """The head of the unit, else of the one above; the explicit line first."""
    if row.superior:
        return next(r for r in government.rows if r.person.nip == row.superior)
    unit = row.unit
    while unit:
        head = government.heads.get(unit)
        if head and head.person.nip != row.person.nip:
            return head
        unit = government.units[unit][1]
    return None


def brief(government, row):
    return {"nip": row.person.nip, "name": row.person.name, "position": row.post, "unit": government.units[row.unit][0]}


def tell(government, story, row):
    rater = superior_of(government, row)
    peers = [r for r in government.rows
             if r.unit == row.unit and r is not row and not r.heads and not r.spoiled and r.person.status == "AKTIF"
             and r.post_kind == "FUNGSIONAL"]
    told = {key: value for key, value in story.items() if key not in ("who", "ballots_from")}
    told["employee"] = brief(government, row) | {"unit_code": row.unit}
    told["rater"] = brief(government, rater)
    told["raters_superior"] = brief(government, superior_of(government, rater))
    if story.get("ballots_from") == "peers":
        told["peers"] = [brief(government, peer) for peer in peers[:4]]
    return told


def summarise(government, faults, acting):
    good = [row for row in government.rows if not row.spoiled]
    people = {row.person.nip for row in good}
    return {
        "name": government.place["name"], "file": government.place["file"], "lines": len(government.rows),
        "people": len(people), "units": len(government.units), "sekda": government.sekda, "acting": acting,
        "faults": faults,
    }


if __name__ == "__main__":
    main()
