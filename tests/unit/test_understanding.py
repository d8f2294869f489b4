"""What people type is led to what the catalogue calls it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import MAX_TOKENS, Query, plain
from search.understanding import explain, understand
from search.understanding.boundaries import cut
from search.understanding.dictation import heard


def meant(text: str) -> set[str]:
    """All wordings that a question asks for."""
    return {
        " ".join(one.tokens)
        for group in understand(text).groups
        if not group.optional
        for one in group.alternatives
    }


def preferred(text: str) -> set[tuple[str, str]]:
    return {(one.facet, one.value) for one in understand(text).preferences}


@pytest.mark.parametrize(
    ("typed", "wording"),
    [
        ("bìa đỏ", "giấy chứng nhận quyền sử dụng đất"),
        ("so do", "giấy chứng nhận quyền sử dụng đất"),
        ("GCN QSDĐ", "giấy chứng nhận quyền sử dụng đất"),
        ("cap doi gcn qsdd", "giấy chứng nhận quyền sử dụng đất"),
        ("thẻ BHYT", "thẻ bảo hiểm y tế"),
        ("tách khẩu", "tách hộ"),
        ("nhập khẩu cho con", "đăng ký thường trú"),
        ("mở quán", "đăng ký thành lập hộ kinh doanh"),
        ("giấy độc thân", "giấy xác nhận tình trạng hôn nhân"),
        ("giấy sác nhận tình chạng hôn nhân", "giấy xác nhận tình trạng hôn nhân"),
        ("bằng lái", "giấy phép lái xe"),
        ("lên thổ cư", "chuyển mục đích sử dụng đất"),
        ("work permit", "cấp giấy phép lao động người lao động nước ngoài làm việc tại việt nam"),
        ("C/O form D", "mẫu d"),
        ("làm lại CMND", "thẻ căn cước"),
        ("nhập hộ khẩu", "đăng ký thường trú"),
        ("xang tên xe máy cũ", "thay đổi chủ xe đăng ký sang tên xe"),
        ("lam2 so63 d9o3", "cấp giấy chứng nhận quyền sử dụng đất quyền sở hữu tài sản gắn liền với đất lần đầu"),
        ("cà vẹt bị mất làm lại", "cấp lại"),
    ],
)
def test_everyday_words_are_led_to_the_official_ones(typed, wording):
    assert wording in meant(typed)


@pytest.mark.parametrize(
    ("told", "wording"),
    [
        ("vợ tôi sắp sinh, làm ở công ty", "giải quyết hưởng chế độ thai sản"),
        ("em dâu tôi có bầu, đang đi làm công nhân", "giải quyết hưởng chế độ thai sản"),
        ("ba tôi mới mất", "đăng ký khai tử"),
        ("bà ngoại vừa qua đời sáng nay", "đăng ký khai tử"),
        ("bị mất ví", "cấp lại thẻ căn cước"),
        ("đi chợ bị móc túi mất hết giấy tờ", "cấp lại thẻ căn cước"),
        ("bị công ty cho nghỉ việc giờ chưa có việc mới", "hưởng trợ cấp thất nghiệp"),
        ("hàng xóm xây nhà lấn sang đất nhà tôi", "hòa giải tranh chấp đất đai"),
        ("vo toi sap sinh lam o cong ty", "giải quyết hưởng chế độ thai sản"),
    ],
)
def test_a_situation_is_led_to_its_procedures(told, wording):
    assert wording in meant(told)


def test_a_situation_only_lifts_what_is_named_outright():
    assert {"đăng", "ký", "thường", "trú"} <= meant("đăng ký thường trú cho con mới sinh")
    assert "đăng ký khai sinh" not in meant("đăng ký thường trú cho con mới sinh")


@pytest.mark.parametrize(
    "text",
    [
        "cho em hỏi {} cần giấy tờ gì ạ",
        "tôi muốn làm thủ tục {} thì nộp ở đâu và mất bao lâu",
        "tui muốn mần {} thì răng",
        "làm ơn cho hỏi {} hết bao nhiêu tiền vậy ạ",
    ],
)
def test_politeness_and_questions_are_set_aside(text):
    asked = meant(text.format("chứng thực di chúc"))
    assert "chứng thực di chúc" in asked or {"chứng", "thực", "di", "chúc"} <= asked
    assert not asked & {"hỏi", "ạ", "gì", "đâu", "lâu", "răng", "tiền", "tôi", "muốn"}


@pytest.mark.parametrize(("text", "word"), [("bản sao", "sao"), ("chi nhánh", "chi"), ("con dấu", "con")])
def test_words_inside_longer_words_are_not_set_aside(text, word):
    assert word in {
        token for group in understand(text).groups for one in group.alternatives for token in one.tokens
    }


def test_a_question_of_nothing_but_small_words_still_asks():
    assert meant("cho con") or meant("của tôi")
    assert understand("làm").groups


def test_what_follows_de_says_what_for():
    query = understand("em muốn xin giấy độc thân để bán đất")
    asked = [one for group in query.groups if not group.optional for one in group.alternatives]
    assert all("đất" not in one.tokens for one in asked)


@pytest.mark.parametrize(
    ("text", "facet", "value"),
    [
        ("khai sinh ở xã", "level", "commune"),
        ("giấy phép môi trường cấp bộ", "level", "ministry"),
        ("thành lập hội cấp tỉnh", "level", "province"),
        ("đổi bằng lái trực tuyến toàn trình", "onlineLevel", "full"),
        ("đăng ký tạm trú online", "channel", "online"),
        ("nhận kết quả qua bưu điện", "channel", "postal"),
        ("khám bệnh cho người nước ngoài", "audience", "nguoi-nuoc-ngoai"),
        ("mất sổ đỏ ở tiền giang", "province", "H20"),
        ("tách thửa đất tỉnh Bình Phước", "province", "H19"),
        ("tach thua dat bac kan", "province", "H55"),
        ("hỗ trợ hỏa táng tphcm", "province", "H29"),
        ("bộ kế hoạch và đầu tư cấp giấy chứng nhận", "agency", "G12"),
    ],
)
def test_a_level_channel_place_or_body_is_preferred(text, facet, value):
    assert (facet, value) in preferred(text)


def test_a_place_is_never_required():
    assert not meant("tách thửa đất thanh hóa") & {"thanh", "hóa"}


def test_codes_are_looked_up_and_not_read():
    query = understand("mã thủ tục 1.004194")
    assert [code.value for code in query.codes] == ["1.004194"]
    assert not any(not group.optional for group in query.groups)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("dangky", ("dang", "ky")),
        ("thuongtru", ("thuong", "tru")),
        ("khaisinh", ("khai", "sinh")),
        ("đăngký", ("đăng", "ký")),
        ("nghiep", ("nghiep",)),
        ("karaoke", ("karaoke",)),
        ("internet", ("internet",)),
    ],
)
def test_words_run_together_are_cut(word, parts):
    assert cut(word) == parts


@pytest.mark.parametrize(
    ("said", "place", "other"),
    [
        ("chợ cấp thất nghiệp", 0, "tro"),
        ("xây rựng nhà", 1, "dung"),
        ("tạm chú", 1, "tru"),
        ("đăng kí", 1, "ky"),
        ("cuốc tịch", 0, "quoc"),
        ("bảo hiển y tế", 1, "hiem"),
    ],
)
def test_a_misheard_word_is_known_by_its_neighbours(said, place, other):
    assert heard(said.split())[place] == other


def test_a_word_that_stands_well_is_not_doubted():
    assert heard(["đăng", "ký", "kết", "hôn"]) == [None] * 4
    assert heard(["cho", "ở", "có", "của"]) == [None] * 4


def test_the_exact_form_is_kept_beside_what_it_means():
    tokens = {one.tokens for group in understand("đường bộ").groups for one in group.alternatives}
    assert {("đường",), ("bộ",)} <= tokens


def test_the_last_word_stays_open_until_it_is_finished():
    assert understand("phế liệu nhậ").groups[-1].partial
    assert not any(group.partial for group in understand("phế liệu nhập ").groups)


def test_explanations_are_for_people():
    sentences = explain("làm bìa đỏ ở bắc kạn")
    assert any("bìa đỏ" in one and "giấy chứng nhận quyền sử dụng đất" in one for one in sentences)
    assert any("Bắc Kạn" in one and "Thái Nguyên" in one for one in sentences)
    assert explain("đăng") == []


def test_an_empty_question_asks_nothing():
    assert understand("").empty
    assert understand(" ?!… ").empty


@given(st.text(max_size=300))
def test_any_text_is_understood_within_bounds(text):
    query = understand(text)
    assert isinstance(query, Query)
    assert len(query.groups) <= MAX_TOKENS
    assert all(group.alternatives and all(one.tokens for one in group.alternatives) for group in query.groups)
    assert query.empty == plain(text).empty


@pytest.mark.parametrize(
    "part", ["đăng ký khai sinh cho con ", "x", "a ", "dangkythuongtru", "ddawng kys ", "\u0301"]
)
def test_ten_thousand_characters_take_no_longer_than_a_thousand(part):
    text = (part * 10_000)[:10_000]
    understand(text)
    started = time.process_time()
    understand(text)
    assert time.process_time() - started < 0.2
