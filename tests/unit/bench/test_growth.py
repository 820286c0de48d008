"""What one more costs: from the seconds each at several sizes."""

from tests.bench.growth import marginal
from tests.bench.measure import Timing


def test_one_more_is_told_from_each_size_to_the_next_with_its_ratio_to_the_first() -> None:
    sizes = {
        "2": Timing((3.0,), (3.0,)),
        "5": Timing((2.0, 1.8, 2.2), (2.0, 1.8, 2.2)),
        "20": Timing((1.0,), (1.0,)),
    }
    (line,) = marginal({"service_nothing_to_do": sizes})
    # 6 s for two, 10 s for five, 20 s for twenty.
    assert line == (
        "  service nothing to do, one more (ratio to one of 2): 2 to 5: 1.33 s (0.44); 5 to 20: 0.67 s (0.22)"
    )


def test_single_samples_are_called_so_and_what_is_one_more_already_is_left_out() -> None:
    sizes = {"2": Timing((3.0,), (3.0,)), "5": Timing((2.0,), (2.0,))}
    (line,) = marginal({"service_first": sizes, "namespace_first": sizes})
    assert "a single sample each" in line
