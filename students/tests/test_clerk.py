"""The clerk's pages: add, edit, left, came back."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from api.tests.factories import make_user
from rules.days import format_day
from students.models import Family, Student
from students.tests.factories import make_family, make_leaver, make_student

ADD = "/students/add/"
ALI = {"name": "Ali", "city": "Lahore", "fees": "5000"}


def page_of(student, page=""):
    return f"/students/{student.pk}/{page and page + '/'}"


def opened(client, address, **typed):
    """What a browser would send of a form on the screen, with something else typed."""
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    shown = {name: "" if value is None else value for name, value in values.items()}
    return {name: form.fields[name].prepare_value(value) for name, value in shown.items()} | typed


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", "", response.content.decode()))


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# -- Adding ----------------------------------------------------------------------------------------


def test_three_facts_are_enough(editor, db):
    sent = opened(editor, ADD, **ALI)
    assert sent["joined_on"] == format_day(timezone.localdate())
    response = editor.post(ADD, sent, follow=True)
    student = Student.objects.get()
    assert response.redirect_chain == [(page_of(student), 302)]
    assert "Ali was added." in text(response)
    assert (student.name, student.city, str(student.fees)) == ("Ali", "Lahore", "5000.00")
    assert student.joined_on == timezone.localdate()


def test_all_facts(editor, db):
    family = make_family(name="Aslam", phone="0300-1234567")
    facts = {
        "father_name": " Muhammad  Aslam", "class_name": "9-B", "phone": "+92 300 1234567",
        "joined_on": "1/4/2026", "family": "aslam",
    }  # fmt: skip
    editor.post(ADD, opened(editor, ADD, **ALI, **facts))
    student = Student.objects.get()
    assert (student.father_name, student.class_name) == ("Muhammad Aslam", "9-B")
    assert (student.phone, student.joined_on.isoformat()) == ("03001234567", "2026-04-01")
    assert student.family == family


def test_another_after_it_keeps_what_would_be_typed_again(editor, db):
    typed = ALI | {"class_name": "9-B", "joined_on": "01/04/2026"}
    response = editor.post(ADD, opened(editor, ADD, **typed, _another="1"), follow=True)
    address, _ = response.redirect_chain[-1]
    form = response.context["form"]
    assert address.startswith(f"{ADD}?city=Lahore&class_name=9-B&joined_on=01%2F04%2F2026")
    values = [form[name].value() for name in ("name", "city", "class_name", "joined_on", "fees")]
    assert values == [None, "Lahore", "9-B", "01/04/2026", None]
    assert "Ali was added." in text(response)


def test_sent_twice_adds_once(editor, db):
    sent = opened(editor, ADD, **ALI)
    first = editor.post(ADD, sent)
    again = editor.post(ADD, sent, follow=True)
    assert again.redirect_chain == [(first["Location"], 302)]
    assert "Ali was already added, and nothing was added twice." in text(again)
    assert Student.objects.count() == 1


def test_sent_twice_makes_one_family(editor, db):
    sent = opened(editor, ADD, **ALI, phone="03001234567", family="Raza", new_family="Raza")
    for _ in range(2):
        editor.post(ADD, sent)
    (family,) = Family.objects.all()
    assert (family.name, family.phone) == ("Raza", "03001234567")
    assert Student.objects.get().family == family


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": " "}, "name", "Type the student's name."),
        ({"city": ""}, "city", "Type the student's city."),
        ({"fees": ""}, "fees", "Type the monthly fees, such as 12,500."),
        ({"fees": "-1"}, "fees", "found “-1”"),
        ({"phone": "12"}, "phone", "Type one phone number, such as 0300-1234567; found “12”."),
        ({"joined_on": "31/02/2026"}, "joined_on", "There is no day “31/02/2026”"),
        ({"name": "x" * 101}, "name", "at most 100"),
        ({"class_name": "x" * 31}, "class_name", "at most 30"),
        ({"city": "Lhaore"}, "city", "Did you mean Lahore?"),
        ({"family": "7"}, "family", "There is no family of this name"),
        ({"family": "x" * 101}, "family", "There is no such family."),
        ({"family": "9" * 30}, "family", "There is no family of this name"),
    ],
)
def test_refusals_keep_what_was_typed(editor, db, typed, field, words):
    make_student(name="Sana", city="Lahore")
    response = editor.post(ADD, opened(editor, ADD, **(ALI | typed)))
    assert response.status_code == 200
    assert words in " ".join(errors(response)[field])
    assert Student.objects.count() == 1
    page = response.content.decode()
    assert "<title>Error: Add a student" in page
    assert f'href="#id_{field}"' in page
    for name, value in (ALI | typed).items():
        assert response.context["form"][name].value() == value


def test_another_place_is_taken_when_said_so(editor, db):
    make_student(city="Lahore")
    sent = opened(editor, ADD, **ALI | {"city": "Lhaore"})
    page = editor.post(ADD, sent).content.decode()
    assert re.search(r'type="checkbox" name="other_place" value="Lhaore"', page)
    editor.post(ADD, sent | {"other_place": "Lhaore"})
    assert Student.objects.filter(city="Lhaore").exists()


def test_a_new_family_is_asked_about(editor, db):
    sent = opened(editor, ADD, **ALI, family="Raza")
    page = editor.post(ADD, sent)
    assert "Make a new family “Raza”" in text(page)
    assert not Family.objects.exists()
    editor.post(ADD, sent | {"family": "Raza Ali", "new_family": "Raza"})  # typed anew: asked anew
    assert not Family.objects.exists()
    editor.post(ADD, sent | {"new_family": "Raza"})
    assert Student.objects.get().family == Family.objects.get()


def test_a_new_family_takes_its_right(editor, db):
    rights = Permission.objects.filter(codename="add_family")
    User.objects.get(username="editor").groups.get().permissions.remove(*rights)
    sent = opened(editor, ADD, **ALI, family="Raza", new_family="Raza")
    assert errors(editor.post(ADD, sent))["family"] == ["There is no such family."]
    assert not Family.objects.exists()


def test_of_several_families_the_number_is_asked(editor, db):
    one, other = make_family(name="Raza", phone="0300-1234567"), make_family(name="raza")
    sent = opened(editor, ADD, **ALI, family="Raza")
    (words,) = errors(editor.post(ADD, sent))["family"]
    assert words.endswith(f"{one.pk}: Raza · 0300-1234567, {other.pk}: raza")
    editor.post(ADD, sent | {"family": str(other.pk)})
    assert Student.objects.get().family == other
    editor.post(ADD, opened(editor, ADD, **ALI, family=str(one)))
    assert Student.objects.filter(family=one).exists()


@pytest.mark.parametrize(
    ("there", "warned"),
    [
        ({"city": "Lahore"}, True),
        ({"city": "Multan"}, False),
        ({"city": "Multan", "father_name": "Aslam"}, True),
        ({"city": "Multan", "phone": "0300 1234567"}, True),
        ({"name": "Sana", "city": "Lahore"}, False),
    ],
)
def test_a_likely_double_is_pointed_out(editor, db, there, warned):
    student = make_student(**{"name": "ALI"} | there)
    typed = ALI | {"father_name": "Aslam", "phone": "03001234567"}
    response = editor.post(ADD, opened(editor, ADD, **typed), follow=True)
    assert ("There is another of this name" in text(response)) == warned
    assert (f'href="/students/{student.pk}/"' in response.content.decode()) >= warned
    assert Student.objects.count() == 2


def test_a_name_is_no_markup(editor, db):
    typed = ALI | {"name": "<script>x</script>", "city": "Swabi", "father_name": "<b>"}
    page = editor.post(ADD, opened(editor, ADD, **typed), follow=True).content.decode()
    assert "<script>x" not in page
    assert "<b>" not in page


# -- Editing ---------------------------------------------------------------------------------------


def test_a_city_is_mended_and_leads_back(editor, db):
    student = make_student(name="Ali", city="Swabi")
    came = "?city=Swabi&page=2"
    page = editor.get(page_of(student) + came).content.decode()
    assert f'href="{page_of(student, "edit")}?city=Swabi&amp;page=2"' in page
    edit = page_of(student, "edit") + came
    response = editor.post(edit, opened(editor, edit, city="lhr"), follow=True)
    assert response.redirect_chain == [(page_of(student) + came, 302)]
    assert "Ali was saved." in text(response)
    student.refresh_from_db()
    assert student.city == "Lahore"


@pytest.mark.parametrize(
    "query", ["?next=//evil.example/", "?sort=x", "?page=x", "?q=" + "x" * 500]
)
def test_no_address_leads_elsewhere(editor, db, query):
    student = make_student()
    edit = page_of(student, "edit") + query
    assert editor.post(edit, opened(editor, edit))["Location"] == page_of(student)


def test_the_page_shows_every_fact_as_people_write_it(editor, db):
    family = make_family(name="Aslam", phone="03001234567")
    student = make_student(
        name="Ali", fees="12500.50", phone="03001234567", joined_on="2026-04-01", family=family
    )
    sent = opened(editor, page_of(student, "edit"))
    assert sent["fees"] == "12,500.50"
    assert (sent["phone"], sent["joined_on"]) == ("0300-1234567", "01/04/2026")
    assert sent["family"] == "Aslam · 0300-1234567"
    before = Student.objects.values().get()
    editor.post(page_of(student, "edit"), sent)
    after = Student.objects.values().get()
    assert before | {"updated_at": 0} == after | {"updated_at": 0}


def test_somebody_elses_change_is_not_undone(editor, db):
    student = make_student(name="Ali", fees="5000")
    sent = opened(editor, page_of(student, "edit"), name="Ali Raza")
    Student.objects.update(fees="6000")
    refused = editor.post(page_of(student, "edit"), sent)
    assert "Now it is Ali, Lahore, Rs 6,000" in text(refused)
    assert Student.objects.get().name == "Ali"
    decided = sent | {"seen": refused.context["form"].data["seen"]}
    assert editor.post(page_of(student, "edit"), decided).status_code == 302
    assert (Student.objects.get().name, str(Student.objects.get().fees)) == ("Ali Raza", "5000.00")


def test_who_left_meanwhile_stays_so(editor, db):
    student = make_student(name="Ali")
    sent = opened(editor, page_of(student, "edit"))
    Student.objects.update(left_on=timezone.localdate())
    editor.post(page_of(student, "edit"), sent)  # nothing typed: nothing of his changes
    assert Student.objects.get().has_left


def test_who_was_deleted_is_gone(editor, db):
    student = make_student()
    sent = opened(editor, page_of(student, "edit"))
    Student.objects.all().delete()
    assert editor.post(page_of(student, "edit"), sent).status_code == 404


# -- Left, and back --------------------------------------------------------------------------------


def test_left_and_back(editor, db):
    today = format_day(timezone.localdate())
    student = make_student(name="Ali", joined_on="2026-04-01")
    left = page_of(student, "left") + "?city=Lahore"
    sent = opened(editor, left)
    assert sent["left_on"] == today
    response = editor.post(left, sent | {"left_on": "31/05/2026"}, follow=True)
    assert response.redirect_chain == [(page_of(student) + "?city=Lahore", 302)]
    assert "Ali is marked as left." in text(response)
    assert "Left on 31/05/2026" in text(response)
    assert not Student.objects.current().exists()

    back = page_of(student, "back")
    response = editor.post(back, opened(editor, back), follow=True)
    assert "Ali is back." in text(response)
    student.refresh_from_db()
    assert (student.joined_on, student.left_on) == (timezone.localdate(), None)
    again = editor.post(back, {"joined_on": today}, follow=True)
    assert "Ali is here." in text(again)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "This field is required."),
        ("x", "Type a day such as 05/12/2026"),
        ("31/03/2026", "Nobody leaves before he joins"),
        (format_day(timezone.localdate() + timedelta(days=2)), "Nobody has left on a day to come"),
    ],
)
def test_days_nobody_leaves_on(editor, db, day, words):
    student = make_student(name="Ali", joined_on="2026-04-01")
    response = editor.post(
        page_of(student, "left"), opened(editor, page_of(student, "left"), left_on=day)
    )
    assert words in errors(response)["left_on"][0]
    assert "<title>Error: Mark Ali as left" in response.content.decode()
    assert not Student.objects.get().has_left


def test_left_sent_twice_is_harmless(editor, db):
    student = make_student()
    sent = opened(editor, page_of(student, "left"))
    for _ in range(2):
        assert editor.post(page_of(student, "left"), sent).status_code == 302
    assert Student.objects.get().left_on == timezone.localdate()


def test_left_over_a_change_is_refused(editor, db):
    student = make_student(name="Ali", fees="5000")
    sent = opened(editor, page_of(student, "left"))
    Student.objects.update(fees="6000")
    assert "Rs 6,000" in text(editor.post(page_of(student, "left"), sent))
    assert not Student.objects.get().has_left


def test_a_wrong_day_of_leaving_is_mended(editor, db):
    student = make_leaver(left_on="2026-05-31")
    sent = opened(editor, page_of(student, "left"))
    assert sent["left_on"] == "31/05/2026"
    editor.post(page_of(student, "left"), sent | {"left_on": "30/05/2026"})
    assert Student.objects.get().left_on.isoformat() == "2026-05-30"


# -- All of them -----------------------------------------------------------------------------------

PAGES = ["edit", "left", "back"]


@pytest.mark.parametrize("page", PAGES)
def test_looking_changes_nothing(editor, db, page):
    student = make_leaver()
    before = Student.objects.values().get()
    for method in (editor.get, editor.head):
        assert method(page_of(student, page)).status_code == 200
    assert editor.put(page_of(student, page)).status_code == 405
    assert Student.objects.values().get() == before


@pytest.mark.parametrize("page", PAGES)
def test_nobody_of_that_number(editor, db, page):
    for number in ("1", "9" * 30):
        for method in (editor.get, editor.post):
            assert method(f"/students/{number}/{page}/").status_code == 404


@pytest.mark.parametrize("page", ["add", *PAGES])
def test_the_form_must_be_our_own(db, page):
    student = make_leaver()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(group="Editors"))
    address = ADD if page == "add" else page_of(student, page)
    assert strict.post(address, ALI).status_code == 403


HOSTILE = [
    "", " ", "a\0b", "x" * 10_000, "<script>", "' OR 1=1 --", "1e400", "NaN", "٣", "🙂", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("page", ["add", *PAGES])
def test_bad_input_is_never_a_500(editor, db, page, value):
    student = make_leaver(name="Ali")
    address = ADD if page == "add" else page_of(student, page)
    form = opened(editor, address) | (ALI if page == "add" else {})
    for name in [*form, "new_family", "other_place"]:
        status = editor.post(f"{address}?{name}=x", form | {name: value}).status_code
        assert status == 400 if "\0" in value else status in (200, 302)


@pytest.mark.hunt
def test_two_clerks_never_overwrite_silently(transactional_db):
    """200 rounds of two savers: of two different changes to one fact the second is told."""
    student = make_student(name="Ali", fees="1")
    clients = []
    for name in ("one", "two"):
        client = Client()
        client.force_login(make_user(name=name, group="Editors"))
        clients.append(client)
    edit = page_of(student, "edit")

    def save(client, sent):
        try:
            return client.post(edit, sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for number in range(100):
            pages = [
                opened(client, edit, fees=str(1000 + 2 * number + which))
                for which, client in enumerate(clients)
            ]
            statuses = list(pool.map(save, clients, pages))
            assert sorted(statuses) == [200, 302]
            kept = pages[statuses.index(302)]["fees"]
            assert f"{Student.objects.get().fees:.0f}" == kept
