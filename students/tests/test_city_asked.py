"""A new place that looks like a known city: a person is asked, and believed when he says so."""

import re
from html import unescape

import pytest

from rules.cities import city_populations
from students.forms import StudentPageForm
from students.models import CityTotal, Student
from students.tests.factories import make_student
from students.tests.test_admin import LIST, post, text
from students.widgets import OFFERED, offered_cities

ADD = f"{LIST}add/"
BOX = r'<input type="checkbox" name="other_place"[^>]*>'


def asked(response):
    """(what is asked, the city that the box stands for) of a form that came back."""
    page = unescape(response.content.decode())
    box = re.search(BOX, page)[0]
    assert "checked" not in box
    words = response.context["adminform"].form.errors["city"]
    return words, re.search(r'value="([^"]*)"', box)[1]


@pytest.mark.parametrize(
    ("typed", "meant"), [("Lhaore", "Lahore"), ("Multam", "Multan"), ("Islamabda", "Islamabad")]
)
def test_a_slip_is_asked_about(editor, db, typed, meant):
    refused = post(editor, ADD, city=typed)
    words, box = asked(refused)
    assert words[0].startswith(f"Did you mean {meant}")
    assert words[0].endswith("? If it is another place, say so below.")
    assert box == typed
    assert f"{typed} is another place" in text(refused)
    assert not Student.objects.exists()
    # Corrected, or told: both go through.
    assert post(editor, ADD, city=meant).status_code == 302
    assert post(editor, ADD, city=typed, other_place=box).status_code == 302
    assert list(Student.objects.order_by("pk").values_list("city", flat=True)) == [meant, typed]


def test_several_that_may_be_meant(editor, db, monkeypatch):
    monkeypatch.setattr("students.similar.similar_cities", lambda city: ["Swabi", "Sibi", "Swat"])
    words, _ = asked(post(editor, ADD, city="Sawbi"))
    assert words == ["Did you mean Swabi or Sibi or Swat? If it is another place, say so below."]


def test_the_answer_is_about_one_name(editor, db):
    """The box is ticked, and then something else is typed: that is asked about anew."""
    assert asked(post(editor, ADD, city="Multam", other_place="Lhaore"))[1] == "Multam"
    assert not Student.objects.exists()


def test_the_answer_stays_while_something_else_is_mended(editor, db):
    form = post(editor, ADD, city="Lhaore", other_place="Lhaore", fees="x").context["adminform"]
    assert list(form.form.errors) == ["fees"]
    assert form.form["other_place"].value() == "Lhaore"
    assert form.form["other_place"].is_hidden


@pytest.mark.parametrize("typed", ["Chak 204 RB", "lhr", "لاہور", "Lahore Cantt"])
def test_what_looks_like_no_slip_is_not_asked_about(editor, db, typed):
    assert post(editor, ADD, city=typed).status_code == 302


def test_a_place_that_has_students_is_not_asked_about_again(editor, db):
    student = make_student(city="Lhaore")
    assert post(editor, ADD, city="lhaore").status_code == 302
    assert post(editor, f"{LIST}{student.pk}/change/", city="Lhaore", fees="1").status_code == 302
    Student.objects.all().delete()
    assert asked(post(editor, ADD, city="Lhaore"))


def test_a_change_is_asked_about_too(editor, db):
    student = make_student(city="Karachi")
    address = f"{LIST}{student.pk}/change/"
    asked(post(editor, address, city="Lhaore"))
    student.refresh_from_db()
    assert student.city == "Karachi"


def test_names_are_shown_as_text(editor, db, monkeypatch):
    monkeypatch.setattr("students.similar.similar_cities", lambda city: ["<b>"])
    page = post(editor, ADD, city='"><i>').content.decode()
    assert "<b>" not in page
    assert '"><i>' not in page


# -- Cities offered while one types ----------------------------------------------------------------


def options(page):
    field, offered = re.search(
        r'<input[^>]*name="city"[^>]*list="([^"]+)"[^>]*><datalist id="\1">(.*?)</datalist>', page
    ).groups()
    assert field == "city-offered"
    return re.findall(r'<option value="([^"]*)">', offered)


def test_cities_are_offered_where_students_live_first(editor, db):
    for city in ("Chak 204 RB", "Chak 204 RB", "Swabi"):
        make_student(city=city)
    offered = options(editor.get(ADD).content.decode())
    assert offered[:4] == ["Chak 204 RB", "Swabi", "Karachi", "Lahore"]
    assert len(offered) == len(set(offered)) == OFFERED
    assert set(offered) - {"Chak 204 RB"} <= set(city_populations())


def test_an_office_of_many_places_is_offered_the_largest(db):
    CityTotal.objects.bulk_create(
        CityTotal(city=f"Chak {n}", city_key=f"chak{n}", students=n, fees=0) for n in range(1, 301)
    )
    assert offered_cities() == [f"Chak {n}" for n in range(300, 300 - OFFERED, -1)]


def test_they_are_looked_up_when_they_are_seen_only(db, prepared_runs):
    form = StudentPageForm({"name": "Ali", "city": "Lahore", "fees": "1"})
    CityTotal.objects.by_city()
    before = prepared_runs()
    assert form.is_valid()
    assert prepared_runs() == before
    form.as_p()
    assert prepared_runs() == before + 1
