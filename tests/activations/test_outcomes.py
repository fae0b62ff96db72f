import pytest

from activations.outcomes import Rejected, Skipped, Unknown, code_of


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("smtp_550", "smtp_550"),
        ("InvalidPhone", "InvalidPhone"),
        ("unknown +48600100200", "unknown_number"),
        ("unknown 600_100_200", "unknown_number"),
        ("no such user: jan@mail.example", "no_such_user:_e-mail"),
        ("", "unspecified"),
        ("x" * 90, "x" * 60),
        ("two\nlines", "two_lines"),
    ],
)
def test_a_code_is_one_word_about_nobody(said: str, code: str) -> None:
    assert code_of(said) == Rejected(said, "").code == Skipped(said).reason == code


def test_reasons_are_masked() -> None:
    assert Unknown("cut after jan@mail.example").reason == "cut after <e-mail>"
