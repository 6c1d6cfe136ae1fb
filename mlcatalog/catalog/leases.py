"""Turns: of several programs, one at a time may bring a part up to date."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Update, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.tables import LeaseRow, table
from mlcatalog.domain.errors import LeaseLostError

WRONG_CLOCK = (
    3_600  # seconds ahead; a turn that ends later was given by no honest clock
)
LINEAGE = "lineage"  # link and judge are about the whole catalogue


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose turn it is; the token grows with each new owner."""

    name: str
    owner: str
    token: int


def of_project(number: int) -> str:
    """The name of a project's lease."""
    return f"project {number}"


def take(
    connection: Connection, name: str, owner: str, *, seconds: float, instead_of: str
) -> Lease:
    """Take or renew a lease unless somebody else has it; gives who has it now.

    `instead_of` is an owner that is known to be gone: it is not waited for.
    """
    moment = int(time.time() * 1_000_000)
    until = moment + int(seconds * 1_000_000)
    row = connection.execute(
        select(table(LeaseRow)).where(col(LeaseRow.name) == name)
    ).first()
    if row is None:
        connection.execute(
            insert(LeaseRow).values(name=name, owner=owner, token=1, until=until)
        )
        return Lease(name, owner, 1)
    is_over = not moment < row.until <= until + WRONG_CLOCK * 1_000_000
    if row.owner not in ("", owner, instead_of) and not is_over:
        return Lease(name, row.owner, row.token)
    token = row.token if row.owner == owner else row.token + 1
    connection.execute(
        update(LeaseRow)
        .where(col(LeaseRow.name) == name)
        .values(owner=owner, token=token, until=until)
    )
    return Lease(name, owner, token)


def keep(connection: Connection, lease: Lease, *, seconds: float) -> None:
    """Make it last longer; one that another has taken over stays with the other."""
    until = int((time.time() + seconds) * 1_000_000)
    connection.execute(_ours(lease).values(until=until))


def give_back(connection: Connection, lease: Lease) -> None:
    """Let others have it."""
    connection.execute(_ours(lease).values(owner="", until=0))


def _ours(lease: Lease) -> Update:
    return update(LeaseRow).where(
        col(LeaseRow.name) == lease.name,
        col(LeaseRow.owner) == lease.owner,
        col(LeaseRow.token) == lease.token,
    )


def check(connection: Connection, lease: Lease) -> None:
    """Raise LeaseLostError when another has taken over since."""
    row = connection.execute(
        select(table(LeaseRow)).where(col(LeaseRow.name) == lease.name)
    ).first()
    if row is None or (row.owner, row.token) != (lease.owner, lease.token):
        raise LeaseLostError(
            "Another mlcatalog has taken over what this one was doing.",
            why="It had stopped for longer than its turn lasts",
            remedy="Nothing is lost: the other one goes on. Look again to be sure.",
        )
