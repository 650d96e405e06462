"""What a case may say of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.cases import load_case, load_cases
from tests.attacks.oracles import Evidence, limits

PLAIN = 'title = "x"\ncategory = "resources"\noracle = "limits"\nforms = ["module"]\ncontrol = "plain"\n'


@pytest.mark.parametrize("said", ["overshoot = 1.5", 'overshoot = 5.0\ncause = "x"', 'overshoot = 1.1\ncause = "x"'])
def test_a_limit_is_passed_only_with_a_reason_and_within_a_bound(said: str, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(PLAIN + said, "utf-8")
    with pytest.raises(SystemExit, match="say why"):
        load_case(tmp_path)


def test_where_the_kernel_bounds_memory_no_case_may_pass_its_limit() -> None:
    """Nor may it in its control, which has to pass the limit that counts for all."""
    (case,) = load_cases(("page_tables",))
    used = Evidence(case, "full", memory_mb=1.4 * case.limits.memory_mb)
    found = [list(limits(one)) for one in (used, replace(used, grouped=True), replace(used, level="none"))]
    assert list(map(bool, found)) == [False, True, True]
