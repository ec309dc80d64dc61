"""CSV as it is brought: whatever its letters, its separator and its ends of lines."""

import io

import pytest

from sheets import csv
from sheets.errors import Unreadable
from sheets.reading import Limits, read

LIMITS = Limits(rows=1_000, cells=10_000, unpacked=1_000_000)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
TEXT = "Name,City\nعائشہ,لاہور\n"
ROWS = [(1, ["Name", "City"]), (2, ["عائشہ", "لاہور"])]


def rows_of(content, **limits):
    sheet = read(io.BytesIO(content), Limits(**{**vars(LIMITS), **limits}))
    return [(row.line, row.cells) for row in sheet.rows]


def refusal(content, **limits):
    with pytest.raises(Unreadable) as caught:
        rows_of(content, **limits)
    return caught.value.code, caught.value.facts


# -- Letters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
    ],
)
def test_the_letters_are_read_whatever_their_encoding(content, encoding):
    sheet = read(io.BytesIO(content), LIMITS)
    assert (sheet.kind, sheet.about) == ("csv", {"encoding": encoding, "separator": ","})
    assert [(row.line, row.cells) for row in sheet.rows] == ROWS


def test_what_is_no_utf_8_is_the_code_page_of_an_old_excel():
    content = "Name,City\nZoë – “Z”,Málaga\n".encode("cp1252")
    assert read(io.BytesIO(content), LIMITS).about["encoding"] == "cp1252"
    assert rows_of(content) == [(1, ["Name", "City"]), (2, ["Zoë – “Z”", "Málaga"])]


