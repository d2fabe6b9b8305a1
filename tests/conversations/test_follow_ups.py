"""Messages that lean on the conversation."""

from tests.talk import Talk


def test_in_mg(talk):
    talk.say("the box says 500 mcg, what is that in mg")
    turn = talk.say("and 0.1 mg in mcg?")
    assert turn.custom["conversion"]["amount"] == 100 and turn.custom["conversion"]["unit"] == "mcg"


def test_the_last_amount_is_remembered(talk):
    talk.say("is 750 mcg a usual shot")
    turn = talk.say("in mg?")
    assert turn.custom["outcome"] == "convert" and turn.custom["conversion"] == {"amount": 0.75, "unit": "mg", "from": {"amount": 750.0, "unit": "mcg"}}


def test_more_and_source(talk):
    talk.say("which forms of the shot are there, cyanocobalamin and so on")
    assert talk.state.topics == ["forms"]
    assert talk.say("tell me more").custom["texts"] == ["topics/forms#detail"]
    turn = talk.say("where is that from?")
    assert turn.custom["texts"] == ["replies/dialogue#source_is"] and turn.custom["sources"]


def test_more_of_nothing(talk):
    assert talk.say("tell me more").custom["texts"] == ["replies/dialogue#about_topic_first"]


def test_glossary(talk):
    turn = talk.say("what is MMA?")
    assert turn.custom["texts"][0] == "glossary#mma"


def test_a_choice_by_button_title_or_number(content, reader):
    def clarified():
        talk = Talk(content, reader)
        turn = talk.say("hello")
        return talk, turn.custom["choices"]

    talk, choices = clarified()
    topic = choices[1]["choice"].removeprefix("topic:")
    assert talk.say("", choices[1]["choice"]).custom["topics"] == [topic]
    talk, _ = clarified()
    assert talk.say(choices[1]["title"]).custom["topics"] == [topic]
    talk, _ = clarified()
    assert talk.say("2").custom["topics"] == [topic]


def test_two_questions_get_both_answers(talk):
    turn = talk.say("What are the usual side effects of the shot? And how fast will I feel better?")
    assert sorted(turn.custom["topics"]) == ["improvement_timeline", "side_effects"]


def test_bare_yes_and_no(talk):
    assert talk.outcome("yes") == "smalltalk"
    assert talk.outcome("no") == "smalltalk"
