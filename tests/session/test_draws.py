"""Which draws of the reference become which inputs of the port."""

from workbench.model.draws import Draw, handed

DRAWS = [Draw("flow.py:3", "randn"), Draw("flow.py:3#1", "randn"), Draw("hift.py:9", "rand"), Draw("cfm.py:1", "randn")]


def test_draws_are_declared_by_function_by_line_or_one_by_one() -> None:
    assert handed({"z": "rand"}, DRAWS) == {"z": "hift.py:9"}
    assert handed({"z": "flow.py:3"}, DRAWS) == {"z": "flow.py:3", "z#1": "flow.py:3#1"}
    assert handed({"z": "flow.py:3#1"}, DRAWS) == {"z": "flow.py:3#1"}
    assert handed({"z": "randn"}, DRAWS) == {"z": "flow.py:3", "z#1": "flow.py:3#1", "z#2": "cfm.py:1"}
    assert handed({"z": "normal_"}, DRAWS) == {}
