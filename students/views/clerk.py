"""The clerk's pages: add a student, mend him, he left, he came back. Check, form, save, respond."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from api.idempotency import form_once
from students.forms import BackForm, ClerkForm, LeftForm, StudentPageForm
from students.models import Student
from students.views.access import add_students, change_students
from students.views.links import links_to, student_url

form_page = require_http_methods(["GET", "HEAD", "POST"])
KEPT = ("city", "class_name", "joined_on")  # from one new student to the next


@form_page
@add_students
def student_add(request: HttpRequest) -> HttpResponse:
    initial = {name: request.GET[name][:100] for name in KEPT if request.GET.get(name)}
    form = ClerkForm(request, initial=initial)
    if request.method == "POST" and form.is_valid():
        added, before = form_once(request, form.add)
        student = get_object_or_404(Student, pk=added["pk"])
        if before:
            words = _("{student} was already added, and nothing was added twice.")
            messages.warning(request, told(words, student))
        else:
            messages.success(request, told(_("{student} was added."), student))
            warn_of_doubles(request, student)
        another = another_url(form)
        return redirect(another if "_another" in request.POST else student.get_absolute_url())
    return render(request, "students/student_add.html", {"form": form})


@form_page
@change_students
@transaction.atomic
def student_edit(request: HttpRequest, pk: int) -> HttpResponse:
    student = student_to_change(request, pk)
    form = ClerkForm(request, instance=student)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, told(_("{student} was saved."), student))
        if {"name", "city", "father_name", "phone"} & set(form.changed_data):
            warn_of_doubles(request, student)
        return redirect(student_url("student_detail", pk, request))
    return form_of(request, "students/student_edit.html", form, pk)


@form_page
@change_students
@transaction.atomic
def student_left(request: HttpRequest, pk: int) -> HttpResponse:
    form = LeftForm(request, student_to_change(request, pk))
    if request.method == "POST" and form.is_valid():
        student = form.save()
        messages.success(request, told(_("{student} is marked as left."), student))
        return redirect(student_url("student_detail", pk, request))
    return form_of(request, "students/student_left.html", form, pk)


@form_page
@change_students
@transaction.atomic
def student_back(request: HttpRequest, pk: int) -> HttpResponse:
    student = student_to_change(request, pk)
    if not student.has_left:  # sent twice, or by two people
        messages.info(request, told(_("{student} is here."), student))
        return redirect(student_url("student_detail", pk, request))
    form = BackForm(request, student)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, told(_("{student} is back."), student))
        return redirect(student_url("student_detail", pk, request))
    return form_of(request, "students/student_back.html", form, pk)


# -- What they share -------------------------------------------------------------------------------


def student_to_change(request: HttpRequest, pk: int) -> Student:
    """Locked while a form is saved: of two in the same moment the second sees the first."""
    students = Student.objects.all()
    if request.method == "POST":
        students = students.select_for_update()
    return get_object_or_404(students, pk=pk)


def form_of(request: HttpRequest, template: str, form: StudentPageForm, pk: int) -> HttpResponse:
    """The page of a form about a student, as he is in the database."""
    context = {
        "form": form,
        "student": get_object_or_404(Student, pk=pk),  # the form's has what was typed
        "back_url": student_url("student_detail", pk, request),
    }
    return render(request, template, context)


def told(words: str, student: Student) -> str:
    """A word of confirmation, the name a link."""
    return format_html(words, student=links_to([(student.get_absolute_url(), student.name)]))


def another_url(form: ClerkForm) -> str:
    """The page for the next student, with what a clerk would type again."""
    kept = {name: form.data.get(name, "") for name in KEPT}
    kept = {name: value for name, value in kept.items() if value}
    return reverse("student_add") + ("?" + urlencode(kept) if kept else "")


def warn_of_doubles(request: HttpRequest, student: Student) -> None:
    """Namesakes of one city, father or phone are legal, and often a double entry."""
    doubles = Student.objects.doubles_of(student).here_first()[:3]
    links = links_to((each.get_absolute_url(), f"{each.name} ({each.pk})") for each in doubles)
    if links:
        words = _("There is another of this name: {students}. Check that both are real.")
        messages.warning(request, format_html(words, students=links))
