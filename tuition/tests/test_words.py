"""Every word that people read passes gettext, as a whole; nothing that is remembered holds words.

The tests read the site in a language that puts ⟦marks⟧ round all that passes gettext: a letter
outside the marks is a word that no translator will see.
"""

import json
import re
from contextlib import contextmanager, nullcontext
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from django.utils.translation.trans_real import CONTEXT_SEPARATOR, DjangoTranslation

from api import http
from api.models import ApiToken
from api.openapi import contract, operations
from api.tests.factories import make_token
from students.forms import state_of
from students.models import Student
from students.tests.api.calls import STUDENTS, send
from students.tests.factories import make_family, make_leaver, make_student
from tuition.accounts import make_sample_sign_ins
from tuition.tests.test_errors import failing


def gettext(self, message):
    return f"⟦{message.rpartition(CONTEXT_SEPARATOR)[2]}⟧"


def ngettext(self, one, many, n):
    return gettext(self, one if n == 1 else many)


@contextmanager
def marking():
    """The language of marks. gettext and ngettext are all that Django asks a catalogue for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DjangoTranslation, "gettext", gettext)
        patch.setattr(DjangoTranslation, "ngettext", ngettext)
        yield


@pytest.fixture
def marks():
    with marking():
        yield


def outside(text):
    """What stands outside the marks, which nest where a word is put into a sentence."""
    # What starts like this is the end of a sentence, which can't be turned round; ":" is a label's.
    pieces = re.findall(r"⟦\s*[,.;:][^⟧]+⟧", text)
    assert not pieces
    before = ""
    while before != text:
        before, text = text, re.sub("⟦[^⟦⟧]*⟧", "", text)
    return text


# -- Pages -----------------------------------------------------------------------------------------


class Words(HTMLParser):
    """What is read of a page, in its order: the texts, and the attributes that are said or shown.

    Code is the same in every language. Django's admin leaves what its icons say in English.
    """

    SAID = ("aria-label", "title", "alt", "placeholder", "label", "data-none")
    CODE = ("script", "style", "code", "pre", "textarea")

    def __init__(self, page):
        super().__init__()
        self.words, self.inside = [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        said = self.SAID + (("value",) if attrs.get("type") in ("submit", "button") else ())
        if "/admin/img/" not in attrs.get("src", ""):
            self.words += [attrs[name] for name in said if attrs.get(name)]
        self.inside += tag in self.CODE

    def handle_endtag(self, tag):
        self.inside -= tag in self.CODE

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)


DATA = r"""
    Ali | Sann?a              # names of these tests: students, and the programs of tokens
    | Lahoree? | Karachii? | Multan | Quetta | Swabi  # cities: what is data stays as it is
    | viewer | editor | nobody | admin  # usernames
    | tuition_[\w-]+          # how a token's key begins
    | Tuition                 # the name of the product
    | Rs                      # as CLDR has it, in English and in Urdu
