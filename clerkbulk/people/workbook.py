"""Workbooks: .xlsx and whatever else calamine opens (.xlsm, .xlsb, .xls, .ods)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerkbulk.errors import InputError
from clerkbulk.people.grid import scan_grid
from clerkbulk.people.origin import Origin
from clerkbulk.people.scan import Scan
from clerkbulk.people.table import Cell

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_EXACT = 2**53
"""Up to here every whole number has a float of its own."""


def scan_workbook(origin: Origin, *, sheet: str | None = None, header_line: int | None = None) -> Scan:
    """Read one sheet: the one named, else the first visible one with an ``@`` in it.

    Lines are Excel's own row numbers, wherever the used area begins. Numbers that are whole come as int, dates as date
    or datetime, formulas as the values last calculated; a cell in error (``#N/A``) comes empty. Raises InputError where
    the file cannot be opened or has no such sheet.
    """
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise InputError(
            f"Reading {origin.name} needs the extra for spreadsheets: pip install 'clerkbulk[excel]'. Or save it as "
            f"CSV."
        ) from error
    try:
        with origin.open() as stream, calamine.CalamineWorkbook.from_filelike(stream) as workbook:
            name, grid, first_line, notes = _chosen(workbook, origin.name, sheet)
    except calamine.PasswordError as error:
        raise InputError(f"{origin.name} is protected by a password: save a copy without one.") from error
    except calamine.CalamineError as error:
        raise InputError(
            f"{origin.name} looks like a workbook but cannot be opened ({error}): open it in a spreadsheet and save it "
            f"as .xlsx or CSV. An old Word or Outlook file looks the same from outside."
        ) from error
    return scan_grid(
        grid, name=origin.name, kind="xlsx", first_line=first_line, header_line=header_line, sheet=name, notes=notes
    )


def _chosen(
    workbook: CalamineWorkbook, name: str, wanted: str | None
) -> tuple[str, list[list[Cell]], int, tuple[str, ...]]:
    """Return the sheet's name, its cells, the row its used area begins in, and what to know of the choice."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    # Chart and macro sheets have no cells.
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    listed = ", ".join(map(repr, names))
    if wanted is not None:
        if wanted not in names:
            raise InputError(f"{name} has no sheet called {wanted!r}; it has {listed}.")
        grid, first_line = _cells(workbook, wanted)
        if not grid:
            raise InputError(f"The sheet {wanted!r} of {name} is empty. {name} has {listed}.")
        return wanted, grid, first_line, ()
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible] or names
    opened = {one: _cells(workbook, one) for one in visible}
    filled = [one for one in visible if opened[one][0]]
    if not filled:
        raise InputError(f"{name} is empty: no sheet holds anything ({listed}).")
    chosen = next((one for one in filled if _holds_at(opened[one][0])), filled[0])
    notes: tuple[str, ...] = ()
    if len(names) > 1:
        notes = (f"Read the sheet {chosen!r}; {name} has {listed}. Name another one with sheet= (--sheet).",)
    return chosen, *opened[chosen], notes


def _cells(workbook: CalamineWorkbook, name: str) -> tuple[list[list[Cell]], int]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None:
        return [], 1
    return [[_whole(cell) for cell in row] for row in sheet.to_python()], sheet.start[0] + 1


def _whole(cell: Cell) -> Cell:
    """Every number in a workbook is a float; a whole one was typed without a point."""
    if type(cell) is float and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    return cell


def _holds_at(grid: list[list[Cell]]) -> bool:
    return any(isinstance(cell, str) and "@" in cell for row in grid for cell in row)
