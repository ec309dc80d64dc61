"""The one NinjaAPI, which the apps' routers are mounted on: how it reads, and how it refuses."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser

from api.problems import Problem, parameter_error, too_long, unknown_parameters
from rules.text import UNSTORABLE, UNSTORABLE_WORDS

MOST_MEMBERS = 100


class ExactParser(Parser):
    """JSON whose numbers keep every digit, and that can be read one way only."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            body = json.loads(
                request.body.decode(),
                parse_int=_number,
                parse_float=_number,
                parse_constant=_no_constant,
                object_pairs_hook=_members,
            )
        except RecursionError:
            raise Problem(400, _("The body is nested too deeply.")) from None
        except ValueError:
            raise Problem(400, _("The body is not JSON in UTF-8.")) from None
        if not isinstance(body, dict):  # a shape would read a Decimal's attributes, and find none
            raise Problem(400, _("The body must be one JSON object."))
        return body


def _number(digits: str) -> Decimal:
    """Every digit, however many; NaN for what is beyond a Decimal, which no shape takes."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    if len(names) > MOST_MEMBERS:  # each wrong one costs a search for what was meant
        words = _("An object in the body has at most %(limit)s members.")
        raise Problem(400, words % {"limit": MOST_MEMBERS})
    if any(map(UNSTORABLE.search, names)):
        raise Problem(400, _("A name in the body holds a character that no text here may hold."))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        words = _("Give each member once.")
        errors = [parameter_error(name[:100], "repeated", words) for name in repeated]
        raise Problem(400, _("Nothing was saved; see errors."), errors)
    return dict(pairs)


class WrongShapeError(ValidationError):
    """Ninja's error, which also knows what members the body could have had."""

    def __init__(self, errors: list[dict[str, Any]], members: list[str]) -> None:
        super().__init__(errors)
        self.members = members


class Api(NinjaAPI):
    def create_temporal_response(self, request: HttpRequest) -> Any:
        """None: operations make their answers themselves, and take none to fill in."""

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> WrongShapeError:
        members = [
            name
            for context in error_contexts
            for shape in context.model.model_fields.values()
            for name in getattr(shape.annotation, "model_fields", ())
        ]
        invalid = super().validation_error_from_error_contexts(error_contexts)
        return WrongShapeError(invalid.errors, members)


api = Api(
    title="Tuition",
    version=settings.VERSION,
    description="Students, their cities and monthly fees (PKR).",
    parser=ExactParser(),
    openapi_url=None,
    docs_url=None,
)


# -- Refusals: all in the one shape ----------------------------------------------------------------


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, refusal: Any) -> Any:
    return refusal.response


@api.exception_handler(Exception)
def on_surprise(request: HttpRequest, surprise: Any) -> HttpResponse:
    raise surprise  # Django's handlers answer, with the project's error pages


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, missing: Any) -> HttpResponse:
    return Problem(404).response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, Problem):  # from ExactParser; ninja wraps what a parser raises
        return error.__cause__.response
    return Problem(error.status_code).response


@api.exception_handler(WrongShapeError)
def on_wrong_shape(request: HttpRequest, invalid: Any) -> HttpResponse:
    """What is not of the operation's shape, in the words of the forms."""
    errors = []
    for error in invalid.errors:
        name = str(error["loc"][-1])[:100]
        if error["type"] == "extra_forbidden":
            errors += unknown_parameters([name], invalid.members)
        elif len(error["loc"]) > 2:
            errors.append(parameter_error(name, *wrong_shape(error)))
    detail = (
        _("Nothing was saved; see errors.") if errors else _("The body must be one JSON object.")
    )
    return Problem(400, detail, errors).response


def wrong_shape(error: dict[str, Any]) -> tuple[str, str]:
    """(code, words) for an error of pydantic's; "invalid" is what a shape of ours says itself."""
    match error["type"]:
        case "missing":
            return "required", _("This is missing.")
        case "string_unicode":
            return "invalid", str(UNSTORABLE_WORDS)
        case "string_too_long":
            return "max_length", too_long(error["ctx"]["max_length"])
        case "invalid":
            return "invalid", error["msg"]
    return "invalid", _("It must be text.")
