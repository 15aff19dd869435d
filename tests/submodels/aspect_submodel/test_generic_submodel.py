"""The generic submodel of any aspect: valid in two judges, as the payload says, and back again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector.notation.problems import Invalid, TooLarge
from submodels.aas import environment as aas
from submodels.aas.aasx import to_aasx
from submodels.aas.packages import read_aasx
from submodels.aas.value import value_only
from submodels.aspect_submodel.build import Built, concept_descriptions, environment, instance, template
from submodels.aspect_submodel.payload import payload_of
from submodels.samm.example import example
from submodels.samm.model import Aspect

ID = "urn:uuid:5f1f1c1a-0000-4000-8000-000000000001"
SEEDS = (0, 1, 2, 3)


def complaints(environment_: Any) -> list[str]:
    """What aas-core (for both metamodels) and the test engines of the IDTA say, warnings included."""
    from aas_core3_1 import jsonization, verification
    from aas_test_engines import file

    found = [str(finding) for finding in aas.verify(environment_)]
    later = jsonization.environment_from_jsonable(aas.to_jsonable(environment_))
    found += [f"3.1: {error.path} {error.cause}" for error in verification.verify(later)]
    todo = [file.check_json_data(aas.to_jsonable(environment_))]
    while todo:
        result = todo.pop()
        todo += result.sub_results
        if not result.sub_results and result.level.name not in ("INFO", "OK"):
            found.append(f"{result.level.name} {result.message}")
    return found


def built(aspect: Aspect, payload: Any) -> Built:
    return instance(aspect, payload, submodel_id=ID)


def element(submodel: Any, *way: str | int) -> Any:
    held: Any = submodel.submodel_elements
    found = None
    for step in way:
        found = held[step] if isinstance(step, int) else next(one for one in held if one.id_short == step)
        held = getattr(found, "value", None)
    return found


# -- every model ---------------------------------------------------------------------------------------------------


def test_the_template_of_every_model_is_valid_in_both_judges(aspect):
    assert complaints(environment(aspect, template(aspect))) == []


def test_the_instance_of_every_model_is_valid_in_both_judges_and_loses_nothing(aspect):
    for seed in SEEDS:
        made = built(aspect, example(aspect, seed))
        assert made.findings == ()
        assert complaints(environment(aspect, made.submodel, asset_id="urn:x:battery")) == []


def test_the_payload_comes_back_from_its_submodel(aspect):
    for seed in SEEDS:
        payload = example(aspect, seed)
        assert payload_of(aspect, built(aspect, payload).submodel) == (payload, [])


def test_xml_and_aasx_hold_the_same_environment(aspect):
    whole = environment(aspect, built(aspect, example(aspect)).submodel)
    wanted = aas.to_jsonable(whole)
    assert aas.to_jsonable(aas.read_xml(aas.to_xml(whole))) == wanted
    assert aas.to_jsonable(read_aasx(to_aasx(whole))[0]) == wanted


def test_what_an_element_means_is_described(aspect):
    described = {concept.id for concept in concept_descriptions(aspect)}
    whole = template(aspect)
    meant = {
        key.value
        for one in (whole, *whole.descend())
        if (one_id := getattr(one, "semantic_id", None)) and type(one).__name__ != "Qualifier"
        for key in one_id.keys
    }
    assert {
        urn for urn in meant if urn.startswith("urn:samm:") and ":org.eclipse.esmf." not in urn
    } - described == set()


def test_the_judges_see_a_qualifier_that_does_not_belong_there(every_kind):
    whole = environment(every_kind, template(every_kind))
    whole.submodels[0].kind = None
    assert any("AASd-129" in complaint or "TemplateQualifier" in complaint for complaint in complaints(whole))


# -- form by form --------------------------------------------------------------------------------------------------


@pytest.fixture
def payload(every_kind):
    return example(every_kind)


def test_each_kind_takes_its_form(every_kind, payload):
    submodel = built(every_kind, payload).submodel
    forms = {one.id_short: type(one).__name__ for one in submodel.submodel_elements}
    assert forms["text"] == forms["mass"] == forms["state"] == forms["coded"] == "Property"
    assert forms["words"] == "MultiLanguageProperty"
    assert forms["chosen"] == forms["either"] == forms["tree"] == "SubmodelElementCollection"
    assert forms["numbers"] == forms["objects"] == forms["eithers"] == forms["matrix"] == "SubmodelElementList"
    assert (forms["ask"], forms["seen"]) == ("Operation", "BasicEventElement")
    assert "hidden" not in forms


@pytest.mark.parametrize(
    ("name", "value_type"),
    [("half", "xs:decimal"), ("amount", "xs:double"), ("whole", "xs:byte"), ("day", "xs:date"), ("truth", "xs:boolean"),
     ("moment", "xs:dateTime"), ("link", "xs:anyURI"), ("mass", "xs:string"), ("state", "xs:boolean")],
)  # fmt: skip
def test_each_data_type_has_its_value_type(every_kind, payload, name, value_type):
    assert element(built(every_kind, payload).submodel, name).value_type.value == value_type


@pytest.mark.parametrize(
    ("name", "kind", "value_type", "is_ordered"),
    [
        ("numbers", "Property", "xs:float", None),
        ("tags", "Property", "xs:string", False),
        ("objects", "SubmodelElementCollection", None, False),
        ("wordsList", "MultiLanguageProperty", None, None),
        ("eithers", "SubmodelElementCollection", None, None),
        ("matrix", "SubmodelElementList", None, None),
        ("series", "SubmodelElementCollection", None, None),
    ],
)
def test_lists_say_what_they_hold(every_kind, payload, name, kind, value_type, is_ordered):
    found = element(built(every_kind, payload).submodel, name)
    assert found.type_value_list_element.value == kind
    assert (found.value_type_list_element.value if found.value_type_list_element else None) == value_type
    assert found.order_relevant is is_ordered
    assert [child.id_short for child in found.value] == [None] * len(found.value)


@pytest.mark.parametrize(
    ("payload_name", "id_short"),
    [("50PercentLife", "half"), ("a-b", "coded"), ("a b", "coded2"), ("x", "x_"), ("text", "text")],
)
def test_payload_names_become_legal_and_stay_known(every_kind, payload, payload_name, id_short):
    payload["x"] = "optional"
    found = element(built(every_kind, payload).submodel, id_short)
    told = [extension.value for extension in found.extensions or ()]
    assert told == ([] if payload_name == id_short else [payload_name])


def test_only_the_chosen_side_stands_there(every_kind, payload):
    payload["either"] = {"left": "word"}
    assert [one.id_short for one in element(built(every_kind, payload).submodel, "either").value] == ["left"]
    payload["either"] = {"right": [{"whole": 3}]}
    submodel = built(every_kind, payload).submodel
    assert [one.id_short for one in element(submodel, "either").value] == ["right"]
    assert element(submodel, "either", "right", 0, "whole").value == "3"


def test_an_empty_list_has_no_value(every_kind, payload):
    payload["objects"] = []
    assert element(built(every_kind, payload).submodel, "objects").value is None


def test_amounts_keep_every_digit(every_kind, payload):
    payload["50PercentLife"] = Decimal("12.5000000000000000000001")
    submodel = built(every_kind, payload).submodel
    assert element(submodel, "half").value == "12.5000000000000000000001"
    assert value_only(submodel)["half"] == Decimal("12.5000000000000000000001")


def test_elements_mean_their_property_and_collections_their_entity_besides(every_kind, payload):
    own = "urn:samm:org.example.kinds:1.2.3#"
    submodel = built(every_kind, payload).submodel
    tree = element(submodel, "tree")
    assert [key.value for key in tree.semantic_id.keys] == [own + "tree"]
    assert [one.keys[0].value for one in tree.supplemental_semantic_ids] == [own + "Node"]
    listed = element(submodel, "objects")
    assert listed.semantic_id_list_element.keys[0].value == listed.value[0].semantic_id.keys[0].value == own + "Level"
    assert submodel.semantic_id.keys[0].value == own + "Kinds"
    assert (submodel.administration.version, submodel.administration.revision) == ("1", "2")


# -- what does not fit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "code", "pointer"),
    [
        ("whole", "many", "converted", "/whole"),
        ("text", "a\x00b", "value", "/text"),
        ("text", None, "value", "/text"),
        ("text", 7, "converted", "/text"),
        ("truth", "true", "converted", "/truth"),
        ("day", "2026-02-30", "converted", "/day"),
        ("whole", Decimal("1.5"), "converted", "/whole"),
        ("whole", 1000, "converted", "/whole"),
        ("numbers", [1, "x"], "value", "/numbers/1"),
        ("numbers", 5, "value", "/numbers"),
        ("objects", [5], "value", "/objects/0"),
        ("words", "plain", "value", "/words"),
        ("words", {"no language": "x"}, "value", "/words/no language"),
        ("words", {"en": ""}, "value", "/words/en"),
        ("words", {"en": "x" * 1024}, "value", "/words/en"),
        ("words", {"en": "x", "EN": "y"}, "value", "/words/EN"),
        ("either", {"left": "a", "right": []}, "value", "/either"),
        ("either", {}, "value", "/either"),
        ("either", {"middle": 1}, "value", "/either"),
        ("tree", [], "value", "/tree"),
        ("more", 1, "unknown", "/more"),
    ],
)
def test_what_does_not_fit_is_told_and_the_rest_is_valid(every_kind, payload, name, value, code, pointer):
    payload[name] = value
    made = built(every_kind, payload)
    assert [(found.code, found.pointer) for found in made.findings] == [(f"aspect-submodel/{code}", pointer)]
    assert {found.severity for found in made.findings} == {"info" if code == "converted" else "warning"}
    assert complaints(environment(every_kind, made.submodel)) == []


def test_a_date_that_is_none_is_carried_as_text(every_kind, payload):
    payload["day"] = "2026-02-30"
    found = element(built(every_kind, payload).submodel, "day")
    assert (found.value_type.value, found.value) == ("xs:string", "2026-02-30")


@pytest.mark.parametrize("payload", [None, [], "text", 5])
def test_a_payload_that_is_no_object_is_refused(every_kind, payload):
    with pytest.raises(Invalid) as caught:
        built(every_kind, payload)
    assert caught.value.code == "aspect-submodel/payload"


def test_a_payload_without_end_is_refused(every_kind, payload):
    node: dict[str, Any] = {"text": "leaf"}
    for _ in range(3000):
        node = {"text": "node", "branches": [node]}
    with pytest.raises(TooLarge) as caught:
        built(every_kind, {**payload, "tree": node})
    assert caught.value.code == "aspect-submodel/depth"


def test_what_is_none_of_the_model_is_told_on_the_way_back(every_kind, payload):
    submodel = built(every_kind, payload).submodel
    element(submodel, "tree").id_short = "forest"
    element(submodel, "either").value.append(element(submodel, "either").value[0])
    found, findings = payload_of(every_kind, submodel)
    assert {(one.code, one.source) for one in findings} == {
        ("aspect-submodel/foreign", "forest"),
        ("aspect-submodel/foreign", "either"),
    }
    assert "tree" not in found
    assert found["text"] == payload["text"]


# -- templates and concepts ----------------------------------------------------------------------------------------


def qualifiers(one: Any) -> dict[str, str]:
    return {qualifier.type: qualifier.value for qualifier in one.qualifiers or ()}


def test_a_template_tells_cardinality_bounds_patterns_and_alternatives(every_kind):
    whole = template(every_kind)
    assert qualifiers(element(whole, "text")) == {
        "SMT/Cardinality": "One",
        "SMT/AllowedValue": "^[a-z ]+$",
        "SMT/AllowedLength": "[0,20]",
    }
    assert qualifiers(element(whole, "x_")) == {"SMT/Cardinality": "ZeroToOne"}
    assert qualifiers(element(whole, "amount"))["SMT/AllowedRange"] == "(0.5,*)"
    assert qualifiers(element(whole, "numbers", 0))["SMT/Cardinality"] == "OneToMany"
    assert qualifiers(element(whole, "tags", 0))["SMT/Cardinality"] == "ZeroToMany"
    for side in ("left", "right"):
        assert qualifiers(element(whole, "either", side))["SMT/EitherOr"] == "TextOrLevel"


def test_a_template_shows_examples_of_the_model_and_ends_where_an_entity_holds_itself(every_kind):
    whole = template(every_kind)
    assert element(whole, "text").value == "some text"
    assert element(whole, "half").value == "12.50"
    assert element(whole, "day").value is None
    assert element(whole, "tree", "branches", 0).value is None


def test_operations_have_variables_of_names_of_their_own(every_kind):
    ask = element(template(every_kind), "ask")
    assert [variable.value.id_short for variable in ask.input_variables] == ["text", "objects"]
    assert [variable.value.id_short for variable in ask.output_variables] == ["text_2"]
    assert all(not qualifiers(one) for one in ask.descend() if hasattr(one, "qualifiers"))


def concept(aspect: Aspect, name: str) -> Any:
    found = next(one for one in concept_descriptions(aspect) if one.id.endswith(f"#{name}"))
    return found.embedded_data_specifications[0].data_specification_content


def test_concepts_tell_unit_type_and_listed_values(every_kind):
    half = concept(every_kind, "half")
    assert (half.unit, half.data_type.name) == ("%", "REAL_MEASURE")
    assert half.unit_id.keys[0].value == "urn:samm:org.eclipse.esmf.samm:unit:2.2.0#percent"
    assert concept(every_kind, "whole").data_type.name == "INTEGER_COUNT"
    listed = concept(every_kind, "choice").value_list.value_reference_pairs
    own = "urn:samm:org.example.kinds:1.2.3#"
    assert [(pair.value, pair.value_id.keys[0].value) for pair in listed] == [
        ("a", own + "Choice/a"),
        ("b / c", own + "Choice/b%20%2F%20c"),
    ]
    named = concept(every_kind, "chosen").value_list.value_reference_pairs
    assert [(pair.value, pair.value_id.keys[0].value) for pair in named] == [
        ("low", own + "low"),
        ("high", own + "high"),
    ]


def test_concepts_have_english_names_and_all_other_languages(every_kind):
    text = concept(every_kind, "text")
    assert [(one.language, one.text) for one in text.definition] == [("en", "text"), ("de", "No English here")]
    own = concept(every_kind, "Kinds")
    assert [(one.language, one.text) for one in own.preferred_name] == [("en", "Kinds"), ("ko", "종류")]
    assert concept(every_kind, "choice").source_of_definition == "https://example.org/choice"


def test_listed_texts_of_several_languages_are_multi_language_properties(made_up):
    listed = made_up("org.example.enums:1.0.0#Enums")
    made = built(listed, example(listed))
    assert type(element(made.submodel, "ls")).__name__ == "MultiLanguageProperty"
    assert type(element(template(listed), "ls")).__name__ == "MultiLanguageProperty"
