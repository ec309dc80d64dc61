"""People and programs for tests. Each takes only what matters to the test."""

from django.contrib.auth.models import Group, User

from api.models import ApiToken


def make_user(
    *, name: str = "sana", group: str = "", is_staff: bool = False, is_superuser: bool = False
) -> User:
    user = User.objects.create_user(
        name, password="a-long-password", is_staff=is_staff, is_superuser=is_superuser
    )
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_token(
    *,
    name: str = "a program",
    can_edit: bool = False,
    can_money: bool = False,
    created_by: User | None = None,
) -> str:
    """Its key."""
    return ApiToken.objects.make(
        name=name, can_edit=can_edit, can_money=can_money, created_by=created_by
    )[1]
