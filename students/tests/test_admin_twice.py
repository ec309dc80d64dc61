"""The admin's forms sent twice, and sent over what somebody else did meanwhile."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from api.models import ApiToken
from api.tests.factories import make_user
from students.models import Student
from students.tests.api.calls import at_once
from students.tests.factories import make_student
from students.tests.test_admin import LIST, post, text

ADD, TOKENS = f"{LIST}add/", "/admin/api/apitoken/"
ALI = {"name": "Ali", "city": "Lahore", "fees": "5000"}
WHEN = {"expires_at_0": f"{timezone.now().year + 2}-01-01", "expires_at_1": "12:00"}


def opened(client, address):
    """The hidden fields of a form that is on the screen."""
    form = client.get(address).context["adminform"].form
    return {name: form[name].value() for name in ("seen", "sent") if name in form.fields}


def root():
    """Somebody who may do everything, in as many browsers as are asked for."""
    user = User.objects.filter(username="root").first()
    client = Client(raise_request_exception=False)
    client.force_login(user or make_user(name="root", is_staff=True, is_superuser=True))
    return client


# -- An add form -----------------------------------------------------------------------------------


def test_an_add_form_sent_again_adds_nothing_and_says_so(editor, db):
    page = opened(editor, ADD)
    assert editor.post(ADD, ALI | page)["Location"] == LIST
    again = editor.post(ADD, ALI | page, follow=True)
    assert again.redirect_chain == [(LIST, 302)]
    assert "“Ali” was already added, and nothing was added twice." in text(again)
    assert "was added successfully" in text(again)  # what the first one said, not shown until now
    assert Student.objects.count() == LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("button", "leads_to"), [("_continue", f"{LIST}{{pk}}/change/"), ("_addanother", ADD)]
)
def test_it_leads_to_where_the_first_one_led(editor, db, button, leads_to):
    page = opened(editor, ADD)
    first = editor.post(ADD, ALI | page | {button: "1"})
    again = editor.post(ADD, ALI | page | {button: "1"})
    assert first["Location"] == again["Location"] == leads_to.format(pk=Student.objects.get().pk)


def test_a_page_sent_again_with_somebody_else_in_it_adds_him(editor, db):
    page = opened(editor, ADD)
    for name in ("Ali", "Sana", "Sana"):
        editor.post(ADD, ALI | page | {"name": name})
    assert sorted(Student.objects.values_list("name", flat=True)) == ["Ali", "Sana"]


def test_two_of_one_name_are_added_with_two_pages(editor, db):
    for _ in range(2):
        editor.post(ADD, ALI | opened(editor, ADD))
    assert Student.objects.count() == 2


def test_a_page_is_one_persons_own(editor, admin, db):
    page = opened(editor, ADD)
    for client in (editor, admin):
        client.post(ADD, ALI | page)
    assert Student.objects.count() == 2


def test_a_refused_form_may_be_mended_and_sent_again(editor, db):
    page = opened(editor, ADD)
    refused = editor.post(ADD, ALI | page | {"fees": "x"})
    assert refused.context["adminform"].form["sent"].value() == page["sent"]
    for _ in range(2):
        assert editor.post(ADD, ALI | page).status_code == 302
    assert Student.objects.count() == 1


def test_who_lost_the_right_is_told_nothing(editor, db):
    page = opened(editor, ADD)
    editor.post(ADD, ALI | page)
    User.objects.get(username="editor").groups.clear()
    assert editor.post(ADD, ALI | page).status_code == 403


def slow(monkeypatch):
    """Saving takes long enough for a twin to come; set when the first is at it."""
    started, save = threading.Event(), Student.save

    def slowly(self, *args, **kwargs):
        save(self, *args, **kwargs)
        started.set()
        time.sleep(0.5)

    monkeypatch.setattr(Student, "save", slowly)
    return started


def double_click(monkeypatch):
    client, started = root(), slow(monkeypatch)
    page = opened(client, ADD)

    def send(number):
        browser = root()
        if number:
            started.wait(5)
        return browser.post(ADD, ALI | page).status_code

    return at_once(2, send)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_adds_one_and_the_second_waits(transactional_db, monkeypatch):
    assert double_click(monkeypatch) == [302, 302]
    assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_kept_answer_a_double_click_adds_two(
    transactional_db, monkeypatch
):
    def unguarded(caller, key, body, act, wait):
        return act()

    monkeypatch.setattr("api.idempotency.once", unguarded)
    assert double_click(monkeypatch) == [302, 302]
    assert Student.objects.count() == 2


# -- Tokens, users and groups: their names are their own -------------------------------------------


def test_a_tokens_form_sent_again_makes_no_other_and_shows_no_key(admin):
    page = {"name": "website", **WHEN, **opened(admin, f"{TOKENS}add/")}
    assert "Copy its key now." in text(admin.post(f"{TOKENS}add/", page))
    again = admin.post(f"{TOKENS}add/", page, follow=True)
    assert again.redirect_chain == [(TOKENS, 302)]
    assert "“website” was already made, and nothing was made twice." in text(again)
    assert ApiToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("model", "form", "told"),
    [
        ("auth/group", {"name": "Clerks"}, "Group with this Name already exists."),
        ("auth/user", {"username": "sana", "usable_password": "false"}, "already exists."),
        ("api/apitoken", {"name": "website", **WHEN}, "A token of this name is in use"),
    ],
)
def test_two_who_take_one_name_at_once(transactional_db, model, form, told):
    address = f"/admin/{model}/add/"
    browsers = [root(), root(), root(), root()]
    pages = [form | opened(browser, address) for browser in browsers]
    answers = at_once(4, lambda number: browsers[number].post(address, pages[number]))
    refused = [answer for answer in answers if told in answer.content.decode()]
    assert [answer.status_code for answer in refused] == [200, 200, 200]
    counts = Group.objects.filter(name="Clerks"), User.objects.filter(username="sana")
    assert sum(each.count() for each in (*counts, ApiToken.objects)) == 1


def test_what_is_refused_twice_is_no_secret(admin, monkeypatch):
    """A constraint that no form knows of is still an error, and is asked once more only."""
    asked = []

    def refuse(self, *args, **kwargs):
        asked.append(self)
        raise IntegrityError

    monkeypatch.setattr(Student, "save", refuse)
    with pytest.raises(IntegrityError):
        post(admin, ADD)
    assert len(asked) == 2


# -- A change form ---------------------------------------------------------------------------------


def test_a_change_form_sent_again_is_saved_quietly(editor, db):
    student = make_student(name="Ali", fees="3000")
    address = f"{LIST}{student.pk}/change/"
    page = {"name": "Ali Raza", "city": "lhr", "fees": "Rs 4,000/-", **opened(editor, address)}
    for _ in range(2):
        assert editor.post(address, page).status_code == 302
    student.refresh_from_db()
    assert (student.name, student.city, student.fees) == ("Ali Raza", "Lahore", 4000)


def test_not_when_somebody_else_was_there_in_between(editor, admin, db):
    student = make_student(name="Ali", fees="3000")
    address = f"{LIST}{student.pk}/change/"
    page = ALI | opened(editor, address)
    assert editor.post(address, page).status_code == 302
    post(admin, address, fees="1111")
    refused = editor.post(address, page)
    assert "Now it is Ali, Lahore, Rs 1,111; below is what you typed." in text(refused)
    student.refresh_from_db()
    assert student.fees == 1111


def test_a_change_form_of_who_was_deleted(editor, db, monkeypatch):
    student = make_student()
    address = f"{LIST}{student.pk}/change/"
    page = ALI | opened(editor, address)
    monkeypatch.setattr(Student.objects, "select_for_update", Student.objects.none)  # just now
    assert "This student was deleted meanwhile." in text(editor.post(address, page))


def test_a_save_over_somebody_elses_is_refused_showing_both(editor, admin, db):
    student = make_student(name="Ali", fees="3000")
    address = f"{LIST}{student.pk}/change/"
    seen = editor.get(address).context["adminform"].form["seen"].value()
    post(admin, address, name="Ali", fees="1111")

    mine = {"name": "Ali Raza", "city": "Lahore", "fees": "3,000", "seen": seen}
    refused = editor.post(address, mine)
    assert "This student was changed after you opened this page" in text(refused)
    assert "Now it is Ali, Lahore, Rs 1,111; below is what you typed." in text(refused)
    assert 'value="3,000"' in refused.content.decode()
    student.refresh_from_db()
    assert (student.name, student.fees) == ("Ali", 1111)

    # Saving again what the page now shows is a decision, and goes through.
    again = refused.context["adminform"].form["seen"].value()
    assert editor.post(address, mine | {"seen": again}).status_code == 302
    student.refresh_from_db()
    assert (student.name, student.fees) == ("Ali Raza", 3000)


@pytest.mark.django_db(transaction=True)
def test_of_many_saves_at_once_one_wins_and_the_others_are_told(transactional_db):
    user = make_user(name="both", is_staff=True, is_superuser=True)
    student = make_student(name="Ali", fees="1")
    address = f"{LIST}{student.pk}/change/"

    def save(client, fees, seen):
        try:
            data = {"name": "Ali", "city": "Lahore", "fees": str(fees), "seen": seen}
            return client.post(address, data).status_code
        finally:
            connection.close()

    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(user)
    for _ in range(10):
        seen = clients[0].get(address).context["adminform"].form["seen"].value()
        fees = Student.objects.get().fees
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                pool.submit(save, client, fees + 1 + n, seen) for n, client in enumerate(clients)
            ]
        assert sorted(job.result() for job in jobs) == [200, 200, 200, 302]


# -- The delete page and the delete action ---------------------------------------------------------


def seen_on(response):
    return response.context["seen"]


def test_who_was_changed_meanwhile_is_not_deleted_but_told(admin, db):
    student = make_student(name="Ali", fees="3000")
    address = f"{LIST}{student.pk}/delete/"
    seen = seen_on(admin.get(address))
    Student.objects.update(fees=1111)
    refused = admin.post(address, {"post": "yes", "seen": seen}, follow=True)
    assert refused.redirect_chain == [(address, 302)]
    assert "was not deleted. Now it is Ali, Lahore, Rs 1,111. Delete again if that is right." in (
        text(refused)
    )
    assert Student.objects.count() == 1
    assert f'name="seen" value="{seen_on(refused)}"' in refused.content.decode()
    again = admin.post(address, {"post": "yes", "seen": seen_on(refused)}, follow=True)
    assert "was deleted successfully" in text(again)
    twice = admin.post(address, {"post": "yes", "seen": seen_on(refused)}, follow=True)
    assert "Perhaps it was deleted?" in text(twice)


@pytest.mark.parametrize("address", [f"{LIST}abc/delete/", f"{LIST}0/delete/"])
def test_nobody_to_delete(admin, address):
    for send in (admin.get, admin.post):
        assert "Perhaps it was deleted?" in text(send(address, follow=True))


def test_who_may_not_delete_is_told_nothing_of_a_change(editor, db):
    student = make_student()
    answer = editor.post(f"{LIST}{student.pk}/delete/", {"post": "yes", "seen": "other"})
    assert answer.status_code == 403


def test_the_action_deletes_what_its_page_showed(admin, db):
    pks = [make_student(name=name).pk for name in ("Ali", "Sana", "Umar")]
    chosen = {"action": "delete_selected", "_selected_action": pks[:2]}
    page = admin.post(LIST, chosen)
    assert f'name="seen" value="{seen_on(page)}"' in page.content.decode()
    Student.objects.filter(pk=pks[0]).update(fees=1111)
    yes = chosen | {"post": "yes", "seen": seen_on(page)}
    refused = admin.post(LIST, yes)
    assert "One of these students was changed or deleted after you opened this page" in (
        text(refused)
    )
    assert Student.objects.count() == 3
    Student.objects.filter(pk=pks[2]).update(fees=1)  # not one of them
    done = admin.post(LIST, yes | {"seen": seen_on(refused)}, follow=True)
    assert "Successfully deleted 2 students." in text(done)
    assert [student.pk for student in Student.objects.all()] == [pks[2]]


def test_the_action_tells_when_one_is_gone(admin, db):
    pks = [make_student().pk for _ in range(2)]
    chosen = {"action": "delete_selected", "_selected_action": pks}
    seen = seen_on(admin.post(LIST, chosen))
    Student.objects.filter(pk=pks[0]).delete()
    refused = admin.post(LIST, chosen | {"post": "yes", "seen": seen})
    assert "One of these students was changed or deleted" in text(refused)
    assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_in_the_moment_of_the_deletion_is_waited_for(transactional_db, monkeypatch):
    started = slow(monkeypatch)
    pk = Student.objects.bulk_create([Student(name="Ali", city="Lahore", fees=1)])[0].pk
    client = root()
    seen = seen_on(client.get(f"{LIST}{pk}/delete/"))
    page = ALI | opened(client, f"{LIST}{pk}/change/")

    def act(number):
        browser = root()
        if number == 0:
            return browser.post(f"{LIST}{pk}/change/", page)["Location"]
        started.wait(5)
        return browser.post(f"{LIST}{pk}/delete/", {"post": "yes", "seen": seen})["Location"]

    assert at_once(2, act) == [LIST, f"{LIST}{pk}/delete/"]
    assert Student.objects.get().fees == 5000
