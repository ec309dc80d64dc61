"""What is printed, as PDF: sheets, page numbers, heads, totals."""

import re
import shutil
import subprocess

import pytest

from students.models import Student


@pytest.fixture
def sheets(open_page, tmp_path):
    """The texts of the sheets that a page prints as."""
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext on the PATH (poppler-utils)")

    def sheets(path, user="staff"):
        page, pdf = open_page(path, user=user), tmp_path / "page.pdf"
        page.pdf(path=pdf, prefer_css_page_size=True)
        done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True)
        return [re.sub(r" +", " ", sheet) for sheet in done.stdout.decode().split("\f")[:-1]]

    return sheets


def test_a_student_is_one_sheet(sheets):
    (sheet,) = sheets(Student.objects.first().get_absolute_url())
    assert "Page 1 of 1" in sheet
    assert "Edit" not in sheet


def test_all_of_the_list_with_head_numbers_filter_and_totals(sheets):
    found = sheets("/students/print/?min_fees=1000")
    count = Student.objects.filter(fees__gte=1000).count()
    assert count > 400
    assert len(found) < count / 25
    for number, sheet in enumerate(found, start=1):
        assert f"Page {number} of {len(found)}" in sheet
    assert all("Monthly fees" in sheet for sheet in found[:-1])
    assert "Fees at least: Rs 1,000" in found[0]
    assert re.search(r"\d\d/\d\d/\d{4}", found[0])
    assert f"Total of all {count} students" in "".join(found[-2:])


def test_a_page_of_the_list_says_that_it_is_no_more(sheets):
    found = sheets("/students/")
    assert "rows 1 to 50 of 500" in found[0]
    assert len(found) <= 2
    assert "Show students" not in "".join(found)
