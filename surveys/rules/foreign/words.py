"""Words that other tools say themselves and files therefore do not hold: yes and no, the ends of NPS."""

from collections.abc import Iterable

Text = dict[str, str]

_WORDS: dict[str, Text] = {
    "yes": {"zh-Hans": "是", "zh-Hant": "是", "en": "Yes", "de": "Ja", "fr": "Oui", "es": "Sí", "pt": "Sim"},
    "no": {"zh-Hans": "否", "zh-Hant": "否", "en": "No", "de": "Nein", "fr": "Non", "es": "No", "pt": "Não"},
    "uncertain": {
        "zh-Hans": "不确定",
        "zh-Hant": "不確定",
        "en": "Uncertain",
        "de": "Unsicher",
        "fr": "Incertain",
    },
    "increase": {
        "zh-Hans": "增加",
        "zh-Hant": "增加",
        "en": "Increase",
        "de": "Zunahme",
        "fr": "Augmentation",
    },
    "same": {"zh-Hans": "不变", "zh-Hant": "不變", "en": "Same", "de": "Gleich", "fr": "Identique"},
    "decrease": {"zh-Hans": "减少", "zh-Hant": "減少", "en": "Decrease", "de": "Abnahme", "fr": "Diminution"},
    "female": {"zh-Hans": "女", "zh-Hant": "女", "en": "Female", "de": "Weiblich", "fr": "Féminin"},
    "male": {"zh-Hans": "男", "zh-Hant": "男", "en": "Male", "de": "Männlich", "fr": "Masculin"},
    "other": {
        "zh-Hans": "其他",
        "zh-Hant": "其他",
        "en": "Other",
        "de": "Sonstiges",
        "fr": "Autre",
        "es": "Otro",
    },
    "none": {"zh-Hans": "以上都没有", "zh-Hant": "以上都沒有", "en": "None of these", "de": "Keine davon"},
    "note": {"zh-Hans": "说明", "zh-Hant": "說明", "en": "Please note", "de": "Hinweis", "fr": "Remarque"},
    "comment": {"zh-Hans": "请说明", "zh-Hant": "請說明", "en": "Please comment", "de": "Bitte erläutern"},
    "unlikely": {
        "zh-Hans": "完全不可能",
        "zh-Hant": "完全不可能",
        "en": "Not at all likely",
        "de": "Sehr unwahrscheinlich",
    },
    "likely": {
        "zh-Hans": "非常可能",
        "zh-Hant": "非常可能",
        "en": "Extremely likely",
        "de": "Sehr wahrscheinlich",
    },
    "picture": {"zh-Hans": "图片", "zh-Hant": "圖片", "en": "Picture", "de": "Bild", "fr": "Image"},
    "agree": {
        "zh-Hans": "我同意",
        "zh-Hant": "我同意",
        "en": "I agree",
        "de": "Ich stimme zu",
        "fr": "J’accepte",
    },
    "first_name": {"zh-Hans": "名", "zh-Hant": "名", "en": "First name"},
    "last_name": {"zh-Hans": "姓", "zh-Hant": "姓", "en": "Last name"},
    "email": {"zh-Hans": "电子邮箱", "zh-Hant": "電子郵箱", "en": "E-mail"},
    "phone": {"zh-Hans": "电话", "zh-Hant": "電話", "en": "Phone"},
    "company": {"zh-Hans": "单位", "zh-Hant": "單位", "en": "Company"},
    "address_line1": {"zh-Hans": "地址", "zh-Hant": "地址", "en": "Address"},
    "address_line2": {"zh-Hans": "地址（续）", "zh-Hant": "地址（續）", "en": "Address, second line"},
    "city": {"zh-Hans": "城市", "zh-Hant": "城市", "en": "City"},
    "state": {"zh-Hans": "省份", "zh-Hant": "省份", "en": "State"},
    "zip": {"zh-Hans": "邮政编码", "zh-Hant": "郵遞區號", "en": "Postcode"},
    "country": {"zh-Hans": "国家或地区", "zh-Hant": "國家或地區", "en": "Country"},
}


def said(name: str, languages: Iterable[str]) -> Text:
    """Return a word in those of the languages that we know it in, or in the first of them the English word."""
    wanted = list(languages)
    known = _WORDS[name]
    found = {code: known[code] for code in wanted if code in known}
    return found or {wanted[0] if wanted else "en": known["en"]}
