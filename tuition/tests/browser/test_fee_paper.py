"""Receipts, challans and drawers on paper, as PDF: size, sheets, words, and a barcode to read."""

import re
import shutil
import subprocess
from datetime import date

import pytest
from django.utils import timezone

from api.tests.factories import make_user
from ledger.challans import issue
from ledger.drawers import close_drawer
from ledger.models import Challan
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_drawer, make_entry, pay
from students.models import Student
from students.tests.factories import make_family, make_student

READER_DPI = 200  # what a plain office scanner sees
A5, ROLL, A4_ACROSS, A4 = (148, 210), (80, 140), (297, 210), (210, 297)


@pytest.fixture
def paper(open_page, tmp_path):
    """Call it for (the size in mm, the words of each sheet) of what a page prints as."""
    for tool in ("pdftotext", "pdfinfo", "pdftoppm"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool} on the PATH (poppler-utils)")
    pdf = tmp_path / "page.pdf"

    def paper(path, user="cashier"):
        page = open_page(path, user=user)
        page.pdf(path=pdf, prefer_css_page_size=True)
        facts = run("pdfinfo", pdf).decode()
        points = re.search(r"Page size: +([\d.]+) x ([\d.]+)", facts)
        size = tuple(round(float(each) / 72 * 25.4) for each in points.groups())
        words = run("pdftotext", "-layout", pdf, "-").decode()
        return size, [re.sub(r" +", " ", sheet) for sheet in words.split("\f")[:-1]]

    paper.pdf = pdf
    return paper


def run(*command):
    return subprocess.run(command, capture_output=True, check=True).stdout


def barcodes(pdf):
    """What a public reader reads off each printed sheet."""
    zxingcpp = pytest.importorskip("zxingcpp")
    prefix = pdf.with_suffix("")
    run("pdftoppm", "-gray", "-r", str(READER_DPI), pdf, prefix)
    found = []
    for picture in sorted(prefix.parent.glob(f"{prefix.name}-*.pgm")):
        head, width, height, _most, pixels = picture.read_bytes().split(maxsplit=4)
        assert head == b"P5"
        seen = memoryview(pixels).cast("B", shape=[int(height), int(width)])
        found.append([(each.text, each.format.name) for each in zxingcpp.read_barcodes(seen)])
    return found


@pytest.fixture
def receipt(sample):
    """Of a family whose three children owe two months and a fine."""
    Student.objects.all().delete()
    family = make_family(name="Aslam")
    for name in ("Ayesha Siddiqa", "Bilal", "علی رضا"):
        make_student(name=name, class_name="9-B", family=family)
    charged("2026-05", fine=("flat", "100", "0"))
    return pay(family, "5100", payer="Muhammad Aslam")


@pytest.mark.parametrize(("query", "size"), [("?paper=a5", A5), ("?paper=80", ROLL)])
def test_a_receipt_is_one_piece_of_its_paper(paper, receipt, query, size):
    found, (sheet,) = paper(f"/fees/receipts/{receipt.number}/{query}")
    assert found == size
    for words in (
        "Receipt 1", "Muhammad Aslam", "cash", "Ayesha Siddiqa", "Rs 5,000", "Rs 100", "Total",
        "Rs 5,100", "five thousand, one hundred", "Cashier: staff", "DUPLICATE",
    ):  # fmt: skip
        assert words in sheet
    for words in ("why", "Reverse", "Sign out", "Print", "Page 1"):
        assert words not in sheet


def test_a_long_receipt_gets_a_longer_piece_of_the_roll(paper, receipt):
    reverse(receipt, reason="booked on the wrong family", cash_returned=False, by=BY)
    (width, height), (sheet,) = paper(f"/fees/receipts/{receipt.number}/?paper=80")
    assert (width, height) == (80, 210)
    assert "REVERSED" in sheet
    charged("2026-06")
    charged("2026-07")
    long = pay(receipt.family, "60000", advance=True)
    (width, height), (sheet,) = paper(f"/fees/receipts/{long.number}/?paper=80")
    assert (width, height) == (80, 297)
    assert "Paid in advance" in sheet


