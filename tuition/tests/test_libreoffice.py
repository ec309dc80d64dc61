"""A real spreadsheet program opens what is exported, and what it saves comes back unchanged."""

import os
import re
import shutil
import subprocess
from datetime import date
from xml.etree import ElementTree

import pytest

from students.exports import csv_export, xlsx_chunks, xlsx_page
from students.models import Student
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_exports import differing
from students.tests.test_import_rows import counts, make_import

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
REQUIRED = os.environ.get("REQUIRE_LIBREOFFICE")
pytestmark = [
    pytest.mark.hunt,
    pytest.mark.skipif(not SOFFICE and not REQUIRED, reason="LibreOffice is not installed"),
]
UTF_8 = "CSV:44,34,76,1"  # what its import dialog proposes: a comma, quotes, Unicode
TABLE, OFFICE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("table", "office")
)


@pytest.fixture
def office(db):
    aslam = make_family(name="Aslam")
    make_student(
        name="عائشہ صدیقہ", father_name="=1+1", city="لاہور", fees="12500.50", class_name="9-B",
        phone="+92 300 1234567", joined_on=date(2026, 4, 1), family=aslam,
    )  # fmt: skip
    make_student(name='Ali "A", Raza', father_name="'+x", fees="5000", phone="+44 20 7946 0000")
    make_leaver(name="@Sana", fees="999999.99", class_name="7", phone="042 35761234")
    return Student.objects.order_by("id")


def convert(folder, file, to, *options):
    """What LibreOffice saves of a file that it opened."""
    out = folder / "saved"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [SOFFICE, profile, "--headless", *options, "--convert-to", to, "--outdir", out, file]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(out.glob(f"{file.stem}.{to[:4].split(':')[0]}"))


def cells(path):
    """Of each row (type, text) of each cell; a formula would be told."""
    rows = []
    sheet = next(ElementTree.parse(path).getroot().iter(f"{TABLE}table"))
    for row in sheet.iter(f"{TABLE}table-row"):
        told = []
        for cell in row.iter(f"{TABLE}table-cell"):
            kind = cell.get(f"{OFFICE}value-type", "")
            kind = "formula" if cell.get(f"{TABLE}formula") else kind
            times = int(cell.get(f"{TABLE}number-columns-repeated", 1))
            told += [(kind, "".join(cell.itertext()).strip())] * min(times, 20)
        if any(kind for kind, _ in told):
            rows.append(told[:11])
    return rows


@pytest.fixture
def exported(office, tmp_path):
    csv, xlsx = tmp_path / "students.csv", tmp_path / "students.xlsx"
    csv.write_bytes(b"".join(csv_export(office)))
    xlsx.write_bytes(b"".join(xlsx_chunks(xlsx_page(office))))
    return {"csv": csv, "xlsx": xlsx}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_opens_what_is_exported(exported, tmp_path, form):
    options = [f"--infilter={UTF_8}"] if form == "csv" else []
    head, *rows = cells(convert(tmp_path, exported[form], "fods", *options))
    assert [text for _, text in head][:5] == [
        "Name",
        "Father’s name",
        "City",
        "Fees (PKR)",
        "Phone",
    ]
    types = [[kind for kind, _ in row] for row in rows]
    assert not [row for row in types if "formula" in row]
    assert {row[3] for row in types} == {"float"}
    assert [row[6] for row in types] == ["date", "", ""]
    assert rows[0][0] == ("string", "عائشہ صدیقہ")
    assert rows[0][1] == ("string", "'=1+1")
    assert rows[0][4] == ("string", "0300-1234567")
    assert [row[9][0] for row in rows] == ["float"] * 3
    assert {row[10][0] for row in rows} == {"string"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("saved", ["csv", "xlsx"])
def test_what_it_saves_comes_back_unchanged(exported, tmp_path, form, saved):
    options = [f"--infilter={UTF_8}"] if form == "csv" else []
    to = "csv:Text - txt - csv (StarCalc):44,34,76" if saved == "csv" else "xlsx"
    back = make_import(convert(tmp_path, exported[form], to, *options).read_bytes())
    assert counts(back) == (0, 0, 3, 0), differing(back)


def test_a_new_fee_typed_there(exported, tmp_path):
    """In its own CSV, as a person reads it: amounts and days by its formats."""
    to = "csv:Text - txt - csv (StarCalc):44,34,76"
    text = convert(tmp_path, exported["xlsx"], to).read_text("utf-8")
    changed = re.sub(r"Rs 5,000.00", "Rs 6,000.00", text)
    assert changed != text
    back = make_import(changed.encode())
    assert counts(back) == (0, 1, 2, 0), differing(back)
