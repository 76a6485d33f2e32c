"""Units: nation, provinces, communes and agencies, effective-dated and known by their official codes."""

from lienthong.units.changes import Change, Import, difference, import_rows, with_rows
from lienthong.units.entries import Alias, Population, Relation, Row, TableName, Unit, rows_of, to_row
from lienthong.units.files import load, read_csv, read_file
from lienthong.units.levels import LEVELS, Level, of_code
from lienthong.units.merging import Merging
from lienthong.units.merging import rows as merging_rows
from lienthong.units.names import fold, is_agency_code, normalise_agency_code, sort_key
from lienthong.units.registry import Registry

__all__ = [
    "LEVELS",
    "Alias",
    "Change",
    "Import",
    "Level",
    "Merging",
    "Population",
    "Registry",
    "Relation",
    "Row",
    "TableName",
    "Unit",
    "difference",
    "fold",
    "import_rows",
    "is_agency_code",
    "load",
    "merging_rows",
    "normalise_agency_code",
    "of_code",
    "read_csv",
    "read_file",
    "rows_of",
    "sort_key",
    "to_row",
    "with_rows",
]
