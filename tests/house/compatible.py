"""What processes of the release before could not do on a database that was migrated already."""

from collections.abc import Iterator

from django.db import models
from django.db.migrations import SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

OURS = ("portal", "proposals", "reviews")
# What a column may become while somebody still writes what it was.
WIDER = {
    ("CharField", "TextField"),
    ("PositiveSmallIntegerField", "PositiveIntegerField"),
    ("PositiveIntegerField", "PositiveBigIntegerField"),
}


def read_by(leaves: list[tuple[str, str]]) -> ProjectState:
    """The models as the code knew them whose last steps these are."""
    return MigrationLoader(None).project_state(leaves)


def database_at(leaves: list[tuple[str, str]] | None = None) -> ProjectState:
    """The database after these steps, or all: a column stays that only the code has forgotten."""
    loader = MigrationLoader(None)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    for step in loader.graph._generate_plan(leaves or loader.graph.leaf_nodes(), at_end=True):
        state = after(state, *loader.graph.nodes[step].operations, app=step[0])
    return state


def after(state: ProjectState, *operations: Operation, app: str = "reviews") -> ProjectState:
    """The database once these were done."""
    state = state.clone()
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            state = after(state, *operation.database_operations, app=app)
        else:
            operation.state_forwards(app, state)
    return state


def broken(read: ProjectState, database: ProjectState, held: frozenset[str] = frozenset()) -> list:
    """What stands in the way of code that knows the models as `read`, a sentence for each.

    `held` names constraints that this code keeps already, without the database.
    """
    tables = {_table(model): model for model in database.models.values()}
    found = []
    for model in read.models.values():
        if model.app_label in OURS:
            now = tables.get(_table(model))
            problems = _of_a_table(model, now, held) if now else [f"{_table(model)} is gone."]
            found += problems
    return found


def _of_a_table(was: ModelState, now: ModelState, held: frozenset[str]) -> Iterator[str]:
    table, before, there = _table(was), _columns(was), _columns(now)
    for column, field in there.items():
        if column not in before:
            filled = field.null or field.has_db_default() or field.generated
            if not (filled or field.primary_key):
                yield f"{table}.{column} is new and must be given: it needs a db_default."
    for column, field in before.items():
        if column in there:
            yield from _of_a_column(f"{table}.{column}", field, there[column])
        else:
            yield f"{table}.{column} is gone."
    yield from _of_rules(was, now, held)


def _of_a_column(name: str, was: models.Field, now: models.Field) -> Iterator[str]:
    kinds = was.get_internal_type(), now.get_internal_type()
    if kinds[0] != kinds[1] and kinds not in WIDER:
        yield f"{name} was a {kinds[0]} and is a {kinds[1]}."
    if was.null and not now.null:
        yield f"{name} must not be empty any more."
    if now.unique and not was.unique:
        yield f"{name} must be unique now."
    if was.max_length and now.max_length and now.max_length < was.max_length:
        yield f"{name} is shorter than it was."
    if was.has_db_default() and not now.has_db_default() and not now.null:
        yield f"{name} is not filled by the database any more."


def _of_rules(was: ModelState, now: ModelState, held: frozenset[str]) -> Iterator[str]:
    known = {rule.name for rule in was.options.get("constraints", [])} | held
    for rule in now.options.get("constraints", []):
        if rule.name not in known and _named(rule).intersection(was.fields):
            yield f"{_table(was)} has a new rule, {rule.name}."
    if set(now.options.get("unique_together", ())) - set(was.options.get("unique_together", ())):
        yield f"{_table(was)} has a new rule, unique_together."


def _named(rule: models.BaseConstraint) -> set[str]:
    """The fields that a constraint looks at; all that are there, of one that says it otherwise."""
    named = set(getattr(rule, "fields", ()))
    if condition := getattr(rule, "condition", None):
        named |= condition.referenced_base_fields
    for expression in getattr(rule, "expressions", ()):
        named |= {one.name for one in expression.flatten() if isinstance(one, models.F)}
    return named


def _table(model: ModelState) -> str:
    return model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"


def _columns(model: ModelState) -> dict[str, models.Field]:
    """Each column's field. The name is worked out: a field without its model knows none."""
    return {
        field.db_column or (f"{name}_id" if field.is_relation else name): field
        for name, field in model.fields.items()
        if not field.many_to_many
    }