def test_the_whole_file_tells_not_its_beginning():
    """An Urdu letter may come late, and stand across two of the chunks that are looked at."""
    content = b"x,\n" * (csv.CHUNK // 3) + b"\xd8\xb9,\n"
    assert read(io.BytesIO(content), LIMITS).about["encoding"] == "utf-8"
    assert read(io.BytesIO(content + b"\xeb,\n"), LIMITS).about["encoding"] == "cp1252"


@pytest.mark.parametrize(
    "content",
    [
        b"Name,City\nAli\x81,Lahore\n",  # which no code page has
        b"\xef\xbb\xbfName\xeb\n",
        b"\xff\xfeN\0a\0m",
        b"\xff\xfeN\0\0\xd8N\0",  # half a pair
    ],
)
def test_letters_that_are_none(content):
    assert refusal(content) == ("encoding", {})


@pytest.mark.parametrize(
    "content",
    [
        PNG,
        b"Name,City\nA\0li,Lahore\n",
        b"Name,City\n" + b"x,\n" * csv.CHUNK * 2 + b"\0",
        b"Zo\xeb,\n" * csv.CHUNK + b"\0",
        b"\xef\xbb\xbfName\0",
        b"\xff\xfeN\0\0\0",
        "\ufeffName,City".encode("utf-32-le"),
        "Name,City".encode("utf-16-le"),
    ],
    ids=["png", "nul", "late", "late in cp1252", "bom", "utf-16", "utf-32", "utf-16 without bom"],
)
def test_what_is_no_text(content):
    assert refusal(content) == ("not_text", {})


def test_an_empty_file():
    assert refusal(b"") == ("empty", {})


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\n\n", b" , \n"])
def test_nothing_in_it_is_no_rows(content):
    assert rows_of(content) == []


# -- Separators and lines --------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator):
    lines = [["Name", "City", "Fees"], ["Ali", "Lahore", "12500"], ["Sara", "Multan", "9000"]]
    content = "".join(separator.join(line) + "\n" for line in lines).encode()
    assert read(io.BytesIO(content), LIMITS).about["separator"] == separator
    assert rows_of(content) == list(enumerate(lines, start=1))


def test_a_mark_inside_cells_is_no_separator():
    content = b"Name;Fees\nRaza, Ali;12,500\nKhan, Sara;9,000\nBano;1,000\n"
    assert rows_of(content)[1] == (2, ["Raza, Ali", "12,500"])
    content = b'Name,Remarks\n"Ali; Raza",a;b;c\nSara,d\n'
    assert rows_of(content)[1] == (2, ["Ali; Raza", "a;b;c"])


def test_one_column_has_none():
    assert rows_of(b"Name\nAli Raza\n") == [(1, ["Name"]), (2, ["Ali Raza"])]


@pytest.mark.parametrize("said", ["sep=;", "SEP=;", "sep=; "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_first_line_may_say_it(said, encoding):
    content = f"{said}\r\nName;City, Town\r\nAli;Lahore, Punjab\r\n".encode(encoding)
    assert read(io.BytesIO(content), LIMITS).about["separator"] == ";"
    assert rows_of(content) == [(2, ["Name", "City, Town"]), (3, ["Ali", "Lahore, Punjab"])]


def test_it_may_say_a_tab_or_what_is_not_looked_for():
    assert rows_of(b"sep=\t\nA,B\tC\n") == [(2, ["A,B", "C"])]
    assert rows_of(b"sep=~\nA,B~C\n") == [(2, ["A,B", "C"])]


@pytest.mark.parametrize("said", ['sep="', "sep=a", "sep=", "sep=;;"])
def test_what_can_separate_nothing_is_a_row(said):
    assert rows_of(f"{said}\nName\n".encode())[0][0] == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end):
    content = f"Name,City{end}Ali,Lahore{end}{end}Sara,Multan".encode()
    lines = [(1, ["Name", "City"]), (2, ["Ali", "Lahore"]), (4, ["Sara", "Multan"])]
    assert rows_of(content) == lines


def test_rows_end_with_what_they_hold_last():
    content = b"Name,City,Fees\nAli\nSara,,9000,,,\n,,\n  ,\nBano,Multan,1,2,3\n"
    assert rows_of(content) == [
        (1, ["Name", "City", "Fees"]),
        (2, ["Ali"]),
        (3, ["Sara", "", "9000"]),
        (6, ["Bano", "Multan", "1", "2", "3"]),
    ]


def test_a_cell_of_several_lines_is_one_row_as_a_spreadsheet_counts():
    content = b'\r\n\r\nName,City\r\n"Ali\r\nRaza","La""hore"\r\n\r\nSara,Multan\r\n'
    assert rows_of(content) == [
        (3, ["Name", "City"]),
        (4, ["Ali\nRaza", 'La"hore']),
        (6, ["Sara", "Multan"]),
    ]


def test_what_was_made_text_for_excel_is_as_it_was_typed():
    content = b"Name,Phone\n'=Ali,'+92 300 1234567\n'Ali',''-1\n"
    assert rows_of(content)[1:] == [(2, ["=Ali", "+92 300 1234567"]), (3, ["'Ali'", "'-1"])]


def test_how_far_in_the_file():
    content = b"".join(b"Student %d,Lahore\n" % line for line in range(1_000))
    positions = [row.position for row in read(io.BytesIO(content), LIMITS).rows]
    assert positions == sorted(positions)
    assert 0 < positions[0] < 1
    assert positions[-1] == 1


# -- Refusals --------------------------------------------------------------------------------------


def test_a_quote_that_does_not_close():
    content = b'Name,City\n"Ali\nRaza",Lahore\nSara,"Multan\nBano,Lahore\n'
    assert refusal(content) == ("quotes", {"line": 3})


def test_a_quote_that_closes_too_early():
    assert refusal(b'Name,City\n"Ali" Raza,Lahore\n') == ("quotes", {"line": 2})


def test_a_quote_inside_a_cell_is_a_mark_as_any_other():
    assert rows_of(b'Name,City\nAli "Raza",Lahore\n')[1] == (2, ['Ali "Raza"', "Lahore"])


def test_the_longest_cell():
    longest = "ع" * csv.LONGEST_CELL
    assert rows_of(f"Name\n{longest}\n".encode())[1] == (2, [longest])
    assert refusal(f"Name\n\n{longest}x\n".encode()) == ("too_long", {"line": 3})


def test_the_longest_line():
    """In the first lines, where the separator is looked for, and later."""
    long = b"x," * (csv.LONGEST_LINE // 2)
    assert refusal(b'"Na\nme",City\n' + long) == ("too_long", {"line": 2})
    assert refusal(b"Name,City\n" * 500 + long + b"\n") == ("too_long", {"line": 501})
    assert refusal(b"\xef\xbb\xbf" + long) == ("too_long", {"line": 1})


def test_rows():
    content = b"Name\n" * 5
    assert len(rows_of(content, rows=5)) == 5
    assert refusal(content, rows=4) == ("rows", {"most": 4})


def test_columns():
    content = b"Name\n" + b"a," * 5 + b",,,\n"
    assert rows_of(content, columns=5)[1] == (2, ["a"] * 5)
    assert refusal(content, columns=4) == ("columns", {"most": 4, "line": 2})


def test_cells():
    content = b"a,b,c\n" * 4
    assert len(rows_of(content, cells=12)) == 4
    assert refusal(content, cells=11) == ("cells", {"most": 11})


def test_what_comes_before_a_refusal_is_read():
    rows = read(io.BytesIO(b'Name\nAli\n"Sara'), LIMITS).rows
    assert [next(rows).cells, next(rows).cells] == [["Name"], ["Ali"]]
    with pytest.raises(Unreadable):
        next(rows)


class Endless(io.RawIOBase):
    """A gigabyte in one line, which no disk has to hold."""

    SIZE = 1_000_000_000

    def __init__(self, start):
        self.start, self.at, self.given = start, 0, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + {0: 0, 1: self.at, 2: self.SIZE}[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        size = max(min(len(buffer), self.SIZE - self.at), 0)
        whole = self.start[self.at : self.at + size]
        buffer[:size] = whole + b"x" * (size - len(whole))
        self.at += size
        self.given += size
        return size


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x05\x06"])
def test_a_gigabyte_in_one_line(start):
    file = Endless(start)
    with pytest.raises(Unreadable) as caught:
        list(read(io.BufferedReader(file), LIMITS).rows)
    assert (caught.value.code, caught.value.facts) == ("too_long", {"line": 1})
    assert file.given < 10_000_000
