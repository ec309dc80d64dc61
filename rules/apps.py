from django.apps import AppConfig


class RulesConfig(AppConfig):
    """No models: an app for its template filters and its words to translate."""

    name = "rules"
