"""What was confirmed comes in at one moment, once; and goes again when it is undone."""

import io
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.tests.factories import make_user
from students.imports import do_waiting, purge_imports, read, undo, write
from students.imports import reading as reading_module
from students.imports import writing as writing_module
from students.imports.work import limits
from students.models import Family, Import, ImportRow, State, Student, StudentEvent
from students.models.imports import Cancelled
from students.reconcile import differences
from students.tests.factories import make_family, make_student
from students.tests.test_import_rows import HEAD, counts, make_import

ALI = "name,city,fees,phone,joined,family\nAli,lhr,5000,3001234567,01/04/2026,Butt\n"


def confirm(imported, **facts):
    Import.objects.filter(pk=imported.pk).update(state=State.WRITING, **facts)
    return write(imported.pk, may_add_families=True)


def call_back(imported):
    Import.objects.filter(pk=imported.pk).update(state=State.UNDOING)
    return undo(imported.pk)


def students():
    names = ("name", "city", "fees", "phone", "class_name", "joined_on", "left_on", "family__name")
    return list(Student.objects.order_by("pk").values_list(*names))


def test_it_comes_in_with_history_totals_and_family(db):
    user = make_user(name="staff")
    done = confirm(make_import(ALI, user=user, name="staff"), confirmed_by=user)
    assert done.state == State.DONE
    assert students() == [
        ("Ali", "Lahore", 5000, "03001234567", "", date(2026, 4, 1), None, "Butt")
    ]
    (event,) = StudentEvent.objects.all()
    assert event.pgh_context == {
        "door": "import", "import": done.pk, "user": user.pk, "name": "staff",
    }  # fmt: skip
    assert differences() == []
    assert Family.objects.get().phone == "03001234567"
    assert done.families == [Family.objects.get().pk]
    assert not ImportRow.objects.exists()


def test_changes_leave_what_is_blank_and_count_nothing_else(db):
    ali = make_student(name="Ali", fees="5000", class_name="7")
    other = make_student(name="Sana")
    before = Student.objects.get(pk=other.pk).updated_at
    done = confirm(make_import(f"id,fees,class\n{ali.pk},6000,\n{other.pk},5000,\n"))
    assert students()[0][:5] == ("Ali", "Lahore", 6000, "", "7")
    assert Student.objects.get(pk=other.pk).updated_at == before
    assert Student.objects.get(pk=ali.pk).updated_at > before
    (event,) = StudentEvent.objects.filter(pgh_label="update")
    assert (event.pgh_old, event.pgh_context) == (
        {"fees": "5000.00"}, {"door": "import", "import": done.pk},
    )  # fmt: skip
    assert differences() == []


def test_pressed_twice_it_comes_in_once(db):
    imported = make_import(ALI)
    assert confirm(imported).state == State.DONE
    assert write(imported.pk, may_add_families=True).state == State.DONE
    assert len(students()) == 1


def test_bad_rows_stay_to_be_mended(db):
    done = confirm(make_import(f"{HEAD}Ali,Lahore,1\nSana,Lahore,x\n"), skip_bad=True)
    assert len(students()) == 1
    assert done.has_rows
    assert [row.line for row in ImportRow.objects.all()] == [3]


def test_the_same_file_comes_in_once_and_again_only_when_told(db):
    first, second, third = (make_import(ALI) for _ in range(3))
    confirm(first)
    refused = confirm(second)
    assert (refused.state, refused.options["notice"]) == (State.READY, "again")
    assert len(students()) == 1
    confirm(third, again=True)
    assert len(students()) == 2


def two_at_once(imports):
    """Each confirmed by a thread of its own, the second while the first has yet to commit."""
    started, go_on = threading.Event(), threading.Event()
    bring = writing_module.bring

    def slowly(imported, cursor, progress):
        bring(imported, cursor, progress)
        if imported.pk == imports[0].pk:
            started.set()
            go_on.wait(2)

    def work(imported):
        try:
            confirm(imported)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing_module, "bring", slowly)
        first, second = (threading.Thread(target=work, args=[each]) for each in imports)
        first.start()
        started.wait(10)
        second.start()
        second.join(0.5)
        go_on.set()
        first.join()
        second.join()


def test_two_imports_of_one_file_at_once_make_one_set_of_rows(transactional_db):
    imports = [make_import(ALI), make_import(ALI)]
    two_at_once(imports)
    assert len(students()) == 1
    assert [Import.objects.get(pk=each.pk).state for each in imports] == ["done", "ready"]


def test_without_the_lock_they_would_make_two(transactional_db, monkeypatch):
    monkeypatch.setattr(writing_module, "lock", lambda name: None)
    two_at_once([make_import(ALI), make_import(ALI)])
    assert len(students()) == 2


def test_what_somebody_did_meanwhile_is_looked_at_again(db):
    ali = make_student(name="Ali", fees="5000")
    imported = make_import(f"id,fees\n{ali.pk},6000\n")
    Student.objects.filter(pk=ali.pk).update(fees=5500)
    refused = confirm(imported)
    assert (refused.state, refused.options["notice"]) == (State.READY, "meanwhile")
    assert counts(refused) == (0, 0, 0, 1)
    assert students()[0][2] == 5500


def test_without_looking_again_it_would_overwrite(db, monkeypatch):
    monkeypatch.setattr(writing_module, "compare", lambda *args, **told: 0)
    ali = make_student(name="Ali", fees="5000")
    imported = make_import(f"id,fees\n{ali.pk},6000\n")
    Student.objects.filter(pk=ali.pk).update(fees=5500)
    confirm(imported)
    assert students()[0][2] == 6000


