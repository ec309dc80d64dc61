"""What is written at once is what Django would have written."""

import pytest
from django import forms
from django.test.html import parse_html
from django.urls import set_script_prefix

from rules.fields import QuickInput
from students.tally import CityCount
from students.tests.factories import make_student
from students.widgets import CityCheckboxes, QuickSelect

ATTRS = {"type": "search", "autocomplete": "off", "required": True, "title": '"><b>'}


@pytest.mark.parametrize("value", [None, "", "علی", '"><script>', 0])
def test_an_input(value):
    attrs = {"id": "id_q", "aria-invalid": "true"}
    quick = QuickInput(ATTRS).render("q", value, attrs)
    assert parse_html(quick) == parse_html(forms.TextInput(ATTRS).render("q", value, attrs))


@pytest.mark.parametrize("value", [None, "", "-name", 50, '"><script>', "elsewhere"])
def test_a_select(value):
    choices = [("name", "Name"), ("-name", "<Name>"), (50, 50), ('"><script>', "&")]
    attrs = {"id": "id_sort", "aria-describedby": "id_sort_error", "required": True}
    quick, djangos = (kind({"class": "<"}, choices) for kind in (QuickSelect, forms.Select))
    assert parse_html(quick.render("sort", value, attrs)) == parse_html(
        djangos.render("sort", value, attrs)
    )


def test_cities():
    boxes = CityCheckboxes()
    boxes.cities = [CityCount("Lahore", 1204, True), CityCount("لاہور"), CityCount("<b>", None)]
    assert boxes.render("city", []) == (
        '<label><input type="checkbox" name="city" value="Lahore" checked>'
        ' <bdi lang="en">Lahore</bdi> <span class="count">1,204</span></label>\n'
        '<label><input type="checkbox" name="city" value="لاہور">'
        ' <bdi lang="ur">لاہور</bdi> <span class="count">0</span></label>\n'
        '<label><input type="checkbox" name="city" value="&lt;b&gt;">'
        ' <bdi lang="en">&lt;b&gt;</bdi> <span class="count"></span></label>'
    )


def test_rows_lead_on_wherever_the_site_is_mounted(viewer, db):
    student = make_student(name="Ali", city="Chak #20")
    try:
        for prefix in ("/", "/office0/"):
            set_script_prefix(prefix)
            page = viewer.get("/students/").content.decode()
            assert f'<a href="{prefix}students/{student.pk}/"><bdi>Ali</bdi></a>' in page
            assert f'href="{prefix}students/city/Chak%20%2320/"><bdi>Chak #20</bdi></a>' in page
    finally:
        set_script_prefix("/")
