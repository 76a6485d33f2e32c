"""Programmes and plans as data: what the YAML under schemas/programmes/ means. Pure; no I/O.

A *programme* defines figures once, and the kinds of unit that report them (`reporters`). A *plan* (of one
province or commune) chooses figures into forms, declares indicators with targets, obligations with deadlines,
rounds with the days they cover, and tasks. `parse` expects documents of the shape that
schemas/programmes/{programme,plan}.schema.json fix; `planfiles` reads and checks the files.
"""

from lienthong.programmes.definitions import Computed, Document, Outside, Plan, Reminders, Task
from lienthong.programmes.documents import parse, parse_published
from lienthong.programmes.figures import Check, Figure, Form, Rename, Reporters, StatusValue
from lienthong.programmes.indicators import Baseline, Computation, Indicator, Target
from lienthong.programmes.obligations import Deadline, Obligation, Schedule, deadline_instant
from lienthong.programmes.official import Official

__all__ = [
    "Baseline",
    "Check",
    "Computation",
    "Computed",
    "Deadline",
    "Document",
    "Figure",
    "Form",
    "Indicator",
    "Obligation",
    "Official",
    "Outside",
    "Plan",
    "Reminders",
    "Rename",
    "Reporters",
    "Schedule",
    "StatusValue",
    "Target",
    "Task",
    "deadline_instant",
    "parse",
    "parse_published",
]
