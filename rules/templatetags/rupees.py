"""What templates say of amounts, counts and names: functions of rules/, and nothing more."""

from django import template

from rules.days import format_day
from rules.money import format_average, format_count, format_rupees
from rules.phones import format_phone
from rules.text import bdi

register = template.Library()
register.filter("rupees", format_rupees)  # Rs 12,500; paisa only where there are any
register.filter("rupees_and_paisa", format_average)  # Rs 15,250.50
register.filter("thousands", format_count)  # 1,204
register.filter("bdi", bdi)  # <bdi lang="ur">علی</bdi>
register.filter("phone", format_phone)  # 0300-1234567
register.filter("day", format_day)  # 05/12/2026