def test_a_failure_half_way_leaves_nothing(db, monkeypatch):
    imported = make_import(ALI)
    monkeypatch.setattr(writing_module, "ADD", writing_module.ADD + "; SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        confirm(imported)
    assert students() == []
    assert not Family.objects.exists()


# -- Undo ------------------------------------------------------------------------------------------


def test_undone_everything_is_as_it_was(db):
    aslam = make_family(name="Aslam")
    facts = {"fees": "5000", "phone": "03001234567", "left_on": None, "family": aslam}
    ali = make_student(name="Ali", joined_on=date(2026, 4, 1), **facts)
    before = students()
    rows = f"{ali.pk},Ali Raza,Multan,6000,0321-7654321,9,01/05/2026,02/05/2026,Butt\n"
    imported = make_import(
        f"id,name,city,fees,phone,class,joined,left,family\n{rows},Sana,Lahore,1,,,,,Butt\n"
    )
    done = confirm(imported)
    assert counts(done) == (1, 1, 0, 0)
    undone = call_back(done)
    assert (undone.state, undone.left_alone) == (State.UNDONE, 0)
    assert students() == before
    assert [family.name for family in Family.objects.all()] == ["Aslam"]
    assert differences() == []
    last = StudentEvent.objects.order_by("pgh_id").last()
    assert last.pgh_context == {"door": "import", "import": done.pk, "undo": True}
    assert undo(undone.pk).state == State.UNDONE  # nothing more to do
    assert students() == before


def test_whom_somebody_changed_since_is_left_alone(db):
    ali = make_student(name="Ali", fees="5000")
    done = confirm(
        make_import(f"id,name,city,fees\n{ali.pk},,,6000\n,Sana,Lahore,1\n,Hina,Lahore,1\n")
    )
    Student.objects.filter(pk=ali.pk).update(phone="03001234567")
    Student.objects.filter(name="Sana").update(fees=2)
    undone = call_back(done)
    assert [row[:3] for row in students()] == [("Ali", "Lahore", 6000), ("Sana", "Lahore", 2)]
    sana = Student.objects.get(name="Sana")
    assert (undone.left_alone, undone.options["left"]) == (2, [ali.pk, sana.pk])


def test_undone_it_may_come_in_anew(db):
    call_back(confirm(make_import(ALI)))
    assert confirm(make_import(ALI)).state == State.DONE
    assert len(students()) == 1


# -- Work ------------------------------------------------------------------------------------------


def waiting(**facts):
    return Import.objects.create(
        file_name="a.csv", checksum="1", size=1, content=ALI.encode(), **facts
    )


def test_what_waits_is_done_in_its_order(db):
    first, second = waiting(), waiting()
    assert do_waiting() == 2
    states = Import.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.READY, State.READY]
    Import.objects.update(state=State.WRITING)
    assert do_waiting() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.DONE, State.READY)


def test_what_another_is_at_is_left_to_him_until_he_falls_silent(db):
    imported = waiting(busy_until=timezone.now() + timedelta(seconds=30))
    assert do_waiting() == 0
    Import.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    assert do_waiting() == 1
    imported.refresh_from_db()
    assert imported.state == State.READY


def test_read_a_second_time_it_has_its_rows_once(db):
    """Killed in the midst of reading, it begins anew."""
    imported = waiting()
    do_waiting()
    Import.objects.update(state=State.READING)
    do_waiting()
    assert ImportRow.objects.filter(imported=imported).count() == 1


def test_what_ends_its_process_every_time_is_given_up(db):
    waiting(options={"tries": 3})
    assert do_waiting() == 1
    assert Import.objects.get().state == State.REFUSED
    Import.objects.update(state=State.WRITING, options={"tries": 3})
    do_waiting()
    imported = Import.objects.get()
    assert (imported.state, imported.options["notice"]) == (State.READY, "broken")
    assert not Student.objects.exists()
    Import.objects.update(state=State.UNDOING, options={"tries": 3})
    do_waiting()
    assert Import.objects.get().state == State.DONE


def test_one_who_was_silent_for_too_long_stops(db, monkeypatch):
    """Another process has read the file meanwhile: its rows stay, and come once."""
    monkeypatch.setattr(reading_module, "BATCH", 1)
    imported = waiting()
    imported = Import.objects.get(pk=imported.pk)
    Import.objects.update(content=ALI.encode() + b"Sana,Lahore,1,,,\n")
    steps = []

    def silent(share, rows):
        if not steps:
            steps.append(rows)
            Import.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
            do_waiting()

    with pytest.raises(Cancelled):
        read(imported, io.BytesIO(bytes(Import.objects.get().content)), limits(), silent)
    assert Import.objects.get().state == State.READY
    assert ImportRow.objects.count() == 2


def test_files_and_rows_go_after_a_day_and_what_was_done_stays(db):
    old, done, young = waiting(), waiting(), waiting()
    do_waiting()
    Import.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(hours=25))
    Import.objects.filter(pk=done.pk).update(state=State.DONE)
    assert purge_imports(100) == 2
    assert purge_imports(100) == 0
    kept = {each.pk: (each.state, each.content is None) for each in Import.objects.all()}
    assert kept == {
        old.pk: ("cancelled", True), done.pk: ("done", True), young.pk: ("ready", False),
    }  # fmt: skip
    assert ImportRow.objects.values_list("imported", flat=True).get() == young.pk
