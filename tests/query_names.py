"""A plugin of mypy that knows the names of queries: `SQL.head_of_partition` is an error where no file has that query.

`Queries` gives its queries as attributes of a file, so for mypy alone any name is right. Here the place where a `SQL`
is made says which file it reads: `SQL = Queries(Path(__file__).with_name("queries.sql"))`, the one way it is written.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from mypy.nodes import MemberExpr, NameExpr
from mypy.plugin import AttributeContext, Plugin, ReportConfigContext
from mypy.types import Type

from lienthong.postgres.sql import parse

ROOT = Path(__file__).parents[1]
_QUERIES = "lienthong.postgres.sql.Queries."
_OWN = frozenset({"names"})


class QueryNames(Plugin):
    """Asks the file for every attribute that is no method."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        name = fullname.removeprefix(_QUERIES)
        return _named if name != fullname and name not in _OWN and not name.startswith("_") else None

    def report_config_data(self, ctx: ReportConfigContext) -> Any:
        """A name that changes in a `.sql` file makes what mypy found before worthless."""
        return _all_names()


def plugin(version: str) -> type[Plugin]:
    return QueryNames


def _named(ctx: AttributeContext) -> Type:
    if isinstance(ctx.context, MemberExpr) and isinstance(ctx.context.expr, NameExpr | MemberExpr):
        module, _, variable = (ctx.context.expr.fullname or "").rpartition(".")
        name = ctx.context.name
        path = Path(*module.split(".")).with_suffix(".py")
        if name not in names_of(path if path.is_absolute() else ROOT / path, variable):
            ctx.api.fail(f"{module} reads no file that has a query {name}", ctx.context)
    return ctx.default_attr_type


@cache
def names_of(source: Path, variable: str) -> frozenset[str]:
    """The names in the file that a module's variable reads; none where it can't be seen which."""
    if not source.exists():
        source = source.with_suffix("") / "__init__.py"
    for node in ast.parse(source.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and variable in [
            target.id for target in node.targets if isinstance(target, ast.Name)
        ]:
            files = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant) and one.value]
            return frozenset(parse(source.with_name(str(files[0])).read_text("utf-8"))) if files else frozenset()
    return frozenset()


@cache
def _all_names() -> str:
    found = sha256()
    for folder in ("lienthong", "services"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            if "migrations" not in path.parts and "-- name:" in (text := path.read_text("utf-8")):
                found.update("\n".join([str(path.relative_to(ROOT)), *parse(text)]).encode())
    return found.hexdigest()
