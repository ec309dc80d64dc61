"""Text that a spreadsheet would run is made text, and comes back as it was typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sheets.formulas import STARTS, as_typed, defused

STARTED = st.tuples(st.text("'", max_size=3), st.sampled_from(STARTS), st.text()).map("".join)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+92300", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "'=1", "''@x", "＝1", "－1"],
)
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert defused(cell) == f"'{cell}"
    assert as_typed(f"'{cell}") == cell


@pytest.mark.parametrize(
    "cell", ["", "Lahore", "a=1", "'Ali'", "O'Brien", " =1", "12.50", "'", "''"]
)
def test_anything_else_stays(cell):
    assert defused(cell) == cell
    assert as_typed(cell) == cell


@given(st.text() | STARTED)
@example("'=1")
@example("''=1")
@example("'Ali'")
def test_one_apostrophe_off_is_what_it_was(cell):
    assert as_typed(defused(cell)) == cell


@given(st.text() | STARTED)
def test_nothing_that_comes_out_would_run(cell):
    assert defused(cell)[:1] not in [*STARTS]
