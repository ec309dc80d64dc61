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
        '<div class="cities-box"><label><input type="checkbox" name="city" value="Lahore" checked>'
        ' <bdi lang="en">Lahore</bdi> <span class="count">1,204</span></label>'
        '<label><input type="checkbox" name="city" value="لاہور">'
        ' <bdi lang="ur">لاہور</bdi> <span class="count">0</span></label>'
        '<label><input type="checkbox" name="city" value="&lt;b&gt;">'
        ' <bdi lang="en">&lt;b&gt;</bdi> <span class="count"></span></label></div>'
    )


def test_most_cities_are_folded_away_but_no_chosen_one():
    boxes = CityCheckboxes()
    boxes.cities = [CityCount(f"Chak {number}", 1) for number in range(9)]
    assert boxes.render("city", []).partition("<details")[0].count("<label>") == 6
    assert boxes.render("city", []).count("<label>") == 9
    boxes.cities = [CityCount(f"Chak {number}", 1, number < 8) for number in range(9)]
    assert boxes.render("city", []).partition("<details")[0].count("checked") == 8


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
