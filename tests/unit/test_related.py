"""What two procedures are about."""

import pytest

from registry.api.related import thing


@pytest.mark.parametrize(
    "name",
    ["Cấp lại giấy phép lái xe", "Đổi giấy phép lái xe", "Thủ tục gia hạn giấy phép lái xe", "Giấy phép lái xe"],
)
def test_what_is_done_to_a_thing_makes_no_other_thing(name: str) -> None:
    assert thing(name) == "giay phep lai xe"


def test_a_name_that_is_all_action_is_about_nothing() -> None:
    assert thing("Thủ tục cấp lại") == thing("") == ""
    assert thing("Cấp thẻ căn cước") != thing("Cấp hộ chiếu")