def test_a_dozen_lines_fit_on_a5(paper, receipt):
    for month in range(6, 10):
        charged(f"2026-{month:02}", fine=("flat", "100", "0"))
    long = pay(receipt.family, "60000", advance=True)
    reverse(long, reason="a cheque that bounced", cash_returned=False, by=BY)
    assert len(long.lines) >= 12
    size, (_sheet,) = paper(f"/fees/receipts/{long.number}/?paper=a5")
    assert size == A5


@pytest.fixture
def challans(sample):
    """Of three of class 9-B, one of whom owes a year."""
    Student.objects.all().delete()
    students = [
        make_student(name="Ayesha Siddiqa " * 4, father_name="علی رضا شاہ", class_name="9-B"),
        make_student(name="Bilal", class_name="9-B", joined_on=date(2026, 5, 1)),
        make_student(name="علی رضا", class_name="9-B", joined_on=date(2026, 5, 1)),
    ]
    concede(students[0], percent="25", from_month=date(2025, 1, 1))
    for month in (*(f"2025-{n:02}" for n in range(6, 13)), "2026-04", "2026-05"):
        charged(month, fine=("flat", "100", "0"))
    make_entry(students[0], "other", "800", note="Exam fee of the second term")
    pay(students[0], "1000")
    return issue(students, date(2026, 5, 1), BY)


def test_challans_are_a_sheet_each_with_three_copies(paper, challans, settings):
    settings.OFFICE_NAME = "Iqra Tuition Centre"
    settings.OFFICE_ADDRESS = ["12-B, Link Road", "Model Town", "Lahore", "042-35550000"]
    settings.BANK_ACCOUNT = ["Habib Bank, Model Town", "PK36 HABB 0000 1123", "Iqra"]
    size, sheets = paper("/fees/challans/?month=2026-05&class=9-B")
    assert size == A4_ACROSS
    issued = list(Challan.objects.order_by("pk"))
    assert len(sheets) == len(issued) == 3
    for challan, sheet in zip(issued, sheets, strict=True):
        assert sheet.count(f"Challan {challan}") == 3
        for words in (
            "Bank’s copy School’s copy Student’s copy", "PK36 HABB 0000 1123", "Fee, May 2026",
            "Payable", "Valid until", "rupees only", "stamp and signature",
        ):  # fmt: skip
            assert words in re.sub(r"\s+", " ", sheet)
        assert "Page 1" not in sheet
        assert "Sign out" not in sheet
    assert "less concession Rs 1,250" in re.sub(r"\s+", " ", sheets[0])


def test_a_reader_reads_the_barcodes(paper, challans):
    paper("/fees/challans/?month=2026-05&class=9-B")
    numbers = [str(challan) for challan in Challan.objects.order_by("pk")]
    assert barcodes(paper.pdf) == [[(number, "Code128")] * 3 for number in numbers]


def test_a_reader_reads_the_largest_number(paper, challans):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.models.Challan.__str__", lambda self: "CH-9999999999")
        paper("/fees/challans/?month=2026-05&class=9-B")
    assert barcodes(paper.pdf)[0] == [("CH-9999999999", "Code128")] * 3


def test_a_closed_drawer_is_one_sheet_to_sign(paper, sample):
    cashier = make_user(name="aslam", group="Cashiers")
    drawer = make_drawer(cashier, "2000")
    pay(Student.objects.first(), "5000", advance=True, drawer=drawer.pk)
    close_drawer(drawer, counted=drawer.opening_cash, note="the rest is in the safe", user=cashier)
    size, (sheet,) = paper(drawer.get_absolute_url(), user="admin")
    assert size == A4
    for words in (
        "Rs 7,000", "Rs 2,000", "-Rs 5,000", "the rest is in the safe", "signature",
        f"{timezone.localdate():%d/%m/%Y}",
    ):  # fmt: skip
        assert words in sheet
