"""Take a guard of the database away, to see what it was for."""

from contextlib import contextmanager

from django.db import connection


def sql(statement, params=None):
    """Its rows, if it gives any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def settle():
    """What is asked at the end of a transaction is asked now; PostgreSQL alters no table before."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")


def without_constraint(table, name):
    settle()
    sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def without_index(name):
    sql(f"DROP INDEX {name}")


def definition_of(function):
    ((definition,),) = sql(
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE %s",
        [function.replace("_", r"\_") + r"%"],
    )
    return definition


def replace(function, old, new):
    """In a trigger's function; gives the function as it was."""
    definition = definition_of(function)
    assert old in definition
    sql(definition.replace(old, new))
    return definition


def without_question(function, question):
    """`question`, the beginning of an IF, is answered with no."""
    replace(function, question, question.replace("IF ", "IF false AND ", 1).replace("OR", "AND"))


@contextmanager
def replaced(function, line, instead):
    """The same where nothing rolls back: it comes back at the end."""
    definition = replace(function, line, instead)
    try:
        yield
    finally:
        sql(definition)


def without_trigger(table, name):
    settle()
    ((full,),) = sql(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname ~ %s",
        [table, f"^pgtrigger_{name}_[0-9a-f]+$"],
    )
    sql(f"ALTER TABLE {table} DISABLE TRIGGER {full}")
