from ampoule_clinic.limits import Limit


def test_a_burst_and_then_a_steady_rate() -> None:
    now = 0.0
    limit = Limit(burst=3, seconds=2, clock=lambda: now)
    assert [limit.allow("a") for _ in range(4)] == [True, True, True, False]
    assert limit.allow("b")
    now = 2.0
    assert [limit.allow("a") for _ in range(2)] == [True, False]
    now = 100.0
    assert [limit.allow("a") for _ in range(4)] == [True, True, True, False]


def test_full_buckets_are_forgotten() -> None:
    now = 0.0
    limit = Limit(burst=1, seconds=1, clock=lambda: now)
    for key in range(10_001):
        limit.allow(str(key))
    now = 10.0
    limit.allow("last")
    assert len(limit._paid_until) == 1
