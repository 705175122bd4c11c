"""One line per assignment, in the dialect of each government."""

import csv
import io

COLUMNS = (
    "NIP NAMA JENIS_PEGAWAI GOLONGAN TMT_GOLONGAN STATUS KODE_UNIT NAMA_UNIT KODE_UNIT_INDUK JENIS_UNIT JABATAN "
    "JENIS_JABATAN JENJANG KELAS KEPALA_UNIT JENIS_PENEMPATAN TMT_JABATAN NIP_ATASAN"
).split()


def number(nip, style):
    if not nip:
        return ""
    if style == "apostrophe":
        return f"'{nip}"
    if style == "spaces":
        return f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
    return nip


def cells(place, units, row):
    day = (lambda d: d.isoformat()) if place["iso"] else (lambda d: f"{d:%d-%m-%Y}")
    someone, (unit_name, parent, unit_kind) = row.person, units[row.unit]
    values = dict(zip(COLUMNS, [
        number(someone.nip, place["nip"]), someone.name, someone.kind, someone.rank, day(someone.rank_from),
        someone.status, row.unit, unit_name, parent, unit_kind, row.post, row.post_kind, row.level, str(row.grade),
        "Y" if row.heads else "T", row.placed, day(row.placed_from), number(row.superior, place["nip"]),
    ]))
    values.update(row.spoiled)
    return [values[column] for column in COLUMNS]


def padded(values, line):
    """Stray spaces such as fixed-width exports leave, in every third line."""
    return [f"{value}  " if value and index in (1, 10) else value for index, value in enumerate(values)] if line % 3 == 0 else values


def write(path, place, units, rows):
    text = io.StringIO()
    sheet = csv.writer(text, delimiter=place["delimiter"], lineterminator=place["eol"])
    sheet.writerow(COLUMNS)
    for line, row in enumerate(rows, 2):
        values = cells(place, units, row)
        sheet.writerow(padded(values, line) if place["pad"] else values)
    mark = "\ufeff" if place["bom"] else ""
    path.write_bytes((mark + text.getvalue()).encode())