"""


def read(response, data=DATA):
    """Looks at every word of a page."""
    words = outside("\n".join(Words(response.content.decode()).words))
    left = re.sub(rf"(?<!\w)(?:{data})(?!\w)", "", words, flags=re.VERBOSE)
    unmarked = re.findall(".*[A-Za-z⟦⟧].*", left)
    assert not unmarked


@pytest.fixture
def office(db):
    """30 students in five cities, and a token; the id of a student."""
    for city in ("Lahore", "Karachi", "Multan", "Quetta", "Swabi"):
        Student.objects.bulk_create([Student(name="Ali", city=city, fees=5000)] * 6)
    make_token(name="Ali")
    return make_student(name="Sana").pk


LIST, ADMIN, TOKENS = "/students/", "/admin/students/student/", "/admin/api/apitoken/"
THREE = "city=lhr&city=khi&city=mux"
SEEN = {
    "client": ["/accounts/login/"],
    "viewer": [
        LIST, f"{LIST}?city=lhr", f"{LIST}?{THREE}", f"{LIST}?{THREE}&city=quetta&city=swabi",
        f"{LIST}?per_page=25&page=2", f"{LIST}?q=ali&min_fees=1&max_fees=9000&sort=-fees",
        f"{LIST}?q={'a' * 101}&city=%20&min_fees=x&max_fees=-1&sort=x&per_page=x&page=0",
        f"{LIST}?city={'x' * 51}&min_fees=2&max_fees=1", f"{LIST}?city=Lahoree",
        f"{LIST}statistics/", f"{LIST}statistics/?{THREE}&status=all&by=-city&min_fees=1",
        f"{LIST}statistics/?q=nobody", f"{LIST}statistics/?min_fees=x",
        f"{LIST}print/?{THREE}&status=all&q=a", f"{LIST}print/?q=nobody", f"{LIST}print/?page=x",
        f"{LIST}?status=left", f"{LIST}?city=Karachi&q=nobody&min_fees=1", f"{LIST}?q=Sanna",
        "/accounts/password_change/", "/accounts/password_change/done/",
    ],
    "editor": [
        f"{LIST}{{pk}}/", f"{LIST}{{left}}/?city=lhr", f"{LIST}families/{{family}}/", f"{LIST}add/",
        f"{LIST}{{pk}}/edit/", f"{LIST}{{pk}}/left/", f"{LIST}{{left}}/back/",
        ADMIN, f"{ADMIN}?city=lhr&q=sana", f"{ADMIN}add/",
        f"{ADMIN}?city={'x' * 51}&q={'a' * 101}", f"{ADMIN}?q=Sanna", f"{ADMIN}{{pk}}/change/",
        f"{ADMIN}?status=all", "/admin/students/family/", "/admin/students/family/{family}/change/",
    ],
    "admin": [
        "/admin/", "/admin/students/", "/admin/api/", f"{ADMIN}{{pk}}/delete/", TOKENS,
        f"{TOKENS}add/", f"{TOKENS}{{token}}/change/", f"{TOKENS}{{token}}/delete/",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "address"), [(role, address) for role in SEEN for address in SEEN[role]]
)
def test_pages(marks, office, request, role, address):
    family = make_family(name="Ali", phone="0300-1234567")
    facts = {"father_name": "Ali", "phone": "0300-1234567", "city": "Lahore", "family": family}
    make_student(name="Sanna", class_name="Ali", joined_on="2026-04-01", **facts)
    left = make_leaver(name="Sanna", **facts | {"family": make_family(name="Ali")})
    ids = {"pk": office, "left": left.pk, "family": family.pk}
    address = address.format(**ids, token=ApiToken.objects.get().pk)
    response = request.getfixturevalue(role).get(address)
    assert response.status_code == 200
    read(response)


NEW = {"new_password1": "quite-another-1", "new_password2": "quite-another-1"}
GOOD = {"name": "Sana", "city": "Lahore", "fees": "1", "seen": "what was seen"}
WRONG = {"name": "", "city": "x" * 51, "fees": "1.234"}
WHEN = {"expires_at_0": f"{timezone.now().year + 2}-01-01", "expires_at_1": "12:00"}
CHOSEN = {"action": "delete_selected", "_selected_action": ["{pk}"]}


@pytest.mark.parametrize(
    ("role", "address", "data", "said"),
    [
        ("client", "/accounts/login/", {"username": "ali", "password": "x"}, "That did not work"),
        ("viewer", "/accounts/password_change/", NEW, "Please mend this"),
        ("viewer", "/accounts/password_change/", NEW | {"old_password": "a-long-password"}, "Use"),
        ("viewer", "/accounts/password_change/", {"new_password1": "1", "new_password2": "1"}, "8"),
        ("editor", f"{LIST}add/", {}, "Type the student's name."),
        ("editor", f"{LIST}add/", GOOD | {"phone": "1", "joined_on": "x"}, "Type one phone"),
        ("editor", f"{LIST}add/", GOOD | {"family": "Ali"}, "Make a new family"),
        ("editor", f"{LIST}add/", GOOD | {"family": "Ali", "new_family": "Ali"}, "was added"),
        ("editor", f"{LIST}{{pk}}/edit/", GOOD | {"city": "Karachii"}, "Did you mean"),
        ("editor", f"{LIST}{{pk}}/edit/", GOOD, "was changed after you"),
        ("editor", f"{LIST}{{pk}}/edit/", GOOD | {"seen": "{seen}"}, "was saved"),
        ("editor", f"{LIST}{{pk}}/left/", {"left_on": "x"}, "Type a day"),
        ("editor", f"{LIST}{{pk}}/left/", {"left_on": "1/1/2026", "seen": "{seen}"}, "as left"),
        ("editor", f"{LIST}{{pk}}/back/", {}, "is here"),
        ("editor", f"{ADMIN}add/", {}, "Type the student's name."),
        ("editor", f"{ADMIN}add/", WRONG, "Type an amount"),
        ("editor", f"{ADMIN}add/", GOOD, "There is another"),
        ("editor", f"{ADMIN}add/", GOOD | {"city": "Lahoree"}, "Did you mean"),
        ("editor", f"{ADMIN}{{pk}}/change/", GOOD, "was changed after you"),
        ("editor", f"{ADMIN}{{pk}}/change/", GOOD | {"city": "Karachii"}, "Did you mean"),
        ("admin", f"{ADMIN}{{pk}}/delete/", {"post": "yes"}, "was not deleted"),
        ("admin", f"{ADMIN}{{pk}}/delete/", {"post": "yes", "seen": "{seen}"}, "deleted"),
        ("admin", ADMIN, CHOSEN | {"post": "yes"}, "nothing was deleted"),
        ("admin", ADMIN, CHOSEN, "Are you sure"),
        ("admin", ADMIN, CHOSEN | {"action": "mark_as_left"}, "Mark as left"),
        ("admin", ADMIN, CHOSEN | {"action": "mark_as_left", "post": "yes"}, "nothing was saved"),
        ("admin", f"{ADMIN}?status=x", CHOSEN | {"action": "mark_as_back"}, "Status"),
        ("editor", "/admin/students/family/add/", {"phone": "x"}, "Type one phone"),
        ("admin", f"{ADMIN}?q=a", CHOSEN | {"select_across": "1"}, "More than"),
        ("admin", f"{TOKENS}add/", {"name": "Sana", "can_edit": "on"} | WHEN, "Copy its key"),
        ("admin", f"{TOKENS}add/", {"name": "Sana"} | WHEN, "may see"),
        ("admin", f"{TOKENS}add/", {"name": "Ali"} | WHEN, "in use"),
        ("admin", f"{TOKENS}add/", WHEN | {"expires_at_0": "2020-01-01"}, "days ahead"),
        ("admin", TOKENS, {"action": "revoke", "_selected_action": ["{token}"]}, "Revoked"),
    ],
)
def test_answers_to_forms(marks, office, request, monkeypatch, role, address, data, said):
    monkeypatch.setattr("students.admin.COUNT_LIMIT", 20)
    ids = {"pk": office, "token": ApiToken.objects.get().pk}
    if "action" in data:
        data = data | {"_selected_action": [pk.format(**ids) for pk in data["_selected_action"]]}
    if data.get("seen") == "{seen}":
        data = data | {"seen": state_of(Student.objects.get(pk=office))}
    client = request.getfixturevalue(role)
    response = client.post(address.format(**ids), data, follow=True)
    assert said in unescape(response.content.decode())
    read(response)


@pytest.mark.parametrize(
    ("address", "data", "said"),
    [
        (f"{ADMIN}add/", GOOD, "was already added"),
        (f"{TOKENS}add/", {"name": "Sana"} | WHEN, "was already made"),
    ],
)
def test_answers_to_a_form_sent_twice(marks, admin, office, address, data, said):
    for _ in range(2):
        response = admin.post(address, data | {"sent": "a key"}, follow=True)
    assert said in unescape(response.content.decode())
    read(response)


def test_the_history_of_what_was_done(marks, admin, office):
    admin.post(f"{ADMIN}add/", GOOD)
    student, token = Student.objects.latest("pk"), ApiToken.objects.get()
    admin.post(f"{ADMIN}{student.pk}/change/", GOOD | {"fees": "2", "seen": state_of(student)})
    admin.post(TOKENS, {"action": "revoke", "_selected_action": [token.pk]})
    for address in (f"{ADMIN}{student.pk}/history/", f"{TOKENS}{token.pk}/history/", "/admin/"):
        read(admin.get(address))


def test_an_empty_office(marks, editor, viewer):
    for client, address in ((editor, LIST), (viewer, LIST), (editor, ADMIN)):
        read(client.get(address))


def test_more_than_are_counted(marks, viewer, office, monkeypatch):
    monkeypatch.setattr("students.tally.COUNT_LIMIT", 3)
    monkeypatch.setattr("students.stats.COUNT_LIMIT", 3)
    for query in ("q=a", f"q=a&{THREE}"):
        read(viewer.get(f"{LIST}?{query}"))
        read(viewer.get(f"{LIST}statistics/?{query}"))


def test_sample_sign_ins(marks, client, db, settings):
    settings.DEBUG = True
    make_sample_sign_ins()
    response = client.get("/accounts/login/")
    assert len(response.context["sample_sign_ins"]) == 5
    read(response)


def test_error_pages(marks, client, viewer, nobody, monkeypatch):
    viewer.raise_request_exception = False
    answers = [
        client.get(LIST, headers={"Host": "evil.example"}), client.get(f"{LIST}?q=%00"),
        client.get(f"{LIST}?{'&'.join(f'p{n}=1' for n in range(5000))}"), nobody.get(LIST),
        Client(enforce_csrf_checks=True).post("/accounts/login/"), viewer.get("/students/city/"),
        viewer.post(LIST),
    ]  # fmt: skip
    for error in (ValueError, OperationalError):
        monkeypatch.setattr("students.models.StudentQuerySet.matching", failing(error))
        answers.append(viewer.get(f"{LIST}?q=a"))
    statuses = [answer.status_code for answer in answers]
    assert statuses == [400, 400, 400, 403, 403, 404, 405, 500, 503]
    for answer in answers:
        read(answer)


def test_the_page_of_the_api(marks, viewer):
    """What it shows of the OpenAPI document is English, whoever asks."""
    assert "⟦" not in json.dumps(contract.__wrapped__(), ensure_ascii=False)
    document = []
    for each in operations():
        document += [each["method"], *each["paragraphs"]]
        document += [response["description"] for _, response in each["answers"]]
        for parameter in each.get("parameters", []):
            document += [parameter.get("description", ""), *parameter["schema"].get("enum", [])]
    read(viewer.get("/api/docs"), "|".join([DATA, *map(re.escape, filter(None, document))]))


# -- Refusals --------------------------------------------------------------------------------------


def refused(response, status, codes=""):
    """Looks at every word of a refusal."""
    problem = response.json()
    errors = problem.get("errors", [])
    assert response.status_code == status
    assert " ".join(sorted({each["code"] for each in errors})) == codes
    told = [problem["title"], problem["detail"], *(each["detail"] for each in errors)]
    unmarked = [words for words in told if re.search(r"[^\W\d_]|[⟦⟧]", outside(words))]
    assert not unmarked
    assert all(told)


def bearer(**kwargs):
    return Client(headers={"Authorization": f"Bearer {make_token(**kwargs)}"})


AVERAGES = "/students/average-fees/"
QUERIES = {
    "unknown": [f"{STUDENTS}?limt=5", f"{AVERAGES}?citty=x", "/api/students/city/lhr/?city=khi"],
    "repeated": [f"{STUDENTS}?sort=name&sort=fees&limit=1&limit=2", f"{AVERAGES}?city=a&city=b"],
    "blank": [
        f"{STUDENTS}?min_fees=", f"{STUDENTS}?city=%E2%80%8B", "/api/students/city/%20/",
        f"{AVERAGES}?city=", "/api/average-fees/?group_by=",
    ],
    "min_value": [f"{STUDENTS}?limit=0"],
    "max_value": [f"{STUDENTS}?limit=201"],
    "invalid": [f"{STUDENTS}?{query}" for query in ("limit=x", "after=x", "min_fees=2&max_fees=1")],
    "invalid_choice": [f"{STUDENTS}?sort=x", "/api/average-fees/?group_by=x"],
    "max_length": [
        f"{STUDENTS}?city={'a' * 51}", f"{STUDENTS}?q={'a' * 101}", f"{AVERAGES}?city={'a' * 51}",
    ],
    "too_many": [f"{STUDENTS}?{'&'.join(f'city=c{n}' for n in range(51))}"],
    "": [f"{AVERAGES}?city=%00", f"{STUDENTS}?{'&'.join(f'p{n}=1' for n in range(5000))}"],
}  # fmt: skip


@pytest.mark.parametrize("code", QUERIES)
def test_refusals_of_a_query(marks, db, code):
    client = bearer()
    for address in QUERIES[code]:
        refused(client.get(address), 400, code)


BODIES = {
    "required": ["{}", {"name": ""}, {"city": "\u200b"}, {"fees": ""}],
    "unknown": [{"id": 7}],
    "repeated": ['{"name": "Ali", "name": "Ali"}'],
    "max_length": [{"name": "a" * 101}, {"city": "a" * 51}],
    "invalid": [
        {"name": None, "city": 5}, {"name": "a\0b"}, {"city": "\ud800"},
        *({"fees": fees} for fees in (
            None, True, "\u200b", "x", -1, "1.234", "1,23", "1۲", 1000000, "\ud800", "9" * 5000,
        )),
    ],
    "": ["{", "[]", r'{"\ud800": 1}', json.dumps(dict.fromkeys(map(str, range(101))))],
}  # fmt: skip


@pytest.mark.parametrize("code", BODIES)
def test_refusals_of_a_body(marks, db, code):
    client = bearer(can_edit=True)
    for body in BODIES[code]:
        if isinstance(body, dict):
            body = {"name": "Ali", "city": "Lahore", "fees": "1"} | body
        refused(send(client, "POST", STUDENTS, body), 400, code)


def test_warnings(marks, db):
    student = {"name": "Ali", "city": "Lhaore", "fees": "1"}
    (warning,) = send(bearer(can_edit=True), "POST", STUDENTS, student).json()["warnings"]
    assert not re.search(r"[^\W\d_]", outside(warning["detail"]))


def test_other_refusals(marks, client, editor, nobody, monkeypatch):
    reader, writer = bearer(name="reader"), bearer(name="writer", can_edit=True)
    there = f"{STUDENTS}{make_student(name='Ali').pk}/"
    make_student(name="Ali")
    student = {"name": "Sana", "city": "Lahore", "fees": "1"}
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = editor.cookies
    refused(client.get(STUDENTS), 401)
    for caller in (nobody, reader, strict):
        refused(send(caller, "POST", STUDENTS, student), 403)
    for address in ("/api/fees/Nobody/", "/api/students", "/api/nope/", f"{STUDENTS}0/"):
        refused(reader.get(address), 404)
    refused(reader.generic("TRACE", STUDENTS), 405)
    refused(reader.get("/api/fees/Ali/"), 409)
    refused(send(writer, "POST", STUDENTS, student, **{"Idempotency-Key": " "}), 400, "invalid")
    key = {"Idempotency-Key": "one"}
    assert send(writer, "POST", STUDENTS, student, **key).status_code == 201
    refused(send(writer, "POST", STUDENTS, student | {"fees": "2"}, **key), 409)
    monkeypatch.setattr("api.idempotency.try_lock", lambda name: False)
    refused(send(writer, "POST", STUDENTS, student, **key), 409)
    refused(send(writer, "PATCH", there, {"fees": "2"}, **{"If-Match": '"other"'}), 412)
    refused(send(writer, "POST", STUDENTS, {"name": "a" * 3_000_000}), 413)
    refused(writer.post(STUDENTS, "x", content_type="text/plain"), 415)
    refused(client.get(AVERAGES, headers={"Host": "evil.example"}), 400)
    client.raise_request_exception = False
    for error, status in ((ValueError, 500), (OperationalError, 503)):
        monkeypatch.setattr("students.models.CityTotalQuerySet.totals_of", failing(error))
        refused(client.get(AVERAGES), status)


# -- What is remembered ----------------------------------------------------------------------------

TOO_LITTLE = "Ensure this value is greater than or equal to 1."
ZU_WENIG = "Dieser Wert muss größer oder gleich 1 sein."
NO_CITY = "Name a city, or leave `city` out for all students."


def both_ways_round(client, address, other):
    """(answer in English, answer in the `other` language), whichever is asked for first."""
    for english_first in (True, False):
        http._remembered.cache_clear()
        answers = {}
        for english in (english_first, not english_first):
            with nullcontext() if english else other():
                answers[english] = client.get(address).json()
        yield answers[True], answers[False]


@pytest.mark.parametrize(
    ("address", "words", "other", "translated"),
    [
        (f"{STUDENTS}?limit=0", TOO_LITTLE, lambda: override("de"), ZU_WENIG),
        (f"{AVERAGES}?city=", NO_CITY, marking, f"⟦{NO_CITY}⟧"),
    ],
)
def test_a_refusal_is_not_remembered(db, address, words, other, translated):
    client = bearer()
    for english, foreign in both_ways_round(client, address, other):
        assert english["errors"][0]["detail"] == words
        assert foreign["errors"][0]["detail"] == translated


@pytest.mark.parametrize("address", [STUDENTS, f"{AVERAGES}?city=lhr"])
def test_what_is_remembered_holds_no_words(db, address):
    make_student()
    client = bearer()
    for english, marked in both_ways_round(client, address, marking):
        assert english == marked
        assert http._remembered.cache_info().hits == 1


# -- The words themselves --------------------------------------------------------------------------


def test_no_plural_is_glued():
    templates = list(Path(site.BASE_DIR, "templates").rglob("*.html"))
    glued = [each for each in templates if re.search(r"\|\s*pluralize", each.read_text())]
    assert templates
    assert not glued
