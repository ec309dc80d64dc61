from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api.models import MAX_DAYS, MIN_DAYS, NAME_IN_USE, ApiToken


class Command(BaseCommand):
    help = "Make a token for a program, and print its key: the only time it can be seen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="which program uses it, and where")
        parser.add_argument("--edit", action="store_true", help="may add, change and delete too")
        parser.add_argument(
            "--money", action="store_true", help="may see money; with --edit, take it too"
        )
        parser.add_argument("--days", type=int, default=365, help="how long it holds (365)")

    def handle(self, *, name: str, edit: bool, money: bool, days: int, **options: Any) -> None:
        if not MIN_DAYS <= days <= MAX_DAYS:
            raise CommandError(f"--days takes {MIN_DAYS} to {MAX_DAYS}, not {days}.")
        name = name.strip()
        if not 0 < len(name) <= 100 or "\0" in name:
            raise CommandError("NAME takes 1 to 100 characters.")
        if ApiToken.objects.filter(name=name, revoked_at=None).exists():
            raise CommandError(str(NAME_IN_USE))
        expires_at = timezone.now() + timedelta(days=days)
        _, key = ApiToken.objects.make(
            name=name, can_edit=edit, can_money=money, expires_at=expires_at
        )
        if options["verbosity"]:
            rights = "see, add, change and delete students" if edit else "see students"
            if money:
                rights += ", and see and take money," if edit else ", and see money,"
            date = timezone.localtime(expires_at).strftime("%d/%m/%Y")
            self.stderr.write(f"{name} may {rights} until {date}. Its key, shown once:")
        self.stdout.write(key)  # alone, so that a script can take it
