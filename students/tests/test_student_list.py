"""GET /students/ and /students/city/<city>/."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from students.forms import StudentListForm
from students.models import Student
from students.tests.factories import make_student


def names(response):
    return [row["name"] for row in response.context["rows"]]


def counts(response):
    return {row.city: row.students for row in response.context["cities"]}


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.fixture
def three(db):
    make_student(name="Ali Raza", city="Lahore", fees="5000")
    make_student(name="Sana Khan", city="Karachi", fees="8000.50")
    make_student(name="علی", city="Lahore", fees="7000")


def test_shows_every_student_with_totals(viewer, three):
    response = viewer.get("/students/")

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    assert names(response) == ["Ali Raza", "Sana Khan", "علی"]
    assert "3 students · average Rs 6,666.83 · total Rs 20,000.50" in text(response)
    assert '<bdi lang="ur">علی</bdi>' in response.content.decode()


def test_home_leads_to_the_list_with_its_filters(viewer):
    assert viewer.get("/?city=lhr").headers["Location"] == "/students/?city=lhr"


@pytest.mark.parametrize("typed", ["Lahore", " lahore ", "LAHORE", "LHR", "لاہور", "لاهور"])
def test_one_city_however_typed(viewer, three, typed):
    for response in (
        viewer.get("/students/", {"city": typed}),
        viewer.get(reverse("city", args=[typed])),
    ):
        assert names(response) == ["Ali Raza", "علی"]
        assert "<title>2 students in Lahore · Tuition</title>" in response.content.decode()
        assert "2 students in Lahore · average Rs 6,000.00 · total Rs 12,000.00" in text(response)


def test_several_cities(viewer, three):
    make_student(name="Omar", city="Quetta")
    response = viewer.get("/students/?city=lhr&city=khi&city=LAHORE")
    assert names(response) == ["Ali Raza", "Sana Khan", "علی"]
    assert response.context["form"].cleaned_data["city"] == ["Lahore", "Karachi"]


def test_unknown_places_are_compared_without_case_and_spacing(viewer, db):
    make_student(name="A", city="Chak 12 JB")
    make_student(name="B", city="chak  12jb")
    response = viewer.get("/students/", {"city": "CHAK 12JB"})
    assert names(response) == ["A", "B"]
    assert next(row for row in response.context["cities"] if row.chosen).students == 2
    assert len(response.context["cities"]) == 1


def test_city_counts_follow_the_other_filters_but_not_the_city(viewer, three):
    response = viewer.get("/students/", {"city": "Lahore", "min_fees": "6000"})
    assert names(response) == ["علی"]
    assert counts(response) == {"Karachi": 1, "Lahore": 1}


def test_a_chosen_city_shows_even_at_none(viewer, three):
    response = viewer.get("/students/", {"city": "Quetta"})
    assert counts(response) == {"Quetta": 0, "Lahore": 2, "Karachi": 1}
    assert "No students match: City Quetta." in text(response)
    assert "Show all students" in text(response)


def test_a_chosen_city_shows_first(viewer, three):
    cities = viewer.get("/students/", {"city": "khi"}).context["cities"]
    assert cities == [("Karachi", 1, True), ("Lahore", 2, False)]
    cities = viewer.get("/students/", {"city": "khi", "q": "a"}).context["cities"]
    assert cities[0][0::2] == ("Karachi", True)


def test_a_misspelt_city_is_suggested_not_merged(viewer, three):
    response = viewer.get("/students/", {"city": "Lahoree"})
    assert "page" in response.context
    assert names(response) == []
    assert "Did you mean Lahore?" in text(response)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ali", ["Ali Raza"]),
        ("RAZA al", ["Ali Raza"]),
        ("a", ["Ali Raza", "Sana Khan"]),
        ("علي", ["علی"]),  # Arabic yeh finds the Urdu one
        ("%", []),
        ("_", []),
        ("\\", []),
    ],
)
def test_search(viewer, three, q, found):
    response = viewer.get("/students/", {"q": q})
    assert names(response) == found


def test_fees_as_people_type_them(viewer, three):
    response = viewer.get("/students/", {"min_fees": "Rs 5,000/-", "max_fees": "۷۰۰۰"})
    assert names(response) == ["Ali Raza", "علی"]
    labels = [(what, value) for what, value, _ in response.context["filters"]]
    assert labels == [("Fees at least", "Rs 5,000"), ("Fees at most", "Rs 7,000")]
    for label in ("Fees at least", "Fees at most"):  # neither "more than" nor "less than"
        assert f"{label}</label>" in response.content.decode()


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["aa", "Ab", "ac"]),
        ("-name", ["ac", "Ab", "aa"]),
        ("city", ["Ab", "ac", "aa"]),
        ("-city", ["aa", "ac", "Ab"]),
        ("fees", ["ac", "aa", "Ab"]),
        ("-fees", ["Ab", "aa", "ac"]),
    ],
)
def test_sorts(viewer, sort, expected):
    make_student(name="Ab", city="Karachi", fees="3")
    make_student(name="aa", city="Quetta", fees="2")
    make_student(name="ac", city="Lahore", fees="1")
    response = viewer.get("/students/", {"sort": sort})
    assert names(response) == expected
    column = sort.removeprefix("-")
    direction = "descending" if sort.startswith("-") else "ascending"
    assert response.content.decode().count("aria-sort") == 1
    assert f'aria-sort="{direction}"' in response.content.decode()
    assert [c["name"] for c in response.context["columns"] if c["sorted"]] == [column]


def test_equal_keys_keep_the_order_of_their_ids(viewer, db):
    ids = [make_student(name="Ali", fees="1").pk for _ in range(60)]
    pages = [viewer.get("/students/", {"sort": "fees", "page": n}) for n in (1, 2)]
    assert [row["id"] for page in pages for row in page.context["rows"]] == ids


def test_pages(viewer, db):
    for number in range(60):
        make_student(name=f"Student {number:02}")
    response = viewer.get("/students/?per_page=25&page=2")
    assert names(response) == [f"Student {number}" for number in range(25, 50)]
    assert "<title>60 students, page 2 of 3 · Tuition</title>" in response.content.decode()
    assert response.context["page_links"]["next"] == "/students/?per_page=25&page=3"
    assert response.context["page_links"]["previous"] == "/students/?per_page=25"


@pytest.mark.parametrize("page", ["4", "1000000000", "9" * 30])
def test_a_page_beyond_the_last_leads_to_the_last(viewer, db, page):
    for _ in range(60):
        make_student()
    response = viewer.get("/students/", {"city": "lhr", "per_page": 25, "page": page})
    assert response.headers["Location"] == "/students/?city=Lahore&per_page=25&page=3"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("min_fees=abc", "min_fees", None),
        ("min_fees=-1", "min_fees", None),
        ("min_fees=NaN", "min_fees", None),
        ("max_fees=1e400", "max_fees", None),
        ("min_fees=2000&max_fees=1000", "max_fees", "Type Rs 2,000 or more, or nothing."),
        ("page=0", "page", "Ensure this value is greater than or equal to 1."),
        ("page=-1", "page", "Ensure this value is greater than or equal to 1."),
        ("page=abc", "page", "Enter a whole number."),
        ("per_page=7", "per_page", None),
        ("sort=__class__", "sort", None),
        ("q=" + "a" * 101, "q", None),
        ("city=" + "a" * 51, "city", "A city has at most 50 characters; this has 51."),
        ("&".join(f"city=c{n}" for n in range(51)), "city", "Choose at most 50 cities at once."),
    ],
)
def test_a_bad_value_shows_its_error_and_no_rows(viewer, three, query, field, message):
    response = viewer.get(f"/students/?{query}")
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert message is None or errors[field] == [message]
    page = response.content.decode()
    assert "<title>Error: Students" in page
    if field == "page":  # no field to lead to
        assert f"Page: {message}" in page
    else:
        assert f'href="#id_{field}"' in page
        assert f'id="id_{field}"' in page
    assert "Ali Raza" not in page


def test_after_a_bad_value_the_chosen_cities_stay_chosen(viewer, three):
    response = viewer.get("/students/?city=lhr&min_fees=abc")
    assert [row.city for row in response.context["cities"] if row.chosen] == ["Lahore"]
    assert counts(response) == {"Lahore": 2, "Karachi": 1}


def test_unknown_parameters_are_ignored(viewer, three):
    assert len(names(viewer.get("/students/?utm_source=mail&fbclid=1"))) == 3


def test_each_filter_in_force_can_be_removed(viewer, three):
    response = viewer.get("/students/?city=lhr&city=khi&q=a&min_fees=1000.50&sort=-fees&page=1")
    assert response.context["filters"] == [
        ("City", "Lahore", "/students/?city=Karachi&q=a&min_fees=1000.5&sort=-fees"),
        ("City", "Karachi", "/students/?city=Lahore&q=a&min_fees=1000.5&sort=-fees"),
        ("Search", "a", "/students/?city=Lahore&city=Karachi&min_fees=1000.5&sort=-fees"),
        ("Fees at least", "Rs 1,000.50", "/students/?city=Lahore&city=Karachi&q=a&sort=-fees"),
    ]


@pytest.mark.parametrize("per_page", [50, 100])
@pytest.mark.parametrize("query", ["", "&city=lhr&q=a&min_fees=1&sort=-city"])
def test_five_statements_at_any_size(
    viewer, db, django_assert_num_queries, prepared_runs, per_page, query
):
    for number in range(101):
        make_student(name=f"Ali {number}")
    before = prepared_runs()
    counted = int("q=" in query)  # under a filter the students are counted, by city
    with django_assert_num_queries(1 + counted):  # rows
        response = viewer.get(f"/students/?per_page={per_page}{query}")
    # session, user, rights; and where nothing had to be counted the kept totals by city
    assert prepared_runs() == before + 4 - counted
    assert len(names(response)) == per_page


def test_no_students_yet(viewer):
    assert "There are no students yet." in text(viewer.get("/students/"))


def test_text_is_escaped(viewer, db):
    make_student(name="<script>alert(1)</script>", city='"><b>x</b>')
    page = viewer.get("/students/", {"q": "<script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>x" not in page
    assert 'name="city" value="&quot;&gt;&lt;b&gt;x&lt;/b&gt;">' in page


rows = st.lists(
    st.tuples(
        st.sampled_from(["Ali", "ali raza", "Sana", "علی", "علي رضا"]),
        st.sampled_from(["Lahore", "lhr", "Karachi", "Chak 1", "chak1"]),
        st.decimals(0, 20, places=2),
    ),
    max_size=12,
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=rows,
    cities=st.lists(st.sampled_from(["Lahore", "KHI", "CHAK 1", "Quetta"]), max_size=2),
    q=st.sampled_from(["", "ali", "raza", "علی"]),
    least=st.none() | st.decimals(0, 20, places=2),
)
def test_list_counts_totals_and_average_agree(viewer, transactional_rows, rows, cities, q, least):
    transactional_rows(rows)
    query = {"city": cities, "q": q, "per_page": 100}
    if least is not None:
        query["min_fees"] = str(least)
    response = viewer.get("/students/", query)
    shown = response.context.get("rows", [])
    totals = response.context["totals"]
    assert totals.students == len(shown)
    assert totals.fees == sum((row["fees"] for row in shown), Decimal(0))
    chosen = [row for row in response.context["cities"] if row.chosen or not cities]
    assert sum(row.students for row in chosen) == len(shown)
    form = StudentListForm(response.wsgi_request.GET)
    assert form.is_valid()
    assert form.students().totals() == totals
    if len(cities) == 1 and not q and least is None:
        answer = viewer.get("/students/average-fees/", {"city": cities[0]}).json()
        assert answer["students"] == totals.students
        assert answer["average_fees"] == (str(totals.average) if shown else None)


@pytest.fixture
def transactional_rows(db):
    """Replace all students with these, for one Hypothesis example after another."""

    def replace(rows):
        Student.objects.all().delete()
        for name, city, fees in rows:
            make_student(name=name, city=city, fees=str(fees))

    return replace


@pytest.fixture
def counting_stops_at_3(monkeypatch):
    monkeypatch.setattr("students.tally.COUNT_LIMIT", 3)


def test_more_than_can_be_counted_says_so(viewer, counting_stops_at_3):
    for number in range(3):
        make_student(name=f"Ali {number}", city="Lahore")
    exact = viewer.get("/students/?q=ali")
    assert "3 students · average Rs 5,000.00" in text(exact)

    make_student(name="Ali 9", city="Quetta")
    response = viewer.get("/students/?q=ali")
    assert "More than 3 students: these are the first 3." in text(response)
    assert "· average" not in text(response)
    assert names(response) == ["Ali 0", "Ali 1", "Ali 2"]
    assert counts(response) == {"Lahore": None, "Quetta": None}
    # One city of them can be counted again, and without a filter all can.
    assert "1 student in Quetta · average" in text(viewer.get("/students/?q=ali&city=Quetta"))
    assert "4 students · average" in text(viewer.get("/students/"))


@pytest.mark.parametrize("query", ["", "&sort=-name", "&sort=fees", "&city=lhr&sort=-fees", "&q=a"])
@pytest.mark.parametrize("few", [10, 1_000])
@pytest.mark.parametrize("near", [0, 50, 1_000])
def test_far_pages_are_the_same_pages(viewer, db, monkeypatch, query, few, near):
    monkeypatch.setattr("students.paging.FEW", few)
    monkeypatch.setattr("students.paging.NEAR", near)
    for number in range(130):
        make_student(name=f"Ali {number % 7}", city="Lahore", fees=str(number % 5))
    pages = [viewer.get(f"/students/?per_page=25&page={n}{query}") for n in range(1, 7)]
    form = StudentListForm(pages[0].wsgi_request.GET)
    assert form.is_valid()
    expected = list(form.students().values_list("pk", flat=True))
    assert [row["id"] for page in pages for row in page.context["rows"]] == expected


def test_the_first_of_more_than_can_be_counted_are_the_first(viewer, db, monkeypatch):
    monkeypatch.setattr("students.tally.COUNT_LIMIT", 100)
    monkeypatch.setattr("students.paging.FEW", 10)
    for number in range(150):
        make_student(name="Ali", fees=str(number))
    last = viewer.get("/students/?q=ali&sort=fees&per_page=25&page=4")
    assert [row["fees"] for row in last.context["rows"]] == list(range(75, 100))


@pytest.mark.parametrize("city", [" ", "\u200b", "\u202e"])
def test_a_city_of_nothing_is_not_every_city(viewer, three, city):
    for response in (
        viewer.get("/students/", {"city": city}),
        viewer.get(reverse("city", args=[city])),
    ):
        assert response.context["form"].errors == {"city": ["Name a city, or choose none."]}
        assert "Ali Raza" not in response.content.decode()
    assert len(names(viewer.get("/students/?city="))) == 3


def test_a_city_in_the_path_and_another_in_the_filter(viewer, db):
    for city in ("Lahore", "Karachi"):
        make_student(name=f"Ali of {city}", city=city)
    for query in ("city=Karachi", "city=khi&sort=fees", "city=Lahore&city=Karachi"):
        page = viewer.get(f"/students/city/lhr/?{query}")
        assert page.status_code == 200
        assert page.context["form"].errors["city"] == [
            "The address is about Lahore, its filter about Karachi: choose one."
        ]
        assert "Ali of" not in page.content.decode()
    for same in ("city=lhr", "city=LAHORE&city=لاہور", "city="):
        page = viewer.get(f"/students/city/Lahore/?{same}")
        assert page.context["heading"] == "Students in Lahore"
        assert "Ali of Lahore" in page.content.decode()


@pytest.mark.parametrize("name", ["q", "sort", "page", "per_page", "min_fees", "max_fees"])
def test_one_question_asked_in_two_ways(viewer, db, name):
    make_student(name="Ali 25")
    value, other = {"sort": ("fees", "name")}.get(name, ("25", "50"))
    page = viewer.get(f"/students/?{name}={value}&{name}={other}")
    assert page.status_code == 200
    told = "The address gives this twice, and differently: choose."
    assert page.context["form"].errors == {name: [told]}
    assert "Ali 25" not in page.content.decode()
    assert viewer.get(f"/students/?{name}={value}&{name}={value}").status_code in (200, 302)


@pytest.mark.parametrize("page", ["9" * 5000, "99", "0" * 3000 + "7"])
def test_a_page_of_any_number_of_digits_is_a_page(viewer, db, page):
    make_student()
    assert viewer.get(f"/students/?page={page}").headers["Location"] == "/students/"
