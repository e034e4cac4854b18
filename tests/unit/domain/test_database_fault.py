"""The guide for operators states each fault as the command line does."""

from pathlib import Path

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind

GUIDE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_guide_lists_each_fault_with_its_exit_code_and_advice() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    section = text.partition("## When the database cannot be used")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {kind.summary} | {kind.exit_code} | {kind.advice} |" for kind in FaultKind]


def test_a_fault_is_one_line_with_the_reason_and_the_next_step() -> None:
    fault = DatabaseFault(FaultKind.LOGIN, 'role "ann" does not exist')
    line = fault.instruction()
    assert line.startswith(f"the registry's {str(fault).removeprefix('the ')}; ")
    assert line.endswith(FaultKind.LOGIN.advice)
