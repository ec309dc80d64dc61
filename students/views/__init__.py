"""The pages, and the average-fees view."""

from students.views.average import average_fees
from students.views.lists import links_to, student_list
from students.views.student import student_detail

__all__ = ["average_fees", "links_to", "student_detail", "student_list"]
