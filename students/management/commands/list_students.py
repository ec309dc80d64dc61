from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rules.fields import CitiesField
from students.models import Student


class Command(BaseCommand):
    help = "Print students, a line each: Ali pays 5000 PKR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--city", action="append", help="only this one, however spelt; may be repeated"
        )
        parser.add_argument(
            "--status",
            choices=["current", "left", "all"],
            default="current",
            help="who is here (current), who has left, or all",
        )

    def handle(self, *, city: list[str] | None, status: str, **options: Any) -> None:
        try:
            cities = CitiesField(required=city is not None).clean(city)
        except ValidationError as error:
            raise CommandError(f"--city: {error.messages[0]}") from None
        students = Student.objects.with_status(status).in_cities(cities)
        for student in students.order_by("name_key", "id").iterator():
            self.stdout.write(f"{student.name} pays {plain(student.fees)} PKR")


def plain(fees: Decimal) -> str:
    """`5000`, or `5000.50` where there are paisa."""
    return f"{fees:.0f}" if fees % 1 == 0 else f"{fees:.2f}"
