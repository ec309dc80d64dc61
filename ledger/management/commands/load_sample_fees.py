from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from ledger.models import Entry
from ledger.samples import fill


class Command(BaseCommand):
    help = "Charge the students who are here six months, and have them pay as people do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another seed, other money (1)")
        parser.add_argument("--cashier", default="cashier", help="whose drawer is open (cashier)")

    def handle(self, *, seed: int, cashier: str, **options: Any) -> None:
        if Entry.objects.exists():
            raise CommandError("There is money here already, and nothing was added.")
        user = get_user_model().objects.filter(username=cashier).first()
        with transaction.atomic():
            fill(timezone.localdate(), seed=seed, cashier=user)
        if options["verbosity"]:
            self.stdout.write("Added six months of made-up fees and payments.")
