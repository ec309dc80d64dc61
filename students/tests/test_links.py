"""Every link of a page leads to where it says, whatever a name or a city holds."""

import re
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.test.utils import override_script_prefix

from students.models import Student, city_url
from students.tests.factories import ODD, make_student


def follow(client, address, base="http://testserver/"):
    """What a browser gets: it resolves an address first, dots and all, and drops the fragment."""
    parts = urlsplit(urljoin(base, address))
    assert parts.netloc == "testserver", address
    return client.get(parts.path + (f"?{parts.query}" if parts.query else ""))


def links(page):
    """Those that hold a filter or a city; the others are the same for every name."""
    found = map(unescape, re.findall(r'<a [^>]*?href="([^"]*)"', page.content.decode()))
    return {link for link in found if "?" in link or "/city/" in link}


@pytest.mark.parametrize("odd", ["Chak #204 RB", "%2F?", "a/", "..", "a;b=1&c+d", "گ ب#؟", '"<b>'])
def test_every_link_of_every_page_leads_somewhere(admin, odd):
    Student.objects.bulk_create(Student(name=f"{odd} {n}", city=odd, fees=n) for n in range(26))
    one = Student.objects.first()
    city, name = quote(one.city, safe=""), quote(odd, safe="")
    seen = {}
    for address in (
        f"/students/?per_page=25&city={city}&q={name}",
        f"/students/{one.pk}/",
        city_url(one.city),
        f"/admin/students/student/?city={city}&q={name}",
        f"/admin/students/student/{one.pk}/change/?_changelist_filters=city%3D{city}",
    ):
        page = follow(admin, address)
        assert page.status_code == 200, address
        for link in links(page):
            seen[link] = follow(admin, link, f"http://testserver{address}")
    assert len(seen) > 15
    for link, page in seen.items():
        assert page.status_code == 200, link
    assert seen[city_url(one.city)].context["heading"] == f"Students in {one.city}"


def test_the_link_of_every_city(viewer, db):
    for odd in ODD:
        city = make_student(city=odd).city
        page = follow(viewer, city_url(city))
        assert page.context["heading"] == f"Students in {city}"
        assert page.context["totals"].students == 1, city
        far = viewer.get("/students/", {"city": city, "page": 9})
        assert follow(viewer, far["Location"]).context["heading"] == f"Students in {city}"


def test_a_did_you_mean_leads_to_the_city(viewer, db):
    make_student(city="Lahore")
    page = viewer.get("/students/", {"city": "Lahor"})
    assert "/students/city/Lahore/" in links(page)


def test_addresses_follow_the_prefix_that_the_site_is_served_under():
    assert city_url("Lahore") == "/students/city/Lahore/"
    with override_script_prefix("/tuition/"):
        assert city_url("Lahore") == "/tuition/students/city/Lahore/"
        assert city_url("..") == "/tuition/students/?city=.."
    assert city_url("..") == "/students/?city=.."
