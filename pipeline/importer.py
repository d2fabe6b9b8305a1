"""Reads `content/` and `data/` for Rasa: one topic file becomes a label with its examples, a domain entry and a rule."""

from __future__ import annotations

from functools import cached_property

from ampoule import content, examples
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from pipeline.paths import CONTENT, DATA


class AmpouleImporter(RasaFileImporter):
    """Any ContentError goes through to Rasa's command line: training ends with it, and nothing is half imported."""

    @cached_property
    def _content(self) -> content.Content:
        return content.load(CONTENT)

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return TrainingData([Message.build(text=e.text, intent=e.label) for e in examples.load(DATA, self._content)])

    def get_domain(self) -> Domain:
        if not self._domain_path:
            return Domain.empty()
        return Domain.load(self._domain_path).merge(Domain.from_dict({"version": "3.1", "intents": sorted(self._content.topics)}))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        graph = super().get_stories(exclusion_percentage)
        rules = [{"rule": f"Topic {topic}", "steps": [{"intent": topic}, {"action": "action_answer"}]} for topic in sorted(self._content.topics)]
        steps = YAMLStoryReader(self.get_domain(), None).read_from_parsed_yaml({"rules": rules})
        return graph.merge(StoryGraph(steps))
