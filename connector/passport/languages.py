"""The public page in five languages: texts of the page and names of elements, one table each; English is the key.

What a payload says is shown as it stands. A word that a table lacks is shown in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "English", "de": "Deutsch", "ja": "日本語", "ko": "한국어", "zh": "中文"}
)
"""Code (BCP 47) -> the language's own name."""
_PLACES: Final = {language: place for place, language in enumerate(list(LANGUAGES)[1:])}
_RANGE: Final = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,40})?\s*(?:;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")

Words = tuple[str, str, str, str]
"""German, Japanese, Korean, Chinese."""

# texts of the page, titles of groups, notices, units in words
TEXTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "battery passport": ("Batteriepass", "バッテリーパスポート", "배터리 여권", "电池护照"),
        "To the content": ("Zum Inhalt", "本文へ", "본문으로", "跳至内容"),
        "Version": ("Version", "バージョン", "버전", "版本"),
        "Language": ("Sprache", "言語", "언어", "语言"),
        "Battery unit": ("Batterieexemplar", "バッテリー個体", "배터리 개체", "电池个体"),
        "Digest of what is shown": (
            "Prüfsumme des Gezeigten",
            "表示内容のハッシュ値",
            "표시된 내용의 해시값",
            "所示内容的摘要值",
        ),
        "The same address answers programs with JSON": (
            "Dieselbe Adresse antwortet Programmen mit JSON",
            "同じアドレスはプログラムにはJSONで応答します",
            "같은 주소가 프로그램에는 JSON으로 응답합니다",
            "同一地址以 JSON 格式回应程序",
        ),
        "not public for you: ask with a contract": (
            "für Sie nicht öffentlich: mit einem Vertrag anfragen",
            "一般には公開されていません：契約に基づきお問い合わせください",
            "일반에 공개되지 않습니다: 계약을 통해 요청하십시오",
            "未对您公开：请凭合同查询",
        ),
        "more of this is not public for you: ask with a contract": (
            "mehr davon ist für Sie nicht öffentlich: mit einem Vertrag anfragen",
            "これ以上の情報は一般には公開されていません：契約に基づきお問い合わせください",
            "추가 정보는 일반에 공개되지 않습니다: 계약을 통해 요청하십시오",
            "更多内容未对您公开：请凭合同查询",
        ),
        "Identification": ("Kennzeichnung", "識別", "식별", "标识"),
        "Manufacturer and origin": ("Hersteller und Herkunft", "製造者と原産地", "제조자 및 원산지", "制造商与产地"),
        "Passport record": ("Passangaben", "パスポート記録", "여권 기록", "护照记录"),
        "Dimensions": ("Maße", "寸法", "치수", "尺寸"),
        "Rated performance": ("Bemessungswerte", "定格性能", "정격 성능", "额定性能"),
        "Carbon footprint": ("CO₂-Fußabdruck", "カーボンフットプリント", "탄소 발자국", "碳足迹"),
        "Materials and substances": ("Werkstoffe und Stoffe", "材料と物質", "재료 및 물질", "材料与物质"),
        "Circularity": ("Kreislaufwirtschaft", "循環性", "순환성", "循环性"),
        "Safety and dismantling": ("Sicherheit und Demontage", "安全と解体", "안전 및 해체", "安全与拆解"),
        "Conformity": ("Konformität", "適合性", "적합성", "合规性"),
        "Condition in use": ("Zustand im Betrieb", "使用状態", "사용 상태", "使用状况"),
        "Sources": ("Quellen", "出典", "출처", "来源"),
        "Value": ("Wert", "値", "값", "值"),
        "yes": ("ja", "はい", "예", "是"),
        "no": ("nein", "いいえ", "아니요", "否"),
        "% per month": ("% je Monat", "%/月", "%/월", "%/月"),
        "years": ("Jahre", "年", "년", "年"),
        "months": ("Monate", "か月", "개월", "个月"),
        "days": ("Tage", "日", "일", "天"),
        "cycles": ("Zyklen", "サイクル", "사이클", "次循环"),
        "operating hours": ("Betriebsstunden", "稼働時間", "가동 시간", "运行小时"),
        "No battery passport here": (
            "Hier ist kein Batteriepass",
            "ここにバッテリーパスポートはありません",
            "이 주소에는 배터리 여권이 없습니다",
            "此处没有电池护照",
        ),
        "There is no battery with this id at this address": (
            "Unter dieser Adresse gibt es keine Batterie mit dieser Kennung",
            "このアドレスにこの識別子のバッテリーはありません",
            "이 주소에는 이 식별자의 배터리가 없습니다",
            "此地址没有该标识的电池",
        ),
        "If you typed it from a label, compare it with the label: 17 letters and digits, without I, L, O and U.": (
            "Falls Sie sie abgetippt haben: das Etikett zeigt 17 Buchstaben und Ziffern, ohne I, L, O und U.",
            "ラベルから入力した場合は照合してください：I、L、O、Uを除く17文字の英数字です。",
            "라벨을 보고 입력했다면 다시 확인하십시오: I, L, O, U를 제외한 영문자와 숫자 17자입니다.",
            "如系照标签输入，请核对：17 个字母和数字，不含 I、L、O、U。",
        ),
    }
)

