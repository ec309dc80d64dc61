"""CSV that Excel opens as it was meant, and that runs nothing."""

from sheets.csv import csv_bytes, csv_chunks


def test_the_bytes():
    rows = [["Lahore", 73, "9435.62"], ["لاہور", 1, "0.50"], ['a "b", c\nd', 0, ""]]
    assert csv_bytes(["City", "Students", "Average"], rows) == (
        b"\xef\xbb\xbfCity,Students,Average\r\n"
        b"Lahore,73,9435.62\r\n"
        b"\xd9\x84\xd8\xa7\xdb\x81\xd9\x88\xd8\xb1,1,0.50\r\n"
        b'"a ""b"", c\nd",0,\r\n'
    )


def test_nothing_but_a_head():
    assert csv_bytes(["City"], []) == b"\xef\xbb\xbfCity\r\n"


def test_what_would_run_is_text_and_a_number_is_a_number():
    assert csv_bytes(["=City"], [["=1+1"], ["-5"], [-5], [None]]) == (
        b"\xef\xbb\xbf'=City\r\n'=1+1\r\n'-5\r\n-5\r\n\"\"\r\n"
    )


def test_the_head_comes_before_any_row_is_asked_for():
    def rows():
        raise LookupError
        yield []

    chunks = csv_chunks(["City"], rows())
    assert next(chunks) == b"\xef\xbb\xbfCity\r\n"


def test_a_thousand_rows_at_a_time():
    chunks = list(csv_chunks(["Line"], ([line] for line in range(2_500))))
    assert [chunk.count(b"\r\n") for chunk in chunks] == [1, 1_000, 1_000, 500]
    assert b"".join(chunks) == csv_bytes(["Line"], ([line] for line in range(2_500)))
