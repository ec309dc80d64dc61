"""Tokens and kept answers belong to the app `api` from here on; their rows stay where they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("students", "0005_api_tokens")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable("ApiToken", "api_apitoken"),
                migrations.AlterModelTable("KeptAnswer", "api_keptanswer"),
            ],
            state_operations=[
                migrations.DeleteModel("ApiToken"),
                migrations.DeleteModel("KeptAnswer"),
            ],
        )
    ]
