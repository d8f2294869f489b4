"""What is masked in a report, and what is not."""

import pytest

from registry.feedback.masking import MASK, masked


@pytest.mark.parametrize(
    "personal",
    [
        "0912345678",
        "0912 345 678",
        "091.234.5678",
        "+84 912 345 678",
        "(024) 3825 1234",
        "001099012345",
        "012 345 678",
        "123456789",
        "001 099 012 345",
        "nguoi.dan+1@vi-du.com.vn",
    ],
)
def test_numbers_and_addresses_that_tell_who_wrote_are_masked(personal: str) -> None:
    found = masked(f"Liên hệ tôi: {personal}, phí ghi sai.")
    assert found.text == f"Liên hệ tôi: {MASK}, phí ghi sai."
    assert found.many == 1


@pytest.mark.parametrize(
    "text",
    [
        "Phí là 50.000.000 đồng chứ không phải 5.000.000 đồng",
        "Tổng mức đầu tư 100.000.000.000 đồng",
        "Mức 120 000 000 VNĐ",
        "Thủ tục 1.001193.000.00.00.H55 và 2.000635",
        "Nghị định 118/2025/NĐ-CP ngày 09/06/2025, Quyết định 4472/QĐ-BTC",
        "Từ 01/07/2025 thời hạn là 15 ngày làm việc, 8 giờ",
        "Các năm 2023 2024 2025 đều sai",
        "",
    ],
)
def test_sums_codes_and_numbers_of_acts_stay(text: str) -> None:
    assert masked(text) == (text, 0)


def test_each_masked_number_counts() -> None:
    assert masked("0912345678 hoặc a@b.vn").many == 2
