"""Who may do what: rights by role as data (access.yml), and one function per kind of object that says who reaches it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from portal.accounts.models import Account, Organisation
from portal.cases.models import CaseFile, Part
from portal.handover.models import Handover

FILE = Path(__file__).with_name("access.yml")


class Forbidden(Exception):
    """Somebody who may not do this at all; a single foreign object is a LookupError instead (404)."""


@lru_cache(maxsize=1)
def rights() -> dict[str, frozenset[str]]:
    """Roles by right."""
    return {right: frozenset(roles) for right, roles in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()}


def everywhere(account: Account, organisation: Organisation) -> bool:
    """Data protection of the portal's operator looks over all organisations; that of an organisation over its own."""
    return "auditor" in account.roles and organisation.kind == "portal"


def may(account: Account, right: str) -> bool:
    """Has the account a role with this right? Raises KeyError for a right that does not exist."""
    return bool(rights()[right] & set(account.roles))


def chats_of(organisation_id: Any) -> ColumnElement[bool]:
    """Hand-overs that accounts of an organisation reach: its own. `organisation_id`: its id, or a parameter of the statement."""
    return col(Handover.organisation_id) == organisation_id


def cases_of(account: Account) -> ColumnElement[bool]:
    """Cases an account reaches: its organisation is responsible, or has a part that has not ended. (A transfer that is not
    decided shows only its own fields, not the case.)"""
    part: Any = select(Part.case_id).where(Part.organisation_id == account.organisation_id, col(Part.until).is_(None))
    return or_(col(CaseFile.organisation_id) == account.organisation_id, col(CaseFile.id).in_(part))
