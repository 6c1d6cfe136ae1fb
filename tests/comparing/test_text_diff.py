from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.comparing.text_diff import Change, text_diff

OLD = "\n".join(f"key{n}: {n}" for n in range(40))


def test_a_changed_value_is_told_out_and_in_with_lines_around() -> None:
    lines = text_diff(OLD, OLD.replace("key20: 20", "key20: 99"))
    shown = [f"{line.change}{line.text}" for line in lines]
    assert shown == [
        "\u22ef17 equal lines",
        " key17: 17",
        " key18: 18",
        " key19: 19",
        "\u2212key20: 20",
        "+key20: 99",
        " key21: 21",
        " key22: 22",
        " key23: 23",
        "\u22ef16 equal lines",
    ]


def test_equal_texts_are_one_fold_and_no_change() -> None:
    assert {line.change for line in text_diff(OLD, OLD)} == {Change.FOLD}
    assert text_diff("", "") == ()


def test_a_huge_text_is_cut_and_says_so() -> None:
    lines = text_diff("a\n" * 30_000, "a\n" * 30_000 + "b")
    assert "only the first" in lines[-1].text


texts = st.lists(st.sampled_from(["a", "b", "<b>c</b>", ""]), max_size=12)


@given(texts, texts)
def test_what_is_put_in_and_left_alone_is_the_new_text(
    old: list[str], new: list[str]
) -> None:
    lines = text_diff("\n".join(old) + "\n", "\n".join(new) + "\n")
    if any(line.change is Change.FOLD for line in lines):
        return
    after = [line.text for line in lines if line.change is not Change.OUT]
    before = [line.text for line in lines if line.change is not Change.IN]
    assert after == ("\n".join(new) + "\n").splitlines()
    assert before == ("\n".join(old) + "\n").splitlines()
