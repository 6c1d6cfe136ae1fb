"""How Alembic reaches the catalogue: on the connection it is handed."""

from alembic import context
from sqlmodel import SQLModel

from mlcatalog.catalog import tables

_KEEP_IMPORT = tables.KEPT  # the tables register themselves on import


def run() -> None:
    """Migrate on the given connection, in its transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