# payload name -> its name in the other languages
NAMES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "50PercentLife": (
            "bei 50 % der Zyklenlebensdauer",
            "サイクル寿命50 %時",
            "사이클 수명 50 % 시점",
            "循环寿命 50 % 时",
        ),
        "activeMaterials": ("Aktivmaterialien", "活物質", "활물질", "活性材料"),
        "additionalCode": ("weiterer Code", "追加コード", "추가 코드", "附加代码"),
        "address": ("Anschrift", "住所", "주소", "地址"),
        "appliedChargeRate": ("Laderate (C-Rate)", "充電レート（Cレート）", "충전율(C-rate)", "充电倍率（C）"),
        "appliedDischargeRate": ("Entladerate (C-Rate)", "放電レート（Cレート）", "방전율(C-rate)", "放电倍率（C）"),
        "businessIdentifier": ("Unternehmenskennung", "事業者識別子", "사업자 식별자", "企业标识"),
        "businessIdentifierType": (
            "Art der Unternehmenskennung",
            "事業者識別子の種類",
            "사업자 식별자 유형",
            "企业标识类型",
        ),
        "cadmium": ("Cadmium", "カドミウム", "카드뮴", "镉"),
        "capacity": ("Kapazität", "容量", "용량", "容量"),
        "carbonFootprint": ("CO₂-Fußabdruck", "カーボンフットプリント", "탄소 발자국", "碳足迹"),
        "category": ("Kategorie", "カテゴリー", "범주", "类别"),
        "cell": ("Zelle", "セル", "셀", "电芯"),
        "chemicalMaterial": ("Stoffe", "化学物質", "화학 물질", "化学材料"),
        "chemicalName": ("chemischer Name", "化学名", "화학명", "化学名称"),
        "chemistry": ("Zellchemie", "電池化学", "배터리 화학", "电池化学体系"),
        "circularity": ("Kreislaufwirtschaft", "循環性", "순환성", "循环性"),
        "class": ("Produktklasse", "製品分類", "제품 분류", "产品类别"),
        "cobalt": ("Kobalt", "コバルト", "코발트", "钴"),
        "code": ("Code", "コード", "코드", "代码"),
        "companyName": ("Firma", "会社名", "회사명", "公司名称"),
        "concentration": ("Konzentration", "濃度", "농도", "浓度"),
        "conformity": ("Konformität", "適合性", "적합성", "合规性"),
        "contactProperty": ("Kontakt", "連絡先", "연락처", "联系方式"),
        "content": ("Inhalt", "内容", "내용", "内容"),
        "country": ("Land", "国", "국가", "国家"),
        "criticalMaterial": ("kritischer Rohstoff", "重要原材料", "핵심 원자재", "关键原材料"),
        "criticalName": ("Name", "名称", "명칭", "名称"),
        "cycleLifeTesting": ("Zyklenprüfung", "サイクル寿命試験", "사이클 수명 시험", "循环寿命试验"),
        "cycles": ("Zyklen", "サイクル数", "사이클 수", "循环次数"),
        "declaration": ("Erklärung", "宣言", "선언", "声明"),
        "declarationOfConformity": ("EU-Konformitätserklärung", "EU適合宣言", "EU 적합성 선언", "欧盟符合性声明"),
        "declarationOfConformityId": (
            "Nummer der EU-Konformitätserklärung",
            "EU適合宣言番号",
            "EU 적합성 선언 번호",
            "欧盟符合性声明编号",
        ),
        "definition": ("Definition", "定義", "정의", "定义"),
        "diameter": ("Durchmesser", "直径", "지름", "直径"),
        "document": ("Dokument", "文書", "문서", "文件"),
        "documents": ("Dokumente", "文書", "문서", "文件"),
        "dueDiligencePolicy": ("Sorgfaltspflichtpolitik", "デューディリジェンス方針", "실사 정책", "尽职调查政策"),
        "economicOperator": ("Wirtschaftsakteur", "経済事業者", "경제 운영자", "经济运营者"),
        "economicOperatorId": (
            "verantwortlicher Wirtschaftsakteur",
            "責任事業者",
            "책임 경제 운영자",
            "责任经济运营者",
        ),
        "email": ("E-Mail", "メール", "이메일", "电子邮件"),
        "energy": ("Energie", "エネルギー", "에너지", "能量"),
        "euTaxonomyDisclosureStatement": (
            "Angabe zur EU-Taxonomie",
            "EUタクソノミー開示",
            "EU 택소노미 공시",
            "欧盟分类法披露声明",
        ),
        "expirationDate": ("Ablaufdatum", "有効期限", "만료일", "到期日"),
        "facility": ("Werk", "製造拠点", "제조 시설", "生产设施"),
        "faxNumber": ("Fax", "ファックス", "팩스", "传真"),
        "fireClass": ("Brandklasse", "火災クラス", "화재 등급", "火灾类别"),
        "generalInformation": ("allgemeine Angaben", "一般情報", "일반 정보", "一般信息"),
        "hazardClass": ("Gefahrenklasse", "危険有害性クラス", "유해성 등급", "危险类别"),
        "hazardousSubstance": ("gefährlicher Stoff", "有害物質", "유해 물질", "有害物质"),
        "header": ("Titel", "表題", "제목", "标题"),
        "height": ("Höhe", "高さ", "높이", "高度"),
        "idDmc": (
            "Kennung im Data-Matrix-Code",
            "データマトリックスコードの識別子",
            "데이터 매트릭스 코드 식별자",
            "数据矩阵码标识",
        ),
        "identification": ("Kennzeichnung", "識別", "식별", "标识"),
        "impactOfSubstances": ("Wirkung der Stoffe", "物質の影響", "물질의 영향", "物质影响"),
        "initial": ("anfänglich", "初期値", "초기값", "初始值"),
        "issueDate": ("Ausstellungsdatum", "発行日", "발행일", "签发日期"),
        "key": ("Schlüssel", "キー", "키", "键"),
        "lead": ("Blei", "鉛", "납", "铅"),
        "length": ("Länge", "長さ", "길이", "长度"),
        "lifecycle": ("Lebenszyklusphase", "ライフサイクル段階", "수명 주기 단계", "生命周期阶段"),
        "lifespan": ("Lebensdauer", "寿命", "수명", "寿命"),
        "lifetime": ("Lebensdauer", "耐用期間", "수명", "使用寿命"),
        "lithium": ("Lithium", "リチウム", "리튬", "锂"),
        "localIdentifier": ("eigene Kennung", "社内識別子", "자체 식별자", "内部标识"),
        "locality": ("Ort", "市区町村", "지역", "城市"),
        "location": ("Lage", "位置", "위치", "位置"),
        "locationIdentifier": ("Standortkennung", "拠点識別子", "위치 식별자", "地点标识"),
        "locationIdentifierType": ("Art der Standortkennung", "拠点識別子の種類", "위치 식별자 유형", "地点标识类型"),
        "longName": ("Langname", "正式名称", "전체 명칭", "全称"),
        "lower": ("untere Grenze", "下限", "하한", "下限"),
        "manufacturer": ("Hersteller", "製造者", "제조자", "制造商"),
        "manufacturingDate": ("Herstellungsdatum", "製造日", "제조일", "制造日期"),
        "manufacturingPlant": ("Herstellungswerk", "製造工場", "제조 공장", "制造工厂"),
        "materialSymbol": ("Stoffsymbol", "材料記号", "재료 기호", "材料符号"),
        "materialid": ("Kennung", "識別子", "식별자", "标识"),
        "max": ("höchstens", "最大", "최대", "最大值"),
        "meaningOfLabels": ("Bedeutung der Symbole", "表示記号の意味", "표시 기호의 의미", "标签和符号的含义"),
        "media": ("Löschmittel", "消火剤", "소화제", "灭火剂"),
        "mercury": ("Quecksilber", "水銀", "수은", "汞"),
        "metadata": ("Passangaben", "メタデータ", "메타데이터", "元数据"),
        "min": ("mindestens", "最小", "최소", "最小值"),
        "module": ("Modul", "モジュール", "모듈", "模组"),
        "nickel": ("Nickel", "ニッケル", "니켈", "镍"),
        "nominal": ("Nennwert", "公称値", "공칭값", "标称值"),
        "number": ("Nummer", "番号", "번호", "编号"),
        "other": ("andere", "その他", "기타", "其他"),
        "otherMaterials": ("weitere Werkstoffe", "その他の材料", "기타 재료", "其他材料"),
        "pack": ("Batteriepack", "パック", "팩", "电池包"),
        "passportIdentifier": ("Kennung des Passes", "パスポート識別子", "여권 식별자", "护照标识"),
        "performance": ("Leistung", "性能", "성능", "性能"),
        "performanceClass": ("Leistungsklasse", "性能クラス", "성능 등급", "性能等级"),
        "phoneNumber": ("Telefon", "電話", "전화", "电话"),
        "physicalDimension": ("Maße", "寸法", "치수", "物理尺寸"),
        "postCode": ("Postleitzahl", "郵便番号", "우편번호", "邮政编码"),
        "postalDeliveryPoint": ("Zustellpunkt", "配達先", "배달 지점", "投递点"),
        "power": ("Leistung", "出力", "출력", "功率"),
        "predecessor": ("Vorgänger", "前のパスポート", "이전 여권", "前一护照"),
        "premise": ("Gebäude", "建物", "건물", "建筑"),
        "rated": ("Bemessungswert", "定格", "정격", "额定"),
        "recycled": ("Rezyklatanteil", "再生材含有率", "재활용 함량", "再生料比例"),
        "renewable": ("Anteil nachwachsend", "再生可能含有率", "재생 가능 함량", "可再生比例"),
        "resistance": ("Innenwiderstand", "内部抵抗", "내부 저항", "内阻"),
        "roundTripEfficiency": ("Energieeffizienz (hin und zurück)", "往復効率", "왕복 효율", "往返效率"),
        "rulebook": ("Regelwerk", "算定ルール", "산정 규칙", "核算规则"),
        "safety": ("Sicherheit", "安全", "안전", "安全"),
        "separateCollection": ("getrennte Sammlung", "分別回収", "분리 수거", "分类收集"),
        "separateCollectionSymbol": (
            "Symbol der getrennten Sammlung",
            "分別回収記号",
            "분리 수거 기호",
            "分类收集标志",
        ),
        "shortName": ("Kurzname", "略称", "약칭", "简称"),
        "status": ("Status", "状態", "상태", "状态"),
        "substanceIdentification": ("Stoffkennung", "物質識別子", "물질 식별자", "物质标识"),
        "substanceName": ("Stoffname", "物質名", "물질명", "物质名称"),
        "substanceUnit": ("Einheit der Konzentration", "濃度の単位", "농도 단위", "浓度单位"),
        "supportingDocument": ("Beleg", "裏付け文書", "증빙 문서", "支持文件"),
        "sustainabilityReport": (
            "Nachhaltigkeitsbericht",
            "サステナビリティ報告書",
            "지속 가능성 보고서",
            "可持续发展报告",
        ),
        "technicalKey": ("Art", "種別", "종류", "类型"),
        "temperature": ("Temperatur", "温度", "온도", "温度"),
        "thirdPartyAssurance": ("Prüfung durch Dritte", "第三者保証", "제3자 보증", "第三方鉴证"),
        "thoroughfare": ("Straße", "通り", "도로", "街道"),
        "thresholdExhaustion": ("Erschöpfungsschwelle", "消耗しきい値", "소진 임계값", "耗尽阈值"),
        "type": ("Art", "種類", "유형", "类型"),
        "typeId": ("Typ", "型式", "형식", "型号"),
        "typology": ("Bauart", "類型", "유형 분류", "类型划分"),
        "unit": ("Einheit", "単位", "단위", "单位"),
        "upper": ("obere Grenze", "上限", "상한", "上限"),
        "usableExtinguishAgent": ("Löschmittel", "使用可能な消火剤", "사용 가능한 소화제", "可用灭火剂"),
        "value": ("Wert", "値", "값", "值"),
        "version": ("Version", "バージョン", "버전", "版本"),
        "voltage": ("Spannung", "電圧", "전압", "电压"),
        "volume": ("Volumen", "体積", "부피", "体积"),
        "wastePrevention": ("Abfallvermeidung", "廃棄物の抑制", "폐기물 방지", "废弃物预防"),
        "website": ("Webseite", "ウェブサイト", "웹사이트", "网站"),
        "weight": ("Masse", "質量", "무게", "重量"),
        "width": ("Breite", "幅", "너비", "宽度"),
    }
)


def text(english: str, language: str) -> str:
    """A text of the page in `language`; in English where the table lacks it."""
    words = TEXTS.get(english)
    return words[_PLACES[language]] if words and language in _PLACES else english


def name(payload_name: str, language: str) -> str:
    """The name of an element, empty where English is asked or the table lacks it."""
    words = NAMES.get(payload_name)
    return words[_PLACES[language]] if words and language in _PLACES else ""


def chosen(asked: str, accept_language: str) -> str:
    """The language of an answer: the one asked for by name, else the best of Accept-Language (RFC 9110, 12.5.4)."""
    if asked in LANGUAGES:
        return asked
    best, best_quality = ENGLISH, 0.0
    for part in accept_language[:1000].split(","):
        match = _RANGE.fullmatch(part.strip())
        quality = float(match[2] or 1) if match else 0.0
        if match and match[1].lower() in LANGUAGES and quality > best_quality:
            best, best_quality = match[1].lower(), quality
    return best
