from django.apps import AppConfig
from django.core import checks


class TuitionConfig(AppConfig):
    name = "tuition"
    verbose_name = "Tuition"

    def ready(self) -> None:
        from tuition.accounts import check_sample_sign_ins
        from tuition.postgres.checks import check_database

        checks.register(check_database, checks.Tags.database)
        checks.register(check_sample_sign_ins, checks.Tags.database)
