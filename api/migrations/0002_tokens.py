"""The tokens and kept answers that students made and handed over: the tables are there."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import api.models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_rights_move_along"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="KeptAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("caller", models.CharField(max_length=40)),
                        ("key", models.CharField(max_length=200)),
                        ("body_hash", models.CharField(max_length=64)),
                        ("answer", models.TextField()),
                        (
                            "created_at",
                            models.DateTimeField(db_index=True, default=django.utils.timezone.now),
                        ),
                    ],
                    options={
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("caller", "key"), name="one_answer_a_key"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="Which program uses it, and where.",
                                max_length=100,
                                verbose_name="name",
                            ),
                        ),
                        (
                            "can_edit",
                            models.BooleanField(
                                default=False,
                                help_text="Add, change and delete students; otherwise only see.",
                                verbose_name="may edit",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                default=api.models.default_expiry, verbose_name="expires"
                            ),
                        ),
                        ("key_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        (
                            "prefix",
                            models.CharField(
                                editable=False, max_length=14, verbose_name="key begins"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(auto_now_add=True, verbose_name="made"),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                editable=False, null=True, verbose_name="last used"
                            ),
                        ),
                        (
                            "revoked_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="revoked"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                editable=False,
                                help_text="Empty: made by manage.py. While this person is deactivated,"
                                " so is the token.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="made by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API token",
                        "verbose_name_plural": "API tokens",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("revoked_at", None)),
                                fields=("name",),
                                name="api_token_name_in_use",
                                violation_error_message="A token of this name is in use: revoke it first.",
                            )
                        ],
                    },
                ),
            ]
        )
    ]
